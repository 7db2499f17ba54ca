"""Base45 (RFC 9285): two bytes as three characters of the QR code's alphanumeric set.

Decoding refuses overflow and a length of 1 modulo 3, which leaves one spelling per value.
"""

import functools

from gateway.codes.errors import NotACodeError

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_BASE = len(ALPHABET)
_RECIPROCAL, _RECIPROCAL_BITS = 46604, 21
"""n // 45 == n * 46604 >> 21 for every n below 2^16, and the product fits 32 bits."""

_QUOTIENT = b"\x00\x00\x07\xff"
"""Of a shifted lane of 32 bits only the 11 of a quotient are its own."""

_DIGIT = b"\x00\x00\xff"
"""Of a lane of three digits the last."""

_LETTERS = ALPHABET.encode("ascii").ljust(256, b"\0")
_NO_DIGIT = 255
_MAX_BYTE = 255
_DIGITS = bytes(
    ALPHABET.find(chr(byte)) if chr(byte) in ALPHABET else _NO_DIGIT for byte in range(256)
)


def encode(raw: bytes) -> str:
    """Return the Base45 text of ``raw``."""
    even = len(raw) // 2 * 2
    digits = _digits(raw[0:even:2], raw[1:even:2])
    if len(raw) % 2:
        digits += bytes((raw[-1] % _BASE, raw[-1] // _BASE))
    return digits.translate(_LETTERS).decode("ascii")


def decode(text: str) -> bytes:
    """Return the bytes that ``text`` spells.

    Raises:
        NotACodeError: a character outside the alphabet, a length of 1 modulo 3, overflow.
    """
    try:
        digits = text.encode("ascii").translate(_DIGITS)
    except UnicodeEncodeError as error:
        raise NotACodeError("a character outside the Base45 alphabet") from error
    if _NO_DIGIT in digits:
        raise NotACodeError("a character outside the Base45 alphabet")
    groups, rest = divmod(len(digits), 3)
    if rest == 1:
        raise NotACodeError("a Base45 text of impossible length")
    end = 3 * groups
    raw = _words(digits[:end], groups)
    if rest:
        last = digits[end] + digits[end + 1] * _BASE
        if last > _MAX_BYTE:
            raise NotACodeError("a Base45 group above its range")
        raw.append(last)
    return bytes(raw)


# Both directions work on all groups at once, as lanes of one big integer: a loop over the
# groups takes more than three times as long, and this is the hot path.


def _digits(upper: bytes, lower: bytes) -> bytearray:
    """Return the three digits, low first, of every 16-bit word."""
    count = len(lower)
    lanes = bytearray(4 * count)
    lanes[2::4], lanes[3::4] = upper, lower
    word, mask = int.from_bytes(lanes), _mask(_QUOTIENT, count)
    upper_two = word * _RECIPROCAL >> _RECIPROCAL_BITS & mask
    high = upper_two * _RECIPROCAL >> _RECIPROCAL_BITS & mask
    low, middle = word - _BASE * upper_two, upper_two - _BASE * high
    digits = bytearray((low << 16 | middle << 8 | high).to_bytes(4 * count))
    del digits[0::4]
    return digits


def _words(digits: bytes, count: int) -> bytearray:
    """Return low + 45 middle + 2025 high of every group as a 16-bit word."""
    lanes, mask = int.from_bytes(digits), _mask(_DIGIT, count)
    upper_two = (lanes & mask) * _BASE + (lanes >> 8 & mask)
    # The largest group, 91,124, fits the 24 bits of its lane.
    words = bytearray((upper_two * _BASE + (lanes >> 16 & mask)).to_bytes(3 * count))
    if any(words[0::3]):
        raise NotACodeError("a Base45 group above its range")
    del words[0::3]
    return words


@functools.lru_cache(maxsize=64)
def _mask(lane: bytes, count: int) -> int:
    return int.from_bytes(lane * count)
