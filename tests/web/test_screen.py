"""What a merchant's screen says of a verdict, in pieces that are read from afar."""

import json
from itertools import product
from pathlib import Path

import pytest

from gateway.ids import OfferId, ReceiptId, ScenarioId
from gateway.policy.terms import Kind
from gateway.services.verdicts import GrantedOffer, Hint, Outcome, Verdict
from gateway.web.pages.merchant.screen import pieces, screen_words, shown_of
from gateway.web.wiring import make_flask
from gateway.web.words import GAIN, Language, message
from tests.node_reader import NodeReader
from tests.web.site import Site
from tests.world import GYM

LANGUAGES: tuple[Language, Language] = ("zh", "en")


def offer(kind: str, zh: str = "", en: str = "") -> GrantedOffer:
    return GrantedOffer(
        id=OfferId(f"a-{kind}"), version=1, kind=kind, value=None, cap=None, zh=zh, en=en
    )


CUT = [
    ("8折", "8折", ""),
    ("8折(最多100元)", "8折", "(最多100元)"),
    ("免押金\uff08限五家\uff09", "免押金", "\uff08限五家\uff09"),
    ("先享后付,30天内付", "先享后付", "30天内付"),
    ("20 % off, at most CNY 100", "20 % off", "at most CNY 100"),
    ("no deposit (Only five; no code)", "no deposit ", "(Only five; no code)"),
    ("CNY 1,000 off (once)", "CNY 1,000 off ", "(once)"),
    ("1,2,3,", "1,2,3", ""),
    ("(odd\nlines", "", "(odd\nlines"),
    ("", "", ""),
]


@pytest.mark.parametrize(("words", "head", "limits"), CUT)
def test_what_is_read_from_afar_ends_before_the_limits(words: str, head: str, limits: str) -> None:
    found = pieces(words)

    assert (found[0], found[2]) == (head, limits)
    assert "".join(found) == words


def test_the_largest_gain_is_said_first_and_every_kind_has_its_place() -> None:
    verdict = Verdict(
        outcome=Outcome.RECOGNISED,
        reason="",
        receipt=ReceiptId("R"),
        offers=(
            offer("priority_service", "优先服务"),
            offer("deposit_waiver", "免押金"),
            offer("discount_rate", "8折"),
            offer("discount_rate", "9折"),
        ),
    )

    shown = shown_of(verdict, "zh", GYM)

    assert shown.message == "可享8折、9折、免押金、优先服务,请按此办理"
    assert [head for head, _, _ in shown.offers] == ["8折", "9折", "免押金", "优先服务"]
    assert sorted(GAIN) == sorted(Kind)


def test_a_hint_names_the_city_and_the_scenario_that_the_guest_should_choose() -> None:
    hinted = Verdict(outcome=Outcome.NO_BENEFIT, reason="", hint=Hint.SCENARIO_CODE)
    with make_flask(Site().gateway).app_context():
        said = [message(hinted, lang, GYM) for lang in LANGUAGES]
        part = message(hinted, "zh", ScenarioId(f"{GYM}.monthly"))

    assert said[0].endswith("。请客人选「温州·体育健身」")
    assert said[1].endswith('. Ask guest to choose "Wenzhou, Fitness"')
    assert part == said[0]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_says_by_itself_what_the_city_would_say(lang: Language, tmp_path: Path) -> None:
    file = tmp_path / "asks.json"
    answers = list(product(set(Outcome) - {Outcome.RECOGNISED}, (None, *Hint)))
    with make_flask(Site().gateway).app_context():
        expected = [
            message(Verdict(outcome=outcome, reason="", hint=hint), lang, GYM)
            for outcome, hint in answers
        ]
        words = screen_words(lang)
    asks = {
        "words": words,
        "lang": lang,
        "texts": [text for text, _, _ in CUT],
        "answers": [{"outcome": outcome, "hint": hint} for outcome, hint in answers],
        "kinds": sorted(Kind),
        "scenario": {"zh": "体育健身", "en": "Fitness"}[lang],
    }
    file.write_text(json.dumps(asks), "utf-8")

    status, said = NodeReader.find().run("screen.mjs", file)

    assert status == 0
    assert said["sentences"] == expected
    assert said["pieces"] == [list(pieces(text)) for text, _, _ in CUT]
    assert said["kinds"] == list(GAIN)
