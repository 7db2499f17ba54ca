"""The trust bundle of a city: signed when it says something else, and regularly."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from gateway.errors import GatewayError
from gateway.ids import CityId, Timestamp
from gateway.jose.keys import generate
from gateway.services.bundle import BUNDLES, RESIGN_S, PublishBundle
from gateway.services.document_ports import BUNDLE
from gateway.services.ports import NotNewerError
from gateway.trust.bundle import Bundle
from gateway.trust.documents import verify_document
from gateway.trust.keyring import Issuer, Keyring
from gateway.trust.states import PartnerState
from tests.services.offices import DAY, NOON, at, two
from tests.services.papers import Archive
from tests.trust.test_bundle import URI, key

PARTNER = CityId("330500")


@dataclass
class Listed:
    """The lists that are held."""

    lists: Mapping[CityId, tuple[str, ...]] = field(default_factory=dict)

    def listed(self) -> Mapping[CityId, tuple[str, ...]]:
        return self.lists


@dataclass
class Ring:
    """A keyring that tests replace."""

    keyring: Keyring


class Desk:
    """A city that publishes bundles, and whose keyring a test holds in its hands."""

    def __init__(self) -> None:
        office, _ = two()
        self.archive = Archive(office, BUNDLES)
        self.listed = Listed()
        self.issuer = Issuer(
            city=PARTNER,
            state=PartnerState.ACTIVE,
            statements_expire_at=at(DAY),
            obtained_at=NOON,
            keys=(key(exp=NOON + DAY),),
            code_lifetime_max_s=120,
            scenarios=frozenset(),
        )
        self.ring = Ring(self.keyring())

    def keyring(self, **changes: Any) -> Keyring:  # noqa: ANN401  (builder of tests)
        issuer = replace(self.issuer, **changes)
        return Keyring(own=CityId("330700"), issuers={issuer.city: issuer})

    def due(self, now: Timestamp) -> bool:
        return PublishBundle(
            trust=self.ring,
            status=self.listed,
            documents=self.archive.view(now),
            publish=self.archive.publish,
            signer=lambda: self.archive.keys.federation().public.kid,
        ).due(now)

    def bundle(self, now: Timestamp = NOON) -> Bundle:
        held = self.archive.view(now).own(BUNDLE)
        assert held is not None
        return cast("Bundle", held.value)


def test_the_bundle_is_signed_once_and_then_every_ten_minutes() -> None:
    desk = Desk()

    assert [desk.due(at(s)) for s in (0, 2, RESIGN_S - 1, RESIGN_S)] == [True, False, False, True]


def test_it_is_a_document_of_its_typ_by_k2_that_ends_after_a_day() -> None:
    desk = Desk()
    desk.due(NOON)

    token = desk.archive.own.rows[BUNDLE].token
    office = desk.archive.office
    document = verify_document(
        token, kind=BUNDLES.type, issuer=office.leaf, keys=(office.k2.public,), now=NOON
    )

    assert document.life.expires_at == NOON + DAY
    assert BUNDLES.type.typ == "credit-bundle+jwt"
    assert set(desk.bundle().issuers) == {PARTNER}


CHANGES: dict[str, dict[str, object]] = {
    "a key that is gone": {"keys": ()},
    "a key that is new": {"keys": (key(), key())},
    "a suspended city": {"state": PartnerState.SUSPENDED},
    "another key for its lists": {"status_keys": (key().public,)},
    "an earlier end": {"statements_expire_at": at(60)},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_it_is_signed_again_at_once_for(change: Mapping[str, object]) -> None:
    desk = Desk()
    desk.due(NOON)

    desk.ring.keyring = desk.keyring(**change)

    assert desk.due(at(2))
    assert not desk.due(at(4))


def test_it_is_signed_again_at_once_for_a_new_status_list() -> None:
    desk = Desk()
    desk.due(NOON)

    desk.listed.lists = {PARTNER: (URI,)}

    assert desk.due(at(2))
    assert desk.bundle().issuers[PARTNER].status_lists == (URI,)


def test_a_later_end_and_a_later_poll_wait_for_the_regular_signing() -> None:
    desk = Desk()
    desk.due(NOON)

    desk.ring.keyring = desk.keyring(statements_expire_at=at(2 * DAY), obtained_at=at(45))

    assert not desk.due(at(46))


def test_a_key_whose_hold_down_ends_goes_out_without_any_other_change() -> None:
    desk = Desk()
    desk.ring.keyring = desk.keyring(keys=(key(usable=NOON + 60),))
    desk.due(NOON)
    assert desk.bundle().issuers[PARTNER].keys == ()

    assert not desk.due(at(59))
    assert desk.due(at(60))
    assert len(desk.bundle(at(60)).issuers[PARTNER].keys) == 1


def test_it_is_signed_again_under_another_key() -> None:
    desk = Desk()
    desk.due(NOON)
    office = desk.archive.office
    office.k2, office.k2next = office.k2next, office.k2

    assert desk.due(at(2))


def test_none_is_signed_while_the_own_clock_is_doubtful() -> None:
    desk = Desk()
    desk.ring.keyring = replace(desk.keyring(), clock_doubtful=True)

    with pytest.raises(GatewayError) as refused:
        desk.due(NOON)

    assert refused.value.code == "own_clock_doubtful"
    assert desk.archive.own.rows == {}


def test_one_that_another_process_signed_first_is_no_mistake(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk()

    def lost(*_: object) -> None:
        raise NotNewerError("another was faster")

    monkeypatch.setattr(desk.archive.own, "put", lost)

    assert not desk.due(NOON)


def test_a_bundle_whose_signer_was_lost_is_signed_again() -> None:
    desk = Desk()
    desk.due(NOON)
    office = desk.archive.office
    office.k2, office.k2next = generate(), generate()

    assert desk.due(at(2))
