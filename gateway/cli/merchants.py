"""``credit-gateway merchants``: who may verify codes here."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from gateway.cli import layout
from gateway.cli.answer import Answer
from gateway.cli.command import CommandGroup
from gateway.cli.session import Session, pass_session
from gateway.ids import MerchantId, ScenarioId, VenueId

if TYPE_CHECKING:
    from gateway.services.merchants import EnrolMerchants
    from gateway.services.ports import Merchant, Venue


SHOWN_ONCE = "This token is shown once and stored nowhere: hand it over now."
WITHIN = "Holds in every worker within 5 seconds."


@click.group(cls=CommandGroup)
def merchants() -> None:
    """Who may verify codes here, and their access tokens (商家)."""


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
@pass_session
def add(
    session: Session, merchant_id: str, name: str, scenarios: str, venues: Sequence[str]
) -> Answer:
    """Enrol a merchant and print its first access token, once.

    Examples:
      credit-gateway merchants add river --name 江滨酒店 --scenarios lodging.hotel
      credit-gateway merchants add gym --name 健身房 --scenarios open --venue a:A
    """
    from gateway.services.ports import Merchant  # noqa: PLC0415  (--help must not wait)

    with _desk(session) as desk:
        merchant = Merchant(
            id=MerchantId(merchant_id),
            name=name,
            scenarios=_scenarios(scenarios, desk.open_scenarios),
            venues=tuple(_venue(text) for text in venues),
            state="active",
        )
        token = desk.add(merchant, session.acting())
    return _with_token(merchant, token, f"{name} may verify codes.")


@merchants.command("list")
@pass_session
def list_all(session: Session) -> Answer:
    """Show every merchant with its scenarios and venues.

    Example:
      credit-gateway merchants list --json
    """
    with _desk(session) as desk:
        found = desk.directory.list_all()
    rows = (
        (each.id, each.name, each.state, "\n".join(sorted(each.scenarios)), _venues(each.venues))
        for each in found
    )
    empty = "No merchant is enrolled yet: credit-gateway merchants add --help"
    return Answer(
        data={"merchants": [_json(each) for each in found]},
        screen=layout.table(("id", "name", "state", "scenarios", "venues"), rows)
        if found
        else layout.title(empty, ""),
    )


@merchants.command()
@click.argument("merchant_id", metavar="ID")
@pass_session
def token(session: Session, merchant_id: str) -> Answer:
    """Print one more access token of a merchant, once.

    Tokens given out before stay good; one per till keeps them apart.

    Example:
      credit-gateway merchants token river-hotel
    """
    with _desk(session) as desk:
        merchant, issued = desk.token(MerchantId(merchant_id), session.acting())
    return _with_token(merchant, issued, f"One more token of {merchant.name}.")


_REASON = click.option(
    "--reason",
    required=True,
    help="Why, in a sentence that the merchant may read; no person's name.",
)


@merchants.command()
@click.argument("merchant_id", metavar="ID")
@_REASON
@pass_session
def warn(session: Session, merchant_id: str, reason: str) -> Answer:
    """Warn a merchant; it goes on verifying.

    Example:
      credit-gateway merchants warn river-hotel --reason "offer not granted"
    """
    with _desk(session) as desk:
        merchant = desk.warn(MerchantId(merchant_id), reason, session.acting())
    return _changed(merchant, f"{merchant.name} is warned and goes on verifying.")


@merchants.command()
@click.argument("merchant_id", metavar="ID")
@_REASON
@pass_session
def suspend(session: Session, merchant_id: str, reason: str) -> Answer:
    """Stop a merchant from verifying; its tokens stay, for `resume`.

    Example:
      credit-gateway merchants suspend river-hotel --reason "closed for repairs"
    """
    with _desk(session) as desk:
        merchant = desk.suspend(MerchantId(merchant_id), reason, session.acting())
    return _changed(merchant, f"{merchant.name} no longer verifies. {WITHIN}")


@merchants.command()
@click.argument("merchant_id", metavar="ID")
@pass_session
def resume(session: Session, merchant_id: str) -> Answer:
    """Let a warned or suspended merchant be as any other again.

    Example:
      credit-gateway merchants resume river-hotel
    """
    with _desk(session) as desk:
        merchant = desk.resume(MerchantId(merchant_id), session.acting())
    return _changed(merchant, f"{merchant.name} verifies again. {WITHIN}")


@merchants.command()
@click.argument("merchant_id", metavar="ID")
@_REASON
@click.option("--for-good", is_flag=True, help="Say that you know: there is no way back.")
@pass_session
def remove(session: Session, merchant_id: str, reason: str, *, for_good: bool) -> Answer:
    """End a merchant for good, with its tokens, tills and devices.

    Its records stay.

    Example:
      credit-gateway merchants remove river-hotel --reason "has left" --for-good
    """
    if not for_good:
        raise click.UsageError("this cannot be undone; add --for-good, or use `suspend`")
    with _desk(session) as desk:
        merchant = desk.remove(MerchantId(merchant_id), reason, session.acting())
    return _changed(merchant, f"{merchant.name} is removed. {WITHIN}")


@contextmanager
def _desk(session: Session) -> "Generator[EnrolMerchants]":
    with session.city() as city:
        yield city.merchant_desk


def _scenarios(text: str, opened: frozenset[ScenarioId]) -> frozenset[ScenarioId]:
    return opened if text == "open" else frozenset(map(ScenarioId, _words(text)))


def _venue(text: str) -> "Venue":
    from gateway.services.ports import Venue  # noqa: PLC0415  (--help must not wait)

    venue_id, colon, rest = text.partition(":")
    name, _, scenarios = rest.partition(":")
    if not colon or not name:
        raise click.BadParameter("a venue is ID:NAME or ID:NAME:SCENARIO,...", param_hint="--venue")
    listed = frozenset(map(ScenarioId, _words(scenarios))) or None
    return Venue(id=VenueId(venue_id), name=name, scenarios=listed)


def _words(text: str) -> Iterable[str]:
    return (word.strip() for word in text.split(",") if word.strip())


def _venues(venues: "Iterable[Venue]") -> str:
    return "\n".join(f"{each.id} {each.name}" for each in venues)


def _with_token(merchant: "Merchant", issued: str, headline: str) -> Answer:
    rows: list[tuple[str, layout.Cell]] = [
        ("id", merchant.id),
        ("scenarios", ", ".join(sorted(merchant.scenarios))),
        ("token", layout.title(issued, "bold cyan")),
    ]
    return Answer(
        data={"merchant": _json(merchant), "token": issued},
        screen=layout.page(
            layout.title(headline, "bold green"),
            layout.indented(layout.facts(rows)),
            layout.title(SHOWN_ONCE, "yellow"),
        ),
    )


def _changed(merchant: "Merchant", headline: str) -> Answer:
    return Answer(data={"merchant": _json(merchant)}, screen=layout.title(headline))


def _json(merchant: "Merchant") -> dict[str, object]:
    return {
        "id": merchant.id,
        "name": merchant.name,
        "state": merchant.state,
        "reason": merchant.reason,
        "scenarios": sorted(merchant.scenarios),
        "venues": [
            {
                "id": venue.id,
                "name": venue.name,
                "scenarios": None if venue.scenarios is None else sorted(venue.scenarios),
            }
            for venue in merchant.venues
        ],
    }
