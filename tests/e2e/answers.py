"""What a city answers, made up: to show every answer without a story of its own."""

from collections.abc import Mapping

from playwright.sync_api import Page

from tests.e2e.steps import show_to

VERIFICATIONS = "**/api/v1/verifications"
RECEIPT = "ABCD-EFGH-2345-WXYZ"

Answer = Mapping[str, object]


def offer(words: str, kind: str = "discount_rate", **other: object) -> Answer:
    return {"id": "an-offer", "version": 1, "kind": kind, "value": None, "cap": None} | {
        "words": words,
        **other,
    }


def recognised(*offers: Answer, **other: object) -> Answer:
    return {
        "outcome": "recognised",
        "message": "",
        "checked": "now",
        "offers": list(offers or [offer("8折(最多100元)")]),
        "receipt": RECEIPT,
    } | other


def refused(outcome: str, message: str = "", **other: object) -> Answer:
    return {"outcome": outcome, "message": message, "checked": "now"} | other


EIGHT = {"zh": "8折(最多100元)", "en": "20 % off, at most CNY 100"}
DEPOSIT = {
    "zh": "免押金(限泰顺参加的五家酒店;损坏照常赔付,与信用码无关)",
    "en": (
        "no deposit (Only the five hotels taking part in Taishun;"
        " Damage is settled as usual and touches no code)"
    ),
}
VOUCHER = {"zh": "免费健身券一张(每月一张)", "en": "one free fitness voucher a month"}


def answers(lang: str) -> Mapping[str, Answer]:
    """Return answers that look different, by name."""
    later = {"checked": "later", "receipt": ""}
    return {
        "holder": recognised(
            offer(DEPOSIT[lang], "deposit_waiver"), offer(EIGHT[lang]), holder="张*"
        ),
        "later": recognised(
            offer(DEPOSIT[lang], "deposit_waiver", offline="grant"),
            offer(VOUCHER[lang], "voucher", offline="online_only"),
            **later,
        ),
        "needs-connection": recognised(
            offer(VOUCHER[lang], "voucher", offline="online_only"), **later
        ),
        # Without a message the page says it itself, in the city's words.
        "no-benefit": refused("no_benefit", hint="scenario_code"),
        "spent": refused("no_benefit", hint="another_code"),
        "present-again": refused("present_again"),
        "undetermined": refused("undetermined"),
    }


def answer(page: Page, members: Answer, code: str = "CC1:ANY") -> None:
    """Show a code that the city answers with ``members``."""
    page.route(VERIFICATIONS, lambda route: route.fulfill(json=dict(members)))
    show_to(page, code)
    page.unroute(VERIFICATIONS)
