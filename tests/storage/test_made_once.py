"""Clauses are made once a process: two databases and many threads in it change nothing."""

from collections.abc import Callable
from functools import partial

from sqlalchemy import Dialect, create_engine

from gateway.storage import tables
from gateway.storage.statements import insert_new, insert_new_rows, replace
from tests.storage.rows import at_once

MODEL = tables.merchants.Venue


def on_sqlite() -> Dialect:
    return create_engine("sqlite://", paramstyle="qmark").dialect


def on_postgresql() -> Dialect:
    return create_engine("postgresql+psycopg://nobody@localhost/x", paramstyle="format").dialect


def spelled(dialect: Callable[[], Dialect]) -> tuple[str, ...]:
    """Return what a new store of this kind would send."""
    own = dialect()
    rows = insert_new_rows(own, MODEL)
    return (
        insert_new(own, MODEL).sql,
        replace(own, MODEL, "merchant_id", "id").sql,
        replace(own, MODEL, "id").sql,
        rows.before + rows.row + rows.after,
    )


def test_two_kinds_of_database_in_one_process_keep_their_own_words() -> None:
    kinds = (on_sqlite, on_postgresql) * 8

    found = at_once([partial(spelled, kind) for kind in kinds])

    assert set(found[::2]) == {spelled(on_sqlite)}
    assert set(found[1::2]) == {spelled(on_postgresql)}
    assert all("?" in each and "%s" not in each for each in found[0])
    assert all("%s" in each and "?" not in each for each in found[1])
    assert "OR IGNORE" in found[0][3]
    assert len(set(found[0])) == len(found[0])
