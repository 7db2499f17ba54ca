"""Citizens' access tokens."""

from functools import partial
from typing import cast

from sqlalchemy import Dialect, bindparam, select

from gateway.ids import Timestamp
from gateway.services.ports import ConflictError
from gateway.storage.reader import Reader
from gateway.storage.session import Cursor
from gateway.storage.statements import Values, equal, generate, insert_new
from gateway.storage.tables import table_of
from gateway.storage.tables.citizens import CitizenToken
from gateway.storage.writer import Writer


class SqlCitizenTokens:
    """``CitizenTokens`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer
        table = table_of(CitizenToken)
        self._add = insert_new(dialect, CitizenToken)
        living = select(table.c.sealed_subject).where(table.c.expires_at > bindparam("now"))
        self._by_token = generate(dialect, living.where(equal(CitizenToken, "token_hash")))

    def add(self, token_hash: bytes, sealed_subject: bytes, expires_at: Timestamp) -> None:
        """Store a token that holds until ``expires_at``, which is the first refused moment."""
        values = {
            "token_hash": token_hash,
            "sealed_subject": sealed_subject,
            "expires_at": expires_at,
        }
        self._writer.run(partial(self._store, values))

    def by_token(self, token_hash: bytes, now: Timestamp) -> bytes | None:
        """Return the sealed subject of a token that holds at ``now``."""
        row = self._reader.one(self._by_token, {"token_hash": token_hash, "now": now})
        return None if row is None else cast("bytes", row[0])

    def _store(self, values: Values, cursor: Cursor) -> None:
        if not self._add.run(cursor, values):
            raise ConflictError("this token is stored already")
