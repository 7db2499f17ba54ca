"""A small world for tests: cities with real keys, a moment, and services in memory.

``WENZHOU`` verifies; any city signs. Everything here is made up except the names of cities.
"""

import secrets
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

from gateway.codes.claims import CreditClaims
from gateway.codes.issuing import CodeSigner
from gateway.ids import (
    CityId,
    CodeId,
    MerchantId,
    ReceiptId,
    RequestId,
    ScenarioId,
    Tier,
    Timestamp,
    UnverifiedText,
    VenueId,
)
from gateway.jose import base64url
from gateway.jose.keys import SoftwareSigner, generate
from gateway.policy.agreement import Agreement
from gateway.policy.catalogue import Catalogue
from gateway.policy.working_days import WorkingDays
from gateway.services.catalogue_view import FileVersions
from gateway.services.ports import (
    Merchant,
    Recorded,
    Showing,
    StoredAnswer,
    Venue,
    VerificationRecord,
)
from gateway.services.receipts import PAGE_ROWS
from gateway.services.tags import Tags
from gateway.services.verdicts import Presentation
from gateway.services.verify import VerifyCode
from gateway.services.void import Voided
from gateway.trust.keyring import CodeKey, Issuer, Keyring
from gateway.trust.states import PartnerState

NOON: Final = Timestamp(1_800_000_000)
MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 24 * HOUR

CONFIG: Final = Path(__file__).parent.parent / "config"
HOTEL: Final = ScenarioId("lodging.hotel")
RESTAURANT: Final = ScenarioId("dining.restaurant")
GYM: Final = ScenarioId("fitness.gym")
ATTRACTION: Final = ScenarioId("travel.attraction")
PHASE_1: Final = frozenset({HOTEL, RESTAURANT, GYM, ATTRACTION})


@dataclass(frozen=True)
class City:
    """A city that signs codes with a key of its own."""

    code: CityId
    signer: SoftwareSigner = field(default_factory=generate)

    def claims(self, *, at: Timestamp = NOON, life_s: int = 90, **other: object) -> CreditClaims:
        """Return claims of a general code of tier 2, unless ``other`` says otherwise."""
        members: dict[str, object] = {
            "issuer": self.code,
            "issued_at": at,
            "expires_at": Timestamp(at + life_s),
            "code_id": CodeId(base64url.encode(secrets.token_bytes(12))),
            "tier": Tier(2),
        }
        return CreditClaims(**(members | other))  # type: ignore[arg-type]  # builder of tests

    def show(self, *, at: Timestamp = NOON, life_s: int = 90, **other: object) -> UnverifiedText:
        """Return the wire text of a code that this city signed."""
        return UnverifiedText(
            CodeSigner(self.signer).sign(self.claims(at=at, life_s=life_s, **other))
        )

    def key(self, **other: object) -> CodeKey:
        """Return the code key as partners know it: good from a day before noon for a year."""
        members: dict[str, object] = {
            "public": self.signer.public,
            "not_before": Timestamp(NOON - DAY),
            "expires_at": Timestamp(NOON + 365 * DAY),
            "usable_from": Timestamp(0),
        }
        return CodeKey(**(members | other))  # type: ignore[arg-type]  # builder of tests

    def issuer(self, *keys: CodeKey, **other: object) -> Issuer:
        """Return the city as partners know it: active, fresh, all first scenarios agreed."""
        members: dict[str, object] = {
            "city": self.code,
            "state": PartnerState.ACTIVE,
            "statements_expire_at": Timestamp(NOON + DAY),
            "obtained_at": NOON,
            "keys": keys or (self.key(),),
            "code_lifetime_max_s": 31 * DAY,
            "scenarios": PHASE_1,
        }
        return Issuer(**(members | other))  # type: ignore[arg-type]  # builder of tests


WENZHOU: Final = City(CityId("330300"))
JIAXING: Final = City(CityId("330400"))
HUZHOU: Final = City(CityId("330500"))
JINHUA: Final = City(CityId("330700"))
HANGZHOU: Final = City(CityId("330100"))
"""Not a member of the agreement."""


@dataclass
class Trust:
    """The keyring that services ask, replaced by assignment."""

    keyring: Keyring


def keyring_of(*issuers: Issuer, clock_doubtful: bool = False) -> Keyring:
    """Return Wenzhou's keyring of its own key and ``issuers``."""
    known = {issuer.city: issuer for issuer in (WENZHOU.issuer(), *issuers)}
    return Keyring(own=WENZHOU.code, issuers=known, clock_doubtful=clock_doubtful)


class MemoryLog:
    """Burns, answers and records in dictionaries, with the semantics of the port."""

    def __init__(self) -> None:
        self.burned_tags: set[bytes] = set()
        self.answers: dict[bytes, StoredAnswer] = {}
        self.records: dict[ReceiptId, VerificationRecord] = {}
        self.spent: set[bytes] = set()
        self.held: dict[ReceiptId, bytes] = {}

    def stored_answer(self, request_tag: bytes) -> StoredAnswer | None:
        return self.answers.get(request_tag)

    def burned(self, code_tag: bytes) -> bool:
        return code_tag in self.burned_tags

    def record(self, showing: Showing) -> Recorded:
        tag = showing.request_tag
        if tag is not None and (stored := self.answers.get(tag)) is not None:
            same = stored.code_tag == showing.code_tag
            return Recorded.REPEATED if same else Recorded.REQUEST_ID_REUSED
        if showing.code_tag in self.burned_tags:
            return Recorded.BURNED
        if showing.ticket is not None:
            if showing.ticket.tag in self.spent:
                return Recorded.TICKET_SPENT
            self.spent.add(showing.ticket.tag)
            self.held[showing.record.receipt] = showing.ticket.held
        self.burned_tags.add(showing.code_tag)
        if tag is not None and showing.sealed_answer is not None:
            self.answers[tag] = StoredAnswer(
                code_tag=showing.code_tag, sealed=showing.sealed_answer
            )
        self.records[showing.record.receipt] = showing.record
        return Recorded.FIRST

    def record_all(self, showings: Sequence[Showing]) -> tuple[Recorded, ...]:
        return tuple(map(self.record, showings))

    def find(self, receipt: ReceiptId) -> VerificationRecord | None:
        return self.records.get(receipt)

    def of_merchant(
        self, merchant: MerchantId, after: tuple[Timestamp, ReceiptId], end: Timestamp
    ) -> Sequence[VerificationRecord]:
        found = (each for each in self.records.values() if each.merchant == merchant)
        ordered = sorted(found, key=lambda each: (each.at_minute, each.receipt))
        wanted = [e for e in ordered if (e.at_minute, e.receipt) > after and e.at_minute < end]
        return wanted[:PAGE_ROWS]

    def held_ticket(self, receipt: ReceiptId) -> bytes | None:
        return self.held.get(receipt)

    def void(
        self,
        receipt: ReceiptId,
        merchant: MerchantId,
        venue: VenueId | None,
        after: Timestamp,
        ticket: bytes | None = None,
    ) -> Voided:
        found = self.records.get(receipt)
        if found is None or found.merchant != merchant or venue not in {None, found.venue}:
            return Voided.UNKNOWN
        if found.at_minute <= after:
            return Voided.TOO_LATE
        if not found.voided and ticket is not None:
            self.spent.discard(ticket)
        self.records[receipt] = replace(found, voided=True)
        return Voided.DONE


class MemoryTally:
    """Refusals counted by reason."""

    def __init__(self) -> None:
        self.reasons: Counter[str] = Counter()

    def count(self, reason: str, now: Timestamp) -> None:
        self.reasons[reason] += 1

    def flush(self) -> None:
        pass


def new_tags() -> Tags:
    """Return tags with fresh keys."""
    code, request, answer, subject, ticket = (secrets.token_bytes(32) for _ in range(5))
    return Tags(code=code, request=request, answer=answer, subject=subject, ticket=ticket)


def working_days() -> WorkingDays:
    """Return the working days of the tests' year, 2027, with New Year's Day alone."""
    return WorkingDays(years={2027: "made up"}, holidays=frozenset({date(2027, 1, 1)}))


@cache
def agreement() -> Agreement:
    """Return the agreement of the four cities as configured."""
    return Agreement.parse(tomllib.loads((CONFIG / "agreement.toml").read_text("utf-8")))


@cache
def city_file(slug: str) -> Mapping[str, object]:
    """Return a city's configuration as TOML tables."""
    return tomllib.loads((CONFIG / "cities" / f"{slug}.toml").read_text("utf-8"))


@cache
def catalogue(slug: str = "wenzhou") -> Catalogue:
    """Return the offers of a city as configured."""
    return Catalogue.parse(
        city_file(slug)["catalogue"], agreement=agreement(), open_scenarios=PHASE_1
    )


def merchant(**other: object) -> Merchant:
    """Return an active merchant of every first scenario with one venue for hotels."""
    members: dict[str, object] = {
        "id": MerchantId("m-1"),
        "name": "示例商家 (illustrative)",
        "scenarios": PHASE_1,
        "venues": (
            Venue(id=VenueId("hall"), name="示例大厅 (illustrative)", scenarios=frozenset({HOTEL})),
        ),
        "state": "active",
    }
    return Merchant(**(members | other))  # type: ignore[arg-type]  # builder of tests


class Desk:
    """A merchant's desk in Wenzhou: shows codes to the real use case."""

    def __init__(self, *issuers: Issuer, clock_doubtful: bool = False) -> None:
        self.trust = Trust(keyring_of(*issuers, clock_doubtful=clock_doubtful))
        self.log = MemoryLog()
        self.tally = MemoryTally()
        self.verify = VerifyCode(
            city=WENZHOU.code,
            trust=self.trust,
            agreement=agreement(),
            catalogues=FileVersions.of(catalogue(), agreement().scenarios),
            log=self.log,
            tally=self.tally,
            tags=new_tags(),
            burn_kept_s=72 * HOUR,
        )

    @staticmethod
    def showing(
        text: str,
        scenario: ScenarioId = RESTAURANT,
        *,
        venue: str | None = None,
        request_id: str | None = None,
    ) -> Presentation:
        """Return a presentation of ``text``."""
        return Presentation(
            text=UnverifiedText(text),
            scenario=scenario,
            venue=None if venue is None else VenueId(venue),
            request_id=None if request_id is None else RequestId(request_id),
        )
