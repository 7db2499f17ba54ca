"""The credit code in process: reading against raw verifying, issuing against raw signing, size."""

from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from benchmarks.cities import FOUNDERS, NOW, OUTSIDER, TEN_YEARS_S, Home, keyring, many_homes
from benchmarks.figures import Effort, Figure, Pace
from gateway.codes import qr, reading
from gateway.codes.claims import CreditClaims
from gateway.codes.issuing import CodeSigner
from gateway.ids import UnverifiedText
from gateway.jose import base64url
from gateway.services.signed_codes import signed_by
from gateway.trust.keyring import Keyring

_SCHEME: Final = ec.ECDSA(SHA256())
_HALF = 32


def verify_text(text: UnverifiedText, known: Keyring) -> None:
    """Do what the service does from a scanned text to claims that may be used: its functions."""
    code = reading.read(text)
    issuer = known.issuers[code.claims.issuer]
    claims, key = signed_by(code, issuer, NOW)
    reading.check(
        claims,
        now=NOW,
        code_lifetime_max_s=issuer.code_lifetime_max_s,
        key_expires_at=key.expires_at,
    )


def verifying(effort: Effort) -> list[Figure]:
    """Return text to claims against raw verifying, with few and with many partners."""
    home = Home(FOUNDERS[3])
    few = keyring(home, *(Home(city) for city in FOUNDERS[:3]))
    many = keyring(home, *many_homes(300, 3))
    texts, public = home.codes(home.claims(effort.codes)), home.keys[0].public
    raw = [_raw(text, home) for text in texts]

    def verify_raw(part: range) -> None:
        native = public.native
        for place in part:
            signature, message = raw[place]
            native.verify(signature, message, _SCHEME)

    def verify_few(part: range) -> None:
        for place in part:
            verify_text(texts[place], few)

    def verify_many(part: range) -> None:
        for place in part:
            verify_text(texts[place], many)

    pace = Pace(effort.codes)
    pace.run(effort.rounds, {"raw": verify_raw, "few": verify_few, "many": verify_many})
    return [
        Figure(
            name="verify_ratio",
            what="code text → verified claims, against raw P-256 verify",
            unit="x",
            rounds=pace.ratio("raw", "few"),
            target=0.80,
            digits=3,
            note=f"{effort.codes} distinct codes, no result cache, one thread",
        ),
        Figure(
            name="verify_us",
            what="code text → verified claims",
            unit="µs",
            rounds=pace.micros("few"),
            digits=1,
        ),
        Figure(
            name="verify_raw_us",
            what="raw P-256 verify of the same signatures",
            unit="µs",
            rounds=pace.micros("raw"),
            digits=1,
        ),
        Figure(
            name="keyring_growth",
            what="the same with 300 partners of 3 keys each, against 4 partners",
            unit="x",
            rounds=pace.ratio("many", "few"),
            target=1.1,
            at_most=True,
            digits=3,
        ),
    ]


def issuing(effort: Effort) -> list[Figure]:
    """Return claims to handed-out text, which includes reading it again, against raw signing."""
    home = Home(FOUNDERS[0])
    busy, quiet = home.claims(effort.codes, within_s=1), home.claims(effort.codes)
    pack = home.pack()
    messages = [_raw(text, home)[1] for text in home.codes(busy)]
    private, packs = home.keys[0].private, CodeSigner(home.keys[0])

    def sign_raw(part: range) -> None:
        for place in part:
            private.sign(messages[place], _SCHEME)

    pace = Pace(effort.codes)
    pace.run(
        effort.rounds,
        {
            "raw": sign_raw,
            "busy": _Signing(home, busy),
            "quiet": _Signing(home, quiet),
            "pack": lambda part: packs.sign_all(pack[place % len(pack)] for place in part),
        },
    )
    return [
        Figure(
            name="issue_ratio",
            what="claims → handed-out live code, decoded again, against raw P-256 sign",
            unit="x",
            rounds=pace.ratio("busy", "raw"),
            target=1.5,
            at_most=True,
            digits=3,
            note="of 1,000 codes a second and process, three tiers",
        ),
        Figure(
            name="issue_us",
            what="claims → handed-out live code",
            unit="µs",
            rounds=pace.micros("busy"),
            digits=1,
        ),
        Figure(
            name="issue_quiet_ratio",
            what="the same of 33 codes a second",
            unit="x",
            rounds=pace.ratio("quiet", "raw"),
            digits=3,
            note="fewer codes share what is spelled and packed once a second",
        ),
        Figure(
            name="pack_ratio",
            what="the same for each code of a pack",
            unit="x",
            rounds=pace.ratio("pack", "raw"),
            target=1.5,
            at_most=True,
            digits=3,
            note="96 codes made together, slots as everybody has them",
        ),
        Figure(
            name="pack_us",
            what="claims → code of a pack",
            unit="µs",
            rounds=pace.micros("pack"),
            digits=1,
        ),
        Figure(
            name="issue_raw_us",
            what="raw P-256 sign of the same messages",
            unit="µs",
            rounds=pace.micros("raw"),
            digits=1,
        ),
    ]


@dataclass(slots=True)
class _Signing:
    """Signs claims in their order, and forgets at each start what codes share."""

    home: Home
    claims: list[CreditClaims]
    signer: CodeSigner = field(init=False)

    def __call__(self, part: range) -> None:
        if part.start == 0:
            self.signer = CodeSigner(self.home.keys[0])
        for place in part:
            self.signer.sign(self.claims[place])


def sizes(effort: Effort) -> list[Figure]:
    """Return QR versions and lengths of live general codes drawn over ten years."""
    texts = {city: _drawn(Home(city), effort.qr) for city in (*FOUNDERS, OUTSIDER)}
    founders = [text for city in FOUNDERS for text in texts[city]]
    return [
        Figure(
            name="qr_founders",
            what="QR version of live general codes, four founding cities",
            unit="version",
            rounds=_versions(founders),
            target=7,
            at_most=True,
            digits=0,
            note=_said(founders),
        ),
        Figure(
            name="qr_outsider",
            what="QR version, city outside dictionary 1",
            unit="version",
            rounds=_versions(texts[OUTSIDER]),
            target=8,
            at_most=True,
            digits=0,
            note=_said(texts[OUTSIDER]),
        ),
        Figure(
            name="text_chars",
            what="characters of a live general code, founding cities",
            unit="chars",
            rounds=tuple(float(len(text)) for text in founders),
            target=185,
            at_most=True,
            digits=0,
            note="the specification says 175 ± 10; shorter is better",
        ),
    ]


def _raw(text: UnverifiedText, home: Home) -> tuple[bytes, bytes]:
    """Return signature, in the form that ``cryptography`` takes, and message of a code."""
    code = reading.read(text)
    jws = reading.as_jws(code, home.keys[0].public.kid)
    head_and_payload, _, signature = jws.rpartition(".")
    raw = base64url.decode(signature)
    r, s = int.from_bytes(raw[:_HALF], "big"), int.from_bytes(raw[_HALF:], "big")
    return encode_dss_signature(r, s), head_and_payload.encode("ascii")


def _drawn(home: Home, count: int) -> list[UnverifiedText]:
    return home.codes(home.claims(count, within_s=TEN_YEARS_S))


def _versions(texts: list[UnverifiedText]) -> tuple[float, ...]:
    """Return the largest version first, since a budget is kept by all or not at all."""
    versions = sorted((float(qr.version(text)) for text in texts), reverse=True)
    return (versions[0],)


def _said(texts: list[UnverifiedText]) -> str:
    lengths = sorted(map(len, texts))
    return f"largest of {len(texts)} random codes; {lengths[0]} to {lengths[-1]} characters"
