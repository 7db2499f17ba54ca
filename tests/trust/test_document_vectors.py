"""The published status lists and bundles, run from the files, and read by a second library."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from joserfc import jws as other_jws
from joserfc.jwk import ECKey

from gateway.codes import status_list
from gateway.codes.errors import StatusIndexError, StatusListError
from gateway.errors import GatewayError
from gateway.ids import EntityId, Timestamp
from gateway.jose.keys import parse_jwk
from gateway.trust import bundle
from gateway.trust.documents import (
    BUNDLE_TYPE,
    STATUS_LIST_TYPE,
    Document,
    DocumentType,
    verify_document,
)
from tests.vectors import make_documents

HERE = Path(__file__).parents[1] / "vectors"


def _read(name: str) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads((HERE / name).read_text("utf-8")))


STATUS, BUNDLE = _read("status.json"), _read("bundle.json")
LISTS: dict[str, dict[str, Any]] = {case["name"]: case for case in STATUS["cases"]}
BUNDLES: dict[str, dict[str, Any]] = {case["name"]: case for case in BUNDLE["cases"]}


def _document(vectors: dict[str, Any], case: dict[str, Any], kind: DocumentType) -> Document:
    return verify_document(
        case["token"],
        kind=kind,
        issuer=EntityId(vectors["leaf"]),
        keys=tuple(parse_jwk(jwk) for jwk in vectors["keys"]),
        now=Timestamp(case["now"]),
    )


@pytest.mark.parametrize("name", LISTS)
def test_a_status_list_is_read_as_published(name: str) -> None:
    case = LISTS[name]
    told: dict[str, Any]

    try:
        members = _document(STATUS, case, STATUS_LIST_TYPE).members.values
        packed = status_list.parse(members, uri=STATUS["uri"]).packed
        wanted = case["expected"].get("set")
        told = {"accepted": True, "set": wanted}
        assert packed == status_list.pack(wanted)
    except GatewayError as error:
        told = {"accepted": False, "error": error.code}

    assert told == case["expected"]


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_is_read_as_published(name: str) -> None:
    case = BUNDLES[name]

    try:
        found = bundle.parse(_document(BUNDLE, case, BUNDLE_TYPE).members)
        told: dict[str, Any] = {
            "accepted": True,
            "issuers": {
                city: [key.public.kid for key in issuer.keys]
                for city, issuer in found.issuers.items()
            },
        }
    except GatewayError as error:
        told = {"accepted": False, "error": error.code}

    assert told == case["expected"]


@pytest.mark.parametrize("ask", STATUS["asks"], ids=lambda ask: str(ask["name"]))
def test_a_code_s_status_is_as_published(ask: dict[str, Any]) -> None:
    members = _document(STATUS, LISTS["a list"], STATUS_LIST_TYPE).members.values
    held = status_list.parse(members, uri=STATUS["uri"])

    told = "undetermined"
    if (ask["issuer"], ask["uri"]) == (STATUS["leaf"], held.uri) and held.counts(ask["now"]):
        try:
            told = "present_again" if held.revoked(ask["idx"]) else "goes_on"
        except StatusIndexError:
            told = "undetermined"

    assert told == ask["expected"]


@pytest.mark.parametrize("row", STATUS["listings"], ids=lambda row: str(row["name"]))
def test_a_listing_is_read_as_published(row: dict[str, Any]) -> None:
    prefix = f"{STATUS['leaf']}/status/"

    try:
        numbers = list(status_list.parse_listing(row["body"].encode(), prefix=prefix))
    except StatusListError:
        numbers = None

    assert numbers == row["numbers"]


@pytest.mark.parametrize("vectors", [STATUS, BUNDLE], ids=["status", "bundle"])
def test_another_library_verifies_the_valid_ones(vectors: dict[str, Any]) -> None:
    (jwk,) = vectors["keys"]
    key = ECKey.import_key(jwk)

    for case in vectors["cases"]:
        if case["group"] == "valid":
            found = other_jws.deserialize_compact(case["token"], key, algorithms=["ES256"])
            assert json.loads(found.payload)["iss"] == vectors["leaf"]


def test_the_files_are_what_the_generator_writes() -> None:
    written = {place.name: document for place, document in make_documents.documents().items()}

    for name, vectors in (("status.json", STATUS), ("bundle.json", BUNDLE)):
        assert _without_tokens(vectors) == _without_tokens(written[name])


def _without_tokens(document: Mapping[str, Any]) -> dict[str, Any]:
    """DEFLATE leaves its bits to the packer, so another zlib writes other tokens."""
    cases = [{**case, "token": None} for case in document["cases"]]
    return {**document, "cases": cases}
