"""What a merchant's device keeps, asks and sends, by the page's own rules, at every edge."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.node_reader import NodeReader
from tests.world import DAY, HOUR, MINUTE, NOON

VERSION_KEPT_S = 32 * DAY


class Device:
    """Asks the rules one by one."""

    def __init__(self, directory: Path) -> None:
        self.file = directory / "asks.json"

    def said(self, *asks: tuple[object, ...]) -> list[Any]:
        asked = [{"do": name, "with": given} for name, *given in asks]
        self.file.write_text(json.dumps({"asks": asked}), "utf-8")
        status, report = NodeReader.find().run("merchant_offline.mjs", self.file)
        assert status == 0
        said: list[Any] = report["said"]
        return said

    def drained(self, items: list[dict[str, object]], **how: object) -> Any:  # noqa: ANN401  (what the queue said)
        (said,) = self.said(("drain", {"items": items, "answers": {}} | how))
        return said


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Device(tmp_path)


def item(number: int) -> dict[str, object]:
    return {
        "code": "CC1:" + "A" * 170,
        "scenario": "lodging.hotel",
        "request_id": f"r-{number}",
        "scanned_at": NOON + number,
    }


def version(name: str, valid_from: int) -> dict[str, object]:
    return {"version": name, "valid_from": valid_from, "exp": valid_from + 31 * DAY}


def test_a_document_is_asked_for_again_after_ten_minutes_and_a_list_after_its_ttl(
    device: Device,
) -> None:
    assert device.said(
        ("isDue", NOON, NOON + 10 * MINUTE - 1),
        ("isDue", NOON, NOON + 10 * MINUTE),
        # Obtained later than now: the clock was corrected since.
        ("isDue", NOON + 1, NOON),
        ("isDue", NOON, NOON + 899, 900),
        ("isDue", NOON, NOON + 900, 900),
        ("everyOf", {"ttl": 900}),
        ("everyOf", {"ttl": 1}),
        ("everyOf", None),
    ) == [False, True, True, False, True, 900, 60, 900]


def test_an_older_document_never_takes_the_place_of_a_newer_one(device: Device) -> None:
    kept = {"iat": NOON}

    assert device.said(
        ("replaces", kept, {"iat": NOON - 1}),
        ("replaces", kept, {"iat": NOON}),
        ("replaces", kept, {"iat": NOON + 1}),
    ) == [False, False, True]


def test_a_version_is_kept_as_long_as_a_code_that_names_it_can_live(device: Device) -> None:
    versions = [version("2026.2", NOON), version("2026.1", NOON - DAY)]
    last = NOON + VERSION_KEPT_S

    before, after = device.said(
        ("neededVersions", versions, last - 1), ("neededVersions", versions, last)
    )

    assert [each["version"] for each in before] == ["2026.1", "2026.2"]
    assert [each["version"] for each in after] == ["2026.2"]


def test_trust_ends_with_the_bundle_and_each_list_with_itself(device: Device) -> None:
    bundle = {"iat": NOON, "exp": NOON + DAY}
    kept = {
        "bundle": bundle,
        "catalogues": [version("2026.1", NOON)],
        "lists": {"one": {"iat": NOON, "exp": NOON + HOUR}},
    }

    early, now, late, ended = device.said(
        ("trustAt", kept, NOON - 61),
        ("trustAt", kept, NOON - 60),
        ("trustAt", kept, NOON + HOUR),
        ("trustAt", kept, NOON + DAY),
    )

    assert "bundle" not in early
    assert (now["bundle"], list(now["statusLists"])) == (bundle, ["one"])
    assert (late["bundle"], late["statusLists"]) == (bundle, {})
    assert "bundle" not in ended
    assert len(ended["catalogues"]) == 1


def test_the_age_of_trust_is_soft_after_an_hour_and_ends_with_the_bundle(device: Device) -> None:
    bundle = {"iat": NOON, "exp": NOON + DAY}

    said = device.said(
        ("ageOf", bundle, NOON + HOUR - 1),
        ("ageOf", bundle, NOON + HOUR),
        ("ageOf", bundle, NOON + DAY - 1),
        ("ageOf", bundle, NOON + DAY),
        # A clock that cannot be right says nothing of an age.
        ("ageOf", bundle, None),
        ("spokenAge", 0),
        ("spokenAge", HOUR - 1),
        ("spokenAge", HOUR),
        ("spokenAge", 4 * HOUR - 1),
    )

    assert [each["mood"] for each in said[:5]] == ["fresh", "soft", "soft", "ended", "none"]
    assert said[5:] == [[1, "minutes"], [59, "minutes"], [1, "hours"], [3, "hours"]]


def test_500_that_wait_go_by_the_hundred_and_each_once(device: Device) -> None:
    answers: Mapping[str, object] = {
        **{f"r-{number}": {"outcome": "present_again"} for number in range(60)},
        "r-60": {"problem": {"code": "scanned_at_refused"}},
        "r-61": {"problem": {"code": "request_id_reused"}},
    }

    said = device.drained([item(number) for number in range(500)], answers=answers)

    sent = [name for batch in said["asked"] for name in batch]
    assert sent == [f"r-{number}" for number in range(500)]
    assert [len(batch) for batch in said["asked"]] == [100] * 5
    assert (said["registered"], said["conflicts"], said["left"]) == (438, 62, [])


def test_what_got_no_result_stays_and_nothing_more_is_sent_after_a_failure(device: Device) -> None:
    said = device.drained([item(number) for number in range(250)], fails_at=2)

    assert (said["status"], len(said["asked"])) == (0, 2)
    assert said["left"] == [f"r-{number}" for number in range(100, 250)]


@pytest.mark.parametrize(
    "answer", [{"outcome": "undetermined"}, {"problem": {"code": "unavailable"}}]
)
def test_what_the_city_cannot_say_just_now_waits_for_another_time(
    device: Device, answer: object
) -> None:
    said = device.drained([item(0), item(1)], answers={"r-0": answer})

    assert (said["asked"], said["left"]) == ([["r-0", "r-1"]], ["r-0"])


def test_one_that_the_city_cannot_read_does_not_hold_up_the_others(device: Device) -> None:
    said = device.drained([item(number) for number in range(3)], unread=["r-1"])

    assert said["asked"] == [["r-0", "r-1", "r-2"], ["r-0"], ["r-1"], ["r-2"]]
    assert (said["registered"], said["conflicts"], said["left"]) == (2, 1, [])


def test_one_that_the_city_fails_at_stays_and_does_not_hold_up_the_others(device: Device) -> None:
    said = device.drained([item(number) for number in range(4)], faulty=["r-0", "r-2"])

    assert (said["registered"], said["conflicts"], said["left"]) == (2, 0, ["r-0", "r-2"])


def test_a_city_that_fails_at_everything_is_left_alone(device: Device) -> None:
    items = [item(number) for number in range(200)]
    said = device.drained(items, faulty=[f"r-{number}" for number in range(200)])

    assert (said["status"], len(said["asked"]), len(said["left"])) == (500, 4, 200)


def test_results_of_another_number_settle_nothing(device: Device) -> None:
    (said,) = device.said(("settle", [item(0), item(1)], [{"outcome": "recognised"}]))

    assert said == []


def test_a_batch_keeps_to_its_bytes_and_has_one_item_at_least(device: Device) -> None:
    items = [item(number) for number in range(4)]
    size = len(json.dumps(items[0], separators=(",", ":"))) + 1
    room = {"maxBytes": 13 + 2 * size}

    two, less, one = device.said(
        ("nextBatch", items, room),
        ("nextBatch", items, {"maxBytes": room["maxBytes"] - 1}),
        ("nextBatch", items, {"maxBytes": 1}),
    )

    assert [len(each) for each in (two, less, one)] == [2, 1, 1]


def test_what_is_over_72_hours_old_is_not_sent_and_failures_are_waited_out(device: Device) -> None:
    assert device.said(
        ("isInTime", NOON, NOON + 72 * HOUR - 1),
        ("isInTime", NOON, NOON + 72 * HOUR),
        *(("pauseMs", failures) for failures in (1, 2, 3, 4, 5, 50)),
    ) == [True, False, *(1000 * MINUTE * minutes for minutes in (1, 2, 4, 8, 15, 15))]
