"""What somebody should look at, and what means that a city does not work."""

import shutil
import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.app.cases import complaints_of
from gateway.app.checks import Result, failed, passed
from gateway.app.composition import OpenCity, open_city
from gateway.app.onboarding import onboarding_of
from gateway.app.own import own_half
from gateway.app.reminding import catalogue_end, partner_facts
from gateway.app.status import CityStatus, partner_findings, status_of
from gateway.app.status_findings import WorkerStatus, reminder_findings, worker_findings
from gateway.cli.status_screen import as_json
from gateway.clock import SystemClock, china_date, china_day, china_midnight
from gateway.ids import EntityId, KeyId, Timestamp
from gateway.policy.stops import ISSUING
from gateway.services.audit import Acting
from gateway.services.complaints import Draft
from gateway.services.onboard import Application
from gateway.services.partner_status import AlarmShown, PartnerStatus
from gateway.services.worker_ports import FREE, JobState, Lease
from gateway.settings import load
from gateway.trust import entity
from gateway.trust.freshness import Freshness
from gateway.trust.reminders import DatedFact, What, reminders_of
from gateway.trust.safety import half
from gateway.trust.states import PartnerState
from gateway.trust.trusted_city import Role, TrustedCity
from tests.cli.places import Place, make_place
from tests.services.offices import two
from tests.world import DAY, HOUR, NOON, catalogue, merchant


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
        replace(WELL, state=PartnerState.SUSPENDED, stopped_here=True, reason="a drill"),
        Result.WARN,
        "because: a drill; when it is over: credit-gateway partners resume",
    ),
    "suspended by its own kill switch, after it was resumed here once": (
        replace(WELL, state=PartnerState.SUSPENDED, reason="the drill is over"),
        Result.WARN,
        "issues no codes now ask its office",
    ),
    "disputed": (
        replace(WELL, state=PartnerState.DISPUTED, stopped_here=True),
        Result.WARN,
        "not recognised when it is over: credit-gateway partners resume",
    ),
    "late": (replace(WELL, freshness=Freshness.LATE), Result.WARN, "late"),
    "stale": (replace(WELL, freshness=Freshness.STALE, age_s=7 * HOUR), Result.WARN, "7 h ago"),
    "not accepting us": (replace(WELL, lists_us=False), Result.WARN, "accept this city"),
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


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (165, []),
        (167, ["use of code key: ends in 13 d"]),
        (181, ["use of code key: is over"]),
        (199, ["code key: ends in 13 d", "use of code key: is over"]),
        (213, ["code key: is over", "use of code key: is over"]),
    ],
)
def test_a_code_key_that_ends_is_named(
    city: OpenCity, clock: SetClock, days: int, said: list[str]
) -> None:
    clock.at = Timestamp(clock.at + days * DAY - 60)

    found = status_of(city, SERVED)

    named = [each for each in found.findings if "code key" in each.name]
    assert sorted(f"{each.name}: {each.what}" for each in named) == said
    failed_at_the_end = Result.FAIL in {each.result for each in named}
    assert failed_at_the_end is ("code key: is over" in said)


def test_one_end_is_said_once(city: OpenCity, clock: SetClock) -> None:
    clock.at = Timestamp(clock.at + 80 * DAY)

    found = status_of(city, SERVED)

    names = [each.name for each in found.findings if each.name.endswith(" statement")]
    assert sorted(names) == ["anchor statement", "leaf statement", "subordinate statement"]
    assert [(each.what, each.days_left) for each in found.reminders] == [
        (What.LEAF, 0),
        (What.ANCHOR, 14),
        (What.SUBORDINATE, 14),
    ]


def test_what_is_to_be_ratified_is_said_by_name() -> None:
    jiaxing = EntityId("https://credit.jiaxing.example")
    fact = DatedFact(
        what=What.RATIFICATION,
        whose=None,
        ends_at=Timestamp(NOON + HOUR),
        name=f"partner.key_blocked {jiaxing}#{'k' * 43}",
    )

    (found,) = reminder_findings(reminders_of([fact], NOON), {jiaxing: "嘉兴"}, NOON)

    assert found.what == "partner.key_blocked 嘉兴 kkkkkkkk…, ends in 60 min"


def test_what_is_stopped_stands_first_and_is_to_be_ratified(tmp_path: Path) -> None:
    place = make_place(tmp_path).init()
    with open_city(load(place.environ)) as city:
        acting = Acting(by="officer:Lin", at=city.clock.now())
        city.stop_desk.stop(ISSUING, "leak", acting)
        found = status_of(city, SERVED)
        (place.home / "state" / "stops.json").chmod(0o644)
        broken = status_of(city, SERVED)

    assert [each.name for each in found.findings] == ["stopped", "to be ratified"]
    assert "issuing" in found.findings[0].what
    assert found.works
    assert [each.name for each in broken.findings][:2] == ["stops", "stopped"]
    assert not broken.works


WORKER = WorkerStatus(lease=Lease(holder="w", beat=7, renewed_at=NOON), jobs=())
JOB = JobState(name="sign-leaf", every_s=3600, succeeded_at=NOON)
WORKERS: dict[str, tuple[WorkerStatus, int, str]] = {
    "nobody ever": (replace(WORKER, lease=None), 0, ""),
    "at work": (replace(WORKER, jobs=(JOB,)), 120, ""),
    "silent": (WORKER, 121, "none at work"),
    "one round by a timer": (
        replace(WORKER, lease=Lease(holder=FREE, beat=8, renewed_at=NOON)),
        60,
        "",
    ),
    "a job that fails": (
        replace(WORKER, jobs=(replace(JOB, error="fetch_connect", failures=4),)),
        0,
        "sign-leaf failed 4 times: fetch_connect",
    ),
}


@pytest.mark.parametrize("case", WORKERS)
def test_the_worker_is_looked_after(case: str) -> None:
    worker, later_s, said = WORKERS[case]

    found = list(worker_findings(worker, Timestamp(NOON + later_s)))

    assert bool(found) is bool(said)
    assert all(said in each.what for each in found)


@pytest.mark.parametrize(("later_s", "count"), [(3 * HOUR, 0), (3 * HOUR + 1, 1)])
def test_a_job_is_overdue_after_three_of_its_intervals(later_s: int, count: int) -> None:
    now = Timestamp(NOON + later_s)
    lease = Lease(holder="w", beat=8, renewed_at=now)

    assert len(list(worker_findings(WorkerStatus(lease=lease, jobs=(JOB,)), now))) == count


def test_a_partner_s_ends_are_known_until_it_has_left() -> None:
    ours, theirs = two()
    ours.join(theirs)
    (partner,) = ours.view().snapshot.partners

    facts = {each.what: each.ends_at for each in partner_facts(partner)}

    assert set(facts) == {
        What.ANCHOR, What.SUBORDINATE, What.LEAF, What.KEY_END, What.AGREEMENT
    }  # fmt: skip
    assert facts[What.AGREEMENT] == partner.record.until
    bare = replace(
        partner,
        record=replace(partner.record, until=None),
        city=TrustedCity.first(partner.record.pins),
    )
    assert list(partner_facts(bare)) == []


def test_a_catalogue_ends_with_its_last_offer() -> None:
    whole = catalogue()
    one, *others = whole.offers
    ends = [replace(each, valid_until=Timestamp(NOON + DAY)) for each in others]

    assert catalogue_end(replace(whole, offers=(one, *ends))) is None
    last = replace(one, valid_until=Timestamp(NOON + 2 * DAY))
    assert catalogue_end(replace(whole, offers=(last, *ends))) == NOON + 2 * DAY
    assert catalogue_end(replace(whole, offers=())) is None


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


def test_complaints_that_wait_are_named_with_the_day_on_which_an_answer_is_due(
    made_once: Place, clock: SetClock, tmp_path: Path
) -> None:
    shutil.copytree(made_once.root, tmp_path / "own")
    own = Place(root=tmp_path / "own", slug=made_once.slug, port=made_once.port)
    with open_city(load(own.environ), clock) as city:
        draft = Draft(kind="other", place="somewhere", text="what happened")
        complaints_of(city).file(draft, clock.now())

        found = {each.name: each for each in status_of(city, SERVED).findings}

    assert found["complaints that wait"].what.startswith("1, ends in ")
    assert "/staff/complaints" in found["complaints that wait"].todo


def test_commitments_are_counted_from_the_day_after_they_were_due(
    made_once: Place, clock: SetClock, tmp_path: Path
) -> None:
    shutil.copytree(made_once.root, tmp_path / "own")
    own = Place(root=tmp_path / "own", slug=made_once.slug, port=made_once.port)
    with open_city(load(own.environ), clock) as city:
        today = china_date(china_day(clock.now()))
        asked = Application(merchant=merchant(), due=today)
        onboarding_of(city).enrol(asked, Acting(by="console:tester", at=clock.now()))
        on_the_day = _names(status_of(city, SERVED))

        clock.at = Timestamp(clock.at + DAY)
        found = {each.name: each for each in status_of(city, SERVED).findings}

    assert "commitments overdue" not in on_the_day
    assert found["commitments overdue"].what == "1, the oldest since today"
    assert "/staff/merchants" in found["commitments overdue"].todo


def test_replies_that_wait_are_counted_with_the_age_of_the_oldest(
    made_once: Place, clock: SetClock, tmp_path: Path
) -> None:
    shutil.copytree(made_once.root, tmp_path / "own")
    own = Place(root=tmp_path / "own", slug=made_once.slug, port=made_once.port)
    with open_city(load(own.environ), clock) as city:
        acting = Acting(by="console:tester", at=clock.now())
        onboarding_of(city).enrol(Application(merchant=merchant()), acting)
        desk = city.merchant_desk
        for number, days in ((1, 0), (2, 3)):
            clock.at = Timestamp(clock.at + days * DAY)
            desk.warn(merchant().id, "offer not granted", acting)
            desk.notices.reply(merchant().id, number, "mended", "d", clock.now())
        waits = "merchants' replies that wait"
        both = {each.name: each for each in status_of(city, SERVED).findings}[waits]
        json = as_json(status_of(city, SERVED), city.settings, "")["waiting"]
        for number in (1, 2):
            desk.notices.answer(merchant().id, number, "seen", acting)

        assert (both.what, "/staff/notices" in both.todo) == ("2, the oldest for 3 d", True)
        since = china_midnight(china_day(acting.at))
        assert json == [
            {"what": "merchant_reply", "count": 2, "since": since},
            {"what": "overdue_commitment", "count": 0, "since": None},
        ]
        assert waits not in _names(status_of(city, SERVED))
