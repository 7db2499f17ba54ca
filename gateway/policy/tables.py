"""Tables of a policy or settings file, read key by key; what is wrong is noted, not raised.

A person who repairs a file wants to hear of everything at once. So a ``Table`` notes each problem
and goes on with the key's ``blank``; the parser asks ``sound`` before it believes what it read.
Each ``Key`` carries the words that say what is allowed: messages and documentation share them.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Generic, TypeVar, cast

from gateway.policy.errors import Problem

T_co = TypeVar("T_co", covariant=True)

UNREAD: Mapping[str, object] = MappingProxyType({})
"""Stands for a table that is missing or is none; what it lacks is not noted once more."""

_TAME = re.compile(r"[A-Za-z0-9._-]{1,48}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Key(Generic[T_co]):
    """One key of a table.

    Attributes:
        name: The key as written.
        allowed: What may stand there, with unit and range, for people.
        take: Returns the typed value; raises ``TypeError`` for another type, else ``ValueError``.
        blank: Stands in for a wrong value until the whole table is refused.
        default: Value if the key is absent; without one the key is required, unless optional.
        optional: Whether the key may be absent and then means "none".
    """

    name: str
    allowed: str
    take: Callable[[object], T_co]
    blank: T_co
    default: T_co | None = None
    optional: bool = False


class Table:
    """One table, and the problems found in it so far.

    A key that is not listed is a problem, with the nearest listed name as a hint.
    """

    def __init__(
        self, raw: object, keys: Sequence[Key[object]], *, where: str, problems: list[Problem]
    ) -> None:
        self.where, self.problems = where, problems
        self._before = len(problems)
        self._raw: Mapping[str, object] = UNREAD
        if not isinstance(raw, Mapping):
            self.note("policy_wrong_type", "", "is not a table", "a table of keys")
            return
        self._raw = cast("Mapping[str, object]", raw)
        names = [key.name for key in keys]
        for name in self._raw:
            if name not in names:
                self._note_unknown(str(name), names)

    @property
    def sound(self) -> bool:
        """Tell whether this is a table and nothing was noted since it was opened."""
        return self._raw is not UNREAD and len(self.problems) == self._before

    def __contains__(self, key: Key[object]) -> bool:
        return key.name in self._raw

    def read(self, key: Key[T_co]) -> T_co:
        """Return the value of ``key``, its default, or its blank with a problem noted."""
        if key.name not in self._raw:
            if key.default is not None:
                return key.default
            if self._raw is not UNREAD:
                self.note("policy_missing", key.name, "is missing", key.allowed)
            return key.blank
        return self._take(key)

    def find(self, key: Key[T_co]) -> T_co | None:
        """Return the value of an optional ``key``, or None if it is absent."""
        return self._take(key) if key.name in self._raw else None

    def note(self, code: str, name: str, what: str, allowed: str) -> None:
        """Add a problem at the key ``name`` of this table, or at the table itself for ``""``."""
        self.problems.append(Problem(code=code, key=self.at(name), what=what, allowed=allowed))

    def at(self, name: str) -> str:
        """Return where ``name`` stands, seen from the top of the file."""
        return ".".join(part for part in (self.where, name) if part)

    def _take(self, key: Key[T_co]) -> T_co:
        try:
            return key.take(self._raw[key.name])
        except TypeError:
            self.note("policy_wrong_type", key.name, "has the wrong type", key.allowed)
        except ValueError:
            self.note("policy_not_allowed", key.name, "is not allowed", key.allowed)
        return key.blank

    def _note_unknown(self, name: str, names: Sequence[str]) -> None:
        near = get_close_matches(name[:64], names, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        what = f"is not a known key{hint}"
        self.note("policy_unknown_key", label(name, 0), what, ", ".join(names))


def label(name: object, number: int) -> str:
    """Return how a message calls an entry: by its name if that is tame, else ``#number``."""
    if isinstance(name, str) and _TAME.fullmatch(name):
        return name
    return f"#{number}"
