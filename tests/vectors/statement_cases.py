"""More of ``trust.json``: odd spellings of statements, and keys that come and go."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gateway.jose import base64url
from gateway.jose.keys import SoftwareSigner, generate
from gateway.trust.trusted_city import Role
from tests.trust.cities import DAY, HOUR, NOON, City, announced, edited, raw_token, signed

Step = tuple[Role, str, int]
Cases = dict[str, list[Step]]
ANCHOR, SUBORDINATE, LEAF = Role
LATER = NOON + HOUR


def spellings(city: City) -> Cases:
    """Return statements with one odd header, number or member."""
    leaf = edited(city.leaf_configuration(LATER))
    names = {"alg": "ES256", "kid": city.k2.public.kid, "typ": "entity-statement+jwt"}
    written = json.dumps(names).encode()
    backwards = json.dumps(dict(reversed(names.items()))).encode()

    def headed(head: bytes) -> list[Step]:
        parts = (head, json.dumps(leaf).encode())
        text = ".".join(base64url.encode(part) for part in parts)
        return [(LEAF, f"{text}.{base64url.encode(city.k2.sign(text.encode()))}", LATER)]

    def later(text: str) -> list[Step]:
        raw = json.dumps(leaf)[:-1] + f',"later":{text}}}'
        return [(LEAF, raw_token(raw.encode(), city.k2), LATER)]

    return {
        "a header in another order": headed(backwards),
        "a header of 256 bytes": headed(written + b" " * (256 - len(written))),
        "a header of 257 bytes": headed(written + b" " * (257 - len(written))),
        "an odd number that nobody reads": later("-1.5e3"),
        "2^53 where nobody reads": later(str(2**53)),
        "minus zero where nobody reads": later("-0"),
        "a number beyond all doubles": later("1e400"),
        "half a surrogate pair": later('"\\udc00"'),
    }


def content(city: City) -> Cases:
    """Return statements with one member that is missing or odd."""
    anchor = edited(city.anchor_configuration(LATER))
    below = edited(city.subordinate_statement(LATER))
    leaf = edited(city.leaf_configuration(LATER))
    k3 = announced(city.k3.public).jwk()

    def leaf_with(**changes: object) -> list[Step]:
        return [(LEAF, raw_token(_changed(leaf, changes), city.k2), LATER)]

    def issuer_with(**changes: object) -> list[Step]:
        said = leaf["metadata"]
        issuer = _changed(said["credit_code_issuer"], changes)
        return leaf_with(metadata={**said, "credit_code_issuer": issuer})

    def below_with(**changes: object) -> list[Step]:
        return [(SUBORDINATE, raw_token(_changed(below, changes), city.k1), LATER)]

    own = anchor["metadata"]["federation_entity"]
    one_endpoint = _changed(own, {"federation_list_endpoint": ...})
    no_list = _changed(anchor, {"metadata": {"federation_entity": one_endpoint}})
    return {
        "no iss": leaf_with(iss=...),
        "an anchor without an endpoint": [(ANCHOR, raw_token(no_list, city.k1), LATER)],
        "hints that are no identifiers": leaf_with(trust_anchor_hints=["x", "http://a.example"]),
        "an empty hint": leaf_with(trust_anchor_hints=[""]),
        "no hints of anchors": leaf_with(trust_anchor_hints=...),
        "no contacts": issuer_with(contacts=...),
        "an empty list of contacts": issuer_with(contacts=[]),
        "no Chinese name": issuer_with(**{"organization_name#zh-Hans": ...}),
        "an empty name": issuer_with(organization_name=""),
        "a blank name": issuer_with(organization_name=" "),
        "a set without keys": leaf_with(jwks={}),
        "an empty set": leaf_with(jwks={"keys": []}),
        "a code key without alg": issuer_with(jwks={"keys": [_changed(k3, {"alg": ...})]}),
        "a code key of another alg": issuer_with(jwks={"keys": [k3 | {"alg": "ES384"}]}),
        "a code key that ends as it begins": issuer_with(jwks={"keys": [k3 | {"exp": k3["nbf"]}]}),
        "other constraints": below_with(constraints={"max_path_length": 0}),
        "nothing may be done": below_with(constraints={"allowed_entity_types": []}),
        "a type of an entity in capitals": below_with(constraints={"allowed_entity_types": ["A"]}),
    }


def rotations(city: City) -> Cases:
    """Return K2s and K3s as they come, wait, die and return."""
    k2, extra = generate(), generate()
    named = signed(_by(city.subordinate_statement(LATER), city.k2, k2), city.k1)

    def leaf(issued_at: int, signer: SoftwareSigner, *keys: SoftwareSigner) -> str:
        codes = (announced(city.k3.public), announced(extra.public))
        said = replace(
            city.leaf_configuration(issued_at), issuer=city.issuer(*codes[: 1 + bool(keys)])
        )
        return signed(_by(said, *{key.public.kid: key for key in (signer, *keys)}.values()), signer)

    both = (city.k2, k2)
    only_new = signed(_by(city.subordinate_statement(LATER), k2), city.k1)
    again = signed(_by(city.subordinate_statement(LATER + 1), k2, city.k2, city.k2next), city.k1)
    within, over = LATER + HOUR - 1, LATER + HOUR
    return {
        "code keys under a K2 that the anchor named 3,599 s ago": [
            (SUBORDINATE, named, LATER),
            (LEAF, leaf(within, k2, *both), within),
        ],
        "code keys under a K2 that the anchor named an hour ago": [
            (SUBORDINATE, named, LATER),
            (LEAF, leaf(over, k2, *both), over),
        ],
        "code keys of the second leaf under a new K2": [
            (SUBORDINATE, named, LATER),
            (LEAF, leaf(LATER, k2), LATER),
            (LEAF, leaf(LATER + 1, k2, k2), LATER + 1),
        ],
        "code keys under K2next, which was named at first contact": [
            (LEAF, leaf(LATER, city.k2next, city.k2), LATER),
        ],
        "a code key that waits no longer": [
            (LEAF, leaf(LATER, city.k2, city.k2next), LATER),
            (SUBORDINATE, named, LATER),
            (LEAF, leaf(LATER + 1, k2, *both), LATER + 1),
        ],
        "a K2 that the leaf drops": [
            (LEAF, leaf(LATER, city.k2next), LATER),
            (LEAF, leaf(LATER + 1, city.k2, city.k2next), LATER + 1),
            (LEAF, leaf(LATER + 1, city.k2next, city.k2), LATER + 1),
        ],
        "K2s that the anchor drops and names again": [
            (SUBORDINATE, only_new, LATER),
            (SUBORDINATE, again, LATER + 1),
            (LEAF, leaf(LATER + 1, city.k2), LATER + 1),
        ],
    }


def chains(city: City) -> Cases:
    """Return statements whose statement above does not count."""
    k1 = generate()
    moved = signed(_by(city.anchor_configuration(LATER), city.k1s, k1), city.k1s)
    below = signed(city.subordinate_statement(LATER), city.k1s)
    over = NOON + 90 * DAY
    return {
        "a leaf under an anchor that has ended": [(LEAF, city.leaf_token(over), over)],
        "K1s that goes on without K1": [
            (ANCHOR, moved, LATER),
            (LEAF, city.leaf_token(LATER), LATER),
            (SUBORDINATE, city.subordinate_token(LATER), LATER),
            (SUBORDINATE, below, LATER),
            (LEAF, city.leaf_token(LATER), LATER),
        ],
        "K1s that signs with K1's word": [
            (ANCHOR, signed(city.anchor_configuration(LATER), city.k1s), LATER),
            (SUBORDINATE, below, LATER),
        ],
    }


def cases(city: City) -> Cases:
    return {**spellings(city), **content(city), **rotations(city), **chains(city)}


def _by(statement: Any, *keys: SoftwareSigner) -> Any:  # noqa: ANN401  any statement with keys
    return replace(statement, keys=tuple(key.public for key in keys))


def _changed(members: Mapping[str, Any], changes: Mapping[str, object]) -> dict[str, Any]:
    return {name: value for name, value in {**members, **changes}.items() if value is not ...}
