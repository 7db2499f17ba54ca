"""What leaves the repository as a package."""

import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

import gateway
from tests.project.tree import ROOT, named, tracked


def test_the_wheel_holds_the_package_and_nothing_else(tmp_path: Path) -> None:
    with zipfile.ZipFile(_build("wheel", tmp_path)) as wheel:
        names = wheel.namelist()

    tops = {name.partition("/")[0] for name in names}
    assert tops == {"gateway", f"credit_code_gateway-{gateway.__version__}.dist-info"}
    assert {named(path) for path in tracked() if named(path).startswith("gateway/")} <= set(names)


def test_the_source_archive_holds_no_keys_and_no_state(tmp_path: Path) -> None:
    with tarfile.open(_build("sdist", tmp_path)) as archive:
        tops = {name.split("/")[1] for name in archive.getnames()}

    assert {"gateway", "tests", "docs", "README.md", "LICENSE"} <= tops
    assert tops & {"keys", "config", "state", ".venv", ".git"} == set()


def test_the_wheel_holds_the_pages_and_no_foreign_source(tmp_path: Path) -> None:
    with zipfile.ZipFile(_build("wheel", tmp_path)) as wheel:
        names = wheel.namelist()

    assert "gateway/web/templates/base.html" in names
    assert [name for name in names if "node_modules" in name] == []
    if not (ROOT / "gateway/web/static/manifest.json").exists():
        pytest.skip("the pages' code was not built (make assets)")
    assert "gateway/web/static/manifest.json" in names


def test_an_installed_wheel_runs_beside_the_locked_packages(tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=False)
    (site,) = (tmp_path / "env" / "lib").glob("python*/site-packages")
    (tmp_path / "dist").mkdir()
    with zipfile.ZipFile(_build("wheel", tmp_path / "dist")) as wheel:
        wheel.extractall(site)  # noqa: S202  built here a moment ago
    # The packages beside this project without the project: its own hook is not followed there.
    (site / "locked.pth").write_text(sysconfig.get_path("purelib"), "utf-8")

    where = _python(tmp_path, "import gateway; print(gateway.__file__)")
    version = _python(tmp_path, "from gateway.cli import main; main()", "--version")
    doctor = _python(tmp_path, "from gateway.cli import main; main()", "doctor")

    assert where.stdout.startswith(str(tmp_path))
    assert (version.returncode, gateway.__version__ in version.stdout) == (0, True)
    assert doctor.returncode == 1
    assert "CREDIT_GATEWAY_CITY_FILE" in doctor.stdout + doctor.stderr


def _python(place: Path, code: str, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  our own interpreter
        [str(place / "env" / "bin" / "python"), "-c", code, *args],
        cwd=place,
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )


def _build(kind: str, where: Path) -> Path:
    subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(where)],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    (built,) = where.iterdir()
    return built
