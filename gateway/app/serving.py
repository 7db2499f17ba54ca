"""What the routes of one city are given."""

from collections.abc import Callable, Mapping
from functools import partial

from gateway.app.assessment_watch import look_at
from gateway.app.assessments import in_force
from gateway.app.citizen_desk import citizen_desk
from gateway.app.composition import OpenCity
from gateway.app.onboarding import changes_of, imports_of, onboarding_of
from gateway.app.own import own_half
from gateway.app.receipts import receipts_of
from gateway.app.reminding import reminders
from gateway.app.sample_codes import trust_of
from gateway.app.served import RecentAnswer
from gateway.app.signing_in import sign_in_of, staff_sign_in_of
from gateway.app.stopping import known_offers
from gateway.codes.budget import ScenarioIds, check_general, check_scenario
from gateway.errors import UnavailableError
from gateway.services.device_pins import DevicePins
from gateway.services.devices import DeviceAccess
from gateway.services.events import ReceiveEvents
from gateway.services.issue import IssueCode
from gateway.services.issue_scenario import IssueScenarioCode
from gateway.services.pauses import PauseOffers
from gateway.services.probe_codes import ProbeCodes
from gateway.services.rates import Buckets, RateLimits
from gateway.services.sessions import CitizenSessions
from gateway.services.standing import Standings
from gateway.services.till_access import TillAccess
from gateway.services.verify import VerifyCode
from gateway.services.void import VoidGrant
from gateway.services.waiting import waiting
from gateway.settings import Settings
from gateway.storage.buckets import MemoryBuckets
from gateway.trust.trusted_city import Role
from gateway.web.context import Gateway
from gateway.web.counter import Counter
from gateway.web.office import Office

_HOUR_S = 3600
_DAY_S = 24 * _HOUR_S
_MS = 1000


def gateway_of(city: OpenCity) -> Gateway:
    """Return the use cases and facts of ``city`` for its routes.

    An issuing city's assessments are looked at once, so that the first citizen finds them. A
    file that is missing or bad stops issuing only: visitors are verified without it.

    Raises:
        CodeTooLargeError: an issuing city's codes would not fit their QR.
    """
    settings = city.settings
    member = settings.agreement.member(settings.city.division_code)
    if member is None:
        raise AssertionError("settings were loaded without the city being a member")
    issue = _issue(city)
    sessions = CitizenSessions(
        rows=city.store.citizen_sessions, owner_key=city.vault.secret("tag/session")
    )
    return Gateway(
        city=member,
        leaf=city.leaf,
        agreement=settings.agreement,
        destinations=city.documents.destinations,
        clock=city.clock,
        verify=_verify(city),
        void=VoidGrant(log=city.store.verifications, tags=city.tags),
        receipts=receipts_of(city),
        till_watch=city.till_watch,
        issue=issue,
        issue_scenario=None if issue is None else _issue_scenario(city, issue),
        merchants=city.merchants,
        tills=TillAccess(city.store.tills, city.store.merchants),
        citizens=city.citizens,
        trust=city.trust,
        documents=city.documents.view,
        checks=_checks(city),
        form_key=city.vault.secret("web/form"),
        limits=RateLimits(
            rates=settings.rates, buckets=_buckets(settings), key=city.vault.secret("tag/rate")
        ),
        trusted_proxies=settings.network.trusted_proxies,
        refusal_release_s=settings.refusal_release_ms / _MS,
        probe=_probe(city),
        sign_in=sign_in_of(city),
        sessions=sessions,
        consents=city.consents if settings.issuing is not None else None,
        enrol_devices=city.device_desk,
        devices=DeviceAccess(city.store.devices, city.store.merchants),
        counter=Counter(
            devices=city.device_desk,
            pins=DevicePins(rows=city.store.devices),
            pauses=PauseOffers(
                rows=city.store.pauses, known=partial(known_offers, city.documents.catalogues)
            ),
        ),
        office=_office(city),
        desk=citizen_desk(city, issue, sessions),
        events=ReceiveEvents(
            leaf=city.leaf, trust=city.trust, rows=city.store.events, wishes=city.store.wishes
        ),
        stops=city.stops,
        live_s=0 if settings.issuing is None else settings.issuing.lifetimes.live_s,
        refresh_s=0 if settings.issuing is None else settings.issuing.lifetimes.refresh_s,
    )


def _buckets(settings: Settings) -> Buckets:
    local = MemoryBuckets()
    if settings.redis_url is None:
        return local
    # Its client takes as long to import as the rest of a small city.
    from gateway.storage.redis_buckets import RedisBuckets  # noqa: PLC0415  (slow)

    return RedisBuckets(settings.redis_url, local)


def _office(city: OpenCity) -> Office:
    return Office(
        access=city.staff_access,
        accounts=city.store.staff,
        four_eyes=city.four_eyes,
        ratifications=city.ratifications,
        protect=city.protect,
        probe=city.probe,
        stop_desk=city.stop_desk,
        reminders=partial(reminders, city),
        waiting=partial(waiting, city.store.notices, city.store.merchant_files),
        audit=city.audit,
        federation=city.federation,
        merchants=city.merchant_desk,
        onboarding=onboarding_of(city),
        imports=imports_of(city),
        changes=changes_of(city),
        devices=city.device_desk,
        pins=DevicePins(rows=city.store.devices),
        known_offers=partial(known_offers, city.documents.catalogues),
        tills=city.till_desk,
        sign_in=staff_sign_in_of(city),
        own_half=own_half(city.settings, city.vault),
        scenarios=city.settings.open_scenarios,
        announce=city.announce_partners,
        working_days=city.settings.working_days,
        who_pays=city.settings.who_pays,
        contacts=city.settings.city.contacts,
    )


def _verify(city: OpenCity) -> VerifyCode:
    return VerifyCode(
        city=city.settings.city.division_code,
        trust=trust_of(city),
        agreement=city.settings.agreement,
        catalogues=city.documents.catalogues,
        log=city.store.verifications,
        tally=city.store.refusals,
        tags=city.tags,
        stops=city.stops,
        unknown_hint=city.hints.met,
        burn_kept_s=city.settings.retention.burn_after_end_h * _HOUR_S,
        status=city.status_lists.view,
    )


def _issue(city: OpenCity) -> IssueCode | None:
    issuing, assessments = city.settings.issuing, city.assessments
    if issuing is None or assessments is None:
        return None
    # A division code whose codes would not fit their QR is refused at start, not at a counter.
    check_general(city.settings.city.division_code, now=city.clock.now())
    look_at(assessments, city.clock.now())
    return IssueCode(
        city=city.settings.city.division_code,
        key=city.keys.codes,
        trust=city.trust,
        standings=Standings(
            scales=issuing.scales,
            assessments=assessments,
            last=city.store.issuance,
            tags=city.tags,
            max_age_s=issuing.assessment.max_age_days * _DAY_S,
            held=city.held,
        ),
        log=city.store.issuance,
        tags=city.tags,
        stops=city.stops,
        live_s=issuing.lifetimes.live_s,
        refresh_s=issuing.lifetimes.refresh_s,
    )


def _probe(city: OpenCity) -> ProbeCodes | None:
    if city.settings.issuing is None:
        return None
    members = city.settings.agreement.members
    return ProbeCodes(
        city.settings.city.division_code,
        frozenset(member.division_code for member in members),
        key=city.keys.codes,
        trust=city.trust,
        stops=city.stops,
    )


def _issue_scenario(city: OpenCity, issue: IssueCode) -> IssueScenarioCode:
    own, now = city.settings.city.division_code, city.clock.now()
    here = city.documents.destinations.at(own, now).published
    for scenario in here.names:
        # Ids of our own that miss the budget are found here, those of others when asked for.
        check_scenario(
            ScenarioIds(
                issuer=own, destination=own, scenario=scenario, policy_version=here.version
            ),
            now=now,
        )
    return IssueScenarioCode(
        issue=issue,
        destinations=city.documents.destinations,
        ticket_key=city.vault.secret("ticket/home"),
    )


def _checks(city: OpenCity) -> Mapping[str, Callable[[], bool]]:
    checks: dict[str, Callable[[], bool]] = {
        "database": RecentAnswer(partial(_database_works, city)),
        "statements": partial(_statements_in_force, city),
    }
    if city.settings.issuing is not None and city.assessments is not None:
        checks["assessments"] = partial(in_force, city.assessments)
    return checks


def _database_works(city: OpenCity) -> bool:
    try:
        city.store.revision.current()
        # One that is full or locked answers reads, and then no showing can be recorded.
        city.store.probe.write()
    except UnavailableError:
        return False
    return True


def _statements_in_force(city: OpenCity) -> bool:
    own = city.trust.keyring.issuer(city.settings.city.division_code)
    if city.settings.issuing is None:
        return Role.LEAF in city.trust.statements
    return own is not None and own.verifies(city.clock.now())
