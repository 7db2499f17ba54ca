import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codes import base45
from gateway.codes.errors import NotACodeError

KNOWN = {
    b"": "",
    b"AB": "BB8",
    b"Hello!!": "%69 VD92EX0",
    b"base-45": "UJCLQE7W581",
    b"ietf!": "QED8WEX0",
    b"\x00": "00",
    b"\xff": "U5",
    b"\x00\x00": "000",
    b"\xff\xff": "FGW",
    b"\xff" * 5: "FGWFGWU5",
}
OUTSIDE = "a character outside the Base45 alphabet"
LENGTH = "a Base45 text of impossible length"
RANGE = "a Base45 group above its range"
REFUSALS = {
    "lower case": ("bb8", OUTSIDE),
    "one lower-case letter": ("BBb", OUTSIDE),
    "line end": ("BB8\n", OUTSIDE),
    "hash": ("BB#", OUTSIDE),
    "NUL": ("BB\0", OUTSIDE),
    "letter beyond ASCII": ("BB\u00e9", OUTSIDE),
    "full-width digit": ("BB\uff18", OUTSIDE),
    "half a surrogate pair": ("BB\ud800", OUTSIDE),
    "one character": ("0", LENGTH),
    "four characters": ("BB80", LENGTH),
    "group of 65536": ("GGW", RANGE),
    "largest group": (":::", RANGE),
    "overflow after a good group": ("BB8GGW", RANGE),
    "overflow before a good group": (":::BB8", RANGE),
    "pair of 256": ("V5", RANGE),
    "largest pair": ("::", RANGE),
    "pair of 256 at the end": ("BB8V5", RANGE),
}


def _one_by_one(raw: bytes) -> str:
    """Encode as RFC 9285, section 4 tells it, group by group."""
    text = ""
    for start in range(0, len(raw), 2):
        group = raw[start : start + 2]
        number = int.from_bytes(group)
        for _ in range(len(group) + 1):
            number, digit = divmod(number, 45)
            text += base45.ALPHABET[digit]
    return text


@pytest.mark.parametrize(("raw", "text"), KNOWN.items(), ids=map(repr, KNOWN.values()))
def test_known_values_are_spelled_as_rfc_9285_says(raw: bytes, text: str) -> None:
    assert base45.encode(raw) == text
    assert base45.decode(text) == raw


@pytest.mark.parametrize(("text", "why"), REFUSALS.values(), ids=REFUSALS)
def test_a_second_spelling_is_refused(text: str, why: str) -> None:
    with pytest.raises(NotACodeError) as refusal:
        base45.decode(text)

    assert refusal.value.code == "not_a_code"
    assert str(refusal.value) == why


def test_every_group_is_spelled_as_one_by_one() -> None:
    raw = b"".join(number.to_bytes(2) for number in range(2**16))

    text = base45.encode(raw)

    assert text == _one_by_one(raw)
    assert base45.decode(text) == raw


def test_every_last_byte_is_spelled_as_one_by_one() -> None:
    for byte in range(256):
        raw = bytes((7, 7, byte))

        assert base45.encode(raw) == _one_by_one(raw)
        assert base45.decode(base45.encode(raw)) == raw


@given(st.binary(max_size=300))
def test_every_value_comes_back(raw: bytes) -> None:
    text = base45.encode(raw)

    assert text == _one_by_one(raw)
    assert base45.decode(text) == raw


@given(st.text(base45.ALPHABET, max_size=30) | st.text(max_size=30))
def test_text_has_no_second_spelling(text: str) -> None:
    try:
        raw = base45.decode(text)
    except NotACodeError:
        return

    assert base45.encode(raw) == text
