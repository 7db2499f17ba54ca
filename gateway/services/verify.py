"""Verify a code that a guest shows to a merchant (docs/protocol/verification.md).

The steps stand in the order of that page, cheapest first, writes last. A refusal before step 10
uses nothing up. What a merchant is told is the outcome; the reason is for the operator.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from gateway.codes.wire import UnverifiedCode
from gateway.errors import UnavailableError
from gateway.ids import CityId, EntityId, Timestamp
from gateway.policy.agreement import Agreement
from gateway.policy.stops import NOTHING_STOPPED
from gateway.services.catalogue_view import OwnVersions
from gateway.services.code_checks import (
    check_life,
    check_place,
    check_trust,
    serves,
)
from gateway.services.errors import RequestIdReusedError
from gateway.services.grants import Grant, grant_of, spent_ticket
from gateway.services.pauses import not_granted
from gateway.services.ports import Merchant, Recorded, RefusalTally, Showing, VerificationLog
from gateway.services.remembered_codes import burned, check_unbound, stored_verdict
from gateway.services.showing import VerifiedShowing, new_receipt
from gateway.services.signed_codes import TrustSource, issuer_of, read_code, signed_by
from gateway.services.status_check import NoStatusLists, StatusLists, check_status
from gateway.services.stop_ports import Stops
from gateway.services.tags import Tags
from gateway.services.verdicts import Hint, Outcome, Presentation, Refusal, Verdict
from gateway.trust.keyring import Issuer, Keyring


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """A verdict that holds once it is stored.

    Attributes:
        verdict: What the merchant will be told.
        stored: What has to be written first.
    """

    showing: VerifiedShowing
    verdict: Verdict
    stored: Showing


def _ask_nobody(anchor: EntityId, now: Timestamp) -> None:
    """Where nobody looks after partners."""
    del anchor, now


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyCode:
    """The use case, with everything that it asks.

    Attributes:
        city: This city, where codes are shown.
        trust: Whose keys to believe.
        agreement: Which cities ever were members.
        catalogues: Own versions of the catalogue.
        stops: Which of them are stopped.
        log: Burns and receipts.
        tally: Counts of refusals by reason.
        tags: Keys of the keyed hashes.
        burn_kept_s: How long a burn is kept after the code's end.
        status: The status lists that are known; without any, who has a status is undetermined.
        unknown_hint: Told which partner's code named a key that was never seen here. It must
            not wait for anything: every answer takes the same time.
    """

    city: CityId
    trust: TrustSource
    agreement: Agreement
    catalogues: OwnVersions
    log: VerificationLog
    tally: RefusalTally
    tags: Tags
    burn_kept_s: int
    stops: Stops = NOTHING_STOPPED
    status: StatusLists = field(default_factory=NoStatusLists)
    unknown_hint: Callable[[EntityId, Timestamp], None] = _ask_nobody

    def verify(
        self, shown: Presentation, merchant: Merchant, now: Timestamp, *, plain_jws: bool = False
    ) -> Verdict:
        """Return the verdict; if it is ``recognised``, its receipt is durable.

        Args:
            shown: The text and what it is to be used for.
            merchant: Who asks.
            now: One reading of the clock for all steps.
            plain_jws: Whether the text may be a plain JWS (machine API only).

        Raises:
            RequestIdReusedError: the request id is bound to another code than this text.
        """
        keyring = self.trust.keyring
        try:
            judged = self.judge(shown, merchant, now, keyring, plain_jws=plain_jws)
            if isinstance(judged, Verdict):
                return judged
            return self.settle(judged, self._record(judged.stored))
        except Refusal as refusal:
            return self.refuse(refusal, shown, merchant, now, keyring)

    def refuse(
        self,
        refused: Refusal,
        shown: Presentation,
        merchant: Merchant,
        now: Timestamp,
        keyring: Keyring,
    ) -> Verdict:
        """Return what the merchant is told, and count why."""
        refusal = refused
        if not serves(merchant, shown):
            # Asked of the merchant alone, it is answered alike for every text: otherwise
            # a wrong scenario would tell a forged code from a used one.
            refusal = Refusal(Outcome.NO_BENEFIT, "merchant_scenario")
        counted = refusal.reason if shown.scanned_at is None else f"later_{refusal.reason}"
        self.tally.count(counted, now)
        undetermined = refusal.outcome is Outcome.UNDETERMINED
        return Verdict(
            outcome=refusal.outcome,
            reason=refusal.reason,
            hint=refusal.hint,
            checked=shown.checked,
            trust_age_s=keyring.trust_age_s(now) if undetermined else None,
        )

    def judge(
        self,
        shown: Presentation,
        merchant: Merchant,
        now: Timestamp,
        keyring: Keyring,
        *,
        plain_jws: bool,
    ) -> Verdict | Granted:
        """Return the answer that is stored, or a new one that has to be: steps 0 to 8.

        What only time changes is asked of the moment of the scan, what people decide of now.

        Raises:
            Refusal: the code gets nothing.
            RequestIdReusedError: as ``verify``.
        """
        at = now if shown.scanned_at is None else min(shown.scanned_at, now)
        code: UnverifiedCode | None = None
        try:
            # (0), (1) Is the text a credit code at all?
            code = read_code(shown, plain_jws=plain_jws)
            # (2) Is its home city a member, or was it ever?
            issuer = issuer_of(code.claims.issuer, keyring, self.agreement)
            # (3) May its city have a key that we do not know of yet? Then somebody will look.
            if (anchor := issuer.to_ask_about(code.hint)) is not None:
                self.unknown_hint(anchor, now)
            # (3), (4) Which live key of that very city signed it?
            claims, key = signed_by(code, issuer, at)
        except Refusal:
            # Every text but its own code is the same to a bound request, forged or not.
            check_unbound(self.log, self.tags, shown, merchant, code)
            raise
        showing = VerifiedShowing.of(
            claims=claims, key=key, shown=shown, merchant=merchant, now=at, tags=self.tags
        )
        # (4) Was this request answered before? Then it gets the same answer, even after exp,
        # unless the grant was voided since.
        if (stored := stored_verdict(self.log, showing)) is not None:
            return replace(stored, trust_age_s=keyring.trust_age_s(now))
        # (4) May we rely on what we know of that city?
        check_trust(issuer, keyring, now)
        # (5) Is the code alive, and of a life that its kind, city and key allow?
        check_life(showing, issuer)
        # (6), (7), (8) What is it good for, here?
        grant = self._good_for(showing, issuer, now)
        return self._grant(showing, grant, keyring.trust_age_s(now))

    def settle(self, granted: Granted, recorded: Recorded) -> Verdict:
        """Return the verdict, now that it is known what became of the record: steps 9 to 11.

        Raises:
            Refusal: it was not the first use.
            RequestIdReusedError: as ``verify``.
        """
        if recorded is Recorded.FIRST:
            return granted.verdict
        if recorded is Recorded.REQUEST_ID_REUSED:
            raise RequestIdReusedError("this request id came with another code")
        if recorded is Recorded.TICKET_SPENT:
            raise Refusal(Outcome.NO_BENEFIT, "ticket_spent", Hint.ANOTHER_CODE)
        if recorded is Recorded.REPEATED:
            before = stored_verdict(self.log, granted.showing)
            if before is not None:
                return replace(before, trust_age_s=granted.verdict.trust_age_s)
        raise Refusal(Outcome.PRESENT_AGAIN, "already_used")

    def _good_for(self, showing: VerifiedShowing, issuer: Issuer, now: Timestamp) -> Grant:
        try:
            # (6) Is it for this city, this scenario, this merchant, this venue?
            check_place(showing, issuer, self.city)
            # (7) Has it been revoked?
            check_status(self.status, showing.claims, now)
            # (8) Which offers does it get?
            # A pause is the merchant's own: it takes nothing back that its counter granted before.
            later = showing.shown.scanned_at is not None
            withheld = self.stops.offers if later else not_granted(showing.merchant, self.stops)
            return grant_of(showing, self.catalogues.versions, withheld)
        except Refusal as refusal:
            # A used code says the same wherever it is shown.
            if refusal.outcome is Outcome.NO_BENEFIT and burned(self.log, showing):
                raise Refusal(Outcome.PRESENT_AGAIN, "already_used") from refusal
            raise

    def _grant(self, showing: VerifiedShowing, grant: Grant, trust_age_s: int) -> Granted:
        receipt = new_receipt()
        verdict = showing.recognised(receipt, grant.offers, trust_age_s)
        stored = showing.to_store(
            receipt,
            verdict,
            burn_kept_s=self.burn_kept_s,
            ticket=spent_ticket(showing, grant, receipt, self.tags),
        )
        return Granted(showing=showing, verdict=verdict, stored=stored)

    def _record(self, stored: Showing) -> Recorded:
        # (9), (10), (11) Is this the first time? Burn, ticket, request, receipt are one write.
        try:
            return self.log.record(stored)
        except UnavailableError as error:
            raise Refusal(Outcome.UNDETERMINED, error.code) from error
