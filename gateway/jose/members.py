"""Typed reading of a JSON object: the last place where a value is an ``object``.

An error names the member and what is allowed, never the value that came.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from gateway.jose.errors import MembersError
from gateway.jose.strict_json import MAX_INTEGER

MAX_CHARS = 1024
"""Longest text where the reader names no other limit."""


@dataclass(frozen=True, slots=True)
class Members:
    """The members of one JSON object, asked for by name and type.

    Attributes:
        values: The object as parsed; unknown members may be in it.
        where: What this object is, for messages, for example ``leaf configuration``.
    """

    values: Mapping[str, object]
    where: str

    def has(self, name: str) -> bool:
        """Return whether the object has the member, of whatever type."""
        return name in self.values

    def only(self, *names: str) -> None:
        """Raise ``MembersError`` if the object has a member that is not in ``names``."""
        for name in self.values:
            if name not in names:
                raise MembersError(self.where, "?", f"one of {', '.join(names)}")

    def text(
        self, name: str, pattern: re.Pattern[str] | None = None, *, max_chars: int = MAX_CHARS
    ) -> str:
        """Return a text of 1 to ``max_chars`` characters that ``pattern`` matches whole."""
        value = self.values.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= max_chars:
            raise MembersError(self.where, name, f"a text of 1 to {max_chars} characters")
        if pattern is not None and not pattern.fullmatch(value):
            raise MembersError(self.where, name, "of its documented form")
        return value

    def integer(self, name: str, *, minimum: int = 0, maximum: int = MAX_INTEGER) -> int:
        """Return an integer from ``minimum`` to ``maximum``; ``true`` and ``1.0`` are none."""
        value = self.values.get(name)
        if type(value) is not int or not minimum <= value <= maximum:
            raise MembersError(self.where, name, f"an integer from {minimum} to {maximum}")
        return value

    def inner(self, name: str) -> "Members":
        """Return an inner object."""
        value = self.values.get(name)
        if not isinstance(value, dict):
            raise MembersError(self.where, name, "an object")
        return Members(cast("dict[str, object]", value), f"{self.where}.{name}")

    def array(self, name: str, *, max_items: int) -> list[object]:
        """Return an array of at most ``max_items`` values of any type."""
        value = self.values.get(name)
        if not isinstance(value, list) or len(cast("list[object]", value)) > max_items:
            raise MembersError(self.where, name, f"an array of at most {max_items}")
        return cast("list[object]", value)

    def texts(
        self,
        name: str,
        pattern: re.Pattern[str] | None = None,
        *,
        max_items: int,
        max_chars: int = MAX_CHARS,
    ) -> tuple[str, ...]:
        """Return an array of texts, each of the form that ``text`` asks for."""
        items = self.array(name, max_items=max_items)
        return tuple(
            Members({name: item}, self.where).text(name, pattern, max_chars=max_chars)
            for item in items
        )
