"""What examples show: one code, one offer, one guest; all made up."""

from typing import Final

from gateway.ids import OfferId, ReceiptId, ScenarioId, Tier, Timestamp
from gateway.policy.benefit import describe
from gateway.policy.offers import Offer, Offline
from gateway.policy.terms import Kind, Terms
from gateway.services.verdicts import GrantedOffer, Hint, Outcome, Verdict

CODE: Final = (
    "CC1:380FJSK*F3SLR1A4L41MI/6JWGRPXCIX3$8F3+VAFHMYGAD2 B7EQ2TLJ3Z62FM0GFUD061LNTIM%07G9W8J4W1"
    "MZN3-JR$4WO8OB0B26:DU0FC5LNVKMSHGCIJQA08AE%BGAA0$G2.T4PS2EV6*R1SU5BT30W78C0IVS"
)
"""The first of the published vectors (tests/vectors), long expired."""

ISSUED_AT: Final = Timestamp(1_793_505_600)
EXPIRES_AT: Final = Timestamp(ISSUED_AT + 90)
RECEIPT: Final = ReceiptId("K7QX-2MPA-ZT5C-WB3R")

_TERMS: Final = Terms(min_tier=Tier(2), kind=Kind.DISCOUNT_RATE, value=80, cap=10_000, quota=None)
OFFER: Final = Offer(
    id=OfferId("hotel-80"),
    version=1,
    scenario=ScenarioId("lodging.hotel"),
    terms=_TERMS,
    source="Example",
    illustrative=True,
    offline=Offline.GRANT,
    valid_from=Timestamp(ISSUED_AT - ISSUED_AT % 86_400),
    valid_until=None,
    venues=frozenset(),
    exclusions=(),
    words=describe(_TERMS),
)

_GRANTED: Final = GrantedOffer(
    id=OFFER.id,
    version=OFFER.version,
    kind=OFFER.kind.value,
    value=OFFER.value,
    cap=OFFER.cap,
    zh=OFFER.told.zh,
    en=OFFER.told.en,
)

VERDICTS: Final = (
    Verdict(
        outcome=Outcome.RECOGNISED,
        reason="",
        receipt=RECEIPT,
        offers=(_GRANTED,),
        valid_until=EXPIRES_AT,
        trust_age_s=31,
    ),
    Verdict(outcome=Outcome.NO_BENEFIT, reason=""),
    Verdict(outcome=Outcome.PRESENT_AGAIN, reason=""),
    Verdict(outcome=Outcome.NOT_A_CODE, reason="", hint=Hint.NOT_A_MEMBER),
    Verdict(outcome=Outcome.UNDETERMINED, reason="", trust_age_s=86_401),
)
"""One of each outcome."""
