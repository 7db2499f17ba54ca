"""How the code page reads a choice in an address, by the page's own rules."""

import json
from pathlib import Path

from gateway.policy.scenarios import SCENARIO_PATTERN
from tests.node_reader import NodeReader

READ = {
    "#city=330300&scenario=lodging.hotel": "#city=330300&scenario=lodging.hotel",
    "city=330300&scenario=lodging.hotel": "#city=330300&scenario=lodging.hotel",
    "#scenario=general&city=330300": "#city=330300&scenario=general",
    "#city=330300&scenario=fitness.gym.monthly&from=plate": (
        "#city=330300&scenario=fitness.gym.monthly"
    ),
    "#city=330300": "#city=330300",
    "": None,
    "#main": None,
    "#city=": None,
    "#city=33030": None,
    "#city=3303001": None,
    "#city=\uff13\uff13\uff10\uff13\uff10\uff10": None,
    "#scenario=lodging.hotel": None,
    "#city=330300&scenario=": None,
    "#city=330300&scenario=everything": None,
    "#city=330300&scenario=lodging.hotel%22%3E": None,
    "#city=330300%0A&scenario=lodging.hotel": None,
}
SPELLED = ["a.b", "a.", ".b", "a", "A.b", "a1._", "1a.b", "a.1", "a.b_c.d2", "a..b", "a.b "]
LENGTHS = [f"a.{'b' * count}" for count in (29, 30, 31)]


def page_reads(directory: Path, texts: list[str]) -> list[str | None]:
    file = directory / "texts.json"
    file.write_text(json.dumps(texts), "utf-8")
    status, report = NodeReader.find().run("choices.mjs", file)
    assert status == 0
    read: list[str | None] = report["read"]
    return read


def test_an_address_says_a_choice_or_nothing(tmp_path: Path) -> None:
    assert page_reads(tmp_path, list(READ)) == list(READ.values())


def test_the_page_knows_a_scenarios_name_as_the_city_does(tmp_path: Path) -> None:
    texts = [*SPELLED, *LENGTHS]

    read = page_reads(tmp_path, [f"#city=330300&scenario={text}" for text in texts])

    known = [text for text, said in zip(texts, read, strict=True) if said]
    assert known == [text for text in texts if SCENARIO_PATTERN.fullmatch(text)]
    assert LENGTHS[1] in known
    assert LENGTHS[2] not in known
