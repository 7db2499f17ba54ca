import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.jose import base64url
from gateway.jose.errors import NonCanonicalError

KNOWN = {
    b"": "",
    b"\x00": "AA",
    b"f": "Zg",
    b"fo": "Zm8",
    b"foo": "Zm9v",
    b"foob": "Zm9vYg",
    b"\xfb\xff\xbf": "-_-_",
}
REFUSALS = {
    "one pad": ("Zm8=", "a character outside the base64url alphabet"),
    "two pads": ("Zg==", "a character outside the base64url alphabet"),
    "plus": ("+_-_", "a character outside the base64url alphabet"),
    "slash": ("/_-_", "a character outside the base64url alphabet"),
    "space before": (" Zm8", "a character outside the base64url alphabet"),
    "line end after": ("Zm9v\n", "a character outside the base64url alphabet"),
    "letter beyond ASCII": ("Zm9\u0107", "a character outside the base64url alphabet"),
    "full-width letter": ("Zm9\uff56", "a character outside the base64url alphabet"),
    "dot": ("Zm.v", "a character outside the base64url alphabet"),
    "one letter": ("Z", "an impossible length"),
    "five letters": ("Zm9vY", "an impossible length"),
    "loose bits after one byte": ("Zh", "unused bits at the end are not zero"),
    "lowest loose bit after two": ("Zm9", "unused bits at the end are not zero"),
}


@pytest.mark.parametrize(("raw", "text"), KNOWN.items(), ids=KNOWN.values())
def test_known_values_are_spelled_as_rfc_4648_says(raw: bytes, text: str) -> None:
    assert base64url.encode(raw) == text
    assert base64url.encode_ascii(raw) == text.encode()
    assert base64url.decode(text) == raw


@pytest.mark.parametrize(("text", "why"), REFUSALS.values(), ids=REFUSALS)
def test_a_second_spelling_is_refused(text: str, why: str) -> None:
    with pytest.raises(NonCanonicalError) as refusal:
        base64url.decode(text)

    assert refusal.value.code == "base64url_not_canonical"
    assert str(refusal.value) == why


@given(st.binary(max_size=200))
def test_every_value_comes_back(raw: bytes) -> None:
    assert base64url.decode(base64url.encode(raw)) == raw


@given(st.text(max_size=60) | st.text("AQgwZ09_-=", max_size=12))
def test_text_has_no_second_spelling(text: str) -> None:
    try:
        raw = base64url.decode(text)
    except NonCanonicalError:
        return

    assert base64url.encode(raw) == text
