"""The pages' verifier says what the published vectors say, which is what Python says.

What does not concern a page is named here with its reason; nothing is left out silently.
"""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from gateway.codes import dictionary
from gateway.codes.claims import StatusReference
from gateway.codes.grammar import serialise
from gateway.ids import CityId, ScenarioId, Timestamp
from gateway.jose import base64url
from tests.web.city_rules import NOT_A_PAGES_RULE
from tests.web.odd_showings import signed
from tests.web.page_verifier import Asked, ask_page, bundle_of
from tests.world import City

VECTORS = Path(__file__).parents[1] / "vectors"
SCENARIO = "travel.attraction"

BEYOND: Final = {
    "recognised",
    "other_destination",
    "other_scenario",
    "scenario_not_agreed",
    "status_unlisted",
    "no_offer",
    "catalogue_unknown",
}
"""What a page may answer where the vectors say ``accepted``: of step 6 and later."""

OTHER_FILES: Final = {
    "events.json": "events are between cities; a page receives none",
    "tickets.json": "tickets are made by home cities, and spent where the database is",
}


def _read(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((VECTORS / name).read_text("utf-8"))
    return document


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("asks")


def test_every_file_of_vectors_is_run_or_named() -> None:
    here = {"codes.json", "bundle.json", "status.json", "ietf_status_list.json", "catalogue.json"}

    assert {path.name for path in VECTORS.glob("*.json")} == {*here, "trust.json", *OTHER_FILES}


# The code


def _judged(case: Asked, keys: list[Asked]) -> Asked:
    cities = {key["city"] for key in keys}
    facts = {
        "division": "330700",
        "scenarios": [SCENARIO],
        "venues": [],
        "agreed": {city: [SCENARIO] for city in cities},
        "lifetimeMax": dict.fromkeys(cities, case["code_lifetime_max"]),
        "stoppedOffers": [],
    }
    trust = {"bundle": bundle_of(keys, now=case["now"]), "catalogues": [], "statusLists": {}}
    asked = {"text": case["text"], "scenario": SCENARIO, "nowS": case["now"]}
    return {"do": "judge", **asked, "facts": facts, "trust": trust}


def _told(verdict: Asked) -> Asked:
    return {"outcome": verdict["outcome"], "error": verdict["reason"], "hint": verdict.get("hint")}


def _expected(case: Asked) -> Asked:
    expected = case["expected"]
    return {name: expected.get(name) for name in ("outcome", "error", "hint")}


def test_the_page_judges_every_code_as_published(directory: Path) -> None:
    vectors = _read("codes.json")
    cases = [case for case in vectors["cases"] if case["form"] == "wire"]

    asks = [_judged(case, [vectors["keys"][name] for name in case["keys"]]) for case in cases]
    verdicts = ask_page(asks, directory)

    refused = [
        (case["name"], _told(verdict), _expected(case))
        for case, verdict in zip(cases, verdicts, strict=True)
        if case["expected"]["outcome"] != "accepted"
    ]
    assert [row for row in refused if row[1] != row[2]] == []
    accepted = {
        case["name"]: verdict["reason"]
        for case, verdict in zip(cases, verdicts, strict=True)
        if case["expected"]["outcome"] == "accepted"
    }
    assert {name: reason for name, reason in accepted.items() if reason not in BEYOND} == {}
    assert len(refused) > 150
    assert len(accepted) > 50


def test_the_page_reads_the_claims_that_are_published(directory: Path) -> None:
    cases = [
        case
        for case in _read("codes.json")["cases"]
        if case["form"] == "wire" and case["expected"]["outcome"] == "accepted"
    ]

    found = ask_page([{"do": "claims", "text": case["text"]} for case in cases], directory)

    assert [_as_published(claims) for claims in found] == [
        case["expected"]["claims"] for case in cases
    ]


def _as_published(claims: Asked) -> Asked:
    names = {
        "issuer": "iss",
        "issuedAt": "iat",
        "expiresAt": "exp",
        "codeId": "jti",
        "destination": "aud",
        "scenario": "scn",
        "policyVersion": "pol",
        "ticket": "nul",
        "maskedName": "nm",
    }
    found: Asked = {names.get(name, name): value for name, value in claims.items()}
    if "status" in found:
        status = found["status"]
        found["status"] = {"status_list": {"idx": status["index"], "uri": status["uri"]}}
    return found


def test_the_page_takes_no_plain_jws(directory: Path) -> None:
    vectors = _read("codes.json")
    cases = [
        case
        for case in vectors["cases"]
        if case["form"] == "jws" and not case["text"].startswith("CC1:")
    ]

    asks = [_judged(case, [vectors["keys"][name] for name in case["keys"]]) for case in cases]

    assert {each["outcome"] for each in ask_page(asks, directory)} == {"not_a_code"}


def test_the_page_decodes_base45_and_deflate_as_published(directory: Path) -> None:
    vectors = _read("codes.json")
    asks = [{"do": "base45", "text": row["text"]} for row in vectors["base45"]]
    asks += [{"do": "deflate", "hex": row["hex"]} for row in vectors["deflate"]]

    found = ask_page(asks, directory)

    rows = [*vectors["base45"], *vectors["deflate"]]
    for ask, row, each in zip(asks, rows, found, strict=True):
        assert {**ask, **each} == {**ask, **row} | {"do": ask["do"]} or each.items() <= row.items()


def test_the_page_knows_every_key_of_the_vectors(directory: Path) -> None:
    jwks = [key["jwk"] for key in _read("codes.json")["keys"].values()]

    found = ask_page([{"do": "key", "jwk": jwk} for jwk in jwks], directory)

    assert found == [{"kid": jwk["kid"]} for jwk in jwks]


def test_pages_are_built_with_the_dictionary_of_the_package_or_not_at_all(directory: Path) -> None:
    source = Path(dictionary.__file__).read_text("utf-8")
    sources = (source, source.replace('"tier":3', '"tier":4'), source.replace("b'", "B'"))

    found = ask_page([{"do": "dictionary", "source": each} for each in sources], directory)

    assert found[0] == {"hex": (VECTORS / "cc1-dictionary-1.bin").read_bytes().hex()}
    assert found[1:] == [{"error": "refused to build"}] * 2


# Documents


def _opened(vectors: Asked, case: Asked, typ: str, **how: object) -> Asked:
    shell = {"typ": typ, "issuer": vectors["leaf"], "keys": vectors["keys"], "nowS": case["now"]}
    return {"do": "open", "name": case["name"], "token": case["token"], **shell, **how}


def _as_told(expected: Asked, *names: str) -> Asked:
    if "error" in expected:
        return {"error": expected["error"]}
    return {name: expected[name] for name in names}


def test_the_page_reads_every_status_list_as_published(directory: Path) -> None:
    vectors = _read("status.json")
    asks = [
        _opened(vectors, case, "statuslist+jwt", read="status", uri=vectors["uri"])
        for case in vectors["cases"]
    ]

    found = ask_page(asks, directory)

    assert found == [_as_told(case["expected"], "set") for case in vectors["cases"]]


def test_the_page_makes_of_a_code_s_status_what_is_published(directory: Path) -> None:
    # The listings are left out: a page reads none, the bundle names the lists of each city.
    vectors = _read("status.json")
    lists, other = vectors["cases"][0], "330500"
    held = {"do": "open", **_opened(vectors, lists, "statuslist+jwt"), "name": "list"}

    found = ask_page(
        [held, *(_status_ask(ask, vectors, other) for ask in vectors["asks"])], directory
    )

    told = [_STATUS_TOLD.get(each["reason"], each["outcome"]) for each in found[1:]]
    assert told == [ask["expected"] for ask in vectors["asks"]]


# Behind the status nothing is held here, and that is what the page says where it got so far.
_STATUS_TOLD: Final = {"version_unknown": "goes_on"}


def _status_ask(ask: Asked, vectors: Asked, other: str) -> Asked:
    """Return the showing of a printed code of 温州, or of another city, with this status."""
    home = City(CityId("330300" if ask["issuer"] == vectors["leaf"] else other))
    now = ask["now"]
    claims = home.claims(
        at=Timestamp(now),
        life_s=7200,
        tier=None,
        destination=CityId("330700"),
        scenario=ScenarioId(SCENARIO),
        policy_version="2026.1",
        status=StatusReference(index=ask["idx"], uri=ask["uri"]),
    )
    window = {"not_before": now - 1, "expires_at": now + 7200}
    key = {"city": home.code, "jwk": home.signer.public.jwk(), **window}
    lists = [vectors["uri"]] if home.code != other else []
    trust = {
        "bundle": bundle_of([key], now=now, status_lists=lists),
        "catalogues": [],
        "statusLists": {vectors["uri"]: "list"},
    }
    text = signed(home, serialise(claims))
    judged = _judged({"text": text, "now": now, "code_lifetime_max": 7200}, [key])
    return judged | {"trust": trust}


def test_the_page_reads_every_bundle_as_published(directory: Path) -> None:
    vectors = _read("bundle.json")
    asks = [_opened(vectors, case, "credit-bundle+jwt", read="bundle") for case in vectors["cases"]]

    found = ask_page(asks, directory)

    for each, case in zip(found, vectors["cases"], strict=True):
        wanted = _as_told(case["expected"], "issuers")
        assert {name: each[name] for name in wanted} == wanted, case["name"]


def test_the_page_reads_every_catalogue_as_published(directory: Path) -> None:
    vectors = _read("catalogue.json")
    # A page takes the version that is in force, whichever address it came from. What may follow
    # what (``followers``) is asked by who reads another city: this is the page's own.
    cases = [case for case in vectors["cases"] if case["name"] != "in force in a second"]
    scenarios = vectors["scenarios"]

    asks = [
        _opened(vectors, case, "credit-catalog+jwt", read="catalogue", scenarios=scenarios)
        for case in cases
    ]
    found = ask_page(asks, directory)

    assert found == [_as_told(case["expected"], "offers") for case in cases]
    assert len(cases) == len(vectors["cases"]) - 1


def test_the_page_reads_the_ietf_list_of_one_bit(directory: Path) -> None:
    # Lists of 2, 4 and 8 bits are not of this profile.
    (one,) = (each for each in _read("ietf_status_list.json")["lists"] if each["bits"] == 1)

    (found,) = ask_page([{"do": "inflate", "lst": one["lst"]}], directory)

    assert found == {"set": [index for index, _ in one["set"]]}


def test_the_page_follows_leaf_configurations_as_published(directory: Path) -> None:
    vectors = _read("trust.json")
    leaf = vectors["city"]["leaf"]
    (first,) = (each for each in vectors["first_contact"] if each["role"] == "leaf")
    known = json.loads(base64url.decode(first["token"].split(".")[1]))
    pinned = {"keys": known["jwks"]["keys"], "iat": known["iat"]}
    steps = [
        (case["name"], next(step for step in case["steps"] if step["role"] == "leaf"))
        for case in vectors["cases"]
        if case["name"] not in NOT_A_PAGES_RULE
        and any(step["role"] == "leaf" for step in case["steps"])
    ]

    found = ask_page(
        [
            {
                "do": "follow",
                "pinned": pinned,
                "token": step["token"],
                "leaf": leaf,
                "nowS": step["now"],
            }
            for _, step in steps
        ],
        directory,
    )

    told = [(name, each.get("error")) for (name, _), each in zip(steps, found, strict=True)]
    assert told == [(name, step["refusal"]) for name, step in steps]
    assert len(steps) == 46
    assert {case["name"] for case in vectors["cases"]} >= NOT_A_PAGES_RULE.keys()
