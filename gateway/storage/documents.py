"""Signed documents of this city and of its partners; what they say is checked by who loads them."""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial

from sqlalchemy import Dialect, bindparam, select, update

from gateway.ids import EntityId, Timestamp
from gateway.services.document_ports import (
    DocumentKey,
    OwnDocument,
    PartnerDocument,
    digest_of,
)
from gateway.services.ports import NotNewerError
from gateway.storage import tables
from gateway.storage.columns import ColumnError, declared, integer, text
from gateway.storage.reader import Reader
from gateway.storage.revision import Bump
from gateway.storage.session import Cursor, Row
from gateway.storage.statements import Values, equal, generate, upsert
from gateway.storage.tables import table_of
from gateway.storage.writer import Writer


class SqlOwnDocuments:
    """``OwnDocuments`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer
        self._bump = Bump(dialect)
        model = tables.documents.OwnDocument
        table, insert = table_of(model), upsert(dialect, model)
        changed = ("token", "digest", "issued_at", "stored_at")
        self._put = generate(
            dialect,
            insert.on_conflict_do_update(
                index_elements=["name"],
                set_={name: insert.excluded[name] for name in changed},
                where=table.c.issued_at < insert.excluded.issued_at,
            ),
        )
        emptied = update(table).values(
            token=bindparam("none"), digest=bindparam("none"), stored_at=bindparam("now")
        )
        ours = (table.c.name == bindparam("document")) & (table.c.digest != bindparam("none"))
        self._withdraw = generate(dialect, emptied.where(ours))
        columns = (declared(dialect, column) for column in (table.c.token, table.c.issued_at))
        self._get = generate(dialect, select(*columns).where(equal(model, "name")))
        marks = (declared(dialect, column) for column in (table.c.name, table.c.digest))
        self._digests = generate(dialect, select(*marks))

    def put(self, name: str, token: str, issued_at: Timestamp, now: Timestamp) -> None:
        """Store a document in place of the older one, and raise the trust revision."""
        values = {
            "name": name,
            "token": token,
            "digest": digest_of(token),
            "issued_at": issued_at,
            "stored_at": now,
        }
        self._writer.run(partial(self._store, values))

    def withdraw(self, name: str, now: Timestamp) -> None:
        """Serve nothing under this name from now on."""
        self._writer.run(partial(self._empty, {"document": name, "none": "", "now": now}))

    def get(self, name: str) -> OwnDocument | None:
        """Return what is stored under a name; what cannot be read is not there."""
        row = self._reader.one(self._get, {"name": name})
        with suppress(ColumnError):
            if row is not None:
                return OwnDocument(token=text(row[0]), issued_at=Timestamp(integer(row[1])))
        return None

    def digests(self) -> Mapping[str, str]:
        """Return the digest of each document that is there, by name."""
        found = dict[str, str]()
        for name, digest in self._reader.all(self._digests, {}):
            with suppress(ColumnError):
                found[text(name)] = text(digest)
        return {name: digest for name, digest in found.items() if digest}

    def _store(self, values: Values, cursor: Cursor) -> None:
        if not self._put.run(cursor, values):
            raise NotNewerError("the stored document is as new or newer")
        self._bump.run(cursor)

    def _empty(self, values: Values, cursor: Cursor) -> None:
        if self._withdraw.run(cursor, values):
            self._bump.run(cursor)


class SqlPartnerDocuments:
    """``PartnerDocuments`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer
        self._bump = Bump(dialect)
        model = tables.documents.PartnerDocument
        table = table_of(model)
        one = equal(model, "anchor_id", "name")
        insert = upsert(dialect, model)
        # A worker that lost its lease in the middle of a fetch must not undo what came since.
        self._put = generate(
            dialect,
            insert.on_conflict_do_update(
                index_elements=["anchor_id", "name"],
                set_={name: insert.excluded[name] for name in _CHANGED},
                where=table.c.issued_at <= insert.excluded.issued_at,
            ),
        )
        self._known = generate(dialect, select(declared(dialect, table.c.digest)).where(one))
        columns = [declared(dialect, table.c[name]) for name in _COLUMNS]
        self._get = generate(dialect, select(*columns, declared(dialect, table.c.token)).where(one))
        listed = select(*columns).where(equal(model, "anchor_id")).order_by(table.c.name)
        self._of = generate(dialect, listed)
        marks = (table.c.anchor_id, table.c.name, table.c.digest)
        self._digests = generate(dialect, select(*(declared(dialect, each) for each in marks)))

    def put(self, document: PartnerDocument) -> None:
        """Store a row in place of the one before; raise the revision iff its token changed."""
        self._writer.run(partial(self._store, document))

    def get(self, anchor_id: EntityId, name: str) -> PartnerDocument | None:
        """Return one document, if there is one and its row can be read."""
        row = self._reader.one(self._get, {"anchor_id": anchor_id, "name": name})
        return None if row is None else _document_of(row[:-1], row[-1])

    def of(self, anchor_id: EntityId) -> tuple[PartnerDocument, ...]:
        """Return the documents of one partner, by name, without their tokens."""
        rows = self._reader.all(self._of, {"anchor_id": anchor_id})
        return tuple(filter(None, (_document_of(row, "") for row in rows)))

    def digests(self) -> Mapping[DocumentKey, str]:
        """Return the digest of each document that is there."""
        found = dict[DocumentKey, str]()
        for anchor_id, name, digest in self._reader.all(self._digests, {}):
            with suppress(ColumnError):
                found[EntityId(text(anchor_id)), text(name)] = text(digest)
        return {key: digest for key, digest in found.items() if digest}

    def _store(self, document: PartnerDocument, cursor: Cursor) -> None:
        key = {"anchor_id": document.anchor_id, "name": document.name}
        cursor.execute(self._known.sql, self._known.parameters(key))
        before, digest = cursor.fetchone(), digest_of(document.token)
        values = {
            **key,
            "token": document.token,
            "digest": digest,
            "issued_at": document.issued_at,
            "obtained_at": document.obtained_at,
            "etag": document.etag,
            "last_error": document.last_error,
            "failures": document.failures,
        }
        if self._put.run(cursor, values) and _digest_in(before) != digest:
            self._bump.run(cursor)


def _digest_in(row: Row | None) -> str | None:
    """Return the digest of a stored row; None where somebody spoiled it by hand."""
    with suppress(ColumnError):
        return "" if row is None else text(row[0])
    return None


_KEPT = ("issued_at", "obtained_at", "etag", "last_error", "failures")
_COLUMNS = ("anchor_id", "name", *_KEPT)
_CHANGED = ("token", "digest", *_KEPT)


def _document_of(row: Row, token: object) -> PartnerDocument | None:
    anchor_id, name, issued_at, obtained_at, etag, last_error, failures = row
    try:
        return PartnerDocument(
            anchor_id=EntityId(text(anchor_id)),
            name=text(name),
            token=text(token),
            issued_at=Timestamp(integer(issued_at)),
            obtained_at=None if obtained_at is None else Timestamp(integer(obtained_at)),
            etag=None if etag is None else text(etag),
            last_error=None if last_error is None else text(last_error),
            failures=integer(failures),
        )
    except ColumnError:
        return None
