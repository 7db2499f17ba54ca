"""Own keys change: what a partner that follows this city then believes, and what a kill leaves."""

import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from gateway.app.composition import OpenCity, open_city
from gateway.app.live_keys import LiveKeys
from gateway.app.publishing import anchor_publisher
from gateway.app.worker import settling, signing
from gateway.clock import SystemClock
from gateway.errors import GatewayError, TrustError, UnavailableError
from gateway.ids import KeyId, Timestamp
from gateway.jose.keys import generate
from gateway.services.audit import Acting
from gateway.services.key_desk import KeyDesk
from gateway.services.own_keys import IssuingKey
from gateway.services.partner_ports import OwnClockDoubtfulError, OwnKeysOlderError
from gateway.services.trust_ports import PartnerRow
from gateway.settings import load
from gateway.trust import entity
from gateway.trust.alarms import AlarmCode, TrustAlarm
from gateway.trust.cycle import Result, take
from gateway.trust.errors import KeyReasonError
from gateway.trust.key_set import DAY_S
from gateway.trust.record import Pins
from gateway.trust.rows import seal_memory, seal_record
from gateway.trust.trusted_city import Role as Statement
from gateway.trust.trusted_city import TrustedCity
from gateway.vault import Role
from tests.cli.places import Place, make_place
from tests.services.offices import two

HOUR = 3600


@dataclass
class TellingClock:
    """A clock that a test sets."""

    at: Timestamp

    def now(self) -> Timestamp:
        return self.at

    def later(self, seconds: int) -> None:
        self.at = Timestamp(self.at + seconds)


@dataclass
class Follower:
    """A partner that has pinned this city and looks at what it publishes."""

    city: TrustedCity
    alarms: list[TrustAlarm] = field(default_factory=list)

    @classmethod
    def of(cls, office: OpenCity) -> "Follower":
        anchors = office.keys.anchors()
        code = office.settings.city.division_code
        leaf = office.leaf
        pins = Pins(anchor=entity.anchor_of(leaf), leaf=leaf, division=code, anchor_keys=anchors)
        found = cls(city=TrustedCity.first(pins))
        found.look(office)
        return found

    def look(self, office: OpenCity) -> None:
        now = office.clock.now()
        for role in Statement:
            token = office.store.own_statements.all()[role]
            update = take(self.city, role, token, accepted={}, now=now)
            assert update.result in {Result.ACCEPTED, Result.UNCHANGED}, update.refusal
            self.city = update.city
            self.alarms += update.alarms

    def recognises(self, kid: KeyId, now: Timestamp) -> bool:
        keys = self.city.code_keys()
        return any(key.public.kid == kid and key.usable(now) for key in keys)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return make_place(tmp_path_factory.mktemp("made")).init()


@pytest.fixture
def place(made: Place, tmp_path: Path) -> Place:
    shutil.copytree(made.root, tmp_path / "own")
    return Place(root=tmp_path / "own", slug=made.slug, port=made.port)


@pytest.fixture
def clock() -> TellingClock:
    return TellingClock(Timestamp(SystemClock().now() + 5))


@contextmanager
def opened(place: Place, clock: TellingClock) -> Generator[OpenCity]:
    with open_city(load(place.environ), clock) as city:
        yield city


@pytest.fixture
def city(place: Place, clock: TellingClock) -> Generator[OpenCity]:
    with opened(place, clock) as found:
        yield found


def acting(city: OpenCity) -> Acting:
    return Acting(by="console:tester", at=city.clock.now())


def hourly(city: OpenCity) -> None:
    for job in (*settling.jobs(city), *signing.jobs(city)):
        job.run(city.clock.now())


def settled(city: OpenCity) -> None:
    assert city.key_office.desk.settle(city.clock.now()) == ()
    assert city.vault.pending == ()
    city.trust.refresh(city.clock.now())


def kid(city: OpenCity, role: Role) -> KeyId:
    return city.vault.public(role).kid


def acts(city: OpenCity) -> list[str]:
    return [entry.act for entry in city.store.ledger.latest(20)]


def code_key(city: OpenCity) -> IssuingKey:
    return city.keys.codes()


def test_no_code_is_refused_over_three_planned_rotations(
    city: OpenCity, clock: TellingClock
) -> None:
    follower, signed_with = Follower.of(city), list[KeyId]()
    clock.later(48 * HOUR)

    for _ in range(3):
        signed_with.append(code_key(city).kid)
        hourly(city)
        follower.look(city)
        assert follower.recognises(code_key(city).kid, clock.now())
        city.key_office.desk.rotate_codes(acting(city))
        # Before anybody hears of it, after, and until the last code of the old key has ended.
        assert follower.recognises(code_key(city).kid, clock.now())
        settled(city)
        follower.look(city)
        clock.later(48 * HOUR)
        hourly(city)
        follower.look(city)
        assert all(follower.recognises(each, clock.now()) for each in signed_with[-1:])
        assert follower.recognises(code_key(city).kid, clock.now())

    assert len(set(signed_with)) == 3
    assert follower.alarms == []
    assert acts(city).count("keys.rotated") == 3


def test_the_hourly_job_drops_an_old_code_key_at_its_moment_and_not_a_second_before(
    city: OpenCity, clock: TellingClock
) -> None:
    old = code_key(city).kid
    city.key_office.desk.rotate_codes(acting(city), emergency=True)
    settled(city)
    [kept] = city.vault.keys.old
    assert kept.until is not None
    issuing = city.settings.issuing
    assert issuing is not None
    assert kept.until == clock.now() + issuing.lifetimes.code_lifetime_max_s + DAY_S

    clock.at = Timestamp(kept.until - 1)
    hourly_with_anchor(city)
    before = {key.public.kid for key in city.keys.codes_announced()}
    clock.later(1)
    hourly(city)

    assert old in before
    assert old not in {key.public.kid for key in city.keys.codes_announced()}
    assert "keys.retired" in acts(city)


def test_each_key_that_ends_has_its_entry_although_the_worker_was_away(
    city: OpenCity, clock: TellingClock
) -> None:
    ended = list[KeyId]()
    for _ in range(2):
        ended.append(code_key(city).kid)
        city.key_office.desk.rotate_codes(acting(city), emergency=True)
        settled(city)
        clock.later(HOUR)

    clock.later(60 * DAY_S)
    city.key_office.desk.retire(clock.now())

    retired = [note.target for note in city.vault.pending if note.act == "keys.retired"]
    assert retired == ended
    assert {gone.kid for gone in city.keys.keys.gone} >= set(ended)


def hourly_with_anchor(city: OpenCity) -> None:

    publisher = anchor_publisher(city.settings, city.vault, city.store)
    publisher.configuration(city.clock.now(), clock_doubtful=False)
    publisher.subordinate(city.clock.now(), clock_doubtful=False)
    hourly(city)


def test_a_key_that_is_revoked_is_gone_from_the_leaf_and_the_next_one_signs(
    city: OpenCity, clock: TellingClock
) -> None:
    clock.later(30 * HOUR)
    hourly(city)
    follower, stolen = Follower.of(city), code_key(city).kid

    city.key_office.desk.revoke(stolen, "drill", acting(city))
    settled(city)
    follower.look(city)

    assert not follower.recognises(stolen, clock.now())
    assert follower.recognises(code_key(city).kid, clock.now())
    assert stolen not in city.store.own_statements.all()["leaf"]
    assert stolen in follower.city.history.dead_code
    assert not list(city.vault.directory.glob(f"*{stolen}*"))
    assert "keys.revoked" in acts(city)


def test_a_k2_rotation_keeps_rows_and_statements_and_the_old_k2_until_the_anchor_speaks(
    city: OpenCity, clock: TellingClock
) -> None:
    follower, old, new = (
        Follower.of(city),
        kid(city, Role.FEDERATION),
        kid(city, Role.FEDERATION_NEXT),
    )
    put_partner(city)

    clock.later(1)
    city.key_office.desk.rotate_federation(acting(city))
    settled(city)
    follower.look(city)

    assert {old, new} <= follower.city.live_federation()
    assert city.keys.federation().public.kid == new
    assert city.book.all(clock.now()).tampered == ()
    assert [row.version for row in city.store.partners.all()] == [2]
    assert acts(city)[:2] == ["keys.rotated", "keys.rows_signed"]
    assert follower.alarms == []
    assert city.trust.statements[Statement.LEAF].token == city.store.own_statements.all()["leaf"]


def test_a_second_k2_rotation_waits_for_the_anchor(city: OpenCity, clock: TellingClock) -> None:
    city.key_office.desk.rotate_federation(acting(city))
    settled(city)
    clock.later(1)

    with pytest.raises(TrustError) as refusal:
        city.key_office.desk.rotate_federation(acting(city))

    assert refusal.value.code == "key_successor_unnamed"


def test_a_stolen_k2_is_dead_at_partners_and_here_while_rows_stay_valid(
    city: OpenCity, clock: TellingClock
) -> None:
    follower, stolen = Follower.of(city), kid(city, Role.FEDERATION)
    thief = city.vault.signer(Role.FEDERATION)
    row = put_partner(city)
    clock.later(1)

    city.key_office.desk.revoke(stolen, "drill", acting(city))
    settled(city)
    follower.look(city)

    assert stolen in follower.city.history.dead_federation
    assert stolen not in {key.kid for key in city.keys.federation_public()}
    assert city.book.all(clock.now()).tampered == ()
    # What the thief writes into the database now is no row of ours.
    newest = city.store.partners.all()[0]
    version = newest.version + 1
    record, memory = city.book.seal.open(
        row.anchor_id, newest.record, newest.memory, version=newest.version
    )
    forged = replace(
        newest,
        record=seal_record(record, leaf=city.leaf, version=version, signer=thief, now=clock.now()),
        memory=seal_memory(memory, leaf=city.leaf, version=version, signer=thief, now=clock.now()),
    )
    city.store.partners.put(forged, None)
    assert city.book.all(clock.now()).tampered == (row.anchor_id,)


def put_partner(city: OpenCity) -> PartnerRow:
    """Store a partner whose row this city signed with its present K2."""
    one, other = two()
    one.join(other)
    pins = other.pins()
    found = one.book.find(pins.anchor, city.clock.now())[1]
    city.book.write(
        PartnerRow(anchor_id=pins.anchor, record="", memory="", version=0),
        None,
        (found.record, found.city),
        city.clock.now(),
    )
    return city.store.partners.all()[0]


def test_a_change_whose_process_was_killed_is_finished_by_whoever_comes_next(
    city: OpenCity, place: Place, clock: TellingClock
) -> None:
    put_partner(city)
    city.key_office.desk.revoke(kid(city, Role.FEDERATION), "drill", acting(city))
    # Killed here: nothing that follows was done. The process that comes next is a worker.

    with opened(place, clock) as other:
        assert other.book.all(clock.now()).tampered == ()
        hourly(other)
        follower = Follower.of(other)

        assert other.vault.pending == ()
        assert len(other.keys.federation_public()) == 2
        assert len(follower.city.live_federation()) == 1
        assert acts(other).count("keys.revoked") == 1


def gone(*_: object) -> None:
    raise UnavailableError("gone")


BROKEN: dict[str, Callable[[KeyDesk], KeyDesk]] = {
    "leaf": lambda desk: replace(desk, publish_leaf=gone),
    "documents": lambda desk: replace(desk, resign_documents=gone),
    "events": lambda desk: replace(desk, announce=gone),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_what_cannot_be_drawn_is_owed_and_named(city: OpenCity, broken: str) -> None:
    city.key_office.desk.rotate_codes(acting(city), emergency=True)
    desk = BROKEN[broken](city.key_office.desk)

    assert desk.settle(city.clock.now()) == ("unavailable",)
    assert [note.act for note in city.vault.pending] == ["keys.rotated"]
    assert "keys.rotated" not in acts(city)
    settled(city)
    assert acts(city)[0] == "keys.rotated"


def test_an_act_has_one_entry_although_its_end_could_not_be_kept(
    city: OpenCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    city.key_office.desk.rotate_codes(acting(city), emergency=True)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(LiveKeys, "told", full)
        problems = [city.key_office.desk.settle(city.clock.now()) for _ in range(2)]
    settled(city)

    assert problems == [("OSError",)] * 2
    assert acts(city).count("keys.rotated") == 1


def doubting(city: OpenCity, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = city.trust.snapshot
    doubtful = replace(snapshot, keyring=replace(snapshot.keyring, clock_doubtful=True))
    monkeypatch.setattr(city.trust, "_snapshot", doubtful)


def test_no_key_has_been_published_for_48_hours_by_a_clock_that_is_doubtful(
    city: OpenCity, clock: TellingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.later(2 * DAY_S)
    before = city.keys.keys
    doubting(city, monkeypatch)

    with pytest.raises(OwnClockDoubtfulError):
        city.key_office.desk.rotate_codes(acting(city))
    unchanged = city.keys.keys == before
    city.key_office.desk.rotate_codes(acting(city), emergency=True)

    assert unchanged


def test_nothing_is_signed_while_the_clock_is_doubtful_and_the_change_is_owed(
    city: OpenCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = city.store.own_statements.all()
    doubting(city, monkeypatch)

    city.key_office.desk.revoke(code_key(city).kid, "drill", acting(city))
    problems = city.key_office.desk.settle(city.clock.now())

    assert "own_clock_doubtful" in problems
    assert city.store.own_statements.all() == before
    assert city.vault.pending


def test_a_key_counts_as_published_from_the_statement_that_names_it(
    city: OpenCity, clock: TellingClock
) -> None:
    city.key_office.desk.rotate_codes(acting(city), emergency=True)
    unpublished = city.vault.keys.keys[Role.CODES_NEXT].published_at
    clock.later(7)
    settled(city)

    assert unpublished is None
    assert city.vault.keys.keys[Role.CODES_NEXT].published_at == clock.now()


def test_a_vault_that_takes_no_note_keeps_no_leaf_from_being_signed(
    city: OpenCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    city.key_office.desk.rotate_codes(acting(city), emergency=True)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        token = city.publish_leaf()

    assert city.store.own_statements.all()["leaf"] == token
    assert city.vault.keys.keys[Role.CODES_NEXT].published_at is None


@pytest.mark.parametrize("reason", ["", "  ", "r" * 501, "stolen\u202e", "\udcff"])
def test_a_key_is_revoked_for_a_reason_that_can_be_read(city: OpenCity, reason: str) -> None:
    before = city.keys.keys

    with pytest.raises(KeyReasonError):
        city.key_office.desk.revoke(code_key(city).kid, reason, acting(city))

    assert city.keys.keys == before


def test_a_key_is_found_by_its_first_eight_characters_and_no_fewer(city: OpenCity) -> None:
    whole = code_key(city).kid

    assert city.key_office.desk.find(whole[:8]) == whole
    for prefix in (whole[:7], "", generate().public.kid):
        with pytest.raises(GatewayError):
            city.key_office.desk.find(prefix)


def test_a_removed_key_does_not_come_back_with_an_older_vault(
    place: Place, clock: TellingClock
) -> None:
    keys, older = place.home / "keys", place.home / "older"
    shutil.copytree(keys, older)
    with opened(place, clock) as city:
        follower, stolen = Follower.of(city), code_key(city).kid
        city.key_office.desk.revoke(stolen, "drill", acting(city))
        settled(city)
        follower.look(city)
    shutil.rmtree(keys)
    older.rename(keys)
    clock.later(1)

    with opened(place, clock) as city:
        before = city.store.own_statements.all()
        with pytest.raises(OwnKeysOlderError):
            city.publish_leaf()
        unchanged = city.store.own_statements.all() == before
        city.publish_leaf(older_keys=True)
        follower.look(city)

    assert unchanged
    assert not follower.recognises(stolen, clock.now())
    assert AlarmCode.DEAD_KEY_RETURNED in {alarm.code for alarm in follower.alarms}


def test_iat_of_the_leaf_never_goes_back_over_a_rotation(
    city: OpenCity, clock: TellingClock
) -> None:
    clock.later(50)
    city.publish_leaf()
    follower = Follower.of(city)
    clock.later(-45)

    city.key_office.desk.rotate_codes(acting(city), emergency=True)
    settled(city)
    follower.look(city)

    life = follower.city.life(Statement.LEAF)
    assert life is not None
    assert life.issued_at > clock.now()
