"""Kinds of keys that policy and settings tables are made of.

Types are exact: TOML's ``true`` is not 1, ``650.0`` is not 650, ``"90"`` is not 90.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar, cast

from gateway.ids import Tier, Timestamp
from gateway.policy.errors import TierError
from gateway.policy.tables import UNREAD, Key
from gateway.policy.tiers import parse_tier

E = TypeVar("E", bound=StrEnum)

POLICY_VERSION_PATTERN = re.compile(r"[A-Za-z0-9._-]{1,12}")
"""What a code can name as ``pol``; our own versions are of the form YYYY.N."""

MAX_WHOLE = 2**53 - 1
"""Largest integer that every JSON reader keeps exactly (RFC 8259, 6)."""


def whole(  # noqa: PLR0913 -- one keyword per fact about a number
    name: str,
    *,
    minimum: int,
    maximum: int,
    unit: str = "",
    default: int | None = None,
    optional: bool = False,
) -> Key[int]:
    """Return a key for a whole number, both bounds allowed."""

    def take(raw: object) -> int:
        if type(raw) is not int:
            raise TypeError
        if not minimum <= raw <= maximum:
            raise ValueError
        return raw

    said = f"a whole number {minimum} to {maximum}" + (f", in {unit}" if unit else "")
    return Key(
        name=name, allowed=said, take=take, blank=minimum, default=default, optional=optional
    )


def text(
    name: str,
    pattern: re.Pattern[str],
    allowed: str,
    *,
    default: str | None = None,
    optional: bool = False,
) -> Key[str]:
    """Return a key for a text that ``pattern`` matches in full."""

    def take(raw: object) -> str:
        return _matching(raw, pattern)

    return Key(name=name, allowed=allowed, take=take, blank="", default=default, optional=optional)


def texts(  # noqa: PLR0913 -- one keyword per fact about a list
    name: str,
    pattern: re.Pattern[str],
    allowed: str,
    *,
    minimum: int = 0,
    maximum: int,
    default: tuple[str, ...] | None = None,
    optional: bool = False,
) -> Key[tuple[str, ...]]:
    """Return a key for a list of different texts that all match ``pattern``."""

    def take(raw: object) -> tuple[str, ...]:
        found = tuple(_matching(item, pattern) for item in _list(raw))
        if not minimum <= len(found) <= maximum or len(set(found)) != len(found):
            raise ValueError
        return found

    return Key(name=name, allowed=allowed, take=take, blank=(), default=default, optional=optional)


def choice(
    name: str, values: type[E], *, default: E | None = None, optional: bool = False
) -> Key[E]:
    """Return a key for one of the words of ``values``."""

    def take(raw: object) -> E:
        if not isinstance(raw, str):
            raise TypeError
        return values(raw)

    words = list(values)
    said = "one of " + ", ".join(f'"{word}"' for word in words)
    return Key(
        name=name, allowed=said, take=take, blank=words[0], default=default, optional=optional
    )


def flag(name: str, *, default: bool) -> Key[bool]:
    """Return a key for true or false."""

    def take(raw: object) -> bool:
        if not isinstance(raw, bool):
            raise TypeError
        return raw

    return Key(name=name, allowed="true or false", take=take, blank=False, default=default)


def tier(name: str, *, optional: bool = False) -> Key[Tier]:
    """Return a key for a common tier."""

    def take(raw: object) -> Tier:
        if type(raw) is not int:
            raise TypeError
        try:
            return parse_tier(raw)
        except TierError as error:
            raise ValueError from error

    return Key(name=name, allowed="a tier: 1, 2 or 3", take=take, blank=Tier(1), optional=optional)


def moment(name: str, *, optional: bool = False) -> Key[Timestamp]:
    """Return a key for a moment: a date-time with offset in TOML, Unix seconds in JSON."""

    def take(raw: object) -> Timestamp:
        if isinstance(raw, datetime):
            if raw.tzinfo is None or raw.microsecond:
                raise ValueError
            raw = int(raw.timestamp())
        if type(raw) is not int:
            raise TypeError
        if not 0 <= raw <= MAX_WHOLE:
            raise ValueError
        return Timestamp(raw)

    said = "a date-time to the second with its offset, such as 2026-01-01T00:00:00+08:00"
    return Key(name=name, allowed=said, take=take, blank=Timestamp(0), optional=optional)


def day(name: str) -> Key[date]:
    """Return a key for a day, written without quotes in TOML."""
    said = "a day without quotes, such as 2026-01-01"
    return Key(name=name, allowed=said, take=_day, blank=date(1970, 1, 1))


def days(name: str, allowed: str, *, maximum: int) -> Key[tuple[date, ...]]:
    """Return a key for a list of different days; absent it is empty."""

    def take(raw: object) -> tuple[date, ...]:
        found = tuple(map(_day, _list(raw)))
        if len(found) > maximum or len(set(found)) != len(found):
            raise ValueError
        return found

    return Key(name=name, allowed=allowed, take=take, blank=(), default=())


def table(name: str, allowed: str, *, optional: bool = False) -> Key[Mapping[str, object]]:
    """Return a key for a table of its own."""

    def take(raw: object) -> Mapping[str, object]:
        if not isinstance(raw, Mapping):
            raise TypeError
        return cast("Mapping[str, object]", raw)

    return Key(name=name, allowed=allowed, take=take, blank=UNREAD, optional=optional)


def tables(
    name: str, allowed: str, *, minimum: int = 0, maximum: int, optional: bool = False
) -> Key[tuple[object, ...]]:
    """Return a key for a list of tables, which are read one by one later."""

    def take(raw: object) -> tuple[object, ...]:
        found = tuple(_list(raw))
        if not minimum <= len(found) <= maximum:
            raise ValueError
        return found

    return Key(name=name, allowed=allowed, take=take, blank=(), optional=optional)


def _day(raw: object) -> date:
    # A date-time is a date to Python.
    if not isinstance(raw, date) or isinstance(raw, datetime):
        raise TypeError
    return raw


def _matching(raw: object, pattern: re.Pattern[str]) -> str:
    if not isinstance(raw, str):
        raise TypeError
    if pattern.fullmatch(raw) is None:
        raise ValueError
    return raw


def _list(raw: object) -> list[object]:
    if not isinstance(raw, list):
        raise TypeError
    return cast("list[object]", raw)
