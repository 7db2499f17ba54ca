"""Base45 (RFC 9285): two bytes as three characters of the QR code's alphanumeric set.

Decoding refuses overflow and a length of 1 modulo 3, which leaves one spelling per value.
"""

import functools
from typing import Final

from gateway.codes.errors import NotACodeError

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_BASE: Final = len(ALPHABET)
_RECIPROCAL, _RECIPROCAL_BITS = 46604, 21
"""n // 45 == n * 46604 >> 21 for every n below 2^16, and the product fits 32 bits."""

_MIDDLE, _HIGH = (_BASE << 16) - (1 << 8), (_BASE << 8) - 1
"""What a quotient takes away from the lane above it, less what it is in its own lane."""

_NO_DIGIT: Final = 255
_MAX_BYTE: Final = 255
_LETTERS: Final = ALPHABET.encode("ascii").ljust(256, b"\0")
_LAST: Final = [bytes((_LETTERS[byte % _BASE], _LETTERS[byte // _BASE])) for byte in range(256)]
_DIGITS: Final = bytes(
    ALPHABET.find(chr(byte)) if chr(byte) in ALPHABET else _NO_DIGIT for byte in range(256)
)


def encode(raw: bytes) -> str:
    """Return the Base45 text of ``raw``."""
    groups, odd = divmod(len(raw), 2)
    letters = _digits(raw[: 2 * groups], groups).translate(_LETTERS, bytes((_NO_DIGIT,)))
    return (letters + _LAST[raw[-1]] if odd else letters).decode("ascii")


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


def _digits(raw: bytes, count: int) -> bytes:
    """Return no digit and the three digits, low first, of every 16-bit word."""
    word, quotient, no_digit = _masks(
        count, b"\x00\x00\xff\xff", b"\x00\x00\x07\xff", b"\xff\0\0\0"
    )
    # UTF-16 of Latin-1 puts a zero before each byte: 0 upper 0 lower.
    spread = int.from_bytes(raw.decode("latin-1").encode("utf-16-be"))
    words = (spread >> 8 | spread) & word
    # Of a shifted lane of 32 bits only the 11 of a quotient are its own.
    upper_two = words * _RECIPROCAL >> _RECIPROCAL_BITS & quotient
    high = upper_two * _RECIPROCAL >> _RECIPROCAL_BITS & quotient
    # (words - 45 upper_two) << 16 | (upper_two - 45 high) << 8 | high, in fewer steps.
    digits = (words << 16) - upper_two * _MIDDLE - high * _HIGH
    return (digits | no_digit).to_bytes(4 * count)


def _words(digits: bytes, count: int) -> bytearray:
    """Return low + 45 middle + 2025 high of every group as a 16-bit word."""
    digit, above = _masks(count, b"\x00\x00\xff", b"\xff\x00\x00")
    lanes = int.from_bytes(digits)
    upper_two = (lanes & digit) * _BASE + (lanes >> 8 & digit)
    # The largest group, 91,124, fits the 24 bits of its lane.
    words = upper_two * _BASE + (lanes >> 16 & digit)
    if words & above:
        raise NotACodeError("a Base45 group above its range")
    pairs = bytearray(words.to_bytes(3 * count))
    del pairs[0::3]
    return pairs


@functools.lru_cache(maxsize=64)
def _masks(count: int, *lanes: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(lane * count) for lane in lanes)
