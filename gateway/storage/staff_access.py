"""What members of staff sign in with, and their sessions."""

from functools import partial
from typing import cast

from sqlalchemy import Dialect, bindparam, delete, select, update

from gateway.ids import Timestamp
from gateway.ledger.entries import Note
from gateway.services.ports import ConflictError
from gateway.services.staff import Account
from gateway.services.staff_access import Credentials
from gateway.storage.ledger import SqlLedger
from gateway.storage.reader import Reader
from gateway.storage.session import Cursor
from gateway.storage.staff import COLUMNS, account_of
from gateway.storage.statements import Statement, Values, equal, generate, insert_new
from gateway.storage.tables import table_of
from gateway.storage.tables.staff import StaffAccount, StaffLink, StaffSession
from gateway.storage.writer import Writer


class SqlStaffAccessRows:
    """``StaffAccessRows`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, writer: Writer, ledger: SqlLedger) -> None:
        self._reader = reader
        self._writer = writer
        self._ledger = ledger
        self._prepare_accounts(dialect)
        self._prepare_sessions(dialect)

    def _prepare_accounts(self, dialect: Dialect) -> None:
        account, link = table_of(StaffAccount), table_of(StaffLink)
        whole = select(*COLUMNS)
        local = select(*COLUMNS, account.c.sealed_totp).where(equal(StaffAccount, "id"))
        self._credentials = generate(dialect, local.where(account.c.password.is_not(None)))
        self._by_subject = generate(dialect, whole.where(equal(StaffAccount, "subject")))
        stepped = update(account).values(totp_step=bindparam("step"))
        later = (account.c.id == bindparam("of")) & (account.c.totp_step < bindparam("step"))
        self._use_step = generate(dialect, stepped.where(later))
        good = equal(StaffLink, "secret_hash") & (link.c.expires_at > bindparam("now"))
        owner = whole.select_from(account.join(link)).where(good)
        self._link_owner = generate(dialect, owner)
        # The database says which of two spends was first: only one delete returns the row.
        self._spend = generate(dialect, delete(link).where(good).returning(link.c.account_id))
        chosen = update(account).values(
            password=bindparam("new_password"),
            sealed_totp=bindparam("new_totp"),
            totp_step=bindparam("new_step"),
        )
        self._choose = generate(dialect, chosen.where(account.c.id == bindparam("of")))

    def _prepare_sessions(self, dialect: Dialect) -> None:
        account, session = table_of(StaffAccount), table_of(StaffSession)
        self._add_session = insert_new(dialect, StaffSession)
        living = equal(StaffSession, "token_hash") & (session.c.expires_at > bindparam("now"))
        found = select(*COLUMNS).select_from(account.join(session)).where(living)
        self._session = generate(dialect, found)
        ended = delete(session).where(equal(StaffSession, "token_hash"))
        self._end = generate(dialect, ended)
        all_ended = delete(session).where(equal(StaffSession, "account_id"))
        self._end_all = generate(dialect, all_ended)

    def credentials(self, account_id: str) -> Credentials | None:
        """Return those of an open local account."""
        row = self._reader.one(self._credentials, {"id": account_id})
        if row is None:
            return None
        account = account_of(row[:-1])
        password, sealed_totp = cast("str", row[3]), row[-1]
        if not account.roles or not isinstance(sealed_totp, bytes):
            return None
        return Credentials(account=account, password=password, sealed_totp=sealed_totp)

    def use_step(self, account_id: str, step: int) -> bool:
        """Record a step of the second factor; return whether it is later than all before."""
        return self._writer.run(
            partial(self._run, self._use_step, {"of": account_id, "step": step})
        )

    def by_subject(self, tag: bytes) -> Account | None:
        """Return the open account that the staff provider calls so."""
        return self._open(self._by_subject, {"subject": tag})

    def link_owner(self, secret_hash: bytes, now: Timestamp) -> Account | None:
        """Return whose link this is, if it is good still."""
        return self._open(self._link_owner, {"secret_hash": secret_hash, "now": now})

    def set_credentials(
        self, secret_hash: bytes, password: str, sealed_totp: bytes, step: int, note: Note
    ) -> bool:
        """Spend a link, store what its owner chose and end all sessions; False if spent."""
        chosen: Values = {"new_password": password, "new_totp": sealed_totp, "new_step": step}
        spent: Values = {"secret_hash": secret_hash, "now": note.at}
        operation = partial(self._choose_with, spent, chosen)
        return self._ledger.noted(operation, lambda done: note if done else None)

    def add_session(self, token_hash: bytes, account_id: str, expires_at: Timestamp) -> None:
        """Store a session."""
        values = {"token_hash": token_hash, "account_id": account_id, "expires_at": expires_at}
        if not self._writer.run(partial(self._run, self._add_session, values)):
            raise ConflictError("this session is stored already")

    def session(self, token_hash: bytes, now: Timestamp) -> Account | None:
        """Return the open account of a session that has not expired."""
        return self._open(self._session, {"token_hash": token_hash, "now": now})

    def end_session(self, token_hash: bytes) -> bool:
        """Delete a session; return whether it was there."""
        return self._writer.run(partial(self._run, self._end, {"token_hash": token_hash}))

    def _open(self, statement: Statement, values: Values) -> Account | None:
        row = self._reader.one(statement, values)
        account = None if row is None else account_of(row)
        return account if account is not None and account.roles else None

    def _choose_with(self, link: Values, chosen: Values, cursor: Cursor) -> bool:
        cursor.execute(self._spend.sql, self._spend.parameters(link))
        spent = cursor.fetchone()
        if spent is None:
            return False
        # Whoever had the old password is out with it.
        self._end_all.run(cursor, {"account_id": spent[0]})
        return self._choose.run(cursor, {"of": spent[0], **chosen}) > 0

    @staticmethod
    def _run(statement: Statement, values: Values, cursor: Cursor) -> bool:
        return statement.run(cursor, values) > 0
