"""One screen's worth of one city: is it well, and if not, what should somebody look at?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.app.checks import Check, Result, failed, warned
from gateway.app.composition import OpenCity
from gateway.app.doctor_city import (
    DAY_S,
    assessments_check,
    span,
    statement_checks,
    working_days_check,
)
from gateway.app.own import own_lives, own_published
from gateway.app.reminding import reminders
from gateway.app.served import writes_check
from gateway.app.status_findings import (
    WorkerStatus,
    held_down_findings,
    reminder_findings,
    statement_findings,
    stop_findings,
    waiting_findings,
    worker_findings,
    worker_status,
)
from gateway.ids import EntityId, KeyId, Timestamp
from gateway.services.partner_status import PartnerStatus
from gateway.services.stops import StopState
from gateway.services.waiting import Waiting, waiting
from gateway.storage.figures import DayFigures, day_figures
from gateway.trust import entity
from gateway.trust.freshness import Freshness
from gateway.trust.reminders import Reminder
from gateway.trust.statements import Life
from gateway.trust.states import PartnerState
from gateway.trust.trusted_city import Role
from gateway.vault import Role as KeyRole

ALARMS_SHOWN_S: Final = 7 * DAY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnKey:
    """One own key.

    Attributes:
        here: Whether its private half lies on this machine.
        expires_at: First moment at which nothing signed by it counts; None if it has no end.
    """

    role: KeyRole
    kid: KeyId
    here: bool
    expires_at: Timestamp | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CityStatus:
    """How a city stands at one moment.

    Attributes:
        statements: Own published statements that are ours, with their lives.
        assessments: How their file on disk is, or whether their service answers; None in a city
            that only verifies.
        server: Whether the city's server answers.
        trust_age_s: Of the oldest active partner; 0 without partners.
        reminders: What ends within 14 days, or has ended; the findings name it as well.
        waiting: What waits for the office without a day; each kind, also where nothing does.
        stops: What officers stopped.
        worker: Whether the work in the background is done.
        findings: What somebody should look at; empty if the city is well.
    """

    now: Timestamp
    statements: tuple[tuple[Role, Life], ...]
    keys: tuple[OwnKey, ...]
    partners: tuple[PartnerStatus, ...]
    today: DayFigures
    assessments: Check | None
    server: Check
    trust_age_s: int
    clock_doubtful: bool
    reminders: tuple[Reminder, ...]
    waiting: tuple[Waiting, ...]
    stops: StopState
    worker: WorkerStatus
    findings: tuple[Check, ...]

    @property
    def works(self) -> bool:
        """Whether nothing has failed."""
        return all(finding.result is not Result.FAIL for finding in self.findings)


def status_of(city: OpenCity, server: Check) -> CityStatus:
    """Return how ``city`` stands now; a row is written and taken back.

    Args:
        city: Which one.
        server: What its server answered.

    Raises:
        UnavailableError: the database cannot be read.
    """
    now, issuing = city.clock.now(), city.settings.issuing
    own = own_published(city.settings, city.vault, city.store.own_statements)
    keys = tuple(_keys(city))
    due, stops, worker = (
        reminders(city, now),
        city.stop_desk.standing(now),
        worker_status(city.store),
    )
    partners = city.federation.status(now)
    waits = waiting(city.store.notices, city.store.merchant_files, now)
    doubtful = city.trust.keyring.clock_doubtful
    assessments = None if issuing is None else assessments_check(issuing, city.settings, now)
    return CityStatus(
        now=now,
        statements=tuple(own_lives(own).items()),
        keys=keys,
        partners=partners,
        today=day_figures(city.store.engine, now),
        assessments=assessments,
        server=server,
        trust_age_s=city.trust.keyring.trust_age_s(now),
        clock_doubtful=doubtful,
        reminders=due,
        waiting=waits,
        stops=stops,
        worker=worker,
        findings=(
            *stop_findings(stops, now),
            *_unwell(server, writes_check(city.store.probe)),
            *_clock(doubtful=doubtful),
            *worker_findings(worker, now),
            *statement_findings(statement_checks(own, now), due),
            *(() if issuing is None else held_down_findings(city.vault.keys, now)),
            *reminder_findings(due, _names(city), now),
            *waiting_findings(waits, now),
            *_unwell(*([assessments] if assessments else [])),
            *_unwell(working_days_check(city.settings.working_days, now)),
            *(
                found
                for partner in partners
                for found in partner_findings(_name_of(city, partner), partner, now)
            ),
            *_own_alarms(city, now),
        ),
    )


def _unwell(*checks: Check) -> Iterable[Check]:
    return (each for each in checks if each.result is not Result.OK)


def _keys(city: OpenCity) -> Iterable[OwnKey]:
    ends = {key.signer.public.kid: key.expires_at for key in city.vault.code_keys()}
    for role in KeyRole:
        kid = city.vault.public(role).kid
        here = city.vault.has_private(role)
        yield OwnKey(role=role, kid=kid, here=here, expires_at=ends.get(kid))


def _clock(*, doubtful: bool) -> Iterable[Check]:
    if doubtful:
        todo = "set this machine's clock (NTP); until then nothing is signed or recognised"
        yield failed("clock", "most partners contradict it", todo)


def _names(city: OpenCity) -> Mapping[EntityId, str]:
    return {member.entity_id: member.name_zh for member in city.settings.agreement.members}


def _name_of(city: OpenCity, partner: PartnerStatus) -> str:
    return f"partner {_names(city).get(partner.leaf, partner.leaf)}"


def partner_findings(name: str, partner: PartnerStatus, now: Timestamp) -> Iterable[Check]:
    """Yield what an officer should look at about one partner; nothing if all is well."""
    match partner.state:
        case None:
            todo = "find out who wrote into the database, then restore the row"
            yield failed(name, "its row is not as this city signed it; not used", todo)
        case PartnerState.EXPIRED:
            yield failed(name, "its statements or the agreement ran out", _cause(partner))
        case PartnerState.SUSPENDED if not partner.stopped_here:
            said = "suspended by itself: its anchor says that it issues no codes now"
            yield warned(name, said, "ask its office; it resumes by itself, too")
        case PartnerState.SUSPENDED | PartnerState.DISPUTED:
            why = f"because: {partner.reason}; " if partner.reason else ""
            todo = f"{why}when it is over: credit-gateway partners resume"
            yield warned(name, f"{partner.state}: its codes are not recognised", todo)
        case PartnerState.ACTIVE:
            yield from _active_findings(name, partner)
        case _:
            pass
    for alarm in partner.alarms:
        ago = span(max(0, now - alarm.at))
        yield warned(name, f"alarm {alarm.code}, {ago} ago", "docs/federation.md says what to do")


def _active_findings(name: str, partner: PartnerStatus) -> Iterable[Check]:
    if partner.freshness is not Freshness.FRESH:
        age = span(partner.age_s or 0)
        yield warned(name, f"last heard of {age} ago: {partner.freshness}", _cause(partner))
    if partner.lists_us is False:
        ask = "ask its office to accept this city, and sync again"
        yield warned(name, "does not recognise this city's codes yet", ask)


def _cause(partner: PartnerStatus) -> str:
    if partner.last_error:
        return f"the last sync said {partner.last_error}; credit-gateway partners sync"
    return "credit-gateway partners sync"


def _own_alarms(city: OpenCity, now: Timestamp) -> Iterable[Check]:
    anchor = entity.anchor_of(city.leaf)
    for alarm in city.store.partners.alarms(Timestamp(now - ALARMS_SHOWN_S)):
        if alarm.anchor_id == anchor:
            ago = span(max(0, now - alarm.at))
            todo = "docs/federation.md says what to do"
            yield warned("this city", f"alarm {alarm.code}, {ago} ago", todo)
