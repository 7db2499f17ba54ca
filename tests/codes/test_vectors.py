"""The published vectors, read by this implementation; test_node_agrees reads them by another."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from gateway.codes import base45, grammar, reading, wire
from gateway.codes.claims import CreditClaims
from gateway.codes.dictionary import DICTIONARY_1
from gateway.codes.errors import CodeSignatureError, NewerFormError
from gateway.errors import CodeError
from gateway.ids import Timestamp, UnverifiedText
from gateway.jose.keys import PublicKey, parse_jwk
from tests.vectors import make_codes

VECTORS = Path(__file__).parent.parent / "vectors"
DOCUMENT: dict[str, Any] = json.loads((VECTORS / "codes.json").read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = DOCUMENT["cases"]
BASE45: list[dict[str, str]] = DOCUMENT["base45"]
DEFLATE: list[dict[str, str]] = DOCUMENT["deflate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key of the vectors, as a verifier knows it."""

    city: str
    public: PublicKey
    not_before: int
    expires_at: int


def _keys() -> dict[str, Key]:
    return {
        name: Key(
            city=row["city"],
            public=parse_jwk(row["jwk"]),
            not_before=row["not_before"],
            expires_at=row["expires_at"],
        )
        for name, row in DOCUMENT["keys"].items()
    }


KEYS = _keys()


def _refusal(stage: str, error: str) -> dict[str, str]:
    if stage == "read":
        hint = {"hint": "update"} if error == NewerFormError.code else {}
        return {"outcome": "not_a_code", "stage": stage, "error": error, **hint}
    return {"outcome": "present_again", "stage": stage, "error": error}


def _judge(case: dict[str, Any]) -> dict[str, Any]:
    """Return what this implementation says, in the words of the vectors."""
    now = Timestamp(case["now"])
    read = reading.read_jws if case["form"] == "jws" else reading.read
    try:
        code = read(UnverifiedText(case["text"]))
    except CodeError as error:
        return _refusal("read", error.code)
    known = [KEYS[name] for name in case["keys"] if KEYS[name].city == code.claims.issuer]
    if not known:
        return {
            "outcome": "not_a_code",
            "stage": "issuer",
            "error": "not_a_member",
            "hint": "not_a_member",
        }
    hinted = [key for key in known if key.public.kid.startswith(code.hint)]
    if not hinted:
        return _refusal("key", "no_key")
    alive = [key for key in hinted if key.not_before <= now < key.expires_at]
    if not alive:
        return _refusal("key", "key_not_usable")
    return _verdict(code, alive, now, case["code_lifetime_max"])


def _verdict(
    code: wire.UnverifiedCode, alive: list[Key], now: Timestamp, most_s: int
) -> dict[str, Any]:
    for key in alive:
        try:
            claims = reading.verify(code, key.public)
            break
        except CodeSignatureError:
            continue
    else:
        return _refusal("verify", CodeSignatureError.code)
    try:
        reading.check(
            claims, now=now, code_lifetime_max_s=most_s, key_expires_at=Timestamp(key.expires_at)
        )
    except CodeError as error:
        return _refusal("check", error.code)
    return {"outcome": "accepted", "claims": _as_json(claims)}


def _as_json(claims: CreditClaims) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(grammar.serialise(claims)))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_every_vector_is_judged_as_published(case: dict[str, Any]) -> None:
    assert _judge(case) == case["expected"]


@pytest.mark.parametrize("row", BASE45, ids=[repr(row["text"]) for row in BASE45])
def test_base45_is_decoded_as_published(row: dict[str, str]) -> None:
    try:
        decoded = {"text": row["text"], "hex": base45.decode(row["text"]).hex()}
    except CodeError as error:
        decoded = {"text": row["text"], "error": error.code}

    assert decoded == row


@pytest.mark.parametrize("row", DEFLATE, ids=[row["name"] for row in DEFLATE])
def test_deflate_is_unpacked_as_published(row: dict[str, str]) -> None:
    given = {"name": row["name"], "hex": row["hex"]}
    try:
        unpacked = {**given, "payload": wire.unpack(bytes.fromhex(row["hex"])).decode()}
    except CodeError as error:
        unpacked = {**given, "error": error.code}

    assert unpacked == row


@pytest.mark.parametrize("name", KEYS)
def test_hint_and_header_follow_from_the_key(name: str) -> None:
    row, kid = DOCUMENT["keys"][name], KEYS[name].public.kid

    assert wire.header_bytes(kid).decode() == row["header"]
    assert row["jwk"]["kid"] == kid
    assert len(bytes.fromhex(row["hint"])) == wire.HINT_BYTES
    assert "d" not in row["jwk"]


def test_the_published_dictionary_is_the_one_in_use() -> None:
    published = (VECTORS / DOCUMENT["dictionary"]["file"]).read_bytes()

    assert published == DICTIONARY_1
    assert len(published) == DOCUMENT["dictionary"]["bytes"]
    assert hashlib.sha256(published).hexdigest() == DOCUMENT["dictionary"]["sha256"]


def test_the_published_cases_are_those_that_the_generator_writes() -> None:
    written = cast("list[dict[str, Any]]", make_codes.document()["cases"])

    # Texts may differ by the build of zlib, names and expectations may not.
    assert [(row["name"], row["expected"]) for row in written] == [
        (row["name"], row["expected"]) for row in CASES
    ]


def test_there_are_valid_invalid_and_edge_cases_of_every_stage() -> None:
    groups = Counter(case["group"] for case in CASES)
    stages = {case["expected"].get("stage", "accepted") for case in CASES}

    assert set(groups) == {"valid", "invalid", "edge"}
    assert len({case["name"] for case in CASES}) == len(CASES) >= 80
    assert stages == {"read", "issuer", "key", "verify", "check", "accepted"}
