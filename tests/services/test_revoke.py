"""Places in status lists, and revoking: on memory rows, as the port describes them."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from gateway.codes import status_order
from gateway.codes.status_list import ENTRIES
from gateway.ids import EntityId, Timestamp
from gateway.services.audit import Acting
from gateway.services.partner_ports import OwnClockDoubtfulError
from gateway.services.revoke import Revocation, RevokeCodes, SheetUnknownError, SubjectFormError
from gateway.services.status_indexes import (
    AHEAD,
    MAX_NUMBER,
    StatusIndexes,
    StatusListsFullError,
    numbers_of,
)
from gateway.services.status_ports import HandOut, StatusEntry
from tests.world import DAY, HOUR, NOON, new_tags

LEAF = EntityId("https://credit.huzhou.example")
KEY = secrets.token_bytes(32)
WANG, LI = b"w" * 32, b"l" * 32
SHEET = "ABCDEFGHIJKLMNOP"
OFFICER = Acting(by="console:root", at=NOON)


@dataclass
class MemoryStatusRows:
    """``StatusRows`` in memory."""

    given: int = 0
    entries: list[StatusEntry] = field(default_factory=list)
    bits: set[tuple[int, int]] = field(default_factory=set)

    def take(self, count: int, least: int) -> int:
        self.given = max(self.given, least) + count
        return self.given - count

    def taken(self) -> int:
        return self.given

    def remember(self, entries: Sequence[StatusEntry], handing: HandOut | None = None) -> None:
        if handing is not None:
            (subject,) = {each.subject for each in entries}
            self._revoke(
                [
                    each
                    for each in self.entries
                    if each.subject == subject and each.sheet.startswith(handing.purpose)
                ]
            )
        self.entries.extend(entries)

    def numbers(self) -> frozenset[int]:
        return frozenset(entry.number for entry in self.entries)

    def revoke_subject(self, subject: bytes, acting: Acting) -> int:
        return self._revoke([each for each in self.entries if each.subject == subject])

    def revoke_sheet(self, sheet: str, acting: Acting) -> int:
        return self._revoke([each for each in self.entries if each.sheet == sheet])

    def revoked(self, number: int) -> tuple[int, ...]:
        return tuple(index for of, index in self.bits if of == number)

    def revoked_counts(self) -> Mapping[int, int]:
        return {number: len(self.revoked(number)) for number, _ in self.bits}

    def _revoke(self, entries: Sequence[StatusEntry]) -> int:
        fresh = {(each.number, each.index) for each in entries} - self.bits
        self.bits |= fresh
        return len(fresh)


@dataclass
class MemoryPlaces:
    """``NotedPlaces`` in memory."""

    most: int = 0

    def noted(self) -> int:
        return self.most

    def note(self, taken: int) -> None:
        self.most = max(self.most, taken)


def indexes(rows: MemoryStatusRows, places: MemoryPlaces | None = None) -> StatusIndexes:
    noted = places or MemoryPlaces()
    return StatusIndexes(leaf=LEAF, rows=rows, noted=noted, order_key=KEY)


def test_the_codes_of_a_sheet_get_places_in_the_keyed_order() -> None:
    rows = MemoryStatusRows()

    given = indexes(rows).allocate(WANG, SHEET, NOON, 6)

    assert [each.index for each in given] == [
        status_order.index_of(at, number=1, key=KEY) for at in range(6)
    ]
    assert {each.uri for each in given} == {"https://credit.huzhou.example/status/1"}
    assert len(rows.entries) == 6


def test_a_restored_database_gives_out_no_place_again() -> None:
    rows, places = MemoryStatusRows(), MemoryPlaces()
    before = indexes(rows, places).allocate(WANG, SHEET, NOON, 6)
    rows.given = 0

    after = indexes(rows, places).allocate(LI, SHEET, NOON, 6)

    assert not {each.index for each in before} & {each.index for each in after}
    assert places.most == 12


def test_an_entry_is_kept_over_a_day_after_the_end_and_tells_no_time() -> None:
    rows = MemoryStatusRows()

    morning = Timestamp(10 * DAY - 8 * HOUR)
    indexes(rows).allocate(WANG, SHEET, morning, 1)
    indexes(rows).allocate(WANG, SHEET, Timestamp(morning + DAY - 1), 1)

    assert {entry.last_day for entry in rows.entries} == {11}


def test_a_full_list_goes_on_in_the_next_one() -> None:
    rows = MemoryStatusRows(given=ENTRIES - 1)

    last, first = indexes(rows).allocate(WANG, SHEET, NOON, 2)

    assert (last.uri[-9:], first.uri[-9:]) == ("/status/1", "/status/2")
    assert first.index == status_order.index_of(0, number=2, key=KEY)


def test_no_place_is_left_after_the_last_list() -> None:
    rows = MemoryStatusRows(given=MAX_NUMBER * ENTRIES - 1)

    assert indexes(rows).allocate(WANG, SHEET, NOON, 1)[0].uri.endswith("/status/9999")
    with pytest.raises(StatusListsFullError):
        indexes(rows).allocate(WANG, SHEET, NOON, 1)


def test_the_next_list_is_published_before_it_is_needed() -> None:
    assert tuple(numbers_of(0)) == (1,)
    assert tuple(numbers_of(ENTRIES - AHEAD - 1)) == (1,)
    assert tuple(numbers_of(ENTRIES - AHEAD)) == (1, 2)
    assert tuple(numbers_of(ENTRIES)) == (2,)
    assert tuple(numbers_of(MAX_NUMBER * ENTRIES - 1)) == (MAX_NUMBER,)
    assert tuple(numbers_of(MAX_NUMBER * ENTRIES)) == ()


class Office:
    """Revokes, and counts how often the lists were signed for it."""

    def __init__(self) -> None:
        self.rows, self.tags, self.signed = MemoryStatusRows(), new_tags(), 0
        self.doubtful = False
        self.revoke = RevokeCodes(rows=self.rows, tags=self.tags, publish=self._publish)

    def _publish(self) -> None:
        if self.doubtful:
            raise OwnClockDoubtfulError("most partners contradict our clock")
        self.signed += 1

    def issue(self, subject: str, sheet: str = SHEET) -> None:
        pseudonym = self.tags.subject_pseudonym(subject)
        indexes(self.rows).allocate(pseudonym, sheet, NOON, 6)


def test_revoking_a_person_hits_every_sheet_of_that_person_and_is_signed_at_once() -> None:
    office = Office()
    office.issue("illustrative-1")
    office.issue("illustrative-1", "QRSTUVWXYZ234567")
    office.issue("illustrative-2", "A" * 16)

    assert office.revoke.person("illustrative-1", OFFICER).count == 12
    assert office.revoke.person("illustrative-1", OFFICER).count == 0
    assert len(office.rows.bits) == 12
    assert office.signed == 2


def test_revoking_holds_although_the_lists_cannot_be_signed_now() -> None:
    office = Office()
    office.issue("illustrative-1")
    office.doubtful = True

    done = office.revoke.person("illustrative-1", OFFICER)

    assert done == Revocation(count=6, unsigned="own_clock_doubtful")
    assert len(office.rows.bits) == 6


@pytest.mark.parametrize("subject", ["", "two words", "张三", "x" * 256, "a\n"])
def test_what_is_no_subject_is_refused_and_not_repeated(subject: str) -> None:
    office = Office()

    with pytest.raises(SubjectFormError) as refused:
        office.revoke.person(subject, OFFICER)

    assert subject == "" or subject not in str(refused.value)
    assert office.signed == 0


def test_revoking_a_sheet_hits_its_codes_only() -> None:
    office = Office()
    office.issue("illustrative-1")
    office.issue("illustrative-1", "QRSTUVWXYZ234567")

    assert office.revoke.sheet(SHEET, OFFICER) == Revocation(count=6, unsigned=None)
    assert len(office.rows.bits) == 6


@pytest.mark.parametrize("sheet", ["QRSTUVWXYZ234567", "abcdefghijklmnop", ""])
def test_an_unknown_sheet_is_refused(sheet: str) -> None:
    office = Office()
    office.issue("illustrative-1")

    with pytest.raises(SheetUnknownError):
        office.revoke.sheet(sheet, OFFICER)


def test_a_sheet_that_was_revoked_has_nothing_left_to_revoke() -> None:
    office = Office()
    office.issue("illustrative-1")
    office.revoke.sheet(SHEET, OFFICER)

    with pytest.raises(SheetUnknownError):
        office.revoke.sheet(SHEET, OFFICER)
