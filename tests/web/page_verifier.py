"""The pages' own verifier, asked from Python: one run of Node for any number of asks."""

import json
from pathlib import Path
from typing import Any

from tests.node_reader import NodeReader

Asked = dict[str, Any]


def ask_page(asks: list[Asked], directory: Path) -> list[Any]:
    """Return what the page code says to each of ``asks`` (tests/node/verifier.mjs), in order."""
    file = directory / "asks.json"
    file.write_text(json.dumps({"asks": asks}), "utf-8")
    status, report = NodeReader.find().run("verifier.mjs", file)
    assert status == 0
    said: list[Any] = report["said"]
    assert len(said) == len(asks)
    return said


def bundle_of(
    keys: list[Asked], *, now: int, expires: int | None = None, **members: object
) -> Asked:
    """Return the payload of a bundle with these keys: ``city``, ``jwk`` and their window."""
    issuers: dict[str, Asked] = {}
    for key in keys:
        issuer = issuers.setdefault(
            key["city"],
            {"keys": [], "status_lists": [], "checked": now, "expires": expires or now + 3600}
            | members,
        )
        window = {"nbf": key["not_before"], "exp": key["expires_at"]}
        issuer["keys"] = [*issuer["keys"], key["jwk"] | {"use": "sig", "alg": "ES256"} | window]
    return {"iat": now, "exp": now + 24 * 3600, "issuers": issuers}
