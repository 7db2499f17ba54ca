"""Counting in a process what is added to the database from time to time."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Generic, TypeVar

from gateway.storage.session import Cursor
from gateway.storage.writer import Writer

_Key = TypeVar("_Key", bound=tuple[int | str, ...])


class Counting(Generic[_Key]):
    """Counts by key, at no cost but a lock's; ``write`` adds them to the rows that are there."""

    def __init__(
        self, writer: Writer, write: Callable[[Sequence[tuple[_Key, int]], Cursor], object]
    ) -> None:
        self._writer, self._write = writer, write
        self._lock = threading.Lock()
        self._counted: Counter[_Key] = Counter()

    def count(self, key: _Key) -> None:
        """Count one, in this process only until the next flush."""
        with self._lock:
            self._counted[key] += 1

    def flush(self) -> None:
        """Add what was counted to the database; if that fails, it is kept for the next time."""
        with self._lock:
            counted, self._counted = self._counted, Counter()
        if not counted:
            return
        # In one order, so that two processes never wait for each other's rows.
        rows = tuple(sorted(counted.items()))
        try:
            self._writer.run(partial(self._write, rows))
        except Exception:
            with self._lock:
                self._counted.update(counted)
            raise
