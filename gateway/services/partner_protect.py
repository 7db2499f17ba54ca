"""What one officer does at once about a partner, since it protects; another one ratifies it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from gateway.errors import RefusedError
from gateway.ids import CityId, EntityId, KeyId, Timestamp
from gateway.services.audit import Acting
from gateway.services.partner_book import PartnerBook
from gateway.services.ratify import NothingToRatifyError, Unratified
from gateway.trust.decisions import Block, Decision
from gateway.trust.errors import RecordError
from gateway.trust.record import AgreementRecord
from gateway.trust.states import PartnerState
from gateway.trust.trusted_city import TrustedCity

SUSPENDED: Final = "partner.suspended"
DISPUTED: Final = "partner.disputed"
KEY_BLOCKED: Final = "partner.key_blocked"

MIN_PREFIX_CHARS: Final = 8
"""So much of a key id is shown everywhere."""

_STOPS: Final = {PartnerState.SUSPENDED: SUSPENDED, PartnerState.DISPUTED: DISPUTED}


class UnknownPartnerKeyError(RefusedError):
    """This partner has no key, or more than one, that is meant by this."""

    code = "partner_key_unknown"


class KeyUse(Protocol):
    """Counts what was recorded."""

    def recognised_with(self, issuer: CityId, key_id: KeyId, since: Timestamp) -> int:
        """Return how many codes by this key were recognised here from the minute of ``since`` on.

        Of the records that are kept; what was voided later counts as well.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """A key that is not used any more.

    Attributes:
        recognised: How many codes by it this city has recorded since ``since``.
    """

    kid: KeyId
    since: Timestamp
    recognised: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectPartners:
    """The protective acts; each is in force in every worker within a second."""

    book: PartnerBook
    uses: KeyUse

    def stop(self, anchor: EntityId, state: PartnerState, decided: Decision) -> PartnerState:
        """Stop recognising a partner's codes: suspended, or disputed while people look.

        Raises:
            As ``stop``.
        """
        return stop(self.book, anchor, state, decided)

    def block(self, anchor: EntityId, named: str, since: Timestamp, decided: Decision) -> Blocked:
        """Use one code key of a partner no more, for no code of whatever date.

        Args:
            anchor: Whose key.
            named: Its id, or at least eight characters from its beginning.
            since: From when on it is thought to be in wrong hands; kept, and counted from.
            decided: By whom, why and when.

        Raises:
            UnknownPartnerError: there is no such partner.
            UnknownPartnerKeyError: it has announced no such key, or several.
            RecordError: it is blocked already, ``since`` is ahead, or no officer or reason.
        """
        partner = self.book.find(anchor, decided.at)[1]
        kid = code_key(partner.city, named)
        block = Block(since=since, decision=decided)
        self.book.change(anchor, decided.at, lambda record: record.key_blocked(kid, block))
        division = partner.record.pins.division
        counted = 0 if division is None else self.uses.recognised_with(division, kid, since)
        return Blocked(kid=kid, since=since, recognised=counted)


def stop(
    book: PartnerBook, anchor: EntityId, state: PartnerState, decided: Decision
) -> PartnerState:
    """Store that one officer stopped a partner, and return the state.

    Raises:
        UnknownPartnerError, TransitionError: there is nothing to stop.
        RecordError: no officer or reason, or not plain text.
    """
    if not decided.officer or not decided.reason:
        raise RecordError("an officer and a reason are kept")
    return book.change(
        anchor,
        decided.at,
        lambda record: record.moved(
            state, reason=decided.reason, officer=decided.officer, now=decided.at
        ),
    ).state


def code_key(city: TrustedCity, named: str) -> KeyId:
    """Return the code key that an officer means.

    Args:
        city: What its city has announced.
        named: Its id, or at least eight characters from its beginning.

    Raises:
        UnknownPartnerKeyError: none is meant, or several are.
    """
    known, history = frozenset(city.history.code), city.history
    meant = _meant(known, named)
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise UnknownPartnerKeyError("several keys begin so; give more of the id")
    if _meant(history.federation | history.anchor, named):
        raise UnknownPartnerKeyError("that key signs no codes; suspend the partner instead")
    raise UnknownPartnerKeyError("this partner has announced no code key of this id")


def pinned_key(record: AgreementRecord, named: str) -> KeyId:
    """Return the pinned anchor key that an officer means; as ``code_key``.

    Raises:
        UnknownPartnerKeyError: none is meant, or both are.
    """
    meant = _meant(record.pins.anchor_kids, named)
    if len(meant) != 1:
        raise UnknownPartnerKeyError("no pinned anchor key of this partner has this id")
    return meant[0]


def _meant(known: Iterable[KeyId], named: str) -> tuple[KeyId, ...]:
    if len(named) < MIN_PREFIX_CHARS:
        return ()
    return tuple(sorted(kid for kid in known if kid.startswith(named)))


def unratified_of(record: AgreementRecord) -> tuple[Unratified, ...]:
    """Return what one officer did about a partner, and no other has ratified.

    Of one that two officers removed since, nothing is left to look at.
    """
    if record.state is PartnerState.LEFT:
        return ()
    leaf, anchor = record.pins.leaf, record.pins.anchor
    decided = [
        (KEY_BLOCKED, key_target(leaf, kid), b.decision) for kid, b in record.blocked.items()
    ]
    if (made := record.stop()) is not None:
        decided.append((_STOPS[record.state], leaf, made))
    return tuple(
        Unratified(
            act=act,
            target=target,
            anchor=anchor,
            by=decision.officer,
            at=decision.at,
            reason=decision.reason,
        )
        for act, target, decision in decided
        if not decision.ratified_by
    )


def key_target(leaf: EntityId, kid: KeyId) -> str:
    """Return how a proposal names one key of a partner; no entity identifier has a ``#``."""
    return f"{leaf}#{kid}"


def key_of(target: str) -> tuple[EntityId, KeyId]:
    """Return the leaf and the key that ``key_target`` named."""
    leaf, _, kid = target.partition("#")
    return EntityId(leaf), KeyId(kid)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerProtection:
    """What waits for ratification in the rows of partners."""

    book: PartnerBook

    def unratified(self, now: Timestamp) -> tuple[Unratified, ...]:
        """Return what is in force and was not ratified."""
        return tuple(
            each
            for partner in self.book.all(now).partners
            for each in unratified_of(partner.record)
        )

    def ratify(self, found: Unratified, acting: Acting) -> None:
        """Keep in the partner's row that a second officer has ratified it."""
        officer = acting.by.removeprefix("officer:")
        kid = key_of(found.target)[1]

        def decide(record: AgreementRecord) -> AgreementRecord:
            # What was decided anew between reading and writing is another decision.
            if found not in unratified_of(record):
                raise NothingToRatifyError("it was ratified, undone or done anew since")
            if found.act == KEY_BLOCKED:
                return record.block_ratified(kid, officer)
            return record.stop_ratified(officer)

        self.book.change(found.anchor, acting.at, decide, officer=officer)
