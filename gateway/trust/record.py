"""The partner record: what two officers agreed with another city.

Kept as one row signed with the city's own federation key, so that a hand in the database
changes nothing unseen (see ``rows``). What the partner published since is not in here but
in ``trusted_city``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gateway.ids import CityId, EntityId, KeyId, ScenarioId, Timestamp
from gateway.jose.keys import PublicKey
from gateway.trust import wording
from gateway.trust.decisions import Block, Decision
from gateway.trust.errors import AnchorKeysError, RatificationError, RecordError
from gateway.trust.safety import Half, half
from gateway.trust.states import STOPPED_STATES, PartnerState, check_transition

ANCHOR_KEYS = 2
"""An anchor is pinned with K1 and K1s, since the safety number is over both."""

MAX_AGREED_SCENARIOS = 256

NEVER = Timestamp(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """What no message of a partner can change.

    Attributes:
        division: The partner's division code; None where it only verifies.
        anchor_keys: K1 and K1s.
    """

    anchor: EntityId
    leaf: EntityId
    division: CityId | None
    anchor_keys: tuple[PublicKey, ...]

    @property
    def anchor_kids(self) -> frozenset[KeyId]:
        """Ids of the pinned keys."""
        return frozenset(key.kid for key in self.anchor_keys)

    def half(self) -> Half:
        """Return this city's half of a safety number.

        Raises:
            AnchorKeysError: not exactly two keys.
        """
        if len(self.anchor_keys) != ANCHOR_KEYS:
            raise AnchorKeysError("an anchor to pin has K1 and K1s")
        return half(self.anchor, self.anchor_kids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """Groups of the partner's half that one officer was asked for.

    Attributes:
        groups: Positions 0 to 5.
        wrong: Wrong answers so far, of this and of challenges that it replaced.
    """

    officer: str
    groups: tuple[int, ...]
    wrong: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """One officer compared these groups, and they were right."""

    officer: str
    groups: tuple[int, ...]
    at: Timestamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Repin:
    """A new pair of anchor keys that is being compared; see ``repinning``."""

    keys: tuple[PublicKey, ...]
    challenge: Challenge | None = None
    confirmations: tuple[Confirmation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementRecord:
    """What this city decided about one partner.

    Attributes:
        scenarios: Agreed scenarios; empty before acceptance.
        until: First moment at which the agreement no longer holds; None before acceptance.
        reason: Why the present state was set by hand, plain text; may be empty.
        decided_by: The officer who set it; may be empty.
        decided_at: When; 0 where an earlier version did not keep it.
        ratified_by: The other officer who ratified a stop; may be empty.
        blocked: Code keys that an officer blocked.
        removed_anchor: Anchor keys that were taken out; none of them is ever pinned again.
        repin: A new pair of anchor keys that is being compared.
    """

    pins: Pins
    state: PartnerState = PartnerState.CANDIDATE
    scenarios: frozenset[ScenarioId] = frozenset()
    until: Timestamp | None = None
    challenge: Challenge | None = None
    confirmations: tuple[Confirmation, ...] = ()
    reason: str = ""
    decided_by: str = ""
    decided_at: Timestamp = NEVER
    ratified_by: str = ""
    blocked: Mapping[KeyId, Block] = field(default_factory=dict[KeyId, Block])
    removed_anchor: frozenset[KeyId] = frozenset()
    repin: Repin | None = None

    def moved(
        self,
        wanted: PartnerState,
        *,
        reason: str = "",
        officer: str = "",
        now: Timestamp = NEVER,
    ) -> "AgreementRecord":
        """Return the record in another state.

        Raises:
            TransitionError: there is no way from here to there.
            RecordError: reason or officer is not plain text of at most 500 or 64 characters.
        """
        check_transition(self.state, wanted)
        _check_plain(reason, wording.MAX_REASON_CHARS)
        _check_plain(officer, wording.MAX_OFFICER_CHARS)
        return replace(
            self,
            state=wanted,
            reason=reason,
            decided_by=officer,
            decided_at=now,
            ratified_by="",
        )

    def stop(self) -> Decision | None:
        """Return who stopped the partner by hand, and why; None where nobody did."""
        if self.state not in STOPPED_STATES:
            return None
        return Decision(
            officer=self.decided_by,
            reason=self.reason,
            at=self.decided_at,
            ratified_by=self.ratified_by,
        )

    def stop_ratified(self, officer: str) -> "AgreementRecord":
        """Return the record with the stop ratified by another officer.

        Raises:
            RatificationError: nobody stopped it, it is ratified, or it is the same officer.
        """
        stop = self.stop()
        if stop is None:
            raise RatificationError("nobody stopped this partner by hand")
        return replace(self, ratified_by=stop.ratified(officer).ratified_by)

    def block_ratified(self, kid: KeyId, officer: str) -> "AgreementRecord":
        """Return the record with the block of a key ratified by another officer.

        Raises:
            RatificationError: it is not blocked, it is ratified, or it is the same officer.
        """
        block = self.blocked.get(kid)
        if block is None:
            raise RatificationError("nobody blocked this key")
        ratified = replace(block, decision=block.decision.ratified(officer))
        return replace(self, blocked={**self.blocked, kid: ratified})

    def key_blocked(self, kid: KeyId, block: Block) -> "AgreementRecord":
        """Return the record with a code key blocked.

        Raises:
            RecordError: it is blocked already, its ``since`` is ahead, or there is no officer or
                reason in plain text.
        """
        decision = block.decision
        if kid in self.blocked:
            raise RecordError("this key is blocked already")
        if block.since > decision.at:
            raise RecordError("a key is blocked since a moment that has been")
        if not decision.reason or not decision.officer:
            raise RecordError("an officer and a reason are kept")
        _check_plain(decision.reason, wording.MAX_REASON_CHARS)
        _check_plain(decision.officer, wording.MAX_OFFICER_CHARS)
        return replace(self, blocked={**self.blocked, kid: block})

    def key_unblocked(self, kid: KeyId) -> "AgreementRecord":
        """Return the record without the block of a key.

        Raises:
            RecordError: it is not blocked.
        """
        if kid not in self.blocked:
            raise RecordError("this key is not blocked")
        others = {other: block for other, block in self.blocked.items() if other != kid}
        return replace(self, blocked=others)

    def accepted(
        self,
        scenarios: frozenset[ScenarioId],
        until: Timestamp,
        now: Timestamp,
        officer: str = "",
    ) -> "AgreementRecord":
        """Return the record of an active partner.

        Raises:
            TransitionError: the safety number was not confirmed by two officers.
            RecordError: no scenario, an odd one, or an end that is not ahead.
        """
        fit = all(re.fullmatch(wording.SCENARIO, scenario) for scenario in scenarios)
        if not fit or not 0 < len(scenarios) <= MAX_AGREED_SCENARIOS:
            raise RecordError("at least one scenario of the documented form is agreed")
        if until <= now:
            raise RecordError("an agreement ends in the future")
        active = self.moved(PartnerState.ACTIVE, officer=officer, now=now)
        return replace(active, scenarios=scenarios, until=until)


def _check_plain(text: str, max_chars: int) -> None:
    if text and (len(text) > max_chars or not wording.is_plain(text)):
        raise RecordError(f"plain text of at most {max_chars} characters")
