"""HTTP to an OpenID provider within bounds: time, bytes, no redirects, no proxies of the host."""

from typing import Any, Final, cast

import requests
from requests.adapters import HTTPAdapter

from gateway.clock import monotonic_s

CONNECT_S: Final = 3.0
READ_S: Final = 3.0
TOTAL_S: Final = 10.0
MAX_BYTES: Final = 64 * 1024
_CHUNK: Final = 8192


class AnswerTooLargeError(requests.RequestException):
    """The provider sent more than 64 KiB, or took more than ten seconds."""


class BoundedAdapter(HTTPAdapter):
    """Reads at most 64 KiB in at most ten seconds, whatever the caller asks."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]  # noqa: ANN401  requests types each option
        """Send and read the whole answer.

        Raises:
            requests.RequestException: it cannot be had within the bounds.
        """
        deadline_s = monotonic_s() + TOTAL_S
        options |= {"timeout": (CONNECT_S, READ_S), "stream": True, "proxies": {}}
        response = super().send(request, **options)
        body = bytearray()
        for chunk in response.iter_content(_CHUNK):
            body += cast("bytes", chunk)
            if len(body) > MAX_BYTES or monotonic_s() > deadline_s:
                response.close()
                raise AnswerTooLargeError("the provider's answer is too large or too slow")
        # Where requests itself keeps a body that was read.
        response._content = bytes(body)  # noqa: SLF001  read within bounds, as requests would have
        return response


def bounded(session: requests.Session) -> None:
    """Put ``session`` within the bounds."""
    session.trust_env = False
    session.max_redirects = 0
    for prefix in ("https://", "http://"):
        session.mount(prefix, BoundedAdapter(max_retries=0))
