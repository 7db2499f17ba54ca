"""Short texts for people, in Chinese and English: bounded, on one line, and only text.

What a partner city wrote is shown on merchants' and citizens' screens. So nothing that could
reorder, hide or mark up what stands around it gets in.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.policy.errors import Problem
from gateway.policy.tables import Key, Table

MAX_ZH_CHARS = 40
MAX_EN_CHARS = 90

_REFUSED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Controls, bidi and invisible marks, surrogates, private use, unassigned, line separators."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One text in both languages.

    Attributes:
        zh: Simplified Chinese, 1 to 40 characters.
        en: English, 1 to 90 characters.
    """

    zh: str
    en: str

    @classmethod
    def read(cls, raw: object, *, where: str, problems: list[Problem]) -> "Words":
        """Return the words of a table ``{zh, en}``, noting what is wrong in ``problems``."""
        table = Table(raw, WORDS_KEYS, where=where, problems=problems)
        return cls(zh=table.read(ZH), en=table.read(EN))

    @classmethod
    def read_each(cls, table: Table, key: Key[tuple[object, ...]]) -> "tuple[Words, ...]":
        """Return the words of every table in the list ``key``; none where it is missing."""
        return tuple(
            cls.read(raw, where=table.at(f"{key.name}.#{number}"), problems=table.problems)
            for number, raw in enumerate(table.find(key) or (), start=1)
        )

    def members(self) -> Mapping[str, str]:
        """Return the words as a JSON object."""
        return {"zh": self.zh, "en": self.en}


def is_plain(candidate: str, max_chars: int) -> bool:
    """Tell whether ``candidate`` may be shown: NFC, trimmed, visible, at most ``max_chars``."""
    return (
        0 < len(candidate) <= max_chars
        and candidate == candidate.strip()
        and unicodedata.is_normalized("NFC", candidate)
        and not any(
            character in "<>" or unicodedata.category(character) in _REFUSED_CATEGORIES
            for character in candidate
        )
    )


def plain(name: str, max_chars: int, *, optional: bool = False) -> Key[str]:
    """Return a key for a text that may be shown as it is."""

    def take(raw: object) -> str:
        if not isinstance(raw, str):
            raise TypeError
        if not is_plain(raw, max_chars):
            raise ValueError
        return raw

    said = f"1 to {max_chars} visible characters on one line, NFC, without < and >"
    return Key(name=name, allowed=said, take=take, blank="", optional=optional)


ZH = plain("zh", MAX_ZH_CHARS)
EN = plain("en", MAX_EN_CHARS)
WORDS_KEYS = (ZH, EN)
