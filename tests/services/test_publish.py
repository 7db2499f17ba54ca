import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from gateway.ids import EntityId, Timestamp
from gateway.jose.keys import generate
from gateway.services.partner_ports import (
    OwnClockDoubtfulError,
    OwnStatementForeignError,
    OwnStatementRefusedError,
    OwnStatementsMissingError,
)
from gateway.services.trust_ports import NotNewerError
from gateway.trust.statements import (
    AnchorConfiguration,
    LeafConfiguration,
    SubordinateStatement,
    read,
)
from gateway.trust.trusted_city import Role
from tests.services.offices import DAY, HOUR, NOON, Office, OfficeKeys, Web, at, office, two
from tests.trust.cities import announced


def _leaf(city: Office) -> LeafConfiguration:
    return LeafConfiguration.parse(read(city.statements.tokens["leaf"]).payload, city.leaf)


def _city() -> Office:
    return office("330300", "wenzhou", Web())


def test_a_city_publishes_three_statements_with_their_lives() -> None:
    city = _city()
    tokens = city.statements.tokens

    anchor = AnchorConfiguration.parse(read(tokens["anchor"]).payload, city.anchor)
    subordinate = SubordinateStatement.parse(read(tokens["subordinate"]).payload, city.leaf)

    assert anchor.keys == (city.k1.public, city.k1s.public)
    assert subordinate.keys == (city.k2.public, city.k2next.public)
    lives = [
        each.life.expires_at - each.life.issued_at for each in (anchor, subordinate, _leaf(city))
    ]
    assert lives == [90 * DAY, 90 * DAY, DAY]
    assert [key.public for key in _leaf(city).code_keys] == [city.k3.public, city.k3next.public]


def test_iat_rises_by_a_second_when_the_clock_does_not() -> None:
    city = _city()
    for _ in range(3):
        city.sign_leaf(NOON)

    assert _leaf(city).life.issued_at == NOON + 3


def test_iat_never_goes_back_with_the_clock() -> None:
    city = _city()
    city.sign_leaf(at(30))

    city.sign_leaf(at(-20))

    assert _leaf(city).life.issued_at == NOON + 31


def test_a_clock_that_fell_far_behind_signs_nothing() -> None:
    city = _city()

    with pytest.raises(OwnStatementRefusedError) as refusal:
        city.sign_leaf(at(-HOUR))

    assert refusal.value.refusal == "trust_from_future"
    assert _leaf(city).life.issued_at == NOON


def test_nothing_is_signed_while_the_own_clock_is_doubtful() -> None:
    city = _city()
    before = dict(city.statements.tokens)

    with pytest.raises(OwnClockDoubtfulError):
        city.publish_anchor.configuration(at(1), clock_doubtful=True)
    with pytest.raises(OwnClockDoubtfulError):
        city.publish_anchor.subordinate(at(1), clock_doubtful=True)
    with pytest.raises(OwnClockDoubtfulError):
        city.publish_leaf().configuration(at(1), accepted=(), clock_doubtful=True)
    assert city.statements.tokens == before


def test_the_leaf_comes_after_the_anchor_and_the_statement_about_it() -> None:
    city = _city()
    city.statements.tokens.pop("subordinate")

    with pytest.raises(OwnStatementsMissingError):
        city.sign_leaf(at(1))


def test_a_federation_key_that_the_anchor_does_not_name_signs_nothing() -> None:
    city = _city()
    stranger = city.publish_leaf()
    city.k2 = generate()
    city.statements.tokens.pop("leaf")

    with pytest.raises(OwnStatementRefusedError) as refusal:
        stranger.configuration(at(1), accepted=(), clock_doubtful=False)

    assert refusal.value.refusal == "trust_unknown_signer"


def test_a_key_in_two_roles_is_noticed_before_it_is_published() -> None:
    city = _city()

    with pytest.raises(OwnStatementRefusedError) as refusal:
        city.sign_leaf(at(1), city.k2.public)

    assert refusal.value.refusal == "trust_key_in_two_roles"


def test_code_keys_are_announced_with_the_times_that_their_keeper_says() -> None:
    city = _city()
    key = announced(city.k3.public, iat=NOON - DAY, nbf=NOON - DAY, exp=NOON + 30 * DAY)

    keys = replace(city.keys(), announced=(key,))
    replace(city.publish_leaf(), keys=keys).configuration(
        at(HOUR), accepted=(), clock_doubtful=False
    )

    assert _leaf(city).code_keys == (key,)


PUBLISH: dict[str, Callable[[Office], object]] = {
    "anchor": lambda city: city.publish_anchor.configuration(at(HOUR), clock_doubtful=False),
    "subordinate": lambda city: city.publish_anchor.subordinate(at(HOUR), clock_doubtful=False),
    "leaf": lambda city: city.sign_leaf(at(HOUR)),
}


@pytest.mark.parametrize("role", PUBLISH)
def test_an_own_statement_edited_in_the_database_does_not_steer_the_next(role: str) -> None:
    city = _city()
    city.statements.tokens[role] = _city().statements.tokens[role]

    with pytest.raises(OwnStatementForeignError):
        PUBLISH[role](city)


def test_the_leaf_names_the_own_anchor_and_every_accepted_one_once() -> None:
    city, other = _city(), EntityId("https://credit.huzhou.example/anchor")

    city.sign_leaf(at(1), accepted=(other, city.anchor, other))

    assert _leaf(city).trust_anchor_hints == (city.anchor, other)
    body = json.loads(read(city.statements.tokens["leaf"]).payload)
    assert body["authority_hints"] == [city.anchor]


def test_a_city_may_publish_that_it_only_verifies_or_only_issues() -> None:
    web = Web()
    verifies = Office(division=None, leaf=EntityId("https://credit.huzhou.example"), web=web)
    verifies.sign_all()
    issues = office("330400", "jiaxing", web, scenarios=None)

    assert _leaf(verifies).issuer is None
    assert _leaf(issues).verifier is None


def test_the_kill_switch_is_published_by_the_anchor() -> None:
    city = _city()

    token = city.publish_anchor.subordinate(at(1), clock_doubtful=False, allowed_entity_types=())

    statement = SubordinateStatement.parse(read(token).payload, city.leaf)
    assert not statement.allows_issuing


def test_an_anchor_whose_standby_key_is_its_own_is_refused() -> None:
    city = _city()
    wrong = replace(city.publish_anchor, standby=city.k1.public)

    with pytest.raises(OwnStatementRefusedError):
        wrong.configuration(at(1), clock_doubtful=False)


def test_a_month_later_the_anchor_is_renewed_before_the_leaf() -> None:
    city, later = _city(), Timestamp(NOON + 91 * DAY)

    with pytest.raises(OwnStatementRefusedError) as refusal:
        city.sign_leaf(later)
    city.sign_all(later)

    assert refusal.value.refusal == "trust_expired"
    assert _leaf(city).life.issued_at == later


def test_what_is_published_is_what_a_partner_accepts() -> None:
    one, other = two()

    report = one.join(other)

    assert [outcome.result for outcome in report.outcomes] == ["accepted"] * 3
    assert {outcome.role for outcome in report.outcomes} == set(Role)


class _ChangedMeanwhile(OfficeKeys):
    """Keys that a command changes while a leaf is being signed: after the ``after``-th look.

    Attributes:
        rotate: What the command does: it changes the keys, and then it signs.
    """

    after: int
    rotate: Callable[[], None]
    looks = 0

    def refresh(self) -> bool:
        type(self).looks += 1
        if self.looks == self.after:
            self.rotate()
        return True


@pytest.mark.parametrize("after", [1, 2])
def test_a_key_taken_into_use_while_a_worker_signs_is_left_out_of_no_leaf(after: int) -> None:
    city, new = _city(), generate()

    def rotate() -> None:
        city.k3next = new
        city.sign_leaf(at(HOUR))

    hooks = {"after": after, "rotate": staticmethod(rotate)}
    keys = type("Keys", (_ChangedMeanwhile,), hooks)(office=city)
    worker = replace(city.publish_leaf(), keys=keys)

    with suppress(NotNewerError):
        worker.configuration(at(HOUR), accepted=(), clock_doubtful=False)

    assert new.public in {key.public for key in _leaf(city).code_keys}
