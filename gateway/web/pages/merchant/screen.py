"""What a merchant's screen shows of an answer, drawn here or by the page's own code."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.ids import ReceiptId, ScenarioId
from gateway.services.verdicts import Outcome, Verdict
from gateway.web.words import (
    GAIN,
    GRANTS,
    HINTS,
    MESSAGES,
    STOPS,
    Language,
    best_first,
    city_name,
    message,
    words_of,
)

_PIECES: Final = re.compile(
    r"((?:[0-9],(?=[0-9])|[^(,\uff08\uff0c])*)([,\uff0c] ?)?(.*)", re.DOTALL
)
"""Up to the first parenthesis, or the first comma that is not within a number."""

_LATER: Final[dict[Language, tuple[str, str, str]]] = {
    "zh": (
        "可先办理,联网后登记",
        "此项需联网核验",
        "此项需联网核验;连不上网就按普通价格办理,不是客人的问题",
    ),
    "en": (
        "Grant now, logged later",
        "Needs connection",
        "Needs connection; without one ordinary price, not the guest's fault",
    ),
}
"""Without a network: of offers that may be granted then, of those that may not, of these alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One answer on the screen.

    Attributes:
        message: One sentence; for ``recognised`` the offers say more.
        offers: Of each what is read from afar, a comma if there is one, and its limits.
        holder: Masked family name, to compare with an ID.
    """

    message: str
    offers: tuple[tuple[str, str, str], ...] = ()
    receipt: ReceiptId | None = None
    holder: str | None = None

    @property
    def recognised(self) -> bool:
        """Whether there is something to grant."""
        return bool(self.offers)


def shown_of(verdict: Verdict, lang: Language, scenario: ScenarioId) -> Shown:
    """Return what the screen shows of a verdict on a code that was shown for ``scenario``."""
    said = message(verdict, lang, scenario)
    if verdict.outcome is not Outcome.RECOGNISED:
        return Shown(message=said)
    return Shown(
        message=said,
        offers=tuple(pieces(words_of(each, lang)) for each in best_first(verdict.offers)),
        receipt=verdict.receipt,
        holder=verdict.holder,
    )


def pieces(words: str) -> tuple[str, str, str]:
    """Return an offer's words in three pieces, which are the words again when put together."""
    found = _PIECES.fullmatch(words)
    if found is None:
        raise AssertionError("the pattern takes every text")
    return found[1], found[2] or "", found[3]


def screen_words(lang: Language) -> Mapping[str, object]:
    """Return what the page says by itself, as JSON members.

    What is found without a network is said in the words of the city's own answers.
    """
    later, online, only_online = _LATER[lang]
    here = city_name(lang)
    return {
        "outcomes": {outcome.value: said[lang] for outcome, said in MESSAGES.items()},
        "hints": {hint.value: said[lang].replace("{city}", here) for hint, said in HINTS.items()},
        "stop": STOPS[lang],
        **{name: getattr(GRANTS[lang], name) for name in ("lead", "then", "check")},
        "later": later,
        "online": online,
        "only_online": only_online,
        "gain": GAIN,
    }
