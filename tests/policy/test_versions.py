"""Which version of a catalogue counts when."""

from dataclasses import replace

import pytest

from gateway.ids import Timestamp
from gateway.policy.published import PublishedCatalogue
from gateway.policy.versions import KEPT_S, NOTICE_S, Versions, in_force_from
from tests.policy.builders import NOON, offer_raw, parse

HOUR, DAY = 3600, 24 * 3600


def at(seconds: int) -> Timestamp:
    return Timestamp(NOON + seconds)


def version(name: str, begins: int) -> PublishedCatalogue:
    catalogue = replace(parse(offer_raw()), version=name, valid_from=at(begins))
    return PublishedCatalogue(catalogue=catalogue, names={}, venues={})


TWO = Versions.of([version("2026.2", 10 * DAY), version("2026.1", 0)])


@pytest.mark.parametrize(
    ("first", "valid_from", "begins"),
    [
        (True, -DAY, -DAY),
        (False, -DAY, NOTICE_S),
        (False, NOTICE_S - 1, NOTICE_S),
        (False, NOTICE_S, NOTICE_S),
        (False, NOTICE_S + 1, NOTICE_S + 1),
    ],
)
def test_only_the_first_version_needs_no_48_hours_of_notice(
    first: bool,  # noqa: FBT001  a row of the table
    valid_from: int,
    begins: int,
) -> None:
    assert in_force_from(at(valid_from), at(0), first=first) == at(begins)


@pytest.mark.parametrize(
    ("now", "in_force", "following"),
    [
        (-1, None, "2026.1"),
        (0, "2026.1", "2026.2"),
        (10 * DAY - 1, "2026.1", "2026.2"),
        (10 * DAY, "2026.2", None),
    ],
)
def test_one_version_follows_the_other(
    now: int, in_force: str | None, following: str | None
) -> None:
    present, coming = TWO.in_force(at(now)), TWO.next(at(now))

    assert (present and present.version, coming and coming.version) == (in_force, following)


@pytest.mark.parametrize(
    ("pol", "issued", "now", "known"),
    [
        ("2026.1", -61, 0, False),
        ("2026.1", -60, 0, True),
        ("2026.1", 10 * DAY + 59, 10 * DAY + 60, True),
        ("2026.1", 10 * DAY + 60, 10 * DAY + 60, False),
        ("2026.1", 9 * DAY, 10 * DAY + KEPT_S - 1, True),
        ("2026.1", 9 * DAY, 10 * DAY + KEPT_S, False),
        ("2026.2", 10 * DAY - 61, 10 * DAY, False),
        ("2026.2", 10 * DAY, 400 * DAY, True),
        ("2026.3", 10 * DAY, 10 * DAY, False),
    ],
)
def test_a_code_names_a_version_that_was_in_force_when_it_was_made(
    pol: str,
    issued: int,
    now: int,
    known: bool,  # noqa: FBT001  a row of the table
) -> None:
    assert (TWO.named(pol, at(issued), at(now)) is not None) == known
