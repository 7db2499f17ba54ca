"""Cases about the text: kinds, packings, and everything around the payload."""

import zlib
from dataclasses import replace

from gateway.codes import base45, grammar
from gateway.ids import CityId, Tier, Timestamp
from tests.codes import deflate
from tests.codes.builders import GENERAL, KINDS, NOON
from tests.jose.forge import twin
from tests.vectors.cases import NEWER, NOT_A_CODE, Cases, accepted
from tests.vectors.signed import (
    KEYS,
    PACKED,
    PAYLOAD,
    SIGNATURE,
    WENZHOU,
    code,
    jws,
    text,
    zeros,
)


def kinds(cases: Cases) -> None:
    for name, claims in KINDS.items():
        payload = grammar.serialise(claims)
        cases.add("valid", f"{name} code", code(payload), accepted(payload))
        cases.add(
            "valid",
            f"{name} code as a plain JWS",
            jws(payload=payload),
            accepted(payload),
            form="jws",
        )
    pack = grammar.serialise(replace(GENERAL, expires_at=Timestamp(NOON + 1860)))
    cases.add("valid", "pack code", code(pack), accepted(pack), now=NOON + 1859)
    other = grammar.serialise(replace(GENERAL, issuer=CityId("330400"), tier=Tier(3)))
    cases.add("valid", "another city", code(other, KEYS["jiaxing"]), accepted(other))
    cases.add(
        "valid",
        "second key of a city",
        code(other, KEYS["jiaxing-2"]),
        accepted(other),
        keys=("jiaxing", "jiaxing-2"),
    )


def packings(cases: Cases) -> None:
    good = accepted(PAYLOAD)
    same = {
        "stored block": deflate.stored(PAYLOAD),
        "fixed block without the dictionary": deflate.fixed(PAYLOAD),
        "dynamic block": deflate.dynamic(PAYLOAD),
        "several blocks": deflate.in_blocks(PAYLOAD),
    }
    for name, packed in same.items():
        cases.add("edge", f"same code, {name}", text(packed), good)
    cases.add("edge", "same code, (r, n - s)", text(signature=twin(SIGNATURE)), good)
    cases.add("edge", "white space around", f"\r\n\t {text()} \t\r\n", good)
    cases.add("edge", "4096 characters", text() + " " * (4096 - len(text())), good)


def texts(cases: Cases) -> None:
    shown = text()
    broken = {
        "empty text": "",
        "white space only": " \t\r\n",
        "web address": "https://credit.wenzhou.gov.cn/",
        "lower-case prefix": "cc1:" + shown[4:],
        "lower case throughout": shown.lower(),
        "lower case after the prefix": "CC1:" + shown[4:].lower(),
        "prefix without its colon": "CC1" + shown[4:].replace(":", "0"),
        "prefix CC0": "CC0:" + shown[4:],
        "prefix CC01": "CC01:" + shown[4:],
        "prefix CC02": "CC02:" + shown[4:],
        "prefix further in": "X" + shown,
        "byte-order mark": "\ufeff" + shown,
        "no-break space before": "\u00a0" + shown,
        "vertical tab before": "\v" + shown,
        "form feed after": shown + "\f",
        "line end inside": shown[:60] + "\n" + shown[60:],
        "letter beyond ASCII": shown[:-1] + "\u00e9",
        "4097 characters": shown + " " * (4097 - len(shown)),
        "prefix alone": "CC1:",
        "Base45 of impossible length": shown + ("0" if len(shown[4:]) % 3 == 0 else "00"),
        "Base45 overflow": "CC1:" + shown[4:-3] + "GGW" if len(shown[4:]) % 3 == 0 else "CC1:GGW",
        "form byte alone": "CC1:" + base45.encode(b"\x01"),
        "cut in the hint": "CC1:" + base45.encode(b"\x01" + WENZHOU.hint[:5]),
        "cut in the signature": "CC1:" + base45.encode(b"\x01" + WENZHOU.hint + SIGNATURE[:63]),
        "no payload": text(b""),
        "payload cut by a byte": text(PACKED[:-1]),
        "byte after the payload": text(PACKED + b"\0"),
        "second stream after the payload": text(PACKED * 2),
        "last block missing": text(deflate.unfinished(PAYLOAD)),
        "block of type 3": text(b"\x07" + PACKED),
        "copy from before the dictionary": text(deflate.too_far(PAYLOAD)),
        "zlib instead of raw DEFLATE": text(zlib.compress(PAYLOAD)),
        "payload not packed": text(PAYLOAD),
        "bomb of 1025 bytes": text(zeros(1025)),
        "bomb of 2.5 MB": text(zeros(2_500_000)),
        "plain JWS where a wire text is asked for": jws(),
    }
    for name, bad in broken.items():
        cases.add("invalid", name, bad, NOT_A_CODE)
    newer = {
        "prefix CC2": "CC2:" + shown[4:],
        "prefix CC9 and nothing else": "CC9:",
        "prefix CC10": "CC10:ABC",
        "newer prefix in another alphabet": "CC2:{abc}",
        "form byte 2": text(form=b"\x02"),
        "form byte 0": text(form=b"\x00"),
        "form byte 255 and nothing else": "CC1:" + base45.encode(b"\xff"),
    }
    for name, later in newer.items():
        cases.add("edge", name, later, NEWER)
