"""Sign claims into codes; what leaves was decoded again before it left."""

from collections.abc import Iterable
from typing import Final

from gateway.codes import grammar, wire
from gateway.codes.claims import CreditClaims
from gateway.codes.stencil import Stencil, cut
from gateway.jose import base64url
from gateway.jose.keys import Signer

MAX_STENCILS: Final = 1024
"""Most that are kept: the packs of half an hour need 144, live codes of one second a few."""


class CodeSigner:
    """Signs codes with one city's current code key."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self._head = base64url.encode_ascii(wire.header_bytes(signer.public.kid)) + b"."
        self._hint = base64url.decode(signer.public.kid[: wire.HINT_CHARS])
        self._stencils: dict[tuple[object, ...], Stencil | None] = {}

    @property
    def stencils(self) -> int:
        """How many stencils are kept at the moment."""
        return len(self._stencils)

    def sign(self, claims: CreditClaims) -> str:
        """Return the wire text of ``claims``.

        Raises:
            NotACodeError: one of the claims breaks the grammar (nothing was signed), or the
                text does not decode to what was signed.
        """
        payload, packed = self._spelled(claims)
        return self._text(payload, packed, self._signature(payload))

    def sign_all(self, several: Iterable[CreditClaims]) -> tuple[str, ...]:
        """Return the wire texts of many, as ``sign`` would, in less time for each.

        A signature pushes everything else out of the processor's cache; here all are made in a row.

        Raises:
            NotACodeError: as ``sign``; nothing was signed if one breaks the grammar.
        """
        spelled = [self._spelled(claims) for claims in several]
        signatures = [self._signature(payload) for payload, _ in spelled]
        return tuple(
            self._text(payload, packed, signature)
            for (payload, packed), signature in zip(spelled, signatures, strict=True)
        )

    def _signature(self, payload: bytes) -> bytes:
        return self._signer.sign(self._head + base64url.encode_ascii(payload))

    def _text(self, payload: bytes, packed: bytes, signature: bytes) -> str:
        # (2) Does what leaves decode to what was signed, bit for bit?
        return wire.write_checked(
            hint=self._hint, signature=signature, payload=payload, packed=packed
        )

    def _spelled(self, claims: CreditClaims) -> tuple[bytes, bytes]:
        """Return payload and DEFLATE stream."""
        # (1) Is this the one spelling of a code, and of these claims?
        if claims.ticket is None and claims.status is None:
            stencil = self._stencil(claims)
            if stencil is not None:
                return stencil.fill(claims.code_id)
        payload = grammar.spell(claims)
        return payload, wire.pack(payload)

    def _stencil(self, claims: CreditClaims) -> Stencil | None:
        shared = (
            claims.issuer,
            claims.issued_at,
            claims.expires_at,
            claims.tier,
            claims.destination,
            claims.scenario,
            claims.policy_version,
            claims.masked_name,
        )
        try:
            return self._stencils[shared]
        except KeyError:
            if len(self._stencils) >= MAX_STENCILS:
                self._stencils.clear()
            return self._stencils.setdefault(shared, cut(claims))
