"""Which long-lived codes were revoked: one bit a code, published for all codes at once.

IETF Token Status List (draft-ietf-oauth-status-list-21): sections 4.1 and 4.2 for the bits and
their packing, 5.1 for the payload of the token around them. Ours: always 2^20 entries of one
bit, so that neither the size of a list nor its growth tells how many codes there are, and a
list that inflates to anything else is refused before it is held in memory.
"""

import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, cast

from gateway.codes.errors import StatusIndexError, StatusListError
from gateway.errors import JoseError
from gateway.ids import Timestamp
from gateway.jose import base64url, strict_json
from gateway.jose.members import Members

MAX_LISTS: Final = 16
"""Most lists of one city: 16 million codes that live at once."""

_MAX_CHARS: Final = 512 * 1024

ENTRIES: Final = 2**20
"""Codes in one list."""

SIZE_BYTES: Final = ENTRIES // 8
"""Size of an inflated list, exactly."""

LIFE_S: Final = 24 * 3600
"""Longest life of a token."""

TTL_S: Final = 900
"""How old a reader's copy may be before it fetches the next one."""

TOLERANCE_S: Final = 6 * 3600
"""How much longer than its ``ttl`` a copy still counts: its city may be out of reach (ours)."""

MAX_LISTING_BYTES: Final = 16 * 1024
"""Longest listing that is looked at."""

_NUMBER: Final = re.compile(r"[1-9][0-9]{0,3}")
_BITS: Final = 1
_SIZES: Final = (1, 2, 4, 8)
_BYTE_BITS: Final = 8
_WINDOW_BITS: Final = 15
"""ZLIB format (RFC 1950), full window."""

_LEVEL: Final = 9
_MEMORY: Final = 8


class _Packer(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusList:
    """One list as a reader holds it; whoever made it has checked who signed it.

    Attributes:
        uri: Where it is published, which is what codes name.
        issued_at: ``iat`` of its token.
        expires_at: ``exp``: first moment at which it no longer counts.
        ttl_s: How long its city wants a copy to be used without asking again.
        packed: The bits, 131,072 bytes, index 0 in the lowest bit of the first byte.
    """

    uri: str
    issued_at: Timestamp
    expires_at: Timestamp
    ttl_s: int
    packed: bytes = field(repr=False)

    def counts(self, now: Timestamp) -> bool:
        """Return whether it may be asked now: not ended, and not much older than its ``ttl``."""
        return now < self.expires_at and now - self.issued_at <= self.ttl_s + TOLERANCE_S

    def revoked(self, index: int) -> bool:
        """Return whether the code of this index was revoked.

        Raises:
            StatusIndexError: the list has no such entry.
        """
        return value_at(self.packed, index) != 0


def value_at(packed: bytes, index: int, *, bits: int = _BITS) -> int:
    """Return the status of one code, 0 to ``2**bits - 1`` (section 4.1).

    Args:
        packed: An inflated list.
        index: Position of the code.
        bits: Size of one entry: 1, 2, 4 or 8. This profile publishes 1 only.

    Raises:
        StatusIndexError: the list has no such entry.
        StatusListError: another size of entries.
    """
    if bits not in _SIZES:
        raise StatusListError("entries of another size than 1, 2, 4 or 8 bits")
    place, shift = divmod(index * bits, _BYTE_BITS)
    if not 0 <= place < len(packed):
        raise StatusIndexError("an index outside the list")
    return (packed[place] >> shift) & ((1 << bits) - 1)


def pack(indexes: Iterable[int]) -> bytes:
    """Return a list of 2^20 entries in which exactly ``indexes`` are set.

    Raises:
        StatusIndexError: an index outside the list.
    """
    packed = bytearray(SIZE_BYTES)
    for index in indexes:
        if not 0 <= index < ENTRIES:
            raise StatusIndexError("an index outside the list")
        packed[index >> 3] |= 1 << (index & 7)
    return bytes(packed)


def count(packed: bytes) -> int:
    """Return how many bits are set."""
    return int.from_bytes(packed, "big").bit_count()


def union(packed: bytes, other: bytes) -> bytes:
    """Return what is set in either; both are of one size."""
    both = int.from_bytes(packed, "big") | int.from_bytes(other, "big")
    return both.to_bytes(len(packed), "big")


def deflate(packed: bytes) -> str:
    """Return the member ``lst`` (section 4.2).

    Run-length matches only: with one bit in a hundred set it is as small as the slowest
    setting's (15.6 kB for 14.6) and takes 2 ms instead of 90.
    """
    packer = cast(
        "_Packer",
        zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW_BITS, _MEMORY, zlib.Z_RLE),
    )
    return base64url.encode(packer.compress(packed) + packer.flush())


def inflate(lst: str, *, size_bytes: int = SIZE_BYTES) -> bytes:
    """Return the bits behind ``lst``; never more than ``size_bytes`` are held.

    Raises:
        StatusListError: not canonical base64url of one whole ZLIB stream, a byte behind it, or
            any other size than exactly ``size_bytes``.
    """
    unpacker = zlib.decompressobj(_WINDOW_BITS)
    try:
        packed = unpacker.decompress(base64url.decode(lst), size_bytes + 1)
    except (JoseError, zlib.error) as error:
        raise StatusListError("not a ZLIB stream in canonical base64url") from error
    if len(packed) != size_bytes or not unpacker.eof or unpacker.unused_data:
        raise StatusListError(f"does not inflate to exactly {size_bytes} bytes, ending there")
    return packed


def payload(*, uri: str, packed: bytes) -> dict[str, object]:
    """Return the members of a token that its signer does not add itself (section 5.1)."""
    return {"sub": uri, "ttl": TTL_S, "status_list": {"bits": _BITS, "lst": deflate(packed)}}


def parse(members: Mapping[str, object], *, uri: str) -> StatusList:
    """Return the list of a payload whose signature was checked; its life at a time was not.

    Unknown members are left alone, also in ``status_list`` (an ``aggregation_uri`` may be there).

    Raises:
        StatusListError: published for another address, members of another form, entries of
            more than one bit, or another size than 2^20 entries.
    """
    token = Members(members, "status list")
    try:
        if token.text("sub") != uri:
            raise StatusListError("sub is another address than the one it was fetched from")
        inner = token.inner("status_list")
        inner.integer("bits", minimum=_BITS, maximum=_BITS)
        return StatusList(
            uri=uri,
            issued_at=Timestamp(token.integer("iat")),
            expires_at=Timestamp(token.integer("exp")),
            ttl_s=token.integer("ttl", minimum=1, maximum=LIFE_S),
            packed=inflate(inner.text("lst", max_chars=_MAX_CHARS)),
        )
    except JoseError as error:
        raise StatusListError("a member that is missing or of another form") from error


def listing(uris: Iterable[str]) -> dict[str, object]:
    """Return what a city says of its lists (section 9.3 calls it an aggregation)."""
    return {"status_lists": list(uris)}


def parse_listing(raw: bytes, *, prefix: str) -> tuple[int, ...]:
    """Return the numbers of the lists that a city says it has.

    It is not signed: what it says is only where to look, and each list is signed for its address.

    Args:
        raw: As it came.
        prefix: Where every list of this city stands; the number follows.

    Raises:
        StatusListError: no listing, over 16 lists, one that stands elsewhere, or one twice.
    """
    try:
        told = Members(strict_json.parse(raw, max_bytes=MAX_LISTING_BYTES), "listing")
        uris = told.texts("status_lists", max_items=MAX_LISTS)
    except JoseError as error:
        raise StatusListError("no listing of at most 16 addresses") from error
    numbers = [uri.removeprefix(prefix) for uri in uris if uri.startswith(prefix)]
    if len(numbers) != len(uris) or not all(map(_NUMBER.fullmatch, numbers)):
        raise StatusListError("a list that stands elsewhere than below its city")
    if len(set(numbers)) != len(numbers):
        raise StatusListError("a list that is named twice")
    return tuple(map(int, numbers))
