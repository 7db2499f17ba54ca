"""Which code of a pack a phone shows, by the pages' own rules, on both sides of every edge."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway.services.issue_pack import PACK_SLOTS, PER_SLOT, SLOT_S
from tests.node_reader import NodeReader
from tests.world import DAY, HOUR, NOON

MS = 1000
END = NOON + DAY
CODES = [f"code {number}" for number in range(PACK_SLOTS * PER_SLOT)]


class Phone:
    """A phone that got a pack a minute after noon; its clock may be wrong."""

    def __init__(self, directory: Path, *, ahead_s: int = 0) -> None:
        self.file = directory / "asks.json"
        self.ahead_s = ahead_s
        self.asks: list[dict[str, object]] = []

    def ask(self, at_s: float, act: str = "choose", argument: object = None) -> None:
        """Ask at a moment that the city would call ``at_s``."""
        at_ms = int((at_s + self.ahead_s) * MS)
        self.asks.append({"at_ms": at_ms, "do": act, "with": argument})

    def said(self) -> Sequence[Any]:
        now = NOON + 60
        answer = {"start": NOON, "slot_s": SLOT_S, "per_slot": PER_SLOT, "codes": CODES, "now": now}
        asked = {"answer": answer, "phone_ms": (now + self.ahead_s) * MS, "asks": self.asks}
        self.file.write_text(json.dumps(asked), "utf-8")
        status, report = NodeReader.find().run("pack.mjs", self.file)
        assert status == 0
        said: Sequence[Any] = report["said"]
        return said


def shown(said: Any) -> str:  # noqa: ANN401  what JSON says
    return str(said.get("code", said.get("why")))


@pytest.mark.parametrize("ahead_s", [0, HOUR, -HOUR, 400 * DAY])
def test_a_phone_whose_clock_is_wrong_shows_the_code_of_the_half_hour(
    tmp_path: Path, ahead_s: int
) -> None:
    phone = Phone(tmp_path, ahead_s=ahead_s)
    moments = (NOON + 60, NOON + SLOT_S - 0.001, NOON + SLOT_S, END - 0.001, END)
    for moment in moments:
        phone.ask(moment)

    found = [shown(each) for each in phone.said()]

    assert found == ["code 0", "code 0", "code 2", "code 94", "stale"]


def test_a_replaced_code_stays_away_and_the_next_half_hour_brings_new_ones(tmp_path: Path) -> None:
    phone = Phone(tmp_path)
    for act in ("choose", "leave_out", "choose", "leave_out", "choose", "again", "choose"):
        phone.ask(NOON + 90, act)
    phone.ask(NOON + SLOT_S)

    first, _, second, _, none, _, again, later = phone.said()

    assert [shown(each) for each in (first, second, again, later)] == [
        "code 0",
        "code 1",
        "code 1",
        "code 2",
    ]
    assert (none["why"], none["freshAt"]) == ("used", NOON + SLOT_S)


def test_after_the_last_half_hour_nothing_new_is_promised(tmp_path: Path) -> None:
    phone = Phone(tmp_path)
    for act in ("leave_out", "leave_out", "choose"):
        phone.ask(END - 1, act)

    assert phone.said()[-1] == {"why": "stale"}


def test_a_clock_that_was_set_back_is_noticed_and_one_that_wavers_is_not(tmp_path: Path) -> None:
    phone = Phone(tmp_path)
    phone.ask(NOON + 3 * HOUR, "look")
    for back_s in (0, 89, 91):
        phone.ask(NOON + 3 * HOUR - back_s)
    phone.ask(NOON + 3 * HOUR - 91, "due", "owner")
    phone.ask(NOON + 3 * HOUR - 91, "look")
    phone.ask(NOON + 3 * HOUR, "look")

    seen, now, wavering, back, due, *looks = phone.said()

    assert seen == (NOON + 3 * HOUR) * MS
    assert [shown(each) for each in (now, wavering, back)] == ["code 12", "code 10", "clock"]
    assert due is True
    assert looks == [seen, seen]


def test_what_the_city_says_corrects_the_clock(tmp_path: Path) -> None:
    phone = Phone(tmp_path)
    # Somebody set the clock of this phone an hour ahead after the pack had come.
    phone.ask(NOON + 2 * HOUR)
    phone.ask(NOON + 2 * HOUR, "hear", NOON + HOUR)
    phone.ask(NOON + 2 * HOUR)
    phone.ask(NOON + 2 * HOUR, "hear", NOON + HOUR + 2)
    phone.ask(NOON + 2 * HOUR, "hear", NOON + HOUR + 3)

    wrong, heard, right, same, other = phone.said()

    assert [shown(each) for each in (wrong, right)] == ["code 8", "code 4"]
    assert (heard, same, other) == (-HOUR * MS, None, (-HOUR + 3) * MS)


def test_a_new_pack_is_due_with_less_than_18_hours_left_or_in_another_session(
    tmp_path: Path,
) -> None:
    phone = Phone(tmp_path)
    phone.ask(NOON + 6 * HOUR, "due", "owner")
    phone.ask(NOON + 6 * HOUR + 0.001, "due", "owner")
    phone.ask(NOON + 60, "due", "another")
    phone.ask(NOON + 60, "end")

    assert phone.said() == [False, True, True, END]


def test_an_hour_is_said_in_china_and_tomorrow_is_called_so(tmp_path: Path) -> None:
    phone = Phone(tmp_path)
    midnight = NOON - NOON % DAY + 16 * HOUR  # of China
    for moment in (midnight - 60, midnight):
        phone.ask(midnight - HOUR, "hour", moment)

    assert phone.said() == ["23:59", "tomorrow 00:00"]
