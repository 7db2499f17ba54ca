"""Citizens' sessions."""

from collections.abc import Sequence
from functools import partial
from typing import cast

from sqlalchemy import Dialect, bindparam, delete, select

from gateway.ids import Timestamp
from gateway.services.ports import ConflictError
from gateway.services.sessions import SessionRow
from gateway.storage.reader import Reader
from gateway.storage.session import Cursor
from gateway.storage.statements import Statement, Values, equal, generate, insert_new
from gateway.storage.tables import table_of
from gateway.storage.tables.citizens import CitizenSession
from gateway.storage.writer import Writer


class SqlSessionRows:
    """``SessionRows`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer
        table = table_of(CitizenSession)
        self._add = insert_new(dialect, CitizenSession)
        living = select(*table.c).where(table.c.expires_at > bindparam("now"))
        self._get = generate(dialect, living.where(equal(CitizenSession, "token_hash")))
        began = select(table.c.created_at).where(table.c.expires_at > bindparam("now"))
        self._began = generate(
            dialect,
            began.where(equal(CitizenSession, "owner")).order_by(table.c.created_at.desc()),
        )
        self._end = generate(dialect, delete(table).where(equal(CitizenSession, "token_hash")))
        self._end_all = generate(dialect, delete(table).where(equal(CitizenSession, "owner")))

    def add(self, row: SessionRow) -> None:
        """Store one; durable on return."""
        values = {name: getattr(row, name) for name in SessionRow.__dataclass_fields__}
        self._writer.run(partial(self._store, values))

    def get(self, token_hash: bytes, now: Timestamp) -> SessionRow | None:
        """Return one that has not expired."""
        row = self._reader.one(self._get, {"token_hash": token_hash, "now": now})
        if row is None:
            return None
        found, owner, sealed, created_at, expires_at = row
        return SessionRow(
            token_hash=cast("bytes", found),
            owner=cast("bytes", owner),
            sealed_subject=cast("bytes", sealed),
            created_at=Timestamp(cast("int", created_at)),
            expires_at=Timestamp(cast("int", expires_at)),
        )

    def began(self, owner: bytes, now: Timestamp) -> Sequence[Timestamp]:
        """Return when each living session of a person began, newest first."""
        rows = self._reader.all(self._began, {"owner": owner, "now": now})
        return [Timestamp(cast("int", began)) for (began,) in rows]

    def end(self, token_hash: bytes) -> bool:
        """Delete one; return whether it was there."""
        return self._writer.run(partial(_run, self._end, {"token_hash": token_hash})) > 0

    def end_all(self, owner: bytes) -> int:
        """Delete every session of a person; return how many."""
        return self._writer.run(partial(_run, self._end_all, {"owner": owner}))

    def _store(self, values: Values, cursor: Cursor) -> None:
        if not self._add.run(cursor, values):
            raise ConflictError("this session is stored already")


def _run(statement: Statement, values: Values, cursor: Cursor) -> int:
    return statement.run(cursor, values)
