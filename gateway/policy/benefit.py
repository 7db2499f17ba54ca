"""What a benefit is called, and which of two is better for the guest."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from gateway.policy.terms import Kind, Quota, Terms, Unit
from gateway.policy.words import Words

FEN_PER_YUAN = 100
MINUTES_PER_HOUR = 60
MINUTES_PER_DAY = 1440

DEPOSIT_NOTE = Words(
    zh="损坏照常赔付,与信用码无关",
    en="Damage is settled as usual and touches no code",
)
"""Said with every deposit waiver, to both sides."""


def describe(terms: Terms) -> Words:
    """Return words for a merchant, to stand after 可享 and ``Grant``."""
    zh, en = _PHRASES[terms.kind](terms.value)
    if terms.cap is None:
        return Words(zh=zh, en=en)
    yuan = _yuan(terms.cap)
    return Words(zh=f"{zh}(最多{yuan}元)", en=f"{en}, at most CNY {yuan}")


def describe_quota(quota: Quota) -> Words:
    """Return how often one guest gets an offer, for people."""
    zh, en = _UNITS[quota.unit]
    times = "once" if quota.count == 1 else f"{quota.count} times"
    if quota.every == 1:
        return Words(zh=f"每{zh}{quota.count}次", en=f"{times} a {en}")
    counted = "个月" if quota.unit is Unit.MONTH else zh
    return Words(
        zh=f"每{quota.every}{counted}{quota.count}次", en=f"{times} in {quota.every} {en}s"
    )


def at_least_as_good(one: Terms, other: Terms) -> bool:
    """Tell whether a guest who gets ``one`` misses nothing of ``other``.

    Only prices, deposits, terms of payment and free minutes compare; a discount and a fixed price
    do not, since that depends on the ordinary price. Tier and quota are not looked at.
    """
    if one.kind is Kind.FREE_ADMISSION and other.kind in _PRICES:
        return True
    if one.kind is not other.kind or one.kind not in _COMPARABLE:
        return False
    return _value_holds(one, other) and _cap_holds(one.cap, other.cap)


_UNITS: Mapping[Unit, tuple[str, str]] = MappingProxyType(
    {Unit.DAY: ("天", "day"), Unit.MONTH: ("月", "month"), Unit.YEAR: ("年", "year")}
)
_PRICES = frozenset({Kind.FREE_ADMISSION, Kind.DISCOUNT_RATE, Kind.FIXED_PRICE})
_LESS_IS_BETTER = frozenset({Kind.DISCOUNT_RATE, Kind.FIXED_PRICE})
_COMPARABLE = _PRICES | {Kind.DEPOSIT_WAIVER, Kind.PAY_LATER, Kind.FEE_FREE_MINUTES}
"""Gifts, vouchers and extras are things of their own: two of them do not overlap."""


def _value_holds(one: Terms, other: Terms) -> bool:
    mine, theirs = one.value or 0, other.value or 0
    return mine <= theirs if one.kind in _LESS_IS_BETTER else mine >= theirs


def _cap_holds(mine: int | None, theirs: int | None) -> bool:
    return mine is None or (theirs is not None and mine >= theirs)


def _yuan(fen: int) -> str:
    whole, rest = divmod(fen, FEN_PER_YUAN)
    return f"{whole}.{rest:02d}" if rest else str(whole)


def _discount(value: int | None) -> tuple[str, str]:
    paid = value or 0
    tenths, rest = divmod(paid, 10)
    return f"{tenths}.{rest}折" if rest else f"{tenths}折", f"{100 - paid} % off"


def _fixed_price(value: int | None) -> tuple[str, str]:
    yuan = _yuan(value or 0)
    return f"优惠价{yuan}元", f"the price of CNY {yuan}"


def _voucher(value: int | None) -> tuple[str, str]:
    if value is None:
        return "免费券一张", "one free voucher"
    yuan = _yuan(value)
    return f"{yuan}元券一张", f"one voucher of CNY {yuan}"


def _duration(value: int | None) -> tuple[str, str]:
    minutes = value or 0
    for length, zh, en in ((MINUTES_PER_DAY, "天", "d"), (MINUTES_PER_HOUR, "小时", "h")):
        if minutes % length == 0:
            return f"延长{minutes // length}{zh}", f"{minutes // length} {en} more"
    return f"延长{minutes}分钟", f"{minutes} min more"


_PHRASES: Mapping[Kind, Callable[[int | None], tuple[str, str]]] = MappingProxyType(
    {
        Kind.DISCOUNT_RATE: _discount,
        Kind.FREE_ADMISSION: lambda _: ("免费入场", "free admission"),
        Kind.FIXED_PRICE: _fixed_price,
        Kind.DEPOSIT_WAIVER: lambda _: ("免押金", "no deposit"),
        Kind.PAY_LATER: lambda days: (f"先享后付,{days}天内付", f"payment within {days} days"),
        Kind.EXTRA_QUOTA: lambda pieces: (f"额度增加{pieces}", f"{pieces} more than usual"),
        Kind.EXTRA_DURATION: _duration,
        Kind.FEE_FREE_MINUTES: lambda minutes: (f"免费{minutes}分钟", f"{minutes} min free"),
        Kind.PRIORITY_SERVICE: lambda _: ("优先服务", "priority service"),
        Kind.VOUCHER: _voucher,
        Kind.GIFT: lambda _: ("赠品一份", "a gift"),
    }
)
