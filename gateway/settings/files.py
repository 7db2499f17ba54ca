"""Reading TOML files: a file is read as a whole or named with the line that is wrong."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from gateway.settings.errors import Findings

MAX_FILE_BYTES = 1_048_576

_LINE = re.compile(r"\(at line (?P<line>[0-9]+), column [0-9]+\)")


def read_toml(path: Path, findings: Findings) -> Mapping[str, object] | None:
    """Return the document, or None with a finding if there is none or it is broken."""
    file = str(path)
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        findings.note(file, "", f"cannot be read: {reason}", "a readable file")
        return None
    if len(raw) > MAX_FILE_BYTES:
        findings.note(file, "", "is too large", f"at most {MAX_FILE_BYTES} bytes")
        return None
    return _parse(raw, file, findings)


def _parse(raw: bytes, file: str, findings: Findings) -> Mapping[str, object] | None:
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        findings.note(file, f"line {line}", "is not UTF-8", "UTF-8 text")
    except tomllib.TOMLDecodeError as error:
        findings.note(file, _line_of(str(error), raw), f"is not TOML: {error}", "TOML 1.0")
    except (ValueError, RecursionError):
        findings.note(file, "", "is not TOML: a number or nesting is too long", "TOML 1.0")
    return None


def _line_of(message: str, raw: bytes) -> str:
    found = _LINE.search(message)
    return f"line {found['line'] if found else raw.count(bytes([10])) + 1}"
