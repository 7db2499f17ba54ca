"""Surviving a fork: a child must neither use nor close what its parent has open."""

import os
import weakref
from collections.abc import Callable

_INHERITED: list[object] = []
"""Kept for ever in a child: closing an SQLite connection there could release the parent's
locks, and closing a PostgreSQL one would end the parent's session."""


def reset_in_child(method: Callable[[], object]) -> None:
    """Call a bound ``method`` in every forked child, as long as its object lives."""
    reference = weakref.WeakMethod(method)

    def reset() -> None:
        living = reference()
        if living is not None:
            living()

    os.register_at_fork(after_in_child=reset)


def abandon(inherited: object) -> None:
    """Keep ``inherited`` from ever being closed in this process."""
    _INHERITED.append(inherited)
