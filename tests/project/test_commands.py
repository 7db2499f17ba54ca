"""The Makefile and CI keep what the README promises."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.mutation_score import score_percent
from tests.project.tree import ROOT, text_of

MAKEFILE = text_of(ROOT / "Makefile")
TARGETS = sorted(set(re.findall(r"^\.PHONY: ([a-z]+)$", MAKEFILE, re.MULTILINE)))
PROMISED = {
    "setup", "demo", "test", "lint", "types", "imports", "bench", "mutants", "check", "lock",
    "clean", "help", "assets", "pictures",
}  # fmt: skip

SKIPPING = """
import pytest

def test_good():
    pass

@pytest.mark.skip(reason="no such service")
def test_skipped():
    pass
"""


def test_make_offers_what_is_promised() -> None:
    assert set(TARGETS) == PROMISED


def test_make_alone_explains_every_target() -> None:
    shown = _make().splitlines()

    for target in TARGETS:
        assert [line for line in shown if re.match(rf"  make {target} +[A-Z].{{10}}", line)]


def test_the_readme_begins_with_the_two_commands() -> None:
    blocks = re.findall(r"```sh\n(.*?)```", text_of(ROOT / "README.md"), re.DOTALL)

    assert re.findall(r"^make (\w+)", blocks[0], re.MULTILINE) == ["demo", "test"]


def test_ci_runs_the_same_tests_and_forbids_skipping() -> None:
    script = ROOT / ".ci/run"
    text = text_of(script)

    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in text
    assert "export CI=true" in text
    assert re.search(r"^make test\b", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("setting", "exit_code"), [(None, 0), ("CI", 1), ("CREDIT_GATEWAY_TEST_STRICT", 1)]
)
def test_a_skipped_test_fails_in_ci_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str | None, exit_code: int
) -> None:
    shutil.copy(ROOT / "tests/conftest.py", tmp_path)
    (tmp_path / "test_it.py").write_text(SKIPPING)
    for name in ("CI", "CREDIT_GATEWAY_TEST_STRICT"):
        monkeypatch.delenv(name, raising=False)
    if setting:
        monkeypatch.setenv(setting, "true")

    result = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    complaint = "test_skipped may not be skipped in CI. Skipped: no such service"
    assert result.returncode == exit_code
    assert (complaint in result.stdout) is bool(setting)


def test_a_mutant_that_no_test_reaches_counts_as_missed() -> None:
    stats = {"killed": 8, "timeout": 1, "survived": 0, "no_tests": 1, "suspicious": 0}

    assert score_percent(stats) == 90


def test_no_mutants_are_no_proof() -> None:
    stats: dict[str, int] = dict.fromkeys(
        ("killed", "timeout", "survived", "no_tests", "suspicious"), 0
    )

    assert score_percent(stats) == 0


def _make(*arguments: str) -> str:
    make = shutil.which("make")
    assert make is not None
    shown = subprocess.run(  # noqa: S603  # a fixed command
        [make, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return shown.stdout
