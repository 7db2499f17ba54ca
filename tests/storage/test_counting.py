"""Issuing by subject and day; refusals by day and reason."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import count
from typing import cast

import pytest
from sqlalchemy import text

from gateway.ids import Timestamp
from gateway.services.ports import IssuanceKind
from gateway.services.standing import Standing
from gateway.storage.errors import DatabaseUnavailableError
from gateway.storage.store import Store
from tests.storage.rows import DAY_S, NOON, at_once, stands, tag

SUBJECT = tag("subject") * 2
MIDNIGHT_IN_SHANGHAI = Timestamp(20_000 * DAY_S - 8 * 3600)


def _refusals(store: Store) -> list[tuple[int, str, int]]:
    with store.engine.connect() as connection:
        rows = connection.execute(text("SELECT day, reason, count FROM refusal ORDER BY 1, 2"))
        return [cast("tuple[int, str, int]", tuple(row)) for row in rows]


def _live(store: Store, codes: int = 1, *, day: int = 20_000) -> int:
    return store.issuance.count_issue(SUBJECT, day, "live", stands(), codes)


def test_codes_of_a_day_add_up(store: Store) -> None:
    assert [_live(store), _live(store, 4), _live(store)] == [1, 5, 6]


def test_day_kind_and_subject_each_have_a_sum_of_their_own(store: Store) -> None:
    _live(store, 5)

    sums = (
        _live(store, day=20_001),
        store.issuance.count_issue(SUBJECT, 20_000, "pack", stands(), 96),
        store.issuance.count_issue(tag("other") * 2, 20_000, "live", stands(), 2),
        _live(store),
    )

    assert sums == (1, 96, 2, 6)


def test_a_row_keeps_the_last_tier_and_scale(store: Store) -> None:
    _live(store)
    store.issuance.count_issue(SUBJECT, 20_000, "live", stands(3, "ou-2027", assessed_on=19_999), 1)

    with store.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT tier, scale_version, codes, assessed_on FROM issuance_day")
        ).all()

    assert [tuple(row) for row in rows] == [(3, "ou-2027", 2, 19_999)]


def test_the_newest_day_row_tells_what_was_last_said(store: Store) -> None:
    assert store.issuance.last_standing(SUBJECT) is None
    store.issuance.count_issue(SUBJECT, 20_001, "live", stands(1, "v2"), 1)
    _live(store, day=20_000)
    store.issuance.count_issue(tag("other") * 2, 20_002, "live", stands(3), 1)

    assert store.issuance.last_standing(SUBJECT) == replace(stands(1, "v2"), remembered=True)


def test_of_one_day_the_newest_assessment_counts_and_then_the_best_tier(store: Store) -> None:
    def last(*rows: tuple[IssuanceKind, Standing]) -> int:
        day = next(days)
        for kind, standing in rows:
            store.issuance.count_issue(SUBJECT, day, kind, standing, 1)
        found = store.issuance.last_standing(SUBJECT)
        assert found is not None
        return found.tier

    days = count(20_000)
    older, newer = stands(3, assessed_on=19_990), stands(2, assessed_on=19_991)

    assert last(("live", older), ("pack", newer)) == 2
    assert last(("live", newer), ("pack", older)) == 2
    assert last(("live", stands(1)), ("pack", stands(2)), ("printed", stands(1))) == 2


def test_a_row_from_before_the_day_of_the_assessment_was_kept_says_nothing(store: Store) -> None:
    _live(store)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE issuance_day SET assessed_on = NULL"))

    assert store.issuance.last_standing(SUBJECT) is None


def test_32_threads_get_32_different_sums(store: Store) -> None:
    calls: list[Callable[[], int]] = [partial(_live, store)] * 32

    assert sorted(at_once(calls)) == list(range(1, 33))


def test_refusals_are_counted_by_day_in_shanghai_and_reason(store: Store) -> None:
    before = Timestamp(MIDNIGHT_IN_SHANGHAI - 1)
    for reason, at in (
        ("expired", before),
        ("expired", MIDNIGHT_IN_SHANGHAI),
        ("expired", MIDNIGHT_IN_SHANGHAI),
        ("burned", MIDNIGHT_IN_SHANGHAI),
    ):
        store.refusals.count(reason, at)

    store.refusals.flush()

    assert _refusals(store) == [
        (19_999, "expired", 1),
        (20_000, "burned", 1),
        (20_000, "expired", 2),
    ]


def test_flushes_add_up_and_an_empty_one_writes_nothing(store: Store) -> None:
    for _ in range(3):
        store.refusals.count("expired", MIDNIGHT_IN_SHANGHAI)
        store.refusals.flush()
    commits = store.writer.commits
    store.refusals.flush()

    assert _refusals(store) == [(20_000, "expired", 3)]
    assert store.writer.commits == commits


def test_counts_survive_a_flush_that_failed(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE refusal RENAME TO away"))
    store.refusals.count("expired", MIDNIGHT_IN_SHANGHAI)
    with pytest.raises(DatabaseUnavailableError):
        store.refusals.flush()
    store.refusals.count("expired", MIDNIGHT_IN_SHANGHAI)
    with store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO refusal"))

    store.refusals.flush()

    assert _refusals(store) == [(20_000, "expired", 2)]


def test_closing_flushes_and_does_not_fail_on_a_dead_database(store: Store) -> None:
    store.refusals.count("expired", NOON)
    with store.engine.begin() as connection:
        connection.execute(text("DROP TABLE refusal"))

    store.close()

    assert store.writer.commits == 0
