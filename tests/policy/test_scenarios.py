import pytest

from gateway.ids import ScenarioId
from gateway.policy.errors import ScenarioError, ScenarioRefusedError
from gateway.policy.scenarios import (
    Family,
    all_within,
    covers,
    fits,
    narrowed,
    parse_scenario,
    wholes_of,
)


@pytest.mark.parametrize(
    "raw", ["a.b", "lodging.hotel", "travel.attraction.free", "a1_.b_2", "a." + "b" * 30]
)
def test_a_dotted_id_of_up_to_32_characters_is_a_scenario(raw: str) -> None:
    assert parse_scenario(raw) == raw


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "hotel",
        ".hotel",
        "lodging.",
        "lodging..hotel",
        "Lodging.hotel",
        "lodging.1hotel",
        "_lodging.hotel",
        "lodging hotel",
        "lodging.hotel\n",
        "lodging.höt",
        "住宿.酒店",
        "a." + "b" * 31,
    ],
)
def test_another_text_is_no_scenario(raw: str) -> None:
    with pytest.raises(ScenarioError) as refusal:
        parse_scenario(raw)

    assert refusal.value.code == "scenario_malformed"


@pytest.mark.parametrize("raw", ["gov.fast_track", "finance.loan", "gov.a.b", "finance.x"])
def test_decisions_of_offices_and_loans_are_never_a_scenario(raw: str) -> None:
    with pytest.raises(ScenarioRefusedError) as refusal:
        parse_scenario(raw)

    assert refusal.value.code == "scenario_refused"


def test_a_family_is_refused_by_its_whole_name_only() -> None:
    assert parse_scenario("govern.tour") == "govern.tour"


def test_the_families_of_offices_and_loans_do_not_exist() -> None:
    assert {"信易批", "信易贷"}.isdisjoint(Family)


@pytest.mark.parametrize(
    ("code_scenario", "asked", "good"),
    [
        ("travel.attraction", "travel.attraction", True),
        ("travel.attraction.free", "travel.attraction", True),
        ("travel.attraction", "travel.attraction.free", False),
        ("travel.attraction2", "travel.attraction", False),
        ("travel.attraction.free", "travel.attraction.fre", False),
        ("lodging.hotel", "travel.attraction", False),
    ],
)
def test_a_code_for_a_part_is_good_for_the_whole(
    code_scenario: str, asked: str, *, good: bool
) -> None:
    part, whole = ScenarioId(code_scenario), ScenarioId(asked)

    assert fits(part, whole) is good
    assert covers(whole, part) is good


def test_a_part_names_its_wholes_closest_first() -> None:
    assert wholes_of(ScenarioId("a.b.c.d")) == ("a.b.c.d", "a.b.c", "a.b")


A, AB, AC, B = map(ScenarioId, ("a.x", "a.x.b", "a.x.c", "b.x"))
NARROWED = {
    "nothing said keeps everything": ((A, B), None, {A, B}),
    "the same stays": ((A, B), (B,), {B}),
    "of a whole the part stays": ((A, B), (AB,), {AB}),
    "a part is not widened to its whole": ((AB,), (A,), {AB}),
    "another part goes": ((AB,), (AC,), set[ScenarioId]()),
    "nothing in common leaves nothing": ((A,), (B,), set[ScenarioId]()),
}


@pytest.mark.parametrize("case", NARROWED)
def test_what_one_has_is_narrowed_to_what_one_is_kept_to(case: str) -> None:
    own, kept_to, left = NARROWED[case]

    assert narrowed(own, kept_to) == left


@pytest.mark.parametrize(
    ("asked", "within"),
    [((), True), ((A,), True), ((AB, B), True), ((AC, ScenarioId("c.x")), False)],
)
def test_parts_are_within_their_wholes(asked: tuple[ScenarioId, ...], *, within: bool) -> None:
    assert all_within(asked, (A, B)) is within
    assert not all_within((A,), (AB,))
