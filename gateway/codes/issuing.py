"""Sign claims into a code; what leaves was decoded again before it left."""

from gateway.codes import grammar, wire
from gateway.codes.claims import CreditClaims
from gateway.codes.errors import NotACodeError
from gateway.jose import base64url
from gateway.jose.keys import Signer


class CodeSigner:
    """Signs codes with one city's current code key."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self._head = base64url.encode_ascii(wire.header_bytes(signer.public.kid)) + b"."
        self._hint = base64url.decode(signer.public.kid[: wire.HINT_CHARS])

    def sign(self, claims: CreditClaims) -> str:
        """Return the wire text of ``claims``.

        Raises:
            NotACodeError: one of the claims breaks the grammar (nothing was signed), or the
                text does not decode to what was signed.
        """
        payload = grammar.serialise(claims)
        # (1) Is this the one spelling of a code, and of these claims?
        if grammar.parse(payload) != claims:
            raise NotACodeError("the claims do not read back as they were written")
        signature = self._signer.sign(self._head + base64url.encode_ascii(payload))
        text = wire.write(hint=self._hint, signature=signature, payload=payload)
        # (2) Does what leaves decode to what was signed, bit for bit?
        if wire.unwrap(text) != (self._hint, signature, payload):
            raise NotACodeError("the text does not decode to what was signed")
        return text
