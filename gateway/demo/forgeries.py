"""Codes that must be refused: made with the cities' real keys wherever a thief could."""

import secrets
from dataclasses import dataclass
from typing import Final

from gateway.app.composition import OpenCity
from gateway.codes import reading, wire
from gateway.codes.claims import CreditClaims
from gateway.codes.issuing import CodeSigner
from gateway.ids import CityId, CodeId, Tier, Timestamp, UnverifiedText
from gateway.jose import base64url
from gateway.jose.keys import Signer, generate

OUTSIDER: Final = CityId("330100")
"""杭州 is no member of this agreement."""

_LIFE_S = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgery:
    """A text that a merchant is shown, and the outcome that is right."""

    case: str
    text: str
    expected: str


def forgeries(home: OpenCity, other: OpenCity, used: str, fresh: str) -> tuple[Forgery, ...]:
    """Return the cases.

    Args:
        home: The city whose codes are imitated.
        other: A member whose key signs for ``home``.
        used: A code of ``home`` that was recognised before.
        fresh: A code of ``home`` that nobody has seen.
    """
    now = home.clock.now()
    city = home.settings.city.division_code
    past = Timestamp(now - _LIFE_S)
    return (
        Forgery(case="replayed", text=used, expected="present_again"),
        Forgery(case="tampered", text=tampered(fresh), expected="present_again"),
        Forgery(
            case="expired", text=_sign(_code_signer(home), city, past), expected="present_again"
        ),
        Forgery(
            case="other city's signature",
            text=_sign(_code_signer(other), city, now),
            expected="present_again",
        ),
        Forgery(case="no member", text=_sign(generate(), OUTSIDER, now), expected="not_a_code"),
        Forgery(case="no code", text="https://example.org/", expected="not_a_code"),
    )


def tampered(text: str) -> str:
    """Return the code with its tier raised (or lowered from 3) under the same signature."""
    code = reading.read(UnverifiedText(text))
    tier = 3 if code.claims.tier != 3 else 2  # noqa: PLR2004  the highest tier
    payload = code.payload.replace(f'"tier":{code.claims.tier}'.encode(), f'"tier":{tier}'.encode())
    hint = base64url.decode(code.hint)
    return wire.write(hint=hint, signature=code.signature, payload=payload)


def _sign(signer: Signer, city: CityId, issued_at: Timestamp) -> str:
    claims = CreditClaims(
        issuer=city,
        issued_at=issued_at,
        expires_at=Timestamp(issued_at + _LIFE_S),
        code_id=CodeId(base64url.encode(secrets.token_bytes(12))),
        tier=Tier(3),
    )
    return CodeSigner(signer).sign(claims)


def _code_signer(city: OpenCity) -> Signer:
    return next(key.signer for key in city.vault.code_keys() if key.active)
