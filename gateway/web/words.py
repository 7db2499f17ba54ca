"""What a merchant reads about an outcome, zh-CN and en."""

import functools
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from flask import request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from gateway.ids import ScenarioId
from gateway.services.verdicts import GrantedOffer, Hint, Outcome, Verdict
from gateway.web.context import gateway

Language = Literal["zh", "en"]

MESSAGES: Final[dict[Outcome, dict[Language, str]]] = {
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
HINTS: Final[dict[Hint, dict[Language, str]]] = {
    Hint.UPDATE: {"zh": "请更新本页面", "en": "Update this page"},
    Hint.NOT_A_MEMBER: {
        "zh": "该码来自未参加互认的城市,按普通价格办理",
        "en": "This code is from a city outside the agreement; ordinary price",
    },
    Hint.SCENARIO_CODE: {
        "zh": "请客人选「{city}·{scenario}」",
        "en": 'Ask guest to choose "{city}, {scenario}"',
    },
    Hint.ANOTHER_CODE: {
        "zh": "这一次已用过,可请客人换一个码再试一次",
        "en": "This use is spent; the guest may try another code once",
    },
}


class Grant(NamedTuple):
    """The sentence around the offers that are granted, piece by piece."""

    lead: str
    between: str
    then: str
    check: str


GRANTS: Final[dict[Language, Grant]] = {
    "zh": Grant("可享", "、", "请按此办理", "请当面核对证件姓氏"),
    "en": Grant("Grant", ", ", "", "Check ID surname"),
}
STOPS: Final[dict[Language, str]] = {"zh": "。", "en": ". "}
"""Between what an outcome says and what its hint does."""

GAIN: Final = (
    *("free_admission", "voucher", "fixed_price", "discount_rate"),
    *("deposit_waiver", "pay_later", "fee_free_minutes"),
    *("extra_duration", "extra_quota", "gift", "priority_service"),
)
"""Kinds of benefit, the largest first: money, then time to pay it, then the rest."""

_MAX_ACCEPT_CHARS: Final = 256
"""A longer ``Accept-Language`` is nobody's, and is not remembered."""


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


def message(verdict: Verdict, lang: Language, scenario: ScenarioId) -> str:
    """Return the one sentence for the merchant's screen.

    Args:
        verdict: What was found.
        lang: Language of the screen.
        scenario: What the merchant asked for; a hint names it as guests know it.
    """
    if verdict.outcome is not Outcome.RECOGNISED:
        said = MESSAGES[verdict.outcome][lang]
        if verdict.hint is None:
            return said
        hint = HINTS[verdict.hint][lang]
        if verdict.hint is Hint.SCENARIO_CODE:
            hint = hint.format_map(_use(scenario, lang))
        return f"{said}{STOPS[lang]}{hint}"
    grant = GRANTS[lang]
    offers = grant.between.join(words_of(each, lang) for each in best_first(verdict.offers))
    if lang == "zh":
        holder = "" if verdict.holder is None else f";{grant.check}"
        return f"{grant.lead}{offers},{grant.then}{holder}"
    holder = "" if verdict.holder is None else f"; {grant.check[0].lower()}{grant.check[1:]}"
    return f"{grant.lead} {offers}{holder}"


def words_of(offer: GrantedOffer, lang: Language) -> str:
    """Return an offer's own words, with every limit."""
    return offer.zh if lang == "zh" else offer.en


def best_first(offers: Sequence[GrantedOffer]) -> list[GrantedOffer]:
    """Return the offers as they are said: the guest's largest gain first."""
    return sorted(offers, key=lambda each: GAIN.index(each.kind))


def _use(scenario: ScenarioId, lang: Language) -> dict[str, str]:
    agreed = gateway().agreement.agreed(scenario)
    name = scenario if agreed is None else agreed.zh if lang == "zh" else agreed.en
    return {"city": city_name(lang), "scenario": name}


def city_name(lang: Language) -> str:
    """Return what this city is called."""
    city = gateway().city
    return city.name_zh if lang == "zh" else city.name_en
