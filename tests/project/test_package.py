"""What leaves the repository as a package, and whether it works where nothing else is."""

import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

import gateway
from tests.project.tree import ROOT, named, tracked

STATIC = "gateway/web/static"
BASE = ROOT / "requirements" / "base.txt"
STEP_S = 240
"""For one step of an installation; with a warm cache of pip all of them take half a minute."""

UNREACHABLE = ("NewConnectionError", "NameResolutionError", "ConnectTimeout", "ProxyError")
"""What pip says when there is no package index, rather than a wrong package."""

Finished = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def source_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("sdist", tmp_path_factory.mktemp("sdist"))


@pytest.fixture
def unpacked(source_archive: Path, tmp_path: Path) -> Path:
    """Return a copy of what the source archive holds, outside any repository."""
    with tarfile.open(source_archive) as archive:
        # As the documentation of tarfile asks for where a Python may have no filters yet.
        archive.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
        archive.extractall(tmp_path / "source")  # noqa: S202  built here a moment ago
    (top,) = (tmp_path / "source").iterdir()
    return top


def test_the_wheel_holds_the_package_with_its_pages_and_nothing_else(wheel: Path) -> None:
    names = names_in(wheel)

    tops = {name.partition("/")[0] for name in names}
    assert tops == {"gateway", f"credit_code_gateway-{gateway.__version__}.dist-info"}
    assert {named(path) for path in tracked() if named(path).startswith("gateway/")} <= names
    assert built_pages() <= names
    assert [name for name in names if "node_modules" in name] == []


def test_the_source_archive_holds_the_built_pages_and_neither_keys_nor_state(
    source_archive: Path,
) -> None:
    with tarfile.open(source_archive) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    tops = {name.partition("/")[0] for name in names}
    assert {"gateway", "tests", "docs", "README.md", "LICENSE", "hatch_build.py"} <= tops
    assert tops & {"keys", "config", "state", ".venv", ".git"} == set()
    assert built_pages() <= names
    assert [name for name in names if "node_modules" in name] == []


def test_a_wheel_from_the_source_archive_is_the_same_and_needs_no_node(
    wheel: Path, unpacked: Path, tmp_path: Path
) -> None:
    again = built("wheel", tmp_path / "again", unpacked)

    assert names_in(again) == names_in(wheel)


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_without_built_pages_nothing_is_packed_and_the_reason_is_said(
    unpacked: Path, tmp_path: Path, kind: str
) -> None:
    (unpacked / STATIC / "manifest.json").unlink()

    finished = build(kind, tmp_path / "out", unpacked)

    assert finished.returncode != 0
    assert f"{STATIC}/manifest.json is missing: run `make assets` first" in finished.stderr
    assert "Traceback" not in finished.stderr
    assert list(tmp_path.glob("out/*")) == []


def test_an_editable_install_comes_before_the_pages(unpacked: Path) -> None:
    (unpacked / STATIC / "manifest.json").unlink()

    asked = "from hatchling.build import build_editable; print(build_editable('.'))"
    done = finished([sys.executable, "-c", asked], unpacked, environ=None)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(".whl\n")


@pytest.mark.early
def test_in_an_empty_environment_the_wheel_runs_with_its_locked_packages(
    wheel: Path, tmp_path: Path
) -> None:
    place = tmp_path / "env"
    venv.create(place, with_pip=True)
    install(place, "--require-hashes", "-r", str(BASE))
    install(place, str(wheel))

    checked = pip(place, "check")
    version, doctor = (run(place, "credit-gateway", word) for word in ("--version", "doctor"))

    assert (checked.returncode, checked.stdout) == (0, "No broken requirements found.\n")
    assert (version.returncode, version.stderr) == (0, "")
    assert gateway.__version__ in version.stdout
    assert doctor.returncode == 1
    for name in ("CITY_FILE", "STATE_DIR", "KEYS_DIR", "PASSPHRASE_FILE"):
        assert f"CREDIT_GATEWAY_{name}" in doctor.stdout
    assert "Traceback" not in doctor.stdout + doctor.stderr


def install(place: Path, *what: str) -> None:
    """Install without resolving: the list is whole, which ``pip check`` shows afterwards."""
    done = pip(place, "install", "--quiet", "--no-compile", "--retries=1", "--no-deps", *what)
    if done.returncode and any(word in done.stdout + done.stderr for word in UNREACHABLE):
        pytest.skip("no package index answers, and pip's cache alone is not enough")
    assert done.returncode == 0, done.stderr


def pip(place: Path, *args: str) -> Finished:
    """Run the pip of an environment with this machine's configuration of it."""
    command = [str(place / "bin" / "python"), "-I", "-m", "pip", "--disable-pip-version-check"]
    return finished([*command, *args], place.parent, environ=None)


def run(place: Path, script: str, *args: str) -> Finished:
    """Run an installed script with nothing in its environment."""
    environ = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    return finished([str(place / "bin" / script), *args], place.parent, environ=environ)


def build(kind: str, where: Path, source: Path = ROOT) -> Finished:
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(where)]
    return finished(command, source, environ=None)


def built(kind: str, where: Path, source: Path = ROOT) -> Path:
    """Return a package; without the pages, which need Node, there is none to look at."""
    if not (source / STATIC / "manifest.json").is_file():
        pytest.skip("the pages' code was not built (make assets)")
    done = build(kind, where, source)
    assert done.returncode == 0, done.stderr
    (package,) = where.iterdir()
    return package


def finished(command: list[str], cwd: Path, *, environ: Mapping[str, str] | None) -> Finished:
    return subprocess.run(  # noqa: S603  our own interpreters and scripts
        command, cwd=cwd, env=environ, capture_output=True, text=True, timeout=STEP_S, check=False
    )


def names_in(package: Path) -> set[str]:
    with zipfile.ZipFile(package) as opened:
        return set(opened.namelist())


def built_pages() -> set[str]:
    return {named(path) for path in (ROOT / STATIC).rglob("*") if path.is_file()}
