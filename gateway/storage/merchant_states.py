"""Warning, suspending, resuming and removing merchants."""

from functools import partial

from sqlalchemy import Dialect, bindparam, delete, select, update

from gateway.ids import MerchantId
from gateway.ledger.entries import Note
from gateway.services.ports import MerchantState
from gateway.storage import tables
from gateway.storage.ledger import SqlLedger
from gateway.storage.session import Cursor
from gateway.storage.statements import Values, generate
from gateway.storage.tables import table_of


class SqlMerchantStates:
    """``MerchantStates`` on either database."""

    def __init__(self, dialect: Dialect, ledger: SqlLedger) -> None:
        self._ledger = ledger
        merchant, token = table_of(tables.merchants.Merchant), table_of(tables.tills.TillToken)
        client = table_of(tables.tills.TillClient)
        changed = update(merchant).values(state=bindparam("new_state"), reason=bindparam("why"))
        self._set = generate(
            dialect,
            changed.where(
                merchant.c.id == bindparam("of_merchant"),
                merchant.c.state != bindparam("never"),
                merchant.c.state != bindparam("nor"),
            ),
        )
        own = select(client.c.id).where(client.c.merchant_id == bindparam("of_merchant"))
        # Locked, so that no till gets one more token while its others go.
        self._tills = generate(dialect, own.with_for_update())
        owned = (
            tables.merchants.MerchantToken,
            tables.devices.DeviceLink,
            tables.devices.Device,
            tables.tills.TillClient,
        )
        self._ends = (
            generate(dialect, delete(token).where(token.c.client_id.in_(own))),
            *(
                generate(
                    dialect,
                    delete(table_of(each)).where(
                        table_of(each).c.merchant_id == bindparam("of_merchant")
                    ),
                )
                for each in owned
            ),
        )

    def set_state(
        self, merchant: MerchantId, state: MerchantState, reason: str | None, note: Note
    ) -> bool:
        """Store state and reason; return whether there is such a merchant."""
        values: Values = {
            "new_state": state,
            "why": reason,
            "of_merchant": merchant,
            "never": "removed",
            # A warning must not lift a suspension.
            "nor": "suspended" if state == "warned" else "removed",
        }
        operation = partial(self._write, values)
        return self._ledger.noted(operation, lambda found: note if found else None)

    def _write(self, values: Values, cursor: Cursor) -> bool:
        if not self._set.run(cursor, values):
            return False
        if values["new_state"] == "removed":
            cursor.execute(self._tills.sql, self._tills.parameters(values))
            cursor.fetchall()
            for end in self._ends:
                end.run(cursor, values)
        return True
