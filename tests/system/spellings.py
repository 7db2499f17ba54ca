"""How a secret may stand in a dump: as it is, encoded, escaped, or as an unkeyed hash."""

import hashlib
import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

HASHES = ("md5", "sha1", "sha256", "sha512", "sm3")
"""Of an ID number a hash without a key hides nothing: all of them can be tried in minutes."""

LONG = 6
"""Shorter ones, such as the middle of a masked name in Base64, are found anywhere by chance."""


def spellings(secret: str) -> dict[str, bytes]:
    """Return every spelling of a text that is looked for, by what it is called."""
    plain = secret.encode()
    said = {
        "plain": plain,
        "UTF-16": secret.encode("utf-16-le"),
        "JSON": json.dumps(secret).strip('"').encode(),
        "percent": quote(secret, safe="").encode(),
        **_of_bytes(plain),
    }
    for name in HASHES:
        digest = hashlib.new(name, plain).digest()
        said |= {f"{name} {how}": text for how, text in _of_bytes(digest).items()}
        said[name] = digest
    return {how: spelled for how, spelled in said.items() if how == "plain" or len(spelled) >= LONG}


def _of_bytes(raw: bytes) -> dict[str, bytes]:
    """Return hexadecimal and Base64, the latter at each place in a group of three."""
    said = {"hex": raw.hex().encode(), "HEX": raw.hex().upper().encode()}
    for shift in range(3):
        # The first and the last characters hold bits of the neighbours as well.
        inner = slice(0 if shift == 0 else 4, (shift + len(raw)) * 8 // 6)
        padded = bytes(shift) + raw + bytes(3)
        said[f"base64+{shift}"] = b64encode(padded)[inner]
        said[f"base64url+{shift}"] = urlsafe_b64encode(padded)[inner]
    return said
