"""One demonstration at a time in a directory: a lock that ends with the process that holds it."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.clock import wait_s
from gateway.demo.errors import DemoError
from gateway.demo.identity.plan import MARKER

LOCK: Final = "LOCK"
"""File that a running demonstration keeps locked; it holds the number of its process."""

_PID_BYTES: Final = 20
_LOOK_S: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A directory that is kept to this process, as long as nobody deletes it.

    Attributes:
        descriptor: Of the locked file.
    """

    root: Path
    descriptor: int

    @property
    def lost(self) -> bool:
        """Whether the locked file stands there no more: whoever comes next is let in."""
        try:
            found = (self.root / LOCK).stat()
        except (FileNotFoundError, NotADirectoryError):
            return True
        return not os.path.samestat(os.fstat(self.descriptor), found)

    def await_loss(self) -> None:
        """Return once it is lost.

        What runs here would go on in the next demonstration's databases, with keys that are gone.
        """
        while not self.lost:
            wait_s(_LOOK_S)


@contextmanager
def alone_in(root: Path) -> Generator[Held]:
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
        yield Held(root=root, descriptor=descriptor)
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
