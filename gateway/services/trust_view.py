"""What a worker process believes at this moment: keyring and own statements, in memory.

Request threads read two attributes and never wait. One background thread, owned by ``app``,
calls ``refresh`` every half second or so; when the trust revision has changed, everything is
loaded anew, and every signature over bytes that changed is checked (docs/federation.md:
within 1 s).
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from gateway.errors import UnavailableError
from gateway.ids import CityId, EntityId, Timestamp
from gateway.jose.keys import PublicKey
from gateway.services.own_statements import OwnPublished, Published, load_own
from gateway.services.partner_book import CheckedRows, Loaded, heard, load_partners
from gateway.services.partner_sync import last_sample
from gateway.services.trust_ports import (
    Contact,
    NotedRows,
    OwnStatements,
    PartnerRows,
    TrustRevision,
)
from gateway.trust import entity
from gateway.trust.alarms import AlarmCode
from gateway.trust.clock_check import clock_doubtful
from gateway.trust.errors import RollbackError
from gateway.trust.keyring import Keyring
from gateway.trust.partners import OwnEntity, Partner, build_keyring
from gateway.trust.rows import RowSeal
from gateway.trust.statements import read
from gateway.trust.states import PartnerState
from gateway.trust.trusted_city import Role

__all__ = ["Published", "TrustSnapshot", "TrustView"]

CONTACTS_S = 5
"""How often it is looked at when partners were last heard, and what their clocks said.

A poll that brings nothing new moves only that on; loading everything for each would cost every
process a core with some hundred partners.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustSnapshot:
    """Everything that was loaded together; immutable.

    Attributes:
        own: This city, as its own leaf configuration says.
        statements: Own published statements by role.
        partners: All partners whose rows are as signed.
        tampered: Anchors of the others.
    """

    revision: int
    loaded_at: Timestamp
    own: OwnEntity
    keyring: Keyring
    statements: Mapping[Role, Published]
    partners: tuple[Partner, ...]
    tampered: tuple[EntityId, ...]


class TrustView:
    """The newest snapshot of one process.

    ``refresh`` is for one thread at a time; reading is for all.
    """

    def __init__(  # noqa: PLR0913 (each is a part of the composition)
        self,
        *,
        leaf: EntityId,
        division: CityId | None,
        federation_keys: Callable[[], tuple[PublicKey, ...]],
        statements: OwnStatements,
        rows: PartnerRows,
        noted: NotedRows,
        revision: TrustRevision,
        now: Timestamp,
    ) -> None:
        """Load the first snapshot.

        Args:
            leaf: This city's leaf.
            division: Its division code; None where it only verifies.
            federation_keys: Gives the K2s that count now, from the vault: what rows and the
                own leaf configuration are checked with. Never from the database.
            statements: Own statements.
            rows: Partner rows.
            noted: The newest of them, outside the database.
            revision: Tells whether anything changed.
            now: The moment of loading.

        Raises:
            UnavailableError: the database cannot be read; there is nothing to start with.
        """
        self._federation_keys = federation_keys
        self._seal = RowSeal(leaf=leaf, keys=federation_keys())
        self._checked = CheckedRows(self._seal, noted)
        self._division = division
        self._statements, self._rows, self._revision = statements, rows, revision
        self._own: OwnPublished | None = None
        self._snapshot = self._load(now)
        self._loaded_with: RowSeal = self._seal
        self._looked_at = now

    @property
    def snapshot(self) -> TrustSnapshot:
        """The newest snapshot."""
        return self._snapshot

    @property
    def keyring(self) -> Keyring:
        """The keyring in force; immutable."""
        return self._snapshot.keyring

    @property
    def statements(self) -> Mapping[Role, Published]:
        """Own statements to serve, by role; one that was not signed by us is not there."""
        return self._snapshot.statements

    def refresh(self, now: Timestamp) -> bool:
        """Load anew if the trust revision or an own key changed.

        Returns:
            Whether it was, or the doubt about our clock changed; ages move on without a word.

        Raises:
            UnavailableError: the database cannot be read; the old snapshot stays in force,
                and its statements run out by themselves.
        """
        seal = replace(self._seal, keys=self._federation_keys())
        if seal != self._loaded_with or self._revision.current() != self._snapshot.revision:
            self._seal = seal
            self._checked.check_with(seal)
            self._snapshot = self._load(now)
            self._loaded_with, self._looked_at = seal, now
            return True
        if abs(now - self._looked_at) < CONTACTS_S:
            return False
        return self._look_at_contacts(now)

    def _load(self, now: Timestamp) -> TrustSnapshot:
        # The revision first: what changes while we read is then read again.
        revision = self._revision.current()
        own = self._newest(load_own(self._statements, self._seal, self._division))
        self._own = own
        loaded = load_partners(self._rows, self._checked)
        keyring, alarms = build_keyring(
            own.entity,
            loaded.partners,
            clock_doubtful=_doubtful(loaded.partners, loaded.contacts, now),
        )
        found = {(each.anchor, str(each.alarm.code)) for each in alarms}
        self._raise_alarms(found | self._own_alarms(own.refused, loaded, keyring), now)
        return TrustSnapshot(
            revision=revision,
            loaded_at=now,
            own=own.entity,
            keyring=keyring,
            statements=own.served,
            partners=loaded.partners,
            tampered=loaded.tampered,
        )

    def _newest(self, stored: OwnPublished) -> OwnPublished:
        """Return what is stored, with the leaf in use if a hand put an older one back.

        It would bring a revoked code key back, here, and be a rollback to every partner. The one
        in use goes on for as long as the key that signed it is ours.
        """
        known, older = self._own, stored.entity.leaf
        if known is None or known.entity.leaf is None or older is None:
            return stored
        served = known.served[Role.LEAF]
        signed_by_us = read(served.token).kid in {key.kid for key in self._seal.keys}
        if older.life.issued_at >= known.entity.leaf.life.issued_at or not signed_by_us:
            return stored
        return replace(
            stored,
            entity=replace(stored.entity, leaf=known.entity.leaf),
            served={**stored.served, Role.LEAF: served},
            refused=(*stored.refused, RollbackError.code),
        )

    def _look_at_contacts(self, now: Timestamp) -> bool:
        """Let ages and the doubt about our clock move on; rows and statements stay as loaded."""
        contacts = self._rows.all_contacts()
        before = self._snapshot
        partners = tuple(heard(each, contacts) for each in before.partners)
        doubtful = _doubtful(partners, contacts, now)
        self._looked_at = now
        if partners == before.partners and doubtful == before.keyring.clock_doubtful:
            return False
        keyring, _ = build_keyring(before.own, partners, clock_doubtful=doubtful)
        self._snapshot = replace(before, keyring=keyring, partners=partners)
        if doubtful == before.keyring.clock_doubtful:
            return False
        self._raise_alarms(self._own_alarms((), None, keyring), now)
        return True

    def _own_alarms(
        self, refused: Sequence[str], loaded: Loaded | None, keyring: Keyring
    ) -> set[tuple[EntityId, str]]:
        own = entity.anchor_of(self._seal.leaf)
        found = {(own, code) for code in refused}
        if keyring.clock_doubtful:
            found.add((own, AlarmCode.CLOCK_DOUBTFUL.value))
        tampered = loaded.tampered if loaded else ()
        return found | {(anchor, AlarmCode.ROW_TAMPERED.value) for anchor in tampered}

    def _raise_alarms(self, found: set[tuple[EntityId, str]], now: Timestamp) -> None:
        """A database that takes no alarm must not keep a suspension from taking effect."""
        with suppress(UnavailableError):
            for anchor, code in sorted(found):
                self._rows.alarm(anchor, code, now)


def _doubtful(
    partners: Sequence[Partner], contacts: Mapping[EntityId, Contact], now: Timestamp
) -> bool:
    active = [
        partner.record.pins.anchor
        for partner in partners
        if partner.record.state is PartnerState.ACTIVE
    ]
    samples = (last_sample(contacts.get(anchor)) for anchor in active)
    return clock_doubtful(
        (sample for sample in samples if sample), active_partners=len(active), now=now
    )
