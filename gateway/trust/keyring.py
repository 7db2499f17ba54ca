"""The keys that verify codes, by city: an immutable snapshot, asked on the hot path.

Never one map for all cities: with one map, one city could sign for another. Which keys are
in here is decided by ``partners``; dead and blocked ones are not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.ids import CityId, EntityId, ScenarioId, Timestamp
from gateway.jose.keys import PublicKey
from gateway.trust.states import PartnerState

HINT_CHARS = 8
"""The hint in a code is the first 8 characters of the kid: 6 bytes of the thumbprint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeKey:
    """A code key that is alive.

    Attributes:
        not_before: First moment at which it verifies.
        expires_at: First moment at which it no longer does.
        usable_from: End of its hold-down.
    """

    public: PublicKey
    not_before: Timestamp
    expires_at: Timestamp
    usable_from: Timestamp

    def usable(self, now: Timestamp) -> bool:
        """Return whether the key verifies now: in its life, past its hold-down."""
        return self.not_before <= now < self.expires_at and now >= self.usable_from


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """A city whose codes are known, in whatever state.

    Attributes:
        state: As decided by people, or suspended by the city's own kill switch. Time is not
            in it: see ``verifies``.
        statements_expire_at: First moment at which its chain, its agreement or what we know
            of it has run out.
        obtained_at: Last cycle that obtained its leaf configuration.
        code_lifetime_max_s: Longest life of its codes.
        scenarios: Agreed scenarios; each includes those below it.
        anchor: Of the partner that it is; None for our own city.
        seen_hints: Hints of every key that it ever announced, and of the blocked ones.
        status_keys: Live federation keys: whose signature on its status lists counts.
    """

    city: CityId
    state: PartnerState
    statements_expire_at: Timestamp
    obtained_at: Timestamp
    keys: tuple[CodeKey, ...]
    code_lifetime_max_s: int
    scenarios: frozenset[ScenarioId]
    anchor: EntityId | None = None
    seen_hints: frozenset[str] = frozenset()
    status_keys: tuple[PublicKey, ...] = ()
    _by_hint: Mapping[str, tuple[CodeKey, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_hint: dict[str, tuple[CodeKey, ...]] = {}
        for key in self.keys:
            hint = key.public.kid[:HINT_CHARS]
            by_hint[hint] = (*by_hint.get(hint, ()), key)
        object.__setattr__(self, "_by_hint", by_hint)

    def candidates(self, hint: str) -> tuple[CodeKey, ...]:
        """Return the keys whose id begins with ``hint``, 8 characters; each is to be tried."""
        return self._by_hint.get(hint, ())

    def to_ask_about(self, hint: str) -> EntityId | None:
        """Return the partner that may have a key of this hint which we do not know of yet.

        None for a key that we know, be it dead, blocked or held down: asking brings nothing new.
        """
        return None if hint in self.seen_hints else self.anchor

    def scenario_agreed(self, scenario: ScenarioId) -> bool:
        """Return whether ``scenario``, or one above it, is agreed."""
        parts = scenario.split(".")
        above = (".".join(parts[:end]) for end in range(1, len(parts) + 1))
        return any(each in self.scenarios for each in above)

    def verifies(self, now: Timestamp) -> bool:
        """Return whether its codes may be recognised: active, and nothing has run out."""
        return self.state is PartnerState.ACTIVE and now < self.statements_expire_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """All cities whose codes this city knows, its own included.

    Attributes:
        own: This city's division code; None where it only verifies.
        issuers: Every city that was ever accepted, by division code.
        clock_doubtful: Most partners contradict our clock: recognise nothing.
    """

    own: CityId | None
    issuers: Mapping[CityId, Issuer]
    clock_doubtful: bool = False

    def issuer(self, city: CityId) -> Issuer | None:
        """Return the city, or None if it was never a member."""
        return self.issuers.get(city)

    def trust_age_s(self, now: Timestamp) -> int:
        """Return the age of what we know of the oldest active partner; 0 without partners."""
        ages = (
            now - issuer.obtained_at
            for city, issuer in self.issuers.items()
            if city != self.own and issuer.verifies(now)
        )
        return max((age for age in ages if age > 0), default=0)
