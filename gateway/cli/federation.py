"""``credit-gateway federation``: what this city says of itself."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli import layout
from gateway.cli.answer import Answer
from gateway.cli.command import CommandGroup
from gateway.cli.output_files import read_bounded, write_new
from gateway.cli.session import Session, pass_session

if TYPE_CHECKING:
    from gateway.app.composition import OpenCity
    from gateway.trust.statements import Life
    from gateway.trust.trusted_city import Role


@click.group(cls=CommandGroup)
def federation() -> None:
    """Publish what this city says of itself (联邦声明)."""


@federation.command()
@click.option(
    "--anchor",
    is_flag=True,
    help="Sign the two anchor statements as well, 90 days; needs K1 on this machine.",
)
@click.option(
    "--older-keys",
    is_flag=True,
    help="The newest keys are lost: publish those of an older backup all the same.",
)
@pass_session
def publish(session: Session, *, anchor: bool, older_keys: bool) -> Answer:
    """Sign the leaf configuration anew, and what is due of the catalogue.

    The worker does so by itself. The leaf configuration holds for 24 hours, and servers serve
    the new one within a second. The two statements of the anchor hold for 90 days; sign them
    with --anchor, where K1 is.

    Examples:
      credit-gateway federation publish
      credit-gateway federation publish --anchor
    """
    from gateway.app.own import own_lives, own_published  # noqa: PLC0415  (--help must not wait)

    with session.city() as city:
        if anchor:
            _publish_anchor(city)
        city.publish_leaf(older_keys=older_keys)
        if anchor:
            city.key_office.desk.anchor_spoke(city.clock.now())
        city.documents.publish_catalogues.run(
            city.clock.now(), clock_doubtful=city.trust.keyring.clock_doubtful
        )
        own = own_published(city.settings, city.vault, city.store.own_statements)
    return _published(own_lives(own))


@federation.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@pass_session
def export(session: Session, file: Path | None) -> Answer:
    """Write this city's public statements as a file for partners.

    For `partners import`, when a network or an origin is gone. Nothing in it is secret, and
    nobody believes it without comparing the safety number. Without FILE it goes to stdout.

    Examples:
      credit-gateway federation export wenzhou.pins.json
      credit-gateway federation export > wenzhou.pins.json
    """
    with session.city() as city:
        pins, leaf = city.federation.export_pins(), city.leaf
    if file is None:
        return Answer(data=json.loads(pins), screen=pins.decode("utf-8").rstrip())
    write_new(file, pins)
    return Answer(
        data={"leaf": leaf, "file": str(file), "bytes": len(pins)},
        screen=layout.title(f"Public statements of {leaf} are in {file}."),
    )


@federation.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--suspend", is_flag=True, help="Ask for the kill switch: no codes of ours count.")
@pass_session
def request(session: Session, file: Path, *, suspend: bool) -> Answer:
    """Write what the anchor is to sign, for the offline machine.

    Compare the key ids with the offline machine's screen. Without --suspend the kill switch
    is taken back.

    Example:
      credit-gateway federation request request.json
    """
    from gateway.cli import anchor_answers as say  # noqa: PLC0415  (--help must not wait)

    with session.city() as city:
        asked = city.key_office.anchor.request(
            city.clock.now(), suspend=suspend, clock_doubtful=city.trust.keyring.clock_doubtful
        )
        write_new(file, asked.encode(city.keys.federation()))
    return say.requested(asked, file)


@federation.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--officer", required=True, metavar="NAME", help="Who decides; kept in the ledger.")
@pass_session
def import_file(session: Session, file: Path, officer: str) -> Answer:
    """Take what the anchor signed, and publish it.

    It is checked as a partner would check it, and stored only then. A new anchor key takes
    two officers where the office has staff accounts.

    Example:
      credit-gateway federation import answer.json --officer "Lin"
    """
    from gateway.app.anchor_answers import IMPORT_ANCHOR, facts_of  # noqa: PLC0415  (--help must not wait)
    from gateway.cli import anchor_answers as say  # noqa: PLC0415  (--help must not wait)
    from gateway.cli import proposal_answers  # noqa: PLC0415  (--help must not wait)
    from gateway.cli.keys import has_staff  # noqa: PLC0415  (--help must not wait)
    from gateway.trust.anchor_files import MAX_FILE_BYTES, AnchorAnswer  # noqa: PLC0415  (--help must not wait)

    raw = read_bounded(file, MAX_FILE_BYTES)
    answer = AnchorAnswer.parse(raw)
    with session.city() as city:
        acting, desk = session.officer(city, officer, "operator"), city.key_office.anchor
        doubtful = city.trust.keyring.clock_doubtful
        found = desk.check(answer, acting.at, clock_doubtful=doubtful)
        if desk.replaces_anchors(found) and has_staff(city):
            digest = city.key_office.import_anchor.keep(raw)
            made = city.four_eyes.propose(IMPORT_ANCHOR, digest, facts_of(found), acting)
            return proposal_answers.made(made, "New anchor keys are proposed.")
        problems = desk.take(found, acting)
        named = sorted(found.named)
        return say.imported(city.keys.anchors(), named, problems, suspended=found.suspended)


@federation.command()
@pass_session
def doctor(session: Session) -> Answer:
    """Ask the own public address as a partner would, then partners.

    Looks at all four documents from outside: content types, ETag and 304, the chain under
    the own pins, ages, keys, the clock; then whether each partner answers and its chain
    stands. Nothing is stored. Exit code 1 if something is wrong, 3 if something could only
    not be reached.

    Example:
      credit-gateway federation doctor
    """
    from gateway.app.checks import Result  # noqa: PLC0415  (--help must not wait)
    from gateway.app.federation_doctor import UNREACHABLE, examine_federation  # noqa: PLC0415  (--help must not wait)
    from gateway.cli.check_lines import check_json, check_lines  # noqa: PLC0415  (--help must not wait)
    from gateway.cli.failures import REFUSED, UNAVAILABLE  # noqa: PLC0415  (--help must not wait)

    with session.city() as city:
        checks = tuple(examine_federation(city, city.clock.now()))
    wrong = [each for each in checks if each.result is Result.FAIL]
    away = [each for each in wrong if each.what.startswith(UNREACHABLE)]
    said = "All is well from outside." if not wrong else f"{len(wrong)} to mend."
    return Answer(
        data={"well": not wrong, "checks": [check_json(check) for check in checks]},
        screen=layout.page(
            check_lines(checks), layout.title(said, "bold red" if wrong else "bold green")
        ),
        exit_code=0 if not wrong else UNAVAILABLE if wrong == away else REFUSED,
    )


def _publish_anchor(city: "OpenCity") -> None:
    from gateway.app.publishing import anchor_publisher  # noqa: PLC0415  (--help must not wait)

    publisher = anchor_publisher(city.settings, city.vault, city.store)
    now, doubtful = city.clock.now(), city.trust.keyring.clock_doubtful
    publisher.configuration(now, clock_doubtful=doubtful)
    publisher.subordinate(now, clock_doubtful=doubtful)


def _published(lives: "Mapping[Role, Life]") -> Answer:
    rows = (
        (role.value, layout.moment(life.issued_at), layout.moment(life.expires_at))
        for role, life in lives.items()
    )
    return Answer(
        data={
            "statements": {
                role.value: {"issued_at": life.issued_at, "expires_at": life.expires_at}
                for role, life in lives.items()
            }
        },
        screen=layout.page(
            layout.title("Published.", "bold green"),
            layout.indented(layout.table(("statement", "signed", "ends"), rows)),
        ),
    )
