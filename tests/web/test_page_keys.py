"""Keys in a page, how it follows them, and the names and numbers in a code."""

from pathlib import Path
from typing import Any, Final

from gateway.codes.grammar import serialise
from gateway.ids import ScenarioId, Timestamp
from gateway.jose import base64url
from tests.vectors.make_documents import DAY, LEAF, NOW, OTHER, URI, bundle, issuer, jwk, token
from tests.vectors.make_events import DEAD, K2, OF_OTHER, FixedSigner, compact
from tests.web.odd_showings import signed
from tests.web.page_verifier import Asked, ask_page
from tests.world import HOTEL, JINHUA, NOON, WENZHOU

FIELD: Final = 2**256 - 2**224 + 2**192 + 2**96 - 1
GOOD: Final = jwk(K2)


def _unreduced() -> str:
    """Return x of a point whose x is small enough to be spelled with the prime added."""
    return base64url.encode((FIELD + 5).to_bytes(32, "big"))


BAD_KEYS: Final[dict[str, Any]] = {
    "off the curve": {**GOOD, "x": GOOD["y"]},
    "a coordinate that is not reduced": {**GOOD, "x": _unreduced()},
    "a coordinate of 31 bytes": {**GOOD, "x": base64url.encode(bytes(31))},
    "padding": {**GOOD, "x": f"{GOOD['x']}="},
    "no kid": {name: value for name, value in GOOD.items() if name != "kid"},
    "another kid": {**GOOD, "kid": jwk(DEAD)["kid"]},
    "another curve": {**GOOD, "crv": "P-384"},
    "another type": {**GOOD, "kty": "OKP"},
    "another use": {**GOOD, "use": "enc"},
    "alg that is null": {**GOOD, "alg": None},
    "a private member": {**GOOD, "d": None},
    "a list": [GOOD],
    "nothing": None,
}


def test_a_key_that_is_none_is_refused(tmp_path: Path) -> None:
    found = ask_page([{"do": "key", "jwk": each} for each in BAD_KEYS.values()], tmp_path)

    assert [(name, each) for name, each in zip(BAD_KEYS, found, strict=True)] == [
        (name, {"error": "jwk_invalid"}) for name in BAD_KEYS
    ]


# Following K2


def leaf(*keys: FixedSigner, by: FixedSigner = K2, iat: int = NOW, **changes: object) -> str:
    members = {
        "iss": LEAF,
        "sub": LEAF,
        "iat": iat,
        "exp": iat + DAY,
        "jwks": {"keys": [jwk(each) for each in keys]},
    }
    return token(compact(members | changes), "entity-statement+jwt", by)


def follow(text: str, *pinned: FixedSigner, iat: int | None = None, now: int = NOW) -> Asked:
    held: Asked = {"keys": [jwk(each) for each in pinned or (K2,)]}
    if iat is not None:
        held["iat"] = iat
    return {"do": "follow", "pinned": held, "token": text, "leaf": LEAF, "nowS": now}


def test_a_page_follows_a_key_that_one_it_holds_has_named(tmp_path: Path) -> None:
    both, later = leaf(K2, OF_OTHER), leaf(OF_OTHER, by=OF_OTHER, iat=NOW + 60)

    first, second, again = ask_page(
        [
            follow(both),
            follow(later, K2, OF_OTHER, iat=NOW),
            follow(leaf(K2, iat=NOW + 120), OF_OTHER, iat=NOW + 60),
        ],
        tmp_path,
    )

    assert [each["kid"] for each in first["keys"]] == [K2.public.kid, OF_OTHER.public.kid]
    assert (first["iat"], second["iat"]) == (NOW, NOW + 60)
    assert [each["kid"] for each in second["keys"]] == [OF_OTHER.public.kid]
    # What was dropped is no longer followed.
    assert again == {"error": "trust_unknown_signer"}


def test_a_page_does_not_follow(tmp_path: Path) -> None:
    rows = {
        "a key that it has not": (
            follow(leaf(OF_OTHER, by=OF_OTHER)),
            "trust_unknown_signer",
        ),
        "an older one": (follow(leaf(K2), iat=NOW + 1), "trust_rollback"),
        "one of another city": (follow(leaf(K2, iss=OTHER, sub=OTHER)), "trust_wrong_entity"),
        "one about another": (follow(leaf(K2, sub=OTHER)), "trust_wrong_entity"),
        "one without keys": (follow(leaf()), "trust_no_keys"),
        "one with a private key": (
            follow(leaf(jwks={"keys": [{**GOOD, "d": "AQ"}]})),
            "jwk_invalid",
        ),
        "one with 17 keys": (follow(leaf(*[K2] * 17)), "jwk_invalid"),
        "one that ended": (follow(leaf(K2), now=NOW + DAY), "trust_expired"),
        "a policy": (follow(leaf(K2, metadata_policy={})), "trust_metadata_policy"),
        "a bundle": (follow(bundle()), "jws_format"),
        "the same once more": (follow(leaf(K2), iat=NOW), None),
    }

    found = ask_page([asked for asked, _ in rows.values()], tmp_path)

    told = {name: each.get("error") for name, each in zip(rows, found, strict=True)}
    assert told == {name: code for name, (_, code) in rows.items()}


# Whose list it is


def test_a_list_is_asked_of_the_very_city_that_names_it(tmp_path: Path) -> None:
    own = issuer(status_keys=[jwk(K2), jwk(OF_OTHER)])
    held = bundle({"330300": own, "330500": issuer(status_lists=[], status_keys=...)})
    shell = {"typ": "credit-bundle+jwt", "issuer": LEAF, "keys": [GOOD], "nowS": NOW}
    opened = {"do": "open", "name": "bundle", "token": held, **shell}
    asked = {"do": "source", "bundle": "bundle", "division": "330300", "uri": URI}

    _, source, other, elsewhere, nobody = ask_page(
        [
            opened,
            asked,
            asked | {"division": "330500"},
            asked | {"uri": f"{LEAF}/status/2"},
            asked | {"division": "constructor"},
        ],
        tmp_path,
    )

    kids = [each["kid"] for each in source["keys"]]
    assert (source["issuer"], kids) == (LEAF, [K2.public.kid, OF_OTHER.public.kid])
    assert (other, elsewhere, nobody) == (None, None, None)


# Names and numbers in a code


def spelled(payload: str) -> Asked:
    return {"do": "claims", "text": signed(JINHUA, payload.encode())}


def printed(name: str) -> str:
    """Return the payload of a printed code with this name, whether or not it may have it."""
    status = f'"status":{{"status_list":{{"idx":1,"uri":"{URI}"}}}}'
    return scenario().removesuffix("}") + f',"nm":"{name}",{status}}}'


def scenario() -> str:
    return serialise(
        JINHUA.claims(
            tier=None,
            destination=WENZHOU.code,
            scenario=ScenarioId(HOTEL),
            policy_version="2026.1",
        )
    ).decode()


def general() -> str:
    return serialise(JINHUA.claims(at=Timestamp(NOON))).decode()


def test_a_name_is_counted_in_code_points_and_spelled_in_nfc(tmp_path: Path) -> None:
    rows = {
        "张*": True,
        "欧阳某某*": True,
        "欧阳某某某*": False,
        "\U00020000\U00020001\U00020002\U00020003*": True,
        "\U00020000\U00020001\U00020002\U00020003\U00020004*": False,
        "\u00e9*": True,
        "e\u0301*": False,
        "\u2126*": False,
        "张": False,
        "*": False,
        "张**": False,
        "张 *": False,
        "张\u0085*": False,
        "张\u2028*": True,
        "张\n*": False,
        '张"*': False,
        "张\\*": False,
    }

    found = ask_page([spelled(printed(name)) for name in rows], tmp_path)

    assert {name: "error" not in each for name, each in zip(rows, found, strict=True)} == rows


def test_nothing_stands_before_or_behind_a_payload(tmp_path: Path) -> None:
    good = general()
    odd = [f"{good}\n", f"\n{good}", f"{good}\r", f"{good}\u2028", f"{good}{good}", f"\ufeff{good}"]

    found = ask_page([spelled(each) for each in (good, *odd)], tmp_path)

    assert "error" not in found[0]
    assert found[1:] == [{"error": "not_a_code"}] * len(odd)


def test_numbers_beyond_what_a_double_holds_are_no_numbers(tmp_path: Path) -> None:
    good = general().replace(f'"exp":{NOON + 90}', '"exp":{}')
    numbers = {
        "9007199254740991": True,
        "9007199254740992": False,
        "9007199254740993": False,
        "9999999999999999": False,
        "18000000000000000": False,
        "01": False,
        "1.0": False,
        "1e9": False,
        "-1": False,
        "\uff11": False,
    }

    found = ask_page([spelled(good.replace("{}", each)) for each in numbers], tmp_path)

    assert {each: "error" not in said for each, said in zip(numbers, found, strict=True)} == numbers
