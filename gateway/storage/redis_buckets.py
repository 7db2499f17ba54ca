"""Buckets of requests in Redis (or Valkey), which all workers and machines of a city share.

The same numbers as in ``buckets``, by the clock of the Redis. It keeps keyed hashes and moments
only, and each for no longer than its bucket takes to fill.
"""

import secrets
import threading
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import urlsplit

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from gateway.clock import monotonic_s
from gateway.services.rates import Buckets, Draw
from gateway.storage.buckets import TOLERANCE_S

TIMEOUT_S: Final = 0.1
"""For one of the connections to be free, for connecting, and for an answer."""

PAUSE_S: Final = 5.0
"""For so long a Redis that failed is not asked; then one request tries."""

_CONNECTIONS: Final = 32
_PREFIX: Final = "credit-gateway:rate"
_PROBE_BYTES: Final = 8

_SCRIPT: Final = f"""
local time = redis.call('TIME')
local now, wait, after = time[1] + time[2] / 1000000, 0, {{}}
for i, key in ipairs(KEYS) do
  local step, period = ARGV[2 * i - 1], ARGV[2 * i]
  after[i] = math.max(tonumber(redis.call('GET', key) or now), now) + step
  wait = math.max(wait, after[i] - now - period)
end
if wait > {TOLERANCE_S} then return tostring(wait) end
for i, key in ipairs(KEYS) do
  local kept_ms = math.ceil((after[i] - now) * 1000)
  redis.call('SET', key, string.format('%.6f', after[i]), 'PX', kept_ms)
end
return '0'
"""

_log = structlog.get_logger(__name__)


class RedisBuckets:
    """Counts in Redis; while that is gone, in ``local`` buckets, which know nothing of it.

    An outage is logged as an alarm once, and its end as well. No request fails by it, and none
    waits longer than three timeouts. One that finds every connection busy is counted locally, and
    that is no outage.
    """

    def __init__(
        self,
        url: str,
        local: Buckets,
        *,
        connections: int = _CONNECTIONS,
        now_s: Callable[[], float] = monotonic_s,
    ) -> None:
        self._local, self._now_s = local, now_s
        self._client = connect(url)
        self._script = self._client.register_script(_SCRIPT)
        # Fewer than threads, and the pool's own complaint looks like that of a Redis that is gone.
        self._free = threading.BoundedSemaphore(connections)
        self._lock = threading.Lock()
        self._gone, self._ask_at = False, 0.0

    def draw(self, *draws: Draw) -> float:
        """Take what is drawn out of every bucket and return 0, or out of none and return a wait."""
        if not self._may_ask() or not self._free.acquire(timeout=TIMEOUT_S):
            return self._local.draw(*draws)
        try:
            return self._draw(draws)
        finally:
            self._free.release()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _draw(self, draws: Sequence[Draw]) -> float:
        keys = [f"{_PREFIX}:{draw.kind}:{draw.name.hex()}" for draw in draws]
        sizes = [size for draw in draws for size in (draw.fills_s, draw.rate.period_s)]
        try:
            wait_s = float(self._script(keys, sizes))
        except redis.RedisError as error:
            self._lost(error)
            return self._local.draw(*draws)
        self._found()
        return wait_s

    def _may_ask(self) -> bool:
        if not self._gone:
            return True
        with self._lock:
            now = self._now_s()
            if now < self._ask_at:
                return False
            # This request tries; those beside it do not wait for what may be gone still.
            self._ask_at = now + PAUSE_S
        return True

    def _lost(self, error: redis.RedisError) -> None:
        with self._lock:
            news, self._gone = not self._gone, True
            self._ask_at = self._now_s() + PAUSE_S
        if news:
            _log.error("rate_store_lost", error=type(error).__name__, alarm=True)

    def _found(self) -> None:
        if not self._gone:
            return
        with self._lock:
            news, self._gone = self._gone, False
        if news:
            _log.warning("rate_store_found")


def connect(url: str) -> redis.Redis:
    """Return a client of the Redis at ``url``; nothing is sent before its first command."""
    pool = redis.BlockingConnectionPool.from_url(  # pyright: ignore[reportUnknownMemberType]  untyped
        url,
        max_connections=_CONNECTIONS,
        timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        socket_timeout=TIMEOUT_S,
        # By default it would try again and again, for seconds.
        retry=Retry(NoBackoff(), 0),
    )
    return redis.Redis(connection_pool=pool)


def place_of(url: str) -> str:
    """Return where a Redis is, without what opens it."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] + parts.path


def fault_of(url: str) -> str | None:
    """Return what keeps this gateway from counting in the Redis at ``url``; None if nothing does.

    One request is counted, in a bucket of its own that is full again a millisecond later: a
    replica, or a user who may not run scripts, answers a ping as well.
    """
    key = f"{_PREFIX}:probe:{secrets.token_hex(_PROBE_BYTES)}"
    with connect(url) as client:
        try:
            # Said apart, since a script that is known already is not loaded again.
            client.script_load(_SCRIPT)
            client.register_script(_SCRIPT)([key], [0.001, 1])
        except redis.RedisError as error:
            return type(error).__name__
    return None
