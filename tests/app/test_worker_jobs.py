import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

import pytest
import structlog

from gateway.app.worker.holding import RENEWALS, Holding
from gateway.app.worker.job import NOTE_S, RETRY_MAX_S, RETRY_S, Job, Turns
from gateway.app.worker.runner import Runner
from gateway.errors import FetchError, UnavailableError
from gateway.ids import Timestamp
from gateway.services.worker_ports import FREE, JobState
from tests.app.worker import NOON, MemoryLease, MemoryStates, Watch
from tests.system.tills import until

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S


@dataclass
class Work:
    """A job that does as it is told."""

    error: Exception | None = None
    runs: list[Timestamp] = field(default_factory=list[Timestamp])

    def run(self, now: Timestamp) -> None:
        self.runs.append(now)
        if self.error is not None:
            raise self.error


def turns_of(work: Work, every_s: float, states: MemoryStates, watch: Watch) -> Turns:
    job = Job(name="work", every_s=every_s, run=work.run)
    return Turns(job, states, watch, watch.monotonic)


@pytest.fixture
def states() -> MemoryStates:
    return MemoryStates()


@pytest.fixture
def watch() -> Watch:
    return Watch()


def test_a_job_that_never_ran_is_due(states: MemoryStates, watch: Watch) -> None:
    turns = turns_of(Work(), DAY_S, states, watch)
    turns.begin()
    before = turns.wait_s()
    turns.run()

    assert (before, turns.wait_s()) == (0.0, DAY_S)
    assert states.states["work"] == JobState(name="work", every_s=DAY_S, succeeded_at=NOON)


@pytest.mark.parametrize(
    ("ago_s", "every_s", "wait_s"),
    [
        (600, HOUR_S, HOUR_S - 600),
        (7200, HOUR_S, 0.0),
        (-600, HOUR_S, 0.0),
        (1, 45.0, 0.0),
    ],
    ids=["in its time", "overdue", "a clock that was set back", "short ones begin at once"],
)
def test_a_worker_goes_on_where_another_left_off(
    states: MemoryStates, watch: Watch, ago_s: int, every_s: float, wait_s: float
) -> None:
    states.save(JobState(name="work", every_s=1, succeeded_at=Timestamp(NOON - ago_s)))
    turns = turns_of(Work(), every_s, states, watch)

    turns.begin()

    assert turns.wait_s() == wait_s


def test_a_failure_is_noted_and_tried_again_sooner_than_in_an_hour(
    states: MemoryStates, watch: Watch
) -> None:
    work = Work(error=FetchError("away"))
    turns = turns_of(work, DAY_S, states, watch)
    pauses = list[float]()
    for _ in range(6):
        assert turns.run().error == "fetch_error"
        pauses.append(turns.wait_s())
        watch.passed_s += turns.wait_s()
    failed = states.states["work"]
    work.error = None
    turns.run()

    assert pauses == [RETRY_S, 2 * RETRY_S, 4 * RETRY_S, 8 * RETRY_S, RETRY_MAX_S, RETRY_MAX_S]
    assert (failed.error, failed.failures, failed.succeeded_at) == ("fetch_error", 6, None)
    assert states.states["work"].error is None
    assert turns.wait_s() == DAY_S


def test_a_bug_is_noted_by_its_class(states: MemoryStates, watch: Watch) -> None:
    run = turns_of(Work(error=ZeroDivisionError("secret")), DAY_S, states, watch).run()

    assert run.error == "ZeroDivisionError"
    assert states.states["work"].error == "ZeroDivisionError"


def test_a_job_that_runs_every_moment_does_not_write_every_moment(
    states: MemoryStates, watch: Watch
) -> None:
    turns = turns_of(Work(), 0.5, states, watch)
    for _ in range(2 * NOTE_S):
        turns.run()
        watch.passed_s += 0.5

    assert states.saved == 1
    turns.run()
    assert states.saved == 2


@pytest.mark.parametrize("fault", ["away", "refuses"])
def test_a_database_that_takes_no_note_keeps_no_job_from_its_work(
    states: MemoryStates, watch: Watch, fault: str
) -> None:
    setattr(states, fault, True)
    work = Work()
    turns = turns_of(work, 0.5, states, watch)
    turns.begin()

    assert turns.run().error is None
    assert work.runs == [NOON]


class Office:
    """A runner in a thread, with a real stopwatch and short times."""

    def __init__(self, *jobs: Job, lease_s: float = 0.4) -> None:
        self.rows, self.states = MemoryLease(), MemoryStates()
        self.holding = Holding(self.rows, lease_s=lease_s)
        self.runner = Runner(jobs, self.holding, self.states, Watch())
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.runner.until, args=(self.stopping,))

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self.thread.join(60)
        assert not self.thread.is_alive()


def job(name: str, run: Callable[[Timestamp], None], every_s: float = 0.02) -> Job:
    return Job(name=name, every_s=every_s, run=run)


def test_a_job_that_fails_hangs_or_is_broken_stops_no_other() -> None:
    go_on, good = threading.Event(), Work()

    def hang(_now: Timestamp) -> None:
        go_on.wait(60)

    jobs = (
        job("hangs", hang),
        job("fails", Work(error=UnavailableError("gone")).run),
        job("broken", Work(error=ZeroDivisionError()).run),
        job("good", good.run),
    )
    with Office(*jobs) as office:
        until(lambda: len(good.runs) >= 3 and len(office.states.all()) >= 3, within_s=60)
        errors = {name: state.error for name, state in office.states.all().items()}
        go_on.set()

    assert errors == {"fails": "unavailable", "broken": "ZeroDivisionError", "good": None}
    assert office.rows.lease is not None
    assert office.rows.lease.holder == FREE


def test_a_holder_whose_lease_was_lost_stops_before_its_next_job() -> None:
    work = Work()
    with Office(job("work", work.run)) as office:
        until(lambda: bool(work.runs), within_s=60)
        office.rows.away = True
        until(lambda: not office.holding.held, within_s=60)
        done = len(work.runs)
        threading.Event().wait(0.1)

        assert len(work.runs) <= done + 1
        office.rows.away = False
        until(lambda: len(work.runs) > done + 1, within_s=60)


def test_of_two_nodes_one_polls() -> None:
    first, second = Work(), Work()
    with Office(job("poll", first.run), lease_s=2.0) as one:
        until(lambda: len(first.runs) >= 3, within_s=60)
        waiting = Holding(one.rows, lease_s=2.0)
        other = Runner((job("poll", second.run),), waiting, MemoryStates(), Watch())
        stopping = threading.Event()
        thread = threading.Thread(target=other.until, args=(stopping,))
        thread.start()
        until(lambda: waiting.other_lives, within_s=60)
        watched = one.rows.beat
        # Longer than the lease would live by itself.
        until(lambda: one.rows.beat > watched + RENEWALS, within_s=60)
        before = len(first.runs)
        both = (bool(first.runs), bool(second.runs))
        one.stopping.set()
        until(lambda: bool(second.runs), within_s=60)
        after = len(first.runs)
        stopping.set()
        thread.join(60)

    assert both == (True, False)
    assert after <= before + 1


def test_who_waits_for_the_lease_keeps_itself_up_to_date_and_does_nothing_else() -> None:
    fresh, work = Work(), Work()
    jobs = (
        Job(name="fresh", every_s=0.02, run=fresh.run, always=True),
        job("work", work.run),
    )
    with Office() as holder:
        until(lambda: holder.holding.held, within_s=60)
        waiting = Office(*jobs)
        runner = Runner(jobs, Holding(holder.rows), waiting.states, Watch())
        thread = threading.Thread(target=runner.until, args=(waiting.stopping,))
        thread.start()
        until(lambda: len(fresh.runs) >= 3, within_s=60)
        waiting.stopping.set()
        thread.join(60)

    assert work.runs == []


def test_a_job_that_fails_twice_a_second_is_told_once_a_minute(
    states: MemoryStates, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = structlog.testing.CapturingLogger()
    monkeypatch.setattr("gateway.app.worker.job._log", said)
    work = Work(error=UnavailableError("gone"))
    turns = turns_of(work, 0.5, states, watch)

    for _ in range(2 * NOTE_S + 1):
        turns.run()
        watch.passed_s += 0.5
    work.error = FetchError("away")
    turns.run()

    codes = [call.kwargs["code"] for call in said.calls]
    assert codes == ["unavailable", "unavailable", "fetch_error"]


def test_a_mistake_in_the_lease_does_not_end_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    work = Work()
    with Office(job("work", work.run)) as office:
        until(lambda: bool(work.runs), within_s=60)
        with monkeypatch.context() as broken:
            broken.setattr(office.rows, "take", None)
            until(lambda: not office.holding.held, within_s=60)
        done = len(work.runs)
        until(lambda: len(work.runs) > done, within_s=60)


def test_ending_while_the_database_is_away_lets_the_lease_run_out() -> None:
    with Office() as office:
        until(lambda: office.holding.held, within_s=60)
        office.rows.away = True

    assert office.rows.lease is not None
    assert office.rows.lease.holder == office.holding.holder


def test_once_runs_what_is_due_settles_it_and_gives_the_lease_up() -> None:
    settled, work, later = list[float](), Work(), Work()
    jobs = (
        Job(name="work", every_s=DAY_S, run=work.run, settle=settled.append),
        Job(name="later", every_s=DAY_S, run=later.run),
    )
    office = Office(*jobs)
    office.states.save(JobState(name="later", every_s=DAY_S, succeeded_at=NOON))

    runs = office.runner.once(threading.Event())

    assert runs is not None
    assert [(run.name, run.error) for run in runs] == [("work", None)]
    assert (len(work.runs), len(later.runs), len(settled)) == (1, 0, 1)
    assert office.rows.lease is not None
    assert office.rows.lease.holder == FREE


def test_once_leaves_the_work_to_a_worker_that_lives() -> None:
    work = Work()
    with Office() as other:
        until(lambda: other.holding.held, within_s=60)
        patient = Holding(other.rows, lease_s=2.0)
        runner = Runner((job("work", work.run),), patient, MemoryStates(), Watch())

        assert runner.once(threading.Event()) is None

    assert work.runs == []
