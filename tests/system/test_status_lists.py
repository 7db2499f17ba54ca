"""A printed code from its issue to its revocation, between running cities."""

import secrets

from gateway.app.composition import OpenCity, open_city
from gateway.app.revoking import revoking
from gateway.codes.claims import StatusReference
from gateway.demo.layout import Place
from gateway.ids import Timestamp
from gateway.services.audit import Acting
from gateway.trust.partners import Partner
from tests.system.conftest import Serve
from tests.system.tills import Till, until
from tests.system.towns import Pair
from tests.world import HOTEL

DAY_S = 24 * 3600


def places(city: OpenCity, person: str, now: Timestamp) -> tuple[StatusReference, ...]:
    pseudonym = city.tags.subject_pseudonym(person)
    return city.status_lists.indexes.allocate(pseudonym, "A" * 16, Timestamp(now + DAY_S), 2)


def printed(pair: Pair, status: StatusReference, now: Timestamp) -> str:
    return pair.mint.new(
        now,
        expires_at=Timestamp(now + DAY_S),
        tier=None,
        destination=pair.away_city.settings.city.division_code,
        scenario=HOTEL,
        policy_version=pair.away_city.settings.catalogue.version,
        masked_name="张*",
        status=status,
    )


def partner_of(city: OpenCity, pair: Pair) -> Partner:
    return next(
        each for each in city.trust.snapshot.partners if each.record.pins.leaf == pair.home.leaf
    )


def fetch(city: OpenCity, pair: Pair) -> str | None:
    """Fetch as the worker does, over HTTP from the running home city."""
    return city.status_lists.fetch.one(partner_of(city, pair), city.clock.now()).problem


def test_a_printed_code_is_refused_at_a_partner_once_its_list_says_that_it_was_revoked(
    pair: Pair, place: Place, run: Serve
) -> None:
    home, now = pair.home_city, pair.now()
    person = f"illustrative-{secrets.token_hex(4)}"
    one, other = places(home, person, now)
    home.status_lists.publish.due(now)
    server = run(place)

    with open_city(place.settings()) as away, Till(server.url, pair.hotel_token) as till:

        def shown(status: StatusReference) -> str:
            return till.show(printed(pair, status, now)).outcome

        unknown = shown(one)
        until(lambda: fetch(away, pair) is None, within_s=60)
        until(lambda: shown(one) == "recognised", within_s=60)
        revoking(home).person(person, Acting(by="console:root", at=now))
        still_good = shown(other)

        def refused() -> bool:
            fetch(away, pair)
            return shown(other) == "present_again"

        until(refused, within_s=60)

    assert unknown == "undetermined"
    assert still_good == "recognised"
