"""Fetch partners' status lists: whole, on schedule, and never because a code says so.

A partner's listing says which lists it has, all below its own leaf; each list is then a signed
document like any other. What was ever seen set is added up beside it, so that a bit that is
flipped back stays set here.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, cast

from gateway.codes import status_list
from gateway.codes.status_list import MAX_LISTING_BYTES, MAX_LISTS, StatusList
from gateway.errors import FetchError, GatewayError
from gateway.ids import EntityId, Timestamp
from gateway.services.document_ports import PartnerDocument, digest_of
from gateway.services.partner_documents import FetchDocuments
from gateway.services.status_kind import (
    LISTING,
    STATUS_LISTS,
    listing_url,
    name_of,
    number_of,
)
from gateway.services.status_ports import SeenBits, SeenStatus
from gateway.trust.documents import open_document
from gateway.trust.partners import Partner

FLIPPED_BACK: Final = "status_flipped_back"
"""Alarm: a partner published a list without a bit that was set before; it stays set here."""

LATE: Final = "status_lists_late"
"""Alarm: a partner's lists were not obtained for an hour; after six its printed codes stop."""

LATE_S: Final = 3600

TOO_MANY: Final = "status_lists_too_many"
"""Alarm: a partner named more lists than a city fills; those that are new are not looked at."""

MAX_REMEMBERED: Final = 4 * MAX_LISTS
"""Lists of one partner within ``REMEMBERED_S``: each takes 128 KiB here, whatever it holds."""

REMEMBERED_S: Final = 93 * 24 * 3600
"""How long bits of a list are kept that its city names no more (``storage.pruning``)."""

MAX_VAIN: Final = 3
"""Lists that are asked for in vain in one round: other partners wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRound:
    """What one round over one partner's lists led to.

    Attributes:
        changed: Lists that say something else than before, or are there no more.
        problem: The first thing that went wrong, by code; None if all is well.
    """

    anchor: EntityId
    lists: int
    changed: int
    problem: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchStatusLists:
    """Fetches the lists of one partner after another."""

    documents: FetchDocuments
    seen: SeenStatus

    def one(self, partner: Partner, now: Timestamp) -> StatusRound:
        """Fetch every list that a partner has; whatever goes wrong is in the report.

        Raises:
            UnavailableError: the database cannot be read or written.
        """
        anchor = partner.record.pins.anchor
        held = self._held(anchor)
        # What was accepted last time is added up before anything may take its place.
        for name in held:
            self._add_up(partner, name, now)
        changed, problem = 0, None
        try:
            numbers = self._listing(partner, now)
        except GatewayError as error:
            # Nothing is dropped because nothing is heard; those that are known are asked for,
            # unless nobody answers at all.
            problem = error.code
            silent = isinstance(error, FetchError) and error.status is None
            numbers = () if silent else tuple(cast("int", number_of(name)) for name in held)
        else:
            gone = [name for name in held if number_of(name) not in numbers]
            changed = self._drop(anchor, gone, now)
            numbers, problem = self._bounded(anchor, numbers, now)
        vain = 0
        for number in numbers:
            report = self.documents.one(partner, name_of(number), now)
            problem = problem or report.problem
            if report.changed:
                changed += 1
                self._add_up(partner, name_of(number), now)
            vain += report.unreachable
            if vain == MAX_VAIN:
                break
        if problem is not None and self._late(anchor, now):
            self.documents.alarm(anchor, LATE, now)
        return StatusRound(anchor=anchor, lists=len(numbers), changed=changed, problem=problem)

    def asked_at(self, anchor: EntityId) -> Timestamp | None:
        """Return when a partner last told which lists it has."""
        row = self.documents.rows.get(anchor, LISTING)
        return None if row is None else row.obtained_at

    def _late(self, anchor: EntityId, now: Timestamp) -> bool:
        """Return whether something that was obtained once is overdue."""
        names = (LISTING, *self._held(anchor))
        rows = [self.documents.rows.get(anchor, name) for name in names]
        obtained = [row.obtained_at for row in rows if row is not None and row.obtained_at]
        return bool(obtained) and now - min(obtained) > LATE_S

    def _held(self, anchor: EntityId) -> list[str]:
        """Return the lists that are in use: never more than a listing names at once."""
        names = (name for whose, name in self.documents.rows.digests() if whose == anchor)
        return sorted(name for name in names if number_of(name) is not None)

    def _bounded(
        self, anchor: EntityId, numbers: tuple[int, ...], now: Timestamp
    ) -> tuple[tuple[int, ...], str | None]:
        """Return those that are looked at, and what is wrong with the others, by code.

        A partner that names other lists each time must fill no table of ours.
        """
        known = {
            number_of(row.name)
            for row in self.documents.rows.of(anchor)
            if row.obtained_at is not None and now - row.obtained_at < REMEMBERED_S
        } - {None}
        if len(known.union(numbers)) <= MAX_REMEMBERED:
            return numbers, None
        self.documents.alarm(anchor, TOO_MANY, now)
        return tuple(number for number in numbers if number in known), TOO_MANY

    def _listing(self, partner: Partner, now: Timestamp) -> tuple[int, ...]:
        anchor, leaf = partner.record.pins.anchor, partner.record.pins.leaf
        known = self.documents.rows.get(anchor, LISTING)
        row = known or PartnerDocument(anchor_id=anchor, name=LISTING)
        try:
            fetched = self.documents.fetch.get(
                listing_url(leaf), accept="application/json", max_bytes=MAX_LISTING_BYTES
            )
            numbers = status_list.parse_listing(fetched.body, prefix=f"{listing_url(leaf)}/")
        except GatewayError as error:
            if not isinstance(error, FetchError):
                self.documents.alarm(anchor, error.code, now)
            failures = row.failures + 1
            self.documents.rows.put(replace(row, last_error=error.code, failures=failures))
            raise
        self.documents.rows.put(replace(row, obtained_at=now, last_error=None, failures=0))
        return numbers

    def _drop(self, anchor: EntityId, names: Sequence[str], now: Timestamp) -> int:
        """Use lists no more that their city does not name any more; return how many."""
        dropped = 0
        for name in names:
            row = self.documents.rows.get(anchor, name)
            if row is not None and row.token:
                self.documents.rows.put(replace(row, token="", etag=None, obtained_at=now))
                dropped += 1
        return dropped

    def _add_up(self, partner: Partner, name: str, now: Timestamp) -> None:
        """Add the bits of the list in force to those ever seen, once a token."""
        anchor, number = partner.record.pins.anchor, cast("int", number_of(name))
        row = self.documents.rows.get(anchor, name)
        digest = digest_of(row.token) if row else ""
        before = self.seen.seen(anchor, number)
        if row is None or not digest or (before is not None and before.digest == digest):
            return
        found = self._read(partner, name, row.token, now)
        if found is None:
            return
        bits = SeenBits(digest=digest, packed=found.packed)
        if self.seen.see(anchor, number, bits, now):
            self.documents.alarm(anchor, FLIPPED_BACK, now)

    def _read(self, partner: Partner, name: str, token: str, now: Timestamp) -> StatusList | None:
        """Return a stored list; None where a hand wrote it, or its signer died."""
        keys = partner.city.federation_keys(now)
        with suppress(GatewayError):
            document = open_document(
                token, kind=STATUS_LISTS.type, issuer=partner.record.pins.leaf, keys=keys
            )
            return cast("StatusList", STATUS_LISTS.read(name, document))
        return None
