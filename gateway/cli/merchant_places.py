"""``credit-gateway merchants add-venue``, ``close-venue``, ``add-scenario``, ``end-scenario``."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from gateway.cli import layout
from gateway.cli.answer import Answer
from gateway.cli.merchant_enrol import venue_of
from gateway.cli.merchants import WITHIN, merchant_json, merchants
from gateway.cli.session import Session, pass_session
from gateway.ids import MerchantId, ScenarioId, VenueId

if TYPE_CHECKING:
    from gateway.services.merchant_changes import ChangeMerchants
    from gateway.services.ports import Merchant


@merchants.command("add-venue")
@click.argument("merchant_id", metavar="ID")
@click.argument("venue", metavar="VENUE:NAME[:SCENARIO,...]")
@pass_session
def add_venue(session: Session, merchant_id: str, venue: str) -> Answer:
    """Add a place of business to a merchant that is there.

    A closed one is opened again by its own id and name.

    Example:
      credit-gateway merchants add-venue river-hotel south:南楼
    """
    added = venue_of(venue, "VENUE")
    with _desk(session) as desk:
        merchant = desk.add_venue(MerchantId(merchant_id), added, session.acting())
    return _changed(merchant, f"{merchant.name} has venue {added.id}.")


@merchants.command("close-venue")
@click.argument("merchant_id", metavar="ID")
@click.argument("venue_id", metavar="VENUE")
@pass_session
def close_venue(session: Session, merchant_id: str, venue_id: str) -> Answer:
    """Close a place of business; receipts keep naming it.

    Devices and tills of this venue alone verify no more.

    Example:
      credit-gateway merchants close-venue river-hotel east
    """
    with _desk(session) as desk:
        merchant = desk.close_venue(MerchantId(merchant_id), VenueId(venue_id), session.acting())
    return _changed(merchant, f"Venue {venue_id} of {merchant.name} is closed.")


@merchants.command("add-scenario")
@click.argument("merchant_id", metavar="ID")
@click.argument("scenario", metavar="SCENARIO")
@pass_session
def add_scenario(session: Session, merchant_id: str, scenario: str) -> Answer:
    """Let a merchant verify for one more scenario.

    Venues and tills that are kept to some scenarios stay so.

    Example:
      credit-gateway merchants add-scenario river-hotel fitness.gym
    """
    with _desk(session) as desk:
        asked = ScenarioId(scenario)
        merchant = desk.add_scenario(MerchantId(merchant_id), asked, session.acting())
    return _changed(merchant, f"{merchant.name} verifies for {scenario}.")


@merchants.command("end-scenario")
@click.argument("merchant_id", metavar="ID")
@click.argument("scenario", metavar="SCENARIO")
@pass_session
def end_scenario(session: Session, merchant_id: str, scenario: str) -> Answer:
    """Let a merchant verify for one scenario fewer.

    Example:
      credit-gateway merchants end-scenario river-hotel fitness.gym
    """
    with _desk(session) as desk:
        asked = ScenarioId(scenario)
        merchant = desk.end_scenario(MerchantId(merchant_id), asked, session.acting())
    return _changed(merchant, f"{merchant.name} verifies for {scenario} no more.")


@contextmanager
def _desk(session: Session) -> "Generator[ChangeMerchants]":
    from gateway.app.onboarding import changes_of  # noqa: PLC0415  (--help must not wait)

    with session.city() as city:
        yield changes_of(city)


def _changed(merchant: "Merchant", headline: str) -> Answer:
    said = f"{headline} {WITHIN} Print starter sheet and plates anew."
    return Answer(data={"merchant": merchant_json(merchant)}, screen=layout.title(said))
