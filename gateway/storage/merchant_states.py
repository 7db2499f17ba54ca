"""Suspending and resuming merchants."""

from functools import partial
from typing import Literal

from sqlalchemy import Dialect, bindparam, update

from gateway.ids import MerchantId
from gateway.ledger.entries import Note
from gateway.storage.ledger import SqlLedger
from gateway.storage.session import Cursor
from gateway.storage.statements import generate
from gateway.storage.tables import table_of
from gateway.storage.tables.merchants import Merchant


class SqlMerchantStates:
    """``MerchantStates`` on either database."""

    def __init__(self, dialect: Dialect, ledger: SqlLedger) -> None:
        self._ledger = ledger
        table = table_of(Merchant)
        changed = update(table).values(state=bindparam("new_state"))
        self._set = generate(dialect, changed.where(table.c.id == bindparam("merchant_id")))

    def set_state(
        self, merchant: MerchantId, state: Literal["active", "suspended"], note: Note
    ) -> bool:
        """Store the state; return whether there is such a merchant."""
        operation = partial(self._write, merchant, state)
        return self._ledger.noted(operation, lambda found: note if found else None)

    def _write(self, merchant: MerchantId, state: str, cursor: Cursor) -> bool:
        return self._set.run(cursor, {"new_state": state, "merchant_id": merchant}) > 0
