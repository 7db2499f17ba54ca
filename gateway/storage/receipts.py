"""Reading the records of one merchant, for its settlement."""

from collections.abc import Sequence

from sqlalchemy import Dialect, and_, bindparam, or_, select

from gateway.ids import MerchantId, ReceiptId, Timestamp
from gateway.services.ports import VerificationRecord
from gateway.services.receipts import PAGE_ROWS
from gateway.storage.reader import Reader
from gateway.storage.statements import equal, generate
from gateway.storage.tables import table_of
from gateway.storage.tables.verifications import Verification
from gateway.storage.verifications import SqlVerificationLog, record_of


class SqlReceiptRows:
    """``ReceiptRows`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, log: SqlVerificationLog) -> None:
        self._reader, self._log = reader, log
        table = table_of(Verification)
        at, receipt = table.c.at_minute, table.c.receipt
        later = or_(at > bindparam("at"), and_(at == bindparam("at"), receipt > bindparam("last")))
        # Said besides, for the index: it alone bounds what is walked.
        within = and_(at >= bindparam("at"), at < bindparam("end"))
        page = select(table).where(within, equal(Verification, "merchant"), later)
        self._page = generate(dialect, page.order_by(at, receipt).limit(PAGE_ROWS))

    def find(self, receipt: ReceiptId) -> VerificationRecord | None:
        """Return the record behind a receipt number, if it is not yet pruned."""
        return self._log.find(receipt)

    def of_merchant(
        self, merchant: MerchantId, after: tuple[Timestamp, ReceiptId], end: Timestamp
    ) -> Sequence[VerificationRecord]:
        """Return at most ``PAGE_ROWS`` records of minutes before ``end``, in order."""
        values = {"merchant": merchant, "at": after[0], "last": after[1], "end": end}
        return [record_of(row) for row in self._reader.all(self._page, values)]
