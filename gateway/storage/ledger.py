"""The audit ledger: entries are only ever added, each in the transaction of its act."""

import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from hmac import compare_digest
from typing import Final, TypeVar, cast

from sqlalchemy import Dialect, bindparam, literal_column, select, update

from gateway.ids import Timestamp
from gateway.jose import strict_json
from gateway.ledger.chain import BROKEN
from gateway.ledger.entries import SALT_BYTES, Details, Entry, Head, Note, written
from gateway.services.ports import ConflictError
from gateway.storage.columns import ColumnError, declared, text
from gateway.storage.errors import LedgerKeyError
from gateway.storage.reader import Reader
from gateway.storage.session import Cursor, Row
from gateway.storage.statements import equal, generate, insert_new
from gateway.storage.tables import table_of
from gateway.storage.tables.ledger import LedgerEntry, LedgerHead
from gateway.storage.writer import Operation, Writer

T = TypeVar("T")

PAGE_ROWS: Final = 500
_ID: Final = 1
_MAX_SEQ: Final = 2**62
_UNREADABLE: Final = b""
"""In the place of bytes that are none: no hash fits it."""


class SqlLedger:
    """``LedgerRows`` on either database, and what other ports write their entries with.

    Attributes:
        key: Seals the head; empty in processes that only read.
    """

    def __init__(self, dialect: Dialect, reader: Reader, writer: Writer, key: bytes) -> None:
        self._reader = reader
        self._writer = writer
        self.key = key
        entry, head = table_of(LedgerEntry), table_of(LedgerHead)
        self._insert = insert_new(dialect, LedgerEntry)
        self._insert_head = insert_new(dialect, LedgerHead)
        # Locks the row: the next writer waits here, and sees what this one wrote.
        locked = update(head).values(id=head.c.id).where(equal(LedgerHead, "id"))
        self._lock = generate(dialect, locked.returning(head.c.seq, head.c.hash, head.c.seal))
        moved = update(head).values(
            seq=bindparam("new_seq"), hash=bindparam("new_hash"), seal=bindparam("new_seal")
        )
        self._move = generate(dialect, moved.where(equal(LedgerHead, "id")))
        columns = select(*(declared(dialect, column) for column in entry.columns))
        # On SQLite a hand may have written a text here, which is above every number.
        columns = columns.where(entry.c.seq <= literal_column(str(_MAX_SEQ)))
        page = columns.where(entry.c.seq > bindparam("after")).order_by(entry.c.seq)
        self._page = generate(dialect, page.limit(bindparam("rows")))
        newest = columns.order_by(entry.c.seq.desc())
        self._latest = generate(dialect, newest.limit(bindparam("rows")))
        where_it_ends = (declared(dialect, column) for column in head.columns)
        self._head = generate(dialect, select(*where_it_ends).where(equal(LedgerHead, "id")))

    def append(self, note: Note) -> None:
        """Write the entry of an act that changes no other row; durable on return."""
        self._writer.run(partial(self.write, note))

    def noted(self, operation: Operation[T], note: Note | Callable[[T], Note | None]) -> T:
        """Run an operation and write its entry in the same transaction; return its result.

        Args:
            operation: The act.
            note: What it was, or what tells it from the result; None if nothing was done.
        """
        return self._writer.run(partial(self._with_entry, operation, note))

    def write(self, note: Note, cursor: Cursor) -> None:
        """Write an entry inside a transaction; the last thing done in it, since others queue."""
        self.write_all((note,), cursor)

    def write_all(self, notes: Sequence[Note], cursor: Cursor) -> None:
        """Write the entries of acts that are one transaction, one or more, as ``write`` does."""
        if not self.key:
            raise LedgerKeyError("the ledger was opened without its key")
        head, genuine = self._locked(cursor)
        last = self._last(cursor)
        if not genuine or head != last:
            # On top of a forged end honest entries would make the forgery look honest.
            found = Note(act=BROKEN, actor="city", target=str(head.seq), at=notes[0].at)
            head = self._add(found, last, cursor)
        for note in notes:
            head = self._add(note, head, cursor)
        self._move_to(head, cursor)

    def read(self, after: int = 0) -> Iterator[Entry]:
        """Yield the entries after a position, in order."""
        while True:
            page = self._reader.all(self._page, {"after": after, "rows": PAGE_ROWS})
            yield from map(_entry, page)
            if len(page) < PAGE_ROWS:
                return
            after = cast("int", page[-1][0])

    def latest(self, count: int) -> tuple[Entry, ...]:
        """Return the last entries, newest first."""
        return tuple(map(_entry, self._reader.all(self._latest, {"rows": count})))

    def head(self) -> tuple[Head, bool]:
        """Return where the ledger says that it ends, and whether that is sealed as we do."""
        row = self._reader.one(self._head, {"id": _ID})
        if row is None:
            return Head(), True
        return self._opened(*row[1:])

    def _with_entry(
        self, operation: Operation[T], note: Note | Callable[[T], Note | None], cursor: Cursor
    ) -> T:
        result = operation(cursor)
        told = note if isinstance(note, Note) else note(result)
        if told is not None:
            self.write(told, cursor)
        return result

    def _add(self, note: Note, after: Head, cursor: Cursor) -> Head:
        entry = written(note, after, secrets.token_bytes(SALT_BYTES))
        if not self._insert.run(cursor, _values(entry)):
            raise ConflictError("an entry past the head is there already")
        return Head(seq=entry.seq, hash=entry.hash)

    def _last(self, cursor: Cursor) -> Head:
        cursor.execute(self._latest.sql, self._latest.parameters({"rows": 1}))
        row = cursor.fetchone()
        entry = None if row is None else _entry(row)
        return Head() if entry is None else Head(seq=entry.seq, hash=entry.hash)

    def _locked(self, cursor: Cursor) -> tuple[Head, bool]:
        """Return the head that the next entry follows, and keep everybody else from it."""
        empty = Head()
        values = {"id": _ID, "seq": 0, "hash": empty.hash, "seal": empty.sealed(self.key)}
        self._insert_head.run(cursor, values)
        cursor.execute(self._lock.sql, self._lock.parameters({"id": _ID}))
        return self._opened(*(cursor.fetchone() or (None, None, None)))

    def _move_to(self, head: Head, cursor: Cursor) -> None:
        seal = head.sealed(self.key)
        values = {"id": _ID, "new_seq": head.seq, "new_hash": head.hash, "new_seal": seal}
        self._move.run(cursor, values)

    def _opened(self, seq: object, digest: object, seal: object) -> tuple[Head, bool]:
        in_range = isinstance(seq, int) and 0 <= seq <= _MAX_SEQ
        head = Head(seq=cast("int", seq) if in_range else 0, hash=_bytes(digest))
        return head, compare_digest(head.sealed(self.key), _bytes(seal))


def _values(entry: Entry) -> dict[str, object]:
    details = entry.details
    return {
        "seq": entry.seq,
        "at": entry.at,
        "act": entry.act,
        "commitment": entry.commitment,
        "previous": entry.previous,
        "salt": details.salt if details else None,
        "actor": details.actor if details else None,
        "target": details.target if details else None,
        "facts": strict_json.encode(details.facts).decode("utf-8") if details else None,
    }


def _entry(row: Row) -> Entry:
    seq, at, act, commitment, previous, salt, actor, target, facts = row
    return Entry(
        seq=cast("int", seq),
        at=Timestamp(at if isinstance(at, int) else 0),
        act=_text(act),
        commitment=_bytes(commitment),
        previous=_bytes(previous),
        details=_details(salt, actor, target, facts),
    )


def _details(salt: object, actor: object, target: object, facts: object) -> Details | None:
    """Return the details; None if there are none, odd ones if somebody wrote odd ones."""
    if salt is None and actor is None and target is None and facts is None:
        return None
    return Details(
        salt=_bytes(salt), actor=_text(actor), target=_text(target), facts=_facts(_text(facts))
    )


def _facts(spelled: str) -> dict[str, str | int]:
    try:
        found: object = json.loads(spelled)
    except (ValueError, RecursionError):
        return {"unreadable": 1}
    if not isinstance(found, dict):
        return {"unreadable": 1}
    members = cast("dict[str, object]", found).items()
    return {name: value if isinstance(value, int) else str(value) for name, value in members}


def _text(value: object) -> str:
    try:
        return text(value)
    except ColumnError:
        return ""


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else _UNREADABLE
