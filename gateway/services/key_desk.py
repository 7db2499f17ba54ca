"""Changing this city's own keys: rotation, revocation, retirement, and all that follows.

The register of keys changes first and at once; what follows from it (rows, statements, documents,
the ledger) is drawn by ``settle``, which whoever comes next repeats until nothing is owed. So a
kill in the middle leaves nothing half done for longer than until the next command or worker round.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from gateway.errors import GatewayError
from gateway.ids import EntityId, KeyId, Timestamp
from gateway.jose.keys import PublicKey
from gateway.ledger.entries import Entry, Note
from gateway.services.audit import Acting, LedgerRows
from gateway.services.own_statements import load_own
from gateway.services.partner_book import PartnerBook
from gateway.services.partner_ports import OwnClockDoubtfulError
from gateway.services.partner_reseal import reseal_rows
from gateway.services.trust_ports import OwnStatements
from gateway.trust import key_changes as change
from gateway.trust import wording
from gateway.trust.errors import KeyReasonError, UnknownKeyError
from gateway.trust.key_set import KeyKind, KeyRole, KeySet
from gateway.trust.statements import SubordinateStatement, read
from gateway.trust.trusted_city import Role

RETIRED = "keys.retired"

LOOKED_BACK = 64
"""Newest entries of the ledger among which one that is owed may be already."""

MIN_PREFIX = 8
"""So much of a key id must be given; it is what all screens show."""


class KeyStore(Protocol):
    """Keeps the own keys; ``LiveKeys`` on a vault does."""

    @property
    def keys(self) -> KeySet:
        """Own keys as they are now, past and present."""
        ...

    @property
    def pending(self) -> tuple[Note, ...]:
        """Changes whose consequences are not all drawn."""
        ...

    def change(
        self, decide: Callable[[KeySet, PublicKey], KeySet], note: Note | None = None
    ) -> KeySet:
        """Store what ``decide`` makes of the keys and of a new one; a kill leaves old or new.

        Raises:
            VaultError: nothing was changed.
            TrustError: as ``decide`` refuses.
        """
        ...

    def told(self, notes: tuple[Note, ...]) -> None:
        """Forget changes whose consequences are drawn."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyDesk:
    """What officers and the worker do about own keys.

    Attributes:
        longest_code_s: Longest life of this city's codes.
        clock_doubtful: Whether most partners contradict the own clock now.
        publish_leaf: Signs the leaf configuration anew.
        resign_documents: Signs own documents anew that another K2 signed.
        announce: Owes an event to every partner.
    """

    store: KeyStore
    leaf: EntityId
    book: PartnerBook
    statements: OwnStatements
    ledger: LedgerRows
    longest_code_s: int
    clock_doubtful: Callable[[], bool]
    publish_leaf: Callable[[], object]
    resign_documents: Callable[[Timestamp], object]
    announce: Callable[[Timestamp], object]

    def find(self, prefix: str) -> KeyId:
        """Return the one own key, past or present, whose id begins with ``prefix``.

        Raises:
            UnknownKeyError: none does, or several do, or it is shorter than eight characters.
        """
        keys = self.store.keys
        known = {key.public.kid for key in keys.keys.values()} | keys.gone_kids()
        known |= {old.key.public.kid for old in keys.old}
        found = [kid for kid in known if kid.startswith(prefix)]
        if len(prefix) < MIN_PREFIX or len(found) != 1:
            raise UnknownKeyError("no own key, or not only one, begins like this: keys list")
        return found[0]

    def rotate_codes(self, acting: Acting, *, emergency: bool = False) -> KeySet:
        """Let the next code key sign codes.

        Raises:
            OwnClockDoubtfulError: 48 hours cannot be counted by this clock; an emergency can wait
                for no clock.
            KeyTooYoungError, TooManyKeysError: nothing was changed.
        """
        if self.clock_doubtful() and not emergency:
            raise OwnClockDoubtfulError("most partners contradict our clock")
        old, new = self._kid(KeyRole.CODES), self._kid(KeyRole.CODES_NEXT)
        note = acting.note(
            "keys.rotated", old, kind="codes", successor=new, emergency=int(emergency)
        )
        return self.store.change(
            lambda keys, fresh: change.rotate_codes(
                keys, fresh, acting.at, longest_code_s=self.longest_code_s, emergency=emergency
            ),
            note,
        )

    def rotate_federation(self, acting: Acting) -> KeySet:
        """Let K2next sign; the old K2 stays announced until the anchor's next statement.

        Raises:
            SuccessorUnnamedError: nothing was changed.
        """
        named = self.named()
        old, new = self._kid(KeyRole.FEDERATION), self._kid(KeyRole.FEDERATION_NEXT)
        note = acting.note("keys.rotated", old, kind="federation", successor=new)
        return self.store.change(
            lambda keys, fresh: change.rotate_federation(keys, fresh, acting.at, named=named), note
        )

    def revoke(self, kid: KeyId, reason: str, acting: Acting) -> KeySet:
        """End a key for ever; at once, since it protects.

        Raises:
            KeyReasonError, KeyGoneError, UnknownKeyError, AnchorKeyError, SuccessorUnnamedError:
                nothing was changed.
        """
        if len(reason) > wording.MAX_REASON_CHARS or not wording.is_plain(reason):
            raise KeyReasonError(f"plain text of 1 to {wording.MAX_REASON_CHARS} characters")
        signs = self.store.keys.role_of(kid) is KeyRole.FEDERATION
        named = self.named() if signs else frozenset[KeyId]()
        note = acting.note("keys.revoked", kid, reason=reason)
        return self.store.change(
            lambda keys, fresh: change.revoke(keys, kid, fresh, acting.at, named=named), note
        )

    def retire(self, now: Timestamp) -> bool:
        """Drop the code keys whose time is over; return whether there were any."""
        due = change.due(self.store.keys, now)
        for old in due:
            kid = old.key.public.kid
            note = Acting(by="city", at=now).note(RETIRED, kid, kind=old.kind.value)
            # Each in a step of its own: each has its entry in the ledger.
            self.store.change(partial(_retired, kid=kid, now=now), note)
        return bool(due)

    def named(self) -> frozenset[KeyId]:
        """Return the K2s that the stored statements of anchor and leaf both name."""
        leaf = load_own(self.statements, self.book.seal, None).entity.leaf
        return frozenset() if leaf is None else self._anchored() & leaf.key_ids

    def _anchored(self) -> frozenset[KeyId]:
        """Return the K2s that the anchor's stored statement names; none if it is not ours."""
        served = load_own(self.statements, self.book.seal, None).served.get(Role.SUBORDINATE)
        if served is None:
            return frozenset()
        statement = SubordinateStatement.parse(read(served.token).payload, self.leaf)
        return frozenset(key.kid for key in statement.keys)

    def settle(self, now: Timestamp) -> tuple[str, ...]:
        """Draw the consequences of what was changed; return what went wrong, by code.

        What failed is owed, and tried again by whoever comes next. Safe to repeat.
        """
        if not self.store.pending and not self._leaving():
            return ()
        return self.follow_up(now)

    def follow_up(self, now: Timestamp) -> tuple[str, ...]:
        """Draw the consequences whether or not any are owed; return what went wrong, by code."""
        notes, steps = self.store.pending, [self._reseal, self._resign]
        unpublished = _problem(self._publish, now)
        # A leaf that was not signed is no news, and neither is one without a key of which nothing
        # is in use any more.
        if unpublished is None and not _only_retired(notes):
            steps.append(self._announce)
        problems = (unpublished, *[_problem(step, now) for step in steps])
        if any(problems):
            return tuple(filter(None, problems))
        problem = _problem(lambda now: self._conclude(notes, now), now)
        return (problem,) if problem else ()

    def anchor_spoke(self, now: Timestamp) -> tuple[str, ...]:
        """Let go of an old K2 that the anchor's stored statement leaves out; as ``settle``."""
        anchored = self._anchored()
        if anchored:
            self.store.change(lambda keys, _: change.renewed(keys, anchored))
        return self.settle(now)

    def _publish(self, _: Timestamp) -> None:
        self.publish_leaf()

    def _reseal(self, now: Timestamp) -> None:
        reseal_rows(self.book, now)

    def _resign(self, now: Timestamp) -> None:
        self.resign_documents(now)

    def _announce(self, now: Timestamp) -> None:
        self.announce(now)

    def _conclude(self, notes: tuple[Note, ...], now: Timestamp) -> None:
        if self._leaving():
            self.store.change(lambda keys, _: change.leave(keys, now))
        if not notes:
            return
        # A kill or a full disk may have come after this last time: one act has one entry.
        entries = self.ledger.latest(LOOKED_BACK)
        for note in notes:
            if not any(_tells(entry, note) for entry in entries):
                self.ledger.append(note)
        self.store.told(notes)

    def _leaving(self) -> bool:
        old = self.store.keys.old_of(KeyKind.FEDERATION)
        return any(each.leaving is not None for each in old)

    def _kid(self, role: KeyRole) -> KeyId:
        return self.store.keys.keys[role].public.kid


def _only_retired(notes: tuple[Note, ...]) -> bool:
    return bool(notes) and all(note.act == RETIRED for note in notes)


def _tells(entry: Entry, note: Note) -> bool:
    details = entry.details
    if details is None or (entry.act, entry.at) != (note.act, note.at):
        return False
    # Not by a note made of it: an odd entry would be none.
    told = details.actor, details.target, dict(details.facts)
    return told == (note.actor, note.target, dict(note.facts))


def _problem(step: Callable[[Timestamp], None], now: Timestamp) -> str | None:
    try:
        step(now)
    except GatewayError as error:
        return error.code
    except OSError as error:
        # The vault's disk.
        return type(error).__name__
    return None


def _retired(keys: KeySet, _: PublicKey, *, kid: KeyId, now: Timestamp) -> KeySet:
    return change.retire(keys, kid, now)
