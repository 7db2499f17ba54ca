"""What somebody should look at, and what means that a city does not work."""

import shutil
import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.app.checks import Result, failed, passed
from gateway.app.composition import OpenCity, open_city
from gateway.app.own import own_half
from gateway.app.status import CityStatus, partner_findings, status_of
from gateway.clock import SystemClock
from gateway.ids import EntityId, KeyId, Timestamp
from gateway.services.partner_status import AlarmShown, PartnerStatus
from gateway.settings import load
from gateway.trust import entity
from gateway.trust.freshness import Freshness
from gateway.trust.safety import half
from gateway.trust.states import PartnerState
from gateway.trust.trusted_city import Role
from tests.cli.places import Place, make_place
from tests.world import DAY, HOUR, NOON


class SetClock:
    """A clock that stands where a test puts it."""

    def __init__(self, at: int) -> None:
        self.at = Timestamp(at)

    def now(self) -> Timestamp:
        return self.at


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return make_place(tmp_path_factory.mktemp("status")).init()


@pytest.fixture
def clock() -> SetClock:
    return SetClock(SystemClock().now())


@pytest.fixture
def city(made_once: Place, clock: SetClock) -> Generator[OpenCity]:
    with open_city(load(made_once.environ), clock) as opened:
        yield opened


SERVED = passed("server", "is ready")

WELL = PartnerStatus(
    anchor=EntityId("https://a.example/anchor"),
    leaf=EntityId("https://a.example"),
    state=PartnerState.ACTIVE,
    freshness=Freshness.FRESH,
    age_s=30,
    lists_us=True,
    until=Timestamp(NOON + 365 * DAY),
)

PARTNERS: dict[str, tuple[PartnerStatus, Result | None, str]] = {
    "active and fresh": (WELL, None, ""),
    "a candidate": (replace(WELL, state=PartnerState.CANDIDATE), None, ""),
    "left": (replace(WELL, state=PartnerState.LEFT), None, ""),
    "tampered": (replace(WELL, state=None), Result.FAIL, "restore the row"),
    "expired": (
        replace(WELL, state=PartnerState.EXPIRED, last_error="fetch_connect"),
        Result.FAIL,
        "fetch_connect",
    ),
    "suspended": (
        replace(WELL, state=PartnerState.SUSPENDED, reason="a drill"), Result.WARN, "a drill",
    ),
    "disputed": (replace(WELL, state=PartnerState.DISPUTED), Result.WARN, "partners sync"),
    "late": (replace(WELL, freshness=Freshness.LATE), Result.WARN, "late"),
    "stale": (replace(WELL, freshness=Freshness.STALE, age_s=7 * HOUR), Result.WARN, "7 h ago"),
    "not accepting us": (replace(WELL, lists_us=False), Result.WARN, "accept this city"),
    "near the end of the agreement": (
        replace(WELL, until=Timestamp(NOON + 30 * DAY - 1)), Result.WARN, "29 d",
    ),
    "30 days before it": (replace(WELL, until=Timestamp(NOON + 30 * DAY)), None, ""),
    "with an alarm": (
        replace(WELL, alarms=(AlarmShown(code="trust_rollback", at=NOON, count=1),)),
        Result.WARN,
        "trust_rollback",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PARTNERS)
def test_a_partner_is_to_be_looked_at(case: str) -> None:
    partner, result, said = PARTNERS[case]

    findings = list(partner_findings("partner", partner, NOON))

    assert [each.result for each in findings] == ([result] if result else [])
    assert said in "".join(f"{each.what} {each.todo}" for each in findings)


def test_a_new_city_is_well(city: OpenCity) -> None:
    found = status_of(city, SERVED)

    assert found.findings == ()
    assert found.works
    assert [role for role, _ in found.statements] == list(Role)
    assert [key.here for key in found.keys] == [True] * 6
    assert found.trust_age_s == 0


def test_a_city_that_nobody_serves_is_not_well(city: OpenCity) -> None:
    found = status_of(city, failed("server", "nothing serves", "start it"))

    assert _names(found) == {"server"}
    assert not found.works


def test_a_city_whose_database_takes_no_writes_is_not_well(
    city: OpenCity, made_once: Place
) -> None:
    path = made_once.home / "state" / "gateway.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        found = status_of(city, SERVED)

    assert [each.what for each in found.findings] == ["none is taken: database unavailable: locked"]
    assert not found.works


@pytest.mark.parametrize(
    ("later_s", "works", "names"),
    [
        (5 * HOUR, True, {"leaf statement"}),
        (25 * HOUR, False, {"leaf statement"}),
        (
            91 * DAY,
            False,
            {"anchor statement", "subordinate statement", "leaf statement", "assessments"},
        ),
    ],
)
def test_what_ends_is_named(
    city: OpenCity, clock: SetClock, later_s: int, *, works: bool, names: set[str]
) -> None:
    clock.at = Timestamp(clock.at + later_s)

    found = status_of(city, SERVED)

    assert found.works is works
    assert _names(found) == names


ASSESSMENTS: dict[str, tuple[Callable[[Path], object], Result, str]] = {
    "missing": (lambda path: path.unlink(), Result.FAIL, "missing"),
    "broken": (lambda path: path.write_text("canary\n"), Result.FAIL, "line 1 must be"),
    "off the scale": (
        lambda path: path.write_text(path.read_text().replace("760", "5000")),
        Result.FAIL,
        "not on the scale oujiang 2020-04; allowed: a whole number 0 to 1000): 2",
    ),
    "of nobody": (
        lambda path: path.write_text("subject,reading,assessed_on,scale_version\n"),
        Result.WARN,
        "people in it: 0",
    ),
    "open to others": (lambda path: path.chmod(0o644), Result.WARN, "people in it: 1"),
}


@pytest.mark.parametrize("case", ASSESSMENTS)
def test_a_city_whose_assessments_are_not_well_is_not_well(
    made_once: Place, tmp_path: Path, case: str
) -> None:
    breaks, result, said = ASSESSMENTS[case]
    shutil.copytree(made_once.root, tmp_path / "own")
    place = Place(root=tmp_path / "own", slug=made_once.slug, port=made_once.port)
    breaks(place.home / "state" / "assessments.csv")

    with open_city(load(place.environ)) as city:
        found = status_of(city, SERVED)

    (finding,) = found.findings
    assert (finding.name, finding.result) == ("assessments", result)
    assert said in finding.what
    assert "canary" not in finding.what
    assert found.works is (result is Result.WARN)


def test_a_city_that_only_verifies_has_no_assessments_to_look_at(city: OpenCity) -> None:
    verifier = replace(city, settings=replace(city.settings, issuing=None))

    found = status_of(verifier, SERVED)

    assert found.assessments is None
    assert "assessments" not in _names(found)


@pytest.mark.parametrize(("days", "result"), [(179, None), (181, Result.WARN), (213, Result.FAIL)])
def test_a_code_key_that_ends_is_named(
    city: OpenCity, clock: SetClock, days: int, result: Result | None
) -> None:
    clock.at = Timestamp(clock.at + days * DAY)

    found = [each for each in status_of(city, SERVED).findings if each.name == "key codes"]

    assert [each.result for each in found] == ([result] if result else [])
    assert all("install a version that rotates keys" in each.todo for each in found)


def test_an_alarm_about_this_city_is_shown_for_seven_days(tmp_path: Path) -> None:
    place = make_place(tmp_path).init()
    clock = SetClock(SystemClock().now())
    with open_city(load(place.environ), clock) as city:
        city.store.partners.alarm(entity.anchor_of(city.leaf), "trust_clock_doubtful", clock.at)

        assert _names(status_of(city, SERVED)) == {"this city"}
        clock.at = Timestamp(clock.at + 7 * DAY + 1)
        assert "this city" not in _names(status_of(city, SERVED))


def test_the_own_half_is_that_of_anchor_and_standby(city: OpenCity) -> None:
    snapshot = status_of(city, SERVED)
    kids = [KeyId(key.kid) for key in snapshot.keys if key.role.value.startswith("anchor")]

    assert own_half(city.settings, city.vault) == half(entity.anchor_of(city.leaf), kids)


def _names(found: CityStatus) -> set[str]:
    return {check.name for check in found.findings}
