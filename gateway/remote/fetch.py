"""The bounded fetcher: one GET of a partner's document, in which everything has a limit.

docs/federation.md: URLs come from the agreement record only (the caller's duty), one
resolution, a connection to that very address, public addresses or an operator-allowed
network; no redirects, environment proxies, cookies or compression; an exact content type;
3 s to connect, 3 s a read, 10 s in total. What arrives is not looked into here: it is
verified by whoever asked. Start at ``Fetcher.get``.
"""

from pathlib import Path

from gateway.clock import Clock
from gateway.remote.addresses import Network
from gateway.remote.answers import is_strong_etag
from gateway.remote.exchange import Fetched, Question, ask
from gateway.remote.lines import Lines, TimeLimits
from gateway.remote.resolver import Lookup, system_lookup

__all__ = ["Fetched", "Fetcher", "TimeLimits"]


class Fetcher:
    """Fetches documents of partners; keeps no connection and no state between two calls.

    Safe to share between threads. A caller waits for ``limits.total_s`` at most.
    """

    def __init__(  # noqa: PLR0913 (each is a decision of the composition root or of a test)
        self,
        allowed_networks: tuple[Network, ...],
        allow_http_loopback: bool,  # noqa: FBT001 (always given by name)
        clock: Clock,
        *,
        ca_file: Path | None = None,
        limits: TimeLimits | None = None,
        lookup: Lookup = system_lookup,
    ) -> None:
        self._lines = Lines(
            allowed_networks, allow_http_loopback, ca_file=ca_file, limits=limits, lookup=lookup
        )
        self._clock = clock

    def get(self, url: str, *, accept: str, max_bytes: int, etag: str | None = None) -> Fetched:
        """Return the document at ``url``.

        Args:
            url: From the agreement record; never from a code or a statement.
            accept: The one content type that will do, without parameters.
            max_bytes: Largest body.
            etag: Validator of the stored copy; one that is not strong is not sent.

        Raises:
            FetchError: by subclass, see ``gateway.remote.errors``.
        """
        # (1) Is this a URL that we visit at all?
        place = self._lines.place(url)
        # (2), (3) Is the host that its name says at one of the addresses that we may visit?
        with self._lines.open(place) as line:
            # (4) Does it answer with such a document, in time and in size?
            known = etag if etag is not None and is_strong_etag(etag) else None
            question = Question(place=place, accept=accept, max_bytes=max_bytes, etag=known)
            return ask(line, question, self._clock)
