"""Warning, suspending, resuming and removing merchants."""

from functools import partial

from sqlalchemy import Dialect, bindparam, delete, select, update

from gateway.ids import MerchantId
from gateway.ledger.entries import Note
from gateway.services.merchant_notices import NoticeRow
from gateway.services.ports import ConflictError, MerchantState
from gateway.storage import tables
from gateway.storage.ledger import SqlLedger
from gateway.storage.session import Cursor
from gateway.storage.statements import Values, generate, insert_new
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
        self._notice = insert_new(dialect, tables.cases.MerchantNotice)
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
        self,
        merchant: MerchantId,
        state: MerchantState,
        reason: str | None,
        note: Note,
        notice: NoticeRow | None = None,
    ) -> bool:
        """Store state, reason and notice; return whether there is such a merchant."""
        values: Values = {
            "new_state": state,
            "why": reason,
            "of_merchant": merchant,
            "never": "removed",
            # A warning must not lift a suspension.
            "nor": "suspended" if state == "warned" else "removed",
        }
        operation = partial(self._write, values, notice)
        return self._ledger.noted(operation, lambda found: note if found else None)

    def _write(self, values: Values, notice: NoticeRow | None, cursor: Cursor) -> bool:
        if not self._set.run(cursor, values):
            return False
        if notice is not None and not self._notice.run(cursor, _columns(notice)):
            raise ConflictError("another notice to this merchant was faster")
        if values["new_state"] == "removed":
            cursor.execute(self._tills.sql, self._tills.parameters(values))
            cursor.fetchall()
            for end in self._ends:
                end.run(cursor, values)
        return True


def _columns(notice: NoticeRow) -> Values:
    names = (name for name in NoticeRow.__dataclass_fields__ if name != "merchant")
    return {"merchant_id": notice.merchant, **{name: getattr(notice, name) for name in names}}
