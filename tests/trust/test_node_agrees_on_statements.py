"""A second implementation, written from the document alone, believes the same of a city as ours."""

import json
from pathlib import Path
from typing import Any, cast

from tests.node_reader import NodeReader

TRUST = Path(__file__).parent.parent / "vectors" / "trust.json"


def vectors() -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(TRUST.read_text(encoding="utf-8")))


def test_node_agrees_with_every_step_and_safety_number(node: NodeReader) -> None:
    found = vectors()
    rows = sum(len(case["steps"]) + len(found["first_contact"]) + 1 for case in found["cases"])

    told = node.run("trust.mjs", TRUST)

    assert told == (0, {"checked": rows + 2 * len(found["safety"]), "disagreements": []})


def test_node_says_what_it_would_not_believe(node: NodeReader, tmp_path: Path) -> None:
    changed = vectors()
    believed = changed["cases"][0]["after"]
    wanted = believed | {"issuing_allowed": False}
    changed["cases"][0]["after"] = wanted
    (tmp_path / "trust.json").write_text(json.dumps(changed), encoding="utf-8")

    code, report = node.run("trust.mjs", tmp_path / "trust.json")

    assert code == 1
    assert report["disagreements"] == [
        {"name": "after: first contact", "wanted": wanted, "found": believed}
    ]
