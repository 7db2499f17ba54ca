"""A second implementation, written from the document alone, reads the same vectors."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parent.parent
NODE_DIRECTORY = TESTS / "node"
VECTORS = TESTS / "vectors"


@pytest.fixture(scope="module")
def node() -> str:
    found = shutil.which("node")
    if found is None:
        pytest.skip("no node (Node.js 20 or newer)")
    if not (NODE_DIRECTORY / "node_modules" / "fflate").is_dir():
        pytest.skip("no packages in tests/node (make setup installs them)")
    return found


def _run(node: str, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(  # noqa: S603 -- our own script
        [node, str(NODE_DIRECTORY / "codes.mjs"), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert not done.stderr
    return done.returncode, json.loads(done.stdout)


def test_node_agrees_with_every_vector(node: str) -> None:
    vectors = json.loads((VECTORS / "codes.json").read_text(encoding="utf-8"))

    code, report = _run(node)

    assert report["disagreements"] == []
    assert code == 0
    lists = (vectors[name] for name in ("keys", "base45", "deflate", "cases"))
    assert report["checked"] == 1 + sum(map(len, lists))


def test_node_says_where_it_disagrees(node: str, tmp_path: Path) -> None:
    vectors = json.loads((VECTORS / "codes.json").read_text(encoding="utf-8"))
    vectors["cases"][0]["expected"] = {"outcome": "present_again"}
    (tmp_path / "codes.json").write_text(json.dumps(vectors), encoding="utf-8")
    shutil.copy(VECTORS / vectors["dictionary"]["file"], tmp_path)

    code, report = _run(node, str(tmp_path / "codes.json"))

    assert code == 1
    assert [row["name"] for row in report["disagreements"]] == [vectors["cases"][0]["name"]]
