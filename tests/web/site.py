"""Wenzhou's site in a test: the real Flask app on the services of ``tests.world``."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from functools import cached_property

from flask.testing import FlaskClient

from gateway.codes.issuing import CodeSigner
from gateway.ids import CityId, EntityId, MerchantId, OfferId, Timestamp, VenueId
from gateway.ledger.entries import Note
from gateway.policy.scale import Scales
from gateway.remote.assessments import AssessmentsUnavailableError
from gateway.services.access import CitizenAccess, MerchantAccess, token_hash
from gateway.services.assess import Assessment
from gateway.services.audit import Acting
from gateway.services.catalogue_view import (
    CatalogueUnavailableError,
    Destination,
    FileVersions,
    UnknownCityError,
)
from gateway.services.issue import IssueCode
from gateway.services.issue_pack import IssuePack
from gateway.services.issue_scenario import IssueScenarioCode
from gateway.services.own_keys import IssuingKey
from gateway.services.own_statements import Published
from gateway.services.ports import Merchant
from gateway.services.rates import Rate, RateLimits, Rates
from gateway.services.receipts import Receipts
from gateway.services.standing import Standing, Standings
from gateway.services.till_watch import Incident, IncidentKind, TillWatch
from gateway.services.void import VoidGrant
from gateway.storage.buckets import MemoryBuckets
from gateway.trust.trusted_city import Role
from gateway.web.citizen_desk import CitizenDesk
from gateway.web.context import Gateway
from gateway.web.wiring import make_flask
from tests.world import (
    DAY,
    GYM,
    HOTEL,
    HUZHOU,
    JIAXING,
    JINHUA,
    NOON,
    WENZHOU,
    Desk,
    agreement,
    catalogue,
    city_file,
    merchant,
    new_tags,
)

LEAF = EntityId("https://credit.wenzhou.example")


_PER_MINUTE = Rate(count=1_000_000, period_s=60)
RATES = Rates(
    merchant=_PER_MINUTE,
    device=_PER_MINUTE,
    wrong_code=_PER_MINUTE,
    citizen=_PER_MINUTE,
    pack=_PER_MINUTE,
    sheet=_PER_MINUTE,
    complaint=_PER_MINUTE,
    address=_PER_MINUTE,
    bad_token=_PER_MINUTE,
    staff_account=Rate(count=10, period_s=900),
    staff_address=Rate(count=60, period_s=900),
)


@dataclass
class FixedClock:
    """A clock that tests set."""

    time: Timestamp = NOON

    def now(self) -> Timestamp:
        return self.time


@dataclass
class MemoryMerchants:
    """Merchants and token hashes in dictionaries."""

    merchants: dict[MerchantId, Merchant] = field(default_factory=dict)
    tokens: dict[bytes, MerchantId] = field(default_factory=dict)
    lookups: int = 0

    def add(self, merchant: Merchant, note: Note | None = None) -> None:
        self.merchants[merchant.id] = merchant

    def get(self, merchant: MerchantId) -> Merchant | None:
        return self.merchants.get(merchant)

    def list_all(self) -> tuple[Merchant, ...]:
        return tuple(self.merchants.values())

    def is_elsewhere(self, venue: VenueId, merchant: MerchantId) -> bool:
        others = (each for each in self.merchants.values() if each.id != merchant)
        return any(venue == known.id for each in others for known in each.venues)

    def add_token(self, merchant: MerchantId, token_hash: bytes, note: Note) -> None:
        self.tokens[token_hash] = merchant

    def by_token(self, token_hash: bytes) -> Merchant | None:
        self.lookups += 1
        found = self.tokens.get(token_hash)
        return None if found is None else self.merchants[found]


@dataclass
class MemoryIncidents:
    """What tills did, in a counter; an entry for the first of a till and day."""

    counted: Counter[tuple[IncidentKind, MerchantId, str, int]] = field(default_factory=Counter)
    notes: dict[tuple[IncidentKind, MerchantId, str, int], Note] = field(default_factory=dict)

    def count(self, kind: IncidentKind, merchant: MerchantId, till: str, day: int) -> None:
        self.counted[kind, merchant, till, day] += 1

    def begin(
        self, kind: IncidentKind, merchant: MerchantId, till: str, day: int, note: Note
    ) -> None:
        self.notes.setdefault((kind, merchant, till, day), note)

    def of(self, merchant: MerchantId, since_day: int) -> tuple[Incident, ...]:
        return tuple(
            Incident(day=day, merchant=whose, till=till, kind=kind, count=count)
            for (kind, whose, till, day), count in self.counted.items()
            if whose == merchant and day >= since_day
        )


@dataclass
class MemoryCitizens:
    """Citizens' tokens in a dictionary."""

    rows: dict[bytes, tuple[bytes, Timestamp]] = field(default_factory=dict)

    def add(self, token_hash: bytes, sealed_subject: bytes, expires_at: Timestamp) -> None:
        self.rows[token_hash] = (sealed_subject, expires_at)

    def by_token(self, token_hash: bytes, now: Timestamp) -> bytes | None:
        sealed, expires_at = self.rows.get(token_hash, (b"", Timestamp(0)))
        return sealed if now < expires_at else None


@dataclass
class MemoryAssessments:
    """Assessments of made-up people; ``gone`` as long as nobody has delivered them."""

    readings: dict[str, Assessment] = field(default_factory=dict)
    gone: bool = False

    def read(self, subject: str) -> Assessment | None:
        if self.gone:
            raise AssessmentsUnavailableError("there has been no good assessment file yet")
        return self.readings.get(subject)


@dataclass
class MemoryIssuance:
    """Day rows in a list."""

    rows: list[tuple[bytes, int, str, int, str, int]] = field(default_factory=list)
    last: dict[bytes, Standing] = field(default_factory=dict)

    def count_issue(
        self, subject: bytes, day: int, kind: str, standing: Standing, codes: int
    ) -> int:
        self.rows.append((subject, day, kind, standing.tier, standing.scale_version, codes))
        self.last[subject] = standing
        return len(self.rows)

    def last_standing(self, subject: bytes) -> Standing | None:
        said = self.last.get(subject)
        return None if said is None else replace(said, remembered=True)


class Site:
    """One running app and everything behind it."""

    def __init__(self, *, desk: Desk | None = None, release_s: float = 0.0) -> None:
        self.desk = desk or Desk(JINHUA.issuer())
        self.clock = FixedClock()
        self.directory = MemoryMerchants()
        self.people = MemoryCitizens()
        self.incidents = MemoryIncidents()
        self.assessments = MemoryAssessments()
        self.issuance = MemoryIssuance()
        self.statements: dict[Role, Published] = {}
        self.documents: dict[str, Published] = {}
        self.stopped = frozenset[OfferId]()
        self.known = {
            city.code: catalogue(slug)
            for city, slug in (
                (WENZHOU, "wenzhou"),
                (JIAXING, "jiaxing"),
                (HUZHOU, "huzhou"),
                (JINHUA, "jinhua"),
            )
        }
        self.checks: dict[str, Callable[[], bool]] = {"database": lambda: True}
        self.directory.add(merchant())
        merchants, citizens = MerchantAccess(self.directory), CitizenAccess(self.people)
        self.merchant_token = merchants.issue(
            MerchantId("m-1"), Acting(by="console:tester", at=NOON)
        )
        self.citizen_token = citizens.issue("example-1", Timestamp(NOON + DAY))
        member = agreement().member(WENZHOU.code)
        assert member is not None
        issue = self._issue()
        self.gateway = Gateway(
            city=member,
            leaf=LEAF,
            agreement=agreement(),
            destinations=self,
            clock=self.clock,
            verify=self.desk.verify,
            till_watch=TillWatch(rows=self.incidents, owners=self.directory),
            void=VoidGrant(log=self.desk.log, tags=self.desk.verify.tags),
            receipts=Receipts(
                rows=self.desk.log,
                catalogues=self.desk.verify.catalogues,
                kept_s=183 * DAY,
            ),
            issue=issue,
            issue_scenario=IssueScenarioCode(
                issue=issue, destinations=self, ticket_key=bytes(range(32))
            ),
            merchants=merchants,
            citizens=citizens,
            trust=self,
            documents=self,
            checks=self.checks,
            form_key=bytes(32),
            limits=RateLimits(rates=RATES, buckets=MemoryBuckets(), key=bytes(32)),
            refusal_release_s=release_s,
            desk=CitizenDesk(packs=IssuePack(issue=issue)),
        )

    @cached_property
    def client(self) -> FlaskClient:
        """A client of the app, which is made for whoever asks first."""
        return self.client_of(self.gateway)

    def _issue(self) -> IssueCode:
        raw = city_file("wenzhou")["scales"]
        assert isinstance(raw, list)
        tags = new_tags()
        return IssueCode(
            city=WENZHOU.code,
            key=lambda: IssuingKey(
                kid=WENZHOU.signer.public.kid, signer=CodeSigner(WENZHOU.signer)
            ),
            trust=self.desk.trust,
            standings=Standings(
                scales=Scales.parse(raw),
                assessments=self.assessments,
                last=self.issuance,
                tags=tags,
                max_age_s=35 * DAY,
            ),
            log=self.issuance,
            tags=tags,
            live_s=90,
            refresh_s=60,
        )

    @staticmethod
    def client_of(gateway: Gateway) -> FlaskClient:
        return make_flask(gateway).test_client()

    def at(self, city: CityId, now: Timestamp) -> Destination:
        if agreement().member(city) is None:
            raise UnknownCityError("no member")
        if city not in self.known:
            raise CatalogueUnavailableError("not known")
        told = FileVersions.of(self.known[city], agreement().scenarios).versions.published[0]
        scenarios = None if city == WENZHOU.code else frozenset({HOTEL, GYM})
        stopped = self.stopped if city == WENZHOU.code else frozenset[OfferId]()
        return Destination(city=city, published=told, scenarios=scenarios, stopped=stopped)

    def served(self, name: str) -> Published | None:
        return self.documents.get(name)

    def names(self) -> Collection[str]:
        return self.documents.keys()

    def without_issuing(self) -> FlaskClient:
        return self.client_of(replace(self.gateway, issue=None, issue_scenario=None))

    def as_merchant(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.merchant_token}"}

    def as_citizen(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.citizen_token}"}


__all__ = ["LEAF", "FixedClock", "MemoryMerchants", "Site", "token_hash"]
