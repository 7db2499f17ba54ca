"""Codes of two cities: good ones, and ones that a real key signed though they are wrong."""

from gateway.codes import grammar, wire
from gateway.codes.claims import CreditClaims, StatusReference
from gateway.codes.issuing import CodeSigner
from gateway.ids import CityId, CodeId, ScenarioId, Tier, Timestamp, UnverifiedText
from gateway.jose import base64url
from gateway.jose.keys import SoftwareSigner
from tests.jose.forge import JIAXING, WENZHOU

__all__ = [
    "CODES",
    "GENERAL",
    "HINT",
    "JIAXING",
    "KINDS",
    "LASTING",
    "NOON",
    "PRINTED",
    "QUOTA",
    "SCENARIO",
    "STATUS",
    "WENZHOU",
    "signature_of",
    "signed",
    "spelled",
]

NOON = Timestamp(1_793_505_600)
"""2026-11-01 12:00 in Shanghai."""

HINT = base64url.decode(WENZHOU.public.kid[: wire.HINT_CHARS])
CODES = CodeSigner(WENZHOU)

GENERAL = CreditClaims(
    issuer=CityId("330300"),
    issued_at=NOON,
    expires_at=Timestamp(NOON + 90),
    code_id=CodeId("AbCdEfGhIjKlMnOp"),
    tier=Tier(2),
)
SCENARIO = CreditClaims(
    issuer=CityId("330300"),
    issued_at=NOON,
    expires_at=Timestamp(NOON + 90),
    code_id=CodeId("-_CdEfGhIjKlMnOp"),
    destination=CityId("330700"),
    scenario=ScenarioId("lodging.hotel"),
    policy_version="2026.1",
)
QUOTA = CreditClaims(
    issuer=CityId("330300"),
    issued_at=NOON,
    expires_at=Timestamp(NOON + 90),
    code_id=CodeId("0000000000000000"),
    destination=CityId("330500"),
    scenario=ScenarioId("fitness.gym"),
    policy_version="2026.1",
    ticket="AAAAAAAAAAAAAAAAAAAAAQ",
)
STATUS = StatusReference(index=1_048_575, uri="https://credit.wenzhou.gov.cn/status/9999")
LASTING = CreditClaims(
    issuer=CityId("330300"),
    issued_at=NOON,
    expires_at=Timestamp(NOON + 24 * 3600),
    code_id=CodeId("AbCdEfGhIjKlMnOp"),
    destination=CityId("330400"),
    scenario=ScenarioId("travel.attraction.free"),
    policy_version="v1_2-3.4",
    status=STATUS,
)
PRINTED = CreditClaims(
    issuer=CityId("330300"),
    issued_at=NOON,
    expires_at=Timestamp(NOON + 31 * 24 * 3600),
    code_id=CodeId("AbCdEfGhIjKlMnOp"),
    destination=CityId("330700"),
    scenario=ScenarioId("lodging.hotel"),
    policy_version="2026.1",
    masked_name="欧阳*",
    status=STATUS,
)
KINDS = {
    "general": GENERAL,
    "scenario": SCENARIO,
    "quota": QUOTA,
    "lasting": LASTING,
    "printed": PRINTED,
}
"""One code of every kind."""


def signature_of(payload: bytes, signer: SoftwareSigner = WENZHOU) -> bytes:
    """Return what a code with this payload is signed with."""
    head = base64url.encode(wire.header_bytes(signer.public.kid))
    return signer.sign(f"{head}.{base64url.encode(payload)}".encode("ascii"))


def signed(payload: bytes, signer: SoftwareSigner = WENZHOU) -> UnverifiedText:
    """Return a wire text of any payload whatever, really signed."""
    hint = base64url.decode(signer.public.kid[: wire.HINT_CHARS])
    text = wire.write(hint=hint, signature=signature_of(payload, signer), payload=payload)
    return UnverifiedText(text)


def spelled(claims: CreditClaims, old: str, new: str) -> bytes:
    """Return the payload of ``claims`` with one place of its text replaced."""
    text = grammar.serialise(claims).decode()
    if text.count(old) != 1:
        raise ValueError(old)
    return text.replace(old, new).encode()
