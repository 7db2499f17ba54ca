"""What must never be in the repository, and what must stay together."""

import json
import re
import tomllib

import pytest

from tests.project.tree import ROOT, named, text_of, tracked

FORBIDDEN = {
    "address of a package mirror": re.compile(
        r"https?://[a-z0-9.-]*(pypi|pythonhosted|npmjs|npmmirror|jsdelivr|unpkg|deb\.debian)\b"
    ),
    "path of somebody's machine": re.compile(
        rf"(?<![\w.])/(home|Users|root)/\w|{re.escape(str(ROOT))}/"
    ),
    "private key": re.compile(
        r"BEGIN [A-Z ]*PRIVATE KEY-|[\"']d[\"']: *[\"'][A-Za-z0-9_-]{40,}[\"']"
    ),
}
MAX_LINES = 350
MAX_BYTES = 500_000


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds_what_may_not_be_published(what: str) -> None:
    pattern = FORBIDDEN[what]

    found = [named(path) for path in tracked() if pattern.search(text_of(path))]

    assert found == []


def test_every_module_can_be_read_in_one_sitting() -> None:
    modules = (path for path in tracked() if named(path).startswith("gateway/"))
    lengths = {named(path): text_of(path).count("\n") for path in modules if path.suffix == ".py"}

    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}


def test_no_file_is_large() -> None:
    assert [named(path) for path in tracked() if path.stat().st_size > MAX_BYTES] == []


def test_keys_and_config_are_no_packages() -> None:
    data = [path for path in tracked() if named(path).startswith(("keys/", "config/"))]

    assert data
    assert [named(path) for path in data if path.suffix == ".py"] == []


@pytest.mark.parametrize("layer", ["base", "build", "dev", "interop", "node"])
def test_every_requirement_is_pinned_with_hashes(layer: str) -> None:
    entries = _entries(layer)

    assert entries
    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_every_layer_holds_a_package_in_one_version() -> None:
    develop = _versions("dev")

    for layer in ("base", "build"):
        assert _versions(layer).items() <= develop.items()


def test_every_declared_package_is_locked() -> None:
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))
    declared = [*project["project"]["dependencies"], *project["dependency-groups"]["build"]]

    assert {name.partition("[")[0] for name in declared} <= _versions("dev").keys()


def test_the_npm_lock_holds_hashes_and_no_addresses() -> None:
    lock = json.loads(text_of(ROOT / "tests/node/package-lock.json"))
    packages = [package for name, package in lock["packages"].items() if name]

    assert packages
    assert all("integrity" in package and "resolved" not in package for package in packages)


def _entries(layer: str) -> list[str]:
    text = text_of(ROOT / f"requirements/{layer}.txt")
    joined = text.replace("\\\n", " ")
    return [line for line in joined.splitlines() if line and not line.lstrip().startswith("#")]


def _versions(layer: str) -> dict[str, str]:
    pins = (re.match(r"([a-z0-9-]+)(?:\[[a-z,]+\])?==(\S+)", entry) for entry in _entries(layer))
    return {pin[1]: pin[2] for pin in pins if pin}
