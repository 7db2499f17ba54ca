"""Partner rows under a new federation key: all of them in one transaction, none believed unread."""

from dataclasses import replace

from gateway.ids import Timestamp
from gateway.jose import jws
from gateway.services.audit import Acting
from gateway.services.partner_book import ATTEMPTS, PartnerBook
from gateway.services.trust_ports import ConflictError, PartnerRow, RowMark
from gateway.trust.rows import MAX_ROW_CHARS, RECORD_TYP, seal_memory, seal_record


def reseal_rows(book: PartnerBook, now: Timestamp) -> int:
    """Sign each row that another key than the present K2 signed; return how many those were.

    A row that is not as this city signed it is left as it is, and stays refused.

    Raises:
        UnavailableError, ConflictError: nothing was signed anew; try again.
        GatewayError: it is stored and in force, but could not be noted.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return _reseal(book, now)
        except ConflictError:
            continue
    return _reseal(book, now)


def _reseal(book: PartnerBook, now: Timestamp) -> int:
    signer = book.keys.federation()
    before = [book.find(partner.record.pins.anchor, now) for partner in book.all(now).partners]
    stale = [(row, partner) for row, partner in before if _kid(row) != signer.public.kid]
    sealed = [
        replace(
            row,
            record=seal_record(
                partner.record, leaf=book.leaf, version=row.version + 1, signer=signer, now=now
            ),
            memory=seal_memory(
                partner.city, leaf=book.leaf, version=row.version + 1, signer=signer, now=now
            ),
        )
        for row, partner in stale
    ]
    if sealed:
        note = Acting(by="city", at=now).note("keys.rows_signed", book.leaf, rows=len(sealed))
        book.rows.put_all(sealed, note)
        stored = (replace(row, version=row.version + 1) for row in sealed)
        book.noted.note({row.anchor_id: RowMark.of(row) for row in stored})
    return len(sealed)


def _kid(row: PartnerRow) -> str:
    # Both halves are always signed together; the row was opened, so it has this form.
    return jws.read(row.record, typ=RECORD_TYP, max_chars=MAX_ROW_CHARS).kid
