"""The one row of emergency stops, on both databases."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from gateway.ledger.entries import Note
from gateway.services.stop_ports import StopRow
from gateway.services.trust_ports import ConflictError
from gateway.storage.store import Store
from tests.storage.rows import NOON, at_once

ROW = StopRow(version=1, document=b'{"version":1,"stops":[]}', seal=bytes(32))
NOTE = Note(act="stop.ordered", actor="officer:Lin", target="issuing", at=NOON)


def test_a_row_comes_back_with_its_entry(store: Store) -> None:
    assert store.stops.get() is None

    store.stops.put(ROW, None, NOTE)
    store.stops.put(replace(ROW, version=2), ROW, NOTE)

    assert store.stops.get() == replace(ROW, version=2)
    assert [entry.act for entry in store.ledger.read()] == ["stop.ordered"] * 2


@pytest.mark.parametrize("replaced", [None, replace(ROW, version=2)], ids=["none", "another"])
def test_a_row_that_was_changed_meanwhile_is_not_replaced(
    store: Store, replaced: StopRow | None
) -> None:
    store.stops.put(ROW, None, NOTE)

    with pytest.raises(ConflictError):
        store.stops.put(replace(ROW, version=3), replaced, NOTE)

    assert store.stops.get() == ROW
    assert store.ledger.head()[0].seq == 1


def test_of_many_at_once_exactly_one_is_stored(store: Store) -> None:
    stored = at_once([partial(first, store)] * 4)

    assert sorted(stored) == [False, False, False, True]


def test_odd_values_are_bytes_that_nobody_sealed(migrated_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "gateway.db"
    shutil.copyfile(migrated_file, path)
    store = Store.open(f"sqlite:///{path}", ledger_key=bytes(range(32)))
    store.stops.put(ROW, None, NOTE)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "UPDATE stop_order SET version = 'x', document = 7, seal = CAST(x'ff' AS TEXT)"
        )

    found = store.stops.get()

    store.close()
    assert found == StopRow(version=0, document=b"", seal=b"")


def first(store: Store) -> bool:
    try:
        store.stops.put(ROW, None, NOTE)
    except ConflictError:
        return False
    return True
