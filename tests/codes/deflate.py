"""Other packers than zlib at its best: one payload, many raw DEFLATE streams (RFC 1951)."""

import zlib

from gateway.codes.dictionary import DICTIONARY_1

END_OF_BLOCK = 256


def stored(payload: bytes) -> bytes:
    """Return one stored block."""
    length = len(payload).to_bytes(2, "little")
    return b"\x01" + length + bytes(byte ^ 0xFF for byte in length) + payload


def fixed(payload: bytes) -> bytes:
    """Return one block of the fixed Huffman code, literals only: no dictionary is used."""
    bits = _Bits()
    bits.number(0b011, 3)
    for symbol in (*payload, END_OF_BLOCK):
        bits.code(*_fixed_code(symbol))
    return bits.to_bytes()


def dynamic(payload: bytes) -> bytes:
    """Return one block of a Huffman code of its own.

    Literals 0 to 254 have 8 bits, 255 and the end 9: together just complete. One distance
    code of 1 bit is announced, as RFC 1951, 3.2.7 asks, and never used.
    """
    lengths = [8] * 255 + [9, 9, 1]
    bits = _Bits()
    bits.number(0b101, 3)
    bits.number(0, 5 + 5)
    order = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1)
    code_lengths = {8: 1, 1: 2, 9: 2}
    bits.number(len(order) - 4, 4)
    for symbol in order:
        bits.number(code_lengths.get(symbol, 0), 3)
    codes = {8: (0b0, 1), 1: (0b10, 2), 9: (0b11, 2)}
    for length in lengths:
        bits.code(*codes[length])
    for symbol in (*payload, END_OF_BLOCK):
        bits.code(*((symbol, 8) if symbol < 255 else (0x1FE + symbol - 255, 9)))
    return bits.to_bytes()


def too_far(payload: bytes) -> bytes:
    """Return a block that begins with a copy from 32,768 bytes back, before the dictionary."""
    bits = _Bits()
    bits.number(0b011, 3)
    bits.code(1, 7)
    bits.code(29, 5)
    bits.number(2**13 - 1, 13)
    for symbol in (*payload, END_OF_BLOCK):
        bits.code(*_fixed_code(symbol))
    return bits.to_bytes()


def in_blocks(payload: bytes) -> bytes:
    """Return two blocks and the empty one that a flush writes between them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=DICTIONARY_1)
    half = len(payload) // 2
    first = packer.compress(payload[:half]) + packer.flush(zlib.Z_SYNC_FLUSH)
    return first + packer.compress(payload[half:]) + packer.flush()


def unfinished(payload: bytes) -> bytes:
    """Return a stream that is flushed to whole bytes but whose last block never comes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=DICTIONARY_1)
    return packer.compress(payload) + packer.flush(zlib.Z_SYNC_FLUSH)


def _fixed_code(symbol: int) -> tuple[int, int]:
    """Return code and length of a literal or the end of the block (RFC 1951, 3.2.6)."""
    if symbol < 144:
        return 0x30 + symbol, 8
    if symbol < END_OF_BLOCK:
        return 0x190 + symbol - 144, 9
    return 0, 7


class _Bits:
    """Bits as DEFLATE fills bytes: from the least significant one up."""

    def __init__(self) -> None:
        self._value = self._count = 0

    def number(self, value: int, bits: int) -> None:
        """Append a number, least significant bit first."""
        self._value |= value << self._count
        self._count += bits

    def code(self, value: int, bits: int) -> None:
        """Append a Huffman code, most significant bit first."""
        self.number(int(f"{value:0{bits}b}"[::-1], 2), bits)

    def to_bytes(self) -> bytes:
        """Return the bytes, the last one filled up with zeros."""
        return self._value.to_bytes((self._count + 7) // 8, "little")
