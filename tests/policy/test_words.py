import pytest

from gateway.policy.errors import Problem
from gateway.policy.words import Words, is_plain


@pytest.mark.parametrize("text", ["8折", "20 % off", "a" * 40, "5€ & more"])
def test_visible_text_on_one_line_may_be_shown(text: str) -> None:
    assert is_plain(text, 40)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 8折",
        "8折 ",
        "a" * 41,
        "two\nlines",
        "tab\there",
        "bell\x07",
        "right\u202eto left",
        "isolate\u2066",
        "zero\u200bwidth",
        "private\ue000",
        "line\u2028separator",
        "<b>bold</b>",
        "decomposed e\u0301",
        "lone \ud800",
    ],
)
def test_what_could_hide_or_reorder_text_may_not_be_shown(text: str) -> None:
    assert not is_plain(text, 40)


def test_both_languages_are_required() -> None:
    problems: list[Problem] = []

    Words.read({"zh": "8折"}, where="words", problems=problems)

    assert [(problem.code, problem.key) for problem in problems] == [("policy_missing", "words.en")]


def test_words_of_another_type_are_refused() -> None:
    problems: list[Problem] = []

    Words.read({"zh": 8, "en": "a"}, where="words", problems=problems)

    assert [problem.code for problem in problems] == ["policy_wrong_type"]
