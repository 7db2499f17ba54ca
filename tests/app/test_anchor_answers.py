"""What a gateway does not take from its anchor, though K1 signed it."""

from collections.abc import Generator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.app.composition import OpenCity, open_city
from gateway.errors import GatewayError
from gateway.ids import Timestamp
from gateway.jose.keys import PublicKey, generate
from gateway.services.audit import Acting
from gateway.services.partner_ports import OwnClockDoubtfulError
from gateway.settings import load
from gateway.trust.anchor_files import AnchorAnswer
from gateway.trust.anchor_signing import sign_answer
from gateway.trust.errors import AnchorAnswerError
from gateway.trust.statements.life import ANCHOR_LIFE_S
from gateway.trust.trusted_city import Role as Statement
from gateway.vault import Role
from tests.cli.places import make_place

DAY = 24 * 3600


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Generator[OpenCity]:
    """Yield a city in which nothing is stored by these tests: every answer is refused."""
    place = make_place(tmp_path_factory.mktemp("made")).init()
    with open_city(load(place.environ)) as opened:
        yield opened


def answer(
    city: OpenCity,
    now: Timestamp,
    *more: PublicKey,
    issued_at: Mapping[Statement, Timestamp] | None = None,
) -> AnchorAnswer:
    """Return what K1 signs of a request that somebody changed on the way."""
    request = city.key_office.anchor.request(city.clock.now(), suspend=False, clock_doubtful=False)
    changed = replace(
        request,
        federation=(*request.federation, *more),
        issued_at=request.issued_at if issued_at is None else issued_at,
    )
    signer, standby = city.vault.signer(Role.ANCHOR), city.vault.public(Role.ANCHOR_STANDBY)
    return sign_answer(changed, signer, standby, None, now)


def refusal(city: OpenCity, offered: AnchorAnswer, now: Timestamp) -> str:
    before = city.store.own_statements.all()
    with pytest.raises(AnchorAnswerError) as refused:
        city.key_office.anchor.check(offered, now, clock_doubtful=False)
    assert city.store.own_statements.all() == before
    return refused.value.refusal


def now(city: OpenCity, later_s: int = 0) -> Timestamp:
    return Timestamp(city.clock.now() + later_s)


def test_nothing_is_asked_or_taken_while_the_clock_is_doubtful(city: OpenCity) -> None:
    desk, offered = city.key_office.anchor, answer(city, now(city))

    with pytest.raises(OwnClockDoubtfulError):
        desk.request(now(city), suspend=False, clock_doubtful=True)
    with pytest.raises(OwnClockDoubtfulError):
        desk.check(offered, now(city), clock_doubtful=True)


def test_iat_does_not_go_back_though_the_stored_statements_have_run_out(city: OpenCity) -> None:
    older = answer(city, now(city, -DAY), issued_at={})

    assert refusal(city, older, now(city)) == "trust_rollback"
    assert refusal(city, older, now(city, ANCHOR_LIFE_S - 10)) == "trust_rollback"


@pytest.mark.parametrize("later_s", [ANCHOR_LIFE_S + 100, -100])
def test_an_answer_of_another_time_is_refused(city: OpenCity, later_s: int) -> None:
    offered = answer(city, now(city, 5))

    assert refusal(city, offered, now(city, later_s)) in {"trust_expired", "trust_from_future"}


def test_an_answer_that_names_a_code_key_as_a_federation_key_is_refused(city: OpenCity) -> None:
    offered = answer(city, now(city, 5), city.vault.public(Role.CODES))

    assert refusal(city, offered, now(city, 5)) == "trust_key_in_two_roles"


def test_a_request_changed_on_its_way_to_name_a_foreign_key_brings_nothing_in(
    city: OpenCity,
) -> None:
    offered = answer(city, now(city, 5), generate().public)

    assert refusal(city, offered, now(city, 5)) == "trust_unknown_signer"


def test_an_answer_by_a_stranger_is_refused(city: OpenCity) -> None:
    stranger = generate()
    request = city.key_office.anchor.request(now(city), suspend=False, clock_doubtful=False)
    known = replace(request, anchor_kids=frozenset({stranger.public.kid}))
    offered = sign_answer(known, stranger, generate().public, None, now(city, 5))

    assert refusal(city, offered, now(city, 5)) == "trust_unknown_signer"


def test_a_text_that_is_no_statement_is_refused(city: OpenCity) -> None:
    offered = answer(city, now(city, 5))
    tokens: Mapping[Statement, str] = {**offered.statements, Statement.ANCHOR: "a.b.c"}

    assert refusal(city, replace(offered, statements=tokens), now(city, 5)) == "jws_format"


def test_a_removed_k2_is_not_taken_back_from_the_anchor(tmp_path: Path) -> None:
    with open_city(load(make_place(tmp_path).init().environ)) as city:
        stolen = city.vault.public(Role.FEDERATION)
        acting = Acting(by="console:tester", at=now(city))
        city.key_desk.revoke(stolen.kid, "drill", acting)
        assert city.key_desk.settle(acting.at) == ()

        offered = answer(city, now(city, 5), stolen)

        assert refusal(city, offered, now(city, 5)) == "trust_dead_key_returned"


def test_an_anchor_key_that_was_replaced_is_not_taken_back(tmp_path: Path) -> None:
    with open_city(load(make_place(tmp_path).init().environ)) as city:
        lost = city.vault.signer(Role.ANCHOR)
        standby, fresh = city.vault.signer(Role.ANCHOR_STANDBY), generate()
        desk = city.key_office.anchor
        request = desk.request(now(city), suspend=False, clock_doubtful=False)
        rotated = sign_answer(request, standby, fresh.public, None, now(city))
        acting = Acting(by="console:tester", at=now(city))
        found = desk.check(rotated, now(city), clock_doubtful=False)
        replaced = desk.replaces_anchors(found)
        owed = desk.take(found, acting)
        asked = desk.request(now(city), suspend=False, clock_doubtful=False)
        back = sign_answer(asked, standby, lost.public, None, now(city, 30))

        assert replaced
        assert owed == ()
        assert refusal(city, back, now(city, 30)) == "trust_key_in_two_roles"
        assert not city.vault.directory.joinpath(f"anchor-{lost.public.kid}.pem").exists()
        assert issubclass(AnchorAnswerError, GatewayError)
