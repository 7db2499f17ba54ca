from dataclasses import replace

from gateway.ids import TEST_ISSUER, CityId, MerchantId, ReceiptId, Timestamp
from gateway.storage.figures import DayFigures, day_figures
from gateway.storage.store import Store
from tests.storage.rows import record, showing, stands

MIDNIGHT = Timestamp(1_799_942_400)
"""2027-01-15 00:00 in China."""

DAY_S = 86_400


def test_a_day_without_anything_has_no_figures(store: Store) -> None:
    nothing = DayFigures(recognised={}, voided={}, refused={}, issued={})

    assert day_figures(store.engine, MIDNIGHT) == nothing


def test_recognised_codes_are_counted_by_home_city_from_midnight_in_china(store: Store) -> None:
    for name, at in (("before", MIDNIGHT - 60), ("first", MIDNIGHT), ("later", MIDNIGHT + 60)):
        store.verifications.record(replace(showing(name), record=record(name, at=at)))

    assert day_figures(store.engine, MIDNIGHT).recognised == {CityId("330500"): 2}
    assert day_figures(store.engine, Timestamp(MIDNIGHT - 1)).recognised == {CityId("330500"): 3}


def test_voided_grants_are_counted_beside_and_the_test_issuers_not_at_all(store: Store) -> None:
    for name in ("kept", "voided", "test"):
        one = record(name, at=MIDNIGHT)
        kind = replace(one, issuer=TEST_ISSUER) if name == "test" else one
        store.verifications.record(replace(showing(name), record=kind))
    for receipt in ("voided", "test"):
        store.verifications.void(
            ReceiptId(receipt), MerchantId("lakeside"), None, Timestamp(MIDNIGHT - 1)
        )

    figures = day_figures(store.engine, MIDNIGHT)

    assert figures.recognised == {CityId("330500"): 2}
    assert figures.voided == {CityId("330500"): 1}


def test_refusals_are_counted_by_reason(store: Store) -> None:
    for at in (MIDNIGHT - 1, MIDNIGHT, MIDNIGHT + DAY_S - 1):
        store.refusals.count("already_used", Timestamp(at))
    store.refusals.count("expired", MIDNIGHT)
    store.refusals.flush()

    assert day_figures(store.engine, MIDNIGHT).refused == {"already_used": 2, "expired": 1}


def test_issued_codes_are_summed_over_people(store: Store) -> None:
    day = (MIDNIGHT + 8 * 3600) // DAY_S
    for number, when in ((1, day), (2, day), (3, day - 1)):
        subject = bytes((number,)) * 32
        store.issuance.count_issue(subject, when, "live", stands(), 3)
    store.issuance.count_issue(bytes(32), day, "pack", stands(), 96)

    assert day_figures(store.engine, MIDNIGHT).issued == {"live": 6, "pack": 96}
