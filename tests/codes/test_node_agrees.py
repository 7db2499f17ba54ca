"""A second implementation, written from the document alone, reads the same vectors."""

import json
import shutil
from pathlib import Path

from tests.node_reader import NodeReader

TESTS = Path(__file__).parent.parent
VECTORS = TESTS / "vectors"


def test_node_agrees_with_every_vector(node: NodeReader) -> None:
    vectors = json.loads((VECTORS / "codes.json").read_text(encoding="utf-8"))

    code, report = node.run("codes.mjs")

    assert report["disagreements"] == []
    assert code == 0
    lists = (vectors[name] for name in ("keys", "base45", "deflate", "cases"))
    assert report["checked"] == 1 + sum(map(len, lists))


def test_node_says_where_it_disagrees(node: NodeReader, tmp_path: Path) -> None:
    vectors = json.loads((VECTORS / "codes.json").read_text(encoding="utf-8"))
    vectors["cases"][0]["expected"] = {"outcome": "present_again"}
    (tmp_path / "codes.json").write_text(json.dumps(vectors), encoding="utf-8")
    shutil.copy(VECTORS / vectors["dictionary"]["file"], tmp_path)

    code, report = node.run("codes.mjs", tmp_path / "codes.json")

    assert code == 1
    assert [row["name"] for row in report["disagreements"]] == [vectors["cases"][0]["name"]]
