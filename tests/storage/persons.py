"""People of whom rows are kept, for the tests of what is kept of them."""

from collections.abc import Sequence

from gateway.errors import UnavailableError
from gateway.ids import CityId, Tier, Timestamp
from gateway.services.consent import Consents
from gateway.services.consent_stop import StopConsent
from gateway.services.objection_ports import Objection
from gateway.services.own_copy import CopyOwn
from gateway.services.own_erasure import EraseOwn
from gateway.services.persons import Persons
from gateway.services.ports import IssuanceKind
from gateway.services.sessions import CitizenSessions
from gateway.services.standing import Standing
from gateway.services.status_ports import StatusEntry
from gateway.storage.store import Store
from tests.storage.rows import DAY_S, NOON
from tests.world import new_tags

KEY = bytes(range(32))
TAGS = new_tags()
PERSON, OTHER = "illustrative-1", "illustrative-2"
WENZHOU, HUZHOU = CityId("330300"), CityId("330500")
TODAY = (NOON + 8 * 3600) // DAY_S


def after(seconds: int) -> Timestamp:
    return Timestamp(NOON + seconds)


def consents(store: Store, *recipients: CityId) -> Consents:
    named = frozenset(recipients or {WENZHOU})
    return Consents(rows=store.consents, owner_key=KEY, recipients=named)


class Signing:
    """Counts how often the lists were signed; ``broken`` while they cannot be."""

    def __init__(self) -> None:
        self.times, self.broken = 0, False

    def __call__(self) -> None:
        self.times += 1
        if self.broken:
            raise UnavailableError("the clock is doubtful")


def sessions(store: Store) -> CitizenSessions:
    return CitizenSessions(rows=store.citizen_sessions, owner_key=KEY)


def persons(store: Store) -> Persons:
    return Persons(consents=consents(store), sessions=sessions(store), tags=TAGS)


class NoObjections:
    """Nobody objected; ``tests/web`` has copies with objections."""

    def copies(self, subject: str, now: Timestamp) -> Sequence[tuple[Objection, str]]:
        del subject, now
        return ()


def copying(store: Store) -> CopyOwn:
    return CopyOwn(
        rows=store.rights,
        persons=persons(store),
        consents=consents(store),
        sessions=sessions(store),
        objections=NoObjections(),
    )


def erasing(store: Store, publish: Signing | None = None) -> EraseOwn:
    return EraseOwn(stop=stopping(store, publish))


def stopping(store: Store, publish: Signing | None = None) -> StopConsent:
    return StopConsent(
        rows=store.rights, persons=persons(store), live_s=90, publish=publish or Signing()
    )


def print_codes(store: Store, person: str, *indexes: int) -> None:
    store.status_lists.remember(
        [
            StatusEntry(
                number=1,
                index=index,
                subject=TAGS.subject_pseudonym(person),
                sheet="A" * 16,
                last_day=TODAY + 5,
            )
            for index in indexes
        ]
    )


def count_codes(store: Store, person: str, kind: IssuanceKind, day: int) -> None:
    standing = Standing(tier=Tier(2), scale_version="v1", assessed_on=day - 1)
    store.issuance.count_issue(TAGS.subject_pseudonym(person), day, kind, standing, 1)


def acts(store: Store) -> list[tuple[str, str]]:
    return [(e.act, e.details.target if e.details else "") for e in store.ledger.read()]
