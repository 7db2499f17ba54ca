"""One verified showing on its way into storage: its tags, its verdict, its record."""

import re
import secrets
from dataclasses import dataclass, field
from typing import Final

from gateway.codes.claims import CreditClaims
from gateway.ids import ReceiptId, Timestamp
from gateway.policy.offers import Offer
from gateway.services.ports import Merchant, Showing, SpentTicket, VerificationRecord
from gateway.services.tags import Tags, seal
from gateway.services.verdicts import GrantedOffer, Outcome, Presentation, Verdict
from gateway.trust.keyring import CodeKey

RECEIPT_PATTERN: Final = re.compile(r"[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}")
"""Of the numbers that ``new_receipt`` returns."""

_DAY_S = 24 * 3600
_MINUTE_S = 60
_RECEIPT_CHARS = 16
_BASE32 = bytes(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[byte % 32] for byte in range(256))
"""Each character for eight bytes, so that random bytes become random characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedShowing:
    """A code whose signature fits, as it is shown.

    Attributes:
        key: The key that signed it.
        shown: What it is to be used for.
        merchant: Who asks.
        now: One reading of the clock for all steps; of one that comes later, when it was scanned.
        code_tag: Keyed hash of the verified (iss, jti).
        request_tag: Keyed hash of merchant and request id; None if none was given.
        answer_key: Opens the stored answer; empty if there is no request id.
    """

    claims: CreditClaims
    key: CodeKey
    shown: Presentation
    merchant: Merchant
    now: Timestamp
    code_tag: bytes
    request_tag: bytes | None
    answer_key: bytes = field(repr=False)

    @classmethod
    def of(  # noqa: PLR0913  a showing has these parts
        cls,
        *,
        claims: CreditClaims,
        key: CodeKey,
        shown: Presentation,
        merchant: Merchant,
        now: Timestamp,
        tags: Tags,
    ) -> "VerifiedShowing":
        """Return the showing with the tags under which it is remembered."""
        code_tag = tags.code_tag(claims.issuer, claims.code_id)
        request_tag = (
            None if shown.request_id is None else tags.request_tag(merchant.id, shown.request_id)
        )
        return cls(
            claims=claims,
            key=key,
            shown=shown,
            merchant=merchant,
            now=now,
            code_tag=code_tag,
            request_tag=request_tag,
            answer_key=b"" if request_tag is None else tags.answer_key(request_tag, code_tag),
        )

    def recognised(
        self, receipt: ReceiptId, offers: tuple[Offer, ...], trust_age_s: int
    ) -> Verdict:
        """Return the verdict, which holds once ``to_store`` is stored."""
        return Verdict(
            outcome=Outcome.RECOGNISED,
            reason="recognised",
            receipt=receipt,
            offers=tuple(map(granted, offers)),
            holder=self.claims.masked_name,
            checked=self.shown.checked,
            valid_until=self.claims.expires_at,
            trust_age_s=trust_age_s,
        )

    def to_store(
        self,
        receipt: ReceiptId,
        verdict: Verdict,
        *,
        burn_kept_s: int,
        ticket: SpentTicket | None = None,
    ) -> Showing:
        """Return what is written.

        Args:
            receipt: Number of the new record.
            verdict: As ``recognised`` gave it.
            burn_kept_s: How long after the code's end a burn is kept; then it is kept to the
                end of that day, so that it tells no time.
            ticket: What is spent of a quota, if it is.
        """
        forget_after = -(-(self.claims.expires_at + burn_kept_s) // _DAY_S) * _DAY_S
        sealed = None if self.request_tag is None else seal(self.answer_key, verdict.to_bytes())
        return Showing(
            code_tag=self.code_tag,
            forget_after=Timestamp(forget_after),
            request_tag=self.request_tag,
            sealed_answer=sealed,
            ticket=ticket,
            record=VerificationRecord(
                receipt=receipt,
                merchant=self.merchant.id,
                venue=self.shown.venue,
                scenario=self.shown.scenario,
                issuer=self.claims.issuer,
                key_id=self.key.public.kid,
                offers=tuple(f"{offer.id}@{offer.version}" for offer in verdict.offers),
                checked=verdict.checked,
                at_minute=Timestamp(self.now - self.now % _MINUTE_S),
            ),
        )


def new_receipt() -> ReceiptId:
    """Return an unguessable receipt number: 80 random bits in four groups of four."""
    text = secrets.token_bytes(_RECEIPT_CHARS).translate(_BASE32).decode("ascii")
    return ReceiptId(f"{text[:4]}-{text[4:8]}-{text[8:12]}-{text[12:]}")


def granted(offer: Offer) -> GrantedOffer:
    """Return an offer as a merchant is told of it."""
    return GrantedOffer(
        id=offer.id,
        version=offer.version,
        kind=offer.kind.value,
        value=offer.value,
        cap=offer.cap,
        zh=offer.told.zh,
        en=offer.told.en,
    )
