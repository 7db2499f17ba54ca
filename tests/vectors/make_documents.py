"""Writes ``status.json`` and ``bundle.json``: lists and bundles that count, and one defect each.

Run ``python -m tests.vectors.make_documents``. Signatures are deterministic and keys are small
numbers, so a second run writes the same files; expectations are written by hand.
"""

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateway.codes import status_list
from gateway.codes.status_list import ENTRIES, LIFE_S, SIZE_BYTES, TOLERANCE_S, TTL_S
from gateway.jose import base64url
from tests.vectors.make_events import CODE_KEY, DEAD, K2, OF_OTHER, FixedSigner, compact

HERE = Path(__file__).parent
STATUS, BUNDLE = HERE / "status.json", HERE / "bundle.json"
NOW = 1_795_500_000
DAY, LEEWAY = 24 * 3600, 60
LEAF, OTHER = "https://credit.wenzhou.example", "https://credit.huzhou.example"
URI = f"{LEAF}/status/1"
SET = [0, 7, 8, 4711, ENTRIES - 1]

Case = dict[str, Any]


def token(
    payload: bytes, typ: str, key: FixedSigner = K2, head: Mapping[str, object] | None = None
) -> str:
    members = {"alg": "ES256", "kid": key.public.kid, "typ": typ} | dict(head or {})
    text = f"{base64url.encode(compact(members))}.{base64url.encode(payload)}"
    return f"{text}.{base64url.encode(key.sign(text.encode()))}"


def without(members: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in members.items() if value is not ...}


def accepted(
    name: str, text: str, now: int = NOW, group: str = "valid", **expected: object
) -> Case:
    told = {"accepted": True, **expected}
    return {"name": name, "group": group, "token": text, "now": now, "expected": told}


def refused(name: str, text: str, error: str, now: int = NOW, group: str = "invalid") -> Case:
    told = {"accepted": False, "error": error}
    return {"name": name, "group": group, "token": text, "now": now, "expected": told}


# Status lists


def lst(raw: bytes, level: int = 9) -> str:
    return base64url.encode(zlib.compress(raw, level))


def status(key: FixedSigner = K2, typ: str = "statuslist+jwt", **changes: object) -> str:
    members = {
        "iss": LEAF,
        "iat": NOW,
        "exp": NOW + LIFE_S,
        **status_list.payload(uri=URI, packed=status_list.pack(SET)),
    }
    return token(compact(without(members | changes)), typ, key)


def inner(**changes: object) -> str:
    members = {"bits": 1, "lst": lst(status_list.pack(SET))}
    return status(status_list=without(members | changes))


def status_cases() -> list[Case]:
    ones = status_list.pack(SET)
    zlib_bytes = zlib.compress(ones, 9)
    form = "status_list_form"
    return [
        accepted("a list", status(), set=SET),
        accepted("an empty list", inner(lst=lst(bytes(SIZE_BYTES))), set=[]),
        accepted("packed by another packer", inner(lst=lst(ones, 1)), set=SET, group="edge"),
        accepted("with members that nobody knows", status(later=[1]), set=SET, group="edge"),
        accepted(
            "with an aggregation address", inner(aggregation_uri=f"{LEAF}/x"), set=SET, group="edge"
        ),
        accepted("a ttl of a second", status(ttl=1), set=SET, group="edge"),
        accepted("a ttl of a day", status(ttl=DAY), set=SET, group="edge"),
        accepted("a clock 60 s ahead", status(), NOW - LEEWAY, "edge", set=SET),
        refused("a clock 61 s ahead", status(), "trust_from_future", NOW - LEEWAY - 1, "edge"),
        accepted("the second before its end", status(), NOW + LIFE_S - 1, "edge", set=SET),
        refused("its end", status(), "trust_expired", NOW + LIFE_S, "edge"),
        refused("a life over a day", status(exp=NOW + LIFE_S + 1), "trust_life_too_long"),
        refused("not signed", status().rpartition(".")[0] + ".", "jws_format"),
        refused("alg none", token(b"{}", "statuslist+jwt", head={"alg": "none"}), "jws_format"),
        refused("another typ", status(typ="credit-bundle+jwt"), "jws_format"),
        refused("by another city", status(OF_OTHER), "trust_unknown_signer"),
        refused("by a dead K2", status(DEAD), "trust_unknown_signer"),
        refused("by a code key", status(CODE_KEY), "trust_unknown_signer"),
        refused("another signature", _tampered(status()), "jws_bad_signature"),
        refused("another iss", status(iss=OTHER), "trust_wrong_entity"),
        refused("crit", status(crit=[]), "trust_crit"),
        *not_strict(),
        refused("the wrong sub", status(sub=f"{LEAF}/status/2"), form),
        refused("no sub", status(sub=...), form),
        refused("no ttl", status(ttl=...), form),
        refused("a ttl of 0", status(ttl=0), form),
        refused("a ttl over a day", status(ttl=DAY + 1), form),
        refused("no list", status(status_list=...), form),
        refused("two bits", inner(bits=2, lst=lst(bytes(2 * SIZE_BYTES))), form),
        refused("bits as text", inner(bits="1"), form),
        refused("a byte short", inner(lst=lst(ones[:-1])), form),
        refused("a byte long", inner(lst=lst(ones + b"\0")), form),
        refused("a bomb", inner(lst=lst(bytes(64 * SIZE_BYTES))), form),
        refused("a byte behind the stream", inner(lst=base64url.encode(zlib_bytes + b"\0")), form),
        refused("a stream cut off", inner(lst=base64url.encode(zlib_bytes[:-1])), form),
        refused("a wrong checksum", inner(lst=base64url.encode(zlib_bytes[:-1] + b"\7")), form),
        refused("raw DEFLATE", inner(lst=base64url.encode(zlib_bytes[2:-4])), form),
        refused("gzip", inner(lst=base64url.encode(zlib.compress(ones, wbits=31))), form),
        refused("padded base64url", inner(lst=lst(ones) + "="), form),
    ]


def not_strict() -> list[Case]:
    """Return lists with JSON in members that nobody reads: it has to be strict there as well."""

    def spelled_as(text: str) -> str:
        members = json.loads(base64url.decode(status().split(".")[1]))
        return token(compact(members)[:-1] + f',"later":{text}}}'.encode(), "statuslist+jwt")

    bad = "json_not_strict"
    return [
        accepted("a negative number", spelled_as("-1"), group="edge", set=SET),
        accepted("a fraction", spelled_as("1.50"), group="edge", set=SET),
        accepted("a power of ten", spelled_as("1e300"), group="edge", set=SET),
        accepted("the largest integer", spelled_as(str(2**53 - 1)), group="edge", set=SET),
        accepted("eight levels", spelled_as("[" * 7 + "]" * 7), group="edge", set=SET),
        refused("an integer of 2^53", spelled_as(str(2**53)), bad, group="edge"),
        refused("the least integer and one less", spelled_as(str(-(2**53))), bad, group="edge"),
        refused("minus zero", spelled_as("-0"), bad),
        refused("a number beyond all doubles", spelled_as("1e400"), bad),
        refused("NaN", spelled_as("NaN"), bad),
        refused("a leading zero", spelled_as("01"), bad),
        refused("half a surrogate pair", spelled_as('"\\ud800"'), bad),
        accepted("a whole surrogate pair", spelled_as('"\\ud83d\\ude00"'), group="edge", set=SET),
        refused("a member twice", spelled_as('1,"later":1'), bad),
        refused("a member twice, deep inside", spelled_as('{"a":1,"\\u0061":1}'), bad),
        refused("nine levels", spelled_as("[" * 8 + "]" * 8), bad, group="edge"),
        refused("a comma too many", spelled_as("[1,]"), bad),
        refused("no object", token(b"[]", "statuslist+jwt"), bad),
        refused("a byte-order mark", token(b"\xef\xbb\xbf{}", "statuslist+jwt"), bad),
        refused("no UTF-8", token(b'{"a":"\xff"}', "statuslist+jwt"), bad),
    ]


def _tampered(text: str) -> str:
    head, _, _ = text.rpartition(".")
    return f"{head}.{base64url.encode(bytes(63) + b'1')}"


def asks() -> list[dict[str, object]]:
    """Return what a verifier is told of codes, by the first list, held of 温州 alone."""
    late = NOW + TTL_S + TOLERANCE_S

    def ask(name: str, expected: str, **changes: object) -> dict[str, object]:
        asked = {"issuer": LEAF, "uri": URI, "idx": 1, "now": NOW}
        return {"name": name, **(asked | changes), "expected": expected}

    return [
        ask("a bit that is not set", "goes_on"),
        ask("the last entry", "goes_on", idx=ENTRIES - 2),
        ask("a bit that is set", "present_again", idx=7),
        ask("the last bit, set", "present_again", idx=ENTRIES - 1),
        ask("an index out of range", "undetermined", idx=ENTRIES),
        ask("an unlisted uri", "undetermined", uri=f"{LEAF}/status/2"),
        ask("a foreign host", "undetermined", uri="https://evil.example/status/1"),
        ask("another city's list", "undetermined", issuer=OTHER),
        ask("ttl and tolerance", "goes_on", now=late),
        ask("a second later", "undetermined", now=late + 1),
        ask("a second later, a bit that is set", "undetermined", idx=7, now=late + 1),
    ]


def listings() -> list[dict[str, object]]:
    def row(name: str, body: str, numbers: list[int] | None = None) -> dict[str, object]:
        return {"name": name, "body": body, "numbers": numbers}

    def told(*uris: object) -> str:
        return json.dumps({"status_lists": uris})

    sixteen = [f"{LEAF}/status/{n}" for n in range(1, 17)]
    return [
        row("one list", told(URI), [1]),
        row("none", told(), []),
        row("the highest number", told(f"{LEAF}/status/9999"), [9999]),
        row("sixteen", told(*sixteen), list(range(1, 17))),
        row("a member that nobody knows", '{"status_lists":[],"later":1}', []),
        row("seventeen", told(*sixteen, f"{LEAF}/status/17")),
        row("five digits", told(f"{LEAF}/status/10000")),
        row("list 0", told(f"{LEAF}/status/0")),
        row("a leading zero", told(f"{LEAF}/status/01")),
        row("another host", told(f"{OTHER}/status/1")),
        row("a neighbour", told(f"{LEAF}.evil/status/1")),
        row("a path that leads elsewhere", told(f"{LEAF}/status/1/../2")),
        row("one list twice", told(URI, URI)),
        row("no texts", told(1)),
        row("a duplicate member", '{"status_lists":[],"status_lists":[]}'),
        row("an array", "[]"),
        row("no JSON", "<html>"),
    ]


# Trust bundles


def issuer(**changes: object) -> dict[str, object]:
    members: dict[str, object] = {
        "keys": [code_key()],
        "status_lists": [URI],
        "status_keys": [jwk(K2)],
        "checked": NOW - 30,
        "expires": NOW + DAY - 3600,
    }
    return without(members | changes)


def jwk(key: FixedSigner) -> dict[str, object]:
    return {**key.public.jwk(), "use": "sig", "alg": "ES256"}


def code_key(**changes: object) -> dict[str, object]:
    times = {"nbf": NOW - DAY, "exp": NOW + 400 * DAY}
    return without({**jwk(CODE_KEY), **times} | changes)


def bundle(
    issuers: object = None, key: FixedSigner = K2, typ: str = "credit-bundle+jwt", **changes: object
) -> str:
    members: dict[str, object] = {
        "iss": LEAF,
        "iat": NOW,
        "exp": NOW + DAY,
        "issuers": {"330300": issuer()} if issuers is None else issuers,
    }
    return token(compact(without(members | changes)), typ, key)


def of(**changes: object) -> str:
    return bundle({"330300": issuer(**changes)})


def bundle_cases() -> list[Case]:
    kid = CODE_KEY.public.kid
    one = {"330300": [kid]}
    form = "trust_bundle"
    return [
        accepted("one city", bundle(), issuers=one),
        accepted("no city", bundle({}), issuers={}),
        accepted(
            "one key at two cities",
            bundle({"330300": issuer(), "330500": issuer(status_lists=[])}),
            issuers={"330300": [kid], "330500": [kid]},
        ),
        accepted("a city without keys", of(keys=[]), issuers={"330300": []}),
        accepted("members that nobody knows", of(later=1), group="edge", issuers=one),
        accepted("no keys for lists", of(status_keys=[]), group="edge", issuers=one),
        accepted("of an older gateway", of(status_keys=...), group="edge", issuers=one),
        accepted("two keys for lists", of(status_keys=[jwk(K2), jwk(OF_OTHER)]), issuers=one),
        accepted("the second before its end", bundle(), NOW + DAY - 1, "edge", issuers=one),
        refused("its end", bundle(), "trust_expired", NOW + DAY, "edge"),
        refused("a life over a day", bundle(exp=NOW + DAY + 1), "trust_life_too_long"),
        refused("a status list", status(), "jws_format"),
        refused("by another city", bundle(key=OF_OTHER), "trust_unknown_signer"),
        refused("by a dead K2", bundle(key=DEAD), "trust_unknown_signer"),
        refused("by a code key", bundle(key=CODE_KEY), "trust_unknown_signer"),
        refused("another signature", _tampered(bundle()), "jws_bad_signature"),
        refused("another iss", bundle(iss=OTHER), "trust_wrong_entity"),
        refused("crit", bundle(crit=["x"]), "trust_crit"),
        refused("no issuers", bundle(issuers=[]), "json_members"),
        refused("a city that is no division code", bundle({"wenzhou": issuer()}), form),
        refused("a city that is no object", bundle({"330300": []}), "json_members"),
        refused("no keys", of(keys=...), "jwk_invalid"),
        refused("17 keys", of(keys=[code_key()] * 17), "jwk_invalid"),
        refused("one key twice", of(keys=[code_key()] * 2), "jwk_invalid"),
        refused("a private member", of(keys=[code_key(d="AQ")]), "jwk_invalid"),
        refused(
            "a kid that is not the thumbprint", of(keys=[code_key(kid="A" * 43)]), "jwk_invalid"
        ),
        refused("a key for another use", of(keys=[code_key(use="enc")]), "jwk_invalid"),
        refused("a key without alg", of(keys=[code_key(alg=...)]), "json_members"),
        refused("a key without an end", of(keys=[code_key(exp=...)]), "json_members"),
        refused("a key that ends as it begins", of(keys=[code_key(exp=NOW - DAY)]), form),
        refused("17 lists", of(status_lists=[f"{URI}{n}" for n in range(17)]), "json_members"),
        refused("one list twice", of(status_lists=[URI, URI]), "json_members"),
        refused("a list of number 0", of(status_lists=[f"{LEAF}/status/0"]), "json_members"),
        refused(
            "a list over 48 characters",
            of(status_lists=["https://" + "a" * 40 + "/status/1"]),
            "json_members",
        ),
        refused(
            "a list whose address goes up",
            of(status_lists=["https://credit.wenzhou.example/../status/1"]),
            "json_members",
        ),
        refused("a list under a dot", of(status_lists=[f"{LEAF}/./status/1"]), "json_members"),
        accepted(
            "a list of the demonstration",
            of(status_lists=["http://127.0.0.1:8000/status/1"]),
            group="edge",
            issuers=one,
        ),
        refused(
            "a list without TLS", of(status_lists=["http://a.example/status/1"]), "json_members"
        ),
        refused("no checked", of(checked=...), "json_members"),
        refused("17 keys for lists", of(status_keys=[jwk(K2)] * 17), "jwk_invalid"),
        refused("one key for lists twice", of(status_keys=[jwk(K2)] * 2), "jwk_invalid"),
        refused("keys for lists that are no array", of(status_keys=jwk(K2)), "jwk_invalid"),
        refused("a private key for lists", of(status_keys=[{**jwk(K2), "d": "AQ"}]), "jwk_invalid"),
        refused(
            "a key for lists off the curve",
            of(status_keys=[{**jwk(K2), "x": jwk(K2)["y"]}]),
            "jwk_invalid",
        ),
        refused("an end that is no integer", of(expires=1.5), "json_members"),
    ]


def shell(**members: object) -> dict[str, object]:
    """Return what both files say of the city: its leaf, and its live K2s."""
    return {"leaf": LEAF, "keys": [K2.public.jwk()], **members}


def documents() -> dict[Path, dict[str, object]]:
    """Return the content of both files."""
    return {
        STATUS: shell(uri=URI, cases=status_cases(), asks=asks(), listings=listings()),
        BUNDLE: shell(cases=bundle_cases()),
    }


def spelled(document: dict[str, object]) -> str:
    return json.dumps(document, indent=1) + "\n"


if __name__ == "__main__":
    for place, document in documents().items():
        place.write_text(spelled(document), encoding="utf-8")
