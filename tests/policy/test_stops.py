"""A document of stops: what it says, and what is none."""

import pytest

from gateway.ids import OfferId, Timestamp
from gateway.jose import strict_json
from gateway.policy.stops import (
    ISSUING,
    NOTHING_STOPPED,
    Stop,
    StopOrder,
    StopsError,
    StopTarget,
    StopTargetError,
    offer_target,
    parse_target,
    seal_of,
)

AT = Timestamp(1_800_000_000)
LEAK = Stop(target=ISSUING, reason="泄露", by="officer:Lin", at=AT)
DEPOSIT = Stop(target=offer_target("hotel-deposit"), reason="wrong", by="staff:lin", at=AT)


def test_nothing_is_stopped_at_first() -> None:
    assert not NOTHING_STOPPED.issuing
    assert NOTHING_STOPPED.offers == frozenset()
    assert NOTHING_STOPPED.find(ISSUING) is None


def test_each_change_is_a_new_version() -> None:
    both = NOTHING_STOPPED.with_stop(LEAK).with_stop(DEPOSIT)
    agreed = both.ratified(ISSUING, "officer:Chen")
    lifted = agreed.without(ISSUING)

    assert (both.version, both.issuing, both.offers) == (
        2,
        True,
        frozenset({OfferId("hotel-deposit")}),
    )
    assert [each.ratified_by for each in agreed.stops] == ["officer:Chen", None]
    assert (lifted.version, lifted.issuing, lifted.stops) == (4, False, (DEPOSIT,))


def test_one_target_has_one_stop() -> None:
    again = Stop(target=ISSUING, reason="again", by="officer:Chen", at=Timestamp(AT + 1))

    assert NOTHING_STOPPED.with_stop(LEAK).with_stop(again).stops == (again,)


def test_what_is_written_is_read_again() -> None:
    order = StopOrder.of(7, (LEAK, DEPOSIT)).ratified(DEPOSIT.target, "staff:wu")

    assert StopOrder.parse(order.encode()) == order


def test_an_offer_may_be_called_issuing() -> None:
    assert parse_target("offer/issuing") != ISSUING
    assert Stop(target=offer_target("issuing"), reason="x", by="y", at=AT).offer == "issuing"
    assert LEAK.offer is None


@pytest.mark.parametrize("text", ["", "all", "offer/", "offer/A", "issuing ", "offer/a/b"])
def test_what_cannot_be_stopped_is_refused(text: str) -> None:
    with pytest.raises(StopTargetError):
        parse_target(text)


def stated(**other: object) -> bytes:
    stop: dict[str, object] = {"target": "issuing", "reason": "x", "by": "y", "at": 1}
    return strict_json.encode({"version": 1, "stops": [stop | other]})


ODD: dict[str, bytes] = {
    "no JSON": b"",
    "no version": b'{"stops":[]}',
    "no list": b'{"version":1,"stops":{}}',
    "a stop that is no object": b'{"version":1,"stops":[1]}',
    "another target": stated(target="all"),
    "no reason": stated(reason=""),
    "a reason too long": stated(reason="x" * 201),
    "a name too long": stated(by="x" * 81),
    "nobody who agreed": stated(ratified_by=""),
    "too many": strict_json.encode({"version": 1, "stops": [1] * 502}),
}


@pytest.mark.parametrize("case", ODD)
def test_what_is_no_document_of_stops_is_refused(case: str) -> None:
    with pytest.raises(StopsError):
        StopOrder.parse(ODD[case])


def test_a_seal_is_for_one_document_and_one_key() -> None:
    seal = seal_of(b"document", bytes(32))

    assert seal != seal_of(b"documenu", bytes(32))
    assert seal != seal_of(b"document", bytes(31) + b"x")


def test_a_target_is_text_for_the_ledger() -> None:
    assert StopTarget("offer/hotel-deposit") == DEPOSIT.target
