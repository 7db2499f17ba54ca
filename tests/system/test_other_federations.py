"""Other people's OpenID Federation resolves our chains, over HTTP, from a city's own server.

Neither knows pinned keys, our life times or our entity types: what they show is that the three
documents are OpenID Federation as others read it (docs/adr/0095).
"""

import json
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from gateway.app.composition import OpenCity
from gateway.jose import base64url
from gateway.trust.trusted_city import Role
from tests.project.tree import ROOT
from tests.system.towns import Pair

NODE_DIRECTORY = ROOT / "tests" / "node"
PYTHON = ROOT / ".cache" / "interop" / "bin" / "python"
SPID_CIE = """
import json, logging, sys
from django.conf import settings
settings.configure(HTTP_CLIENT_SYNC=True, USE_TZ=True, SIGNING_ALG_VALUES_SUPPORTED=["ES256"])
logging.disable()
from spid_cie_oidc.entity.trust_chain import TrustChainBuilder
leaf, anchor = sys.argv[1:]
chain = TrustChainBuilder(leaf, anchor, httpc_params={"timeout": 60})
chain.start()
print(json.dumps({
    "path": [entity.sub for entity in chain.trust_path],
    "kids": [entity.kids for entity in chain.trust_path],
    "below": [list(entity.verified_descendant_statements) for entity in chain.trust_path],
    "exp": chain.exp,
    "metadata": chain.final_metadata,
}))
"""

Resolve = Callable[[str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def node() -> Resolve:
    """Return what npm @openid-federation/core makes of a leaf and a trust anchor."""
    program = shutil.which("node")
    if program is None or not (NODE_DIRECTORY / "node_modules/@openid-federation").is_dir():
        pytest.skip("npm @openid-federation/core is not installed (make setup)")
    return lambda leaf, anchor: asked(program, "federation.mjs", leaf, anchor)


@pytest.fixture(scope="module")
def spid_cie() -> Resolve:
    """Return what PyPI spid-cie-oidc makes of a leaf and a trust anchor."""
    if not PYTHON.exists():
        pytest.skip("spid-cie-oidc is not installed (make setup)")
    return lambda leaf, anchor: asked(str(PYTHON), "-c", SPID_CIE, leaf, anchor)


def asked(*command: str) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603  our own programs
        command, cwd=NODE_DIRECTORY, capture_output=True, text=True, timeout=240, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def said(city: OpenCity, role: Role) -> dict[str, Any]:
    """Return the payload of a statement as the city stored it."""
    token = city.store.own_statements.all()[role]
    payload: dict[str, Any] = json.loads(base64url.decode(token.split(".")[1]))
    return payload


def kids(statement: dict[str, Any]) -> list[str]:
    return [key["kid"] for key in statement["jwks"]["keys"]]


def test_npm_openid_federation_resolves_leaf_to_anchor(pair: Pair, node: Resolve) -> None:
    leaf, anchor = pair.away_city.leaf, f"{pair.away_city.leaf}/anchor"
    statements = [said(pair.away_city, role) for role in (Role.LEAF, Role.SUBORDINATE, Role.ANCHOR)]

    found = node(leaf, anchor)

    (chain,) = found["chains"]
    assert (chain["valid"], chain["anchor"]) == (True, anchor)
    assert chain["organization"] == "Wenzhou credit-code gateway"
    assert [(one["iss"], one["sub"]) for one in chain["statements"]][-1] == (anchor, anchor)
    ours = {(one["iss"], one["sub"]): one for one in statements}
    for one in chain["statements"]:
        own = ours[one["iss"], one["sub"]]
        assert (one["exp"], one["kids"]) == (own["exp"], kids(own))
    assert found["verified"] >= 3


def test_spid_cie_oidc_resolves_leaf_to_anchor_with_our_metadata(
    pair: Pair, spid_cie: Resolve
) -> None:
    leaf, anchor = pair.away_city.leaf, f"{pair.away_city.leaf}/anchor"
    of_leaf, of_anchor = (said(pair.away_city, role) for role in (Role.LEAF, Role.ANCHOR))

    found = spid_cie(leaf, anchor)

    assert found["path"] == [leaf, anchor]
    assert found["kids"] == [kids(of_leaf), kids(of_anchor)]
    assert found["below"] == [[], [leaf]]
    assert found["exp"] == min(of_leaf["exp"], of_anchor["exp"])
    assert found["metadata"] == of_leaf["metadata"]
    assert "credit_code_issuer" in found["metadata"]


def test_another_citys_anchor_does_not_vouch_for_us(
    pair: Pair, node: Resolve, spid_cie: Resolve
) -> None:
    leaf, foreign = pair.away_city.leaf, f"{pair.home_city.leaf}/anchor"

    assert node(leaf, foreign)["chains"] == []
    found = spid_cie(leaf, foreign)
    assert (found["path"], found["metadata"]) == ([], {})
