"""The environment that a command hands to the settings, and files that add to it.

Nothing is looked up here; ``gateway.settings`` reads.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from gateway.errors import SettingsError

MAX_BYTES = 64 * 1024

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_QUOTES = frozenset("'\"")


class EnvFileError(SettingsError):
    """A file of KEY=VALUE lines is not one.

    Attributes:
        path: The file.
        line: First line that is wrong; 0 if it is the whole file.
    """

    code = "env_file"

    def __init__(self, path: Path, line: int, problem: str) -> None:
        place = f"{path}: line {line}" if line else str(path)
        super().__init__(f"{place}: {problem}; allowed: KEY=VALUE lines, blank lines, # comments")
        self.path, self.line = path, line


def surroundings(env_file: Path | None) -> Mapping[str, str]:
    """Return the environment of this process, with the lines of ``env_file`` over it.

    Raises:
        EnvFileError: the file is not one of KEY=VALUE lines.
    """
    own = dict(os.environ)  # noqa: TID251  (handed on unread)
    return own | read_env_file(env_file) if env_file else own


def read_env_file(path: Path) -> dict[str, str]:
    """Return what a file in the form of systemd's ``EnvironmentFile=`` says.

    One pair of quotes around a value is taken off; nothing is expanded.

    Raises:
        EnvFileError: naming the line, never a value.
    """
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EnvFileError(path, 0, "cannot be read as UTF-8 text") from error
    if len(raw) > MAX_BYTES:
        raise EnvFileError(path, 0, f"is larger than {MAX_BYTES} bytes")
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        name, equals, value = stripped.partition("=")
        if not equals or not _NAME.fullmatch(name):
            raise EnvFileError(path, number, "is not KEY=VALUE")
        if name in found:
            raise EnvFileError(path, number, f"says {name} again")
        found[name] = _unquoted(value)
    return found


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in _QUOTES
    return value[1:-1] if quoted else value
