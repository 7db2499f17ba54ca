"""Staff accounts and the links that open them."""

from functools import partial
from typing import cast

from sqlalchemy import Dialect, bindparam, delete, select, update

from gateway.ids import Timestamp
from gateway.ledger.entries import Note
from gateway.services.ports import ConflictError
from gateway.services.staff import (
    Account,
    StaffRole,
    check_office,
    is_whole,
    roles_of,
    spelled,
)
from gateway.storage.ledger import SqlLedger
from gateway.storage.reader import Reader
from gateway.storage.session import Cursor, Row
from gateway.storage.statements import Values, equal, generate, insert_new
from gateway.storage.tables import table_of
from gateway.storage.tables.staff import StaffAccount, StaffLink, StaffSession
from gateway.storage.writer import Writer

_ACCOUNT = table_of(StaffAccount)
COLUMNS = (
    _ACCOUNT.c.id,
    _ACCOUNT.c.name,
    _ACCOUNT.c.roles,
    _ACCOUNT.c.password,
    _ACCOUNT.c.subject,
    _ACCOUNT.c.created_at,
)
"""What ``account_of`` reads."""


class SqlStaffRows:
    """``StaffRows`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, writer: Writer, ledger: SqlLedger) -> None:
        self._reader = reader
        self._writer = writer
        self._ledger = ledger
        self._insert = insert_new(dialect, StaffAccount)
        whole = select(*COLUMNS).order_by(_ACCOUNT.c.id)
        self._list = generate(dialect, whole)
        self._get = generate(dialect, whole.where(equal(StaffAccount, "id")))
        changed = update(_ACCOUNT).where(_ACCOUNT.c.id == bindparam("of"))
        self._set_roles = generate(dialect, changed.values(roles=bindparam("new_roles")))
        wiped = changed.values(
            roles=bindparam("new_roles"),
            password=bindparam("nothing"),
            sealed_totp=bindparam("nothing"),
            subject=bindparam("nothing"),
        )
        self._close = generate(dialect, wiped)
        link, session = table_of(StaffLink), table_of(StaffSession)
        sessions = delete(session).where(equal(StaffSession, "account_id"))
        self._end_sessions = generate(dialect, sessions)
        self._drop_links = generate(dialect, delete(link).where(equal(StaffLink, "account_id")))
        self._add_link = insert_new(dialect, StaffLink)

    def add(self, account: Account, subject: bytes | None, note: Note) -> None:
        """Store an account."""
        self._ledger.noted(partial(self._store, account, subject), note)

    def get(self, account_id: str) -> Account | None:
        """Return one account."""
        row = self._reader.one(self._get, {"id": account_id})
        return None if row is None else account_of(row)

    def list_all(self) -> tuple[Account, ...]:
        """Return every account, by id."""
        return tuple(map(account_of, self._reader.all(self._list, {})))

    def set_roles(self, account_id: str, roles: frozenset[StaffRole], note: Note) -> bool:
        """Store roles and end the account's sessions, unless the office could not act then."""
        return self._writer.run(partial(self._write_roles, account_id, roles, note))

    def add_link(
        self, account_id: str, secret_hash: bytes, expires_at: Timestamp, note: Note
    ) -> None:
        """Store a link of an account in place of its older ones."""
        values = {"secret_hash": secret_hash, "account_id": account_id, "expires_at": expires_at}
        self._ledger.noted(partial(self._store_link, values), note)

    def _store(self, account: Account, subject: bytes | None, cursor: Cursor) -> None:
        values = {
            "id": account.id,
            "name": account.name,
            "roles": spelled(account.roles),
            "password": None,
            "sealed_totp": None,
            "totp_step": 0,
            "subject": subject,
            "created_at": account.created_at,
        }
        if not self._insert.run(cursor, values):
            raise ConflictError("an account of this id, or of this person, exists")

    def _write_roles(
        self, account_id: str, roles: frozenset[StaffRole], note: Note, cursor: Cursor
    ) -> bool:
        # The entry first: it queues for the ledger's head, so that of two that each leave the
        # other as the last administrator, the second sees what the first did.
        self._ledger.write(note, cursor)
        before = self._accounts(cursor)
        statement = self._set_roles if roles else self._close
        values = {"of": account_id, "new_roles": spelled(roles), "nothing": None}
        found = statement.run(cursor, values) > 0
        self._end_sessions.run(cursor, {"account_id": account_id})
        if not roles:
            self._drop_links.run(cursor, {"account_id": account_id})
        # An office that is still being set up, or was never whole, is not held to it.
        if is_whole(before):
            check_office(self._accounts(cursor))
        return found

    def _accounts(self, cursor: Cursor) -> tuple[Account, ...]:
        cursor.execute(self._list.sql, self._list.parameters({}))
        return tuple(map(account_of, cursor.fetchall()))

    def _store_link(self, values: Values, cursor: Cursor) -> None:
        self._drop_links.run(cursor, values)
        if not self._add_link.run(cursor, values):
            raise ConflictError("this link is stored already")


def account_of(row: Row) -> Account:
    """Return the account of a row of ``COLUMNS``."""
    account_id, name, roles, password, subject, created_at = row
    return Account(
        id=cast("str", account_id),
        name=cast("str", name),
        roles=roles_of(cast("str", roles)),
        local=password is not None,
        linked=subject is not None,
        created_at=Timestamp(cast("int", created_at)),
    )
