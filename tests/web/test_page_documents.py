"""Signed documents in a page: what JavaScript would let through, and does not here."""

import zlib
from pathlib import Path
from typing import Final

from gateway.jose import base64url
from tests.vectors.make_documents import DAY, LEAF, NOW, bundle, jwk, token
from tests.vectors.make_events import K2
from tests.web.page_verifier import Asked, ask_page

BUNDLE, STATEMENT = "credit-bundle+jwt", "entity-statement+jwt"
LIFE: Final = f'"iss":"{LEAF}","iat":{NOW},"exp":{NOW + DAY}'


def opened(text: str, typ: str = BUNDLE, *, now: float = NOW, **how: object) -> Asked:
    shell = {"typ": typ, "issuer": LEAF, "keys": [jwk(K2)], "nowS": now}
    return {"do": "open", "name": "", "token": text, **shell, **how}


def spelled(members: str, typ: str = BUNDLE) -> Asked:
    return opened(token(("{" + members + "}").encode(), typ), typ)


def raw(payload: bytes) -> Asked:
    return opened(token(payload, BUNDLE))


def parts(text: str, *changes: tuple[int, str]) -> Asked:
    found = text.split(".")
    for place, part in changes:
        found[place] = part
    return opened(".".join(found))


def header(members: str) -> Asked:
    """Return a token with this header, really signed over it."""
    head, payload = base64url.encode(members.encode()), base64url.encode(f"{{{LIFE}}}".encode())
    signature = base64url.encode(K2.sign(f"{head}.{payload}".encode()))
    return opened(f"{head}.{payload}.{signature}")


KID: Final = K2.public.kid
GOOD: Final = bundle()
NESTED: Final = '"later":' + "[" * 7 + "]" * 7

REFUSED: Final[dict[str, tuple[Asked, str]]] = {
    # The shell
    "four parts": (opened(GOOD + "."), "jws_format"),
    "two parts": (opened(GOOD.rpartition(".")[0]), "jws_format"),
    "padding": (opened(GOOD + "="), "jws_format"),
    "a line break at its end": (opened(GOOD + "\n"), "jws_format"),
    "loose bits": (parts(GOOD, (2, "A" * 85 + "B")), "jws_format"),
    "plus and slash": (parts(GOOD, (2, "+" * 86)), "jws_format"),
    "an astral letter": (parts(GOOD, (2, "A" * 84 + "\U0001d400")), "jws_format"),
    "a signature of 63 bytes": (parts(GOOD, (2, "A" * 84)), "jws_format"),
    "a signature of nothing": (parts(GOOD, (2, "A" * 86)), "jws_bad_signature"),
    "over its size": (opened(GOOD + "A" * 2**20), "too_large"),
    "a kid twice": (
        header(f'{{"alg":"ES256","kid":"{KID}","kid":"{KID}","typ":"{BUNDLE}"}}'),
        "jws_format",
    ),
    "a kid of every object": (
        header(f'{{"alg":"ES256","kid":"__proto__","typ":"{BUNDLE}"}}'),
        "jws_format",
    ),
    "a header that inherits": (
        header(f'{{"__proto__":{{"alg":"ES256"}},"kid":"{KID}","typ":"{BUNDLE}"}}'),
        "jws_format",
    ),
    "crit in the header": (
        header(f'{{"alg":"ES256","kid":"{KID}","typ":"{BUNDLE}","crit":[]}}'),
        "jws_format",
    ),
    "a kid with a line break": (
        header(f'{{"alg":"ES256","kid":"{KID}\\n","typ":"{BUNDLE}"}}'),
        "jws_format",
    ),
    # Strict JSON
    "no object": (raw(b"[]"), "json_not_strict"),
    "a byte-order mark": (raw(b"\xef\xbb\xbf{}"), "json_not_strict"),
    "not UTF-8": (raw(b'{"a":"\xff"}'), "json_not_strict"),
    "half a surrogate pair": (spelled(LIFE + ',"a":"\\ud800"'), "json_not_strict"),
    "two halves the wrong way round": (spelled(LIFE + ',"a":"\\udc00\\ud800"'), "json_not_strict"),
    "a member twice": (spelled(f"{LIFE},{LIFE}"), "json_not_strict"),
    "a member twice, escaped": (spelled(LIFE + ',"\\u0069at":1'), "json_not_strict"),
    "a prototype twice": (spelled(LIFE + ',"__proto__":1,"__proto__":2'), "json_not_strict"),
    "nine deep": (spelled(f'{LIFE},"a":{{{NESTED}}}'), "json_not_strict"),
    "NaN": (spelled(LIFE + ',"a":NaN'), "json_not_strict"),
    "a number that no double holds": (spelled(LIFE + ',"a":1e400'), "json_not_strict"),
    "an integer beyond 2^53 - 1": (spelled(LIFE + ',"a":9007199254740992'), "json_not_strict"),
    "minus nothing": (spelled(LIFE + ',"a":-0'), "json_not_strict"),
    "a leading zero": (spelled(LIFE + ',"a":01'), "json_not_strict"),
    "a comma at the end": (spelled(LIFE + ","), "json_not_strict"),
    "a control character": (spelled(LIFE + ',"a":"\t"'), "json_not_strict"),
    "another white space": (spelled(LIFE + ',\u00a0"a":1'), "json_not_strict"),
    "something behind it": (raw(f"{{{LIFE}}}x".encode()), "json_not_strict"),
    "an escape that is none": (spelled(LIFE + ',"a":"\\x41"'), "json_not_strict"),
    # Members
    "a life that is inherited": (
        spelled(f'"iss":"{LEAF}","__proto__":{{"iat":{NOW},"exp":{NOW + 9}}}'),
        "json_members",
    ),
    "an iat with a fraction": (spelled(LIFE.replace(str(NOW), f"{NOW}.0", 1)), "json_members"),
    "an iat with an exponent": (spelled(f'"iss":"{LEAF}","iat":1e9,"exp":1'), "json_members"),
    "an iat as text": (spelled(LIFE.replace(str(NOW), f'"{NOW}"', 1)), "json_members"),
    "an iat that is true": (spelled(f'"iss":"{LEAF}","iat":true,"exp":1'), "json_members"),
    "crit that is null": (spelled(LIFE + ',"crit":null'), "trust_crit"),
    "an iss with a slash at its end": (
        spelled(LIFE.replace(LEAF, LEAF + "/")),
        "trust_wrong_entity",
    ),
    "an iss in a list": (spelled(f'"iss":["{LEAF}"],"iat":1,"exp":2'), "trust_wrong_entity"),
}

READ: Final[dict[str, Asked]] = {
    "a good one": opened(GOOD),
    "eight deep": spelled(f"{LIFE},{NESTED}"),
    "a fraction that nobody asks for": spelled(LIFE + ',"a":1.5'),
    "the largest integer": spelled(LIFE + ',"a":9007199254740991'),
    "a pair of surrogates": spelled(LIFE + ',"a":"\\ud83d\\ude00"'),
    "members called as those of every object": spelled(LIFE + ',"__proto__":1,"constructor":2'),
    "white space": spelled(f" {LIFE}\r\n\t"),
}


def test_what_javascript_would_let_through_is_refused(tmp_path: Path) -> None:
    found = ask_page([asked for asked, _ in REFUSED.values()], tmp_path)

    told = dict(zip(REFUSED, (each.get("error") for each in found), strict=True))
    assert told == {name: code for name, (_, code) in REFUSED.items()}


def test_what_is_strict_is_read(tmp_path: Path) -> None:
    found = ask_page(list(READ.values()), tmp_path)

    assert [(name, each.get("error")) for name, each in zip(READ, found, strict=True)] == [
        (name, None) for name in READ
    ]


def test_a_list_that_swells_a_thousandfold_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    packer = zlib.compressobj(9)
    swelling = b"".join(packer.compress(bytes(2**20)) for _ in range(100)) + packer.flush()

    (found,) = ask_page([{"do": "inflate", "lst": base64url.encode(swelling)}], tmp_path)

    assert found == {"error": "status_list_form"}
