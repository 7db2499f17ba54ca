"""Wenzhou's site in a test: the real Flask app on the services of ``tests.world``."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from flask.testing import FlaskClient

from gateway.codes.issuing import CodeSigner
from gateway.ids import EntityId, MerchantId, Tier, Timestamp
from gateway.ledger.entries import Note
from gateway.policy.scale import Scales
from gateway.remote.assessments import AssessmentsUnavailableError
from gateway.services.access import CitizenAccess, MerchantAccess, token_hash
from gateway.services.assess import Assessment
from gateway.services.audit import Acting
from gateway.services.issue import IssueCode, IssuingKey
from gateway.services.own_statements import Published
from gateway.services.ports import Merchant
from gateway.services.rates import Rate, RateLimits, Rates
from gateway.services.void import VoidGrant
from gateway.storage.buckets import MemoryBuckets
from gateway.trust.trusted_city import Role
from gateway.web.context import Gateway
from gateway.web.wiring import make_flask
from tests.world import DAY, JINHUA, NOON, WENZHOU, Desk, agreement, city_file, merchant, new_tags

LEAF = EntityId("https://credit.wenzhou.example")


_PER_MINUTE = Rate(count=1_000_000, period_s=60)
RATES = Rates(
    merchant=_PER_MINUTE,
    device=_PER_MINUTE,
    citizen=_PER_MINUTE,
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

    def add_token(self, merchant: MerchantId, token_hash: bytes, note: Note) -> None:
        self.tokens[token_hash] = merchant

    def by_token(self, token_hash: bytes) -> Merchant | None:
        self.lookups += 1
        found = self.tokens.get(token_hash)
        return None if found is None else self.merchants[found]


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

    def count_issue(  # noqa: PLR0913, PLR0917  the port's
        self, subject: bytes, day: int, kind: str, tier: Tier, scale_version: str, codes: int
    ) -> int:
        self.rows.append((subject, day, kind, tier, scale_version, codes))
        return len(self.rows)


class Site:
    """One running app and everything behind it."""

    def __init__(self, *, desk: Desk | None = None, release_s: float = 0.0) -> None:
        self.desk = desk or Desk(JINHUA.issuer())
        self.clock = FixedClock()
        self.directory = MemoryMerchants()
        self.people = MemoryCitizens()
        self.assessments = MemoryAssessments()
        self.issuance = MemoryIssuance()
        self.statements: dict[Role, Published] = {}
        self.checks: dict[str, Callable[[], bool]] = {"database": lambda: True}
        self.directory.add(merchant())
        merchants, citizens = MerchantAccess(self.directory), CitizenAccess(self.people)
        self.merchant_token = merchants.issue(
            MerchantId("m-1"), Acting(by="console:tester", at=NOON)
        )
        self.citizen_token = citizens.issue("example-1", Timestamp(NOON + DAY))
        member = agreement().member(WENZHOU.code)
        assert member is not None
        self.gateway = Gateway(
            city=member,
            leaf=LEAF,
            agreement=agreement(),
            catalogue=self.desk.verify.catalogue,
            clock=self.clock,
            verify=self.desk.verify,
            void=VoidGrant(log=self.desk.log),
            issue=self._issue(),
            merchants=merchants,
            citizens=citizens,
            trust=self,
            checks=self.checks,
            form_key=bytes(32),
            limits=RateLimits(rates=RATES, buckets=MemoryBuckets(), key=bytes(32)),
            refusal_release_s=release_s,
        )
        self.client = self.client_of(self.gateway)

    def _issue(self) -> IssueCode:
        raw = city_file("wenzhou")["scales"]
        assert isinstance(raw, list)
        return IssueCode(
            city=WENZHOU.code,
            key=IssuingKey(kid=WENZHOU.signer.public.kid, signer=CodeSigner(WENZHOU.signer)),
            trust=self.desk.trust,
            scales=Scales.parse(raw),
            assessments=self.assessments,
            log=self.issuance,
            tags=new_tags(),
            live_s=90,
            refresh_s=60,
            assessment_max_age_s=35 * DAY,
        )

    @staticmethod
    def client_of(gateway: Gateway) -> FlaskClient:
        return make_flask(gateway).test_client()

    def without_issuing(self) -> FlaskClient:
        return self.client_of(replace(self.gateway, issue=None))

    def as_merchant(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.merchant_token}"}

    def as_citizen(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.citizen_token}"}


__all__ = ["LEAF", "FixedClock", "MemoryMerchants", "Site", "token_hash"]
