"""What somebody writes in a form: bounded plain text, in which no person can be looked up.

Nobody can keep a writer from naming a person. What leads to one in any list is refused: telephone
and identity numbers, e-mail addresses, codes.
"""

import re
import unicodedata
from typing import Final

from gateway.errors import PolicyError

MAX_FREE_TEXT_CHARS: Final = 500

_STEERING: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_SEPARATORS: Final = re.compile(r"(?<=[0-9])[ ().\-\u2010-\u2015/\u00b7]{1,3}(?=[0-9])")
_DATE: Final = re.compile(r"(?<![0-9])20[0-9]{2}[-/.][0-9]{1,2}[-/.][0-9]{1,2}(?![0-9-])")
_LEADS_TO_A_PERSON: Final = re.compile(r"[0-9]{7}|[^\s@]@[^\s@]|CC[1-9]:", re.IGNORECASE)
"""Seven digits are the shortest telephone number; no sum of a counter is as long."""


class FreeTextError(PolicyError):
    """A text is empty, too long, or holds characters that steer a display."""

    code = "free_text"


class PersonalDataError(PolicyError):
    """A text holds a telephone or identity number, an e-mail address or a code."""

    code = "free_text_personal"


def parse_free_text(written: str, *, max_chars: int = MAX_FREE_TEXT_CHARS) -> str:
    """Return a text of 1 to ``max_chars`` characters as it may be kept: trimmed, NFC, lines by LF.

    Raises:
        FreeTextError: it is none.
        PersonalDataError: it leads to a person.
    """
    text = unicodedata.normalize("NFC", written.replace("\r\n", "\n")).strip()
    if not 0 < len(text) <= max_chars:
        raise FreeTextError(f"1 to {max_chars} characters")
    if any(each != "\n" and unicodedata.category(each) in _STEERING for each in text):
        raise FreeTextError("characters that can be seen")
    # As a reader would take it: full-width digits and grouped ones are digits.
    # The day on which it happened is no number of a person.
    plain = _SEPARATORS.sub("", _DATE.sub("day", unicodedata.normalize("NFKC", text)))
    if _LEADS_TO_A_PERSON.search(plain):
        raise PersonalDataError("no telephone or identity number, e-mail address or code")
    return text
