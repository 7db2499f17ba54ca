"""What the settings are, typed; who needs one takes it from here and reads no file."""

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from gateway.ids import CityId, EntityId, ScenarioId, Timestamp
from gateway.policy.agreement import Agreement
from gateway.policy.catalogue import Catalogue
from gateway.policy.scale import Scales
from gateway.policy.words import Words
from gateway.policy.working_days import WorkingDays
from gateway.services.identity import NOTHING_ASKED, AskedClaims
from gateway.services.rates import Rates


class StateKind(StrEnum):
    """What a state directory is, for ever."""

    DEMO = "demo"
    PRODUCTION = "production"


class Role(StrEnum):
    """What a city does; most do both."""

    ISSUER = "issuer"
    VERIFIER = "verifier"


class Synchronous(StrEnum):
    """When a commit counts as done: FULL survives power loss, NORMAL only a crash."""

    FULL = "FULL"
    NORMAL = "NORMAL"


class AssessmentKind(StrEnum):
    """Where assessments are read from."""

    FILE = "file"
    HTTP = "http"


class ProviderKind(StrEnum):
    """How a provider says who signed in."""

    OPENID = "openid"
    TICKET = "ticket"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCity:
    """The city that this gateway speaks for.

    Attributes:
        division_code: GB/T 2260 code.
        name_zh: Chinese name, from the agreement.
        name_en: English name, from the agreement.
        slug: Short name, from the agreement.
        leaf: Entity that issues and verifies.
        contacts: Published addresses of the people in charge.
        roles: What the city does; never empty.
    """

    division_code: CityId
    name_zh: str
    name_en: str
    slug: str
    leaf: EntityId
    contacts: tuple[str, ...]
    roles: frozenset[Role]

    @property
    def anchor(self) -> EntityId:
        """Return the city's trust anchor."""
        return EntityId(f"{self.leaf}/anchor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """How long codes live.

    Attributes:
        live_s: Life of a live code in seconds.
        refresh_s: Seconds after which the page draws a new one; less than ``live_s``.
        code_lifetime_max_s: Longest life of any code, published to partners.
    """

    live_s: int
    refresh_s: int
    code_lifetime_max_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentService:
    """A service of the city that knows assessments (docs/assessment-source.md).

    Attributes:
        url: Where people are asked for.
        token_url: Where access tokens are given.
        client_id: Name of this gateway there.
        scope: What to ask for; None for whatever is given.
        ca_file: The only authorities that count; None for those of the machine.
        secret_file: Secret of the client; never None once settings are loaded.
    """

    url: str
    token_url: str
    client_id: str
    scope: str | None
    ca_file: Path | None
    secret_file: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentSource:
    """Where the city's own assessments come from.

    Attributes:
        kind: Form of the source.
        path: The file, absolute; it need not be there yet. None with a service.
        service: The service; None with a file.
        max_age_days: Age in days from which an assessment no longer counts.
    """

    kind: AssessmentKind
    path: Path | None
    service: AssessmentService | None
    max_age_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuing:
    """What only an issuing city needs.

    Attributes:
        lifetimes: How long codes live.
        scales: The city's scale in all its versions.
        assessment: Where assessments come from.
        hotline: Whom a citizen calls who lost a printed sheet; None where none is printed.
    """

    lifetimes: Lifetimes
    scales: Scales
    assessment: AssessmentSource
    hotline: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """The database of this gateway.

    Attributes:
        url: SQLAlchemy URL; may hold a password, so it is not shown.
        synchronous: What an acknowledged receipt survives, on either database.
    """

    url: str = field(repr=False)
    synchronous: Synchronous


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What is around this gateway.

    Attributes:
        allowed_networks: Networks that partners may be reached in though they are not public.
        trusted_proxies: How many proxies of our own every request passes before it is here.
    """

    allowed_networks: tuple[IPv4Network | IPv6Network, ...]
    trusted_proxies: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long rows are kept.

    Attributes:
        verification_days: Verification records, in days.
        issuance_days: Issuing rows of one subject and day, in days.
        burn_after_end_h: Burn rows, in hours after the end of the code.
        consent_after_end_days: Consent receipts, in days after the end of the consent.
    """

    verification_days: int
    issuance_days: int
    burn_after_end_h: int
    consent_after_end_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedProvider:
    """A provider as the city file states it; the secret is elsewhere.

    Attributes:
        kind: How it says who signed in.
        issuer: Its issuer identifier, compared byte for byte; of a ticket portal its address.
        client_id: What the provider calls this gateway.
        asked: Which claims it is asked for.
    """

    kind: ProviderKind = ProviderKind.OPENID
    issuer: str
    client_id: str
    asked: AskedClaims = NOTHING_ASKED


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInProvider:
    """A provider that knows the city's citizens, or its staff.

    Attributes:
        stated: What the city file says of it.
        secret_file: File with the client secret.
    """

    stated: StatedProvider
    secret_file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that one running gateway is told.

    Attributes:
        kind: Whether this is a demonstration.
        created_at: When the state directory was made; None before ``init`` has made it.
        agreement: Members, tiers and scenarios.
        city: The city itself.
        open_scenarios: Scenarios of the agreement that are open in this city.
        catalogue: The city's offers; an issue-only city has none in it.
        next_catalogue: The version that is to follow, if the office states one.
        issuing: What an issuer needs; None for a city that only verifies.
        database: Where rows are kept.
        network: What is around this gateway.
        rates: How many requests each side has.
        redis_url: Where they are counted, with what opens it; None is in each worker.
        retention: How long rows are kept.
        refusal_release_ms: Moment after arrival at which neutral answers are released, in ms.
        who_pays: What merchants are told about who bears a benefit; may be empty.
        state_dir: Runtime state of this city.
        keys_dir: Own key material of this city.
        passphrase_file: File with the passphrase of the keys.
        sign_in: Where citizens sign in; None where they cannot.
        staff_sign_in: Where staff signs in; None where it has local accounts only.
        working_days: What is known of working days; time limits of the office are counted in them.
    """

    kind: StateKind
    created_at: Timestamp | None
    agreement: Agreement
    city: OwnCity
    open_scenarios: frozenset[ScenarioId]
    catalogue: Catalogue
    next_catalogue: Catalogue | None
    issuing: Issuing | None
    database: Database
    network: Network
    rates: Rates
    redis_url: str | None = field(repr=False)
    retention: Retention
    refusal_release_ms: int
    who_pays: tuple[Words, ...]
    state_dir: Path
    keys_dir: Path
    passphrase_file: Path
    sign_in: SignInProvider | None
    staff_sign_in: SignInProvider | None
    working_days: WorkingDays

    @property
    def illustrative(self) -> tuple[str, ...]:
        """Return what is marked as an example that no city has published, for ``doctor``."""
        scales = self.issuing.scales.versions if self.issuing else ()
        return (
            *(f"scale {scale.id} {scale.version}" for scale in scales if scale.illustrative),
            *(f"offer {offer.id}" for offer in self.catalogue.offers if offer.illustrative),
        )
