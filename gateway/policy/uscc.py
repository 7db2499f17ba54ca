"""统一社会信用代码 (USCC): the number that a business has in every register, by GB 32100-2015.

Eighteen characters: who registered it (1), what it is (1), where (6 digits, GB/T 2260), which it
is (9, GB 11714), and one that checks the others. The ninth to seventeenth have a check character of
their own, which is not looked at: the last one covers them.

A code whose check character does not fit is taken with a reason, not refused: where these codes
were tried out first some were given out so, and they stand on genuine licences.
"""

import re
from dataclasses import dataclass
from typing import Final

from gateway.errors import PolicyError

USCC_CHARS: Final = 18

_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The standard's, in the order of their values: without I, O, S, V and Z."""

_FORM: Final = re.compile(rf"[{_ALPHABET}]{{2}}[0-9]{{6}}[{_ALPHABET}]{{10}}")
_MODULUS: Final = len(_ALPHABET)
_BASE: Final = 3


class UsccFormError(PolicyError):
    """A text is not of the form of a 统一社会信用代码."""

    code = "uscc_malformed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Uscc:
    """A code of the right form.

    Attributes:
        text: 18 characters, capital letters.
        fits: Whether the last character fits the others.
    """

    text: str
    fits: bool

    @classmethod
    def parse(cls, written: str) -> "Uscc":
        """Return the code that somebody wrote, in capital or small letters.

        Raises:
            UsccFormError: it is none.
        """
        # Upper case of other letters may be one of ours: only plain ones are looked at.
        text = written.upper() if written.isascii() else ""
        if not _FORM.fullmatch(text):
            raise UsccFormError("18 of 0-9 and A-Z without I, O, S, V, Z; third to eighth digits")
        return cls(text=text, fits=text[-1] == check_character(text[:-1]))


def check_character(first: str) -> str:
    """Return what follows the first 17 characters of a code."""
    total = sum(
        _ALPHABET.index(character) * pow(_BASE, place, _MODULUS)
        for place, character in enumerate(first)
    )
    return _ALPHABET[-total % _MODULUS]
