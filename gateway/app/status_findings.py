"""What the status screen says of what ends, waits or is stopped, and of the background worker."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.app.checks import Check, Result, failed, passed, skipped, warned
from gateway.app.doctor_city import span
from gateway.ids import EntityId, Timestamp
from gateway.services.partner_protect import key_of
from gateway.services.stops import StopState
from gateway.services.waiting import Waiting, Waits
from gateway.services.worker_ports import JobState, Lease
from gateway.storage.store import Store
from gateway.trust.key_changes import held_down_until
from gateway.trust.key_set import KeySet
from gateway.trust.reminders import Reminder, What

SILENT_S: Final = 120
"""A lease is renewed every few seconds, and each minute where a timer runs single rounds: a
worker that was silent for so long is gone."""

OVERDUE: Final = 3
"""A job that has not succeeded for so many of its intervals is to be looked at."""

OVERDUE_AT_LEAST_S: Final = 600

_KID_SHOWN: Final = 8

_OWN_STATEMENTS: Final = {
    What.ANCHOR: "anchor statement",
    What.SUBORDINATE: "subordinate statement",
    What.LEAF: "leaf statement",
}
"""The name of its check in ``doctor_city``."""

_NOUNS: Final = {
    **_OWN_STATEMENTS,
    What.KEY_USE: "use of code key",
    What.KEY_END: "code key",
    What.AGREEMENT: "agreement",
    What.RATIFICATION: "to be ratified",
    What.CATALOGUE: "last offer",
    What.COMPLAINT: "complaints that wait",
    What.OBJECTION: "objections that wait",
}

_WAITING: Final = {
    Waits.REPLY: (
        "merchants' replies that wait",
        "an operator or county officer answers at /staff/notices",
    ),
    Waits.COMMITMENT: (
        "commitments overdue",
        "call the merchants that /staff/merchants marks; then warn or suspend",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerStatus:
    """How it stands with the work in the background.

    Attributes:
        lease: Who does it; None if no worker ever ran.
        jobs: How each job's last runs went, by name.
    """

    lease: Lease | None
    jobs: tuple[JobState, ...]

    def works(self, now: Timestamp) -> bool:
        """Return whether some worker said lately that it is there."""
        lease = self.lease
        return lease is not None and now - lease.renewed_at <= SILENT_S


def worker_status(store: Store) -> WorkerStatus:
    """Return how it stands with the work in the background.

    Raises:
        UnavailableError: the database cannot be read.
    """
    jobs = store.jobs.all()
    return WorkerStatus(
        lease=store.worker_lease.read(), jobs=tuple(jobs[name] for name in sorted(jobs))
    )


def worker_checks(worker: WorkerStatus, now: Timestamp) -> Iterable[Check]:
    """Yield whether the work in the background is done; before it ever was, that is no fault."""
    findings = tuple(worker_findings(worker, now))
    if findings:
        yield from findings
    elif worker.lease is None:
        yield skipped("worker", "none has run yet: credit-gateway worker, beside the server")
    else:
        yield passed("worker", f"at work {span(max(0, now - worker.lease.renewed_at))} ago")


def worker_findings(worker: WorkerStatus, now: Timestamp) -> Iterable[Check]:
    """Yield what is wrong with the work in the background."""
    if worker.lease is not None and not worker.works(now):
        ago = span(max(0, now - worker.lease.renewed_at))
        todo = "start it: credit-gateway worker; it signs, fetches and prunes"
        yield warned("worker", f"none at work, the last one said so {ago} ago", todo)
    for job in worker.jobs:
        if job.error is not None:
            said = f"{job.name} failed {job.failures} times: {job.error}"
            yield warned("worker", said, "the log of the worker says more")
        elif job.succeeded_at is not None and _overdue(job, job.succeeded_at, now):
            said = f"{job.name} was last done {span(now - job.succeeded_at)} ago"
            yield warned("worker", said, "credit-gateway worker")


def stop_findings(standing: StopState, now: Timestamp) -> Iterable[Check]:
    """Yield what is stopped; it stands first on the screen."""
    if not standing.intact:
        todo = "find out who wrote into the database; then credit-gateway stop restore"
        yield failed("stops", "the database does not say what this city stopped", todo)
    for stop in standing.order.stops:
        said = f"{stop.target} since {span(max(0, now - stop.at))}, by {stop.by}: {stop.reason}"
        yield warned("stopped", said, f"when it is over: credit-gateway stop lift {stop.target}")


def held_down_findings(keys: KeySet, now: Timestamp) -> Iterable[Check]:
    """Yield that partners do not use the active code key yet."""
    until = held_down_until(keys, now)
    if until is not None:
        said = f"partners may refuse codes by the active one for {span(until - now)}: it is new"
        yield warned("code key", said, "unless it was done: credit-gateway keys list says how")


def statement_findings(checks: Iterable[Check], reminders: Sequence[Reminder]) -> Iterable[Check]:
    """Yield what is wrong with own statements, unless a reminder says it as well."""
    reminded = {
        _OWN_STATEMENTS[each.what]
        for each in reminders
        if each.whose is None and each.what in _OWN_STATEMENTS and each.days_left
    }
    for check in checks:
        warns_twice = check.result is Result.WARN and check.name in reminded
        if check.result is not Result.OK and not warns_twice:
            yield check


def reminder_findings(
    reminders: Iterable[Reminder], names: Mapping[EntityId, str], now: Timestamp
) -> Iterable[Check]:
    """Yield each reminder as something to look at, or that does not work any more."""
    for each in reminders:
        own = each.whose is None
        if own and each.what in _OWN_STATEMENTS and not each.days_left:
            # ``statement_checks`` says it, and why.
            continue
        noun = _NOUNS[each.what]
        when = f"ends in {span(each.ends_at - now)}" if each.days_left else "is over"
        about = _waits(each.name, names) if each.what is What.RATIFICATION else each.name
        name, said = noun, f"{about}, {when}" if about else when
        if each.whose is not None:
            name, said = f"partner {names.get(each.whose, each.whose)}", f"{noun} {said}"
        ended = own and each.what is What.KEY_END and not each.days_left
        yield (failed if ended else warned)(name, said, each.remedy)


def waiting_findings(found: Iterable[Waiting], now: Timestamp) -> Iterable[Check]:
    """Yield what waits for the office, how many of it, and how old the oldest is."""
    for each in found:
        if each.count:
            name, todo = _WAITING[each.what]
            days = each.days(now)
            age = f"for {days} d" if days else "since today"
            yield warned(name, f"{each.count}, the oldest {age}", todo)


def _waits(name: str, names: Mapping[EntityId, str]) -> str:
    """Return an act and what it is about, a city by its name and a key by its beginning."""
    act, _, target = name.partition(" ")
    leaf, kid = key_of(target)
    return f"{act} {names.get(leaf, leaf)}" + (f" {kid[:_KID_SHOWN]}…" if kid else "")


def _overdue(job: JobState, succeeded_at: Timestamp, now: Timestamp) -> bool:
    return now - succeeded_at > max(OVERDUE * job.every_s, OVERDUE_AT_LEAST_S)
