"""The words of the consent, version by version: what was agreed to can be shown for ever.

A version that somebody may have agreed to is never edited: other words are another version, at
the end of ``WORDINGS``, and the page asks everybody again. ``{processor}`` is the credit office
that reads and issues, ``{recipients}`` the cities that may verify.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class WordingText:
    """One version in one language.

    Attributes:
        read: First box; what the home city does.
        shown: Second box; who verifies when a code is shown.
        free: That nobody has to, and how to stop.
    """

    read: str
    shown: str
    free: str

    def filled(self, *, processor: str, recipients: str) -> "WordingText":
        """Return the words with the names in them."""
        names = {"processor": processor, "recipients": recipients}
        return WordingText(
            read=self.read.format(**names),
            shown=self.shown.format(**names),
            free=self.free.format(**names),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """One version of the words; ``zh`` is what counts, ``en`` helps to read it."""

    version: str
    zh: WordingText
    en: WordingText


IN_FORCE: Final = Wording(
    version="2026-11",
    zh=WordingText(
        read="同意{processor}读取我的信用评价,换算等级并发码,不保存分数。",
        shown="单独同意:我出示信用码时,由以下城市的信用办和该商家核验:{recipients}。",
        free="可随时一键停用;不同意不影响其他服务。",
    ),
    en=WordingText(
        read=(
            "{processor} may read my assessment, turn it into a tier and issue codes; it keeps "
            "no score."
        ),
        shown=(
            "Separately: when I show a code, the merchant and the credit office of one of these "
            "cities may verify it: {recipients}."
        ),
        free="You can stop at any time with one button; not agreeing affects no other service.",
    ),
)
"""What the page asks for now."""

WORDINGS: Final[Mapping[str, Wording]] = MappingProxyType(
    {each.version: each for each in (IN_FORCE,)}
)
"""Every version that was ever asked for, oldest first."""
