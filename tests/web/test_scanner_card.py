"""What the self-check says of a hand-held scanner, by the page's own rules."""

import json

import pytest

from gateway.codes import base45
from gateway.web.pages.merchant.check import CARD
from tests.node_reader import NodeReader

DIGITS, LETTERS, SIGNS = CARD
RIGHT = {"enter": True, "composed": False}
WIDE = "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else "\u3000" for each in SIGNS)
GERMAN = SIGNS.translate(str.maketrans("-:/", "/.-"))
CASES: dict[str, tuple[str, dict[str, bool], list[str]]] = {
    "as it is": (DIGITS, RIGHT, []),
    "signs, with their space": (SIGNS, RIGHT, []),
    "lower case": (LETTERS.lower(), RIGHT, ["lower_case"]),
    "full width": (WIDE, RIGHT, ["input_method"]),
    "composed by an input method": (DIGITS, {"enter": True, "composed": True}, ["input_method"]),
    "another keyboard": (GERMAN, RIGHT, ["layout"]),
    "in another order": (DIGITS[:8] + DIGITS[:7:-1], RIGHT, ["layout"]),
    "a letter is lost": (LETTERS.replace("XY", ""), RIGHT, ["missing"]),
    "without its spaces": (SIGNS.replace(" ", ""), RIGHT, ["missing"]),
    "without Enter": (DIGITS, {"enter": False, "composed": False}, ["no_enter"]),
    "something else": ("https://x", RIGHT, ["other"]),
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    file = tmp_path_factory.mktemp("card") / "cases.json"
    file.write_text(json.dumps([[typed, how] for typed, how, _ in CASES.values()]), "utf-8")
    status, found = NodeReader.find().run("card.mjs", file)
    assert status == 0
    return found


def test_the_page_knows_the_card_that_is_drawn(report: dict[str, object]) -> None:
    assert report["card"] == list(CARD)


def test_the_card_has_every_character_of_a_code() -> None:
    assert set(base45.ALPHABET) <= set("".join(CARD))


def test_what_arrives_wrong_is_named(report: dict[str, object]) -> None:
    found = report["found"]
    assert isinstance(found, list)

    told = dict(zip(CASES, found, strict=True))

    assert {case: each["faults"] for case, each in told.items()} == {
        case: faults for case, (_, _, faults) in CASES.items()
    }
    assert told["a letter is lost"]["missing"] == "XY"
    assert told["without its spaces"]["missing"] == "␣"
