"""The worked example of docs/protocol/codes.md is the first vector, byte for byte."""

import json
import re
from pathlib import Path
from typing import Any

from gateway.codes import base45, grammar, qr, reading, wire
from gateway.codes.dictionary import DICTIONARY_1
from gateway.ids import UnverifiedText
from gateway.jose.keys import parse_jwk

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs/protocol/codes.md").read_text(encoding="utf-8")
VECTORS: dict[str, Any] = json.loads(
    (ROOT / "tests/vectors/codes.json").read_text(encoding="utf-8")
)
TEXT = UnverifiedText(VECTORS["cases"][0]["text"])


def test_the_example_is_the_first_vector() -> None:
    assert VECTORS["cases"][0]["name"] == "general code"
    assert f"    {TEXT}\n" in PAGE
    assert f"The wire text, {len(TEXT)} characters, QR version {qr.version(TEXT)}:" in PAGE


def test_the_example_has_the_key_the_payload_and_the_jws_of_the_vector() -> None:
    key = parse_jwk(VECTORS["keys"]["wenzhou"]["jwk"])
    code = reading.read(TEXT)

    for line in (
        code.payload.decode(),
        wire.header_bytes(key.kid).decode(),
        reading.as_jws(code, key.kid),
        f"x    {key.x}",
        f"y    {key.y}",
        f"kid  {key.kid}",
    ):
        assert f"\n    {line}\n" in PAGE
    assert reading.verify(code, key) == grammar.parse(code.payload)


def test_the_hex_of_the_example_is_its_layout() -> None:
    example = PAGE.partition("The 110 bytes behind the prefix")[2].partition("The wire text")[0]

    raw = bytes.fromhex("".join(re.findall(r"\b(?:[0-9a-f]{2})+$", example, re.MULTILINE)))

    assert raw == base45.decode(TEXT.removeprefix("CC1:"))
    assert len(raw) == 110


def test_the_bounds_of_the_page_are_those_of_the_code() -> None:
    assert f"{wire.MAX_CHARS:,} characters" in PAGE
    assert f"{grammar.MAX_PAYLOAD_BYTES:,} bytes" in PAGE
    assert f"the {len(DICTIONARY_1)} bytes" in PAGE
