"""What a partner finds at this city's address, and what the city finds at theirs."""

import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from gateway.app.checks import Check, Result
from gateway.app.composition import OpenCity, open_city
from gateway.app.federation_doctor import examine_federation
from gateway.ids import Timestamp
from gateway.remote.errors import ConnectError
from gateway.services.audit import Acting
from gateway.services.partner_cycle import statement_url
from gateway.services.partner_ports import FetchedDocument
from gateway.services.trust_ports import PartnerRow
from gateway.settings import load
from gateway.trust import entity
from gateway.trust.trusted_city import Role
from tests.cli.places import make_place
from tests.services.offices import Office, two

HOUR = 3600
DAY = 24 * HOUR


@dataclass(frozen=True)
class Answer:
    """A document as it arrives."""

    status: int
    body: bytes
    etag: str | None
    date: Timestamp | None
    received_at: Timestamp


@dataclass
class Front:
    """Whatever stands between a city and its partners.

    Attributes:
        bodies: What is served, by address; None is not reachable.
        etags: Whether validators get through.
        skew_s: How far its clock is ahead.
    """

    now: Timestamp
    bodies: dict[str, bytes | None] = field(default_factory=dict[str, "bytes | None"])
    etags: bool = True
    skew_s: int | None = 0

    def get(
        self, url: str, *, accept: str, max_bytes: int, etag: str | None = None
    ) -> FetchedDocument:
        assert accept in {"application/entity-statement+jwt", "application/json"}
        body = self.bodies.get(url)
        if body is None:
            raise ConnectError("nobody listens")
        assert len(body) <= max_bytes
        current = f'"{hash(body)}"' if self.etags else None
        same = current is not None and etag == current
        date = None if self.skew_s is None else Timestamp(self.now + self.skew_s)
        return Answer(
            status=304 if same else 200,
            body=b"" if same else body,
            etag=current,
            date=date,
            received_at=self.now,
        )


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Generator[OpenCity]:
    place = make_place(tmp_path_factory.mktemp("made")).init()
    with open_city(load(place.environ)) as opened:
        yield opened


@pytest.fixture
def front(city: OpenCity) -> Front:
    return front_of(city)


def front_of(city: OpenCity) -> Front:
    stored = city.store.own_statements.all()
    found = Front(now=city.clock.now())
    for role in Role:
        found.bodies[statement_url(city.leaf, role)] = stored[role].encode()
    anchor = entity.anchor_of(city.leaf)
    found.bodies[entity.list_endpoint(anchor)] = json.dumps([city.leaf]).encode() + b"\n"
    return found


def looked(city: OpenCity, front: Front, later_s: int = 0) -> Mapping[str, Check]:
    asked = replace(city, federation=replace(city.federation, fetch=front))
    found = examine_federation(asked, Timestamp(front.now + later_s))
    return {check.name: check for check in found}


def wrong(found: Mapping[str, Check]) -> dict[str, str]:
    results = {Result.FAIL, Result.WARN}
    return {name: check.what for name, check in found.items() if check.result in results}


def test_a_city_that_is_well_is_well_from_outside(city: OpenCity, front: Front) -> None:
    found = looked(city, front)

    assert wrong(found) == {}
    assert len(found) == 10


def at(role: Role) -> Callable[[OpenCity], str]:
    return lambda city: statement_url(city.leaf, role)


@pytest.mark.parametrize("role", Role)
def test_what_is_not_reachable_is_named_and_what_needs_it_is_skipped(
    city: OpenCity, front: Front, role: Role
) -> None:
    front.bodies[statement_url(city.leaf, role)] = None

    found = looked(city, front)

    assert wrong(found) == {f"{role} statement, from outside": "unreachable: fetch_connect"}
    assert found["chain under our own pins"].result is Result.SKIP


def test_a_list_that_is_away_or_another_is_named(city: OpenCity, front: Front) -> None:
    url = entity.list_endpoint(entity.anchor_of(city.leaf))
    front.bodies[url] = None
    away = wrong(looked(city, front))
    front.bodies[url] = b"[]"

    assert away == {"list of the anchor": "unreachable: fetch_connect"}
    assert wrong(looked(city, front)) == {"list of the anchor": "is not exactly this leaf"}


def test_a_proxy_that_eats_validators_is_named(city: OpenCity, front: Front) -> None:
    front.etags = False

    assert len(wrong(looked(city, front))) == len(Role)


def test_another_city_s_statement_at_our_address_breaks_the_chain(
    city: OpenCity, front: Front
) -> None:
    stranger, _ = two()
    front.bodies[statement_url(city.leaf, Role.ANCHOR)] = stranger.statements.tokens[
        Role.ANCHOR
    ].encode()

    found = wrong(looked(city, front))

    assert found["anchor statement, from outside"] == "is not the one that was signed last"
    assert "trust_unknown_signer" in found["chain under our own pins"]


@pytest.mark.parametrize(("skew_s", "fails"), [(60, False), (61, True), (-61, True), (None, False)])
def test_a_clock_that_partners_take_for_doubtful_is_named(
    city: OpenCity, front: Front, skew_s: int | None, *, fails: bool
) -> None:
    front.skew_s = skew_s

    assert ("clock of the server" in wrong(looked(city, front))) is fails


def test_statements_near_their_end_are_named(city: OpenCity, front: Front) -> None:
    found = wrong(looked(city, front, 5 * HOUR))

    assert list(found) == ["leaf statement, age"]
    assert "ends in" in found["leaf statement, age"]


@pytest.fixture
def own(tmp_path: Path) -> Generator[OpenCity]:
    """Yield a city that a test may change."""
    with open_city(load(make_place(tmp_path).init().environ)) as opened:
        yield opened


def test_keys_that_are_not_announced_yet_and_a_partner_that_is_away_are_named(
    own: OpenCity,
) -> None:
    before = front_of(own)
    acting = Acting(by="console:tester", at=own.clock.now())
    own.key_desk.rotate_codes(acting, emergency=True)
    partner = partner_of(own)
    name = f"partner {partner.leaf}"

    found = wrong(looked(own, before))
    before.bodies |= dict(partner.web.bodies)
    then = wrong(looked(own, before))

    assert found["keys from outside"] == "are not those that the vault announces"
    assert found[name].startswith("unreachable: anchor: fetch_connect")
    assert "does not stand" in then[name] or "refused" in then[name]


def test_a_row_that_this_city_did_not_sign_is_named(own: OpenCity) -> None:
    partner = partner_of(own)
    row = own.store.partners.get(partner.anchor)
    assert row is not None
    own.store.partners.put(replace(row, memory=row.record), None)

    assert f"partner {partner.anchor}" in wrong(looked(own, front_of(own)))


def partner_of(city: OpenCity) -> Office:
    """Return a partner that the city follows, at an address that it does not reach."""
    one, other = two()
    one.join(other)
    pins = other.pins()
    known = one.book.find(pins.anchor, city.clock.now())[1]
    row = PartnerRow(anchor_id=pins.anchor, record="", memory="", version=0)
    city.book.write(row, None, (known.record, known.city), city.clock.now())
    return other
