"""Versions of the own catalogue as stored."""

from dataclasses import replace

import pytest
from sqlalchemy import text as sql

from gateway.ids import Timestamp
from gateway.services.catalogue_ports import CatalogueRow
from gateway.storage.store import Store
from tests.storage.rows import NOON

ROW = CatalogueRow(
    version="2026.1",
    content="{}",
    stated_from=Timestamp(1),
    in_force_from=Timestamp(2),
    published_at=NOON,
    seal=b"seal",
)


def test_each_version_is_kept_and_every_change_is_told(store: Store) -> None:
    other = replace(ROW, version="2026.2", in_force_from=None)
    before = store.revision.current()
    for row in (other, ROW, replace(ROW, in_force_from=Timestamp(3))):
        store.catalogues.put(row)

    assert store.catalogues.all() == (replace(ROW, in_force_from=Timestamp(3)), other)
    assert store.catalogues.seals() == {"2026.1": b"seal", "2026.2": b"seal"}
    assert store.revision.current() == before + 3


# PostgreSQL keeps the types itself.
@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
def test_a_row_that_a_hand_spoiled_comes_with_nothing_in_it(store: Store) -> None:
    store.catalogues.put(ROW)
    with store.engine.begin() as connection:
        connection.execute(sql("update catalogue_version set content = x'ff'"))

    (row,) = store.catalogues.all()

    assert (row.version, row.content, row.seal) == ("2026.1", "", b"")
