"""Step 7: what a verifying city knows of a code's status, and what it does not."""

import pytest

from gateway.codes import status_list
from gateway.codes.claims import CreditClaims, StatusReference
from gateway.codes.status_list import ENTRIES, LIFE_S, TOLERANCE_S, TTL_S, StatusList
from gateway.ids import CityId, Timestamp
from gateway.services.status_check import NoStatusLists, check_status
from gateway.services.verdicts import Outcome, Refusal
from tests.world import DAY, HUZHOU, JINHUA, NOON

URI = "https://credit.huzhou.example/status/1"


class Lists:
    """One list of 湖州, in which index 7 is revoked."""

    def find(self, issuer: CityId, uri: str) -> StatusList | None:
        if (issuer, uri) != (HUZHOU.code, URI):
            return None
        return StatusList(
            uri=URI,
            issued_at=NOON,
            expires_at=Timestamp(NOON + LIFE_S),
            ttl_s=TTL_S,
            packed=status_list.pack([7]),
        )


def claims(
    index: int, *, uri: str = URI, issuer: CityId = HUZHOU.code, with_status: bool = True
) -> CreditClaims:
    status = StatusReference(index=index, uri=uri) if with_status else None
    return HUZHOU.claims(life_s=30 * DAY, issuer=issuer, status=status)


def refused(code: CreditClaims, now: Timestamp = NOON) -> tuple[Outcome, str]:
    with pytest.raises(Refusal) as found:
        check_status(Lists(), code, now)
    return found.value.outcome, found.value.reason


def test_a_code_whose_bit_is_not_set_goes_on() -> None:
    check_status(Lists(), claims(6), NOON)
    check_status(Lists(), claims(ENTRIES - 1), NOON)


def test_a_code_without_a_status_asks_no_list() -> None:
    check_status(NoStatusLists(), claims(0, with_status=False), NOON)


def test_a_revoked_code_is_refused_as_any_used_one() -> None:
    assert refused(claims(7)) == (Outcome.PRESENT_AGAIN, "revoked")


UNKNOWN: dict[str, tuple[CreditClaims, Timestamp, str]] = {
    "an unlisted uri": (claims(6, uri=f"{URI}2"), NOON, "status_unlisted"),
    "a foreign host": (
        claims(6, uri="https://credit.evil.example/status/1"),
        NOON,
        "status_unlisted",
    ),
    "another city's list": (claims(6, issuer=JINHUA.code), NOON, "status_unlisted"),
    "an index out of range": (claims(ENTRIES), NOON, "status_index"),
    "too old a list": (claims(6), Timestamp(NOON + TTL_S + TOLERANCE_S + 1), "status_too_old"),
    "an expired list": (claims(6), Timestamp(NOON + LIFE_S), "status_too_old"),
    "too old a list, revoked": (claims(7), Timestamp(NOON + DAY), "status_too_old"),
}


@pytest.mark.parametrize(("code", "now", "reason"), UNKNOWN.values(), ids=list(UNKNOWN))
def test_a_code_is_undetermined_and_never_valid_with(
    code: CreditClaims, now: Timestamp, reason: str
) -> None:
    assert refused(code, now) == (Outcome.UNDETERMINED, reason)


def test_where_no_list_is_known_every_code_with_a_status_is_undetermined() -> None:
    with pytest.raises(Refusal, match="status_unlisted"):
        check_status(NoStatusLists(), claims(6), NOON)
