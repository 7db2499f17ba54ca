"""Files that commands write for people to carry or print; nothing is overwritten."""

import os
from pathlib import Path

from gateway.errors import RefusedError


class OutputFileError(RefusedError):
    """A file cannot be written where it was asked for."""

    code = "output_file"


class InputFileError(RefusedError):
    """A file cannot be read."""

    code = "input_file"


def check_free(path: Path) -> None:
    """Ask before what cannot be taken back whether its result can be written.

    Raises:
        OutputFileError: the file exists, or its directory does not.
    """
    if path.exists():
        raise OutputFileError(f"{path} exists; choose another name")
    if not path.parent.is_dir():
        raise OutputFileError(f"{path} cannot be written: no such directory")


def write_new(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a file that is not there yet.

    Raises:
        OutputFileError: it exists, or cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError as error:
        raise OutputFileError(f"{path} exists; choose another name") from error
    except OSError as error:
        raise OutputFileError(f"{path} cannot be written: {error.strerror}") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def read_bounded(path: Path, max_bytes: int) -> bytes:
    """Return the content of a file.

    Raises:
        InputFileError: it cannot be read, or is larger than ``max_bytes``.
    """
    try:
        with path.open("rb") as file:
            content = file.read(max_bytes + 1)
    except OSError as error:
        raise InputFileError(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > max_bytes:
        raise InputFileError(f"{path} is too large; allowed: {max_bytes} bytes")
    return content
