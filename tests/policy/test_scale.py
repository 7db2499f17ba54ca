from itertools import pairwise
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ids import Timestamp, UnverifiedText
from gateway.policy.errors import (
    PolicyFileError,
    ReadingRangeError,
    ReadingTypeError,
    ScaleNotInForceError,
    ScaleVersionUnknownError,
)
from gateway.policy.scale import Reading, ScaleAdapter, Scales
from tests.policy.builders import JAN_2026, Raw, city_raw, found, list_of, toml, without

VECTORS = list_of(toml(Path(__file__).parent / "scale_vectors.toml"), "scales")
EDGES = [
    pytest.param(scale, vector, id=f"{scale['id']} {vector['reading']}")
    for scale in VECTORS
    for vector in list_of(scale, "vectors")
]


def band(lowest: object, highest: object, tier: object = None) -> Raw:
    entry: Raw = {"from": lowest, "to": highest}
    return entry if tier is None else {**entry, "tier": tier}


def score_raw(**changes: object) -> Raw:
    bands = [band(0, 649), band(650, 749, 1), band(750, 1000, 3)]
    return {
        "id": "test",
        "version": "1",
        "kind": "score",
        "valid_from": JAN_2026,
        "source": "illustrative: a test",
        "range": [0, 1000],
        "bands": bands,
        **changes,
    }


def levels_raw(**changes: object) -> Raw:
    levels: list[Raw] = [{"name": "一般"}, {"name": "良好", "tier": 1}, {"name": "极好", "tier": 3}]
    named = {**without(score_raw(), "range", "bands"), "kind": "levels", "levels": levels}
    return {**named, **changes}


@pytest.mark.parametrize(("scale", "vector"), EDGES)
def test_a_public_scale_maps_both_sides_of_each_edge(scale: Raw, vector: Raw) -> None:
    adapter = ScaleAdapter.parse(
        score_raw(**{name: scale[name] for name in ("id", "version", "range", "bands")})
    )

    tier = adapter.tier_of(cast("int", vector["reading"]))

    assert tier == vector.get("tier")


def test_the_vectors_of_wenzhou_are_those_that_wenzhou_runs() -> None:
    (wenzhou,) = list_of(city_raw(), "scales")
    vectors = next(scale for scale in VECTORS if scale["division_code"] == "330300")

    assert {name: wenzhou[name] for name in ("id", "version", "range", "bands")} == {
        name: vectors[name] for name in ("id", "version", "range", "bands")
    }


def test_named_levels_map_to_their_tiers() -> None:
    adapter = ScaleAdapter.parse(levels_raw())

    tiers = [adapter.tier_of(name) for name in ("一般", "良好", "极好")]

    assert tiers == [None, 1, 3]


def test_stars_map_as_narrow_bands() -> None:
    bands = [band(1, 2), band(3, 3, 1), band(4, 4, 2), band(5, 5, 3)]
    adapter = ScaleAdapter.parse(score_raw(kind="stars", range=[1, 5], bands=bands))

    tiers = [adapter.tier_of(stars) for stars in range(1, 6)]

    assert tiers == [None, None, 1, 2, 3]


@pytest.mark.parametrize(
    ("raw", "reading", "error"),
    [
        pytest.param(score_raw(), True, ReadingTypeError, id="a bool as score"),
        pytest.param(score_raw(), 700.0, ReadingTypeError, id="a float as score"),
        pytest.param(score_raw(), "700", ReadingTypeError, id="a text as score"),
        pytest.param(score_raw(), None, ReadingTypeError, id="nothing as score"),
        pytest.param(score_raw(), -1, ReadingRangeError, id="below the range"),
        pytest.param(score_raw(), 1001, ReadingRangeError, id="above the range"),
        pytest.param(levels_raw(), 1, ReadingTypeError, id="a number as level"),
        pytest.param(levels_raw(), "优秀", ReadingRangeError, id="a level that is not declared"),
    ],
)
def test_a_reading_of_another_form_or_range_is_refused(
    raw: Raw, reading: Reading, error: type[Exception]
) -> None:
    adapter = ScaleAdapter.parse(raw)

    with pytest.raises(error) as refusal:
        adapter.tier_of(reading)

    assert str(reading) not in str(refusal.value)


def test_the_refusals_of_readings_have_stable_codes() -> None:
    codes = (ReadingTypeError.code, ReadingRangeError.code, ScaleNotInForceError.code)

    assert codes == ("reading_wrong_type", "reading_out_of_range", "scale_not_in_force")


@pytest.mark.parametrize(
    "text", ["", "+700", "-1", "0700", "700.0", "7e2", " 700", "七", "1234567"]
)
def test_a_score_is_spelled_in_one_way(text: str) -> None:
    adapter = ScaleAdapter.parse(score_raw())

    with pytest.raises(ReadingTypeError):
        adapter.parse_reading(UnverifiedText(text))


def test_texts_from_a_file_become_readings() -> None:
    score, levels = ScaleAdapter.parse(score_raw()), ScaleAdapter.parse(levels_raw())

    readings = [score.parse_reading(UnverifiedText(text)) for text in ("0", "700")]
    level = levels.parse_reading(UnverifiedText("良好"))

    assert (readings, level) == ([0, 700], "良好")


REFUSALS: dict[str, tuple[Raw, list[tuple[str, str]]]] = {
    "a gap of one": (
        score_raw(bands=[band(0, 649), band(651, 1000, 1)]),
        [("scale_gap", "bands.#2.from")],
    ),
    "an overlap of one": (
        score_raw(bands=[band(0, 650), band(650, 1000, 1)]),
        [("scale_overlap", "bands.#2.from")],
    ),
    "a start above the range": (
        score_raw(bands=[band(1, 1000, 1)]),
        [("scale_gap", "bands")],
    ),
    "an end below the range": (score_raw(bands=[band(0, 999, 1)]), [("scale_gap", "bands")]),
    "an end above the range": (
        score_raw(bands=[band(0, 1001, 1)]),
        [("scale_out_of_range", "bands")],
    ),
    "a start below the range": (
        score_raw(range=[1, 1000], bands=[band(0, 1000, 1)]),
        [("scale_out_of_range", "bands")],
    ),
    "a band that ends before it starts": (
        score_raw(bands=[band(700, 600, 1)]),
        [("scale_empty_band", "bands.#1.to")],
    ),
    "a tier that falls": (
        score_raw(bands=[band(0, 499, 2), band(500, 1000, 1)]),
        [("scale_not_monotone", "bands.#2.tier")],
    ),
    "no tier above a tier": (
        score_raw(bands=[band(0, 499, 1), band(500, 1000)]),
        [("scale_not_monotone", "bands.#2.tier")],
    ),
    "no tier at all": (score_raw(bands=[band(0, 1000)]), [("scale_no_tier", "bands")]),
    "tier zero": (
        score_raw(bands=[band(0, 1000, 0)]),
        [("policy_not_allowed", "bands.#1.tier")],
    ),
    "a tier below zero": (
        score_raw(bands=[band(0, 1000, -1)]),
        [("policy_not_allowed", "bands.#1.tier")],
    ),
    "a fourth tier": (
        score_raw(bands=[band(0, 1000, 4)]),
        [("policy_not_allowed", "bands.#1.tier")],
    ),
    "true as tier": (
        score_raw(bands=[band(0, 1000, tier=True)]),
        [("policy_wrong_type", "bands.#1.tier")],
    ),
    "a float as edge": (
        score_raw(bands=[band(0.0, 1000, 1)]),
        [("policy_wrong_type", "bands.#1.from")],
    ),
    "a range upside down": (score_raw(range=[1000, 0]), [("policy_not_allowed", "range")]),
    "a range of booleans": (score_raw(range=[False, True]), [("policy_wrong_type", "range")]),
    "a range of one number": (score_raw(range=[1]), [("policy_wrong_type", "range")]),
    "a score scale with levels": (
        score_raw(levels=[{"name": "良好", "tier": 1}]),
        [("policy_not_allowed", "levels")],
    ),
    "a levels scale with a range": (
        levels_raw(range=[0, 5]),
        [("policy_not_allowed", "range")],
    ),
    "levels that fall": (
        levels_raw(levels=[{"name": "甲", "tier": 3}, {"name": "乙", "tier": 2}]),
        [("scale_not_monotone", "levels.#2.tier")],
    ),
    "a level named twice": (
        levels_raw(levels=[{"name": "甲", "tier": 1}, {"name": "甲", "tier": 2}]),
        [("scale_overlap", "levels")],
    ),
    "a level with a control character": (
        levels_raw(levels=[{"name": "甲\n", "tier": 1}]),
        [("policy_not_allowed", "levels.#1.name")],
    ),
    "a score scale without bands": (
        without(score_raw(), "bands"),
        [("policy_missing", "bands")],
    ),
    "a kind that nobody knows": (
        score_raw(kind="stars_and_bars"),
        [("policy_not_allowed", "kind")],
    ),
}


@pytest.mark.parametrize(("raw", "expected"), REFUSALS.values(), ids=REFUSALS)
def test_a_scale_that_is_not_total_and_rising_is_refused(
    raw: Raw, expected: list[tuple[str, str]]
) -> None:
    with pytest.raises(PolicyFileError) as refusal:
        ScaleAdapter.parse(raw)

    assert found(refusal.value) == expected


@given(st.sets(st.integers(1, 999), min_size=1, max_size=3), st.integers(0, 999))
def test_a_better_score_never_maps_lower(edges: set[int], score: int) -> None:
    starts = [0, *sorted(edges)]
    bands = [
        band(start, end - 1, tier or None)
        for tier, (start, end) in enumerate(pairwise([*starts, 1001]))
    ]
    adapter = ScaleAdapter.parse(score_raw(bands=bands))

    lower, higher = adapter.tier_of(score), adapter.tier_of(score + 1)

    assert (lower or 0) <= (higher or 0)


def test_a_version_maps_from_the_second_it_names() -> None:
    scales = Scales.parse([score_raw(), score_raw(version="2", valid_from=JAN_2026 + 100)])

    versions = [scales.at(Timestamp(JAN_2026 + after)).version for after in (0, 99, 100)]

    assert versions == ["1", "1", "2"]


def test_before_the_first_version_nothing_is_mapped() -> None:
    scales = Scales.parse([score_raw()])

    with pytest.raises(ScaleNotInForceError):
        scales.at(Timestamp(JAN_2026 - 1))


def test_a_named_version_maps_also_after_the_next_one_has_started() -> None:
    scales = Scales.parse([score_raw(), score_raw(version="2", valid_from=JAN_2026 + 100)])
    now = Timestamp(JAN_2026 + 100)

    versions = [scales.edition(named, now).version for named in ("1", "2", None)]

    assert versions == ["1", "2", "2"]


def test_a_version_that_nobody_wrote_or_that_starts_later_maps_nothing() -> None:
    scales = Scales.parse([score_raw(), score_raw(version="2", valid_from=JAN_2026 + 100)])

    with pytest.raises(ScaleVersionUnknownError):
        scales.edition("3", Timestamp(JAN_2026 + 100))
    with pytest.raises(ScaleNotInForceError):
        scales.edition("2", Timestamp(JAN_2026 + 99))


@pytest.mark.parametrize(
    ("raw", "said"),
    [(score_raw(), "a whole number 0 to 1000"), (levels_raw(), "one of ")],
)
def test_a_scale_says_what_a_reading_may_be(raw: Raw, said: str) -> None:
    assert ScaleAdapter.parse(raw).allowed.startswith(said)


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (score_raw(version="2"), [("scale_not_rising", "scales")]),
        (score_raw(valid_from=JAN_2026 + 1), [("scale_version_repeated", "scales")]),
        (
            score_raw(version="2", kind=1),
            [("policy_wrong_type", "scales.#2.kind")],
        ),
    ],
    ids=["two from the same second", "two of one name", "a broken one"],
)
def test_versions_follow_each_other(second: Raw, expected: list[tuple[str, str]]) -> None:
    with pytest.raises(PolicyFileError) as refusal:
        Scales.parse([score_raw(), second])

    assert found(refusal.value) == expected
