"""A second implementation, written from the documents alone, reads the same as ours."""

import json
from pathlib import Path
from typing import Any, cast

from tests.node_reader import NodeReader

TESTS = Path(__file__).parent.parent
VECTORS = TESTS / "vectors"
STATUS, BUNDLE = VECTORS / "status.json", VECTORS / "bundle.json"
CATALOGUE, TICKETS = VECTORS / "catalogue.json", VECTORS / "tickets.json"


def read(place: Path) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(place.read_text(encoding="utf-8")))


def test_node_agrees_with_every_status_list_and_bundle(node: NodeReader) -> None:
    status, bundle = read(STATUS), read(BUNDLE)
    rows = (*(status[name] for name in ("cases", "asks", "listings")), bundle["cases"])
    told = node.run("documents.mjs", STATUS, BUNDLE)

    assert told == (0, {"checked": sum(map(len, rows)), "disagreements": []})


def test_node_agrees_with_every_catalogue_and_ticket(node: NodeReader) -> None:
    catalogue = read(CATALOGUE)
    rows = (catalogue["cases"], catalogue["followers"], read(TICKETS)["tickets"])
    told = node.run("catalogues.mjs", CATALOGUE, TICKETS)

    assert told == (0, {"checked": sum(map(len, rows)), "disagreements": []})


def test_node_says_where_it_disagrees(node: NodeReader, tmp_path: Path) -> None:
    vectors = read(STATUS)
    vectors["asks"][0]["expected"] = "present_again"
    (tmp_path / "status.json").write_text(json.dumps(vectors), encoding="utf-8")

    code, report = node.run("documents.mjs", tmp_path / "status.json", BUNDLE)

    assert code == 1
    name = f"ask: {vectors['asks'][0]['name']}"
    assert report["disagreements"] == [
        {"name": name, "wanted": "present_again", "found": "goes_on"}
    ]


def test_node_says_which_ticket_it_would_not_make(node: NodeReader, tmp_path: Path) -> None:
    vectors = read(TICKETS)
    vectors["tickets"][-1]["quota"]["every"] = 3
    (tmp_path / "tickets.json").write_text(json.dumps(vectors), encoding="utf-8")

    code, report = node.run("catalogues.mjs", CATALOGUE, tmp_path / "tickets.json")

    last = len(vectors["tickets"]) - 1
    assert (code, [each["name"] for each in report["disagreements"]]) == (1, [f"ticket: {last}"])
