"""Which offers a merchant paused: one column of its row."""

from functools import partial

from sqlalchemy import Dialect, bindparam, select, update

from gateway.ids import MerchantId, OfferId
from gateway.ledger.entries import Note
from gateway.storage import tables
from gateway.storage.ledger import SqlLedger
from gateway.storage.merchants import names_of, spelled
from gateway.storage.session import Cursor
from gateway.storage.statements import equal, generate
from gateway.storage.tables import table_of


class SqlPauseRows:
    """``PauseRows`` on either database."""

    def __init__(self, dialect: Dialect, ledger: SqlLedger) -> None:
        self._ledger = ledger
        merchant = table_of(tables.merchants.Merchant)
        held = select(merchant.c.paused).where(equal(tables.merchants.Merchant, "id"))
        # Locked, so that of two changes at one time neither undoes the other.
        self._hold = generate(dialect, held.with_for_update())
        changed = update(merchant).values(paused=bindparam("now_paused"))
        self._put = generate(dialect, changed.where(merchant.c.id == bindparam("of_merchant")))

    def set_paused(self, merchant: MerchantId, offer: OfferId, note: Note, *, paused: bool) -> bool:
        """Store whether an offer is paused; return whether that changed anything."""
        operation = partial(self._set, merchant, offer, paused)
        return self._ledger.noted(operation, lambda changed: note if changed else None)

    def _set(self, merchant: MerchantId, offer: OfferId, paused: bool, cursor: Cursor) -> bool:  # noqa: FBT001  (partial)
        cursor.execute(self._hold.sql, self._hold.parameters({"id": merchant}))
        row = cursor.fetchone()
        if row is None:
            return False
        before = set(names_of(row[0]))
        after = before | {offer} if paused else before - {offer}
        if after == before:
            return False
        self._put.run(cursor, {"now_paused": spelled(after), "of_merchant": merchant})
        return True
