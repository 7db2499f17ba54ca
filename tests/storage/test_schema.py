"""Migrations: from nothing to what the table classes say, on both databases."""

import re
import stat
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, make_url, text

from gateway.storage import engine as database
from gateway.storage import migrations
from gateway.storage.engine import Synchronous, immediate, open_engine
from gateway.storage.errors import DatabaseUrlError, SchemaError
from gateway.storage.schema import SchemaState, migrate, revisions, schema_state
from gateway.storage.tables import METADATA
from tests.project.tree import ROOT, text_of
from tests.storage.rows import at_once


def _stamp(engine: Engine, revision: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})


def test_an_empty_database_is_absent_then_current(database_url: str) -> None:
    engine = open_engine(database_url)

    before = schema_state(engine)
    migrate(engine)
    after = schema_state(engine)
    migrate(engine)

    engine.dispose()
    assert (before, after) == (SchemaState.ABSENT, SchemaState.CURRENT)


def test_alembic_knows_the_revisions_that_the_names_of_the_files_tell() -> None:
    scripts = ScriptDirectory(str(Path(migrations.__path__[0])))

    linked = [script.revision for script in scripts.walk_revisions()]

    assert tuple(reversed(linked)) == revisions()


def test_a_database_that_is_a_revision_behind_is_called_so(database_url: str) -> None:
    engine = open_engine(database_url)
    migrate(engine)
    _stamp(engine, revisions()[-2])

    behind = schema_state(engine)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))

    stamped_by_nobody = schema_state(engine)
    engine.dispose()
    assert (behind, stamped_by_nobody) == (SchemaState.BEHIND, SchemaState.ABSENT)


def test_every_table_is_explained_with_what_deletes_its_rows() -> None:
    rows = re.findall(r"^\| (`[^|]+) \|", text_of(ROOT / "docs/storage.md"), re.MULTILINE)

    explained = {name for row in rows for name in re.findall(r"`(\w+)`", row)}

    assert set(METADATA.tables) <= explained


def test_migrations_lead_exactly_to_the_table_classes(database_url: str) -> None:
    engine = open_engine(database_url)
    migrate(engine)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        differences = compare_metadata(context, METADATA)

    engine.dispose()
    assert differences == []


def test_the_comparison_would_notice_a_difference(database_url: str) -> None:
    engine = open_engine(database_url)
    migrate(engine)

    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE burn ADD COLUMN seen_at BIGINT"))
        differences = compare_metadata(MigrationContext.configure(connection), METADATA)

    engine.dispose()
    assert [difference[0] for difference in differences] == ["remove_column"]


def test_four_processes_that_migrate_together_do_it_once(database_url: str) -> None:
    engines = [open_engine(database_url) for _ in range(4)]

    at_once([partial(migrate, engine) for engine in engines])

    states = {schema_state(engine) for engine in engines}
    for engine in engines:
        engine.dispose()
    assert states == {SchemaState.CURRENT}


def test_whoever_comes_while_another_migrates_waits_longer_than_for_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LOCK_WAIT_S", 0)
    engine = open_engine(f"sqlite:///{tmp_path}/city.sqlite3")
    migrate(engine)
    _stamp(engine, revisions()[-2])

    with engine.connect() as other, ThreadPoolExecutor(1) as pool:
        with immediate(other).begin():
            other.execute(
                text("UPDATE alembic_version SET version_num = :r"), {"r": revisions()[-1]}
            )
            waiting = pool.submit(migrate, engine)
            assert not wait([waiting], timeout=0.2).done
        assert waiting.result(timeout=240) is None

    engine.dispose()


def test_a_database_of_a_newer_version_is_left_alone(database_url: str) -> None:
    engine = open_engine(database_url)
    migrate(engine)
    _stamp(engine, "9999")

    with pytest.raises(SchemaError):
        migrate(engine)

    state = schema_state(engine)
    engine.dispose()
    assert state is SchemaState.AHEAD


def test_a_database_file_is_created_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "city of 湖州 100% #1.sqlite3"
    engine = open_engine(f"sqlite:///{file}")

    migrate(engine)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
    modes = {stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()}
    assert modes == {0o600}


def test_a_directory_that_does_not_exist_is_named(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/none/city.sqlite3")

    with pytest.raises(SchemaError, match="cannot be created"):
        migrate(engine)

    assert schema_state(engine) is SchemaState.ABSENT


@pytest.mark.parametrize(
    "url",
    ["", "no url", "sqlite://", "sqlite:///:memory:", "sqlite:///x?mode=ro", "mysql://u:pass@h/d"],
)
def test_an_address_that_is_no_database_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(DatabaseUrlError) as refused:
        open_engine(url)

    assert "pass" not in str(refused.value)


@pytest.mark.parametrize(("synchronous", "expected"), [("FULL", 2), ("NORMAL", 1)])
def test_sqlite_is_opened_as_promised(
    tmp_path: Path, synchronous: Synchronous, expected: int
) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'x.sqlite3'}", synchronous=synchronous)
    migrate(engine)

    with engine.connect() as connection:
        found = [
            connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("synchronous", "foreign_keys", "busy_timeout")
        ]

    assert found == [expected, 1, 2000]


@pytest.mark.parametrize(
    ("site", "synchronous", "expected"),
    [("on", "NORMAL", "off"), ("off", "FULL", "on"), ("remote_apply", "FULL", "remote_apply")],
)
def test_postgresql_promises_no_less_than_was_asked(
    postgres_url: str, site: str, synchronous: Synchronous, expected: str
) -> None:
    url = make_url(postgres_url).update_query_dict({"options": f"-c synchronous_commit={site}"})
    engine = open_engine(url.render_as_string(hide_password=False), synchronous=synchronous)

    with engine.connect() as connection:
        found = connection.execute(text("SHOW synchronous_commit")).scalar_one()
        patience = connection.execute(text("SHOW statement_timeout")).scalar_one()

    engine.dispose()
    assert (found, patience) == (expected, "3s")
