"""A copy and a deletion of what is kept of one citizen, on real databases."""

import pytest
from sqlalchemy import text

from gateway.errors import UnavailableError
from gateway.ids import CityId, Timestamp
from gateway.ledger.chain import check
from gateway.services.errors import UnauthorizedError
from gateway.services.identity import Identity
from gateway.services.objection_ports import ObjectionRow, ObjectionState
from gateway.services.own_only import NotOwnError, RefuseOthers
from gateway.services.rights_ports import IssuedDay, KeptSheet
from gateway.storage.pruning import Retention, prune
from gateway.storage.store import Store
from tests.storage.persons import (
    OTHER,
    PERSON,
    TAGS,
    TODAY,
    Signing,
    acts,
    after,
    consents,
    copying,
    count_codes,
    erasing,
    print_codes,
    sessions,
    stopping,
)
from tests.storage.rows import ACTING, DAY_S, NOON, count


def live(store: Store, person: str, *indexes: int) -> str:
    """Let somebody agree, sign in, and get codes of every kind; return the session."""
    consents(store).give(person, NOON)
    count_codes(store, person, "live", TODAY)
    count_codes(store, person, "printed", TODAY - 1)
    print_codes(store, person, *indexes)
    return sessions(store).start(Identity(subject=person), NOON)


def test_a_copy_has_everything_of_one_person_and_nothing_of_another(store: Store) -> None:
    live(store, PERSON, 1, 2)
    live(store, OTHER, 3)
    count_codes(store, OTHER, "pack", TODAY)
    store.status_lists.revoke_sheet("A" * 16, ACTING)

    copy = copying(store).copy(PERSON, after(1))

    assert [each.given_at for each in copy.consents] == [NOON]
    assert [each.began_at for each in copy.sessions] == [NOON]
    assert [(day.day, day.kind, day.codes) for day in copy.issued] == [
        (TODAY, "live", 1),
        (TODAY - 1, "printed", 1),
    ]
    assert copy.sheets == (KeptSheet(sheet="A" * 16, codes=2, revoked=2, last_day=TODAY + 5),)


def test_a_copy_of_somebody_unknown_is_empty(store: Store) -> None:
    live(store, OTHER, 3)

    copy = copying(store).copy(PERSON, NOON)

    assert (copy.consents, copy.issued, copy.sheets, copy.sessions) == ((), (), (), ())


def test_a_day_row_says_by_what_it_came_about(store: Store) -> None:
    count_codes(store, PERSON, "live", TODAY)

    (day,) = copying(store).copy(PERSON, NOON).issued

    assert day == IssuedDay(
        day=TODAY, kind="live", codes=1, tier=day.tier, scale_version="v1", assessed_on=TODAY - 1
    )


def test_deleting_leaves_nothing_that_leads_to_the_person(store: Store) -> None:
    token = live(store, PERSON, 1, 2)
    signing = Signing()

    erased, stopped = erasing(store, signing).erase(PERSON, after(1))

    assert (erased.days, erased.sessions, erased.places) == (2, 1, 2)
    assert (stopped.revoked, signing.times, stopped.until) == (2, 1, after(91))
    assert consents(store).of(PERSON) is None
    with pytest.raises(UnauthorizedError):
        sessions(store).authenticate(token, after(2))
    copy = copying(store).copy(PERSON, after(2))
    assert (copy.issued, copy.sheets, copy.sessions) == ((), (), ())
    assert [each.ended_at for each in copy.consents] == [after(1)]
    with store.engine.connect() as connection:
        for table in ("issuance_day", "status_entry", "citizen_session"):
            rows = connection.execute(text(f"SELECT * FROM {table}")).all()  # noqa: S608  our own names
            assert TAGS.subject_pseudonym(PERSON) not in [cell for row in rows for cell in row]


def test_deleting_takes_nothing_from_anybody_else(store: Store) -> None:
    live(store, PERSON, 1)
    token = live(store, OTHER, 2)
    before = copying(store).copy(OTHER, after(1))

    erasing(store).erase(PERSON, after(1))

    assert copying(store).copy(OTHER, after(1)) == before
    assert sessions(store).authenticate(token, after(2)).subject == OTHER
    assert store.status_lists.revoked(1) == (1,)


def test_a_printed_code_stays_revoked_and_in_its_list_after_deleting(store: Store) -> None:
    live(store, PERSON, 1)

    erasing(store).erase(PERSON, after(1))

    assert store.status_lists.revoked(1) == (1,)
    assert store.status_lists.numbers() == {1}


def test_deleting_leaves_the_ledger_whole_and_names_nobody(store: Store) -> None:
    live(store, PERSON, 1)

    erasing(store).erase(PERSON, after(1))

    head, genuine = store.ledger.head()
    assert check(store.ledger.read(), head, genuine_head=genuine, noted=[]) == ()
    assert acts(store)[-1] == ("rights.erased", "citizen")
    assert PERSON not in str(list(store.ledger.read()))


def test_either_everything_is_deleted_or_nothing(store: Store) -> None:
    token = live(store, PERSON, 1)
    with store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE ledger_head RENAME TO away"))

    with pytest.raises(UnavailableError):
        erasing(store).erase(PERSON, after(1))

    with store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO ledger_head"))
    assert sessions(store).authenticate(token, after(2)).subject == PERSON
    assert len(copying(store).copy(PERSON, after(2)).issued) == 2
    assert count(store, "revoked_status") == 0


def test_deleting_withdraws_an_objection_that_waits_and_leaves_those_of_others(
    store: Store,
) -> None:
    for person, number, waits in ((PERSON, "1", True), (PERSON, "2", False), (OTHER, "3", True)):
        pseudonym = TAGS.subject_pseudonym(person)
        row = ObjectionRow(
            number=number,
            subject=pseudonym,
            open_of=pseudonym if waits else None,
            kind="other",
            sealed=b"sealed",
            tier=None,
            scale_version=None,
            assessed_on=None,
            filed_day=TODAY,
            due_day=TODAY + 7,
            state=ObjectionState.OPEN if waits else ObjectionState.ANSWERED,
        )
        assert store.objections.add(row, ACTING.note("objection.filed", number))

    erased, _ = erasing(store).erase(PERSON, after(1))

    assert erased.objections == 2
    assert [store.objections.get(number) is None for number in "123"] == [True, True, False]
    assert acts(store)[-2:] == [("rights.erased", "citizen"), ("objection.withdrawn", "1")]


def test_deleting_twice_is_no_harm(store: Store) -> None:
    live(store, PERSON, 1)
    erasing(store).erase(PERSON, after(1))

    erased, stopped = erasing(store).erase(PERSON, after(2))

    assert (erased.days, erased.places, stopped.revoked) == (0, 0, 0)


def test_who_asks_about_another_is_refused_and_that_is_written_down(store: Store) -> None:
    with pytest.raises(NotOwnError):
        RefuseOthers(ledger=store.ledger).refuse("export", NOON)

    assert acts(store) == [("rights.refused", "export")]


def test_a_receipt_is_kept_for_its_time_after_the_consent_ended(store: Store) -> None:
    consents(store).give(PERSON, NOON)
    stopping(store).stop(PERSON, NOON)
    consents(store).give(OTHER, NOON)
    kept = Retention(consent_after_end_days=10)
    edge = Timestamp(NOON + 10 * DAY_S)

    at_the_edge = prune(store.engine, edge, kept).rows["consent"]
    older = prune(store.engine, Timestamp(edge + 1), kept).rows["consent"]

    assert (at_the_edge, older) == (0, 1)
    # One that holds is never too old.
    assert prune(store.engine, Timestamp(edge * 2), kept).rows["consent"] == 0


def test_three_years_are_the_least_that_is_meant() -> None:
    assert Retention().consent_after_end_days == 3 * 365 + 1


def test_a_city_of_a_receipt_may_have_left(store: Store) -> None:
    given = consents(store, CityId("330900")).give(PERSON, NOON)

    assert copying(store).copy(PERSON, NOON).consents == (given,)
