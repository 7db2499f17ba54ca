"""``credit-gateway merchants add`` and ``list``."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

from gateway.cli import layout
from gateway.cli.answer import Answer
from gateway.cli.merchant_files import DAY, desk_of, file_json, said_of
from gateway.cli.merchants import merchant_json, merchants, with_token
from gateway.cli.session import Session, pass_session
from gateway.clock import china_date, china_day
from gateway.ids import MerchantId, ScenarioId, VenueId

if TYPE_CHECKING:
    from gateway.services.ports import Venue


@merchants.command()
@click.argument("merchant_id", metavar="ID")
@click.option("--name", required=True, help="Name as people know it.")
@click.option(
    "--scenarios",
    required=True,
    metavar="ID[,ID...]",
    help="What it may verify for, such as lodging.hotel; `open` is all that is open here.",
)
@click.option(
    "--venue",
    "venues",
    multiple=True,
    metavar="ID:NAME[:SCENARIO,...]",
    help="A place of business; may be given again.",
)
@click.option("--uscc", default="", help="Its 统一社会信用代码, 18 characters.")
@click.option("--uscc-reason", default="", help="Why one is right that does not fit itself.")
@click.option("--due", type=DAY, help="Last day for the stamped commitment; 10 working days.")
@pass_session
def add(  # noqa: PLR0913, PLR0917  (each is an option)
    session: Session,
    merchant_id: str,
    name: str,
    scenarios: str,
    venues: Sequence[str],
    uscc: str,
    uscc_reason: str,
    due: datetime | None,
) -> Answer:
    """Enrol a merchant and print its first access token, once.

    Examples:
      credit-gateway merchants add river --name 江滨酒店 --scenarios lodging.hotel
      credit-gateway merchants add gym --name 健身房 --scenarios open --venue a:A
    """
    from gateway.services.onboard import Application  # noqa: PLC0415  (--help must not wait)
    from gateway.services.ports import Merchant  # noqa: PLC0415  (--help must not wait)

    with desk_of(session) as desk:
        merchant = Merchant(
            id=MerchantId(merchant_id),
            name=name,
            scenarios=_scenarios(scenarios, desk.desk.open_scenarios),
            venues=tuple(venue_of(text, "--venue") for text in venues),
            state="active",
        )
        asked = Application(
            merchant=merchant,
            uscc=uscc,
            uscc_reason=uscc_reason,
            due=None if due is None else due.date(),
        )
        desk.enrol(asked, session.acting())
        _, token = desk.desk.token(merchant.id, session.acting())
    return with_token(merchant, token, f"{name} may verify codes.")


@merchants.command("list")
@pass_session
def list_all(session: Session) -> Answer:
    """Show every merchant with its scenarios and venues.

    Example:
      credit-gateway merchants list --json
    """
    from gateway.services.merchant_files import MerchantFile  # noqa: PLC0415  (see `add`)

    today = china_date(china_day(session.now()))
    with desk_of(session) as desk:
        found, files = desk.desk.directory.list_all(), desk.rows.list_all()
    filed = [(each, files.get(each.id, MerchantFile())) for each in found]
    rows = (
        (
            *(each.id, each.name, each.state, said_of(file, today)),
            *("\n".join(sorted(each.scenarios)), _venues(each.venues)),
        )
        for each, file in filed
    )
    empty = "No merchant is enrolled yet: credit-gateway merchants add --help"
    return Answer(
        data={
            "merchants": [{**merchant_json(each), **file_json(file, today)} for each, file in filed]
        },
        screen=layout.table(("id", "name", "state", "commitment", "scenarios", "venues"), rows)
        if found
        else layout.title(empty, ""),
    )


def _scenarios(text: str, opened: frozenset[ScenarioId]) -> frozenset[ScenarioId]:
    return opened if text == "open" else frozenset(map(ScenarioId, _words(text)))


def venue_of(text: str, hint: str) -> "Venue":
    """Return the venue that somebody typed; ``hint`` is where.

    Raises:
        click.BadParameter: it is not typed so.
    """
    from gateway.services.ports import Venue  # noqa: PLC0415  (--help must not wait)

    venue_id, colon, rest = text.partition(":")
    name, more, scenarios = rest.partition(":")
    listed = frozenset(map(ScenarioId, _words(scenarios)))
    # A list that was begun and left empty is not the same as none, which is everything.
    if not colon or not name or (more and not listed):
        raise click.BadParameter("a venue is ID:NAME or ID:NAME:SCENARIO,...", param_hint=hint)
    return Venue(id=VenueId(venue_id), name=name, scenarios=listed or None)


def _words(text: str) -> Iterable[str]:
    return (word.strip() for word in text.split(",") if word.strip())


def _venues(venues: "Iterable[Venue]") -> str:
    return "\n".join(
        f"{each.id} {each.name}{' (closed)' if each.closed else ''}" for each in venues
    )
