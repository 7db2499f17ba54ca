"""The terms of an offer: who gets it, what it is, how much and how often.

They are what parity compares: the terms for a visitor must be those for a resident.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from gateway.ids import Tier
from gateway.policy import keys
from gateway.policy.tables import Key, Table

MAX_FEN = 100_000_000
"""One million yuan; more is a slip of the pen."""


class Kind(StrEnum):
    """What a benefit is; each is an advantage over the ordinary price or service."""

    DISCOUNT_RATE = "discount_rate"
    FREE_ADMISSION = "free_admission"
    FIXED_PRICE = "fixed_price"
    DEPOSIT_WAIVER = "deposit_waiver"
    PAY_LATER = "pay_later"
    EXTRA_QUOTA = "extra_quota"
    EXTRA_DURATION = "extra_duration"
    FEE_FREE_MINUTES = "fee_free_minutes"
    PRIORITY_SERVICE = "priority_service"
    VOUCHER = "voucher"
    GIFT = "gift"


class Unit(StrEnum):
    """Calendar period of a quota, in Asia/Shanghai."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """How often one guest gets an offer: ``count`` times in every ``every`` units.

    Attributes:
        count: Uses in one period, 1 to 100.
        every: Length of the period in units, 1 to 366.
        unit: Calendar unit.
    """

    count: int
    every: int
    unit: Unit

    def members(self) -> Mapping[str, object]:
        """Return the quota as a JSON object."""
        return {"count": self.count, "every": self.every, "unit": self.unit.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueRule:
    """What ``value`` means for one kind.

    Attributes:
        maximum: Largest value, the smallest is 1; None if the kind has no value.
        unit: Unit of the value.
        required: Whether a value must be stated.
        capped: Whether a ``cap`` may be stated.
    """

    maximum: int | None
    unit: str = ""
    required: bool = True
    capped: bool = False

    @property
    def allowed(self) -> str:
        """Return what may be stated, for people."""
        if self.maximum is None:
            return "no value for this kind"
        said = f"a whole number 1 to {self.maximum}, in {self.unit}"
        return said if self.required else f"{said}, or no value"


DISCOUNT_ALLOWED = 'a text "0.01" to "0.99": the share of the ordinary price that is still paid'

VALUE_RULES: Mapping[Kind, ValueRule] = MappingProxyType(
    {
        Kind.DISCOUNT_RATE: ValueRule(maximum=99, unit="hundredths still paid", capped=True),
        Kind.FREE_ADMISSION: ValueRule(maximum=None),
        Kind.FIXED_PRICE: ValueRule(maximum=MAX_FEN, unit="fen"),
        Kind.DEPOSIT_WAIVER: ValueRule(maximum=None, capped=True),
        Kind.PAY_LATER: ValueRule(maximum=90, unit="days", capped=True),
        Kind.EXTRA_QUOTA: ValueRule(maximum=1000, unit="pieces"),
        Kind.EXTRA_DURATION: ValueRule(maximum=527_040, unit="minutes"),
        Kind.FEE_FREE_MINUTES: ValueRule(maximum=1440, unit="minutes"),
        Kind.PRIORITY_SERVICE: ValueRule(maximum=None),
        Kind.VOUCHER: ValueRule(maximum=MAX_FEN, unit="fen", required=False),
        Kind.GIFT: ValueRule(maximum=None),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What parity compares, and nothing else.

    Attributes:
        min_tier: Lowest tier that gets the offer.
        kind: What the benefit is.
        value: Amount in the unit of the kind (``VALUE_RULES``), or None; of a discount_rate the
            hundredths of the ordinary price that are still paid: 80 is 8折, 20 % off.
        cap: Upper limit of the advantage in fen, or None.
        quota: How often one guest gets it, or None for every time.
    """

    min_tier: Tier
    kind: Kind
    value: int | None
    cap: int | None
    quota: Quota | None

    @classmethod
    def read(cls, table: Table) -> "Terms":
        """Return the terms that ``table`` states, noting what is wrong in it."""
        before = len(table.problems)
        kind = table.read(KIND)
        known = KIND in table and len(table.problems) == before
        quota = table.find(QUOTA)
        return cls(
            min_tier=table.read(MIN_TIER),
            kind=kind,
            value=_read_value(table, kind) if known else None,
            cap=_read_cap(table, kind) if known else None,
            quota=None if quota is None else _read_quota(quota, table),
        )

    @property
    def wire_value(self) -> str | int | None:
        """Return the value as files and answers spell it: a discount as ``"0.80"``."""
        if self.kind is Kind.DISCOUNT_RATE:
            return f"0.{self.value:02d}"
        return self.value

    def members(self) -> dict[str, object]:
        """Return the terms as a JSON object, without what is absent."""
        stated = {
            "min_tier": int(self.min_tier),
            "kind": self.kind.value,
            "value": self.wire_value,
            "cap": self.cap,
            "quota": None if self.quota is None else self.quota.members(),
        }
        return {name: value for name, value in stated.items() if value is not None}


def _take_value(raw: object) -> str | int:
    if isinstance(raw, str) or type(raw) is int:
        return raw
    raise TypeError


MIN_TIER = keys.tier("min_tier")
KIND = keys.choice("kind", Kind)
VALUE: Key[str | int] = Key(
    name="value",
    allowed="by kind: see the table of kinds",
    take=_take_value,
    blank=1,
    optional=True,
)
CAP = keys.whole("cap", minimum=1, maximum=MAX_FEN, unit="fen", optional=True)
QUOTA = keys.table("quota", "{count, every, unit}", optional=True)
TERMS_KEYS = (MIN_TIER, KIND, VALUE, CAP, QUOTA)

COUNT = keys.whole("count", minimum=1, maximum=100)
EVERY = keys.whole("every", minimum=1, maximum=366)
UNIT = keys.choice("unit", Unit)
QUOTA_KEYS = (COUNT, EVERY, UNIT)


def _read_quota(raw: Mapping[str, object], table: Table) -> Quota:
    entry = Table(raw, QUOTA_KEYS, where=table.at("quota"), problems=table.problems)
    return Quota(count=entry.read(COUNT), every=entry.read(EVERY), unit=entry.read(UNIT))


def _read_value(table: Table, kind: Kind) -> int | None:
    raw = table.find(VALUE)
    rule = VALUE_RULES[kind]
    if raw is None and not (rule.required and rule.maximum):
        return None
    value = _hundredths(raw) if kind is Kind.DISCOUNT_RATE else raw
    if isinstance(value, int) and rule.maximum and 1 <= value <= rule.maximum:
        return value
    said = DISCOUNT_ALLOWED if kind is Kind.DISCOUNT_RATE else rule.allowed
    table.note("offer_value", "value", "does not fit the kind", said)
    return None


def _read_cap(table: Table, kind: Kind) -> int | None:
    cap = table.find(CAP)
    if cap is not None and not VALUE_RULES[kind].capped:
        table.note("offer_cap", "cap", "does not belong to this kind", "no cap")
    return cap


def _hundredths(raw: str | int | None) -> int | None:
    """Return 80 for ``"0.80"``; None unless two digits follow ``0.`` exactly."""
    if isinstance(raw, str) and len(raw) == len("0.80") and raw.startswith("0."):
        digits = raw[2:]
        return int(digits) if digits.isascii() and digits.isdigit() else None
    return None
