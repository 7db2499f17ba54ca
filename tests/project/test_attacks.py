"""Every attack in docs/attacks.md is carried out by a test that exists."""

import re

import pytest

from tests.project.tree import ROOT, text_of

_ROW = re.compile(r"\| (?P<attack>[^|]+) \| (?P<answer>[^|]+) \| (?P<tests>[^|]+) \|")
_TEST = re.compile(r"`(?P<file>\w+/test_\w+\.py)::(?P<name>test_\w+)(?:\[(?P<case>[^\]`]+)\])?`")

LINES = [line for line in text_of(ROOT / "docs/attacks.md").splitlines() if line[:2] == "| "]
ROWS = {row["attack"]: row["tests"] for row in map(_ROW.fullmatch, LINES) if row}
ATTACKS = {attack: tests for attack, tests in ROWS.items() if attack != "attack"}


def test_every_line_of_the_table_is_an_attack_of_its_own() -> None:
    heads = sum(line.startswith("| attack |") for line in LINES)

    assert len(ATTACKS) > 50
    assert len(ATTACKS) == len(LINES) - heads


@pytest.mark.parametrize("attack", ATTACKS)
def test_every_attack_is_carried_out_by_tests_that_exist(attack: str) -> None:
    named = [each.strip() for each in ATTACKS[attack].split("`, ")]
    found = list(_TEST.finditer(ATTACKS[attack]))

    assert len(found) == len(named)
    for each in found:
        source = text_of(ROOT / "tests" / each["file"])
        assert re.search(rf"^def {each['name']}\(", source, re.MULTILINE), each[0]
        assert each["case"] is None or f'"{each["case"]}"' in source, each[0]
