"""Every rule on the content of a statement, with a signature of the city's own real key."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from gateway.errors import GatewayError
from gateway.ids import EntityId
from gateway.jose import base64url, jws
from gateway.jose.keys import generate
from gateway.trust.cycle import Result
from gateway.trust.errors import ExpiredError, FromFutureError
from gateway.trust.statements import (
    AnchorConfiguration,
    LeafConfiguration,
    SubordinateStatement,
    fingerprint,
    read,
)
from gateway.trust.trusted_city import Role, TrustedCity
from tests.trust.cities import (
    DAY,
    HOUR,
    NOON,
    announced,
    at,
    edited,
    jinhua,
    life,
    offered,
    raw_token,
    signed,
    wenzhou,
)

CITY, OTHER = wenzhou(), jinhua()
BEFORE = CITY.known()
LATER = NOON + HOUR

Body = dict[str, Any]


def anchor(**changes: object) -> Body:
    return edited(CITY.anchor_configuration(LATER), **changes)


def subordinate(**changes: object) -> Body:
    return edited(CITY.subordinate_statement(LATER), **changes)


def leaf(**changes: object) -> Body:
    return edited(CITY.leaf_configuration(LATER), **changes)


def issuer(**changes: object) -> Body:
    body = leaf()
    inner = body["metadata"]["credit_code_issuer"] | changes
    body["metadata"]["credit_code_issuer"] = {k: v for k, v in inner.items() if v is not ...}
    return body


def verifier(**changes: object) -> Body:
    body = leaf()
    body["metadata"]["credit_code_verifier"] |= changes
    return body


def federation_entity(**changes: object) -> Body:
    body = anchor()
    inner = body["metadata"]["federation_entity"] | changes
    body["metadata"]["federation_entity"] = {k: v for k, v in inner.items() if v is not ...}
    return body


def code_key(**changes: object) -> Body:
    keys = issuer()["metadata"]["credit_code_issuer"]["jwks"]["keys"]
    first = {k: v for k, v in (keys[0] | changes).items() if v is not ...}
    return issuer(jwks={"keys": [first, *keys[1:]]})


def outcome(role: Role, body: Body) -> str:
    signer = CITY.k2 if role is Role.LEAF else CITY.k1
    update = offered(BEFORE, role, raw_token(body, signer), LATER)
    return update.refusal or update.result.value


ANCHOR_REFUSALS: dict[str, tuple[Body, str]] = {
    "another city's iss": (anchor(iss=OTHER.anchor), "trust_wrong_entity"),
    "another city's sub": (anchor(sub=OTHER.anchor), "trust_wrong_entity"),
    "the leaf's iss": (anchor(iss=CITY.leaf), "trust_wrong_entity"),
    "no sub": (anchor(sub=...), "trust_wrong_entity"),
    "a trailing-slash twin": (anchor(iss=CITY.anchor + "/"), "trust_wrong_entity"),
    "crit": (anchor(crit=["x"]), "trust_crit"),
    "an empty crit": (anchor(crit=[]), "trust_crit"),
    "metadata_policy": (anchor(metadata_policy={}), "trust_metadata_policy"),
    "metadata_policy_crit": (anchor(metadata_policy_crit=[]), "trust_metadata_policy"),
    "authority_hints": (anchor(authority_hints=[OTHER.anchor]), "trust_authority_hints"),
    "empty authority_hints": (anchor(authority_hints=[]), "trust_authority_hints"),
    "no metadata": (anchor(metadata=...), "json_members"),
    "no federation_entity": (anchor(metadata={}), "json_members"),
    "another fetch endpoint": (
        federation_entity(federation_fetch_endpoint="https://evil.example/fetch"),
        "trust_endpoint",
    ),
    "another list endpoint": (
        federation_entity(federation_list_endpoint=OTHER.anchor + "/list"),
        "trust_endpoint",
    ),
    "no endpoint": (federation_entity(federation_fetch_endpoint=...), "trust_endpoint"),
    "no name": (federation_entity(organization_name=...), "json_members"),
    "a name that turns the line": (
        federation_entity(organization_name="a\u202eb"),
        "trust_metadata",
    ),
    "90 days and a second": (anchor(exp=LATER + 90 * DAY + 1), "trust_life_too_long"),
    "issued 61 s ahead": (anchor(iat=LATER + 61), "trust_from_future"),
    "at its end": (anchor(exp=LATER), "trust_expired"),
    "a float as iat": (anchor(iat=LATER + 0.5), "json_members"),
    "true as exp": (anchor(exp=True), "json_members"),
    "text as exp": (anchor(exp="never"), "json_members"),
    "no keys": (anchor(jwks={"keys": []}), "trust_no_keys"),
    "no jwks": (anchor(jwks=...), "json_members"),
}

SUBORDINATE_REFUSALS: dict[str, tuple[Body, str]] = {
    "another city's iss": (subordinate(iss=OTHER.anchor), "trust_wrong_entity"),
    "another city's leaf": (subordinate(sub=OTHER.leaf), "trust_wrong_entity"),
    "metadata": (subordinate(metadata={}), "trust_metadata_policy"),
    "metadata_policy": (subordinate(metadata_policy={}), "trust_metadata_policy"),
    "authority_hints": (subordinate(authority_hints=[CITY.anchor]), "trust_authority_hints"),
    "90 days and a second": (subordinate(exp=LATER + 90 * DAY + 1), "trust_life_too_long"),
    "constraints that are no object": (subordinate(constraints=[]), "json_members"),
    "an odd entity type": (
        subordinate(constraints={"allowed_entity_types": ["Issuer!"]}),
        "json_members",
    ),
    "17 entity types": (
        subordinate(constraints={"allowed_entity_types": ["x"] * 17}),
        "json_members",
    ),
    "no keys": (subordinate(jwks={"keys": []}), "trust_no_keys"),
}

LEAF_REFUSALS: dict[str, tuple[Body, str]] = {
    "another city's iss": (leaf(iss=OTHER.leaf, sub=OTHER.leaf), "trust_wrong_entity"),
    "another city's division code": (
        issuer(division_code=OTHER.division),
        "trust_division_changed",
    ),
    "no authority_hints": (leaf(authority_hints=...), "trust_authority_hints"),
    "a partner in authority_hints": (
        leaf(authority_hints=[CITY.anchor, OTHER.anchor]),
        "trust_authority_hints",
    ),
    "24 hours and a second": (leaf(exp=LATER + DAY + 1), "trust_life_too_long"),
    "unknown crit": (leaf(crit=["credit"]), "trust_crit"),
    "metadata_policy": (leaf(metadata_policy={}), "trust_metadata_policy"),
    "neither issuer nor verifier": (leaf(metadata={}), "trust_metadata"),
    "no credit_code_issuer any more": (
        leaf(metadata={"credit_code_verifier": {"scenarios_supported": []}}),
        "trust_issuer_dropped",
    ),
    "hints that are no array": (leaf(trust_anchor_hints="x"), "json_members"),
    "a hint that is no text": (leaf(trust_anchor_hints=[1]), "json_members"),
    "no division code": (issuer(division_code=...), "json_members"),
    "a division code of five digits": (issuer(division_code="33030"), "json_members"),
    "a division code in other digits": (issuer(division_code="٣٣٠٣٠٠"), "json_members"),
    "a division code as a number": (issuer(division_code=330300), "json_members"),
    "no Chinese name": (issuer(**{"organization_name#zh-Hans": ...}), "json_members"),
    "a name of 129 characters": (issuer(organization_name="x" * 129), "json_members"),
    "a blank name": (issuer(organization_name=" "), "trust_metadata"),
    "a control character": (issuer(organization_name="a\x07"), "trust_metadata"),
    "a line separator": (issuer(organization_name="a\u2028b"), "trust_metadata"),
    "a lone surrogate": (issuer(organization_name="\ud800"), "json_not_strict"),
    "a private-use character": (issuer(organization_name="\ue000"), "trust_metadata"),
    "nine contacts": (issuer(contacts=["a"] * 9), "json_members"),
    "a contact that turns the line": (issuer(contacts=["\u2066x"]), "trust_metadata"),
    "no contacts": (issuer(contacts=...), "json_members"),
    "codes of 31 days and a second": (issuer(code_lifetime_max=31 * DAY + 1), "json_members"),
    "codes of no time": (issuer(code_lifetime_max=0), "json_members"),
    "no code_lifetime_max": (issuer(code_lifetime_max=...), "json_members"),
    "a code key without use": (code_key(use=...), "json_members"),
    "a code key to encrypt with": (code_key(use="enc"), "jwk_invalid"),
    "a code key without alg": (code_key(alg=...), "json_members"),
    "a code key of another algorithm": (code_key(alg="ES384"), "jwk_invalid"),
    "a code key without iat": (code_key(iat=...), "json_members"),
    "a code key without nbf": (code_key(nbf=...), "json_members"),
    "a code key without exp": (code_key(exp=...), "json_members"),
    "a code key with nbf true": (code_key(nbf=True), "json_members"),
    "a code key that ends as it begins": (code_key(exp=NOON), "trust_metadata"),
    "a kid that is not the thumbprint": (code_key(kid="A" * 43), "jwk_invalid"),
    "a private member": (code_key(d="AQ"), "jwk_invalid"),
    "a code key that is no object": (issuer(jwks={"keys": ["x"]}), "jwk_invalid"),
    "an odd scenario": (verifier(scenarios_supported=["Lodging.hotel"]), "json_members"),
    "a scenario of one part": (verifier(scenarios_supported=["lodging"]), "json_members"),
    "a scenario of 33 characters": (
        verifier(scenarios_supported=["a." + "b" * 31]),
        "json_members",
    ),
    "a government scenario": (verifier(scenarios_supported=["gov.service"]), "json_members"),
    "a finance scenario": (verifier(scenarios_supported=["finance.loan"]), "json_members"),
    "a scenario twice": (verifier(scenarios_supported=["a.b", "a.b"]), "json_members"),
    "257 scenarios": (
        verifier(scenarios_supported=[f"a.b{i}" for i in range(257)]),
        "json_members",
    ),
    "K2 as a code key": (
        issuer(jwks={"keys": [announced(CITY.k2.public).jwk()]}),
        "trust_key_in_two_roles",
    ),
}


@pytest.mark.parametrize("case", ANCHOR_REFUSALS)
def test_an_anchor_configuration_is_refused(case: str) -> None:
    body, code = ANCHOR_REFUSALS[case]

    assert outcome(Role.ANCHOR, body) == code


@pytest.mark.parametrize("case", SUBORDINATE_REFUSALS)
def test_a_subordinate_statement_is_refused(case: str) -> None:
    body, code = SUBORDINATE_REFUSALS[case]

    assert outcome(Role.SUBORDINATE, body) == code


@pytest.mark.parametrize("case", LEAF_REFUSALS)
def test_a_leaf_configuration_is_refused(case: str) -> None:
    body, code = LEAF_REFUSALS[case]

    assert outcome(Role.LEAF, body) == code


ACCEPTED: dict[str, tuple[Role, Body]] = {
    "an anchor of 90 days": (Role.ANCHOR, anchor(exp=LATER + 90 * DAY)),
    "an anchor issued 60 s ahead": (Role.ANCHOR, anchor(iat=LATER + 60)),
    "an anchor one second before its end": (Role.ANCHOR, anchor(exp=LATER + 1)),
    "an anchor with members of others": (Role.ANCHOR, anchor(trust_marks=[], x=1.5)),
    "a name of 128 characters": (Role.ANCHOR, federation_entity(organization_name="城" * 128)),
    "a subordinate statement with other constraints": (
        Role.SUBORDINATE,
        subordinate(constraints={"max_path_length": 0}),
    ),
    "16 entity types": (
        Role.SUBORDINATE,
        subordinate(constraints={"allowed_entity_types": ["x"] * 16}),
    ),
    "a leaf of 24 hours": (Role.LEAF, leaf(exp=LATER + DAY)),
    "a leaf without hints": (Role.LEAF, leaf(trust_anchor_hints=...)),
    "a leaf that only issues": (
        Role.LEAF,
        leaf(metadata={"credit_code_issuer": leaf()["metadata"]["credit_code_issuer"]}),
    ),
    "codes of 31 days": (Role.LEAF, issuer(code_lifetime_max=31 * DAY)),
    "codes of a second": (Role.LEAF, issuer(code_lifetime_max=1)),
    "eight contacts": (Role.LEAF, issuer(contacts=["a"] * 8)),
    "no contact": (Role.LEAF, issuer(contacts=[])),
    "an issuer with members of others": (Role.LEAF, issuer(logo_uri="https://x.example")),
    "a scenario of 32 characters": (
        Role.LEAF,
        verifier(scenarios_supported=["a." + "b" * 30]),
    ),
    "a scenario that only sounds like government": (
        Role.LEAF,
        verifier(scenarios_supported=["government.museum"]),
    ),
    "256 scenarios": (
        Role.LEAF,
        verifier(scenarios_supported=[f"a.b{i}" for i in range(256)]),
    ),
    "a code key of one second": (Role.LEAF, code_key(exp=NOON + 1)),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_a_statement_is_accepted(case: str) -> None:
    role, body = ACCEPTED[case]

    assert outcome(role, body) == "accepted"


@pytest.mark.parametrize(
    ("count", "expected"), [(16, "accepted"), (17, "jwk_invalid"), (5_000, "too_large")]
)
def test_a_set_holds_sixteen_keys(count: int, expected: str) -> None:
    many = [announced(generate().public).jwk() for _ in range(min(count, 17))]
    body = issuer(jwks={"keys": (many * count)[:count]})

    assert outcome(Role.LEAF, body) == expected


def test_a_kid_occurs_once() -> None:
    jwk = announced(CITY.k3.public).jwk()

    assert outcome(Role.LEAF, issuer(jwks={"keys": [jwk, jwk]})) == "jwk_invalid"


def test_hints_that_are_no_entities_are_left_out() -> None:
    body = leaf(trust_anchor_hints=[OTHER.anchor, "javascript:alert(1)"])

    statement = LeafConfiguration.parse(json.dumps(body).encode(), CITY.leaf)

    assert statement.trust_anchor_hints == (OTHER.anchor,)


def test_what_is_built_is_what_is_parsed() -> None:
    anchor_said = CITY.anchor_configuration()
    subordinate_said = CITY.subordinate_statement()
    leaf_said = CITY.leaf_configuration()

    assert AnchorConfiguration.parse(anchor_said.payload(), CITY.anchor) == anchor_said
    assert SubordinateStatement.parse(subordinate_said.payload(), CITY.leaf) == subordinate_said
    assert LeafConfiguration.parse(leaf_said.payload(), CITY.leaf) == leaf_said


def test_a_city_may_only_verify() -> None:
    body = leaf(metadata={"credit_code_verifier": {"scenarios_supported": ["lodging.hotel"]}})

    statement = LeafConfiguration.parse(json.dumps(body).encode(), CITY.leaf)

    assert statement.issuer is None
    assert statement.code_keys == ()
    assert LeafConfiguration.parse(statement.payload(), CITY.leaf) == statement


def test_a_city_may_only_issue() -> None:
    body = leaf(metadata={"credit_code_issuer": leaf()["metadata"]["credit_code_issuer"]})

    statement = LeafConfiguration.parse(json.dumps(body).encode(), CITY.leaf)

    assert statement.verifier is None
    assert LeafConfiguration.parse(statement.payload(), CITY.leaf) == statement


@pytest.mark.parametrize(
    ("constraints", "allowed", "issues"),
    [
        (..., None, True),
        ({}, None, True),
        ({"allowed_entity_types": []}, (), False),
        ({"allowed_entity_types": ["credit_code_verifier"]}, ("credit_code_verifier",), False),
        ({"allowed_entity_types": ["credit_code_issuer"]}, ("credit_code_issuer",), True),
    ],
)
def test_the_kill_switch_is_read(constraints: object, allowed: object, issues: bool) -> None:  # noqa: FBT001  a parameter of the test
    body = subordinate(constraints=constraints)

    statement = SubordinateStatement.parse(json.dumps(body).encode(), CITY.leaf)

    assert statement.allowed_entity_types == allowed
    assert statement.allows_issuing is issues
    assert SubordinateStatement.parse(statement.payload(), CITY.leaf) == statement


def test_a_life_has_both_edges() -> None:
    hour = life(NOON, HOUR)

    hour.check(at(-60))
    hour.check(at(HOUR - 1))
    with pytest.raises(FromFutureError):
        hour.check(at(-61))
    with pytest.raises(ExpiredError):
        hour.check(at(HOUR))
    assert hour.holds(at(HOUR - 1))
    assert not hour.holds(at(HOUR))


def test_a_statement_is_named_by_its_text_not_by_its_signature() -> None:
    one = signed(CITY.leaf_configuration(), CITY.k2)
    other = signed(CITY.leaf_configuration(), CITY.k2)

    assert one != other
    assert fingerprint(read(one)) == fingerprint(read(other))
    assert len(fingerprint(read(one))) == 64


def test_a_statement_of_64_kib_is_the_largest() -> None:
    fits = leaf(x="")
    overhead = len(raw_token(fits, CITY.k2))
    room = (64 * 1024 - overhead) * 3 // 4 - 4

    small = raw_token(leaf(x="y" * room), CITY.k2)
    large = raw_token(leaf(x="y" * (room + 16)), CITY.k2)

    assert len(small) <= 64 * 1024 < len(large)
    assert offered(BEFORE, Role.LEAF, small, LATER).result is Result.ACCEPTED
    assert offered(BEFORE, Role.LEAF, large, LATER).refusal == "too_large"


def _header(**header: object) -> str:
    """Return a leaf configuration that K2 signed under another header."""
    head = base64url.encode(json.dumps(header, separators=(",", ":")).encode())
    text = f"{head}.{base64url.encode(json.dumps(leaf()).encode())}"
    return f"{text}.{base64url.encode(CITY.k2.sign(text.encode()))}"


KID = CITY.k2.public.kid
TYP = "entity-statement+jwt"
SHELL: dict[str, tuple[Callable[[], str], str]] = {
    "alg none": (lambda: _header(alg="none", kid=KID, typ=TYP), "jws_format"),
    "alg none without a signature": (
        lambda: _header(alg="none", kid=KID, typ=TYP).rpartition(".")[0] + ".",
        "jws_format",
    ),
    "HS256 with the public key": (lambda: _header(alg="HS256", kid=KID, typ=TYP), "jws_format"),
    "another typ": (lambda: _header(alg="ES256", kid=KID, typ="JWT"), "jws_format"),
    "no typ": (lambda: _header(alg="ES256", kid=KID), "jws_format"),
    "crit in the header": (
        lambda: _header(alg="ES256", kid=KID, typ=TYP, crit=[]),
        "jws_format",
    ),
    "a jwk in the header": (lambda: _header(alg="ES256", kid=KID, typ=TYP, jwk={}), "jws_format"),
    "a credit code": (
        lambda: jws.sign(b'{"iss":"330300"}', CITY.k2, typ="credit-code+jwt"),
        "jws_format",
    ),
    "padding": (lambda: raw_token(leaf(), CITY.k2) + "=", "jws_format"),
    "white space": (lambda: raw_token(leaf(), CITY.k2) + "\n", "jws_format"),
    "two parts": (lambda: raw_token(leaf(), CITY.k2).rpartition(".")[0], "jws_format"),
    "nothing": (lambda: "", "jws_format"),
    "HTML": (lambda: "<!doctype html>", "jws_format"),
    "a broken signature": (
        lambda: raw_token(leaf(), CITY.k2)[:-8] + "AAAAAAAA",
        "jws_bad_signature",
    ),
    "duplicate members": (
        lambda: raw_token(json.dumps(leaf()).replace("{", '{"iss":"x",', 1).encode(), CITY.k2),
        "json_not_strict",
    ),
    "NaN": (lambda: raw_token(leaf(x=float("nan")), CITY.k2), "json_not_strict"),
    "20,000-deep nesting": (
        lambda: raw_token(b'{"x":' + b"[" * 20_000 + b"]" * 20_000 + b"}", CITY.k2),
        "json_not_strict",
    ),
    "a byte-order mark": (
        lambda: raw_token(b"\xef\xbb\xbf" + json.dumps(leaf()).encode(), CITY.k2),
        "json_not_strict",
    ),
    "UTF-16": (lambda: raw_token(json.dumps(leaf()).encode("utf-16"), CITY.k2), "json_not_strict"),
    "an array": (lambda: raw_token(b"[]", CITY.k2), "json_not_strict"),
}


@pytest.mark.parametrize("case", SHELL)
def test_the_shell_refuses_what_the_city_itself_signed(case: str) -> None:
    build, code = SHELL[case]

    update = offered(BEFORE, Role.LEAF, build(), LATER)

    assert update.result is Result.REFUSED
    assert update.refusal == code
    assert update.city is BEFORE
    assert [alarm.code for alarm in update.alarms] == [code]


def test_a_statement_is_only_about_the_entity_that_was_asked_for() -> None:
    with pytest.raises(GatewayError):
        AnchorConfiguration.parse(CITY.anchor_configuration().payload(), EntityId(CITY.leaf))


def test_first_contact_knows_nothing() -> None:
    assert TrustedCity.first(CITY.pins()).leaf is None
