"""How large a QR symbol do this city's own ids make? Measured at start, before any code.

The promise (docs/protocol/codes.md, level M): a live general code of a founding city fits
version 7, every other general and scenario code 8, with a quota ticket 9, a printed code 9
with an official short address and 10 with any other. Ids outside dictionary 1 cost more;
those that miss are refused here, so that nobody stands at a counter with a code too fine to
read.
"""

import hashlib
import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from gateway.codes import grammar, wire
from gateway.codes.claims import CreditClaims, StatusReference
from gateway.codes.errors import CodeTooLargeError, NotACodeError
from gateway.ids import CityId, CodeId, EntityId, ScenarioId, Tier, Timestamp
from gateway.jose import base64url
from gateway.jose.es256 import SIGNATURE_BYTES

FOUNDING_CITIES: Final = frozenset(map(CityId, ("330300", "330400", "330500", "330700")))
"""温州, 嘉兴, 湖州, 金华: the whole beginning of their codes stands in dictionary 1."""

SAMPLES: Final = 64
"""Codes that are tried for each promise; between them only random members differ."""

CAPACITY_M: Final = (20, 38, 61, 90, 122, 154, 178, 221, 262, 311)
"""Alphanumeric characters of versions 1 to 10 at level M (ISO/IEC 18004, table 7)."""

_SHORT_LEAF = re.compile(r"https://credit\.[a-z]{1,7}\.gov\.cn")
_TEN_YEARS_S = 10 * 365 * 24 * 3600
_LIVE_S, _PACK_S, _PRINTED_S = 90, 1860, 31 * 24 * 3600
_STATUS_ENTRIES, _STATUS_LISTS = 2**20, 9999
_MASKED_NAME = "欧阳*"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sample:
    """The random members of one code, drawn from a hash so that a start is repeatable."""

    issued_at: Timestamp
    code_id: CodeId
    ticket: str
    tier: Tier
    status_index: int
    status_list: int


def check_general(issuer: CityId, *, now: Timestamp) -> None:
    """Return if general codes of this city fit, live and in a pack.

    Raises:
        CodeTooLargeError: they do not.
        NotACodeError: the division code breaks the grammar.
    """

    def general(sample: _Sample, life_s: int) -> CreditClaims:
        return CreditClaims(
            issuer=issuer,
            issued_at=sample.issued_at,
            expires_at=Timestamp(sample.issued_at + life_s),
            code_id=sample.code_id,
            tier=sample.tier,
        )

    live = 7 if issuer in FOUNDING_CITIES else 8
    _check("a live general code", live, lambda sample: general(sample, _LIVE_S), now)
    _check("a pack code", 8, lambda sample: general(sample, _PACK_S), now)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioIds:
    """The ids that a scenario code of one city carries.

    Attributes:
        issuer: Home city.
        destination: City where the code is good.
        scenario: Scenario, or a sub-id of one, from the destination's catalogue.
        policy_version: Version of that catalogue.
    """

    issuer: CityId
    destination: CityId
    scenario: ScenarioId
    policy_version: str


def check_scenario(ids: ScenarioIds, *, now: Timestamp) -> None:
    """Return if scenario codes with these ids fit, with and without a quota ticket.

    Raises:
        CodeTooLargeError: they do not.
        NotACodeError: an id breaks the grammar.
    """

    def quota(sample: _Sample) -> CreditClaims:
        return replace(_scenario(ids, sample), ticket=sample.ticket)

    _check("a scenario code", 8, lambda sample: _scenario(ids, sample), now)
    _check("a quota code", 9, quota, now)


def check_printed(ids: ScenarioIds, leaf: EntityId, *, now: Timestamp) -> None:
    """Return if printed codes with these ids and status lists under ``leaf`` fit.

    Raises:
        CodeTooLargeError: they do not.
        NotACodeError: an id breaks the grammar, or the address of a list is too long.
    """

    def printed(sample: _Sample) -> CreditClaims:
        uri = f"{leaf}/status/{sample.status_list}"
        return replace(
            _scenario(ids, sample),
            expires_at=Timestamp(sample.issued_at + _PRINTED_S),
            masked_name=_MASKED_NAME,
            status=StatusReference(index=sample.status_index, uri=uri),
        )

    _check("a printed code", 9 if _SHORT_LEAF.fullmatch(leaf) else 10, printed, now)


def smallest_version(chars: int) -> int:
    """Return the least level-M version for so many alphanumeric characters; 11 for any above 10."""
    return bisect_left(CAPACITY_M, chars) + 1


def _scenario(ids: ScenarioIds, sample: _Sample) -> CreditClaims:
    return CreditClaims(
        issuer=ids.issuer,
        issued_at=sample.issued_at,
        expires_at=Timestamp(sample.issued_at + _LIVE_S),
        code_id=sample.code_id,
        destination=ids.destination,
        scenario=ids.scenario,
        policy_version=ids.policy_version,
    )


def _check(what: str, budget: int, make: Callable[[_Sample], CreditClaims], now: Timestamp) -> None:
    largest = max(_chars(make(_sample(number, now))) for number in range(SAMPLES))
    if (version := smallest_version(largest)) > budget:
        raise CodeTooLargeError(what, version, budget)


def _chars(claims: CreditClaims) -> int:
    payload = grammar.serialise(claims)
    if grammar.parse(payload) != claims:
        raise NotACodeError("an id that spells another member")
    return len(
        wire.write(hint=bytes(wire.HINT_BYTES), signature=bytes(SIGNATURE_BYTES), payload=payload)
    )


def _sample(number: int, now: Timestamp) -> _Sample:
    """Return the sample of this number, issued within ten years from ``now``."""
    drawn = hashlib.sha512(f"credit-code budget {number}".encode("ascii")).digest()
    rest = int.from_bytes(drawn[28:])
    rest, age_s = divmod(rest, _TEN_YEARS_S)
    rest, tier = divmod(rest, 3)
    rest, status_index = divmod(rest, _STATUS_ENTRIES)
    return _Sample(
        issued_at=Timestamp(now + age_s),
        code_id=CodeId(base64url.encode(drawn[:12])),
        ticket=base64url.encode(drawn[12:28]),
        tier=Tier(tier + 1),
        status_index=status_index,
        status_list=rest % _STATUS_LISTS + 1,
    )
