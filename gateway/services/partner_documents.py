"""Fetching partners' documents: one at a time, each verified before it replaces the last good one.

Whatever goes wrong is about one document of one partner. Text in it is hostile until the kind's
``read`` gave a value. Runs on a schedule, never in a request.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus

from gateway.errors import FetchError, GatewayError
from gateway.ids import EntityId, Timestamp
from gateway.jose.keys import PublicKey
from gateway.services.document_kinds import DocumentKind, kind_of
from gateway.services.document_ports import PartnerDocument, PartnerDocuments, digest_of
from gateway.services.partner_ports import Fetch, FetchedDocument
from gateway.trust.documents import Document, check_newer, open_document, verify_document
from gateway.trust.errors import ChainIncompleteError
from gateway.trust.partners import Partner

RaiseAlarm = Callable[[EntityId, str, Timestamp], None]
"""Raises an alarm of a code about the partner of an anchor."""

ANEW_S = 1000
"""How long, of ten times as long, a document is asked for without its validator.

That is stored unsigned: with one that a hand planted, the partner's newest, a document would be
"unchanged" until it ran out, and a list of revoked codes would never grow.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentReport:
    """What fetching one document led to.

    Attributes:
        changed: Another document is in force than before, or none any more.
        problem: Stable code; None if all is well.
        unreachable: Nothing was had: asking for the next one costs as long, and is as vain.
    """

    anchor: EntityId
    name: str
    changed: bool
    problem: str | None
    unreachable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchDocuments:
    """Fetches documents of partners and keeps the last good ones."""

    rows: PartnerDocuments
    fetch: Fetch
    kinds: Sequence[DocumentKind]
    alarm: RaiseAlarm

    def one(
        self, partner: Partner, name: str, now: Timestamp, *, optional: bool = False
    ) -> DocumentReport:
        """Fetch one document; whatever goes wrong is in the report, and is no reason to stop.

        Args:
            partner: Whose.
            name: Which.
            now: The one moment of it all.
            optional: Whether 404 is an answer: there is none at the moment.
        """
        anchor, leaf = partner.record.pins.anchor, partner.record.pins.leaf
        before = self.rows.get(anchor, name) or PartnerDocument(anchor_id=anchor, name=name)
        step = _Step(kind=kind_of(name, self.kinds), name=name, leaf=leaf, now=now)
        keys = partner.city.federation_keys(now)
        known, unreachable = step.without_dead(before, keys), False
        try:
            # Without a key nobody could have signed it. Why was alarmed with its statements.
            after = (
                step.take(known, self._get(step, known), keys)
                if keys
                else step.failed(known, ChainIncompleteError("its statements do not count now"))
            )
        except FetchError as error:
            gone = optional and error.status == HTTPStatus.NOT_FOUND
            unreachable = not gone
            after = step.gone(known) if gone else step.failed(known, error)
        except GatewayError as error:
            self.alarm(anchor, error.code, now)
            after = step.failed(known, error)
        self.rows.put(after)
        changed = digest_of(after.token) != digest_of(before.token)
        return DocumentReport(
            anchor=anchor,
            name=name,
            changed=changed,
            problem=after.last_error,
            unreachable=unreachable,
        )

    def _get(self, step: "_Step", known: PartnerDocument) -> FetchedDocument:
        return self.fetch.get(
            step.kind.url(step.leaf, step.name),
            accept=step.kind.media_type,
            max_bytes=step.kind.type.max_chars,
            etag=known.etag if known.token and step.now % (10 * ANEW_S) < 9 * ANEW_S else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One document at one moment."""

    kind: DocumentKind
    name: str
    leaf: EntityId
    now: Timestamp

    def without_dead(self, row: PartnerDocument, keys: Sequence[PublicKey]) -> PartnerDocument:
        """Drop a token that nobody alive stands behind: its signer died, or a hand wrote it.

        While the city's chain does not count there is nobody to ask; then it stays, unused.
        """
        if not row.token or not keys:
            return row
        try:
            self._open(row.token, keys)
        except GatewayError:
            return replace(row, token="", etag=None)
        return row

    def take(
        self, known: PartnerDocument, fetched: FetchedDocument, keys: Sequence[PublicKey]
    ) -> PartnerDocument:
        """Return the row with what was fetched in it.

        Raises:
            GatewayError: it is refused.
        """
        obtained = replace(known, obtained_at=self.now, last_error=None, failures=0)
        # What is not ASCII becomes a character that no token may have.
        token = fetched.body.decode("ascii", errors="replace")
        if fetched.status != HTTPStatus.OK or token == known.token:
            return obtained
        document = verify_document(
            token, kind=self.kind.type, issuer=self.leaf, keys=keys, now=self.now
        )
        value = self.kind.read(self.name, document)
        if known.issued_at:
            check_newer(known.issued_at, document.life.issued_at)
        if known.token:
            stored = self.kind.read(self.name, self._open(known.token, keys))
            self.kind.check_successor(stored, value)
        return replace(obtained, token=token, issued_at=document.life.issued_at, etag=fetched.etag)

    def gone(self, known: PartnerDocument) -> PartnerDocument:
        """Return the row of a document that the partner does not have now."""
        return replace(
            known, token="", etag=None, obtained_at=self.now, last_error=None, failures=0
        )

    def failed(self, known: PartnerDocument, error: GatewayError) -> PartnerDocument:
        """Return the row after a failure: the last good document stays."""
        return replace(known, last_error=error.code, failures=known.failures + 1)

    def _open(self, token: str, keys: Sequence[PublicKey]) -> Document:
        return open_document(token, kind=self.kind.type, issuer=self.leaf, keys=keys)
