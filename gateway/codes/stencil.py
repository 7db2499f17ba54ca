"""What codes that differ in nothing but their code id share: spelled, parsed and packed once.

A city issues many codes of one second, life and tier, and the slots of a pack are the same for
everybody. A stencil holds their payload and its DEFLATE stream with a hole for the code id. The
stream is zlib's own, and the hole is where two of them differ. Start at ``cut``.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from gateway.codes import grammar, wire
from gateway.codes.claims import CreditClaims
from gateway.codes.errors import NotACodeError
from gateway.ids import CodeId

_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_ONE, _OTHER = CodeId("Z0Y1X2W3V4Q5K6J7"), CodeId("-J8_G9-H7_F6-B5_")
"""Made up so that DEFLATE finds no three of their characters anywhere and spells them out; the
very first bits of the two differ."""

_CHARS: Final = len(_ONE)
_LITERAL_0: Final = 0x30
"""Fixed Huffman code of byte 0; up to byte 143 all have 8 bits (RFC 1951, 3.2.6)."""

_LITERALS: Final = bytes(
    int(f"{_LITERAL_0 + byte & 0xFF:08b}"[::-1], base=2) for byte in range(256)
)
"""Each ASCII character's code with its bits in the order of a stream, lowest first."""


@dataclass(frozen=True, slots=True)
class Stencil:
    """Payload and stream with a hole for the code id.

    Attributes:
        before: Payload up to the code id.
        after: Payload behind it.
        stream: The stream, its first bit lowest, with zeros in the hole.
        hole: Place of the first bit of the hole.
        size: Bytes of the stream.
    """

    before: bytes
    after: bytes
    stream: int = field(repr=False)
    hole: int
    size: int

    def fill(self, code_id: CodeId) -> tuple[bytes, bytes]:
        """Return payload and stream of the code with this id.

        Raises:
            NotACodeError: it is no code id.
        """
        spelled = code_id.encode("ascii", "replace")
        if len(spelled) != _CHARS or spelled.translate(None, _ALPHABET):
            raise NotACodeError("the payload fits no kind of code")
        stream = self.stream | _literals(spelled) << self.hole
        return self.before + spelled + self.after, stream.to_bytes(self.size, "little")


def cut(claims: CreditClaims) -> Stencil | None:
    """Return the stencil of all codes with these claims, whatever their code id.

    None where zlib does more with a code id than to spell it out, as where another claim repeats a
    part of it; such codes are packed one by one.

    Raises:
        NotACodeError: a claim other than the code id breaks the grammar.
    """
    payload = grammar.spell(replace(claims, code_id=_ONE))
    one, other = _ONE.encode(), _OTHER.encode()
    packed = wire.pack(payload)
    stream = int.from_bytes(packed, "little")
    apart = stream ^ int.from_bytes(wire.pack(payload.replace(one, other)), "little")
    hole = (apart & -apart).bit_length() - 1
    if apart != (_literals(one) ^ _literals(other)) << hole:
        return None
    before, _, after = payload.partition(one)
    return Stencil(before, after, stream ^ _literals(one) << hole, hole, len(packed))


def _literals(spelled: bytes) -> int:
    return int.from_bytes(spelled.translate(_LITERALS), "little")
