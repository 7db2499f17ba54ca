"""The figures of a city for a monitor: what ``status`` shows, as numbers.

Asked of the database and of the trust rules at each scrape, so all workers and nodes are in it.
Nothing about a person, no merchant, no home city of a guest; every label has few values.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

import gateway
from gateway.app.composition import OpenCity
from gateway.app.exposition import Figure, by_label, figure
from gateway.app.reminding import dated_facts
from gateway.app.status_findings import WorkerStatus, worker_status
from gateway.ids import EntityId, Timestamp
from gateway.services.partner_status import PartnerStatus
from gateway.services.till_watch import IncidentKind
from gateway.services.waiting import Waiting, waiting
from gateway.storage.figures import DayFigures, day_figures
from gateway.trust.reminders import DatedFact, Severity, reminders_of

_DAY_S: Final = 86_400
OWN: Final = "own"
"""Stands for this city where a partner's name may stand."""


def figures(city: OpenCity, *, server_ready: bool) -> Iterable[Figure]:
    """Yield the figures of this moment.

    Args:
        city: Refreshed by whoever asks.
        server_ready: What its server answered.

    Raises:
        UnavailableError: the database cannot be read.
    """
    now = city.clock.now()
    names = {member.entity_id: member.slug for member in city.settings.agreement.members}
    facts = tuple(dated_facts(city, now))
    yield Figure(
        name="build_info",
        says="The version that runs.",
        samples=(({"version": gateway.__version__}, 1),),
    )
    yield figure("server_ready", "1 if the server here passes its readiness checks.", server_ready)
    yield from _day(day_figures(city.store.engine, now))
    yield from _partners(city.federation.status(now), names)
    yield from _trust(city, now)
    yield from _ends(facts, names, now)
    yield from _waiting(waiting(city.store.notices, city.store.merchant_files, now), now)
    yield from _worker(worker_status(city.store), now)
    yield from _decisions(city, now)


def _day(today: DayFigures) -> Iterable[Figure]:
    outcomes = {**today.refused, "recognised": sum(today.recognised.values())}
    says = "Verifications since midnight in China, by class of reason."
    yield by_label("verifications_today", says, "reason", outcomes)
    voided = sum(today.voided.values())
    yield figure("voided_today", "How many of the recognised a till took back.", voided)
    seen = {kind.value: today.incidents.get(kind.value, 0) for kind in IncidentKind}
    said = "What tills did today: slowed for wrong codes, named another merchant's venue."
    yield by_label("till_incidents_today", said, "kind", seen)
    yield by_label("codes_issued_today", "Codes issued since then, by kind.", "kind", today.issued)


def _partners(found: Iterable[PartnerStatus], names: Mapping[EntityId, str]) -> Iterable[Figure]:
    partners = {_name(each.leaf, names): each for each in found}
    yield Figure(
        name="partner_state",
        says="1 for the state that a partner is in; tampered where its row is not ours.",
        samples=tuple(
            ({"partner": name, "state": each.state.value if each.state else "tampered"}, 1)
            for name, each in partners.items()
        ),
    )
    yield Figure(
        name="partner_freshness",
        says="1 for how fresh a partner is: fresh, late, stale or expired.",
        samples=tuple(
            ({"partner": name, "freshness": each.freshness.value}, 1)
            for name, each in partners.items()
            if each.freshness is not None
        ),
    )
    ages = {name: each.age_s for name, each in partners.items() if each.age_s is not None}
    yield by_label("partner_age_seconds", "Since a partner was last heard of.", "partner", ages)
    us = {name: each.lists_us for name, each in partners.items() if each.lists_us is not None}
    yield by_label("partner_recognises_us", "1 if a partner says that it does.", "partner", us)
    failures = {name: each.failures for name, each in partners.items()}
    said = "Fetching from a partner failed so often since the last success."
    yield by_label("partner_failures", said, "partner", failures)


def _trust(city: OpenCity, now: Timestamp) -> Iterable[Figure]:
    keyring = city.trust.keyring
    age = keyring.trust_age_s(now)
    yield figure("trust_age_seconds", "Of the oldest active partner; 0 without partners.", age)
    doubtful = keyring.clock_doubtful
    yield figure("clock_doubtful", "1 while most partners contradict the own clock.", doubtful)
    alarms = Counter[str]()
    # Alarms are kept by UTC day.
    for alarm in city.store.partners.alarms(Timestamp(now - now % _DAY_S)):
        alarms[alarm.code] += alarm.count
    yield by_label("alarms_today", "Alarms of this UTC day, by code.", "code", alarms)
    owed = sum(
        city.store.events.pushes(each.record.pins.anchor).owed
        for each in city.trust.snapshot.partners
    )
    yield figure("pushes_owed", "Partners that the newest event has not reached.", owed)


def _ends(
    facts: Iterable[DatedFact], names: Mapping[EntityId, str], now: Timestamp
) -> Iterable[Figure]:
    ends, known = dict[tuple[str, str], int](), tuple(facts)
    for fact in known:
        key = (fact.what.value, _name(fact.whose, names))
        ends[key] = min(ends.get(key, fact.ends_at - now), fact.ends_at - now)
    yield Figure(
        name="ends_in_seconds",
        says="Until a statement, key, agreement or other thing ends; negative once it has.",
        samples=tuple(({"what": w, "whose": whose}, ends[w, whose]) for w, whose in sorted(ends)),
    )
    due = dict.fromkeys((severity.value for severity in Severity), 0)
    for reminder in reminders_of(known, now):
        due[reminder.severity.value] += 1
    yield by_label("reminders", "What status reminds of, by how soon it ends.", "severity", due)


def _waiting(found: Iterable[Waiting], now: Timestamp) -> Iterable[Figure]:
    counts, ages = dict[str, int](), dict[str, int]()
    for each in found:
        counts[each.what.value] = each.count
        since = each.since()
        if since is not None:
            ages[each.what.value] = max(0, now - since)
    said = "What waits for the office without a day on which it is due, by what it is."
    yield by_label("waiting", said, "what", counts)
    said = "Since the oldest of it came, or was first overdue, to the day."
    yield by_label("waiting_age_seconds", said, "what", ages)


def _worker(worker: WorkerStatus, now: Timestamp) -> Iterable[Figure]:
    if worker.lease is not None:
        age = now - worker.lease.renewed_at
        yield figure("worker_lease_age_seconds", "Since a worker said that it is there.", age)
    done = {job.name: now - job.succeeded_at for job in worker.jobs if job.succeeded_at is not None}
    yield by_label("job_success_age_seconds", "Since a job last succeeded.", "job", done)
    failures = {job.name: job.failures for job in worker.jobs}
    yield by_label("job_failures", "A job failed so often since then.", "job", failures)


def _decisions(city: OpenCity, now: Timestamp) -> Iterable[Figure]:
    standing = city.stop_desk.standing(now)
    stopped = {"issuing": int(standing.order.issuing), "offer": len(standing.order.offers)}
    yield by_label("stops", "What officers stopped: issuing, and how many offers.", "what", stopped)
    said = "1 if the database says what this city stopped."
    yield figure("stops_intact", said, standing.intact)
    waiting = city.ratifications.waiting(now)
    yield by_label(
        "unratified",
        "What one officer did at once and no other has ratified.",
        "overdue",
        {
            "no": sum(not each.overdue(now) for each in waiting),
            "yes": sum(each.overdue(now) for each in waiting),
        },
    )


def _name(leaf: EntityId | None, names: Mapping[EntityId, str]) -> str:
    return OWN if leaf is None else names.get(leaf, leaf)
