"""Whether a database takes writes can only be told by writing, and nothing may be left of it."""

from pathlib import Path

import pytest
from sqlalchemy import event, text

from gateway.storage.engine import open_engine
from gateway.storage.errors import DatabaseUnavailableError
from gateway.storage.schema import migrate
from gateway.storage.store import Store


def test_a_probe_is_committed_and_leaves_no_row(store: Store) -> None:
    store.probe.write()
    store.probe.write()

    with store.engine.connect() as connection:
        rows = connection.execute(text("SELECT COUNT(*) FROM refusal")).scalar_one()
    assert (rows, store.writer.commits) == (0, 2)


def test_a_read_only_database_is_found_out_though_it_answers_reads(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'gateway.db'}")
    (tmp_path / "gateway.db").touch()
    migrate(engine)
    event.listen(engine, "connect", lambda one, _record: one.execute("PRAGMA query_only=ON"))
    store = Store.from_engine(engine)

    revision = store.revision.current()
    with pytest.raises(DatabaseUnavailableError) as caught:
        store.probe.write()
    store.close()

    assert (revision, caught.value.reason) == (1, "read_only")
