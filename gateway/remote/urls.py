"""The few URLs that the fetcher visits.

``https`` with a host *name* in lower case, an optional port, plain path segments and an
optional query; and ``http://127.0.0.1:<port>`` where the demo allows it. Whatever a
resolver could read as a number (decimal, octal, hexadecimal, shortened, IPv6) is no name:
the last label starts with a letter. User info, fragments, dot segments and trailing dots
are outside the grammar, so that one document has one spelling.
"""

import re
from dataclasses import dataclass
from typing import Literal

from gateway.remote.errors import FetchUrlError

LOOPBACK = "127.0.0.1"
MAX_URL_CHARS = 2048

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_LAST_LABEL = r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
_URL = re.compile(
    r"(?P<scheme>https?)://"
    rf"(?P<host>127\.0\.0\.1|(?:{_LABEL}\.)+{_LAST_LABEL})"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<path>(?:/(?!\.{1,2}(?:[/?]|\Z))[A-Za-z0-9._~-]+)*)"
    r"(?P<query>\?[A-Za-z0-9._~=&%:/-]+)?"
)
_DEFAULT_PORT = {"https": 443, "http": 80}
_MAX_HOST_CHARS = 253
_MAX_PORT = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchUrl:
    """A URL inside the grammar, taken apart.

    Attributes:
        scheme: ``http`` for the demo's loopback only.
        host: Lower-case name, or 127.0.0.1 with ``http``.
        port: 1 to 65535, the scheme's own where none was given.
        target: Path and query as they go into the request line.
        authority: Host and port as they go into the Host field.
    """

    scheme: Literal["http", "https"]
    host: str
    port: int
    target: str
    authority: str

    @classmethod
    def parse(cls, text: str, *, allow_http_loopback: bool) -> "FetchUrl":
        """Return the parts of ``text``.

        Raises:
            FetchUrlError: outside the grammar, or ``http`` where it is not allowed.
        """
        match = _URL.fullmatch(text) if len(text) <= MAX_URL_CHARS else None
        if match is None:
            raise FetchUrlError("not a URL of the form https://name[:port]/path")
        host = match["host"]
        scheme: Literal["http", "https"] = "https" if match["scheme"] == "https" else "http"
        port = int(match["port"] or _DEFAULT_PORT[scheme])
        if port > _MAX_PORT or len(host) > _MAX_HOST_CHARS:
            raise FetchUrlError("a port or host name outside its range")
        # Is it one of the two pairs: https with a name, http with our own loopback?
        if (scheme == "http") is not (host == LOOPBACK):
            raise FetchUrlError("https needs a name, and http is for 127.0.0.1 only")
        if scheme == "http" and not (allow_http_loopback and match["port"]):
            raise FetchUrlError("http is for the demo's 127.0.0.1:<port> only")
        return cls(
            scheme=scheme,
            host=host,
            port=port,
            target=(match["path"] or "/") + (match["query"] or ""),
            authority=host + (f":{match['port']}" if match["port"] else ""),
        )
