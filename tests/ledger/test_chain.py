"""A whole ledger is found whole; a hand in it is found, and where."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ids import Timestamp
from gateway.ledger.chain import ERASED, Fault, Finding, check
from gateway.ledger.entries import GENESIS, Details, Entry, Head, Note, NoteError, written

KEY = bytes(range(32))
NOON = Timestamp(1_790_000_000)


def note(number: int, act: str = "merchant.suspended", **facts: str | int) -> Note:
    return Note(
        act=act, actor="staff:lin", target=f"hotel-{number}", at=Timestamp(NOON), facts=facts
    )


def ledger(*notes: Note) -> list[Entry]:
    entries, head = list[Entry](), Head()
    for each in notes:
        entry = written(each, head, salt=bytes([len(entries)]) * 16)
        entries.append(entry)
        head = end(entries)
    return entries


def end(entries: Sequence[Entry]) -> Head:
    return Head(seq=entries[-1].seq, hash=entries[-1].hash) if entries else Head()


FIVE = ledger(*(note(number, reason="drill") for number in range(1, 6)))


def test_an_empty_ledger_is_whole() -> None:
    assert check([], Head()) == ()


@given(st.integers(0, 12))
def test_a_ledger_as_it_was_written_is_whole(length: int) -> None:
    entries = ledger(*(note(number) for number in range(length)))

    assert check(entries, end(entries), noted=[end(entries[: length // 2])]) == ()


def without(seq: int) -> list[Entry]:
    return [each for each in FIVE if each.seq != seq]


def with_one(seq: int, **changes: Any) -> list[Entry]:  # noqa: ANN401  the changes of a row
    return [replace(each, **changes) if each.seq == seq else each for each in FIVE]


def details_of(seq: int, **changes: Any) -> list[Entry]:  # noqa: ANN401  the changes of a row
    details = FIVE[seq - 1].details
    assert details is not None
    return with_one(seq, details=replace(details, **changes))


HANDS: dict[str, tuple[Callable[[], list[Entry]], Finding]] = {
    "the first removed": (lambda: without(1), Finding(fault=Fault.REMOVED, seq=2)),
    "one removed": (lambda: without(3), Finding(fault=Fault.REMOVED, seq=4)),
    "the last removed": (lambda: without(5), Finding(fault=Fault.TRUNCATED, seq=4)),
    "all removed": (list, Finding(fault=Fault.TRUNCATED, seq=0)),
    "a time changed": (
        lambda: with_one(2, at=Timestamp(NOON + 1)),
        Finding(fault=Fault.CHANGED, seq=3),
    ),
    "an act changed": (
        lambda: with_one(2, act="merchant.resumed"),
        Finding(fault=Fault.CHANGED, seq=3),
    ),
    "the last one's act changed": (
        lambda: with_one(5, act="merchant.resumed"),
        Finding(fault=Fault.CHANGED, seq=5),
    ),
    "an actor changed": (
        lambda: details_of(4, actor="staff:wu"),
        Finding(fault=Fault.DETAILS_CHANGED, seq=4),
    ),
    "a fact changed": (
        lambda: details_of(4, facts={"reason": "drill."}),
        Finding(fault=Fault.DETAILS_CHANGED, seq=4),
    ),
    "a target changed": (
        lambda: details_of(4, target="hotel-5"),
        Finding(fault=Fault.DETAILS_CHANGED, seq=4),
    ),
    "a salt changed": (
        lambda: details_of(4, salt=bytes(16)),
        Finding(fault=Fault.DETAILS_CHANGED, seq=4),
    ),
    "details removed": (
        lambda: with_one(4, details=None),
        Finding(fault=Fault.DETAILS_REMOVED, seq=4),
    ),
    "two in each other's place": (
        lambda: [
            FIVE[0],
            replace(FIVE[2], seq=2),
            replace(FIVE[1], seq=3),
            *FIVE[3:],
        ],
        Finding(fault=Fault.CHANGED, seq=2),
    ),
    "one put at the end": (
        lambda: [*FIVE, written(note(6), end(FIVE), salt=bytes(16))],
        Finding(fault=Fault.UNKNOWN_END, seq=6),
    ),
}


@pytest.mark.parametrize("hand", HANDS)
def test_a_hand_in_the_ledger_is_found_and_where(hand: str) -> None:
    entries, expected = HANDS[hand]

    assert expected in check(entries(), end(FIVE))


def test_one_hand_is_one_finding() -> None:
    assert check(without(3), end(FIVE)) == (Finding(fault=Fault.REMOVED, seq=4),)
    assert check(without(5), end(FIVE)) == (Finding(fault=Fault.TRUNCATED, seq=4),)


def test_a_chain_made_anew_to_its_end_shows_against_an_earlier_head() -> None:
    anew = ledger(*(note(number, reason="other") for number in range(1, 6)))

    found = check(anew, end(anew), noted=[end(FIVE[:3])])

    assert found == (Finding(fault=Fault.REWRITTEN, seq=3),)


def test_a_cut_with_an_older_head_put_back_shows_against_a_later_head() -> None:
    found = check(FIVE[:3], end(FIVE[:3]), noted=[end(FIVE[:2]), end(FIVE)])

    assert found == (Finding(fault=Fault.TRUNCATED, seq=3),)


def test_an_empty_ledger_that_was_noted_says_nothing() -> None:
    assert check(FIVE, end(FIVE), noted=[Head()]) == ()


def test_a_head_without_the_citys_seal_is_a_finding() -> None:
    assert check(FIVE, end(FIVE), genuine_head=False) == (Finding(fault=Fault.HEAD_FORGED, seq=5),)


def test_a_head_that_was_once_found_forged_stays_a_finding() -> None:
    entries = ledger(note(1), note(2, "ledger.head_forged"), note(3))

    assert check(entries, end(entries)) == (Finding(fault=Fault.HEAD_FORGED, seq=2),)


def test_the_seal_of_a_head_is_over_its_place_its_hash_and_the_key() -> None:
    head = end(FIVE)

    seals = {
        head.sealed(KEY),
        replace(head, seq=4).sealed(KEY),
        replace(head, hash=GENESIS).sealed(KEY),
        head.sealed(bytes(32)),
    }

    assert len(seals) == 4


def test_details_that_an_entry_says_to_be_erased_may_be_gone() -> None:
    entries = ledger(*(note(number) for number in range(1, 4)), note(4, ERASED, first=2, last=3))
    bare = [replace(each, details=None) if each.seq in {2, 3} else each for each in entries]
    too_bare = [replace(each, details=None) if each.seq in {1, 2} else each for each in entries]

    assert check(bare, end(entries)) == ()
    assert check(too_bare, end(entries)) == (Finding(fault=Fault.DETAILS_REMOVED, seq=1),)


def test_an_erasure_that_names_no_range_erases_nothing() -> None:
    entries = ledger(note(1), note(2, ERASED, first="1", last=1), note(3, ERASED, first=1))
    bare = [replace(entries[0], details=None), *entries[1:]]

    assert check(bare, end(entries)) == (Finding(fault=Fault.DETAILS_REMOVED, seq=1),)


def test_the_same_act_twice_commits_to_other_bytes() -> None:
    one, two = ledger(note(1), note(1))

    assert one.commitment != two.commitment


def test_details_are_not_told_by_their_names_alone() -> None:
    shifted = Details(salt=bytes(16), actor="a", target="bc", facts={})
    other = Details(salt=bytes(16), actor="ab", target="c", facts={})

    assert shifted.commitment != other.commitment


REFUSED: dict[str, dict[str, Any]] = {
    "an act in one word": {"act": "suspended"},
    "an act in capitals": {"act": "Merchant.suspended"},
    "an actor that is too long": {"actor": "x" * 513},
    "a target that is too long": {"target": "x" * 513},
    "a fact that is too long": {"facts": {"reason": "x" * 513}},
    "a fact of an odd name": {"facts": {"Reason": "x"}},
    "too many facts": {"facts": {f"fact_{letter}": 1 for letter in "abcdefghijklmnopq"}},
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_note_that_could_not_be_read_again_is_refused(what: str) -> None:
    with pytest.raises(NoteError):
        replace(note(1), **REFUSED[what])


def test_a_note_may_use_its_whole_room() -> None:
    facts: dict[str, str | int] = {f"fact_{letter}": "x" * 512 for letter in "abcdefghijklmnop"}

    assert replace(note(1), actor="x" * 512, target="", facts=facts).facts == facts
