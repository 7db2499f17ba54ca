"""JSON as docs/federation.md allows it: one spelling of a number, no surprises.

Checked, in order: size, byte-order mark, UTF-8, depth, syntax, duplicates, numbers, and that
every text is one (an escape may spell half a surrogate pair, which no UTF-8 can carry on).
"""

import json
import re
from collections.abc import Mapping
from typing import NoReturn, cast

from gateway.jose.errors import StrictJsonError, TooLargeError

MAX_DEPTH = 8
"""Deepest nesting; the outermost object is 1."""

MAX_INTEGER = 2**53 - 1
"""Largest integer that every JSON implementation keeps exactly (RFC 8259, 6)."""

_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
"""A string, or the rest of the text if it never ends: then every quote is looked at once."""

_BRACKETS = re.compile(r"[\[{]|[\]}]")
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def parse(raw: bytes, *, max_bytes: int) -> dict[str, object]:
    """Return the object that ``raw`` spells.

    Numbers that are not integers stay floats, so that an unknown member may hold one; a
    reader that asks for an integer refuses them (see ``Members.integer``).

    Raises:
        TooLargeError: more than ``max_bytes``.
        StrictJsonError: anything that this profile does not allow.
    """
    if len(raw) > max_bytes:
        raise TooLargeError(max_bytes)
    if raw.startswith(_BYTE_ORDER_MARK):
        raise StrictJsonError("a byte-order mark")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise StrictJsonError("not UTF-8") from error
    _check_depth(text)
    try:
        value: object = _DECODER.decode(text)
    except ValueError as error:
        raise StrictJsonError("not JSON") from error
    if not isinstance(value, dict):
        raise StrictJsonError("not an object")
    members = cast("dict[str, object]", value)
    if _SURROGATE_ESCAPE.search(text):
        _check_encodable(members)
    return members


def encode(value: Mapping[str, object]) -> bytes:
    """Return ``value`` as compact UTF-8, members in the order given."""
    return _ENCODER.encode(value).encode("utf-8")


def _check_depth(text: str) -> None:
    """Count brackets before parsing: a parser that recurses must never see a bomb."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for bracket in _BRACKETS.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            raise StrictJsonError(f"nested deeper than {MAX_DEPTH}")


def _check_encodable(members: dict[str, object]) -> None:
    try:
        encode(members)
    except UnicodeEncodeError as error:
        raise StrictJsonError("half a surrogate pair") from error


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise StrictJsonError("a member occurs twice")
    return members


def _refuse_constant(_: str) -> NoReturn:
    raise StrictJsonError("NaN or Infinity")


def _integer(digits: str) -> int:
    if digits == "-0" or len(digits) > len(str(-MAX_INTEGER)):
        raise StrictJsonError("a number outside the exact range")
    number = int(digits)
    if abs(number) > MAX_INTEGER:
        raise StrictJsonError("a number outside the exact range")
    return number


def _number(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise StrictJsonError("a number outside the exact range")
    return number


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_constant=_refuse_constant,
    parse_int=_integer,
    parse_float=_number,
)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
