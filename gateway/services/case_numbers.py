"""Numbers of what people filed: random, to be read out, and all that is needed to ask."""

import base64
import re
import secrets
from typing import Final

CASE_NUMBER: Final = re.compile(r"[A-Z2-7]{16}")
"""80 random bits in Base32: nobody guesses one."""

_RANDOM_BYTES: Final = 10
_GROUP: Final = 4
_MAX_TYPED_CHARS: Final = 64


def new_case_number() -> str:
    """Return a fresh number."""
    return base64.b32encode(secrets.token_bytes(_RANDOM_BYTES)).decode("ascii")


def typed_case_number(typed: str) -> str | None:
    """Return the number that somebody typed, in groups or small letters; None if it is none."""
    if len(typed) > _MAX_TYPED_CHARS:
        return None
    number = re.sub(r"[\s-]", "", typed).upper()
    return number if CASE_NUMBER.fullmatch(number) else None


def spelled_number(number: str) -> str:
    """Return a number in groups of four, as people read it."""
    return " ".join(number[at : at + _GROUP] for at in range(0, len(number), _GROUP))
