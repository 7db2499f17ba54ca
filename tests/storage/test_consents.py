"""Consents on real databases: whom they name, and what ends them."""

from dataclasses import replace
from typing import get_args

import pytest
from sqlalchemy import text

from gateway.errors import UnavailableError
from gateway.services.consent import Channel, ConsentMissingError, by_citizen
from gateway.services.issue_pack import pack_end
from gateway.services.ports import ConflictError, IssuanceKind
from gateway.storage.store import Store
from tests.storage.persons import (
    HUZHOU,
    OTHER,
    PERSON,
    TODAY,
    WENZHOU,
    Signing,
    acts,
    after,
    consents,
    count_codes,
    print_codes,
    stopping,
)
from tests.storage.rows import NOON, count


def test_consent_holds_until_it_is_stopped(store: Store) -> None:
    assert consents(store).of(PERSON) is None
    with pytest.raises(ConsentMissingError):
        consents(store).check(PERSON)

    receipt = consents(store).give(PERSON, NOON)

    assert consents(store).of(PERSON) == receipt
    assert consents(store).give(PERSON, after(9)) == receipt
    stopping(store).stop(PERSON, after(10))
    assert consents(store).of(PERSON) is None
    assert consents(store).give(PERSON, after(12)).number != receipt.number


@pytest.mark.parametrize("channel", get_args(Channel))
def test_a_receipt_says_how_the_consent_was_given(store: Store, channel: Channel) -> None:
    receipt = consents(store).give(PERSON, NOON, channel)

    assert receipt.channel == channel
    assert consents(store).all_of(PERSON) == [receipt]
    (entry,) = store.ledger.read()
    assert entry.details is not None
    assert entry.details.facts == {"wording": receipt.wording, "channel": channel}


def test_another_wording_asks_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    receipt = consents(store).give(PERSON, NOON)

    monkeypatch.setattr("gateway.services.consent.WORDING", "2027-01")

    assert consents(store).of(PERSON) is None
    assert consents(store).held(PERSON) == receipt


def test_a_city_that_was_not_named_asks_again_and_one_that_left_does_not(store: Store) -> None:
    both = consents(store, WENZHOU, HUZHOU).give(PERSON, NOON)
    consents(store, WENZHOU).give(OTHER, NOON)

    assert consents(store, WENZHOU).of(PERSON) == both
    assert consents(store, WENZHOU, HUZHOU).of(OTHER) is None


def test_who_agreed_before_cities_were_named_is_asked_again(store: Store) -> None:
    receipt = consents(store).give(PERSON, NOON)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE consent SET recipients = ''"))

    assert consents(store).of(PERSON) is None
    assert consents(store).held(PERSON) == replace(receipt, recipients=frozenset())


def test_a_new_consent_ends_the_one_before(store: Store) -> None:
    first = consents(store, WENZHOU).give(PERSON, NOON)

    second = consents(store, WENZHOU, HUZHOU).give(PERSON, after(5))

    assert consents(store).all_of(PERSON) == [second, replace(first, ended_at=after(5))]
    assert ("consent.ended", first.number) in acts(store)


def test_a_receipt_number_is_given_once_and_ends_nothing(store: Store) -> None:
    receipt = consents(store).give(PERSON, NOON)

    with pytest.raises(ConflictError):
        store.consents.add(receipt, by_citizen(after(1)))

    assert consents(store).of(PERSON) == receipt


def test_stopping_revokes_every_printed_code_of_that_person_and_nobody_elses(
    store: Store,
) -> None:
    signing = Signing()
    receipt = consents(store).give(PERSON, NOON)
    print_codes(store, PERSON, 7, 8)
    print_codes(store, OTHER, 9)

    stopped = stopping(store, signing).stop(PERSON, after(1))

    assert (stopped.revoked, signing.times) == (2, 1)
    assert store.status_lists.revoked(1) == (7, 8)
    assert acts(store)[1:] == [
        ("consent.ended", receipt.number),
        ("status.person_revoked", "citizen"),
    ]


def test_stopping_twice_does_nothing_more(store: Store) -> None:
    signing = Signing()
    consents(store).give(PERSON, NOON)
    print_codes(store, PERSON, 7)
    stopping(store, signing).stop(PERSON, after(1))
    written = len(acts(store))

    again = stopping(store, signing).stop(PERSON, after(2))

    assert (again.revoked, signing.times, len(acts(store))) == (0, 1, written)


def test_a_printed_code_is_revoked_though_no_consent_holds(store: Store) -> None:
    print_codes(store, PERSON, 7)

    assert stopping(store).stop(PERSON, NOON).revoked == 1


def test_lists_that_cannot_be_signed_at_once_keep_nobody_from_stopping(store: Store) -> None:
    signing = Signing()
    signing.broken = True
    print_codes(store, PERSON, 7)

    assert stopping(store, signing).stop(PERSON, NOON).revoked == 1


def test_either_all_is_stopped_or_nothing(store: Store) -> None:
    receipt = consents(store).give(PERSON, NOON)
    print_codes(store, PERSON, 7)
    with store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE revoked_status RENAME TO away"))

    with pytest.raises(UnavailableError):
        stopping(store).stop(PERSON, after(1))

    assert consents(store).of(PERSON) == receipt
    with store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO revoked_status"))
    assert count(store, "revoked_status") == 0


UNTIL: dict[str, tuple[IssuanceKind, int, bool]] = {
    "nothing but live codes": ("live", TODAY, False),
    "printed ones": ("printed", TODAY, False),
    "a pack of today": ("pack", TODAY, True),
    "a pack of yesterday": ("pack", TODAY - 1, True),
    "a pack of the day before": ("pack", TODAY - 2, False),
}


@pytest.mark.parametrize(("kind", "day", "offline"), UNTIL.values(), ids=UNTIL)
def test_stopping_says_until_when_a_phone_may_still_show_a_code(
    store: Store, kind: IssuanceKind, day: int, *, offline: bool
) -> None:
    count_codes(store, PERSON, kind, day)
    count_codes(store, OTHER, "pack", TODAY)

    stopped = stopping(store).stop(PERSON, NOON)

    assert stopped.offline is offline
    assert stopped.until == (pack_end(NOON) if offline else NOON + 90)
