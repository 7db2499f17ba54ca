"""Write codes.json, the published vectors of the credit code.

Run from the top of the repository: ``python -m tests.vectors.make_codes``. Expectations are
written by hand in the modules beside this one, never computed by the reader that they test.
"""

import json
from pathlib import Path

from gateway.codes import wire
from gateway.codes.dictionary import DICTIONARY_1
from tests.codes import deflate
from tests.vectors.cases import Cases
from tests.vectors.life_cases import lives, windows
from tests.vectors.payload_cases import headers, payloads, signatures
from tests.vectors.signed import KEYS, PACKED, PAYLOAD, Key, zeros
from tests.vectors.wire_cases import kinds, packings, texts

HERE = Path(__file__).parent


def base45_cases() -> list[dict[str, str]]:
    good = {"": "", "BB8": "4142", "%69 VD92EX0": "48656c6c6f2121", "UJCLQE7W581": "626173652d3435"}
    good |= {"QED8WEX0": "6965746621", "00": "00", "000": "0000", "U5": "ff", "FGW": "ffff"}
    bad = ("0", "BB80", "GGW", ":::", "V5", "::", "bb8", "BB#", "BB8\n", "BB\u00e9")
    return [{"text": shown, "hex": raw} for shown, raw in good.items()] + [
        {"text": shown, "error": "not_a_code"} for shown in bad
    ]


def deflate_cases() -> list[dict[str, str]]:
    good = {
        "with the dictionary": PACKED,
        "stored": deflate.stored(PAYLOAD),
        "fixed": deflate.fixed(PAYLOAD),
        "dynamic": deflate.dynamic(PAYLOAD),
        "in blocks": deflate.in_blocks(PAYLOAD),
    }
    bad = {
        "empty": b"",
        "cut": PACKED[:-1],
        "one byte more": PACKED + b"\0",
        "unfinished": deflate.unfinished(PAYLOAD),
        "from before the dictionary": deflate.too_far(PAYLOAD),
        "1025 bytes": zeros(1025),
    }
    return [
        {"name": name, "hex": raw.hex(), "payload": PAYLOAD.decode()} for name, raw in good.items()
    ] + [{"name": name, "hex": raw.hex(), "error": "not_a_code"} for name, raw in bad.items()]


def key_row(key: Key) -> dict[str, object]:
    public = key.signer.public
    return {
        "city": key.city,
        "not_before": key.not_before,
        "expires_at": key.expires_at,
        "jwk": {**public.jwk(), "alg": "ES256", "use": "sig"},
        "hint": key.hint.hex(),
        "header": wire.header_bytes(public.kid).decode(),
    }


def document() -> dict[str, object]:
    """Return everything that codes.json holds."""
    cases = Cases()
    for write in (kinds, packings, texts, payloads, headers, signatures, windows, lives):
        write(cases)
    return {
        "title": "Credit code, form 1: vectors. All cities' keys here are made up for tests.",
        "dictionary": {
            "file": "cc1-dictionary-1.bin",
            "bytes": len(DICTIONARY_1),
            "sha256": "b58c6f3beb3d1ab3443c2ed8c6691df31d3917fb65c41179e5bfe2a30db3b2c7",
        },
        "keys": {name: key_row(key) for name, key in KEYS.items()},
        "base45": base45_cases(),
        "deflate": deflate_cases(),
        "cases": cases.rows,
    }


if __name__ == "__main__":
    rows = json.dumps(document(), ensure_ascii=True, indent=1)
    (HERE / "codes.json").write_text(rows + "\n", encoding="ascii")
    (HERE / "cc1-dictionary-1.bin").write_bytes(DICTIONARY_1)
