import json
import time
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.jose import strict_json
from gateway.jose.errors import StrictJsonError, TooLargeError

LIMIT = 10_000
LARGEST = 2**53 - 1
RANGE = "a number outside the exact range"
REFUSALS: dict[str, tuple[bytes, str]] = {
    "duplicate member": (b'{"a":1,"a":1}', "a member occurs twice"),
    "duplicate by escape": (b'{"a":1,"\\u0061":1}', "a member occurs twice"),
    "duplicate further in": (b'{"b":[{"a":1,"a":2}]}', "a member occurs twice"),
    "NaN": (b'{"a":NaN}', "NaN or Infinity"),
    "Infinity": (b'{"a":Infinity}', "NaN or Infinity"),
    "minus Infinity": (b'{"a":[-Infinity]}', "NaN or Infinity"),
    "infinite by exponent": (b'{"a":1e999}', RANGE),
    "minus infinite by exponent": (b'{"a":-1e999}', RANGE),
    "depth 9": (b'{"a":' + b"[" * 8 + b"]" * 8 + b"}", "nested deeper than 8"),
    "depth 9 of objects": (b'{"a":' * 9 + b"1" + b"}" * 9, "nested deeper than 8"),
    "depth 100000": (b"[" * 9_000, "nested deeper than 8"),
    "byte-order mark": (b"\xef\xbb\xbf{}", "a byte-order mark"),
    "UTF-16 with its mark": ("{}".encode("utf-16"), "not UTF-8"),
    "UTF-16 without": ("{}".encode("utf-16-le"), "not JSON"),
    "UTF-32": ("{}".encode("utf-32-be"), "not JSON"),
    "Latin-1": (b'{"a":"\xe9"}', "not UTF-8"),
    "overlong UTF-8": (b'{"a":"\xc0\x80"}', "not UTF-8"),
    "surrogate in UTF-8": (b'{"a":"\xed\xa0\x80"}', "not UTF-8"),
    "half a surrogate pair by escape": (b'{"a":"\\ud800"}', "half a surrogate pair"),
    "half a pair as a name": (b'{"\\uDFFF":1}', "half a surrogate pair"),
    "minus zero": (b'{"a":-0}', RANGE),
    "above 2^53-1": (b'{"a":9007199254740992}', RANGE),
    "below -(2^53-1)": (b'{"a":-9007199254740992}', RANGE),
    "18 digits": (b'{"a":100000000000000000}', RANGE),
    "5000 digits": (b'{"a":' + b"9" * 5_000 + b"}", RANGE),
    "leading zero": (b'{"a":01}', "not JSON"),
    "plus sign": (b'{"a":+1}', "not JSON"),
    "no value": (b"", "not JSON"),
    "cut off": (b'{"a":"', "not JSON"),
    "cut off in an escape": (b'{"a":"\\', "not JSON"),
    "two values": (b"{}{}", "not JSON"),
    "comment": (b"{}//", "not JSON"),
    "trailing comma": (b'{"a":1,}', "not JSON"),
    "control character": (b'{"a":"\x00"}', "not JSON"),
    "array outside": (b"[]", "not an object"),
    "text outside": (b'"a"', "not an object"),
    "null outside": (b"null", "not an object"),
}
ACCEPTED: dict[str, tuple[bytes, dict[str, object]]] = {
    "nothing": (b"{}", {}),
    "white space": (b' {\t"a" :\r\n1 } ', {"a": 1}),
    "zero and the largest": (b'{"a":0,"b":9007199254740991}', {"a": 0, "b": LARGEST}),
    "the smallest": (b'{"a":-9007199254740991}', {"a": -LARGEST}),
    "number that is no integer": (b'{"a":1.0,"b":1e9}', {"a": 1.0, "b": 1e9}),
    "constants": (b'{"a":[true,false,null]}', {"a": [True, False, None]}),
    "depth 8": (b'{"a":' + b"[" * 7 + b"]" * 7 + b"}", {"a": [[[[[[[]]]]]]]}),
    "brackets in a text": (b'{"a":"[[[[[[[[[\\"[{"}', {"a": '[[[[[[[[["[{'}),
    "escaped backslash before a quote": (b'{"a":"\\\\","b":[]}', {"a": "\\", "b": []}),
    "brackets side by side": (b'{"a":[[],[],[],[],[],[],[],[],[]]}', {"a": [[]] * 9}),
    "surrogate pair by escape": (b'{"a":"\\ud83d\\ude00"}', {"a": "\U0001f600"}),
    "escape": (b'{"a":"\\u4fe1"}', {"a": "信"}),
    "UTF-8": ('{"信":"用"}'.encode(), {"信": "用"}),
}


@pytest.mark.parametrize(("raw", "why"), REFUSALS.values(), ids=REFUSALS)
def test_what_two_readers_could_read_differently_is_refused(raw: bytes, why: str) -> None:
    with pytest.raises(StrictJsonError) as refusal:
        strict_json.parse(raw, max_bytes=LIMIT)

    assert refusal.value.code == "json_not_strict"
    assert str(refusal.value) == why


@pytest.mark.parametrize(("raw", "value"), ACCEPTED.values(), ids=ACCEPTED)
def test_plain_json_is_read(raw: bytes, value: dict[str, object]) -> None:
    read = strict_json.parse(raw, max_bytes=LIMIT)

    assert read == value
    assert repr(read) == repr(value)


def test_a_document_of_the_largest_size_is_read() -> None:
    raw = b'{"a":"' + b"x" * 92 + b'"}'

    assert len(raw) == 100
    assert strict_json.parse(raw, max_bytes=100)


def test_a_larger_document_is_refused_before_it_is_read() -> None:
    with pytest.raises(TooLargeError) as refusal:
        strict_json.parse(b"\xff" * 101, max_bytes=100)

    assert refusal.value.code == "too_large"
    assert refusal.value.limit == 100
    assert str(refusal.value) == "larger than 100 bytes or characters"


@pytest.mark.parametrize("filler", [b'\\"', b'"', b"\\\\", b'"[', b'\\"['], ids=repr)
def test_quotes_without_end_are_refused_in_linear_time(filler: bytes) -> None:
    raw = b'{"a":"' + filler * 250_000
    started = time.process_time()

    with pytest.raises(StrictJsonError):
        strict_json.parse(raw, max_bytes=len(raw))

    # Trying every quote as a start would take minutes at this size.
    assert time.process_time() - started < 5


def test_what_is_written_is_compact_utf_8_in_the_order_given() -> None:
    raw = strict_json.encode({"b": [1, {"信": "用"}], "a": None})

    assert raw == '{"b":[1,{"信":"用"}],"a":null}'.encode()


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_nan_and_infinity_are_never_written(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        strict_json.encode({"a": number})


LEAVES = st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | st.text(max_size=8)
LISTS = LEAVES | st.lists(LEAVES, max_size=3)
OBJECTS = LISTS | st.dictionaries(st.text(max_size=4), LISTS, max_size=3)


@given(st.dictionaries(st.text(max_size=4), OBJECTS, max_size=4))
def test_what_is_written_is_read_back(value: Mapping[str, object]) -> None:
    raw = strict_json.encode(value)

    assert strict_json.parse(raw, max_bytes=LIMIT) == value


@given(st.binary(max_size=40) | st.text('{}[]":,\\u0de19.-NaI', max_size=24).map(str.encode))
def test_what_is_read_the_lenient_reader_reads_alike(raw: bytes) -> None:
    try:
        read = strict_json.parse(raw, max_bytes=LIMIT)
    except StrictJsonError:
        return

    assert read == json.loads(raw)
