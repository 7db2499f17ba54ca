"""统一社会信用代码: form and check character (GB 32100-2015)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import GatewayError
from gateway.policy.uscc import Uscc, check_character

PUBLISHED = "91350100M000100Y43"
"""The example by which the standard's way of reckoning is explained."""
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
FIRST = st.from_regex(rf"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{9}}", fullmatch=True)

MALFORMED = {
    "nothing": "",
    "17 characters": PUBLISHED[:-1],
    "19 characters": f"{PUBLISHED}0",
    "a letter that it has not": PUBLISHED.replace("M", "I"),
    "a check character that it has not": f"{PUBLISHED[:-1]}Z",
    "a letter in the division": "9135A100M000100Y43",
    "a blank": "91350100 000100Y43",
    "digits of full width": "\uff19" + PUBLISHED[1:],
    "a letter whose capital is two": "91350100M000100Yß",
    "what a spreadsheet makes of a number": "9.13501E+17",
    "a line break at its end": f"{PUBLISHED}\n",
}


def test_the_published_example_fits() -> None:
    assert Uscc.parse(PUBLISHED) == Uscc(text=PUBLISHED, fits=True)


def test_small_letters_are_taken_as_capital_ones() -> None:
    assert Uscc.parse(PUBLISHED.lower()) == Uscc.parse(PUBLISHED)


def test_nought_follows_what_adds_up_to_nothing() -> None:
    assert check_character("0" * 17) == "0"


@given(FIRST)
def test_every_first_part_has_one_last_character_that_fits(first: str) -> None:
    fitting = [last for last in ALPHABET if Uscc.parse(first + last).fits]

    assert fitting == [check_character(first)]


@given(FIRST, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_seen(first: str, place: int, by: int) -> None:
    code = first + check_character(first)
    if not code[place].isdigit():
        return
    wrong = code[:place] + str((int(code[place]) + by) % 10) + code[place + 1 :]

    assert not Uscc.parse(wrong).fits


@pytest.mark.parametrize("case", MALFORMED)
def test_what_is_not_of_the_form_is_refused_without_being_repeated(case: str) -> None:
    with pytest.raises(GatewayError) as caught:
        Uscc.parse(MALFORMED[case])

    assert caught.value.code == "uscc_malformed"
    assert not MALFORMED[case] or MALFORMED[case] not in str(caught.value)
