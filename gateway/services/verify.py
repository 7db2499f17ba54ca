"""Verify a code that a guest shows to a merchant (protocol section 2).

The steps stand in the protocol's order, cheapest first, writes last. A refusal before step 10
uses nothing up. What a merchant is told is the outcome; the reason is for the operator.
"""

from dataclasses import dataclass, replace
from typing import Protocol

from gateway.codes import reading
from gateway.codes.claims import CreditClaims
from gateway.codes.errors import NewerFormError, NotACodeError
from gateway.codes.wire import UnverifiedCode
from gateway.errors import CodeError, UnavailableError
from gateway.ids import CityId, Timestamp
from gateway.policy.agreement import Agreement
from gateway.policy.catalogue import Catalogue
from gateway.policy.decision import decide_general
from gateway.policy.offers import Offer
from gateway.policy.scenarios import all_within, fits
from gateway.services.errors import RequestIdReusedError
from gateway.services.ports import Merchant, Recorded, RefusalTally, VerificationLog
from gateway.services.showing import VerifiedShowing, new_receipt
from gateway.services.tags import SealError, Tags, unseal
from gateway.services.verdicts import Hint, Outcome, Presentation, Refusal, Verdict
from gateway.trust.keyring import CodeKey, Issuer, Keyring


class TrustSource(Protocol):
    """Gives the newest checked keyring of this process."""

    @property
    def keyring(self) -> Keyring:
        """The keyring in force; immutable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyCode:
    """The use case, with everything that it asks.

    Attributes:
        city: This city, where codes are shown.
        trust: Whose keys to believe.
        agreement: Which cities ever were members.
        catalogue: Own offers in force.
        log: Burns and receipts.
        tally: Counts of refusals by reason.
        tags: Keys of the keyed hashes.
        burn_kept_s: How long a burn is kept after the code's end.
    """

    city: CityId
    trust: TrustSource
    agreement: Agreement
    catalogue: Catalogue
    log: VerificationLog
    tally: RefusalTally
    tags: Tags
    burn_kept_s: int

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
            return self._verify(shown, merchant, now, keyring, plain_jws=plain_jws)
        except Refusal as refused:
            refusal = refused
            if not _serves(merchant, shown):
                # Asked of the merchant alone, it is answered alike for every text: otherwise
                # a wrong scenario would tell a forged code from a used one.
                refusal = Refusal(Outcome.NO_BENEFIT, "merchant_scenario")
            self.tally.count(refusal.reason, now)
            undetermined = refusal.outcome is Outcome.UNDETERMINED
            return Verdict(
                outcome=refusal.outcome,
                reason=refusal.reason,
                hint=refusal.hint,
                trust_age_s=keyring.trust_age_s(now) if undetermined else None,
            )

    def _verify(
        self,
        shown: Presentation,
        merchant: Merchant,
        now: Timestamp,
        keyring: Keyring,
        *,
        plain_jws: bool,
    ) -> Verdict:
        code: UnverifiedCode | None = None
        try:
            # (0), (1) Is the text a credit code at all?
            code = _read(shown, plain_jws=plain_jws)
            # (2) Is its home city a member, or was it ever?
            issuer = self._issuer(keyring, code.claims.issuer)
            # (3), (4) Which live key of that very city signed it?
            claims, key = signed_by(code, issuer, now)
        except Refusal:
            # Every text but its own code is the same to a bound request, forged or not.
            self._check_unbound(shown, merchant, code)
            raise
        showing = VerifiedShowing.of(
            claims=claims, key=key, shown=shown, merchant=merchant, now=now, tags=self.tags
        )
        # (4) Was this request answered before? Then it gets the same answer, even after exp,
        # unless the grant was voided since.
        if (stored := self._stored(showing)) is not None:
            return replace(stored, trust_age_s=keyring.trust_age_s(now))
        # (4) May we rely on what we know of that city?
        _check_trust(issuer, keyring, now)
        # (5) Is the code alive, and of a life that its kind, city and key allow?
        _check_life(showing, issuer)
        # (6), (7), (8) What is it good for, here?
        offers = self._good_for(showing, issuer)
        # (9), (10), (11) Is this the first time? Burn, request and receipt are one write.
        return self._record(showing, offers, keyring.trust_age_s(now))

    def _good_for(self, showing: VerifiedShowing, issuer: Issuer) -> tuple[Offer, ...]:
        try:
            # (6) Is it for this city, this scenario, this merchant, this venue?
            self._check_place(showing, issuer)
            # (7) Has it been revoked?
            _check_status(showing)
            # (8) Which offers does it get?
            return self._offers(showing)
        except Refusal as refusal:
            # A used code says the same wherever it is shown.
            if refusal.outcome is Outcome.NO_BENEFIT and self._burned(showing):
                raise Refusal(Outcome.PRESENT_AGAIN, "already_used") from refusal
            raise

    def _issuer(self, keyring: Keyring, city: CityId) -> Issuer:
        issuer = keyring.issuer(city)
        if issuer is not None:
            return issuer
        if self.agreement.member(city) is not None:
            raise Refusal(Outcome.PRESENT_AGAIN, "no_key")
        raise Refusal(Outcome.NOT_A_CODE, "not_a_member", Hint.NOT_A_MEMBER)

    def _stored(self, showing: VerifiedShowing) -> Verdict | None:
        if showing.request_tag is None:
            return None
        try:
            stored = self.log.stored_answer(showing.request_tag)
        except UnavailableError as error:
            raise Refusal(Outcome.UNDETERMINED, error.code) from error
        if stored is None:
            return None
        if stored.code_tag != showing.code_tag:
            raise RequestIdReusedError("this request id came with another code")
        try:
            verdict = Verdict.from_bytes(unseal(showing.answer_key, stored.sealed))
        except SealError as error:
            # A row that was edited by hand: what it said then, nobody knows.
            raise Refusal(Outcome.UNDETERMINED, error.code) from error
        if self._voided(verdict):
            raise Refusal(Outcome.PRESENT_AGAIN, "already_used")
        return verdict

    def _voided(self, verdict: Verdict) -> bool:
        try:
            record = None if verdict.receipt is None else self.log.find(verdict.receipt)
        except UnavailableError as error:
            raise Refusal(Outcome.UNDETERMINED, error.code) from error
        return record is not None and record.voided

    def _check_unbound(
        self, shown: Presentation, merchant: Merchant, code: UnverifiedCode | None
    ) -> None:
        if shown.request_id is None:
            return
        try:
            stored = self.log.stored_answer(self.tags.request_tag(merchant.id, shown.request_id))
        except UnavailableError as error:
            raise Refusal(Outcome.UNDETERMINED, error.code) from error
        # The very code that is bound, whose key ended or vanished since: no fault of the till.
        if stored is not None and stored.code_tag != self._unverified_tag(code):
            raise RequestIdReusedError("this request id came with another code")

    def _unverified_tag(self, code: UnverifiedCode | None) -> bytes | None:
        # Only to compare with what this merchant bound: whoever can spell that code was shown it.
        if code is None:
            return None
        return self.tags.code_tag(code.claims.issuer, code.claims.code_id)

    def _burned(self, showing: VerifiedShowing) -> bool:
        try:
            return self.log.burned(showing.code_tag)
        except UnavailableError as error:
            raise Refusal(Outcome.UNDETERMINED, error.code) from error

    def _check_place(self, showing: VerifiedShowing, issuer: Issuer) -> None:
        claims, asked = showing.claims, showing.shown.scenario
        if claims.destination is not None and claims.destination != self.city:
            raise Refusal(Outcome.NO_BENEFIT, "other_destination")
        if claims.scenario is not None and not fits(claims.scenario, asked):
            raise Refusal(Outcome.NO_BENEFIT, "other_scenario")
        if not _serves(showing.merchant, showing.shown):
            raise Refusal(Outcome.NO_BENEFIT, "merchant_scenario")
        if issuer.city != self.city and not issuer.scenario_agreed(asked):
            raise Refusal(Outcome.NO_BENEFIT, "scenario_not_agreed")

    def _offers(self, showing: VerifiedShowing) -> tuple[Offer, ...]:
        if showing.claims.tier is None:
            # Scenario codes need the partners' catalogues, which are not exchanged yet.
            raise Refusal(Outcome.UNDETERMINED, "scenario_code_not_read")
        decision = decide_general(
            self.catalogue,
            tier=showing.claims.tier,
            scenario=showing.shown.scenario,
            venue=showing.shown.venue,
            now=showing.now,
        )
        if not decision.offers:
            hint = None if decision.hint is None else Hint(decision.hint)
            raise Refusal(Outcome.NO_BENEFIT, "no_offer", hint)
        return decision.offers

    def _record(
        self, showing: VerifiedShowing, offers: tuple[Offer, ...], trust_age_s: int
    ) -> Verdict:
        receipt = new_receipt()
        verdict = showing.recognised(receipt, offers, trust_age_s)
        try:
            recorded = self.log.record(
                showing.to_store(receipt, verdict, burn_kept_s=self.burn_kept_s)
            )
        except UnavailableError as error:
            raise Refusal(Outcome.UNDETERMINED, error.code) from error
        if recorded is Recorded.FIRST:
            return verdict
        if recorded is Recorded.REQUEST_ID_REUSED:
            raise RequestIdReusedError("this request id came with another code")
        if recorded is Recorded.REPEATED and (stored := self._stored(showing)) is not None:
            return replace(stored, trust_age_s=trust_age_s)
        raise Refusal(Outcome.PRESENT_AGAIN, "already_used")


def signed_by(code: UnverifiedCode, issuer: Issuer, now: Timestamp) -> tuple[CreditClaims, CodeKey]:
    """Return the claims and the live key of ``issuer`` that signed them.

    Raises:
        Refusal: no key of this city has the hint, none is usable now, or none fits.
    """
    reason = "no_key"
    for key in issuer.candidates(code.hint):
        if not key.usable(now):
            reason = "key_not_usable"
            continue
        try:
            return reading.verify(code, key.public), key
        except CodeError as error:
            reason = error.code
    raise Refusal(Outcome.PRESENT_AGAIN, reason)


def _read(shown: Presentation, *, plain_jws: bool) -> UnverifiedCode:
    try:
        if plain_jws and shown.text.startswith("ey"):
            return reading.read_jws(shown.text)
        return reading.read(shown.text)
    except NewerFormError as error:
        raise Refusal(Outcome.NOT_A_CODE, error.code, Hint.UPDATE) from error
    except NotACodeError as error:
        raise Refusal(Outcome.NOT_A_CODE, error.code) from error


def _check_trust(issuer: Issuer, keyring: Keyring, now: Timestamp) -> None:
    if not issuer.verifies(now):
        raise Refusal(Outcome.UNDETERMINED, "issuer_not_active")
    if keyring.clock_doubtful:
        raise Refusal(Outcome.UNDETERMINED, "clock_doubtful")


def _check_life(showing: VerifiedShowing, issuer: Issuer) -> None:
    try:
        reading.check(
            showing.claims,
            now=showing.now,
            code_lifetime_max_s=issuer.code_lifetime_max_s,
            key_expires_at=showing.key.expires_at,
        )
    except CodeError as error:
        raise Refusal(Outcome.PRESENT_AGAIN, error.code) from error


def _check_status(showing: VerifiedShowing) -> None:
    if showing.claims.status is not None:
        # Status lists are not read yet: we cannot know.
        raise Refusal(Outcome.UNDETERMINED, "status_not_read")


def _serves(merchant: Merchant, shown: Presentation) -> bool:
    """Return whether the merchant may grant this scenario, at this venue."""
    if not all_within([shown.scenario], merchant.scenarios):
        return False
    if shown.venue is None:
        return True
    venue = next((venue for venue in merchant.venues if venue.id == shown.venue), None)
    if venue is None:
        return False
    return venue.scenarios is None or all_within([shown.scenario], venue.scenarios)
