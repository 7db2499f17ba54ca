"""What a thousand codes of one person have in common: what the codes of anybody have."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from functools import reduce
from operator import and_, or_

import pytest

from gateway.codes import reading
from gateway.codes.wire import UnverifiedCode
from gateway.ids import Timestamp, UnverifiedText
from gateway.services.issue import IssueCode, LiveCode
from gateway.services.issue_pack import IssuePack, Pack
from tests.services.test_issue import PERSON, Office, assessed
from tests.world import NOON

ELSE = "illustrative-somebody-else"
TIMES = 1_000
REFRESH_S = 61
HALF = 32
"""Bytes of one half of a signature; the first is made from a number used once."""


@pytest.fixture
def issue() -> IssueCode:
    return Office(people={PERSON: assessed(), ELSE: assessed()}).issue()


def codes(issue: IssueCode, times: Sequence[int], subject: str = PERSON) -> list[UnverifiedCode]:
    """Return the live general codes that one person draws at these times."""
    live = [issue.general(subject, Timestamp(at)) for at in times]
    return [reading.read(UnverifiedText(each.text)) for each in live if isinstance(each, LiveCode)]


def test_a_thousand_general_codes_of_one_person_share_the_issuer_and_the_tier_only(
    issue: IssueCode,
) -> None:
    drawn = codes(issue, range(NOON, NOON + TIMES * REFRESH_S, REFRESH_S))

    values = Counter(
        (claim, value)
        for code in drawn
        for claim, value in asdict(code.claims).items()
        if value is not None
    )
    shared = {claim for (claim, _), times in values.items() if times > 1}
    assert len(drawn) == TIMES
    assert shared == {"issuer", "tier"}
    assert {claim for claim, _ in values} == {
        *("issuer", "issued_at", "expires_at", "code_id", "tier"),
    }


def test_no_value_of_one_claim_is_another_claim_of_a_later_code(issue: IssueCode) -> None:
    drawn = codes(issue, range(NOON, NOON + TIMES * REFRESH_S, REFRESH_S))

    ids = [code.claims.code_id for code in drawn]
    halves = [half for code in drawn for half in (code.signature[:HALF], code.signature[HALF:])]
    beginnings = Counter(code_id[:8] for code_id in ids)
    assert len(set(ids)) == len(ids) == TIMES
    assert len(set(halves)) == 2 * TIMES
    # 48 random bits: a counter, a clock or a person in a code id would show here.
    assert max(beginnings.values()) == 1


def test_two_codes_of_one_person_are_as_far_apart_as_those_of_two(issue: IssueCode) -> None:
    moment = [NOON] * 500

    one, other = codes(issue, moment), codes(issue, moment, ELSE)

    alone = _bits_that_stay(one)
    assert alone == _bits_that_stay(other)
    assert alone == _bits_that_stay([*one, *other])


def test_a_pack_shares_its_slots_with_everybody(issue: IssueCode) -> None:
    packs = IssuePack(issue=issue)

    one, other = packs.pack(PERSON, NOON), packs.pack(ELSE, Timestamp(NOON + 1_000))

    assert isinstance(one, Pack)
    assert isinstance(other, Pack)
    lives = [
        [(code.claims.issued_at, code.claims.expires_at) for code in map(_read, pack.texts)]
        for pack in (one, other)
    ]
    ids = Counter(_read(text).claims.code_id for text in (*one.texts, *other.texts))
    assert lives[0] == lives[1]
    assert max(ids.values()) == 1


def _read(text: str) -> UnverifiedCode:
    return reading.read(UnverifiedText(text))


def _bits_that_stay(drawn: Sequence[UnverifiedCode]) -> tuple[int, int]:
    """Return the bits of payload and signature that are set, and that are not, in all of these."""
    texts = [int.from_bytes(code.payload + code.signature) for code in drawn]
    return reduce(and_, texts), reduce(or_, texts)
