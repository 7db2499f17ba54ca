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
        self._living = generate(
            dialect,
            living.where(equal(CitizenSession, "owner")).order_by(table.c.created_at.desc()),
        )
        self._end = generate(dialect, delete(table).where(equal(CitizenSession, "token_hash")))
        owned = delete(table).where(equal(CitizenSession, "owner"))
        self._end_all = generate(dialect, owned)
        self._end_others = generate(dialect, owned.where(table.c.token_hash != bindparam("but")))

    def add(self, row: SessionRow) -> None:
        """Store one; durable on return."""
        values = {name: getattr(row, name) for name in SessionRow.__dataclass_fields__}
        self._writer.run(partial(self._store, values))

    def get(self, token_hash: bytes, now: Timestamp) -> SessionRow | None:
        """Return one that has not expired."""
        row = self._reader.one(self._get, {"token_hash": token_hash, "now": now})
        return None if row is None else _session(row)

    def living(self, owner: bytes, now: Timestamp) -> Sequence[SessionRow]:
        """Return the living sessions of a person, newest first."""
        return [
            _session(row) for row in self._reader.all(self._living, {"owner": owner, "now": now})
        ]

    def end(self, token_hash: bytes) -> bool:
        """Delete one; return whether it was there."""
        return self._writer.run(partial(_run, self._end, {"token_hash": token_hash})) > 0

    def end_all(self, owner: bytes, but: bytes | None = None) -> int:
        """Delete every session of a person but the one of a hash; return how many."""
        if but is None:
            return self._writer.run(partial(_run, self._end_all, {"owner": owner}))
        return self._writer.run(partial(_run, self._end_others, {"owner": owner, "but": but}))

    def _store(self, values: Values, cursor: Cursor) -> None:
        if not self._add.run(cursor, values):
            raise ConflictError("this session is stored already")


def _session(row: Sequence[object]) -> SessionRow:
    found, owner, sealed, created_at, expires_at = row
    return SessionRow(
        token_hash=cast("bytes", found),
        owner=cast("bytes", owner),
        sealed_subject=cast("bytes", sealed),
        created_at=Timestamp(cast("int", created_at)),
        expires_at=Timestamp(cast("int", expires_at)),
    )


def _run(statement: Statement, values: Values, cursor: Cursor) -> int:
    return statement.run(cursor, values)
