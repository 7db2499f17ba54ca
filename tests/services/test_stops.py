"""Emergency stops: one officer at once, two to lift, and no hand in the database lifts any."""

import shutil
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from gateway.errors import UnavailableError
from gateway.ids import EntityId, OfferId, Timestamp
from gateway.ledger.entries import Note
from gateway.policy.stops import (
    ISSUING,
    NOTHING_STOPPED,
    StopsError,
    offer_target,
    seal_of,
)
from gateway.policy.words import Words
from gateway.services.audit import Acting
from gateway.services.proposal_ports import Act, OwnProposalError, ProposalState
from gateway.services.proposals import FourEyes
from gateway.services.ratify import PREFIX, Ratifications, Ratify
from gateway.services.stop_desk import (
    LIFT_STOP,
    STOP_ORDERED,
    LiftStop,
    NothingToStopError,
    NotStoppedHereError,
    StopDesk,
    StopProtection,
    StopReasonError,
    lift_facts,
)
from gateway.services.stop_ports import StopRow
from gateway.services.stops import STOPS_TAMPERED, SealedStops, StopView
from gateway.services.trust_ports import ConflictError
from gateway.storage.store import Store
from tests.world import DAY, NOON

KEY = bytes(range(32))
ANCHOR = EntityId("https://credit.wenzhou.example/anchor")
WORDS = Words(zh="九折", en="10 % off")
DEPOSIT = offer_target("hotel-deposit")
LIN, CHEN = Acting(by="officer:Lin", at=NOON), Acting(by="officer:Chen", at=Timestamp(NOON + 60))


class NoteLostError(UnavailableError):
    """The note cannot be read."""

    code = "test_note_lost"


@dataclass
class Rows:
    """The row, the note and the ledger; ``busy`` conflicts are still to come."""

    row: StopRow | None = None
    kept: StopRow | None = None
    lost: bool = False
    busy: int = 0
    notes: list[Note] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)

    def get(self) -> StopRow | None:
        return self.row

    def put(self, row: StopRow, replaced: StopRow | None, note: Note) -> None:
        self.busy -= 1
        if self.busy >= 0 or replaced != self.row:
            raise ConflictError("meanwhile")
        self.row = row
        self.notes.append(note)

    def noted(self) -> StopRow | None:
        if self.lost:
            raise NoteLostError
        return self.kept

    def note(self, row: StopRow) -> None:
        if self.lost:
            raise NoteLostError
        if self.kept is None or self.kept.version < row.version:
            self.kept = row

    def alarm(self, code: str, at: Timestamp) -> None:
        self.alarms.append(code)

    def view(self) -> StopView:
        return StopView(SealedStops(rows=self, noted=self, key=KEY), self.alarm, NOON)

    def desk(self, *, issues: bool = True) -> StopDesk:
        return StopDesk(
            sealed=SealedStops(rows=self, noted=self, key=KEY),
            known_offers=lambda: dict.fromkeys(map(OfferId, ("hotel-deposit", "gym")), WORDS),
            issues=issues,
        )


@pytest.fixture
def rows() -> Rows:
    return Rows()


def test_one_officer_stops_at_once_and_every_process_sees_it(rows: Rows) -> None:
    view = rows.view()

    rows.desk().stop(ISSUING, "leak", LIN)
    rows.desk().stop(DEPOSIT, "wrong terms", CHEN)

    assert not view.issuing
    assert view.refresh(NOON)
    assert (view.issuing, view.offers) == (True, frozenset({OfferId("hotel-deposit")}))
    assert not view.refresh(NOON)
    assert [(n.act, n.actor, n.target, dict(n.facts)) for n in rows.notes] == [
        ("stop.ordered", "officer:Lin", "issuing", {"reason": "leak", "version": 1}),
        ("stop.ordered", "officer:Chen", DEPOSIT, {"reason": "wrong terms", "version": 2}),
    ]
    assert rows.alarms == []


def test_what_is_stopped_already_stays_as_it_was_ordered(rows: Rows) -> None:
    first = rows.desk().stop(ISSUING, "leak", LIN)

    assert rows.desk().stop(ISSUING, "other", CHEN) == first
    assert len(rows.notes) == 1


@pytest.mark.parametrize("reason", ["", " ", "x" * 201, "a\u202eb", "a\nb"])
def test_a_stop_has_a_reason_in_plain_text(rows: Rows, reason: str) -> None:
    with pytest.raises(StopReasonError):
        rows.desk().stop(ISSUING, reason, LIN)

    assert rows.row is None


def test_what_does_not_exist_cannot_be_stopped(rows: Rows) -> None:
    with pytest.raises(NothingToStopError, match="allowed: gym, hotel-deposit"):
        rows.desk().stop(offer_target("hotel-deposits"), "typo", LIN)
    with pytest.raises(NothingToStopError):
        rows.desk(issues=False).stop(ISSUING, "leak", LIN)


def test_a_stop_that_could_not_be_read_again_is_not_stored(rows: Rows) -> None:
    with pytest.raises(StopsError):
        rows.desk().stop(ISSUING, "leak", replace(LIN, by="officer:" + "x" * 80))

    assert rows.row is None


@pytest.mark.parametrize(("busy", "stopped"), [(2, True), (3, False)])
def test_two_who_stop_at_once_both_stop(rows: Rows, busy: int, *, stopped: bool) -> None:
    rows.busy = busy

    if stopped:
        rows.desk().stop(ISSUING, "leak", LIN)
    else:
        with pytest.raises(ConflictError):
            rows.desk().stop(ISSUING, "leak", LIN)

    assert rows.view().issuing is stopped


def test_a_second_officer_agrees_and_nobody_with_themselves(rows: Rows) -> None:
    desk = rows.desk()
    stop = desk.stop(ISSUING, "leak", LIN)

    with pytest.raises(OwnProposalError):
        desk.ratify(ISSUING, replace(CHEN, by="staff:LIN"), ordered_at=stop.at)
    agreed = desk.ratify(ISSUING, CHEN, ordered_at=stop.at)

    assert agreed.ratified_by == "officer:Chen"
    assert desk.ratify(ISSUING, CHEN, ordered_at=stop.at) == agreed
    assert [note.act for note in rows.notes] == ["stop.ordered", "stop.ratified"]


def test_only_the_stop_that_was_read_is_lifted(rows: Rows) -> None:
    desk = rows.desk()
    first = desk.stop(ISSUING, "leak", LIN)
    desk.lift(ISSUING, CHEN, ordered_at=first.at)
    desk.stop(ISSUING, "another leak", replace(LIN, at=Timestamp(NOON + DAY)))

    with pytest.raises(NotStoppedHereError):
        desk.lift(ISSUING, CHEN, ordered_at=first.at)

    assert rows.view().issuing


def edited(row: StopRow) -> StopRow:
    return replace(row, document=row.document.replace(b"issuing", b"offer/x"))


ATTACKS: dict[str, Callable[[tuple[StopRow, StopRow]], StopRow | None]] = {
    "a hand deletes the row": lambda _: None,
    "a hand puts the row back that was there before": lambda rows: rows[0],
    "a hand writes another document under the old seal": lambda rows: edited(rows[1]),
    "a hand raises the version of an older row": lambda rows: replace(rows[0], version=9),
    "a hand writes bytes of its own": lambda _: StopRow(version=9, document=b"{}", seal=bytes(32)),
    "a hand seals nonsense with a stolen key": lambda _: StopRow(
        version=9, document=b"{}", seal=seal_of(b"{}", KEY)
    ),
}


@pytest.mark.parametrize("running", [True, False], ids=["running", "started anew"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_a_stop_outlives_a_hand_in_the_database(rows: Rows, attack: str, *, running: bool) -> None:
    rows.desk().stop(DEPOSIT, "wrong terms", LIN)
    old = rows.row
    rows.desk().stop(ISSUING, "leak", LIN)
    before = rows.view()
    assert old is not None
    assert rows.row is not None
    rows.row = ATTACKS[attack]((old, rows.row))

    before.refresh(NOON)
    view = before if running else rows.view()

    assert view.issuing
    assert OfferId("hotel-deposit") in view.offers
    assert set(rows.alarms) == {STOPS_TAMPERED}
    assert not rows.desk().standing(NOON).intact


def test_a_process_remembers_a_stop_whose_row_and_note_are_gone(rows: Rows) -> None:
    rows.desk().stop(DEPOSIT, "wrong terms", LIN)
    view = rows.view()
    rows.row = rows.kept = None

    view.refresh(NOON)

    assert view.offers == {OfferId("hotel-deposit")}
    assert not view.issuing
    assert rows.alarms == [STOPS_TAMPERED]


@pytest.mark.parametrize("lost", [True, False], ids=["no note", "a spoiled note"])
def test_if_nothing_can_be_read_no_code_is_given(rows: Rows, *, lost: bool) -> None:
    rows.desk().stop(DEPOSIT, "wrong terms", LIN)
    assert rows.row is not None
    rows.row = replace(rows.row, seal=bytes(32))
    rows.kept, rows.lost = rows.row, lost

    assert rows.view().issuing
    assert rows.alarms == [STOPS_TAMPERED]


def test_a_good_row_holds_beside_a_spoiled_note(rows: Rows) -> None:
    rows.desk().stop(DEPOSIT, "wrong terms", LIN)
    rows.lost = True

    view = rows.view()

    assert (view.issuing, view.offers) == (False, frozenset({OfferId("hotel-deposit")}))
    assert not rows.desk().standing(NOON).intact


def test_another_machine_notes_what_it_sees(rows: Rows) -> None:
    rows.desk().stop(ISSUING, "leak", LIN)
    other = Rows(row=rows.row)

    view = other.view()

    assert view.issuing
    assert other.kept == rows.row


def test_what_is_stopped_is_restored_after_an_older_backup(rows: Rows) -> None:
    rows.desk().stop(ISSUING, "leak", LIN)
    rows.row = None

    restored = rows.desk().restore(CHEN)

    assert restored.issuing
    assert rows.desk().standing(NOON).intact
    assert rows.desk().restore(CHEN) == restored
    assert [note.act for note in rows.notes] == ["stop.ordered", "stop.restored"]


@pytest.fixture
def eyes(rows: Rows, migrated_file: Path, tmp_path: Path) -> Generator[FourEyes]:
    protection = StopProtection(desk=rows.desk(), anchor=ANCHOR)
    acts: dict[str, Act] = {
        LIFT_STOP: LiftStop(desk=rows.desk()),
        PREFIX + STOP_ORDERED: Ratify(act=STOP_ORDERED, protection=protection),
    }
    shutil.copyfile(migrated_file, tmp_path / "gateway.db")
    store = Store.open(f"sqlite:///{tmp_path / 'gateway.db'}", ledger_key=KEY)
    yield FourEyes(rows=store.proposals, acts=acts, seal_key=KEY)
    store.close()


def test_a_stop_asks_for_a_second_officer_once(rows: Rows, eyes: FourEyes) -> None:
    protection = StopProtection(desk=rows.desk(), anchor=ANCHOR)
    ratifications = Ratifications(four_eyes=eyes, protections={"stop": protection})
    rows.desk().stop(ISSUING, "leak", LIN)

    (asked,) = ratifications.ask(LIN)

    assert ratifications.ask(CHEN) == ()
    assert asked.facts == {"by": "officer:Lin", "reason": "leak", "done": NOON, "due": NOON + DAY}
    with pytest.raises(OwnProposalError):
        eyes.approve(asked.id, LIN, asked.digest)
    eyes.approve(asked.id, CHEN, asked.digest)
    assert rows.desk().find(ISSUING, NOON).ratified_by == "officer:Chen"
    assert ratifications.waiting(NOON) == ()


def test_what_stands_for_unreadable_stops_is_nobody_s_to_ratify(rows: Rows) -> None:
    rows.row = StopRow(version=1, document=b"", seal=b"")

    assert rows.desk().standing(NOON).order.issuing
    assert StopProtection(desk=rows.desk(), anchor=ANCHOR).unratified(NOON) == ()


def test_two_officers_lift_a_stop(rows: Rows, eyes: FourEyes) -> None:
    stop = rows.desk().stop(ISSUING, "leak", LIN)
    asked = eyes.propose(LIFT_STOP, ISSUING, lift_facts(stop, "mended"), CHEN)
    assert not LiftStop(desk=rows.desk()).is_done(ISSUING, asked.facts, NOON)

    done = eyes.approve(asked.id, LIN, asked.digest)

    assert done.state is ProposalState.DONE
    assert rows.desk().standing(NOON).order.stops == NOTHING_STOPPED.stops
    assert LiftStop(desk=rows.desk()).is_done(ISSUING, asked.facts, NOON)
    with pytest.raises(NotStoppedHereError):
        eyes.propose(LIFT_STOP, ISSUING, lift_facts(stop, "mended"), CHEN)
