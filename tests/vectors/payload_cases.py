"""Cases about what is signed: the grammar, the header of a plain JWS, the signature."""

from dataclasses import replace

from gateway.codes import grammar, wire
from gateway.ids import Tier
from gateway.jose import base64url
from tests.codes.builders import GENERAL
from tests.codes.grammar_cases import ACCEPTED, REFUSALS
from tests.vectors.cases import (
    FORGED,
    LIFE,
    NO_KEY,
    NOT_A_CODE,
    STATUS_RULE,
    STRANGER,
    Cases,
    accepted,
)
from tests.vectors.signed import HEAD, KEYS, KID, PAYLOAD, SIGNATURE, WENZHOU, code, jws, text


def payloads(cases: Cases) -> None:
    for name, (payload, _) in REFUSALS.items():
        cases.add("invalid", f"grammar: {name}", code(payload), NOT_A_CODE)
    later = {
        "iat 0": STATUS_RULE,
        "exp 2^53-1": STATUS_RULE,
        "exp before iat, which is for later": LIFE,
        "iss 000000": STRANGER,
    }
    for name, payload in ACCEPTED.items():
        expected = later.get(name) or accepted(payload)
        cases.add("edge", f"grammar: {name}", code(payload), expected)


def headers(cases: Cases) -> None:
    plain = jws()
    head, _, signature = plain.rpartition(".")
    bad = {
        "two parts": head,
        "four parts": plain + ".",
        "padding": plain + "==",
        "loose bits in the signature": plain[:-1] + _next_letter(plain[-1]),
        "line end": plain + "\n",
        "white space around a JWS": f" {plain} ",
        "no signature": head + ".",
        "signature of 63 bytes": f"{head}.{base64url.encode(SIGNATURE[:63])}",
        "signature of 65 bytes": f"{head}.{base64url.encode(SIGNATURE + bytes(1))}",
        "DER signature": f"{head}.{base64url.encode(_der(base64url.decode(signature)))}",
        "header in other order": jws(
            b'{"typ":"credit-code+jwt","kid":"' + KID + b'","alg":"ES256"}'
        ),
        "white space in the header": jws(HEAD.replace(b",", b", ")),
        "empty crit": jws(HEAD[:-1] + b',"crit":[]}'),
        "crit": jws(HEAD[:-1] + b',"crit":["exp"]}'),
        "extra member in the header": jws(HEAD[:-1] + b',"x":1}'),
        "members hidden in 43 characters of kid": jws(
            HEAD.replace(KID, (b'A","crit":[],"kid":"' + KID)[:43])
        ),
        "duplicate alg": jws(HEAD.replace(b'{"alg"', b'{"alg":"none","alg"')),
        "alg none": jws(HEAD.replace(b"ES256", b"none")),
        "alg HS256": jws(HEAD.replace(b"ES256", b"HS256")),
        "typ JWT": jws(HEAD.replace(b"credit-code+jwt", b"JWT")),
        "typ of another document": jws(HEAD.replace(b"credit-code", b"credit-bundle")),
        "kid missing": jws(HEAD.replace(b'"kid":"' + KID + b'",', b"")),
        "kid of 42 characters": jws(HEAD.replace(KID, KID[:-1])),
        "kid not canonical": jws(
            HEAD.replace(KID, KID[:-1] + _next_letter(KID[-1:].decode()).encode())
        ),
        "kid that is no UTF-8": jws(HEAD.replace(KID, b"\xff" * 43)),
        "escape in the header": jws(HEAD.replace(b"ES256", b"ES25\\u0036")),
        "header with a byte-order mark": jws(b"\xef\xbb\xbf" + HEAD),
        "header in UTF-16": jws(HEAD.decode().encode("utf-16-le")),
        "wire text where a JWS is asked for": text(),
    }
    for name, shown in bad.items():
        cases.add("invalid", f"jws: {name}", shown, NOT_A_CODE, form="jws")
    lookalike = KID[:8] + KEYS["jiaxing"].signer.public.kid.encode()[8:]
    cases.add(
        "invalid",
        "jws: kid that only begins like the key's",
        jws(HEAD.replace(KID, lookalike)),
        FORGED,
        form="jws",
    )


def _der(signature: bytes) -> bytes:
    parts = b""
    for number in (signature[:32], signature[32:]):
        digits = number.lstrip(b"\0")
        digits = b"\0" + digits if digits[0] & 0x80 else digits
        parts += b"\x02" + bytes([len(digits)]) + digits
    return b"\x30" + bytes([len(parts)]) + parts


def _next_letter(letter: str) -> str:
    """Return the base64url letter one higher: the same bytes, with a loose bit set."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return alphabet[alphabet.index(letter) + 1]


def signatures(cases: Cases) -> None:
    jiaxing = KEYS["jiaxing"]
    forged = {
        "signed by another city under this city's hint": text(signature=jiaxing.sign(PAYLOAD)),
        "tier raised after signing": text(
            wire.pack(grammar.serialise(replace(GENERAL, tier=Tier(3))))
        ),
        "signature of zeros": text(signature=bytes(64)),
        "r = 0": text(signature=bytes(32) + SIGNATURE[32:]),
        "s = 0": text(signature=SIGNATURE[:32] + bytes(32)),
        "r and s exchanged": text(signature=SIGNATURE[32:] + SIGNATURE[:32]),
        "one bit of the signature": text(signature=SIGNATURE[:63] + bytes([SIGNATURE[63] ^ 1])),
        "signature under another typ": text(
            signature=WENZHOU.sign(PAYLOAD, HEAD.replace(b"code", b"bundle"))
        ),
    }
    for name, shown in forged.items():
        cases.add("invalid", name, shown, FORGED)
    cases.add("invalid", "another city's key under its own hint", code(PAYLOAD, jiaxing), NO_KEY)
    cases.add("invalid", "hint that no key has", text(hint=bytes(6)), NO_KEY)
    cases.add("invalid", "issuer that is no member", code(PAYLOAD), STRANGER, keys=("jiaxing",))
