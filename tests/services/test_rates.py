"""Who shares a bucket with whom, and what a bucket store gets to see."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from gateway.ids import MerchantId
from gateway.services.rates import Draw, Rate, RateLimitedError, RateLimits, Rates
from gateway.storage.buckets import MemoryBuckets

HERE, THERE = bytes((192, 0, 2, 1)), bytes((198, 51, 100, 7))
THREE, SIX = Rate(count=3, period_s=60), Rate(count=6, period_s=60)
RATES = Rates(
    merchant=SIX,
    device=THREE,
    wrong_code=THREE,
    citizen=THREE,
    pack=THREE,
    sheet=THREE,
    complaint=THREE,
    address=THREE,
    bad_token=THREE,
    staff_account=THREE,
    staff_address=SIX,
)
GYM, HOTEL = MerchantId("m-gym"), MerchantId("m-hotel")

Ask = Callable[[RateLimits], None]


@dataclass
class Seen:
    """Buckets that remember every draw and admit it."""

    draws: list[Draw] = field(default_factory=list)

    def draw(self, *draws: Draw) -> float:
        self.draws.extend(draws)
        return 0.0


def limits() -> RateLimits:
    return RateLimits(rates=RATES, buckets=MemoryBuckets(now_s=lambda: 0.0), key=bytes(32))


def admitted(side: RateLimits, ask: Ask, times: int = 20) -> int:
    """Return how many of ``times`` requests were admitted."""
    count = 0
    for _ in range(times):
        try:
            ask(side)
        except RateLimitedError:
            continue
        count += 1
    return count


ALONE: dict[str, tuple[Ask, int, Ask]] = {
    "a merchant, and another": (
        lambda it: it.admit_till(GYM, None), 6, lambda it: it.admit_till(HOTEL, None),
    ),
    "a device, and another of the merchant": (
        lambda it: it.admit_till(GYM, "d-1"), 3, lambda it: it.admit_till(GYM, "d-2"),
    ),
    "a device, and the merchant's own token": (
        lambda it: it.admit_till(GYM, "d-1"), 3, lambda it: it.admit_till(GYM, None),
    ),
    "wrong codes of a device, and its good ones": (
        lambda it: it.admit_wrong_code(GYM, "d-1"), 3, lambda it: it.admit_till(GYM, "d-1"),
    ),
    "wrong codes of a device, and of another of the merchant": (
        lambda it: it.admit_wrong_code(GYM, "d-1"), 3,
        lambda it: it.admit_wrong_code(GYM, "d-2"),
    ),
    "wrong codes of a merchant's own token, and of another merchant's": (
        lambda it: it.admit_wrong_code(GYM, None), 3,
        lambda it: it.admit_wrong_code(HOTEL, None),
    ),
    "a citizen, and another": (
        lambda it: it.admit_citizen("example-1"), 3, lambda it: it.admit_citizen("example-2"),
    ),
    "packs of a citizen, and of another": (
        lambda it: it.admit_pack("example-1"), 3, lambda it: it.admit_pack("example-2"),
    ),
    "packs of a citizen, and single codes": (
        lambda it: it.admit_pack("example-1"), 3, lambda it: it.admit_citizen("example-1"),
    ),
    "sheets of a citizen, and of another": (
        lambda it: it.admit_sheet("example-1"), 3, lambda it: it.admit_sheet("example-2"),
    ),
    "complaints from an address, and from another": (
        lambda it: it.admit_complaint(HERE), 3, lambda it: it.admit_complaint(THERE),
    ),
    "an address, and another": (
        lambda it: it.admit_address("sign-in", HERE), 3,
        lambda it: it.admit_address("sign-in", THERE),
    ),
    "an address at one door, and at another": (
        lambda it: it.admit_address("sign-in", HERE), 3, lambda it: it.admit_address("enrol", HERE),
    ),
    "bad tokens, and others' bad tokens": (
        lambda it: it.admit_bad_token(HERE), 3, lambda it: it.admit_bad_token(THERE),
    ),
    "bad tokens, and a door": (
        lambda it: it.admit_bad_token(HERE), 3, lambda it: it.admit_address("sign-in", HERE),
    ),
    "an account from here, and its owner from there": (
        lambda it: it.admit_staff("lin", HERE), 3, lambda it: it.admit_staff("lin", THERE),
    ),
    "an account, and a colleague's at the same office": (
        lambda it: it.admit_staff("lin", HERE), 3, lambda it: it.admit_staff("wang", HERE),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", ALONE)
def test_who_is_stopped_stops_nobody_else(what: str) -> None:
    one, count, other = ALONE[what]
    side = limits()

    assert admitted(side, one) == count
    assert admitted(side, other, times=3) == 3


def test_all_tills_of_a_merchant_together_are_bounded() -> None:
    side = limits()

    def show(device: str) -> Ask:
        return lambda it: it.admit_till(GYM, device)

    assert [admitted(side, show(device), 3) for device in ("d-1", "d-2", "d-3")] == [3, 3, 0]


def test_trying_one_account_after_another_from_one_address_is_bounded() -> None:
    side = limits()

    def enter(account: str) -> Ask:
        return lambda it: it.admit_staff(account, HERE)

    assert sum(admitted(side, enter(account), 1) for account in "abcdefgh") == 6


def test_a_refusal_tells_in_whole_seconds_when_to_come_again() -> None:
    side = limits()
    admitted(side, lambda it: it.admit_citizen("example-1"))

    with pytest.raises(RateLimitedError) as refused:
        side.admit_citizen("example-1")

    assert refused.value.retry_after_s == 20
    assert (RateLimitedError(0.01).retry_after_s, RateLimitedError(1.01).retry_after_s) == (1, 2)


def test_neither_a_person_nor_an_address_nor_a_word_of_theirs_reaches_a_store() -> None:
    seen = Seen()
    side = RateLimits(rates=RATES, buckets=seen, key=bytes(32))
    other = RateLimits(rates=RATES, buckets=seen, key=bytes(range(32)))

    for each in (side, other):
        each.admit_citizen("example-1")
        each.admit_staff("lin\udcff" * 2000, HERE)
        each.admit_bad_token(HERE)

    assert {len(draw.name) for draw in seen.draws} == {16}
    assert len({draw.name for draw in seen.draws}) == 8
    shown = repr(seen.draws) + repr(side)
    assert not any(word in shown for word in ("example", "lin", "192", "\\xc0\\x00\\x02\\x01"))
