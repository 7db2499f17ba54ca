"""Who is the same person: asked wherever two people have to act."""

import re
import unicodedata
from typing import Final

_WAYS_IN: Final = re.compile(r"\A(?:officer:|staff:)+")
"""How an actor's name begins: named at the console, or signed in to an account."""


def is_same_person(one: str, other: str) -> bool:
    """Return whether two names of officers are one person's, however they are spelled.

    An account is the same person at the console; width, case and blanks make no second one.
    """
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    bare = "".join(unicodedata.normalize("NFKC", name).casefold().split())
    return _WAYS_IN.sub("", bare)
