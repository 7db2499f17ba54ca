"""The worker's lease and the states of its jobs."""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Final

from sqlalchemy import Dialect, bindparam, select, update

from gateway.ids import Timestamp
from gateway.services.worker_ports import JobState, Lease
from gateway.storage.columns import ColumnError, declared, integer, text
from gateway.storage.reader import Reader
from gateway.storage.session import Row
from gateway.storage.statements import generate, insert_new, replace
from gateway.storage.tables import table_of
from gateway.storage.tables.worker import WorkerJob, WorkerLease
from gateway.storage.writer import Writer

_ID: Final = 1
"""Of the one row; no other is ever made."""


class SqlWorkerLease:
    """``WorkerLease`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, writer: Writer) -> None:
        self._reader, self._writer = reader, writer
        table = table_of(WorkerLease)
        columns = (table.c.holder, table.c.beat, table.c.renewed_at)
        shown = (declared(dialect, column) for column in columns)
        self._read = generate(dialect, select(*shown).where(table.c.id == bindparam("id")))
        self._insert = insert_new(dialect, WorkerLease)
        taken = update(table).values(
            holder=bindparam("new_holder"),
            beat=bindparam("new_beat"),
            renewed_at=bindparam("new_renewed_at"),
        )
        as_read = (
            (table.c.id == bindparam("id"))
            & (table.c.holder == bindparam("known_holder"))
            & (table.c.beat == bindparam("known_beat"))
        )
        self._replace = generate(dialect, taken.where(as_read))

    def read(self) -> Lease | None:
        """Return the lease as it stands; one that somebody spoiled by hand is none."""
        row = self._reader.one(self._read, {"id": _ID})
        return None if row is None else _lease_of(row)

    def take(self, holder: str, instead_of: Lease | None, now: Timestamp) -> Lease | None:
        """Put ``holder`` in the place of a lease that was read; return the new lease."""
        if instead_of is None:
            lease = Lease(holder=holder, beat=1, renewed_at=now)
            values: dict[str, object] = {
                "id": _ID,
                "holder": holder,
                "beat": lease.beat,
                "renewed_at": now,
            }
            statement = self._insert
        else:
            lease = Lease(holder=holder, beat=instead_of.beat + 1, renewed_at=now)
            values = {
                "id": _ID,
                "known_holder": instead_of.holder,
                "known_beat": instead_of.beat,
                "new_holder": holder,
                "new_beat": lease.beat,
                "new_renewed_at": now,
            }
            statement = self._replace
        return lease if self._writer.run(partial(statement.run, values=values)) else None


class SqlJobStates:
    """``JobStates`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, writer: Writer) -> None:
        self._reader, self._writer = reader, writer
        table = table_of(WorkerJob)
        columns = (table.c.name, table.c.succeeded_at, table.c.failed_at, table.c.error)
        shown = (declared(dialect, column) for column in (*columns, table.c.failures))
        self._all = generate(dialect, select(*shown, table.c.every_s).order_by(table.c.name))
        self._save = replace(dialect, WorkerJob, "name")

    def all(self) -> Mapping[str, JobState]:
        """Return the state of every job that ever ran, by name; odd rows are none."""
        states = dict[str, JobState]()
        for row in self._reader.all(self._all, {}):
            with suppress(ColumnError):
                state = _state_of(row)
                states[state.name] = state
        return states

    def save(self, state: JobState) -> None:
        """Replace the state of one job."""
        values = {
            "name": state.name,
            "every_s": state.every_s,
            "succeeded_at": state.succeeded_at,
            "failed_at": state.failed_at,
            "error": state.error,
            "failures": state.failures,
        }
        self._writer.run(partial(self._save.run, values=values))


def _lease_of(row: Row) -> Lease | None:
    holder, beat, renewed_at = row
    try:
        return Lease(
            holder=text(holder), beat=integer(beat), renewed_at=Timestamp(integer(renewed_at))
        )
    except ColumnError:
        return None


def _state_of(row: Row) -> JobState:
    name, succeeded_at, failed_at, error, failures, every_s = row
    if not isinstance(every_s, (int, float)):
        raise ColumnError("no number")
    return JobState(
        name=text(name),
        every_s=float(every_s),
        succeeded_at=_moment(succeeded_at),
        failed_at=_moment(failed_at),
        error=None if error is None else text(error),
        failures=integer(failures),
    )


def _moment(value: object) -> Timestamp | None:
    return None if value is None else Timestamp(integer(value))
