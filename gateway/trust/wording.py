"""Forms of short texts in statements and records: names, division codes, scenarios.

Text from a partner is data that officers will read on a screen: length is bounded, and
characters that steer a display instead of standing on it are refused.
"""

import re
import unicodedata

from gateway.jose.members import Members
from gateway.trust.errors import MetadataError

DIVISION = re.compile(r"[0-9]{6}")
"""GB/T 2260 division code."""

SCENARIO = re.compile(
    r"(?!(?:gov|finance)\.)(?=.{1,32}\Z)[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+", re.ASCII
)
"""Dotted scenario; the families ``gov`` and ``finance`` are never part of an agreement."""

KID = re.compile(r"[A-Za-z0-9_-]{43}")
ENTITY_TYPE = re.compile(r"[a-z0-9_]{1,64}")

MAX_NAME_CHARS = 128
MAX_OFFICER_CHARS = 64
MAX_REASON_CHARS = 500

_STEERING = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Unicode categories: control, format (bidi, zero-width), surrogate, private, separators."""


def is_plain(text: str) -> bool:
    """Return whether every character stands for itself, and the text is not just blanks."""
    return bool(text.strip()) and not any(unicodedata.category(char) in _STEERING for char in text)


def name(members: Members, member: str, *, max_chars: int = MAX_NAME_CHARS) -> str:
    """Return a text for display, of 1 to ``max_chars`` code points.

    Raises:
        MetadataError: it holds a character that steers a display, or only blanks.
        MembersError: it is no text, or too long.
    """
    text = members.text(member, max_chars=max_chars)
    if not is_plain(text):
        raise MetadataError(f"{members.where}: member {member!r} must be plain text")
    return text
