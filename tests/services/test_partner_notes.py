"""What the ledger is told of partners: every decision, every change of keys, nothing else."""

from dataclasses import replace

from gateway.jose.keys import generate
from gateway.services.partner_desk import PartnerDesk
from gateway.services.partner_notes import HINT_CHARS
from gateway.trust.decisions import Block, Decision
from tests.services.offices import DAY, HOTEL, HOUR, NOON, Office, at, two


def told(one: Office) -> list[tuple[str, str]]:
    return [(note.act, note.actor) for note in one.rows.notes]


def joined() -> tuple[Office, Office]:
    one, other = two()
    one.join(other)
    one.rows.notes.clear()
    return one, other


def test_joining_is_told_step_by_step_with_each_officer() -> None:
    one, other = two()
    one.federation.add(other.leaf, NOON, "staff:lin")
    one.compare(other)
    one.federation.accept(other.leaf, (HOTEL,), at(DAY), NOON, "staff:wu")

    assert told(one) == [
        ("partner.added", "staff:lin"),
        ("partner.compared", "officer:Li"),
        ("partner.confirmed", "officer:Wang"),
        ("partner.active", "staff:wu"),
    ]
    assert {note.target for note in one.rows.notes} == {other.anchor}
    assert dict(one.rows.notes[-1].facts) == {"until": at(DAY), "scenarios": HOTEL}


def test_a_candidate_that_is_added_again_is_told_again() -> None:
    one, other = two()

    one.federation.add(other.leaf, NOON)
    one.federation.add(other.leaf, NOON, "console:root")

    assert told(one) == [("partner.added", "city"), ("partner.added", "console:root")]


def test_a_candidate_from_a_file_is_told_with_who_brought_it() -> None:
    one, other = two()

    one.federation.import_pins(other.federation.export_pins(), NOON, "console:root")

    assert told(one) == [("partner.added", "console:root")]


def test_a_comparison_that_failed_three_times_is_told() -> None:
    one, other = two()
    one.federation.add(other.leaf, NOON)
    number = other.number_with(one)
    asked = one.federation.challenge(other.leaf, "Li", NOON)
    one.federation.confirm(other.leaf, "Li", [number[g - 1] for g in asked.groups], NOON)

    one.federation.challenge(other.leaf, "Wang", NOON)
    for _ in range(3):
        one.federation.confirm(other.leaf, "Wang", ["00000"] * 3, NOON)

    assert told(one)[-1] == ("partner.comparison_void", "officer:Wang")


def test_a_first_comparison_that_failed_three_times_is_told_as_well() -> None:
    one, other = two()
    one.federation.add(other.leaf, NOON)

    one.federation.challenge(other.leaf, "Li", NOON)
    for _ in range(3):
        one.federation.confirm(other.leaf, "Li", ["00000"] * 3, NOON)

    assert told(one)[1:] == [("partner.comparison_void", "officer:Li")]


def test_what_officers_decide_is_told_with_the_reason() -> None:
    one, other = joined()

    one.federation.suspend(other.leaf, "Li", "key lost", NOON)
    PartnerDesk(book=one.book).resume(other.leaf, "staff:wu", "new key", NOON)

    assert told(one) == [("partner.suspended", "officer:Li"), ("partner.active", "staff:wu")]
    assert [note.facts["reason"] for note in one.rows.notes] == ["key lost", "new key"]


def test_a_key_that_is_blocked_ratified_and_unblocked_is_told_each_time() -> None:
    one, other = joined()
    kid, li = other.k3.public.kid, Decision(officer="Li", reason="stolen", at=NOON)

    for officer, decide in (
        ("", lambda record: record.key_blocked(kid, Block(since=NOON, decision=li))),
        ("", lambda record: record.block_ratified(kid, "staff:wu")),
        ("Wang", lambda record: record.key_unblocked(kid)),
    ):
        one.book.change(other.anchor, NOON, decide, officer)

    assert told(one) == [
        ("partner.key_blocked", "officer:Li"),
        ("partner.block_ratified", "staff:wu"),
        ("partner.key_unblocked", "officer:Wang"),
    ]
    assert one.rows.notes[0].facts == {"key": kid[:8], "since": NOON, "reason": "stolen"}
    assert [note.facts["key"] for note in one.rows.notes[1:]] == [kid[:8]] * 2


def test_a_stop_that_is_ratified_is_told() -> None:
    one, other = joined()
    one.federation.suspend(other.leaf, "Li", "key lost", NOON)

    one.book.change(other.anchor, NOON, lambda record: record.stop_ratified("Wang"))

    assert told(one)[-1] == ("partner.stop_ratified", "officer:Wang")


def test_whatever_else_is_changed_in_a_record_is_told() -> None:
    one, other = joined()

    one.book.change(other.anchor, NOON, lambda record: replace(record, until=at(HOUR)), "Li")

    assert told(one) == [("partner.changed", "officer:Li")]


def test_a_newer_statement_with_the_same_keys_is_nothing_to_tell() -> None:
    one, other = joined()

    other.sign_leaf(at(HOUR))
    one.federation.sync(at(HOUR))

    assert told(one) == []


def test_keys_that_come_and_go_are_told_by_their_first_characters() -> None:
    one, other = joined()
    fresh = generate().public

    other.sign_leaf(at(HOUR), other.k3.public, fresh)
    one.federation.sync(at(HOUR))

    (note,) = one.rows.notes
    assert (note.act, note.actor) == ("partner.keys_changed", "city")
    assert note.facts == {
        "appeared": fresh.kid[:HINT_CHARS],
        "vanished": other.k3next.public.kid[:HINT_CHARS],
        "issuing": 1,
    }
