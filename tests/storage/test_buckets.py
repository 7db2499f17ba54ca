"""Buckets of requests: the same behaviour in memory and in Redis, and what becomes of outages."""

import secrets
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs

from gateway.clock import monotonic_s, wait_s
from gateway.services.rates import Buckets, Draw, Rate
from gateway.storage import redis_buckets
from gateway.storage.buckets import MAX_BUCKETS, MemoryBuckets
from gateway.storage.redis_buckets import PAUSE_S, RedisBuckets, fault_of, place_of
from tests.storage.proxies import proxied
from tests.storage.rows import at_once
from tests.system.tills import until

HOURLY = Rate(count=5, period_s=3600)
NOBODY = "redis://127.0.0.1:1/0"


@dataclass
class Stopwatch:
    """Seconds that a test lets pass."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


class Open:
    """Local buckets that are seen to be asked."""

    def __init__(self) -> None:
        self.asked = 0

    def draw(self, *draws: Draw) -> float:
        self.asked += 1
        return 0.0


def fresh(kind: str = "address", rate: Rate = HOURLY) -> Draw:
    return Draw(kind=kind, name=secrets.token_bytes(16), rate=rate)


@pytest.fixture(params=["memory", "redis"])
def buckets(request: pytest.FixtureRequest) -> Buckets:
    if request.param == "memory":
        return MemoryBuckets()
    return RedisBuckets(request.getfixturevalue("redis_url"), Open())


# --- both


def test_as_many_are_admitted_as_the_bucket_holds_and_then_a_wait_is_told(buckets: Buckets) -> None:
    draw = fresh()

    waits = [buckets.draw(draw) for _ in range(7)]

    assert waits[:5] == [0, 0, 0, 0, 0]
    assert all(715 < wait <= 720 for wait in waits[5:])


def test_thirty_wrong_codes_a_minute_pass_and_the_next_waits_two_seconds(buckets: Buckets) -> None:
    draw, began_s = fresh("wrong", Rate(count=30, period_s=60)), monotonic_s()

    waits = [buckets.draw(draw) for _ in range(31)]

    took_s = monotonic_s() - began_s
    assert waits[:30] == [0] * 30
    # The bucket fills meanwhile; Redis counts by its own clock, in milliseconds.
    assert 2 - took_s - 0.01 <= waits[30] <= 2


def test_the_bucket_of_another_is_full(buckets: Buckets) -> None:
    draw = fresh()
    for _ in range(6):
        buckets.draw(draw)

    assert buckets.draw(fresh()) == 0
    assert buckets.draw(Draw(kind="device", name=draw.name, rate=HOURLY)) == 0


def test_a_request_is_taken_out_of_every_bucket_or_out_of_none(buckets: Buckets) -> None:
    small, large = fresh(rate=Rate(count=1, period_s=3600)), fresh("merchant")
    for _ in range(10):
        buckets.draw(small, large)

    assert [buckets.draw(large) > 0 for _ in range(5)] == [False] * 4 + [True]


def test_after_the_wait_that_was_told_one_more_is_admitted(buckets: Buckets) -> None:
    draw = fresh(rate=Rate(count=10, period_s=1))
    while not (told := buckets.draw(draw)):
        pass

    wait_s(told)

    assert buckets.draw(draw) == 0


# --- memory


def test_a_bucket_fills_evenly_and_no_higher_than_its_size() -> None:
    clock = Stopwatch()
    buckets, draw = MemoryBuckets(now_s=clock), fresh()
    for _ in range(5):
        buckets.draw(draw)

    clock.now += 719.9
    early = buckets.draw(draw)
    clock.now += 0.1
    late = buckets.draw(draw)
    clock.now += 36_000
    after_long = [buckets.draw(draw) for _ in range(6)]

    assert early == pytest.approx(0.1)
    assert late == 0
    assert after_long == [0] * 5 + [pytest.approx(720)]


def test_no_sum_of_fractions_costs_a_request() -> None:
    buckets, draw = MemoryBuckets(now_s=Stopwatch()), fresh(rate=Rate(count=600, period_s=60))

    assert [buckets.draw(draw) for _ in range(601)] == [0] * 600 + [pytest.approx(0.1)]


def test_a_flood_of_addresses_takes_bounded_memory_and_nobody_elses_bucket() -> None:
    buckets = MemoryBuckets(max_buckets=100)
    guesser, merchant = fresh(), fresh("merchant")
    for _ in range(5):
        buckets.draw(guesser)
        buckets.draw(merchant)

    for number in range(1000):
        buckets.draw(fresh())
        if number % 50 == 0:
            # Who is refused meanwhile is not forgotten meanwhile.
            assert buckets.draw(guesser) > 0

    assert buckets.draw(merchant) > 0
    assert {kind: len(known) for kind, known in buckets._full_at.items()} == {  # noqa: SLF001  bound
        "address": 100,
        "merchant": 1,
    }
    assert MAX_BUCKETS == 10_000


# --- Redis


def test_two_processes_share_what_redis_counts(redis_url: str) -> None:
    one, other, draw = RedisBuckets(redis_url, Open()), RedisBuckets(redis_url, Open()), fresh()

    waits = [buckets.draw(draw) for buckets in (one, other) * 3]

    assert [wait > 0 for wait in waits] == [False] * 5 + [True]


def test_redis_holds_a_keyed_hash_and_a_moment_for_as_long_as_the_bucket_fills(
    redis_url: str,
) -> None:
    draw = fresh()
    RedisBuckets(redis_url, Open()).draw(draw)

    with redis_buckets.connect(redis_url) as client:
        (key,) = client.keys(f"*{draw.name.hex()}*")
        left_ms = client.pttl(key)

    assert key == f"credit-gateway:rate:address:{draw.name.hex()}".encode()
    assert 0 < left_ms <= 720_000


def test_a_redis_that_nobody_starts_costs_one_alarm_and_no_answer() -> None:
    clock, local = Stopwatch(), Open()
    buckets = RedisBuckets(NOBODY, local, now_s=clock)

    with capture_logs() as logs:
        waits = [buckets.draw(fresh()) for _ in range(100)]
        clock.now += PAUSE_S
        waits.append(buckets.draw(fresh()))

    assert (set(waits), local.asked) == ({0.0}, 101)
    assert [(line["event"], line["log_level"]) for line in logs] == [("rate_store_lost", "error")]
    assert "127.0.0.1" not in str(logs)


def test_a_redis_that_hangs_holds_one_request_for_two_timeouts_and_the_others_not_at_all(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Long enough for what else a busy machine does in between.
    monkeypatch.setattr(redis_buckets, "TIMEOUT_S", 1.0)
    clock, local = Stopwatch(), Open()
    with proxied(redis_url) as (proxy, through):
        buckets = RedisBuckets(through, local, now_s=clock)
        buckets.draw(fresh())
        proxy.hang()

        first, others = timed(buckets), [timed(buckets) for _ in range(100)]

    assert first < 3
    assert sum(others) < 1
    assert local.asked == 101


def test_a_redis_that_comes_back_counts_again_after_a_pause(redis_url: str) -> None:
    clock, local, draw = Stopwatch(), Open(), fresh()
    with proxied(redis_url) as (proxy, through):
        buckets = RedisBuckets(through, local, now_s=clock)
        for _ in range(5):
            buckets.draw(draw)
        proxy.cut()
        gone = buckets.draw(draw)
        proxy.mend()
        paused = buckets.draw(draw)
        clock.now += PAUSE_S

        with capture_logs() as logs:
            back = buckets.draw(draw)
            buckets.draw(draw)
        buckets.close()

    assert (gone, paused, local.asked) == (0, 0, 2)
    assert back > 0
    assert [line["event"] for line in logs] == ["rate_store_found"]


def timed(buckets: Buckets) -> float:
    began = monotonic_s()
    buckets.draw(fresh())
    return monotonic_s() - began


def test_busy_connections_are_waited_for_and_no_outage(redis_url: str) -> None:
    local, draw = Open(), fresh(rate=Rate(count=20, period_s=3600))
    buckets = RedisBuckets(redis_url, local, connections=1)

    with capture_logs() as logs:
        waits = at_once([partial(buckets.draw, draw)] * 21)

    assert sorted(wait > 0 for wait in waits) == [False] * 20 + [True]
    assert (local.asked, logs) == (0, [])


def test_a_connection_that_stays_busy_is_counted_around_and_no_outage(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = Open()
    buckets = RedisBuckets(redis_url, local, connections=1)

    with capture_logs() as logs:
        with monkeypatch.context() as hasty, buckets._free:  # noqa: SLF001  as another thread
            hasty.setattr(redis_buckets, "TIMEOUT_S", 0.1)
            buckets.draw(fresh())
        buckets.draw(fresh())

    assert (local.asked, logs) == (1, [])


def test_whether_a_redis_counts_can_be_asked_and_leaves_nothing(redis_url: str) -> None:
    assert fault_of(redis_url) is None
    assert fault_of(NOBODY) == "ConnectionError"

    with redis_buckets.connect(redis_url) as client:
        # Others ask this Redis meanwhile, and what they leave is gone a millisecond later as well.
        until(lambda: not client.keys("credit-gateway:rate:probe:*"), within_s=60)


RIGHTS: dict[str, tuple[str, ...]] = {
    "no scripts": ("~*", "+@all", "-eval", "-evalsha"),
    "no new scripts": ("~*", "+@all", "-script"),
    "no writing": ("~*", "+@all", "-set"),
    "other keys": ("~other:*", "+@all"),
}


@pytest.mark.parametrize("what", RIGHTS)
def test_a_redis_that_answers_but_lets_nobody_count_is_told(redis_url: str, what: str) -> None:
    name, password = f"test-{secrets.token_hex(8)}", secrets.token_hex(16)
    place = urlsplit(redis_url).netloc.rpartition("@")[2]
    with redis_buckets.connect(redis_url) as client:
        client.execute_command("ACL", "SETUSER", name, "on", f">{password}", *RIGHTS[what])
        try:
            fault = fault_of(f"redis://{name}:{password}@{place}")
        finally:
            client.execute_command("ACL", "DELUSER", name)

    assert fault in {"NoPermissionError", "ResponseError"}


PLACES: dict[str, tuple[str, str]] = {
    "a password": ("redis://user:secret@cache.example:6379/1", "cache.example:6379/1"),
    "nothing to hide": ("rediss://127.0.0.1:6379/0", "127.0.0.1:6379/0"),
    "a socket": ("unix:///run/redis.sock?db=2", "/run/redis.sock"),
}


@pytest.mark.parametrize("what", PLACES)
def test_the_place_of_a_redis_is_named_without_its_password(what: str) -> None:
    url, place = PLACES[what]

    assert place_of(url) == place
