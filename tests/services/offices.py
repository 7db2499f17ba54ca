"""City offices with real keys and small real stores in memory, joined by a web of dicts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gateway.codes.issuing import CodeSigner
from gateway.errors import FetchError, GatewayError
from gateway.ids import CityId, EntityId, KeyId, ScenarioId, Timestamp
from gateway.jose.keys import PublicKey, Signer, SoftwareSigner, generate
from gateway.ledger.entries import Note
from gateway.services.federate import Federation, SyncReport
from gateway.services.own_keys import IssuingKey
from gateway.services.partner_book import PartnerBook
from gateway.services.partner_cycle import statement_url
from gateway.services.partner_sync import SyncPartners
from gateway.services.publish import IssuerProfile, Profile, PublishAnchor, PublishLeaf
from gateway.services.trust_ports import (
    Alarm,
    ConflictError,
    Contact,
    NewStatement,
    NotNewerError,
    PartnerRow,
    RowMark,
    StatementRole,
)
from gateway.services.trust_view import TrustView
from gateway.trust import entity
from gateway.trust.confirmation import Verdict
from gateway.trust.record import Pins
from gateway.trust.safety import safety_number
from gateway.trust.statements import AnnouncedKey
from gateway.trust.trusted_city import Role
from tests.trust.cities import announced

NOON = Timestamp(1_795_500_000)
MINUTE, HOUR, DAY = 60, 3600, 24 * 3600
HOTEL, GYM = ScenarioId("lodging.hotel"), ScenarioId("fitness.gym")


def at(seconds: int) -> Timestamp:
    return Timestamp(NOON + seconds)


MEMBERS = {
    EntityId(f"https://credit.{slug}.example"): CityId(division)
    for slug, division in (
        ("wenzhou", "330300"),
        ("jiaxing", "330400"),
        ("huzhou", "330500"),
        ("jinhua", "330700"),
    )
}


class MemoryRevision:
    """A number that every change moves on."""

    def __init__(self) -> None:
        self.value = 0

    def current(self) -> int:
        return self.value

    def bump(self) -> None:
        self.value += 1


class MemoryStatements:
    """Own statements; ``iat`` never goes back."""

    def __init__(self, revision: MemoryRevision) -> None:
        self._revision = revision
        self.tokens: dict[str, str] = {}
        self._issued: dict[str, int] = {}

    def put(self, role: StatementRole, token: str, issued_at: Timestamp, now: Timestamp) -> None:
        if self._issued.get(role, -1) >= issued_at:
            raise NotNewerError("not newer")
        self.tokens[role], self._issued[role] = token, issued_at
        self._revision.bump()

    def put_all(self, statements: Sequence[NewStatement], now: Timestamp, note: Note) -> None:
        del note
        if any(self._issued.get(each.role, -1) >= each.issued_at for each in statements):
            raise NotNewerError("not newer")
        for each in statements:
            self.put(each.role, each.token, each.issued_at, now)

    def all(self) -> Mapping[str, str]:
        return dict(self.tokens)


class MemoryRows:
    """Partner rows, contacts, accepted hashes and alarms.

    Attributes:
        asked: Every hash that was asked for.
        conflicts: How many of the next writes lose against somebody else.
        history: Every row that was ever stored, in order.
        notes: What the ledger was told, in order.
    """

    def __init__(self, revision: MemoryRevision) -> None:
        self._revision = revision
        self.rows: dict[EntityId, PartnerRow] = {}
        self.contacts: dict[EntityId, Contact] = {}
        self.hashes: dict[EntityId, dict[str, tuple[str, Timestamp]]] = {}
        self.asked: list[str] = []
        self.raised: list[tuple[EntityId, str, Timestamp]] = []
        self.history: list[PartnerRow] = []
        self.notes: list[Note] = []
        self.conflicts = 0

    def all(self) -> tuple[PartnerRow, ...]:
        return tuple(self.rows[anchor] for anchor in sorted(self.rows))

    def get(self, anchor_id: EntityId) -> PartnerRow | None:
        return self.rows.get(anchor_id)

    def put(self, row: PartnerRow, note: Note | None) -> None:
        stored = self.rows.get(row.anchor_id)
        if self.conflicts:
            self.conflicts -= 1
            raise ConflictError("somebody was faster")
        if (stored.version if stored else 0) != row.version:
            raise ConflictError("another version")
        self.rows[row.anchor_id] = replace(row, version=row.version + 1)
        self.history.append(row)
        if note is not None:
            self.notes.append(note)
        self._revision.bump()

    def put_all(self, rows: Sequence[PartnerRow], note: Note | None) -> None:
        for row in rows:
            self.put(row, note)

    def contact(self, anchor_id: EntityId) -> Contact | None:
        return self.contacts.get(anchor_id)

    def all_contacts(self) -> Mapping[EntityId, Contact]:
        return dict(self.contacts)

    def save_contact(self, contact: Contact, *, quietly: bool = False) -> None:
        before = self.contacts.get(contact.anchor_id)
        if not quietly and (before is None or before.obtained_at != contact.obtained_at):
            self._revision.bump()
        self.contacts[contact.anchor_id] = contact

    def accepted(self, anchor_id: EntityId, digest: str) -> tuple[str, Timestamp] | None:
        self.asked.append(digest)
        return self.hashes.get(anchor_id, {}).get(digest)

    def remember_accepted(
        self, anchor_id: EntityId, role: str, digest: str, issued_at: Timestamp, now: Timestamp
    ) -> None:
        self.hashes.setdefault(anchor_id, {})[digest] = (role, issued_at)

    def alarm(self, anchor_id: EntityId, code: str, at: Timestamp) -> None:
        self.raised.append((anchor_id, code, at))

    def alarms(self, since: Timestamp) -> tuple[Alarm, ...]:
        return tuple(
            Alarm(anchor_id=anchor, code=code, at=moment, count=1)
            for anchor, code, moment in reversed(self.raised)
            if moment >= since
        )

    def codes(self) -> list[str]:
        return [str(code) for _, code, _ in self.raised]


class MemoryNoted:
    """What is noted of partner rows outside the database.

    Attributes:
        fails: Raised instead of telling or noting anything.
        full: Raised instead of noting anything.
    """

    def __init__(self) -> None:
        self.marks: dict[EntityId, RowMark] = {}
        self.fails: GatewayError | None = None
        self.full: GatewayError | None = None

    def noted(self) -> Mapping[EntityId, RowMark]:
        if self.fails is not None:
            raise self.fails
        return dict(self.marks)

    def note(self, rows: Mapping[EntityId, RowMark]) -> None:
        if failure := self.fails or self.full:
            raise failure
        for anchor, mark in rows.items():
            if anchor not in self.marks or self.marks[anchor].version < mark.version:
                self.marks[anchor] = mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What the web answers."""

    status: int
    body: bytes
    etag: str | None
    date: Timestamp | None
    received_at: Timestamp


class UnreachableError(FetchError):
    """Nothing at this URL."""

    code = "fetch_status"


@dataclass
class Web:
    """All published statements by URL, with validators and clocks.

    Attributes:
        asked: Every URL that was fetched, in order, with the validator that was sent.
        skew_s: How far the publishers' clocks are ahead of ours.
        status: Of every other URL.
    """

    bodies: dict[str, bytes] = field(default_factory=dict[str, bytes])
    asked: list[tuple[str, str | None]] = field(default_factory=list[tuple[str, str | None]])
    skew_s: int | None = 0
    now: Timestamp = NOON
    status: int = 404

    def get(self, url: str, *, accept: str, max_bytes: int, etag: str | None = None) -> Document:
        assert (accept, max_bytes) in {
            ("application/entity-statement+jwt", 64 * 1024),
            ("text/plain", 4096),
        }
        self.asked.append((url, etag))
        body = self.bodies.get(url)
        if body is None:
            error = UnreachableError(f"status {self.status}")
            error.status = self.status
            raise error
        current = f'"{hash(body)}"'
        date = None if self.skew_s is None else Timestamp(self.now + self.skew_s)
        same = etag == current
        return Document(
            status=304 if same else 200,
            body=b"" if same else body,
            etag=current,
            date=date,
            received_at=self.now,
        )


@dataclass(kw_only=True)
class Office:
    """One city: its keys, its stores, and its use cases over a shared web."""

    division: CityId | None
    leaf: EntityId
    members: Mapping[EntityId, CityId] = field(default_factory=lambda: dict(MEMBERS))
    web: Web
    k1: SoftwareSigner = field(default_factory=generate)
    k1s: SoftwareSigner = field(default_factory=generate)
    k2: SoftwareSigner = field(default_factory=generate)
    k2next: SoftwareSigner = field(default_factory=generate)
    k3: SoftwareSigner = field(default_factory=generate)
    k3next: SoftwareSigner = field(default_factory=generate)
    draws: list[tuple[int, ...]] = field(default_factory=lambda: [(0, 2, 4)])
    scenarios: tuple[ScenarioId, ...] | None = (HOTEL, GYM)

    def __post_init__(self) -> None:
        self.revision = MemoryRevision()
        self.statements = MemoryStatements(self.revision)
        self.rows = MemoryRows(self.revision)
        self.noted = MemoryNoted()

    @property
    def anchor(self) -> EntityId:
        return entity.anchor_of(self.leaf)

    @property
    def federation(self) -> Federation:
        return Federation(
            leaf=self.leaf,
            division=self.division,
            members=self.members,
            keys=self.keys(),
            rows=self.rows,
            noted=self.noted,
            statements=self.statements,
            fetch=self.web,
            draw=lambda: self.draws[0],
        )

    @property
    def book(self) -> PartnerBook:
        return PartnerBook(rows=self.rows, noted=self.noted, leaf=self.leaf, keys=self.keys())

    def sync(self) -> SyncPartners:
        """Return what the worker polls with."""
        return SyncPartners(book=self.book.keeping(), fetch=self.web)

    @property
    def profile(self) -> Profile:
        issuer = None
        if self.division is not None:
            issuer = IssuerProfile(
                division=self.division,
                contacts=("federation@city.example",),
                code_lifetime_max_s=31 * DAY,
            )
        return Profile(
            leaf=self.leaf,
            organization_name="Credit Office (illustrative)",
            organization_name_zh="信用办(示例)",
            issuer=issuer,
            scenarios=self.scenarios,
        )

    @property
    def publish_anchor(self) -> PublishAnchor:
        return PublishAnchor(
            profile=self.profile,
            statements=self.statements,
            active=self.k1,
            standby=self.k1s.public,
            federation=(self.k2.public, self.k2next.public),
        )

    def publish_leaf(self, *keys: PublicKey) -> PublishLeaf:
        return PublishLeaf(
            profile=self.profile,
            statements=self.statements,
            keys=self.keys(*keys),
        )

    def keys(self, *codes: PublicKey) -> "OfficeKeys":
        return OfficeKeys(office=self, code_keys=codes)

    def sign_all(self, now: Timestamp = NOON) -> None:
        self.publish_anchor.configuration(now, clock_doubtful=False)
        self.publish_anchor.subordinate(now, clock_doubtful=False)
        self.sign_leaf(now)

    def sign_leaf(
        self, now: Timestamp, *keys: PublicKey, accepted: Iterable[EntityId] = ()
    ) -> None:
        publish = self.publish_leaf(*keys)
        publish.configuration(now, accepted=accepted, clock_doubtful=False)
        self.upload()

    def upload(self) -> None:
        for role in Role:
            if role in self.statements.tokens:
                token = self.statements.tokens[role]
                self.web.bodies[statement_url(self.leaf, role)] = token.encode()

    def offline(self, role: Role) -> None:
        del self.web.bodies[statement_url(self.leaf, role)]

    def pins(self) -> Pins:
        return Pins(
            anchor=self.anchor,
            leaf=self.leaf,
            division=self.division,
            anchor_keys=(self.k1.public, self.k1s.public),
        )

    def number_with(self, other: "Office") -> tuple[str, ...]:
        return safety_number(self.pins().half(), other.pins().half())

    def compare(self, other: "Office", now: Timestamp = NOON) -> None:
        number = other.number_with(self)
        for officer, verdict in (("Li", Verdict.FIRST), ("Wang", Verdict.CONFIRMED)):
            asked = self.federation.challenge(other.leaf, officer, now)
            heard = [number[group - 1] for group in asked.groups]
            assert self.federation.confirm(other.leaf, officer, heard, now).verdict is verdict

    def join(self, other: "Office", now: Timestamp = NOON) -> SyncReport:
        self.federation.add(other.leaf, now)
        self.compare(other, now)
        return self.federation.accept(other.leaf, (HOTEL,), Timestamp(now + 400 * DAY), now)

    def view(self, now: Timestamp = NOON) -> TrustView:
        return TrustView(
            leaf=self.leaf,
            division=self.division,
            federation_keys=self.keys().federation_public,
            statements=self.statements,
            rows=self.rows,
            noted=self.noted,
            revision=self.revision,
            now=now,
        )


@dataclass(frozen=True)
class OfficeKeys:
    """``OwnKeys`` of an office, as it holds them at the moment of asking."""

    office: Office
    code_keys: tuple[PublicKey, ...] = ()
    announced: tuple[AnnouncedKey, ...] = ()

    def federation(self) -> Signer:
        return self.office.k2

    def federation_public(self) -> tuple[PublicKey, ...]:
        return self.office.k2.public, self.office.k2next.public

    def refresh(self) -> bool:
        return False

    def federation_announced(self) -> tuple[PublicKey, ...]:
        return self.federation_public()

    def codes(self) -> IssuingKey:
        signer = self.office.k3
        return IssuingKey(kid=signer.public.kid, signer=CodeSigner(signer))

    def codes_announced(self) -> tuple[AnnouncedKey, ...]:
        keys = self.code_keys or (self.office.k3.public, self.office.k3next.public)
        return self.announced or tuple(announced(key) for key in keys)

    def remembers(self, kid: KeyId) -> bool:
        del kid
        return True

    def anchors(self) -> tuple[PublicKey, PublicKey]:
        return self.office.k1.public, self.office.k1s.public


def office(division: str, slug: str, web: Web, **changes: object) -> Office:
    made = Office(
        division=CityId(division), leaf=EntityId(f"https://credit.{slug}.example"), web=web
    )
    for name, value in changes.items():
        setattr(made, name, value)
    made.sign_all()
    return made


def two() -> tuple[Office, Office]:
    web = Web()
    return office("330700", "jinhua", web), office("330300", "wenzhou", web)
