import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codes import base45, grammar, wire
from gateway.codes.claims import CreditClaims
from gateway.codes.dictionary import DICTIONARY_1
from gateway.codes.errors import NewerFormError, NotACodeError
from gateway.errors import CodeError
from gateway.ids import UnverifiedText
from gateway.jose import base64url
from tests.codes import deflate
from tests.codes.builders import CODES, GENERAL, HINT, KINDS, WENZHOU, signature_of

PAYLOAD = grammar.serialise(GENERAL)
SIGNATURE = signature_of(PAYLOAD)
PACKED = wire.pack(PAYLOAD)
CODE = wire.write(hint=HINT, signature=SIGNATURE, payload=PAYLOAD)
PREFIX = "another prefix"
STREAM = "a damaged DEFLATE stream"
END = "a DEFLATE stream that does not end where the text does"
OUTSIDE = "a character outside the Base45 alphabet"


def _text(
    packed: bytes = PACKED, *, form: bytes = b"\x01", hint: bytes = HINT, sig: bytes = SIGNATURE
) -> str:
    return "CC1:" + base45.encode(form + hint + sig + packed)


def _bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(bytes(size)) + packer.flush()


REFUSALS: dict[str, tuple[str, str]] = {
    "nothing": ("", PREFIX),
    "white space": (" \t\r\n", PREFIX),
    "a web address": ("https://credit.wenzhou.gov.cn/", PREFIX),
    "lower-case prefix": ("cc1:" + CODE[4:], PREFIX),
    "lower case throughout": (CODE.lower(), PREFIX),
    "lower-case letters after the prefix": ("CC1:" + CODE[4:].lower(), OUTSIDE),
    "no colon": (CODE.replace(":", "", 1), PREFIX),
    "CC0": ("CC0:" + CODE[4:], PREFIX),
    "CC without a number": ("CC:" + CODE[4:], PREFIX),
    "CC01": ("CC01:" + CODE[4:], PREFIX),
    "CC02": ("CC02:" + CODE[4:], PREFIX),
    "CCA": ("CCA:" + CODE[4:], PREFIX),
    "CC2 without a colon": ("CC2" + CODE[4:].replace(":", ""), PREFIX),
    "prefix further in": ("X" + CODE, PREFIX),
    "byte-order mark": ("\ufeff" + CODE, PREFIX),
    "no-break space before": ("\u00a0" + CODE, PREFIX),
    "vertical tab before": ("\v" + CODE, PREFIX),
    "form feed after": (CODE + "\f", OUTSIDE),
    "line separator after": (CODE + "\u2028", OUTSIDE),
    "line end inside": (CODE[:60] + "\n" + CODE[60:], OUTSIDE),
    "NUL after": (CODE + "\0", OUTSIDE),
    "longer than any code": (CODE + " " * (4097 - len(CODE)), "longer than any code"),
    "prefix alone": ("CC1:", "an empty code"),
    "one character": ("CC1:0", "a Base45 text of impossible length"),
    "overflow": ("CC1::::", "a Base45 group above its range"),
    "form byte alone": ("CC1:" + base45.encode(b"\x01"), END),
    "cut in the hint": ("CC1:" + base45.encode(b"\x01" + HINT[:5]), END),
    "cut in the signature": ("CC1:" + base45.encode(b"\x01" + HINT + SIGNATURE[:63]), END),
    "no payload": (_text(b""), END),
    "payload cut by a byte": (_text(PACKED[:-1]), END),
    "a byte after the payload": (_text(PACKED + b"\0"), END),
    "a second stream after the payload": (_text(PACKED * 2), END),
    "last block missing": (_text(deflate.unfinished(PAYLOAD)), END),
    "block of type 3": (_text(b"\x07" + PACKED), STREAM),
    "distance before the dictionary": (_text(deflate.too_far(PAYLOAD)), STREAM),
    "zlib header": (_text(zlib.compress(PAYLOAD)), STREAM),
    "no compression at all": (_text(PAYLOAD), STREAM),
    "bomb of 1 MiB": (_text(_bomb(2**20)), END),
    "bomb of 2.5 MiB, as large as a text can hold": (_text(_bomb(2_600_000)), END),
    "payload of 1025 bytes": (_text(_bomb(1025)), END),
}
NEWER = {
    "CC2": "CC2:" + CODE[4:],
    "CC9": "CC9:",
    "CC10": "CC10:ABC",
    "CC25 in another alphabet": "CC25:{abc}",
    "CC2 with white space": "\n CC2:ABC\t",
    "form byte 2": _text(form=b"\x02"),
    "form byte 0": _text(form=b"\x00"),
    "form byte 255": _text(form=b"\xff"),
    "form byte 2 and nothing else": "CC1:" + base45.encode(b"\x02"),
}
SPELLINGS: dict[str, str] = {
    "as written": CODE,
    "white space around": "\r\n\t " + CODE + " \t\r\n",
    "filled up to the largest length": CODE + " " * (4096 - len(CODE)),
    "stored": _text(deflate.stored(PAYLOAD)),
    "fixed, literals only": _text(deflate.fixed(PAYLOAD)),
    "dynamic": _text(deflate.dynamic(PAYLOAD)),
    "several blocks": _text(deflate.in_blocks(PAYLOAD)),
}


@pytest.mark.parametrize(("text", "why"), REFUSALS.values(), ids=REFUSALS)
def test_a_text_that_is_no_code_is_refused(text: str, why: str) -> None:
    with pytest.raises(NotACodeError) as refusal:
        wire.read(UnverifiedText(text))

    assert refusal.value.code == "not_a_code"
    assert str(refusal.value) == why


@pytest.mark.parametrize("text", NEWER.values(), ids=NEWER)
def test_a_later_form_asks_for_an_update(text: str) -> None:
    with pytest.raises(NewerFormError) as refusal:
        wire.read(UnverifiedText(text))

    assert refusal.value.code == "newer_form"
    assert str(refusal.value) in {"a later prefix", "another form byte"}


@pytest.mark.parametrize("text", SPELLINGS.values(), ids=SPELLINGS)
def test_one_code_has_many_wire_texts(text: str) -> None:
    code = wire.read(UnverifiedText(text))

    assert code == wire.read(UnverifiedText(CODE))
    assert code.claims == GENERAL
    assert code.hint == WENZHOU.public.kid[:8]
    assert code.kid is None
    assert code.payload == PAYLOAD
    assert code.signature == SIGNATURE


@pytest.mark.parametrize("claims", KINDS.values(), ids=KINDS)
def test_every_kind_of_code_comes_back_from_its_wire_text(claims: CreditClaims) -> None:
    code = wire.read(UnverifiedText(CODES.sign(claims)))

    assert code.claims == claims
    assert code.payload == grammar.serialise(claims)


def test_the_layout_is_form_hint_signature_payload() -> None:
    raw = base45.decode(CODE.removeprefix("CC1:"))

    assert raw == b"\x01" + HINT + SIGNATURE + PACKED
    assert len(HINT) == 6
    assert base64url.encode(HINT) == WENZHOU.public.kid[:8]


def test_any_reader_with_a_window_of_32_kib_can_unpack() -> None:
    unpacker = zlib.decompressobj(-15, zdict=DICTIONARY_1)

    assert unpacker.decompress(PACKED) == PAYLOAD
    assert unpacker.eof
    assert len(PACKED) <= 45


def test_the_largest_payload_is_unpacked() -> None:
    payload = bytes(1024)

    assert wire.unpack(_bomb(1024)) == payload
    assert wire.unpack(deflate.stored(payload)) == payload


def test_an_unverified_code_prints_no_signature() -> None:
    printed = repr(wire.read(UnverifiedText(CODE)))

    assert "signature" not in printed
    assert "payload" not in printed


HEAD = wire.header_bytes(WENZHOU.public.kid)
KID = WENZHOU.public.kid.encode()
HEADER = "another header than the one of a code, or no signature"
PART = "a part that is not canonical base64url"


def _jws(head: bytes = HEAD, payload: bytes = PAYLOAD) -> str:
    signing_input = f"{base64url.encode(head)}.{base64url.encode(payload)}"
    signature = WENZHOU.sign(signing_input.encode())
    return f"{signing_input}.{base64url.encode(signature)}"


JWS = _jws()
JWS_REFUSALS: dict[str, tuple[str, str]] = {
    "nothing": ("", "not a compact JWS"),
    "a wire text": ("CC1:BB8", "not a compact JWS"),
    "two parts": (JWS.rpartition(".")[0], "not a compact JWS"),
    "four parts": (JWS + ".", "not a compact JWS"),
    "longer than any code": ("." * 4097, "longer than any code"),
    "padding": (JWS + "==", PART),
    "line end": (JWS + "\n", PART),
    "space before": (" " + JWS, PART),
    "other order": (
        _jws(b'{"typ":"credit-code+jwt","kid":"' + KID + b'","alg":"ES256"}'),
        HEADER,
    ),
    "white space in the header": (_jws(HEAD.replace(b",", b", ")), HEADER),
    "line end after the header": (_jws(HEAD + b"\n"), HEADER),
    "crit that is empty": (_jws(HEAD[:-1] + b',"crit":[]}'), HEADER),
    "crit": (_jws(HEAD[:-1] + b',"crit":["exp"]}'), HEADER),
    "extra member": (_jws(HEAD[:-1] + b',"x":1}'), HEADER),
    "extra member inside 43 characters": (
        _jws(HEAD.replace(KID, (b'A","crit":[],"kid":"' + KID)[:43])),
        HEADER,
    ),
    "duplicate alg": (_jws(HEAD.replace(b'{"alg"', b'{"alg":"none","alg"')), HEADER),
    "alg none": (_jws(HEAD.replace(b"ES256", b"none")), HEADER),
    "alg HS256": (_jws(HEAD.replace(b"ES256", b"HS256")), HEADER),
    "typ JWT": (_jws(HEAD.replace(b"credit-code+jwt", b"JWT")), HEADER),
    "typ of another document": (_jws(HEAD.replace(b"credit-code", b"credit-bundle")), HEADER),
    "kid missing": (_jws(HEAD.replace(b'"kid":"' + KID + b'",', b"")), HEADER),
    "kid of 42 characters": (_jws(HEAD.replace(KID, KID[:-1])), HEADER),
    "kid not canonical": (_jws(HEAD.replace(KID, b"A" * 42 + b"B")), HEADER),
    "kid that is no UTF-8": (_jws(HEAD.replace(KID, b"\xff" * 43)), HEADER),
    "kid of replacement characters": (
        _jws(HEAD.replace(KID, "\ufffd".encode() * 43)),
        HEADER,
    ),
    "escape in the header": (_jws(HEAD.replace(b"ES256", b"ES25\\u0036")), HEADER),
    "byte-order mark": (_jws(b"\xef\xbb\xbf" + HEAD), HEADER),
    "UTF-16": (_jws(HEAD.decode().encode("utf-16")), HEADER),
    "no signature": (JWS.rpartition(".")[0] + ".", HEADER),
    "signature of 63 bytes": (
        JWS.rpartition(".")[0] + "." + base64url.encode(SIGNATURE[:63]),
        HEADER,
    ),
    "payload that fits no kind": (_jws(payload=b"{}"), "the payload fits no kind of code"),
}


@pytest.mark.parametrize(("text", "why"), JWS_REFUSALS.values(), ids=JWS_REFUSALS)
def test_a_jws_that_no_wire_text_rebuilds_to_is_no_code_though_really_signed(
    text: str, why: str
) -> None:
    with pytest.raises(NotACodeError) as refusal:
        wire.read_jws(UnverifiedText(text))

    assert refusal.value.code == "not_a_code"
    assert str(refusal.value) == why


def test_a_plain_jws_names_its_whole_key() -> None:
    code = wire.read_jws(UnverifiedText(JWS))

    assert code.claims == GENERAL
    assert code.kid == WENZHOU.public.kid
    assert code.hint == WENZHOU.public.kid[:8]
    assert code.payload == PAYLOAD
    assert base64url.encode(code.signature) == JWS.rpartition(".")[2]


SCANNED = (
    st.text(max_size=4096)
    | st.text(base45.ALPHABET, max_size=300).map("CC1:".__add__)
    | st.binary(max_size=200).map(_text)
    | st.binary(max_size=300).map(lambda raw: "CC1:" + base45.encode(raw))
    | st.binary(max_size=120).map(lambda payload: _text(wire.pack(payload)))
)


@given(SCANNED)
def test_any_text_is_a_code_or_refused_by_name(text: str) -> None:
    for read in (wire.read, wire.read_jws):
        with pytest.raises(CodeError):
            read(UnverifiedText(text))


@given(
    st.binary(max_size=100).map(base64url.encode),
    st.binary(max_size=100).map(base64url.encode),
    st.binary(min_size=64, max_size=64).map(base64url.encode),
)
def test_any_three_parts_are_refused_by_name(head: str, payload: str, signature: str) -> None:
    with pytest.raises(NotACodeError):
        wire.read_jws(UnverifiedText(f"{head}.{payload}.{signature}"))


@given(st.binary(max_size=1024), st.sampled_from(["pack", "stored", "fixed", "dynamic"]))
def test_any_payload_is_unpacked_however_it_was_packed(payload: bytes, how: str) -> None:
    packers: dict[str, Callable[[bytes], bytes]] = {
        "pack": wire.pack,
        "stored": deflate.stored,
        "fixed": deflate.fixed,
        "dynamic": deflate.dynamic,
    }

    assert wire.unpack(packers[how](payload)) == payload
