"""One demonstration at a time in a directory: a lock that ends with the process that holds it."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from gateway.demo.errors import DemoError
from gateway.demo.identity.plan import MARKER

LOCK: Final = "LOCK"
"""File that a running demonstration keeps locked; it holds the number of its process."""

_PID_BYTES: Final = 20


@contextmanager
def alone_in(root: Path) -> Generator[None]:
    """Keep ``root`` to this process; the system lets go of it however the process ends.

    Raises:
        DemoError: ``root`` holds something that is no demonstration, or one runs there.
    """
    check_ours(root)
    root.mkdir(parents=True, mode=0o700, exist_ok=True)
    # Not inherited by servers: one that outlives us must not keep the next one out.
    descriptor = os.open(root / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take(descriptor, root)
        yield
    finally:
        os.close(descriptor)


def check_ours(root: Path) -> None:
    """Refuse a directory that holds something else; an empty one may become a demonstration.

    Raises:
        DemoError: it does.
    """
    found = {path.name for path in root.iterdir()} if root.exists() else set[str]()
    if found - {LOCK} and MARKER not in found:
        raise DemoError(f"{root} is not empty and no demonstration; it is left alone")


def _take(descriptor: int, root: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        pid = os.pread(descriptor, _PID_BYTES, 0).decode("ascii", "replace").strip() or "unknown"
        raise DemoError(
            f"a demonstration runs in {root} already (process {pid}); end it with Ctrl-C where it"
            f" runs or `kill {pid}`, or start another: --state DIR"
        ) from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode("ascii"), 0)
