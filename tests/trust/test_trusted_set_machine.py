"""Whatever a city publishes, and whatever comes between: a dead key never verifies again."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gateway.ids import KeyId, Timestamp
from gateway.jose.keys import generate
from gateway.trust.cycle import Result
from gateway.trust.history import HOLD_DOWN_S
from gateway.trust.record import AgreementRecord
from gateway.trust.rows import RowSeal, seal_memory, seal_record
from gateway.trust.statements import fingerprint, read
from gateway.trust.trusted_city import Role, TrustedCity
from tests.trust.cities import HOUR, NOON, announced, jinhua, offered, signed, wenzhou

CITY, OWN = wenzhou(), jinhua()
CODE_KEYS = [generate() for _ in range(5)]
FEDERATION_KEYS = [generate() for _ in range(4)]
SEAL = RowSeal(leaf=OWN.leaf, keys=(OWN.k2.public,))
SOME_CODE_KEYS = st.sets(st.integers(0, 4), min_size=1)
SOME_FEDERATION_KEYS = st.sets(st.integers(0, 3), min_size=1)


class TrustedSet(RuleBasedStateMachine):
    """A model that knows only sets of key numbers, beside the real thing."""

    def __init__(self) -> None:
        super().__init__()
        self.now = Timestamp(NOON)
        self.city = TrustedCity.first(CITY.pins())
        self.seen: list[tuple[Role, str]] = []
        self.accepted: dict[str, tuple[str, Timestamp]] = {}
        # The model.
        self.code: set[int] = set()
        self.dead_code: set[int] = set()
        self.code_since: dict[int, int] = {}
        self.named: set[int] = set()
        self.announced: set[int] = set()
        self.dead_federation: set[int] = set()
        self.ever_named: set[int] = set()
        self.newly_named: set[int] = set()
        self.named_at = 0

    @initialize()
    def first_contact(self) -> None:
        self.offer(Role.ANCHOR, CITY.anchor_token(self.now))
        self.anchor_names({0, 1})
        self.leaf_announces({0, 1}, {0, 1}, 0)

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        self.now = Timestamp(self.now + hours * HOUR)
        self.offer(Role.ANCHOR, CITY.anchor_token(self.now))

    @rule(keys=SOME_FEDERATION_KEYS)
    def anchor_names(self, keys: set[int]) -> None:
        self.now = Timestamp(self.now + 1)
        statement = replace(
            CITY.subordinate_statement(self.now),
            keys=tuple(FEDERATION_KEYS[key].public for key in sorted(keys)),
        )

        result = self.offer(Role.SUBORDINATE, signed(statement, CITY.k1))

        assert result is Result.ACCEPTED
        live = self.live_federation()
        self.newly_named = keys - self.ever_named if self.ever_named else set()
        self.named_at = self.now
        self.named, self.ever_named = keys, self.ever_named | keys
        self.dead_federation |= live - self.live_federation()

    @rule(keys=SOME_FEDERATION_KEYS, code=SOME_CODE_KEYS, signer=st.integers(0, 3))
    def leaf_announces(self, keys: set[int], code: set[int], signer: int) -> None:
        self.now = Timestamp(self.now + 1)
        statement = replace(
            CITY.leaf_configuration(self.now),
            keys=tuple(FEDERATION_KEYS[key].public for key in sorted(keys)),
            issuer=CITY.issuer(*(announced(CODE_KEYS[key].public) for key in sorted(code))),
        )

        result = self.offer(Role.LEAF, signed(statement, FEDERATION_KEYS[signer]))

        if signer not in (self.named & keys) - self.dead_federation:
            assert result is Result.REFUSED
            return
        assert result is Result.ACCEPTED
        live = self.live_federation()
        in_time = self.now - self.named_at < HOUR
        exempt = not self.code_since or (in_time and signer in self.newly_named)
        for key in code:
            since = self.now if exempt else self.now + HOLD_DOWN_S
            # Whoever exempts a leaf vouches for the keys in it that wait already.
            known = self.code_since.get(key, since)
            self.code_since[key] = min(known, since) if exempt else known
        self.newly_named -= {signer}
        self.announced = keys
        self.dead_federation |= live - self.live_federation()
        self.dead_code |= self.code - code
        self.code = code

    @rule(which=st.integers(0, 10**6))
    def somebody_replays(self, which: int) -> None:
        role, token = self.seen[which % len(self.seen)]
        before = self.city

        result = self.offer(role, token)

        assert result is not Result.ACCEPTED
        assert self.city is before

    @rule()
    def a_row_is_stored_and_loaded(self) -> None:
        record = AgreementRecord(pins=CITY.pins())
        _, self.city = SEAL.open(
            CITY.anchor,
            seal_record(record, leaf=OWN.leaf, version=1, signer=OWN.k2, now=self.now),
            seal_memory(self.city, leaf=OWN.leaf, version=1, signer=OWN.k2, now=self.now),
            version=1,
        )

    @invariant()
    def a_dead_key_never_verifies_again(self) -> None:
        usable = {key.public.kid for key in self.city.code_keys() if key.usable(self.now)}

        assert not usable & {code_kid(key) for key in self.dead_code}

    @invariant()
    def the_model_agrees(self) -> None:
        alive = {code_kid(key): self.code_since[key] for key in self.code - self.dead_code}

        assert {key.public.kid: key.usable_from for key in self.city.code_keys()} == alive
        assert self.city.live_federation() == {
            FEDERATION_KEYS[key].public.kid for key in self.live_federation()
        }

    def live_federation(self) -> set[int]:
        return (self.named & self.announced) - self.dead_federation

    def offer(self, role: Role, token: str) -> Result:
        update = offered(self.city, role, token, self.now, dict(self.accepted))
        self.city = update.city
        if update.result is Result.ACCEPTED:
            self.seen.append((role, token))
            life = self.city.life(role)
            assert life is not None
            self.accepted[fingerprint(read(token))] = (role.value, life.issued_at)
        return update.result


def code_kid(key: int) -> KeyId:
    return CODE_KEYS[key].public.kid


TrustedSet.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
test_the_trusted_set_agrees_with_its_model = TrustedSet.TestCase
