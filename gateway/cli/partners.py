"""``credit-gateway partners``: other cities, from the first contact to the last."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli import layout
from gateway.cli.answer import Answer
from gateway.cli.command import CommandGroup, wants_json
from gateway.cli.output_files import read_bounded, write_new
from gateway.cli.session import Session, pass_session
from gateway.ids import ScenarioId

if TYPE_CHECKING:
    from gateway.app.composition import OpenCity
    from gateway.services.partner_desk import PartnerDesk

OFFICER = click.option("--officer", required=True, metavar="NAME", help="Who decides; it is kept.")
ANSWERS = click.option(
    "--answer",
    "answers",
    multiple=True,
    metavar="GROUP",
    help="Five digits as heard; three times, in the order asked for. Without it you are asked.",
)


@click.group(cls=CommandGroup)
def partners() -> None:
    """Other cities: add, confirm, accept, follow, stop (伙伴城市).

    CITY is a name from the agreement (jiaxing, 嘉兴, 330400) or an https address.

    The usual way:
      credit-gateway partners add jiaxing
      credit-gateway partners confirm jiaxing --officer "Lin"     first officer
      credit-gateway partners confirm jiaxing --officer "Chen"    second officer
      credit-gateway partners accept jiaxing --scenarios open --until DATE ...
      credit-gateway proposals approve ID --officer Chen
    """


@partners.command()
@click.argument("city")
@pass_session
def add(session: Session, city: str) -> Answer:
    """Fetch what a city publishes, and make it a candidate.

    Nothing is believed yet. Your half of the safety number (安全码) is shown, to read
    out. The other half only the partner's office can read to you.

    Examples:
      credit-gateway partners add jiaxing
      credit-gateway partners add https://credit.jiaxing.example
    """
    from gateway.cli import partner_answers as say  # noqa: PLC0415  (--help must not wait)

    with session.city() as opened:
        leaf = say.entity_of(opened.settings.agreement, city)
        added = opened.federation.add(leaf, opened.clock.now(), session.acting().by)
        return say.added(opened, added)


@partners.command()
@click.argument("city")
@OFFICER
@ANSWERS
@pass_session
def confirm(session: Session, city: str, officer: str, answers: Sequence[str]) -> Answer:
    """Compare the safety number by voice; two officers do.

    Each compares three groups, and never the same ones.

    You are asked for groups of the partner's half; call its office on a number that you know
    and let it read them to you. They are not shown here. Three wrong answers void what was
    confirmed. With --json and no --answer it only says which groups to ask for.

    Examples:
      credit-gateway partners confirm jiaxing --officer "Lin"
      credit-gateway partners confirm jiaxing --officer "Lin" --json
      credit-gateway partners confirm jiaxing --officer "Lin" --answer 01234 ...
    """
    from gateway.cli import partner_answers as say  # noqa: PLC0415  (--help must not wait)
    from gateway.services.acts import officer_name  # noqa: PLC0415  (--help must not wait)

    with session.city() as opened:
        leaf = say.entity_of(opened.settings.agreement, city)
        officer = officer_name(session.any_officer(opened, officer).by)
        if not answers:
            asked = opened.federation.challenge(leaf, officer, opened.clock.now())
            if wants_json():
                return say.asked(opened, asked)
            say.explain(opened, asked)
            answers = [click.prompt(f"  Group {group:2d}") for group in asked.groups]
        confirmed = opened.federation.confirm(leaf, officer, answers, opened.clock.now())
        tries_left = _desk(opened).tries_left(leaf, opened.clock.now())
        return say.confirmed(opened, confirmed, officer, tries_left)


@partners.command()
@click.argument("city")
@click.option(
    "--scenarios",
    required=True,
    metavar="ID[,ID...]",
    help="What is recognised, such as lodging.hotel; `open` is all that is open here.",
)
@click.option(
    "--until",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    help="Last day of the agreement, in China.",
)
@OFFICER
@pass_session
def accept(session: Session, city: str, scenarios: str, until: datetime, officer: str) -> Answer:
    """Propose to recognise a confirmed partner's codes.

    Nothing happens before another officer approves: `proposals approve`.

    When that is done, the gateway syncs for the first time; unless the partner's statements
    stand under the keys that two officers compared, nothing is stored. Then this city's own
    statement is signed anew, so that it names the partner.

    Example:
      credit-gateway partners accept jiaxing --scenarios open --until DATE ...
    """
    from gateway.cli import partner_answers as say  # noqa: PLC0415  (--help must not wait)
    from gateway.services.acts import end_of_agreement  # noqa: PLC0415  (--help must not wait)

    with session.city() as opened:
        settings = opened.settings
        leaf = say.entity_of(settings.agreement, city)
        listed = frozenset(ScenarioId(word.strip()) for word in scenarios.split(",") if word)
        wanted = settings.open_scenarios if scenarios == "open" else listed
        acting = session.officer(opened, officer, "operator")
        facts: dict[str, str | int] = {
            "scenarios": " ".join(sorted(wanted)),
            "until": end_of_agreement(until.date()),
        }
        made = opened.four_eyes.propose("partner.accept", leaf, facts, acting)
        return say.proposed(opened, leaf, made)


@partners.command()
@click.argument("city", required=False)
@pass_session
def status(session: Session, city: str | None) -> Answer:
    """Show how it stands with partners, both ways.

    With CITY that one in full.

    Examples:
      credit-gateway partners status
      credit-gateway partners status jiaxing
    """
    from gateway.cli import partner_reports as report  # noqa: PLC0415  (--help must not wait)

    with session.city() as opened:
        found = opened.federation.status(opened.clock.now())
        return report.statuses(opened, found, city)


@partners.command()
@click.argument("city", required=False)
@pass_session
def sync(session: Session, city: str | None) -> Answer:
    """Fetch what one partner, or all of them, publish now.

    The worker does it all the time; this does it now. Exit code 1 if a partner's
    statement was refused, 3 if one could only not be reached.

    Examples:
      credit-gateway partners sync
      credit-gateway partners sync jiaxing
    """
    from gateway.cli import partner_answers as say  # noqa: PLC0415  (--help must not wait)
    from gateway.cli import partner_reports as report  # noqa: PLC0415  (--help must not wait)

    with session.city() as opened:
        leaf = say.entity_of(opened.settings.agreement, city) if city else None
        return report.synced(opened, opened.federation.sync(opened.clock.now(), leaf))


@partners.command()
@click.argument("city")
@pass_session
def probe(session: Session, city: str) -> Answer:
    """Verify a test code of a partner, from end to end.

    Fetches a code that the partner signs now, for which nobody grants anything, and goes
    through the steps of verifying, each with its time. Nothing is recorded. Whether they would
    verify this city's codes cannot be seen from here: let their office probe this city.

    Exit code 1 if a step refused it, 3 if the partner could only not be reached.

    Example:
      credit-gateway partners probe jiaxing
    """
    from gateway.cli import partner_answers as say  # noqa: PLC0415  (--help must not wait)
    from gateway.cli import partner_reports as report  # noqa: PLC0415  (--help must not wait)

    with session.city() as opened:
        leaf = say.entity_of(opened.settings.agreement, city)
        anchor = opened.federation.anchor_of(leaf)
        found = opened.probe.run(anchor, opened.clock.now())
        return report.probed(opened.settings.agreement, found)


@partners.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@pass_session
def import_file(session: Session, file: Path) -> Answer:
    """Take a partner's public file when it cannot be reached.

    Of a partner that was accepted it counts as a sync, as old as its signature. Of any other
    city it makes a candidate, and the safety number is compared as ever.

    Example:
      credit-gateway partners import jiaxing.pins.json
    """
    from gateway.cli import partner_answers as say  # noqa: PLC0415  (--help must not wait)
    from gateway.cli import partner_reports as report  # noqa: PLC0415  (--help must not wait)
    from gateway.services.partner_sync import SyncReport  # noqa: PLC0415  (--help must not wait)
    from gateway.trust.pins_file import MAX_FILE_BYTES  # noqa: PLC0415  (--help must not wait)

    raw = read_bounded(file, MAX_FILE_BYTES)
    with session.city() as opened:
        taken = opened.federation.import_pins(raw, opened.clock.now(), session.acting().by)
        if isinstance(taken, SyncReport):
            return report.synced(opened, (taken,))
        return say.added(opened, taken)


@partners.command()
@click.argument("city")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@pass_session
def export(session: Session, city: str, file: Path) -> Answer:
    """Write a partner's public statements to a file.

    As this city accepted them; the place for such files is keys/partners/.

    Example:
      credit-gateway partners export jiaxing keys/partners/jiaxing.pins.json
    """
    from gateway.cli import partner_answers as say  # noqa: PLC0415  (--help must not wait)

    with session.city() as opened:
        leaf = say.entity_of(opened.settings.agreement, city)
        pins = _desk(opened).export_pins(leaf, opened.clock.now())
    write_new(file, pins)
    return Answer(
        data={"leaf": leaf, "file": str(file), "bytes": len(pins)},
        screen=layout.title(f"Public statements of {leaf} are in {file}."),
    )


def _desk(opened: "OpenCity") -> "PartnerDesk":
    from gateway.services.partner_desk import PartnerDesk  # noqa: PLC0415  (--help must not wait)

    return PartnerDesk(book=opened.book)
