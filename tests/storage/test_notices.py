"""Notices to merchants on both databases."""

from dataclasses import replace
from functools import partial

import pytest

from gateway.clock import china_day
from gateway.ids import MerchantId, Timestamp
from gateway.ledger.entries import Note
from gateway.services.merchant_notices import NoticeKind, NoticeRow
from gateway.services.ports import ConflictError
from gateway.storage.pruning import CASE_DAYS, Retention, prune
from gateway.storage.store import Store
from tests.services.desks import notices_of
from tests.storage.rows import DAY_S, NOON, at_once
from tests.world import merchant

OURS = MerchantId("m-1")
TODAY = china_day(NOON)
NOTE = Note(act="merchant.warned", actor="staff:lin", target="m-1", at=NOON)
ROW = NoticeRow(
    merchant=OURS, number=1, kind=NoticeKind.WARNED, sealed=b"s", day=TODAY, due_day=TODAY + 7
)


@pytest.fixture
def told(store: Store) -> Store:
    store.merchants.add(merchant(), NOTE)
    store.merchant_states.set_state(OURS, "warned", "why", NOTE, ROW)
    return store


def test_state_and_notice_are_one_transaction(told: Store) -> None:
    with pytest.raises(ConflictError):
        told.merchant_states.set_state(OURS, "suspended", "why", NOTE, ROW)

    found = told.merchants.get(OURS)
    assert found is not None
    assert found.state == "warned"
    assert told.notices.of(OURS) == (ROW,)


def test_what_is_refused_leaves_no_notice(told: Store) -> None:
    told.merchant_states.set_state(OURS, "removed", "why", NOTE, replace(ROW, number=2))

    assert not told.merchant_states.set_state(OURS, "active", None, NOTE, replace(ROW, number=3))
    assert [each.number for each in told.notices.of(OURS)] == [2, 1]


def test_of_many_replies_and_of_many_answers_one_is_stored(told: Store) -> None:
    replies = [partial(told.notices.reply, OURS, 1, bytes([n]), TODAY, NOTE) for n in range(4)]
    answers = [partial(told.notices.answer, OURS, 1, bytes([n]), TODAY, NOTE) for n in range(4)]

    assert not answers[0]()
    assert sorted(at_once(replies)) == [False, False, False, True]
    (waiting,) = told.notices.unanswered(10)
    assert waiting.reply_day == TODAY
    assert told.notices.backlog() == (1, TODAY)
    assert sorted(at_once(answers)) == [False, False, False, True]
    assert told.notices.unanswered(10) == ()
    assert told.notices.backlog() == (0, 0)
    assert [each.act for each in told.ledger.read()].count("merchant.warned") == 4


def test_a_notice_without_a_due_day_takes_no_reply(told: Store) -> None:
    resumed = replace(ROW, number=2, kind=NoticeKind.RESUMED, due_day=None)
    told.merchant_states.set_state(OURS, "active", None, NOTE, resumed)

    assert not told.notices.reply(OURS, 2, b"x", TODAY, NOTE)


def test_a_reply_that_a_hand_put_in_the_place_of_an_answer_is_not_shown(told: Store) -> None:
    notices = notices_of(told)
    notices.reply(OURS, 1, "reply", "d", NOON)
    (row,) = told.notices.of(OURS)
    assert row.sealed_reply is not None

    told.notices.answer(OURS, 1, row.sealed_reply, TODAY, NOTE)

    assert [(each.reply, each.answer) for each in notices.of(OURS)] == [("reply", "")]


def test_a_reply_day_that_a_hand_spoiled_takes_no_number_from_the_office(told: Store) -> None:
    told.merchant_states.set_state(OURS, "suspended", "why", NOTE, replace(ROW, number=2))
    for number in (1, 2):
        told.notices.reply(OURS, number, b"x", TODAY, NOTE)
    # PostgreSQL keeps the types itself.
    spoiled = "'x'" if told.engine.dialect.name == "sqlite" else "NULL"

    found = list[tuple[int, int]]()
    for number in (1, 2):
        with told.engine.begin() as hand:
            hand.exec_driver_sql(
                f"UPDATE merchant_notice SET reply_day = {spoiled} WHERE number = {number}"  # noqa: S608  our own values
            )
        found.append(told.notices.backlog())

    assert found == [(1, TODAY), (0, 0)]


def test_it_is_forgotten_after_three_years(told: Store) -> None:
    midnight = NOON - NOON % DAY_S

    for days, left in ((CASE_DAYS, 1), (CASE_DAYS + 1, 0)):
        prune(told.engine, Timestamp(midnight + days * DAY_S), Retention())
        assert len(told.notices.of(OURS)) == left
