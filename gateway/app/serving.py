"""What the routes of one city are given."""

from collections.abc import Callable, Mapping
from functools import partial

from gateway.app.assessment_watch import look_at
from gateway.app.composition import OpenCity
from gateway.app.own import own_half
from gateway.app.sample_codes import trust_of
from gateway.app.served import RecentAnswer
from gateway.codes.budget import check_general
from gateway.codes.issuing import CodeSigner
from gateway.errors import UnavailableError
from gateway.remote.assessments import FileAssessments
from gateway.remote.oidc import OidcProvider
from gateway.services.devices import DeviceAccess
from gateway.services.issue import IssueCode, IssuingKey
from gateway.services.rates import Buckets, RateLimits
from gateway.services.sessions import CitizenSessions
from gateway.services.sign_in import SignIn
from gateway.services.till_access import TillAccess
from gateway.services.verify import VerifyCode
from gateway.services.void import VoidGrant
from gateway.settings import Settings, SignInProvider
from gateway.storage.buckets import MemoryBuckets
from gateway.storage.redis_buckets import RedisBuckets
from gateway.trust.trusted_city import Role
from gateway.vault import passphrase
from gateway.web.context import Gateway
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
    return Gateway(
        city=member,
        leaf=city.leaf,
        agreement=settings.agreement,
        catalogue=settings.catalogue,
        clock=city.clock,
        verify=_verify(city),
        void=VoidGrant(log=city.store.verifications),
        issue=_issue(city),
        merchants=city.merchants,
        tills=TillAccess(city.store.tills, city.store.merchants),
        citizens=city.citizens,
        trust=city.trust,
        checks=_checks(city),
        form_key=city.vault.secret("web/form"),
        limits=RateLimits(
            rates=settings.rates, buckets=_buckets(settings), key=city.vault.secret("tag/rate")
        ),
        trusted_proxies=settings.network.trusted_proxies,
        refusal_release_s=settings.refusal_release_ms / _MS,
        sign_in=_sign_in(city),
        sessions=CitizenSessions(
            rows=city.store.citizen_sessions, owner_key=city.vault.secret("tag/session")
        ),
        consents=city.consents if settings.issuing is not None else None,
        enrol_devices=city.device_desk,
        devices=DeviceAccess(city.store.devices, city.store.merchants),
        office=_office(city),
        live_s=0 if settings.issuing is None else settings.issuing.lifetimes.live_s,
        refresh_s=0 if settings.issuing is None else settings.issuing.lifetimes.refresh_s,
    )


def _buckets(settings: Settings) -> Buckets:
    local = MemoryBuckets()
    return local if settings.redis_url is None else RedisBuckets(settings.redis_url, local)


def _office(city: OpenCity) -> Office:
    return Office(
        access=city.staff_access,
        accounts=city.store.staff,
        four_eyes=city.four_eyes,
        audit=city.audit,
        federation=city.federation,
        merchants=city.merchant_desk,
        devices=city.device_desk,
        tills=city.till_desk,
        sign_in=_staff_sign_in(city),
        own_half=own_half(city.settings, city.vault),
        scenarios=city.settings.open_scenarios,
        announce=city.announce_partners,
    )


def _sign_in(city: OpenCity) -> SignIn | None:
    asked = city.settings.sign_in
    return None if asked is None else _signing_in(city, asked, "/sign-in/callback", "seal/sign-in")


def _staff_sign_in(city: OpenCity) -> SignIn | None:
    asked, path = city.settings.staff_sign_in, "/staff/sign-in/callback"
    return None if asked is None else _signing_in(city, asked, path, "seal/staff-sign-in")


def _signing_in(city: OpenCity, asked: SignInProvider, path: str, label: str) -> SignIn:
    secret = passphrase.read_file(asked.secret_file).decode("utf-8")
    provider = OidcProvider(
        issuer=asked.issuer,
        client_id=asked.client_id,
        client_secret=secret,
        # From the configuration, never from the request: a Host header is the sender's word.
        redirect_uri=f"{city.leaf}{path}",
    )
    return SignIn(
        issuer=asked.issuer,
        client_id=asked.client_id,
        provider=provider,
        key=city.vault.secret(label),
    )


def _verify(city: OpenCity) -> VerifyCode:
    return VerifyCode(
        city=city.settings.city.division_code,
        trust=trust_of(city),
        agreement=city.settings.agreement,
        catalogue=city.settings.catalogue,
        log=city.store.verifications,
        tally=city.store.refusals,
        tags=city.tags,
        burn_kept_s=city.settings.retention.burn_after_end_h * _HOUR_S,
    )


def _issue(city: OpenCity) -> IssueCode | None:
    issuing, assessments = city.settings.issuing, city.assessments
    if issuing is None or assessments is None:
        return None
    # A division code whose codes would not fit their QR is refused at start, not at a counter.
    check_general(city.settings.city.division_code, now=city.clock.now())
    look_at(assessments, city.clock.now())
    active = next(key for key in city.vault.code_keys() if key.active)
    return IssueCode(
        city=city.settings.city.division_code,
        key=IssuingKey(kid=active.signer.public.kid, signer=CodeSigner(active.signer)),
        trust=city.trust,
        scales=issuing.scales,
        assessments=assessments,
        log=city.store.issuance,
        tags=city.tags,
        live_s=issuing.lifetimes.live_s,
        refresh_s=issuing.lifetimes.refresh_s,
        assessment_max_age_s=issuing.assessment.max_age_days * _DAY_S,
    )


def _checks(city: OpenCity) -> Mapping[str, Callable[[], bool]]:
    checks: dict[str, Callable[[], bool]] = {
        "database": RecentAnswer(partial(_database_works, city)),
        "statements": partial(_statements_in_force, city),
    }
    if city.settings.issuing is not None and city.assessments is not None:
        checks["assessments"] = partial(_assessments_in_force, city.assessments)
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


def _assessments_in_force(assessments: FileAssessments) -> bool:
    # A bad file after a good one takes nothing from a citizen: doctor and status say it.
    return assessments.state().rows is not None
