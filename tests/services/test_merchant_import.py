"""Many merchants from one table."""

from datetime import date

import pytest

from gateway.errors import GatewayError
from gateway.ids import MerchantId
from gateway.services.audit import Acting
from gateway.services.merchant_import import ImportMerchants, ImportPlan
from gateway.services.merchant_sheet import MAX_SHEET_ROWS, Sheet
from gateway.services.onboard import OnboardMerchants
from gateway.storage.store import Store
from tests.services.desks import merchant_desk
from tests.world import HOTEL, NOON, PHASE_1, RESTAURANT, agreement, working_days

ACTING = Acting(by="console:tester", at=NOON)
FITS, OFF = "91350100M000100Y43", "91350100M000100Y44"
HEAD = "id,name,scenarios,venues,uscc,uscc_reason,commitment_due,commitment_returned\n"
GOOD = f"river,江滨酒店,酒店住宿;dining.restaurant,west 西楼;east 东楼,{FITS},,2027/2/1,\n"


@pytest.fixture
def imports(store: Store) -> ImportMerchants:
    merchants = merchant_desk(store)
    onboarding = OnboardMerchants(rows=store.merchant_files, desk=merchants, days=working_days())
    return ImportMerchants(onboarding=onboarding, agreement=agreement())


def planned(imports: ImportMerchants, rows: str) -> ImportPlan:
    return imports.plan(Sheet.parse((HEAD + rows).encode(), "utf-8"), NOON)


WRONG: dict[str, tuple[str, str, str]] = {
    "an id with capitals": ("River,N,全部\n", "id", "form"),
    "no id": (",N,全部\n", "id", "form"),
    "no name": ("river,,全部\n", "name", "form"),
    "no scenario": ("river,N,\n", "scenarios", "closed"),
    "a scenario that is not open": ("river,N,mobility.parking\n", "scenarios", "closed"),
    "a scenario of no id": ("river,N,酒店\n", "scenarios", "closed"),
    "a venue without a name": ("river,N,全部,west\n", "venues", "form"),
    "a venue twice": ("river,N,全部,west W;west V\n", "venues", "twice"),
    "too many cells": ("river,N,全部,,,,,,more\n", "", "cells"),
    "what a spreadsheet makes of a code": ("river,N,全部,,9.13501E+17\n", "uscc", "form"),
    "a code that does not fit": (f"river,N,全部,,{OFF}\n", "uscc_reason", "reason"),
    "a reason that is no text": (f'river,N,全部,,{OFF},"a\nb"\n', "uscc_reason", "form"),
    "no day": ("river,N,全部,,,,soon,\n", "commitment_due", "day"),
    "a day that is not": ("river,N,全部,,,,2027-02-30,\n", "commitment_due", "day"),
    "a day too far": ("river,N,全部,,,,2040-01-01,\n", "commitment_due", "day"),
    "back tomorrow": ("river,N,全部,,,,,2027-01-16\n", "commitment_returned", "day"),
}


def test_a_table_is_stored_with_scenarios_by_id_or_name(
    imports: ImportMerchants, store: Store
) -> None:
    imports.store(planned(imports, GOOD + "gym,健身房,全部\n"), ACTING, skip_bad=False)

    gym, river = store.merchants.list_all()
    assert (river.name, river.scenarios) == ("江滨酒店", frozenset({HOTEL, RESTAURANT}))
    assert [(each.id, each.name) for each in river.venues] == [("west", "西楼"), ("east", "东楼")]
    assert gym.scenarios == PHASE_1
    file = store.merchant_files.get(MerchantId("river"))
    assert (file.uscc, file.commitment_due) == (FITS, date(2027, 2, 1))
    assert [each.act for each in store.ledger.read()] == ["merchant.added"] * 2


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_row_is_named_by_number_and_column(imports: ImportMerchants, case: str) -> None:
    row, column, fault = WRONG[case]

    plan = planned(imports, GOOD.replace("river", "good") + row)

    assert [(each.row, each.column, each.fault) for each in plan.findings] == [(3, column, fault)]
    assert list(plan.new) == [2]


def test_nothing_is_stored_while_a_row_is_wrong_unless_it_may_be_left_out(
    imports: ImportMerchants, store: Store
) -> None:
    plan = planned(imports, GOOD + "Bad,N,全部\n")

    with pytest.raises(GatewayError) as caught:
        imports.store(plan, ACTING, skip_bad=False)
    assert caught.value.code == "merchant_import"
    assert store.merchants.list_all() == ()

    imports.store(plan, ACTING, skip_bad=True)
    assert [each.id for each in store.merchants.list_all()] == ["river"]


def test_the_same_table_again_changes_nothing(imports: ImportMerchants, store: Store) -> None:
    imports.store(planned(imports, GOOD), ACTING, skip_bad=False)
    imports.onboarding.set_commitment(
        MerchantId("river"), date(2027, 2, 1), date(2027, 1, 15), ACTING
    )

    again = planned(imports, GOOD)
    imports.store(again, ACTING, skip_bad=False)

    assert (again.new, again.unchanged, again.findings) == ({}, (2,), ())
    assert len(list(store.ledger.read())) == 2


@pytest.mark.parametrize(
    ("was", "now", "column"),
    [
        ("江滨酒店", "江滨宾馆", "name"),
        ("酒店住宿;", "", "scenarios"),
        ("东楼", "北楼", "venues"),
        (FITS, "", "uscc"),
        ("2027/2/1", "2027/2/2", "commitment_due"),
    ],
)
def test_a_row_that_says_something_else_of_a_merchant_is_wrong(
    imports: ImportMerchants, was: str, now: str, column: str
) -> None:
    imports.store(planned(imports, GOOD), ACTING, skip_bad=False)

    (finding,) = planned(imports, GOOD.replace(was, now)).findings

    assert (finding.column, finding.fault) == (column, "other")


def test_who_was_removed_does_not_come_back_by_a_table(imports: ImportMerchants) -> None:
    imports.store(planned(imports, GOOD), ACTING, skip_bad=False)
    imports.onboarding.desk.remove(MerchantId("river"), "has left", ACTING)

    (finding,) = planned(imports, GOOD).findings

    assert (finding.column, finding.fault) == ("id", "removed")


def test_a_merchant_that_stands_twice_is_wrong_the_second_time(imports: ImportMerchants) -> None:
    plan = planned(imports, GOOD + GOOD)

    assert [(each.row, each.fault) for each in plan.findings] == [(3, "twice")]


def test_of_two_imports_at_once_one_is_refused_whole(
    imports: ImportMerchants, store: Store
) -> None:
    mine = planned(imports, GOOD.replace("river", "first") + GOOD)
    imports.store(planned(imports, GOOD), ACTING, skip_bad=False)

    with pytest.raises(GatewayError) as caught:
        imports.store(mine, ACTING, skip_bad=False)

    assert caught.value.code == "storage_conflict"
    assert [each.id for each in store.merchants.list_all()] == ["river"]


def test_the_largest_table_is_stored(imports: ImportMerchants, store: Store) -> None:
    rows = "".join(GOOD.replace("river", f"m-{number}") for number in range(MAX_SHEET_ROWS))

    imports.store(planned(imports, rows), ACTING, skip_bad=False)

    assert len(store.merchants.list_all()) == MAX_SHEET_ROWS
