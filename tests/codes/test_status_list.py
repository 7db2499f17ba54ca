"""Status lists: the vectors of the IETF's appendix, our own size, and what is refused."""

import json
import secrets
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.codes import status_list, status_order
from gateway.codes.errors import StatusIndexError, StatusListError
from gateway.codes.status_list import ENTRIES, LIFE_S, SIZE_BYTES, TOLERANCE_S, TTL_S
from gateway.ids import Timestamp
from gateway.jose import base64url
from tests.world import NOON

URI = "https://credit.huzhou.example/status/1"
KEY = bytes(32)
IETF: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "vectors" / "ietf_status_list.json").read_text("utf-8")
)
SMALL: list[tuple[int, str, list[int]]] = [
    (1, "eNrbuRgAAhcBXQ", [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]),
    (2, "eNo76fITAAPfAgc", [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]),
]


def _members(**other: object) -> dict[str, object]:
    packed = status_list.pack([7])
    members = {"iat": NOON, "exp": NOON + LIFE_S, **status_list.payload(uri=URI, packed=packed)}
    return members | other


def _list(lst: str, **other: object) -> dict[str, object]:
    return _members(status_list={"bits": 1, "lst": lst} | other)


def _zlib(raw: bytes) -> str:
    return base64url.encode(zlib.compress(raw, 9))


@pytest.mark.parametrize("case", IETF["lists"], ids=lambda case: f"{case['bits']} bits")
def test_the_lists_of_the_ietfs_appendix_read_as_they_say(case: dict[str, Any]) -> None:
    bits, told = case["bits"], dict(case["set"])

    packed = status_list.inflate(case["lst"], size_bytes=ENTRIES * bits // 8)

    found = {index: status_list.value_at(packed, index, bits=bits) for index in told}
    assert found == told
    assert sum(byte.bit_count() for byte in packed) == sum(v.bit_count() for v in told.values())


@pytest.mark.parametrize(("bits", "lst", "told"), SMALL)
def test_the_small_lists_of_the_ietfs_text_read_as_they_say(
    bits: int, lst: str, told: list[int]
) -> None:
    packed = status_list.inflate(lst, size_bytes=len(told) * bits // 8)

    assert [status_list.value_at(packed, at, bits=bits) for at in range(len(told))] == told


def test_our_list_of_the_ietfs_first_vector_is_the_same_bits() -> None:
    case = IETF["lists"][0]

    packed = status_list.pack(index for index, _ in case["set"])

    assert packed == status_list.inflate(case["lst"])
    assert status_list.inflate(status_list.deflate(packed)) == packed


@settings(max_examples=20)
@given(st.sets(st.integers(0, ENTRIES - 1), max_size=50))
def test_what_was_packed_reads_back(indexes: set[int]) -> None:
    packed = status_list.inflate(status_list.deflate(status_list.pack(indexes)))

    assert status_list.count(packed) == len(indexes)
    assert all(status_list.value_at(packed, index) for index in indexes)


def test_the_first_bit_is_the_lowest_of_the_first_byte() -> None:
    assert status_list.pack([0])[0] == 1
    assert status_list.pack([7])[0] == 128
    assert status_list.pack([ENTRIES - 1])[-1] == 128


def test_a_union_has_what_either_has() -> None:
    both = status_list.union(status_list.pack([1, 5]), status_list.pack([5, ENTRIES - 1]))

    assert both == status_list.pack([1, 5, ENTRIES - 1])


@pytest.mark.parametrize("index", [-1, ENTRIES])
def test_an_index_out_of_range_is_refused_in_writing_and_reading(index: int) -> None:
    with pytest.raises(StatusIndexError):
        status_list.pack([index])
    with pytest.raises(StatusIndexError):
        status_list.value_at(bytes(SIZE_BYTES), index)


def test_entries_of_three_bits_are_refused() -> None:
    with pytest.raises(StatusListError):
        status_list.value_at(bytes(SIZE_BYTES), 0, bits=3)


def test_a_list_reads_back_with_its_life() -> None:
    read = status_list.parse(_members(aggregation_uri="ignored"), uri=URI)

    assert (read.uri, read.issued_at, read.expires_at, read.ttl_s) == (
        URI,
        NOON,
        NOON + LIFE_S,
        TTL_S,
    )
    assert read.revoked(7)
    assert not read.revoked(8)
    with pytest.raises(StatusIndexError):
        read.revoked(ENTRIES)


def test_a_copy_counts_until_its_age_is_ttl_and_tolerance() -> None:
    read = status_list.parse(_members(), uri=URI)

    assert read.counts(Timestamp(NOON + TTL_S + TOLERANCE_S))
    assert not read.counts(Timestamp(NOON + TTL_S + TOLERANCE_S + 1))


def test_a_copy_counts_until_the_second_before_its_end() -> None:
    read = status_list.parse(_members(exp=NOON + 60), uri=URI)

    assert read.counts(Timestamp(NOON + 59))
    assert not read.counts(Timestamp(NOON + 60))


REFUSALS: dict[str, Callable[[], dict[str, object]]] = {
    "of the wrong sub": lambda: _members(sub=URI + "0"),
    "without sub": lambda: _members(sub=None),
    "without iat": lambda: _members(iat=None),
    "without exp": lambda: _members(exp="soon"),
    "without ttl": lambda: _members(ttl=0),
    "of a ttl over a day": lambda: _members(ttl=LIFE_S + 1),
    "without a list": lambda: _members(status_list=[]),
    "of two bits": lambda: _list(status_list.deflate(bytes(SIZE_BYTES)), bits=2),
    "of no bits": lambda: _list(status_list.deflate(bytes(SIZE_BYTES)), bits=True),
    "of the wrong size, a byte short": lambda: _list(_zlib(bytes(SIZE_BYTES - 1))),
    "of the wrong size, a byte long": lambda: _list(_zlib(bytes(SIZE_BYTES + 1))),
    "a bomb": lambda: _list(_zlib(bytes(64 * 1024 * 1024))),
    "with a byte behind the stream": lambda: _list(
        base64url.encode(zlib.compress(bytes(SIZE_BYTES)) + b"\0")
    ),
    "cut off": lambda: _list(base64url.encode(zlib.compress(bytes(SIZE_BYTES))[:-1])),
    "with a wrong checksum": lambda: _list(
        base64url.encode(zlib.compress(bytes(SIZE_BYTES))[:-1] + b"\7")
    ),
    "in raw DEFLATE": lambda: _list(base64url.encode(zlib.compress(bytes(SIZE_BYTES))[2:-4])),
    "in gzip": lambda: _list(base64url.encode(zlib.compress(bytes(SIZE_BYTES), wbits=31))),
    "in padded base64url": lambda: _list(_zlib(bytes(SIZE_BYTES)) + "="),
    "empty": lambda: _list(""),
}


@pytest.mark.parametrize("members", REFUSALS.values(), ids=list(REFUSALS))
def test_a_status_list_is_refused_that_is(members: Callable[[], dict[str, object]]) -> None:
    with pytest.raises(StatusListError):
        status_list.parse(members(), uri=URI)


def test_no_index_is_given_out_twice() -> None:
    given_out = {status_order.index_of(at, number=1, key=KEY) for at in range(ENTRIES // 64)}

    assert len(given_out) == ENTRIES // 64
    assert all(0 <= index < ENTRIES for index in given_out)


def test_every_index_is_given_out_since_each_round_can_be_undone() -> None:
    # A Feistel network is a permutation whatever its round function: here on the last entries.
    last = {status_order.index_of(at, number=1, key=KEY) for at in range(ENTRIES - 999, ENTRIES)}
    first = {status_order.index_of(at, number=1, key=KEY) for at in range(999)}

    assert not last & first


def test_the_order_is_another_for_every_key_and_every_list() -> None:
    key = secrets.token_bytes(32)

    orders = [
        tuple(status_order.index_of(at, number=number, key=each) for at in range(8))
        for number, each in ((1, KEY), (2, KEY), (1, key))
    ]

    assert len(set(orders)) == 3
    assert all(order != tuple(range(8)) for order in orders)


def test_the_order_is_the_documented_one() -> None:
    assert [status_order.index_of(at, number=1, key=KEY) for at in range(3)] == [
        683_225,
        20_034,
        1_043_407,
    ]


def test_neighbours_are_scattered_over_the_whole_list() -> None:
    given_out = [status_order.index_of(at, number=1, key=KEY) for at in range(4096)]
    by_sixteenth = [0] * 16
    for index in given_out:
        by_sixteenth[index * 16 // ENTRIES] += 1

    # 256 are expected in each; five standard deviations are 78.
    assert all(178 < count < 334 for count in by_sixteenth)


@pytest.mark.parametrize("position", [-1, ENTRIES])
def test_a_full_list_has_no_further_position(position: int) -> None:
    with pytest.raises(StatusIndexError):
        status_order.index_of(position, number=1, key=KEY)
