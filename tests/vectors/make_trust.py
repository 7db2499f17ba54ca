"""Writes ``trust.json``: statements, sequences of them, and safety numbers, with what follows.

Run ``python -m tests.vectors.make_trust``. Keys are new at every run and their private halves
are thrown away, so the whole file changes; nothing else reads it but tests.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from gateway.ids import CityId, EntityId, Timestamp
from gateway.jose import base64url, jws
from gateway.jose.keys import SoftwareSigner, generate
from gateway.trust.cycle import take
from gateway.trust.safety import safety_number
from gateway.trust.statements import fingerprint, read
from gateway.trust.trusted_city import Role, TrustedCity
from tests.trust.cities import (
    DAY,
    HOUR,
    NOON,
    City,
    announced,
    edited,
    jinhua,
    raw_token,
    signed,
    wenzhou,
)
from tests.vectors import statement_cases

PLACE = Path(__file__).parent / "trust.json"
CITY, OTHER, NEW = wenzhou(), jinhua(), generate()
LATER = NOON + HOUR

Step = tuple[Role, str, int]
ANCHOR, SUBORDINATE, LEAF = Role


def first_contact() -> list[Step]:
    return [(role, token, NOON) for role, token in FIRST.items()]


FIRST = CITY.tokens()


def leaf(issued_at: int = LATER, signer: SoftwareSigner | None = None, **changes: object) -> str:
    return raw_token(edited(CITY.leaf_configuration(issued_at), **changes), signer or CITY.k2)


def issuer(**changes: object) -> dict[str, Any]:
    metadata: dict[str, Any] = edited(CITY.leaf_configuration(LATER))["metadata"]
    metadata["credit_code_issuer"] |= changes
    return metadata


def header(**members: object) -> str:
    head = base64url.encode(json.dumps(members, separators=(",", ":")).encode())
    body = json.dumps(edited(CITY.leaf_configuration(LATER))).encode()
    text = f"{head}.{base64url.encode(body)}"
    return f"{text}.{base64url.encode(CITY.k2.sign(text.encode()))}"


def keys(*jwks: dict[str, object]) -> dict[str, Any]:
    return issuer(jwks={"keys": list(jwks)})


def cases() -> dict[str, list[Step]]:
    """Return what is offered after first contact, by name; at first contact where it says so."""
    anchor, below = CITY.anchor_configuration(LATER), CITY.subordinate_statement(LATER)
    k3 = announced(CITY.k3.public).jwk()
    kid, typ = CITY.k2.public.kid, "entity-statement+jwt"
    fresh = generate()
    moved = replace(below, keys=(fresh.public,))
    moved_leaf = replace(
        CITY.leaf_configuration(LATER + 1),
        keys=(fresh.public,),
        issuer=CITY.issuer(announced(NEW.public)),
    )
    ended = replace(CITY.leaf_configuration(LATER), issuer=CITY.no_keys())
    return {
        "first contact": [],
        "the same statements again": first_contact(),
        "newer statements": [(role, token, LATER) for role, token in CITY.tokens(LATER).items()],
        "iat 60 s ahead": [(LEAF, leaf(LATER + 60), LATER)],
        "iat 61 s ahead": [(LEAF, leaf(LATER + 61), LATER)],
        "one second before exp": [(LEAF, leaf(exp=LATER + 1), LATER)],
        "at exp": [(LEAF, leaf(exp=LATER), LATER)],
        "a leaf of 24 hours": [(LEAF, leaf(exp=LATER + DAY), LATER)],
        "a leaf of 24 hours and a second": [(LEAF, leaf(exp=LATER + DAY + 1), LATER)],
        "an anchor of 90 days and a second": [
            (ANCHOR, raw_token(edited(anchor, exp=LATER + 90 * DAY + 1), CITY.k1), LATER)
        ],
        "rollback": [(LEAF, leaf(NOON - 1), LATER)],
        "equivocation": [(LEAF, leaf(NOON, x=1), LATER)],
        "an old statement that was accepted": [
            (LEAF, leaf(LATER), LATER),
            (LEAF, FIRST[LEAF], LATER),
        ],
        "another city's iss": [(LEAF, leaf(iss=OTHER.leaf), LATER)],
        "a trailing-slash twin": [(LEAF, leaf(iss=CITY.leaf + "/"), LATER)],
        "another city's division code": [
            (LEAF, leaf(metadata=issuer(division_code=OTHER.division)), LATER)
        ],
        "the issuer dropped": [
            (LEAF, leaf(metadata={"credit_code_verifier": {"scenarios_supported": []}}), LATER)
        ],
        "crit": [(LEAF, leaf(crit=[]), LATER)],
        "metadata_policy": [(LEAF, leaf(metadata_policy={}), LATER)],
        "metadata in the subordinate statement": [
            (SUBORDINATE, raw_token(edited(below, metadata={}), CITY.k1), LATER)
        ],
        "a partner in authority_hints": [
            (LEAF, leaf(authority_hints=[CITY.anchor, OTHER.anchor]), LATER)
        ],
        "authority_hints on the anchor": [
            (ANCHOR, raw_token(edited(anchor, authority_hints=[]), CITY.k1), LATER)
        ],
        "unknown members": [(LEAF, leaf(trust_marks=[], x={"y": 0.5}), LATER)],
        "an endpoint elsewhere": [
            (
                ANCHOR,
                raw_token(
                    edited(
                        anchor,
                        metadata={
                            "federation_entity": {
                                "organization_name": "x",
                                "federation_fetch_endpoint": OTHER.anchor + "/fetch",
                                "federation_list_endpoint": CITY.anchor + "/list",
                            }
                        },
                    ),
                    CITY.k1,
                ),
                LATER,
            )
        ],
        "a text that turns the line": [
            (LEAF, leaf(metadata=issuer(organization_name="a\u202eb")), LATER)
        ],
        "codes of 31 days and a second": [
            (LEAF, leaf(metadata=issuer(code_lifetime_max=31 * DAY + 1)), LATER)
        ],
        "17 keys": [
            (
                LEAF,
                leaf(metadata=keys(*(announced(generate().public).jwk() for _ in range(17)))),
                LATER,
            )
        ],
        "a kid twice": [(LEAF, leaf(metadata=keys(k3, k3)), LATER)],
        "a kid that is not the thumbprint": [
            (LEAF, leaf(metadata=keys(k3 | {"kid": "A" * 43})), LATER)
        ],
        "a private member": [(LEAF, leaf(metadata=keys(k3 | {"d": "AQ"})), LATER)],
        "a code key without nbf": [
            (LEAF, leaf(metadata=keys({n: v for n, v in k3.items() if n != "nbf"})), LATER)
        ],
        "K2 as a code key": [(LEAF, leaf(metadata=keys(announced(CITY.k2.public).jwk())), LATER)],
        "a dead code key as K2": [
            (LEAF, leaf(metadata=keys(announced(CITY.k3next.public).jwk())), LATER),
            (
                SUBORDINATE,
                signed(replace(below, keys=(*below.keys, CITY.k3.public)), CITY.k1),
                LATER,
            ),
        ],
        "alg none": [(LEAF, header(alg="none", kid=kid, typ=typ), LATER)],
        "HS256": [(LEAF, header(alg="HS256", kid=kid, typ=typ), LATER)],
        "another typ": [(LEAF, header(alg="ES256", kid=kid, typ="JWT"), LATER)],
        "a fourth header member": [(LEAF, header(alg="ES256", kid=kid, typ=typ, cty="x"), LATER)],
        "a credit code": [(LEAF, jws.sign(b"{}", CITY.k2, typ="credit-code+jwt"), LATER)],
        "duplicate members": [(LEAF, raw_token(b'{"iss":"a","iss":"b"}', CITY.k2), LATER)],
        "NaN": [(LEAF, raw_token(b'{"iat":NaN}', CITY.k2), LATER)],
        "nesting": [(LEAF, raw_token(b'{"x":' + b"[" * 8 + b"]" * 8 + b"}", CITY.k2), LATER)],
        "a signature of nobody": [(LEAF, leaf()[:-8] + "AAAAAAAA", LATER)],
        "a subordinate statement by another city's K1": [
            (SUBORDINATE, signed(below, OTHER.k1), LATER)
        ],
        "a foreign chain": [(role, token, LATER) for role, token in OTHER.tokens(LATER).items()],
        "a code key that is removed and comes back": [
            (LEAF, CITY.leaf_token(LATER, announced(CITY.k3next.public)), LATER),
            (LEAF, CITY.leaf_token(LATER + 1), LATER + 1),
        ],
        "a new code key inside its hold-down": [
            (LEAF, CITY.leaf_token(LATER, announced(CITY.k3.public), announced(NEW.public)), LATER)
        ],
        "a K2 that the anchor replaces": [
            (SUBORDINATE, signed(moved, CITY.k1), LATER),
            (LEAF, CITY.leaf_token(LATER), LATER),
            (LEAF, signed(moved_leaf, fresh), LATER + 1),
        ],
        "K1 that drops K1s": [
            (ANCHOR, signed(replace(anchor, keys=(CITY.k1.public,)), CITY.k1), LATER),
            (ANCHOR, signed(CITY.anchor_configuration(LATER + 1), CITY.k1s), LATER + 1),
        ],
        "an anchor key that nobody pinned": [
            (ANCHOR, signed(replace(anchor, keys=(*anchor.keys, NEW.public)), CITY.k1), LATER)
        ],
        "the kill switch": [
            (SUBORDINATE, signed(replace(below, allowed_entity_types=()), CITY.k1), LATER)
        ],
        "the end of issuing": [
            (LEAF, signed(ended, CITY.k2), LATER),
            (LEAF, CITY.leaf_token(LATER + 1, announced(NEW.public)), LATER + 1),
        ],
        **statement_cases.cases(CITY),
    }


def played(name: str, steps: list[Step]) -> dict[str, Any]:
    city, accepted = TrustedCity.first(CITY.pins()), dict[str, tuple[str, Timestamp]]()
    done: list[dict[str, Any]] = []
    now = NOON
    for role, token, moment in [*first_contact(), *steps]:
        now = Timestamp(moment)
        update = take(city, role, token, accepted=accepted, now=now)
        city = update.city
        life = city.life(role)
        if update.result.value == "accepted" and life:
            accepted[fingerprint(read(token))] = (role.value, life.issued_at)
        done.append(
            {
                "role": role.value,
                "token": token,
                "now": now,
                "result": update.result.value,
                "refusal": update.refusal,
                "alarms": [str(alarm.code) for alarm in update.alarms],
            }
        )
    return {"name": name, "steps": done[len(FIRST) :], "after": after(city)}


def after(city: TrustedCity) -> dict[str, Any]:
    return {
        "expires_at": city.expires_at(),
        "issuing_allowed": city.issuing_allowed(),
        "code_keys": [
            {"kid": key.public.kid, "usable_from": key.usable_from} for key in city.code_keys()
        ],
        "dead_code": sorted(city.history.dead_code),
        "dead_federation": sorted(city.history.dead_federation),
        "suspended_anchor": sorted(city.history.suspended_anchor),
    }


def safety() -> list[dict[str, Any]]:
    cities = [
        *(wenzhou() for _ in range(3)),
        jinhua(),
        City(division=CityId("330500"), leaf=EntityId("http://127.0.0.1:8300/huzhou")),
    ]
    return [
        {
            "cities": [
                {
                    "anchor": city.anchor,
                    "kids": [city.k1.public.kid, city.k1s.public.kid],
                    "half": list(city.pins().half()),
                }
                for city in (one, other)
            ],
            "safety_number": list(safety_number(one.pins().half(), other.pins().half())),
        }
        for one in cities
        for other in cities
        if one is not other
    ]


def vectors() -> dict[str, Any]:
    return {
        "about": "Statements of one city as offered to a partner that pinned it. Each case "
        "begins anew with first_contact, all of it accepted; docs/federation.md tells the "
        "rules. Illustrative data.",
        "city": {
            "leaf": CITY.leaf,
            "anchor": CITY.anchor,
            "division": CITY.division,
            "anchor_keys": [CITY.k1.public.jwk(), CITY.k1s.public.jwk()],
        },
        "safety": safety(),
        "first_contact": [
            {"role": role.value, "token": token, "now": NOON} for role, token in FIRST.items()
        ],
        "cases": [played(name, steps) for name, steps in cases().items()],
    }


if __name__ == "__main__":
    PLACE.write_text(json.dumps(vectors(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
