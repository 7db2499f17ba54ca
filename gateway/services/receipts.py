"""What a merchant may read of its own grants: one by its receipt, or a month to settle by.

A record says what was granted and when, by the minute. Whose code it was is in no record; the
home city and the key are, and are not told.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from gateway.clock import CHINA
from gateway.errors import RefusedError
from gateway.ids import MerchantId, ReceiptId, ScenarioId, Timestamp, UnverifiedText, VenueId
from gateway.policy.offers import Offer
from gateway.policy.scenarios import all_within
from gateway.services.catalogue_view import OwnVersions
from gateway.services.ports import VerificationRecord
from gateway.services.showing import RECEIPT_PATTERN
from gateway.services.void import UnknownReceiptError

MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
PAGE_ROWS: Final = 1000
_DAY_S: Final = 24 * 3600
_FIRST: Final = ReceiptId("")
_NOBODYS: Final = ReceiptId("")


class UnknownMonthError(RefusedError):
    """No month of this name has begun."""

    code = "settlement_month"


class SettlementGoneError(RefusedError):
    """Records of this month were deleted; what is left are totals of the city."""

    code = "settlement_gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose records a till may read.

    Attributes:
        venue: The only venue; None is all, and those of none.
        scenarios: The only scenarios; None is all, those that the merchant has no more included.
    """

    merchant: MerchantId
    venue: VenueId | None = None
    scenarios: frozenset[ScenarioId] | None = None

    def has(self, record: VerificationRecord) -> bool:
        """Return whether a record is one of these."""
        return (
            record.merchant == self.merchant
            and self.venue in {None, record.venue}
            and (self.scenarios is None or all_within([record.scenario], self.scenarios))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledOffer:
    """One offer that was granted.

    Attributes:
        stated: What it said; None where no version of the catalogue tells any more.
    """

    id: str
    version: str
    stated: Offer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One grant as its merchant may read it."""

    record: VerificationRecord
    offers: tuple[SettledOffer, ...]


class ReceiptRows(Protocol):
    """Reads records; ``VerificationLog`` writes them."""

    def find(self, receipt: ReceiptId) -> VerificationRecord | None:
        """Return the record behind a receipt number, if it is not yet pruned."""
        ...

    def of_merchant(
        self, merchant: MerchantId, after: tuple[Timestamp, ReceiptId], end: Timestamp
    ) -> Sequence[VerificationRecord]:
        """Return at most ``PAGE_ROWS`` records of minutes before ``end``, in order.

        Args:
            merchant: Whose.
            after: Minute and receipt of the one before the first.
            end: First minute that is no longer wanted.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipts:
    """The use cases.

    Attributes:
        kept_s: How long records are kept.
    """

    rows: ReceiptRows
    catalogues: OwnVersions
    kept_s: int

    def find(self, receipt: UnverifiedText, owner: Owner) -> Receipt:
        """Return one grant.

        Raises:
            UnknownReceiptError: this till has none of this number; whose it is, is not told.
            UnavailableError: the database is gone.
        """
        # A text of another form asks the database as well, so that it takes as long.
        number = ReceiptId(receipt) if RECEIPT_PATTERN.fullmatch(receipt) else _NOBODYS
        record = self.rows.find(number)
        if record is None or not owner.has(record):
            raise UnknownReceiptError("this till has no such receipt")
        return self._receipt(record, self._stated())

    def month(self, month: UnverifiedText, owner: Owner, now: Timestamp) -> Iterator[Receipt]:
        """Return the grants of a month in China, oldest first; read as they are asked for.

        Raises:
            UnknownMonthError: it is none, or has not begun.
            SettlementGoneError: its first day may be pruned already.
            UnavailableError: while reading, the database is gone.
        """
        begin, end = _bounds(month)
        if begin > now:
            raise UnknownMonthError("this month has not begun")
        if begin < now - self.kept_s:
            raise SettlementGoneError("records of this month are kept no more")
        pages = self._pages(owner, begin, min(end, Timestamp(now + _DAY_S)))
        stated = self._stated()
        return (self._receipt(each, stated) for page in pages for each in page)

    def _pages(
        self, owner: Owner, begin: Timestamp, end: Timestamp
    ) -> Iterator[Sequence[VerificationRecord]]:
        """Yield records day by day: the index knows minutes, and no query walks a month."""
        for day in range(begin, end, _DAY_S):
            after, until = (Timestamp(day), _FIRST), Timestamp(min(day + _DAY_S, end))
            while True:
                page = self.rows.of_merchant(owner.merchant, after, until)
                yield tuple(each for each in page if owner.has(each))
                if len(page) < PAGE_ROWS:
                    break
                after = (page[-1].at_minute, page[-1].receipt)

    def _stated(self) -> dict[str, Offer]:
        published = self.catalogues.versions.published
        return {f"{o.id}@{o.version}": o for each in published for o in each.catalogue.offers}

    @staticmethod
    def _receipt(record: VerificationRecord, stated: dict[str, Offer]) -> Receipt:
        return Receipt(
            record=record, offers=tuple(_settled(each, stated) for each in record.offers)
        )


def _settled(granted: str, stated: dict[str, Offer]) -> SettledOffer:
    offer, _, version = granted.rpartition("@")
    return SettledOffer(id=offer, version=version, stated=stated.get(granted))


def _bounds(month: UnverifiedText) -> tuple[Timestamp, Timestamp]:
    """Return the first moment of a month in China, and of the next."""
    if not MONTH.fullmatch(month) or month < "1970-02" or month > "9000":
        raise UnknownMonthError("a month is YYYY-MM")
    year, number = int(month[:4]), int(month[5:])
    after = (year + 1, 1) if number == 12 else (year, number + 1)  # noqa: PLR2004  December
    begin, end = (datetime(y, m, 1, tzinfo=CHINA) for y, m in ((year, number), after))
    return Timestamp(int(begin.timestamp())), Timestamp(int(end.timestamp()))
