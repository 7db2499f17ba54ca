"""Issuing by subject and day; refusals by day and reason."""

from collections.abc import Callable
from functools import partial
from typing import cast

import pytest
from sqlalchemy import text

from gateway.ids import Tier, Timestamp
from gateway.storage.errors import DatabaseUnavailableError
from gateway.storage.store import Store
from tests.storage.rows import DAY_S, NOON, at_once, tag

SUBJECT = tag("subject") * 2
MIDNIGHT_IN_SHANGHAI = Timestamp(20_000 * DAY_S - 8 * 3600)


def _refusals(store: Store) -> list[tuple[int, str, int]]:
    with store.engine.connect() as connection:
        rows = connection.execute(text("SELECT day, reason, count FROM refusal ORDER BY 1, 2"))
        return [cast("tuple[int, str, int]", tuple(row)) for row in rows]


def _live(store: Store, codes: int = 1, *, day: int = 20_000) -> int:
    return store.issuance.count_issue(SUBJECT, day, "live", Tier(2), "ou-2026", codes)


def test_codes_of_a_day_add_up(store: Store) -> None:
    assert [_live(store), _live(store, 4), _live(store)] == [1, 5, 6]


def test_day_kind_and_subject_each_have_a_sum_of_their_own(store: Store) -> None:
    _live(store, 5)

    sums = (
        _live(store, day=20_001),
        store.issuance.count_issue(SUBJECT, 20_000, "pack", Tier(2), "ou-2026", 96),
        store.issuance.count_issue(tag("other") * 2, 20_000, "live", Tier(2), "ou-2026", 2),
        _live(store),
    )

    assert sums == (1, 96, 2, 6)


def test_a_row_keeps_the_last_tier_and_scale(store: Store) -> None:
    _live(store)
    store.issuance.count_issue(SUBJECT, 20_000, "live", Tier(3), "ou-2027", 1)

    with store.engine.connect() as connection:
        rows = connection.execute(text("SELECT tier, scale_version, codes FROM issuance_day")).all()

    assert [tuple(row) for row in rows] == [(3, "ou-2027", 2)]


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
