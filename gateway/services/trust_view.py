"""What a worker process believes at this moment: keyring and own statements, in memory.

Request threads read two attributes and never wait. One background thread, owned by ``app``,
calls ``refresh`` every half second or so; when the trust revision has changed, everything is
loaded anew, and every signature over bytes that changed is checked (protocol.md section 4:
within 1 s).
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from gateway.errors import UnavailableError
from gateway.ids import CityId, EntityId, Timestamp
from gateway.jose.keys import PublicKey
from gateway.services.own_statements import Published, load_own
from gateway.services.partner_book import CheckedRows, Loaded, load_partners
from gateway.services.partner_sync import last_sample
from gateway.services.trust_ports import NotedRows, OwnStatements, PartnerRows, TrustRevision
from gateway.trust import entity
from gateway.trust.alarms import AlarmCode
from gateway.trust.clock_check import clock_doubtful
from gateway.trust.keyring import Keyring
from gateway.trust.partners import Partner, build_keyring
from gateway.trust.rows import RowSeal
from gateway.trust.states import PartnerState
from gateway.trust.trusted_city import Role

__all__ = ["Published", "TrustSnapshot", "TrustView"]

CLOCK_CHECK_S = 30
"""How often the partners' clocks are looked at again without a new revision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustSnapshot:
    """Everything that was loaded together; immutable.

    Attributes:
        statements: Own published statements by role.
        partners: All partners whose rows are as signed.
        tampered: Anchors of the others.
    """

    revision: int
    loaded_at: Timestamp
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
        federation_keys: Sequence[PublicKey],
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
            federation_keys: K2 and K2next, public halves from the vault: what rows and the
                own leaf configuration are checked with. Never from the database.
            statements: Own statements.
            rows: Partner rows.
            noted: The newest of them, outside the database.
            revision: Tells whether anything changed.
            now: The moment of loading.

        Raises:
            UnavailableError: the database cannot be read; there is nothing to start with.
        """
        self._seal = RowSeal(leaf=leaf, keys=tuple(federation_keys))
        self._checked = CheckedRows(self._seal, noted)
        self._division = division
        self._statements, self._rows, self._revision = statements, rows, revision
        self._snapshot = self._load(now)
        self._clock_checked_at = now

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
        """Load anew if the trust revision changed; return whether a new snapshot is in force.

        Raises:
            UnavailableError: the database cannot be read; the old snapshot stays in force,
                and its statements run out by themselves.
        """
        if self._revision.current() != self._snapshot.revision:
            self._snapshot = self._load(now)
            self._clock_checked_at = now
            return True
        if abs(now - self._clock_checked_at) < CLOCK_CHECK_S:
            return False
        return self._check_clock(now)

    def _load(self, now: Timestamp) -> TrustSnapshot:
        # The revision first: what changes while we read is then read again.
        revision = self._revision.current()
        own = load_own(self._statements, self._seal, self._division)
        loaded = load_partners(self._rows, self._checked)
        keyring, alarms = build_keyring(
            own.entity,
            loaded.partners,
            clock_doubtful=self._doubtful(loaded.partners, now),
        )
        found = {(each.anchor, str(each.alarm.code)) for each in alarms}
        self._raise_alarms(found | self._own_alarms(own.refused, loaded, keyring), now)
        return TrustSnapshot(
            revision=revision,
            loaded_at=now,
            keyring=keyring,
            statements=own.served,
            partners=loaded.partners,
            tampered=loaded.tampered,
        )

    def _check_clock(self, now: Timestamp) -> bool:
        doubtful = self._doubtful(self._snapshot.partners, now)
        self._clock_checked_at = now
        before = self._snapshot.keyring
        if doubtful == before.clock_doubtful:
            return False
        keyring = replace(before, clock_doubtful=doubtful)
        self._snapshot = replace(self._snapshot, keyring=keyring)
        self._raise_alarms(self._own_alarms((), None, keyring), now)
        return True

    def _doubtful(self, partners: Sequence[Partner], now: Timestamp) -> bool:
        active = [
            partner.record.pins.anchor
            for partner in partners
            if partner.record.state is PartnerState.ACTIVE
        ]
        samples = (last_sample(self._rows.contact(anchor)) for anchor in active)
        return clock_doubtful(
            (sample for sample in samples if sample), active_partners=len(active), now=now
        )

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
