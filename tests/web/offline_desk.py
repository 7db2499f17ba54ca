"""A merchant's device in Node: its desk with a made-up city, clock and database."""

import json
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from gateway.jose import base64url
from tests.node_reader import NodeReader
from tests.vectors.make_documents import LEAF, jwk, token
from tests.vectors.make_events import K2, OF_OTHER, FixedSigner, compact
from tests.web.offline_counter import CATALOGUE, FACTS, LIST, bundle, known, the_list
from tests.web.page_verifier import Asked
from tests.world import DAY, NOON, RESTAURANT, WENZHOU

Step = Mapping[str, object]

OWN_FACTS: Final = "/merchant/facts"
BUNDLE: Final = "/api/v1/bundle"
CATALOG: Final = "/federation/catalog"
LEAF_EC: Final = "/.well-known/openid-federation"
VERIFY: Final = "/api/v1/verifications"
BATCH: Final = f"{VERIFY}/batch"
JINHUA_LEAF: Final = LIST.removesuffix("/status/1")

tick: Final[Step] = {"do": "tick"}
reload: Final[Step] = {"do": "reload"}
tabs: Final[Step] = {"do": "tabs"}
told: Final[Step] = {"do": "told"}
sent: Final[Step] = {"do": "sent"}


def answer(body: object, status: int = 200, **more: object) -> Asked:
    return {"status": status, "body": body, **more}


def facts(now: int = NOON, *, owner: str = "one", **changes: object) -> Asked:
    """Return what the city tells a device of itself."""
    said = {name: value for name, value in FACTS.items() if name[0].islower()}
    said["lifetime_max_s"] = said.pop("lifetimeMax")
    said["stopped_offers"] = said.pop("stoppedOffers")
    members = {
        "now": now,
        "owner": owner,
        "token": "token",
        "keys": [jwk(K2)],
        "page": {"merchant": "演示商家", "venue": None, "choices": {"zh": [], "en": []}},
        "facts": {**said, "leaf": LEAF},
    }
    return answer(members | changes)


def document(payload: Mapping[str, object], typ: str, by: FixedSigner = K2) -> Asked:
    return answer(token(compact(payload), typ, by))


def leaf_ec(*keys: FixedSigner, by: FixedSigner = K2, iat: int = NOON) -> Asked:
    members = {"iss": LEAF, "sub": LEAF, "iat": iat, "exp": iat + DAY}
    named = {"jwks": {"keys": [jwk(each) for each in keys]}}
    return document(members | named, "entity-statement+jwt", by)


def bundle_of(
    *held: Asked, by: FixedSigner = K2, iat: int = NOON, expires: int = NOON + DAY
) -> Asked:
    """Return a bundle with these keys, or with those of both cities."""
    signers = {"status_keys": [jwk(OF_OTHER)]}
    keys = held or (known(), known(WENZHOU))
    members = bundle(*keys, expires=expires, iat=iat, exp=iat + DAY)
    issuers = {city: each | signers for city, each in members["issuers"].items()}
    return document({"iss": LEAF, **members, "issuers": issuers}, "credit-bundle+jwt", by)


def catalogue_of(*, by: FixedSigner = K2, iat: int = NOON, **changes: object) -> Asked:
    shell = {"iss": LEAF, "iat": iat, "exp": iat + 30 * DAY}
    return document({**shell, **CATALOGUE} | changes, "credit-catalog+jwt", by)


def list_of(*revoked: int, iat: int = NOON) -> Asked:
    packed = bytearray(2**17)
    for index in revoked:
        packed[index >> 3] |= 1 << (index & 7)
    held = the_list(iat=iat)
    held["status_list"]["lst"] = base64url.encode(zlib.compress(packed, 9))
    return document({"iss": JINHUA_LEAF, **held}, "statuslist+jwt", OF_OTHER)


def city(**answers: object) -> Step:
    """Return the step after which the city answers so; a path of our own by its name above."""
    paths = {name: globals()[name] for name in answers if name.isupper()}
    return {
        "do": "city",
        "answers": {paths.get(name, name): each for name, each in answers.items()},
    }


def clock(at: int) -> Step:
    return {"do": "clock", "s": at}


def away(is_: bool = True) -> Step:  # noqa: FBT001, FBT002  (reads as a sentence)
    return {"do": "away", "is": is_}


def show(code: str, scenario: str = RESTAURANT) -> Step:
    return {"do": "show", "code": code, "scenario": scenario}


def kept(name: str, key: str) -> Step:
    return {"do": "kept", "name": name, "key": key}


READY: Final[Sequence[Step]] = (
    clock(NOON),
    city(
        OWN_FACTS=facts(),
        LEAF_EC=leaf_ec(K2),
        BUNDLE=bundle_of(),
        CATALOG=catalogue_of(),
        LIST=list_of(7),
    ),
    tick,
)
"""A device that was just enrolled and has all that it keeps."""


def run(directory: Path, *steps: Step) -> list[Any]:
    """Return what each step gave, after those of ``READY``."""
    return run_bare(directory, *READY, *steps)[len(READY) :]


def run_bare(directory: Path, *steps: Step) -> list[Any]:
    """Return what each step gave, on a phone that has nothing yet."""
    file = directory / "steps.json"
    file.write_text(json.dumps({"steps": steps}), "utf-8")
    status, report = NodeReader.find().run("offline_desk.mjs", file)
    assert status == 0
    said: list[Any] = report["said"]
    return said


def outcome(said: Any) -> str:  # noqa: ANN401  (what the page said)
    """Return the outcome on the screen: ``later`` if it was granted without the city."""
    verdict = said["verdict"]
    if verdict is None:
        return f"no answer {said['status']}"
    granted: str = verdict["outcome"]
    later = granted == "recognised" and verdict.get("checked") == "later"
    return "later" if later else granted


def outcomes(said: Sequence[Any]) -> list[str]:
    """Return the outcomes of the showings among what was said, in order."""
    return [outcome(each) for each in said if isinstance(each, dict) and "verdict" in each]
