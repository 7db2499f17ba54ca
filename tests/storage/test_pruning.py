"""Forgetting: both sides of every edge, and batches."""

from collections.abc import Callable

import pytest

from gateway.ids import EntityId, Timestamp
from gateway.storage import pruning
from gateway.storage.pruning import Retention, prune
from gateway.storage.store import Store
from tests.storage.rows import DAY_S, NOON, count, record, showing, stands, tag

KEEP = Retention()
TODAY = (NOON + 8 * 3600) // DAY_S
ANCHOR = EntityId("https://credit.huzhou.example/anchor")


def _burn(store: Store, at: int) -> None:
    store.verifications.record(showing(f"c{at}", f"till{at}", forget=at, receipt=f"R{at}"))


def _ticket(store: Store, at: int) -> None:
    store.verifications.record(showing(f"c{at}", forget=at, receipt=f"R{at}", ticket=f"{at}"))


def _verification(store: Store, at: int) -> None:
    one = showing(f"c{at}")
    object.__setattr__(one, "record", record(f"R{at}", at=at))
    store.verifications.record(one)


def _issuance(store: Store, at: int) -> None:
    store.issuance.count_issue(tag("s") * 2, at, "pack", stands(1, "v1"), 96)


def _refusal(store: Store, at: int) -> None:
    store.refusals.count("expired", Timestamp(at * DAY_S - 8 * 3600))
    store.refusals.flush()


def _token(store: Store, at: int) -> None:
    store.citizen_tokens.add(tag(f"t{at}") * 2, b"sealed", Timestamp(at))


def _accepted(store: Store, at: int) -> None:
    store.partners.remember_accepted(ANCHOR, "leaf", f"{at:064x}", Timestamp(1), Timestamp(at))


def _alarm(store: Store, at: int) -> None:
    store.partners.alarm(ANCHOR, f"code_{at}", Timestamp(at))


EDGES: dict[str, tuple[str, Callable[[Store, int], None], int, int]] = {
    "burn": ("burn", _burn, NOON, 1),
    "request": ("request", _burn, NOON, 1),
    "spent ticket": ("spent_ticket", _ticket, NOON, 1),
    "held ticket": ("held_ticket", _ticket, NOON, 1),
    "verification": ("verification", _verification, NOON - 183 * DAY_S, 60),
    "issuance": ("issuance_day", _issuance, TODAY - 3650, 1),
    "refusal": ("refusal", _refusal, TODAY - 3650, 1),
    "citizen token": ("citizen_token", _token, NOON, 1),
    "accepted": ("accepted_statement", _accepted, NOON - 90 * DAY_S, 1),
    "alarm": ("alarm", _alarm, NOON - 3650 * DAY_S, 1),
}


@pytest.mark.parametrize(("table", "write", "edge", "step"), EDGES.values(), ids=EDGES)
def test_a_row_at_the_edge_stays_and_an_older_one_goes(
    store: Store, table: str, write: Callable[[Store, int], None], edge: int, step: int
) -> None:
    write(store, edge)

    at_the_edge = prune(store.engine, NOON, KEEP).rows[table]
    write(store, edge - step)
    older = prune(store.engine, NOON, KEEP).rows[table]

    assert (at_the_edge, older, count(store, table)) == (0, 1, 1)


def test_retention_is_the_operators_choice(store: Store) -> None:
    _verification(store, NOON - 10 * DAY_S)

    kept = prune(store.engine, NOON, Retention(verification_days=10))
    gone = prune(store.engine, NOON, Retention(verification_days=9))

    assert (kept.total, gone.rows["verification"]) == (0, 1)


@pytest.mark.parametrize("rows", [4, 5, 6, 10, 11])
def test_batches_of_any_size_forget_the_old_and_only_the_old(
    store: Store, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(pruning, "BATCH_ROWS", 5)
    for n in range(rows):
        old = n % 2
        one = showing(f"c{n}", f"till{n}", forget=NOON - old, receipt=f"R{n}")
        object.__setattr__(one, "record", record(f"R{n}", at=NOON - old * 184 * DAY_S))
        store.verifications.record(one)
        store.partners.alarm(ANCHOR, f"code_{n}", Timestamp(NOON - old * 3651 * DAY_S))

    pruned = prune(store.engine, NOON, KEEP).rows

    forgotten = {name: pruned[name] for name in ("burn", "request", "verification", "alarm")}
    assert forgotten == dict.fromkeys(forgotten, rows // 2)
    assert count(store, "burn") == count(store, "alarm") == rows - rows // 2


def test_a_pruned_code_leaves_nothing(store: Store) -> None:
    _burn(store, NOON - 1)

    prune(store.engine, NOON, KEEP)

    assert store.verifications.stored_answer(tag(f"till{NOON - 1}")) is None


def test_what_voids_would_give_back_is_let_go_by_itself(store: Store) -> None:
    for at in (NOON - 1, NOON):
        _ticket(store, at)

    assert pruning.forget_held(store.engine, NOON) == 1
    assert count(store, "held_ticket") == 1
    assert count(store, "spent_ticket") == 2
