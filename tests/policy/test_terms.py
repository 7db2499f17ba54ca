import pytest

from gateway.ids import Tier
from gateway.policy.benefit import at_least_as_good, describe, describe_quota
from gateway.policy.errors import Problem
from gateway.policy.tables import Table
from gateway.policy.terms import TERMS_KEYS, VALUE_RULES, Kind, Quota, Terms, Unit
from tests.policy.builders import Raw, terms_raw


def read(raw: Raw) -> tuple[Terms, list[str]]:
    problems: list[Problem] = []
    terms = Terms.read(Table(raw, TERMS_KEYS, where="", problems=problems))
    return terms, [f"{problem.code} {problem.key}" for problem in problems]


def terms(kind: Kind, value: int | None = None, cap: int | None = None) -> Terms:
    return Terms(min_tier=Tier(1), kind=kind, value=value, cap=cap, quota=None)


def test_every_kind_has_a_rule_for_its_value() -> None:
    assert list(VALUE_RULES) == list(Kind)


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        ("discount_rate", "0.01", 1),
        ("discount_rate", "0.99", 99),
        ("free_admission", None, None),
        ("fixed_price", 1, 1),
        ("fixed_price", 100_000_000, 100_000_000),
        ("deposit_waiver", None, None),
        ("pay_later", 1, 1),
        ("pay_later", 90, 90),
        ("extra_quota", 1000, 1000),
        ("extra_duration", 527_040, 527_040),
        ("fee_free_minutes", 1440, 1440),
        ("priority_service", None, None),
        ("voucher", None, None),
        ("voucher", 100_000_000, 100_000_000),
        ("gift", None, None),
    ],
)
def test_a_value_at_the_edge_of_its_kind_is_kept_and_spelled_alike(
    kind: str, value: object, stored: int | None
) -> None:
    found, problems = read(terms_raw(kind=kind, value=value))

    assert problems == []
    assert (found.value, found.wire_value) == (stored, value)


@pytest.mark.parametrize(
    ("kind", "value", "problem"),
    [
        ("discount_rate", None, "offer_value value"),
        ("discount_rate", "0.00", "offer_value value"),
        ("discount_rate", "1.00", "offer_value value"),
        ("discount_rate", "0.8", "offer_value value"),
        ("discount_rate", "0.800", "offer_value value"),
        ("discount_rate", "0.8x", "offer_value value"),
        ("discount_rate", "0.+8", "offer_value value"),
        ("discount_rate", "0.²³", "offer_value value"),
        ("discount_rate", "0.８０", "offer_value value"),  # noqa: RUF001 -- full width is the point
        ("discount_rate", 80, "offer_value value"),
        ("discount_rate", 0.8, "policy_wrong_type value"),
        ("discount_rate", True, "policy_wrong_type value"),
        ("free_admission", 1, "offer_value value"),
        ("fixed_price", None, "offer_value value"),
        ("fixed_price", 0, "offer_value value"),
        ("fixed_price", 100_000_001, "offer_value value"),
        ("fixed_price", "30", "offer_value value"),
        ("deposit_waiver", 1, "offer_value value"),
        ("pay_later", 91, "offer_value value"),
        ("extra_quota", 1001, "offer_value value"),
        ("extra_duration", 527_041, "offer_value value"),
        ("fee_free_minutes", 1441, "offer_value value"),
        ("priority_service", 1, "offer_value value"),
        ("voucher", 0, "offer_value value"),
        ("gift", 1, "offer_value value"),
        ("fine", 1, "policy_not_allowed kind"),
    ],
)
def test_a_value_that_does_not_fit_its_kind_is_refused(
    kind: str, value: object, problem: str
) -> None:
    _, problems = read(terms_raw(kind=kind, value=value))

    assert problem in problems


@pytest.mark.parametrize("kind", Kind)
def test_a_cap_belongs_to_discounts_deposits_and_later_payment(kind: Kind) -> None:
    capped = kind in {Kind.DISCOUNT_RATE, Kind.DEPOSIT_WAIVER, Kind.PAY_LATER}

    _, problems = read(terms_raw(kind=kind.value, cap=1))

    assert ("offer_cap cap" in problems) is not capped


@pytest.mark.parametrize(("cap", "good"), [(0, False), (1, True), (100_000_000, True)])
def test_a_cap_is_at_least_one_fen(cap: int, *, good: bool) -> None:
    _, problems = read(terms_raw(cap=cap))

    assert problems == ([] if good else ["policy_not_allowed cap"])


def test_a_quota_counts_uses_in_a_calendar_period() -> None:
    found, problems = read(terms_raw(quota={"count": 1, "every": 2, "unit": "month"}))

    assert problems == []
    assert found.quota == Quota(count=1, every=2, unit=Unit.MONTH)
    assert found.members()["quota"] == {"count": 1, "every": 2, "unit": "month"}


@pytest.mark.parametrize(
    ("quota", "problem"),
    [
        ({"count": 0, "every": 1, "unit": "day"}, "policy_not_allowed quota.count"),
        ({"count": 101, "every": 1, "unit": "day"}, "policy_not_allowed quota.count"),
        ({"count": 1, "every": 0, "unit": "day"}, "policy_not_allowed quota.every"),
        ({"count": 1, "every": 367, "unit": "day"}, "policy_not_allowed quota.every"),
        ({"count": 1, "every": 1, "unit": "week"}, "policy_not_allowed quota.unit"),
        ({"count": 1, "every": 1}, "policy_missing quota.unit"),
        (3, "policy_wrong_type quota"),
    ],
)
def test_a_quota_outside_its_bounds_is_refused(quota: object, problem: str) -> None:
    _, problems = read(terms_raw(quota=quota))

    assert problems == [problem]


@pytest.mark.parametrize("min_tier", [0, -1, 4, True, "1"])
def test_an_offer_is_for_tiers_one_to_three(min_tier: object) -> None:
    _, problems = read(terms_raw(min_tier=min_tier))

    assert [problem.split()[1] for problem in problems] == ["min_tier"]


@pytest.mark.parametrize(
    ("benefit", "zh", "en"),
    [
        (terms(Kind.DISCOUNT_RATE, 80), "8折", "20 % off"),
        (terms(Kind.DISCOUNT_RATE, 85), "8.5折", "15 % off"),
        (terms(Kind.DISCOUNT_RATE, 5), "0.5折", "95 % off"),
        (terms(Kind.DISCOUNT_RATE, 90, 5050), "9折(最多50.50元)", "10 % off, at most CNY 50.50"),
        (terms(Kind.FREE_ADMISSION), "免费入场", "free admission"),
        (terms(Kind.FIXED_PRICE, 3000), "优惠价30元", "the price of CNY 30"),
        (terms(Kind.DEPOSIT_WAIVER), "免押金", "no deposit"),
        (
            terms(Kind.DEPOSIT_WAIVER, None, 50000),
            "免押金(最多500元)",
            "no deposit, at most CNY 500",
        ),
        (terms(Kind.PAY_LATER, 3), "先享后付,3天内付", "payment within 3 days"),
        (terms(Kind.EXTRA_QUOTA, 5), "额度增加5", "5 more than usual"),
        (terms(Kind.EXTRA_DURATION, 2880), "延长2天", "2 d more"),
        (terms(Kind.EXTRA_DURATION, 120), "延长2小时", "2 h more"),
        (terms(Kind.EXTRA_DURATION, 90), "延长90分钟", "90 min more"),
        (terms(Kind.FEE_FREE_MINUTES, 15), "免费15分钟", "15 min free"),
        (terms(Kind.PRIORITY_SERVICE), "优先服务", "priority service"),
        (terms(Kind.VOUCHER), "免费券一张", "one free voucher"),
        (terms(Kind.VOUCHER, 2000), "20元券一张", "one voucher of CNY 20"),
        (terms(Kind.GIFT), "赠品一份", "a gift"),
    ],
)
def test_a_merchant_is_told_the_benefit_in_words(benefit: Terms, zh: str, en: str) -> None:
    words = describe(benefit)

    assert (words.zh, words.en) == (zh, en)


@pytest.mark.parametrize(
    ("quota", "zh", "en"),
    [
        (Quota(count=1, every=1, unit=Unit.DAY), "每天1次", "once a day"),
        (Quota(count=3, every=1, unit=Unit.MONTH), "每月3次", "3 times a month"),
        (Quota(count=1, every=2, unit=Unit.MONTH), "每2个月1次", "once in 2 months"),
        (Quota(count=2, every=7, unit=Unit.DAY), "每7天2次", "2 times in 7 days"),
        (Quota(count=1, every=2, unit=Unit.YEAR), "每2年1次", "once in 2 years"),
    ],
)
def test_a_guest_is_told_how_often_in_words(quota: Quota, zh: str, en: str) -> None:
    words = describe_quota(quota)

    assert (words.zh, words.en) == (zh, en)


FREE = terms(Kind.FREE_ADMISSION)
HALF = terms(Kind.DISCOUNT_RATE, 50)
HALF_CAPPED = terms(Kind.DISCOUNT_RATE, 50, 1000)
EIGHTY = terms(Kind.DISCOUNT_RATE, 80)
EIGHTY_CAPPED = terms(Kind.DISCOUNT_RATE, 80, 2000)
CHEAP = terms(Kind.FIXED_PRICE, 1000)
DEAR = terms(Kind.FIXED_PRICE, 2000)
NO_DEPOSIT = terms(Kind.DEPOSIT_WAIVER)
LESS_DEPOSIT = terms(Kind.DEPOSIT_WAIVER, None, 50000)
GIFT = terms(Kind.GIFT)


@pytest.mark.parametrize(
    ("one", "other", "better"),
    [
        (FREE, HALF, True),
        (FREE, CHEAP, True),
        (FREE, FREE, True),
        (HALF, FREE, False),
        (FREE, NO_DEPOSIT, False),
        (HALF, EIGHTY, True),
        (EIGHTY, HALF, False),
        (HALF, HALF, True),
        (HALF, HALF_CAPPED, True),
        (HALF_CAPPED, HALF, False),
        (HALF_CAPPED, EIGHTY_CAPPED, False),
        (EIGHTY_CAPPED, HALF_CAPPED, False),
        (CHEAP, DEAR, True),
        (DEAR, CHEAP, False),
        (CHEAP, HALF, False),
        (HALF, CHEAP, False),
        (NO_DEPOSIT, LESS_DEPOSIT, True),
        (LESS_DEPOSIT, NO_DEPOSIT, False),
        (terms(Kind.FEE_FREE_MINUTES, 30), terms(Kind.FEE_FREE_MINUTES, 15), True),
        (terms(Kind.PAY_LATER, 7), terms(Kind.PAY_LATER, 3), True),
        (GIFT, GIFT, False),
        (terms(Kind.EXTRA_QUOTA, 5), terms(Kind.EXTRA_QUOTA, 1), False),
    ],
)
def test_one_benefit_replaces_another_only_if_nothing_is_missed(
    one: Terms, other: Terms, *, better: bool
) -> None:
    assert at_least_as_good(one, other) is better
