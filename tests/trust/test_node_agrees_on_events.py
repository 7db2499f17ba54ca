"""A second implementation, written from the document alone, reads the same events."""

import json
from pathlib import Path

from tests.node_reader import NodeReader

TESTS = Path(__file__).parent.parent
EVENTS = TESTS / "vectors" / "events.json"


def test_node_agrees_with_every_event(node: NodeReader) -> None:
    cases = json.loads(EVENTS.read_text(encoding="utf-8"))["cases"]

    assert node.run("events.mjs", EVENTS) == (0, {"checked": len(cases), "disagreements": []})


def test_node_says_where_it_disagrees(node: NodeReader, tmp_path: Path) -> None:
    vectors = json.loads(EVENTS.read_text(encoding="utf-8"))
    vectors["cases"][0]["err"] = "invalid_key"
    (tmp_path / "events.json").write_text(json.dumps(vectors), encoding="utf-8")

    code, report = node.run("events.mjs", tmp_path / "events.json")

    assert code == 1
    first = {"name": vectors["cases"][0]["name"], "expected": "invalid_key", "said": None}
    assert report["disagreements"] == [first]
