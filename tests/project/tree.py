"""The working tree as git sees it, for the tests about the project itself."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def tracked() -> tuple[Path, ...]:
    """Return every file of the repository, absolute; not those that git ignores."""
    git = shutil.which("git")
    assert git is not None, "these tests ask git which files belong to the project"
    listed = subprocess.run(  # noqa: S603  # a fixed command, no input
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = listed.stdout.decode().split("\0")
    return tuple(ROOT / name for name in names if name and (ROOT / name).is_file())


def text_of(path: Path) -> str:
    """Return the text of a file; empty for a binary one."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def named(path: Path) -> str:
    """Return the name of a file as a reader of the repository knows it."""
    return path.relative_to(ROOT).as_posix()
