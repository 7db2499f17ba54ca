"""The style sheet keeps the large view large; what browsers make of it is in tests/e2e."""

import re
from pathlib import Path

import gateway.web

STYLE = Path(gateway.web.__file__).parent / "assets/css/style.css"


def test_green_is_for_the_counter_alone() -> None:
    rules = re.findall(r"([^{}]+)\{([^{}]*var\(--good\)[^{}]*)\}", STYLE.read_text("utf-8"))

    assert rules
    for selector, _ in rules:
        assert all(each.strip().startswith(".recognised") for each in selector.split(","))


def test_no_text_is_smaller_than_the_page_without_a_least_size() -> None:
    small = re.findall(r"font(?:-size)?: *\.\d+r?em[^;}]*", STYLE.read_text("utf-8"))

    assert small == []
