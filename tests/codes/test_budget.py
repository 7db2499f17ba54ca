from collections.abc import Callable

import pytest

from gateway.codes import budget, qr
from gateway.codes.budget import ScenarioIds
from gateway.codes.errors import CodeTooLargeError, NotACodeError
from gateway.errors import CodeError
from gateway.ids import CityId, EntityId, ScenarioId
from tests.codes.builders import NOON

WENZHOU, JINHUA = CityId("330300"), CityId("330700")
LEAF = EntityId("https://credit.wenzhou.gov.cn")
OTHER_LEAF = EntityId("https://xinyong.qzxkvjw.cn")


def _ids(scenario: str = "lodging.hotel", pol: str = "2026.1") -> ScenarioIds:
    return ScenarioIds(
        issuer=WENZHOU, destination=JINHUA, scenario=ScenarioId(scenario), policy_version=pol
    )


FITTING: dict[str, Callable[[], None]] = {
    "scenario and quota codes": lambda: budget.check_scenario(_ids(), now=NOON),
    "version 12 of a year": lambda: budget.check_scenario(_ids(pol="2031.12"), now=NOON),
    "printed codes": lambda: budget.check_printed(_ids(), LEAF, now=NOON),
    "printed codes of the longest short leaf": lambda: budget.check_printed(
        _ids(), EntityId("https://credit.qxzvkjw.gov.cn"), now=NOON
    ),
    "printed codes under another leaf with ids that a short one refuses": lambda: (
        budget.check_printed(_ids("qxjz_kvw.bmpq_yfgh"), OTHER_LEAF, now=NOON)
    ),
    "printed codes of another leaf": lambda: budget.check_printed(
        _ids(), EntityId("https://xinyong.zhejiang.gov.cn"), now=NOON
    ),
}
REFUSALS: dict[str, tuple[Callable[[], None], type[CodeError], str, str]] = {
    "scenario outside the dictionary": (
        lambda: budget.check_scenario(
            _ids("qxjz_kvw.bmpq_yfgh_zzxw_kqjv", "QzXjKvWp-9_."), now=NOON
        ),
        CodeTooLargeError,
        "code_too_large",
        "a scenario code needs QR version 9, 8 is the most",
    ),
    "printed code under a short leaf, whose budget is smaller": (
        lambda: budget.check_printed(_ids("qxjz_kvw.bmpq_yfgh"), LEAF, now=NOON),
        CodeTooLargeError,
        "code_too_large",
        "a printed code needs QR version 10, 9 is the most",
    ),
    "printed code under another leaf": (
        lambda: budget.check_printed(
            _ids("qxjz_kvw.bmpq_yfgh_zzxw_kqjv", "QzXjKvWp-9_."), OTHER_LEAF, now=NOON
        ),
        CodeTooLargeError,
        "code_too_large",
        "a printed code needs QR version 11, 10 is the most",
    ),
    "scenario id of 33 characters": (
        lambda: budget.check_scenario(_ids("a." + "b" * 31), now=NOON),
        NotACodeError,
        "not_a_code",
        "a scenario id that is too long",
    ),
    "policy version that spells another member": (
        lambda: budget.check_scenario(_ids(pol='2026.1","nul":"AAAAAAAAAAAAAAAAAAAAAQ'), now=NOON),
        NotACodeError,
        "not_a_code",
        "an id that spells another member",
    ),
    "status address too long": (
        lambda: budget.check_printed(
            _ids(), EntityId("https://credit.zhejiang.gov.cn/wenzhou-city"), now=NOON
        ),
        NotACodeError,
        "not_a_code",
        "a status with a ticket, or with too long an address",
    ),
    "division code of five digits": (
        lambda: budget.check_general(CityId("33030"), now=NOON),
        NotACodeError,
        "not_a_code",
        "the payload fits no kind of code",
    ),
}


@pytest.mark.parametrize(
    "city", ["330300", "330400", "330500", "330700", "330100", "987654", "000000"]
)
def test_general_codes_of_any_city_fit(city: str) -> None:
    budget.check_general(CityId(city), now=NOON)


@pytest.mark.parametrize("check", FITTING.values(), ids=FITTING)
def test_ids_that_fit_are_accepted(check: Callable[[], None]) -> None:
    check()


@pytest.mark.parametrize(("check", "error", "code", "why"), REFUSALS.values(), ids=REFUSALS)
def test_ids_that_miss_their_budget_or_the_grammar_are_refused(
    check: Callable[[], None], error: type[CodeError], code: str, why: str
) -> None:
    with pytest.raises(error) as refusal:
        check()

    assert refusal.value.code == code
    assert str(refusal.value) == why


def test_a_refusal_names_what_misses_and_by_how_much() -> None:
    with pytest.raises(CodeTooLargeError) as refusal:
        budget.check_scenario(_ids("qxjz_kvw.bmpq_yfgh_zzxw_kqjv", "QzXjKvWp-9_."), now=NOON)

    assert refusal.value.what == "a scenario code"
    assert (refusal.value.version, refusal.value.budget) == (9, 8)


@pytest.mark.parametrize("version", range(1, 11))
def test_the_capacities_are_those_of_the_drawing(version: int) -> None:
    most = budget.CAPACITY_M[version - 1]

    assert budget.smallest_version(most) == qr.version("A" * most) == version
    assert budget.smallest_version(most + 1) == qr.version("A" * (most + 1)) == version + 1
