"""The second implementation in ``tests/node``, run on files of vectors."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest

NODE_DIRECTORY = Path(__file__).parent / "node"
_PACKAGES = ("fflate", "jose")


@dataclass(frozen=True)
class NodeReader:
    """Runs the scripts with one Node."""

    program: str

    @classmethod
    def find(cls) -> Self:
        """Return it; without Node or its packages the test is skipped by name, in CI it fails."""
        program = shutil.which("node")
        if program is None:
            pytest.skip("no node (Node.js 20 or newer)")
        if not all((NODE_DIRECTORY / "node_modules" / name).is_dir() for name in _PACKAGES):
            pytest.skip("no packages in tests/node (make setup installs them)")
        return cls(program)

    def run(self, script: str, *files: Path) -> tuple[int, dict[str, Any]]:
        """Return the exit code and the report of a script."""
        done = subprocess.run(  # noqa: S603 -- our own script
            [self.program, str(NODE_DIRECTORY / script), *map(str, files)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert not done.stderr
        return done.returncode, json.loads(done.stdout)
