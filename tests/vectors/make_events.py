"""Writes ``events.json``: one event as a partner may send it, and everything that it may not send.

Run ``python -m tests.vectors.make_events``. Signatures are deterministic and keys are small
numbers, so a second run writes the same file; expectations are written by hand.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from gateway.jose import base64url
from gateway.jose.keys import PublicKey, SoftwareSigner

PLACE = Path(__file__).parent / "events.json"
NOW = 1_795_500_000
SENDER, RECIPIENT = "https://credit.wenzhou.example", "https://credit.jinhua.example"
OTHER = "https://credit.huzhou.example"
TRUST_CHANGED = "urn:credit-code:event:trust-changed"
MAX_CHARS = 4096

EVENT: dict[str, Any] = {
    "iss": SENDER,
    "aud": RECIPIENT,
    "iat": NOW,
    "jti": "3q2-7wAAAAAAAAAAAAAAAA",
    "events": {TRUST_CHANGED: {}},
}


@dataclass(frozen=True, slots=True)
class FixedSigner:
    """Signs the same text alike in every run (RFC 6979)."""

    number: int

    @property
    def private(self) -> ec.EllipticCurvePrivateKey:
        return ec.derive_private_key(self.number, ec.SECP256R1())

    @property
    def public(self) -> PublicKey:
        return SoftwareSigner(self.private).public

    def sign(self, message: bytes) -> bytes:
        scheme = ec.ECDSA(SHA256(), deterministic_signing=True)
        r, s = decode_dss_signature(self.private.sign(message, scheme))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


K2, K2NEXT, DEAD, OF_OTHER, CODE_KEY = (FixedSigner(number) for number in (21, 22, 23, 24, 25))


def compact(members: Mapping[str, object]) -> bytes:
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode(
        errors="surrogatepass"
    )


def changed(**changes: object) -> bytes:
    """Return the event with members changed; ``...`` takes one out."""
    return compact({name: value for name, value in (EVENT | changes).items() if value is not ...})


def header(key: FixedSigner = K2, **changes: object) -> bytes:
    members = {"alg": "ES256", "kid": key.public.kid, "typ": "secevent+jwt"} | changes
    return compact({name: value for name, value in members.items() if value is not ...})


def token(payload: bytes = compact(EVENT), head: bytes = header(), key: FixedSigner = K2) -> str:
    text = f"{base64url.encode(head)}.{base64url.encode(payload)}"
    return f"{text}.{base64url.encode(key.sign(text.encode()))}"


def by(key: FixedSigner, payload: bytes = compact(EVENT)) -> str:
    return token(payload, header(key), key)


def hs256() -> str:
    """Return an event whose HMAC key is the public key that everybody has."""
    text = f"{base64url.encode(header(alg='HS256'))}.{base64url.encode(compact(EVENT))}"
    public = compact(K2.public.jwk())
    tag = hmac.new(public, text.encode(), hashlib.sha512).digest()
    return f"{text}.{base64url.encode(tag)}"


def sized(chars: int) -> str:
    """Return a good event of exactly so many characters: an unknown member fills it up."""
    bare = len(token(changed(x="")))
    about = (chars - bare) * 3 // 4
    made = (token(changed(x="x" * fill)) for fill in range(about - 4, about + 4))
    return next(text for text in made if len(text) == chars)


def twice() -> bytes:
    return compact(EVENT)[:-1] + b',"iat":' + str(NOW).encode() + b"}"


def valid() -> dict[str, str]:
    return {
        "an event": token(),
        "by K2next": by(K2NEXT),
        "300 s old": token(changed(iat=NOW - 300)),
        "300 s ahead": token(changed(iat=NOW + 300)),
        "unknown members": token(changed(txn="a", toe=NOW, x={"y": [0.5]})),
        "another event beside ours": token(
            changed(events={TRUST_CHANGED: {}, "urn:example:other": {}})
        ),
        "members in our event": token(changed(events={TRUST_CHANGED: {"x": 1}})),
        "a jti of 128 characters": token(changed(jti="j" * 128)),
        "a jti that is a URN": token(changed(jti="urn:uuid:6d2b1c6e-0c6a-4d2e-9a53-7d7f4a0e2b11")),
        "4,096 characters": sized(MAX_CHARS),
    }


def forms() -> dict[str, str]:
    """Return what is no event of this profile: ``invalid_request``."""
    good, nested = token(), b"[" * 8 + b"]" * 8
    head, body, signature = good.split(".")
    deep = b"[" * 900 + b"]" * 900
    return {
        "301 s old": token(changed(iat=NOW - 301)),
        "301 s ahead": token(changed(iat=NOW + 301)),
        "nothing": "",
        "two parts": f"{head}.{body}",
        "four parts": f"{good}.AA",
        "a line end": good + "\n",
        "padding": f"{head}.{body}.{signature}==",
        "a letter outside base64url": f"{head}.{body}.{signature[:-1]}+",
        "alg none": token(head=header(alg="none")),
        "alg none without a signature": f"{base64url.encode(header(alg='none'))}.{body}.",
        "HS256 with the public key": hs256(),
        "another typ": token(head=header(typ="JWT")),
        "no typ": token(head=header(typ=...)),
        "a statement's typ": token(head=header(typ="entity-statement+jwt")),
        "a code's typ": token(head=header(typ="credit-code+jwt")),
        "the media type as typ": token(head=header(typ="application/secevent+jwt")),
        "a fourth header member": token(head=header(cty="x")),
        "crit in the header": token(head=header(crit=[])),
        "a kid that is no thumbprint": token(head=header(kid="K2")),
        "crit": token(changed(crit=[])),
        "exp": token(changed(exp=NOW + 60)),
        "nbf": token(changed(nbf=NOW - 60)),
        "no iss": token(changed(iss=...)),
        "no aud": token(changed(aud=...)),
        "aud as an array": token(changed(aud=[RECIPIENT])),
        "no iat": token(changed(iat=...)),
        "iat as a text": token(changed(iat=str(NOW))),
        "iat as 1e9": token(compact(EVENT).replace(str(NOW).encode(), b"1.7955e9")),
        "iat true": token(changed(iat=True)),
        "no jti": token(changed(jti=...)),
        "an empty jti": token(changed(jti="")),
        "a jti of 129 characters": token(changed(jti="j" * 129)),
        "a jti with a space": token(changed(jti="a b")),
        "a jti in Chinese": token(changed(jti="事件")),
        "no events": token(changed(events=...)),
        "empty events": token(changed(events={})),
        "another event": token(changed(events={"urn:example:other": {}})),
        "events as an array": token(changed(events=[TRUST_CHANGED])),
        "an event that is no object": token(changed(events={TRUST_CHANGED: None})),
        "a member twice": token(twice()),
        "NaN": token(compact(EVENT)[:-1] + b',"x":NaN}'),
        "nested 9 deep": token(compact(EVENT)[:-1] + b',"x":' + nested + b"}"),
        "nested 900 deep": token(compact(EVENT)[:-1] + b',"x":' + deep + b"}"),
        "a byte-order mark": token(b"\xef\xbb\xbf" + compact(EVENT)),
        "not UTF-8": token(compact(EVENT)[:-1] + b',"x":"\xff"}'),
        "no object": token(b"[]"),
    }


def refused() -> dict[str, tuple[str, str]]:
    good = token()
    flipped = "A" if good[-2] != "A" else "B"
    return {name: (text, "invalid_request") for name, text in forms().items()} | {
        "4,097 characters": (sized(MAX_CHARS + 1), "too_large"),
        "for another city": (token(changed(aud=OTHER)), "invalid_audience"),
        "for our anchor": (token(changed(aud=f"{RECIPIENT}/anchor")), "invalid_audience"),
        "for a trailing-slash twin": (token(changed(aud=f"{RECIPIENT}/")), "invalid_audience"),
        "by nobody we know": (token(changed(iss="https://credit.example")), "invalid_issuer"),
        "by the recipient itself": (token(changed(iss=RECIPIENT)), "invalid_issuer"),
        "by the sender's anchor": (token(changed(iss=f"{SENDER}/anchor")), "invalid_issuer"),
        "by a trailing-slash twin": (token(changed(iss=f"{SENDER}/")), "invalid_issuer"),
        "by a dead K2": (by(DEAD), "invalid_key"),
        "by another city's K2": (by(OF_OTHER), "invalid_key"),
        "as another city, with the sender's K2": (token(changed(iss=OTHER)), "invalid_key"),
        "by a code key": (by(CODE_KEY), "invalid_key"),
        "another key behind the kid": (token(key=OF_OTHER), "authentication_failed"),
        "a signature of nobody": (f"{good[:-2]}{flipped}{good[-1]}", "authentication_failed"),
    }


def vectors() -> dict[str, Any]:
    live = [K2.public, K2NEXT.public]
    return {
        "about": "Events as offered to one city, each once and alone; docs/federation.md tells "
        "the rules. Illustrative data, and private keys that everybody can guess.",
        "now": NOW,
        "recipient": RECIPIENT,
        "partners": {
            SENDER: {"live": [key.jwk() for key in live], "dead": [DEAD.public.kid]},
            OTHER: {"live": [OF_OTHER.public.jwk()], "dead": []},
        },
        "cases": [
            *({"name": name, "token": text, "err": None} for name, text in valid().items()),
            *({"name": name, "token": text, "err": err} for name, (text, err) in refused().items()),
        ],
    }


if __name__ == "__main__":
    PLACE.write_text(json.dumps(vectors(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
