"""What a merchant reads about an outcome, zh-CN and en (product: words)."""

import functools
from typing import Final, Literal

from flask import request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from gateway.services.verdicts import Hint, Outcome, Verdict

Language = Literal["zh", "en"]

_MESSAGES: Final[dict[Outcome, dict[Language, str]]] = {
    Outcome.NO_BENEFIT: {
        "zh": "这次没有可用优惠,按普通价格办理",
        "en": "No benefit this time; ordinary price",
    },
    Outcome.PRESENT_AGAIN: {
        "zh": "请换一个码;两次不行按普通价格,不代表客人有问题",
        "en": "Fresh code, please; after two tries ordinary price, no reflection on the guest",
    },
    Outcome.NOT_A_CODE: {
        "zh": "这不是信用码,请客人打开信用码页",
        "en": "Not a credit code; open the credit-code page",
    },
    Outcome.UNDETERMINED: {
        "zh": "暂时无法核验,不是客人的问题,请按普通价格办理",
        "en": "Cannot check now; not the guest's fault; ordinary price",
    },
}
_HINTS: Final[dict[Hint, dict[Language, str]]] = {
    Hint.UPDATE: {"zh": "请更新本页面", "en": "Update this page"},
    Hint.NOT_A_MEMBER: {
        "zh": "该码来自未参加互认的城市,按普通价格办理",
        "en": "This code is from a city outside the agreement; ordinary price",
    },
    Hint.SCENARIO_CODE: {
        "zh": "请客人在信用码页选择本城市和本场景",
        "en": "Ask the guest to choose this city and scenario on the credit-code page",
    },
    Hint.ANOTHER_CODE: {"zh": "请客人换一个码", "en": "Ask the guest for another code"},
}
_MAX_ACCEPT_CHARS: Final = 256
"""A longer ``Accept-Language`` is nobody's, and is not remembered."""

_HOLDER: Final[dict[Language, str]] = {
    "zh": ";请当面核对证件姓氏",
    "en": "; check ID surname",
}


def language() -> Language:
    """Return the language that the request prefers, zh unless it says otherwise."""
    asked = str(request.environ.get("HTTP_ACCEPT_LANGUAGE", ""))
    return _best(asked) if len(asked) <= _MAX_ACCEPT_CHARS else "zh"


@functools.lru_cache(maxsize=256)
def _best(asked: str) -> Language:
    """Return the language for an ``Accept-Language``; tills send one of a few for ever."""
    accepted = parse_accept_header(asked, LanguageAccept)
    best = accepted.best_match(["zh", "zh-CN", "en"], default="zh")
    return "en" if best == "en" else "zh"


def message(verdict: Verdict, lang: Language) -> str:
    """Return the one sentence for the merchant's screen."""
    if verdict.outcome is not Outcome.RECOGNISED:
        sentence = _MESSAGES[verdict.outcome][lang]
        stop = "。" if lang == "zh" else ". "
        return sentence if verdict.hint is None else f"{sentence}{stop}{_HINTS[verdict.hint][lang]}"
    holder = "" if verdict.holder is None else _HOLDER[lang]
    if lang == "zh":
        return f"可享{'、'.join(offer.zh for offer in verdict.offers)},请按此办理{holder}"
    return f"Grant {', '.join(offer.en for offer in verdict.offers)}{holder}"
