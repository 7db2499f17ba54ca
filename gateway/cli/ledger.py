"""``credit-gateway ledger``: what was done here, by whom, and whether that record is whole."""

import re
from typing import TYPE_CHECKING, Final

import click

from gateway.cli import layout
from gateway.cli.answer import Answer
from gateway.cli.command import CommandGroup
from gateway.cli.session import Session, pass_session

if TYPE_CHECKING:
    from gateway.ledger.entries import Entry, Head

_HEAD: Final = re.compile(r"([0-9]{1,15}):([0-9a-f]{64})")


@click.group(cls=CommandGroup)
def ledger() -> None:
    """The audit ledger: list, verify (审计链)."""


@ledger.command("list")
@click.option("--last", default=20, show_default=True, type=click.IntRange(1, 10_000))
@pass_session
def list_last(session: Session, last: int) -> Answer:
    """Show the newest entries: what was done, by whom, to what.

    Example:
      credit-gateway ledger list --last 100
    """
    with session.city() as city:
        found = city.store.ledger.latest(last)
    rows = ((str(each.seq), layout.moment(each.at), each.act, *_details(each)) for each in found)
    return Answer(
        data={"entries": [_json(each) for each in found]},
        screen=layout.table(("seq", "at", "act", "by", "about", "facts"), rows)
        if found
        else layout.title("Nothing is in the ledger yet.", ""),
    )


@ledger.command()
@click.option(
    "--head",
    "heads",
    multiple=True,
    metavar="SEQ:HASH",
    help="A head that was written down earlier, elsewhere; may be given again.",
)
@pass_session
def verify(session: Session, heads: tuple[str, ...]) -> Answer:
    """Read every entry; name what was removed, changed or cut off.

    The ledger is compared with the heads of earlier checks, which are noted in the state
    directory. The new head is shown: write it down where nobody of this city can change it.

    Examples:
      credit-gateway ledger verify
      credit-gateway ledger verify --head 812:9f3c...
    """
    with session.city() as city:
        report = city.audit.verify(session.now(), [_head(each) for each in heads])
    head = f"{report.head.seq}:{report.head.hash.hex()}"
    found = [{"seq": each.seq, "fault": each.fault.value} for each in report.findings]
    if found:
        lines = [f"{each.fault.value} at entry {each.seq}" for each in report.findings]
        screen = layout.page(
            layout.title("The ledger is not as it was written.", "bold red"),
            layout.indented(layout.steps(lines)),
        )
    else:
        screen = layout.page(
            layout.title(f"Whole: {report.head.seq} entries.", "bold green"),
            layout.indented(
                layout.facts(
                    [("head", head), ("compared with", f"{report.compared} earlier heads")]
                )
            ),
        )
    data = {"whole": not found, "findings": found, "head": head, "compared": report.compared}
    return Answer(data=data, screen=screen, exit_code=1 if found else 0)


def _head(text: str) -> "Head":
    from gateway.ledger.entries import Head  # noqa: PLC0415  (--help must not wait)

    match = _HEAD.fullmatch(text)
    if match is None:
        raise click.BadParameter(
            "a head is SEQ:HASH, as `ledger verify` shows it", param_hint="--head"
        )
    return Head(seq=int(match[1]), hash=bytes.fromhex(match[2]))


def _details(entry: "Entry") -> tuple[str, str, str]:
    details = entry.details
    if details is None:
        return ("(erased)", "", "")
    facts = ", ".join(f"{name}={value}" for name, value in details.facts.items())
    return (details.actor, details.target, facts)


def _json(entry: "Entry") -> dict[str, object]:
    details = entry.details
    return {
        "seq": entry.seq,
        "at": entry.at,
        "act": entry.act,
        "actor": details.actor if details else None,
        "target": details.target if details else None,
        "facts": dict(details.facts) if details else None,
        "hash": entry.hash.hex(),
    }
