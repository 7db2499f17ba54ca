"""Each point of the strict shell, with messages that a city's real key signed all the same."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from gateway.codes import base45, reading
from gateway.codes.wire import unwrap, write
from gateway.ids import CodeId, Timestamp, UnverifiedText
from gateway.jose import base64url
from tests.system.tills import Till
from tests.system.towns import Mint, Pair, new_code_id
from tests.world import RESTAURANT

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True)
class Desk:
    """A mint, a moment, and the id of the code that is being spelled wrongly."""

    mint: Mint
    now: Timestamp
    code_id: CodeId

    def payload(self, **other: object) -> bytes:
        """Return the right spelling with some members replaced, or removed where None."""
        members: dict[str, object] = {
            "iss": self.mint.code,
            "iat": self.now,
            "exp": self.now + 90,
            "jti": self.code_id,
            "tier": 2,
        }
        kept = {name: value for name, value in (members | other).items() if value is not None}
        return json.dumps(kept, separators=(",", ":"), ensure_ascii=False).encode()

    def spelled(self, old: str, new: str) -> bytes:
        """Return the right spelling with one text replaced by another."""
        changed = self.payload().decode().replace(old, new, 1)
        assert changed != self.payload().decode()
        return changed.encode()

    def header(self, **other: object) -> bytes:
        """Return the right header with some members replaced."""
        members = {"alg": "ES256", "kid": self.mint.signer.public.kid, "typ": "credit-code+jwt"}
        return json.dumps(members | other, separators=(",", ":")).encode()


Wrong = Callable[[Desk], str]

PAYLOADS: dict[str, Callable[[Desk], bytes]] = {
    "a duplicate member": lambda d: d.spelled('"tier":2', '"tier":1,"tier":2'),
    "an unknown member": lambda d: d.payload(extra=1),
    "a crit member": lambda d: d.payload(crit=[]),
    "nbf true": lambda d: d.payload(nbf=True),
    "a missing member": lambda d: d.payload(jti=None),
    "white space": lambda d: d.spelled(",", ", "),
    "a byte-order mark": lambda d: b"\xef\xbb\xbf" + d.payload(),
    "UTF-16": lambda d: d.payload().decode().encode("utf-16"),
    "no UTF-8": lambda d: d.payload() + b"\xff",
    "a backslash escape": lambda d: d.spelled('"iss"', '"\\u0069ss"'),
    "another order": lambda d: d.spelled(f'"iat":{d.now},', "").replace(
        b"{", f'{{"iat":{d.now},'.encode()
    ),
    "a fraction": lambda d: d.spelled('"tier":2', '"tier":2.0'),
    "an exponent": lambda d: d.spelled(f":{d.now}", f":{d.now}e0"),
    "a leading zero": lambda d: d.spelled(f":{d.now}", f":0{d.now}"),
    "a sign": lambda d: d.spelled(f":{d.now}", f":+{d.now}"),
    "a string for a number": lambda d: d.payload(tier="2"),
    "a number for a string": lambda d: d.payload(iss=int(d.mint.code)),
    "NaN": lambda d: d.spelled('"tier":2', '"tier":NaN'),
    "Infinity": lambda d: d.spelled('"tier":2', '"tier":Infinity'),
    "2^53": lambda d: d.payload(exp=2**53),
    "tier 0": lambda d: d.payload(tier=0),
    "tier 4": lambda d: d.payload(tier=4),
    "full-width digits": lambda d: d.payload(iss="\uff13\uff13\uff10\uff17\uff10\uff10"),
    "a longer code id": lambda d: d.payload(jti=d.code_id + "A"),
    "a tier in a scenario code": lambda d: d.payload(
        aud="330300", scn="dining.restaurant", pol="2026.1"
    ),
    "an array": lambda d: b"[" + d.payload() + b"]",
    "depth": lambda _: b'{"a":' * 20 + b"1" + b"}" * 20,
    "a line break at the end": lambda d: d.payload() + b"\n",
    "nothing": lambda _: b"",
    "over 1 KiB": lambda d: d.payload(extra="x" * 1024),
}

HEADERS: dict[str, Callable[[Desk], bytes]] = {
    "alg none": lambda d: d.header(alg="none"),
    "another alg": lambda d: d.header(alg="HS256"),
    "another typ": lambda d: d.header(typ="JWT"),
    "crit": lambda d: d.header(crit=[]),
    "an embedded key": lambda d: d.header(jwk=d.mint.signer.public.jwk()),
    "a key address": lambda d: d.header(jku="https://keys.example/set"),
    "b64 false": lambda d: d.header(b64=False),
    "white space": lambda d: d.header().replace(b",", b", "),
    "another order": lambda d: json.dumps(
        dict(reversed(json.loads(d.header()).items())), separators=(",", ":")
    ).encode(),
    "a duplicate member": lambda d: d.header().replace(b"{", b'{"alg":"none",'),
    "an unknown key": lambda d: d.header(kid="A" * 43),
}


def wire_parts(desk: Desk) -> tuple[bytes, bytes, bytes]:
    return unwrap(desk.mint.wire(desk.payload()))


def raw(desk: Desk) -> bytes:
    return base45.decode(desk.mint.wire(desk.payload())[4:])


def token_with(desk: Desk, part: int, change: Callable[[str], str]) -> str:
    parts = desk.mint.token(desk.payload()).split(".")
    parts[part] = change(parts[part])
    return ".".join(parts)


def spare_bit(text: str) -> str:
    """Return base64url text whose last character holds a bit that decoding drops."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) | 1]


TEXTS: dict[str, Wrong] = {
    "lower case": lambda d: d.mint.wire(d.payload()).lower(),
    "a character outside Base45": lambda d: d.mint.wire(d.payload()) + "_",
    "a length that no bytes have": lambda d: "CC1:" + base45.encode(raw(d)[:-2]) + "0",
    "Base45 overflow": lambda d: "CC1:" + base45.encode(raw(d)[:-2]) + ":::",
    "bytes after the stream": lambda d: "CC1:" + base45.encode(raw(d) + b"\x00"),
    "a stream cut short": lambda d: "CC1:" + base45.encode(raw(d)[:-1]),
    "no signature": lambda d: "CC1:" + base45.encode(raw(d)[:7]),
    "a no-break space around": lambda d: "\u00a0" + d.mint.wire(d.payload()),
    "padding": lambda d: token_with(d, 2, lambda part: part + "=="),
    "a spare bit": lambda d: token_with(d, 2, spare_bit),
    "white space inside": lambda d: token_with(d, 1, lambda part: part[:9] + "\n" + part[9:]),
    "plain base64": lambda d: token_with(d, 2, lambda part: part + "+/"),
    "a fourth part": lambda d: d.mint.token(d.payload()) + ".",
    "a DER signature": lambda d: token_with(d, 2, lambda _: base64url.encode(b"\x30" * 70)),
    "over 4,096 characters of white space": lambda d: " " * 4096 + d.mint.wire(d.payload()),
}


def everything() -> dict[str, Wrong]:
    """Return every wrong text, by name."""
    wires = {f"{name}, in a QR": _as_wire(spell) for name, spell in PAYLOADS.items()}
    tokens = {f"{name}, as a JWS": _as_token(spell) for name, spell in PAYLOADS.items()}
    headers = {f"{name}, in the header": _under(spell) for name, spell in HEADERS.items()}
    return wires | tokens | headers | TEXTS


def _as_wire(spell: Callable[[Desk], bytes]) -> Wrong:
    return lambda desk: desk.mint.wire(spell(desk))


def _as_token(spell: Callable[[Desk], bytes]) -> Wrong:
    return lambda desk: desk.mint.token(spell(desk))


def _under(spell: Callable[[Desk], bytes]) -> Wrong:
    return lambda desk: desk.mint.token(desk.payload(), spell(desk))


EVERYTHING = everything()


@pytest.fixture
def desk(pair: Pair) -> Desk:
    """Return Jinhua's real code key at this moment."""
    return Desk(pair.mint, pair.now(), new_code_id())


@pytest.mark.parametrize("name", EVERYTHING)
def test_what_a_real_key_signed_outside_the_one_spelling_is_refused_and_uses_nothing_up(
    desk: Desk, till: Till, name: str
) -> None:
    answer = till.show(EVERYTHING[name](desk))
    right = till.show(desk.mint.wire(desk.payload()))

    too_long = name.startswith("over 4,096")
    # A kid that is nobody's is a matter of keys, not of spelling.
    foreign = name.startswith("an unknown key")
    expected = "too_large" if too_long else "present_again" if foreign else "not_a_code"
    assert answer.outcome == expected
    assert right.outcome == "recognised"


SPELLED_RIGHT: dict[str, tuple[dict[str, object], str]] = {
    "expired to the second": ({"iat": -90, "exp": 0}, "present_again"),
    "born with its end": ({"exp": 0}, "present_again"),
    "more than a minute ahead of a slow clock": ({"iat": 110, "exp": 195}, "present_again"),
    "over an hour without a status": ({"exp": 3601}, "present_again"),
    "a life of years": ({"exp": 40 * 24 * 3600}, "present_again"),
}


@pytest.mark.parametrize("name", SPELLED_RIGHT)
def test_what_a_real_key_signed_beyond_the_life_of_a_code_is_refused(
    desk: Desk, till: Till, name: str
) -> None:
    times, expected = SPELLED_RIGHT[name]
    wrong = {member: desk.now + int(str(offset)) for member, offset in times.items()}

    assert till.show(desk.mint.wire(desk.payload(**wrong))).outcome == expected


def test_the_mirrored_signature_is_the_same_code_for_the_burn(desk: Desk, till: Till) -> None:
    text = desk.mint.wire(desk.payload())
    hint, signature, payload = unwrap(text)
    s = int.from_bytes(signature[32:])
    other = write(hint=hint, signature=signature[:32] + (ORDER - s).to_bytes(32), payload=payload)

    assert other != text
    assert till.show(other).outcome == "recognised"
    assert till.show(text).outcome == "present_again"


def test_the_plain_jws_and_the_qr_are_the_same_code_for_the_burn(desk: Desk, till: Till) -> None:
    text = desk.mint.wire(desk.payload())
    jws = reading.as_jws(reading.read(UnverifiedText(text)), desk.mint.signer.public.kid)

    assert till.show(jws).outcome == "recognised"
    assert till.show(text).outcome == "present_again"


def test_white_space_around_a_code_is_forgiven(desk: Desk, till: Till) -> None:
    text = desk.mint.wire(desk.payload())

    assert till.show(f" \t{text}\r\n").outcome == "recognised"


def test_a_changed_bit_in_the_signature_is_refused_and_uses_nothing_up(
    desk: Desk, till: Till
) -> None:
    hint, signature, payload = wire_parts(desk)
    flipped = bytes([signature[0] ^ 1]) + signature[1:]

    assert till.show(write(hint=hint, signature=flipped, payload=payload)).outcome == (
        "present_again"
    )
    right = write(hint=hint, signature=signature, payload=payload)
    assert till.show(right).outcome == "recognised"


def test_a_code_of_another_scenario_than_the_merchants_gives_no_benefit_and_stays_good(
    desk: Desk, till: Till
) -> None:
    text = desk.mint.wire(desk.payload())

    assert till.show(text, scenario=RESTAURANT).outcome == "no_benefit"
    assert till.show(text).outcome == "recognised"


def test_a_later_form_asks_for_an_update(desk: Desk, till: Till) -> None:
    answer = till.show("CC2:" + replace(desk).mint.wire(desk.payload())[4:])

    assert (answer.outcome, answer.members["hint"]) == ("not_a_code", "update")
