"""Files that only this account may read, written so that a kill leaves old or new."""

import contextlib
import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Generator
from pathlib import Path

from gateway.vault.errors import VaultPermissionError

PRIVATE_FILE = 0o600
PRIVATE_DIRECTORY = 0o700
MAX_BYTES = 64 * 1024

OTHERS = 0o077
"""Mode bits of everybody but the owner."""


def check_directory(path: Path) -> None:
    """Return if ``path`` is a directory of this account that nobody else may enter.

    Raises:
        VaultPermissionError: it is not.
        FileNotFoundError: there is none.
    """
    try:
        status = path.stat()
    except PermissionError as error:
        raise _unreadable(path) from error
    if not stat.S_ISDIR(status.st_mode):
        raise VaultPermissionError(path, "is no directory", "name the directory of the keys")
    check_owner_and_mode(path, status, forbidden=OTHERS, advice=f"chmod 700 {path}")


def read_private(path: Path, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Return the content of a regular file of this account that nobody else may read.

    What is checked is what is read: the open file, not the path.

    Raises:
        VaultPermissionError: a link, no regular file, another owner, a wider mode, too large.
        FileNotFoundError: there is none.
    """
    with open_regular(path) as descriptor:
        status = os.fstat(descriptor)
        check_owner_and_mode(path, status, forbidden=OTHERS, advice=f"chmod 600 {path}")
        return read_bounded(path, descriptor, max_bytes)


@contextlib.contextmanager
def open_regular(path: Path) -> Generator[int]:
    """Yield a descriptor of the regular file at ``path``, never through a symbolic link."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise VaultPermissionError(
                path, "is a symbolic link", "put the file itself there"
            ) from error
        if isinstance(error, PermissionError):
            raise _unreadable(path) from error
        raise
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise VaultPermissionError(path, "is no regular file", "put the file itself there")
        yield descriptor
    finally:
        os.close(descriptor)


def read_bounded(path: Path, descriptor: int, max_bytes: int = MAX_BYTES) -> bytes:
    """Return what is in an open file, up to 64 KiB or another bound.

    Raises:
        VaultPermissionError: it is larger.
    """
    if os.fstat(descriptor).st_size > max_bytes:
        raise VaultPermissionError(path, f"is larger than {max_bytes} bytes", "restore the file")
    return os.read(descriptor, max_bytes)


def check_owner_and_mode(
    path: Path, status: os.stat_result, *, forbidden: int, advice: str
) -> None:
    """Return if the owner is this account and no forbidden mode bit is set.

    Raises:
        VaultPermissionError: otherwise, with what to do.
    """
    if status.st_uid != os.geteuid():
        raise VaultPermissionError(
            path, f"belongs to user {status.st_uid}", f"chown it to user {os.geteuid()}"
        )
    if status.st_mode & forbidden:
        mode = stat.S_IMODE(status.st_mode)
        raise VaultPermissionError(path, f"has mode {mode:04o}, open to others", advice)


def write_new(path: Path, content: bytes) -> None:
    """Write a private file, durable when this returns.

    Raises:
        FileExistsError: the path is taken; it is left as it was.
    """
    with _written_beside(path, content) as fresh:
        # A link, unlike a rename, fails where something is in the way.
        os.link(fresh, path)
        fresh.unlink()


def replace(path: Path, content: bytes) -> None:
    """Write a private file over another, durable when this returns; a kill leaves either."""
    with _written_beside(path, content) as fresh:
        os.replace(fresh, path)  # noqa: PTH105 (beside os.link)


@contextlib.contextmanager
def locked(directory: Path) -> Generator[None]:
    """Hold a private directory for one change at a time, as ``alone``."""
    check_directory(directory)
    with alone(directory):
        yield


@contextlib.contextmanager
def alone(directory: Path) -> Generator[None]:
    """Keep other processes of this machine waiting; one that is killed lets go."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unreadable(path: Path) -> VaultPermissionError:
    return VaultPermissionError(path, "may not be read", "run as the account that owns the keys")


@contextlib.contextmanager
def _written_beside(path: Path, content: bytes) -> Generator[Path]:
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        yield fresh
        sync_directory(path.parent)
    finally:
        fresh.unlink(missing_ok=True)
