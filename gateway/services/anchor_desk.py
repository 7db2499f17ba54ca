"""The gateway's side of the anchor's ceremony: what to ask for, and taking the answer.

An answer is checked as a partner would, under the anchor keys of the vault and beside the stored
statements, before anything is stored; both statements and the ledger's entry are one transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.errors import GatewayError
from gateway.ids import EntityId, KeyId, Timestamp
from gateway.jose import jws, strict_json
from gateway.jose.keys import PublicKey
from gateway.services.audit import Acting
from gateway.services.key_desk import KeyDesk
from gateway.services.own_keys import OwnKeys
from gateway.services.partner_ports import OwnClockDoubtfulError
from gateway.services.trust_ports import NewStatement, StatementRole
from gateway.trust import entity
from gateway.trust import key_changes as change
from gateway.trust.anchor_files import ANCHOR_STATEMENTS, AnchorAnswer, AnchorRequest
from gateway.trust.cycle import Result, take
from gateway.trust.errors import AnchorAnswerError
from gateway.trust.key_set import KeyKind
from gateway.trust.record import Pins
from gateway.trust.statements import (
    MAX_STATEMENT_CHARS,
    AnchorConfiguration,
    SubordinateStatement,
    read,
)
from gateway.trust.trusted_city import Role, TrustedCity

_NAMES: Final[Mapping[Role, StatementRole]] = {
    Role.ANCHOR: "anchor",
    Role.SUBORDINATE: "subordinate",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedAnswer:
    """An answer that a partner would accept.

    Attributes:
        fresh: The statements that are newer than the stored ones.
        anchors: Who signed, and the other anchor key.
        named: The federation keys that the anchor names now.
        suspended: Whether it carries the kill switch.
    """

    fresh: tuple[NewStatement, ...]
    anchors: tuple[PublicKey, PublicKey]
    named: frozenset[KeyId]
    suspended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorDesk:
    """Asks the anchor, and takes its answers."""

    leaf: EntityId
    organization_name: str
    keys: OwnKeys
    desk: KeyDesk

    def request(self, now: Timestamp, *, suspend: bool, clock_doubtful: bool) -> AnchorRequest:
        """Return what the anchor is to sign; it is signed with K2 when it is written.

        Raises:
            OwnClockDoubtfulError: nothing is signed then.
        """
        if clock_doubtful:
            raise OwnClockDoubtfulError("most partners contradict our clock")
        anchors = self.keys.anchors()
        stored = self.desk.statements.all()
        return AnchorRequest(
            leaf=self.leaf,
            made_at=now,
            organization_name=self.organization_name,
            anchor_kids=frozenset(key.kid for key in anchors),
            federation=self._federation(),
            suspend=suspend,
            issued_at={
                role: issued_at
                for role in ANCHOR_STATEMENTS
                if role in stored and (issued_at := _issued_at(stored[role], anchors))
            },
            signer=self.keys.federation().public.kid,
        )

    def check(self, answer: AnchorAnswer, now: Timestamp, *, clock_doubtful: bool) -> CheckedAnswer:
        """Return what an answer brings, checked as a partner would; nothing is stored.

        Raises:
            OwnClockDoubtfulError: nothing is believed by this clock.
            AnchorAnswerError: another city's, older, forged, or not to the newest request.
        """
        if clock_doubtful:
            raise OwnClockDoubtfulError("most partners contradict our clock")
        # (1) Is it ours?
        if answer.leaf != self.leaf:
            raise AnchorAnswerError("trust_wrong_entity", "it is about another city")
        # (2) Would a partner that has pinned our anchor, and has our statements, believe it?
        known, fresh = self._known(now), list[NewStatement]()
        for role in ANCHOR_STATEMENTS:
            token = answer.statements[role]
            self._check_newer(role, token)
            update = take(known, role, token, accepted={}, now=now)
            if update.result not in {Result.ACCEPTED, Result.UNCHANGED}:
                refusal = update.refusal or update.result.value
                raise AnchorAnswerError(refusal, f"partners would refuse its {role} statement")
            known = update.city
            life = known.life(role)
            if update.result is Result.ACCEPTED and life is not None:
                fresh.append(NewStatement(role=_NAMES[role], token=token, issued_at=life.issued_at))
        found = self._content(answer, tuple(fresh))
        # (3) Does it name the keys that sign here, and none that is gone?
        wanted = frozenset(key.kid for key in self._federation())
        if not wanted <= found.named:
            raise AnchorAnswerError(
                "key_successor_unnamed", "it does not name K2 and K2next: make a new request"
            )
        self._check_anchors(found, now)
        # (4) And no key that is not ours: somebody may have changed the request on its way.
        if strangers := found.named - {key.kid for key in self.keys.federation_public()}:
            names = ", ".join(sorted(kid[:8] for kid in strangers))
            raise AnchorAnswerError(
                "trust_unknown_signer",
                f"it names a federation key that this gateway never had ({names}): destroy it,"
                " and find out who changed the request",
            )
        return found

    def take(self, found: CheckedAnswer, acting: Acting) -> tuple[str, ...]:
        """Store what was checked, and draw its consequences; return what is owed, by code.

        Safe to repeat with the same answer: what a kill left is finished.

        Raises:
            NotNewerError, UnavailableError: nothing was stored.
        """
        anchors = tuple(key.kid for key in found.anchors)
        if found.fresh:
            note = acting.note(
                "federation.anchor_imported",
                self.leaf,
                anchor=anchors[0],
                standby=anchors[1],
                federation=" ".join(sorted(kid[:8] for kid in found.named)),
                suspended=int(found.suspended),
            )
            self.desk.statements.put_all(found.fresh, acting.at, note)
        replaced = set(anchors) != {key.kid for key in self.keys.anchors()}
        note = acting.note("keys.anchor_replaced", anchors[0], standby=anchors[1])
        self.desk.store.change(
            lambda keys, _: change.renewed(
                change.anchors_replaced(keys, *found.anchors, acting.at), found.named
            ),
            note if replaced else None,
        )
        return self.desk.follow_up(acting.at)

    def replaces_anchors(self, found: CheckedAnswer) -> bool:
        """Return whether another anchor key is announced than before: that takes two people."""
        return {key.kid for key in found.anchors} != {key.kid for key in self.keys.anchors()}

    def _federation(self) -> tuple[PublicKey, ...]:
        keys = self.desk.store.keys
        return tuple(
            key.public for role, key in keys.keys.items() if role.kind is KeyKind.FEDERATION
        )

    def _known(self, now: Timestamp) -> TrustedCity:
        """Return what a partner believes that has pinned our anchor and follows us."""
        pins = Pins(
            anchor=entity.anchor_of(self.leaf),
            leaf=self.leaf,
            division=None,
            anchor_keys=self.keys.anchors(),
        )
        known, stored = TrustedCity.first(pins), self.desk.statements.all()
        for role in Role:
            if role in stored:
                # One that has run out is no longer believed; its time still is: ``_check_newer``.
                known = take(known, role, stored[role], accepted={}, now=now).city
        return known

    def _check_newer(self, role: Role, token: str) -> None:
        stored = self.desk.statements.all().get(role)
        if stored is None or stored == token:
            return
        last = _issued_at(stored, self.keys.anchors())
        offered = _said_issued_at(token)
        if last is not None and offered is not None and offered <= last:
            raise AnchorAnswerError("trust_rollback", f"its {role} statement is not newer")

    def _content(self, answer: AnchorAnswer, fresh: tuple[NewStatement, ...]) -> CheckedAnswer:
        """Return what is in statements that were verified."""
        parts = read(answer.statements[Role.ANCHOR])
        anchor = AnchorConfiguration.parse(parts.payload, entity.anchor_of(self.leaf))
        active = tuple(key for key in anchor.keys if key.kid == parts.kid)
        others = tuple(key for key in anchor.keys if key.kid != parts.kid)
        subordinate = SubordinateStatement.parse(
            read(answer.statements[Role.SUBORDINATE]).payload, self.leaf
        )
        if len(others) != 1:
            raise AnchorAnswerError("trust_anchor_keys", "an anchor has exactly two keys")
        return CheckedAnswer(
            fresh=fresh,
            anchors=(active[0], others[0]),
            named=frozenset(key.kid for key in subordinate.keys),
            suspended=not subordinate.allows_issuing,
        )

    def _check_anchors(self, found: CheckedAnswer, now: Timestamp) -> None:
        keys = self.desk.store.keys
        try:
            after = change.anchors_replaced(keys, *found.anchors, now)
        except GatewayError as error:
            raise AnchorAnswerError(error.code, str(error)) from error
        if found.named & after.gone_kids():
            raise AnchorAnswerError("trust_dead_key_returned", "it names a removed key")


def _issued_at(token: str, keys: tuple[PublicKey, ...]) -> Timestamp | None:
    """Return the ``iat`` of a stored statement; None if no anchor key of ours signed it."""
    try:
        parts = read(token)
        signer = next((key for key in keys if key.kid == parts.kid), None)
        if signer is None:
            return None
        jws.verify(parts, signer)
    except GatewayError:
        return None
    return _said_issued_at(token)


def _said_issued_at(token: str) -> Timestamp | None:
    try:
        value = strict_json.parse(read(token).payload, max_bytes=MAX_STATEMENT_CHARS).get("iat")
    except GatewayError:
        return None
    return Timestamp(value) if type(value) is int else None
