import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.errors import PolicyFileError, Problem
from gateway.policy.offers import Draft
from gateway.policy.parity import Aspect, ParityError, examine
from tests.policy.builders import (
    AGREEMENT,
    Raw,
    found,
    offer_raw,
    parse,
    terms_raw,
)

CITIES = [member.division_code for member in AGREEMENT.members]
MONTHLY: Raw = {"count": 1, "every": 1, "unit": "month"}
BASE: Raw = {"min_tier": 2, "kind": "discount_rate", "value": "0.80", "cap": 1000}


def said_of(city: str, **changes: object) -> Raw:
    return offer_raw(BASE, visitors={city: {**BASE, **changes}})


@pytest.mark.parametrize(
    ("changes", "aspects"),
    [
        ({"min_tier": 3}, ["min_tier"]),
        ({"min_tier": 1}, ["min_tier"]),
        ({"value": "0.90"}, ["value"]),
        ({"value": "0.70"}, ["value"]),
        ({"cap": 999}, ["cap"]),
        ({"quota": MONTHLY}, ["quota"]),
        ({"kind": "pay_later", "value": 80}, ["kind"]),
        ({"min_tier": 3, "value": "0.90", "cap": 1}, ["min_tier", "value", "cap"]),
    ],
)
def test_a_city_that_is_treated_differently_is_named_with_the_offer(
    changes: Raw, aspects: list[str]
) -> None:
    with pytest.raises(ParityError) as refusal:
        parse(said_of("330500", **changes))

    report = refusal.value.report
    assert [(each.offer, each.city, each.aspect) for each in report.findings] == [
        ("hotel-discount", "330500", aspect) for aspect in aspects
    ]
    assert str(refusal.value).splitlines() == [
        f"offer hotel-discount treats city 330500 unlike residents: {aspect}" for aspect in aspects
    ]


def test_a_city_without_the_cap_of_residents_is_treated_differently() -> None:
    without_cap = {name: value for name, value in BASE.items() if name != "cap"}

    with pytest.raises(ParityError) as refusal:
        parse(offer_raw(BASE, visitors={"330400": without_cap}))

    assert [each.aspect for each in refusal.value.report.findings] == [Aspect.CAP]


def test_an_offer_worse_than_the_resident_terms_is_named_for_every_city() -> None:
    raw = offer_raw(terms_raw(value="0.90"), resident={**terms_raw(), "source": "a test"})

    with pytest.raises(ParityError) as refusal:
        parse(raw)

    assert [each.city for each in refusal.value.report.findings] == CITIES


UNEQUAL_WORDS = (
    {"zh": "8折,仅限本市户籍", "en": "20 % off"},
    {"zh": "8折,外地客人除外", "en": "20 % off"},
    {"zh": "8折", "en": "20 % off for residents"},
    {"zh": "8折", "en": "20 % off, not for people from Other Cities"},
)


@pytest.mark.parametrize("words", UNEQUAL_WORDS)
@pytest.mark.parametrize("field", ["words", "exclusions"])
def test_equal_terms_with_words_that_tell_people_apart_are_refused(field: str, words: Raw) -> None:
    raw = offer_raw(BASE, **{field: words if field == "words" else [words]})

    with pytest.raises(ParityError) as refusal:
        parse(raw)

    said = "offer hotel-discount tells people of city 330300 apart in its words"
    assert str(refusal.value).splitlines()[0] == said
    assert {each.aspect for each in refusal.value.report.findings} == {Aspect.WORDS}


def test_words_about_food_and_places_are_nobodys_business() -> None:
    words = {"zh": "本地时令小菜一份,周末除外", "en": "a dish of local vegetables, not on weekends"}

    assert parse(offer_raw(BASE, words=words)).offers[0].words.zh == words["zh"]


@pytest.mark.parametrize("city", CITIES)
def test_a_list_that_leaves_a_member_out_is_refused(city: str) -> None:
    only_for = [each for each in CITIES if each != city]

    with pytest.raises(ParityError) as refusal:
        parse(offer_raw(only_for=only_for))

    assert str(refusal.value) == f"offer hotel-discount leaves out city {city}"
    assert refusal.value.code == "parity"


def test_a_list_for_nobody_leaves_everybody_out() -> None:
    with pytest.raises(ParityError) as refusal:
        parse(offer_raw(only_for=[]))

    assert len(refusal.value.report.findings) == len(CITIES)


def test_a_list_of_all_members_and_equal_terms_pass() -> None:
    catalogue = parse(
        offer_raw(only_for=list(CITIES), visitors={city: terms_raw() for city in CITIES})
    )

    assert [offer.id for offer in catalogue.offers] == ["hotel-discount"]


def test_a_list_with_a_city_that_is_no_member_is_refused() -> None:
    with pytest.raises(PolicyFileError) as refusal:
        parse(offer_raw(only_for=[*CITIES, "330100"]))

    assert found(refusal.value) == [("city_not_member", "catalogue.offers.hotel-discount")]


def test_all_findings_of_all_offers_are_in_one_report() -> None:
    with pytest.raises(ParityError) as refusal:
        parse(
            said_of("330500", value="0.90"),
            offer_raw(id="meal", scenario="dining.restaurant"),
            offer_raw(id="gym", scenario="fitness.gym", only_for=CITIES[1:]),
        )

    report = refusal.value.report
    assert report.offers == ("hotel-discount", "meal", "gym")
    assert report.cities == tuple(CITIES)
    assert [(each.offer, each.city) for each in report.findings] == [
        ("hotel-discount", "330500"),
        ("gym", "330300"),
    ]


def test_parity_is_reported_beside_everything_else_that_is_wrong() -> None:
    with pytest.raises(PolicyFileError) as refusal:
        parse(said_of("330500", value="0.90"), offer_raw(id="x", offline="ask"))

    assert found(refusal.value) == [
        ("policy_not_allowed", "catalogue.offers.x.offline"),
        ("parity", "catalogue.offers.hotel-discount"),
    ]


@given(
    city=st.sampled_from(CITIES),
    min_tier=st.integers(1, 3),
    hundredths=st.integers(1, 99),
    cap=st.one_of(st.none(), st.integers(1, 2000)),
    count=st.one_of(st.none(), st.integers(1, 3)),
)
def test_visitors_get_the_same_or_the_draft_is_found(
    city: str, min_tier: int, hundredths: int, cap: int | None, count: int | None
) -> None:
    quota = None if count is None else {**MONTHLY, "count": count}
    terms = terms_raw(min_tier=min_tier, value=f"0.{hundredths:02d}", cap=cap, quota=quota)
    problems: list[Problem] = []
    draft = Draft.read(offer_raw(BASE, visitors={city: terms}), where="", problems=problems)

    report = examine([draft], CITIES)

    assert problems == []
    assert bool(report.findings) is (terms != BASE)
    assert {finding.city for finding in report.findings} <= {city}
