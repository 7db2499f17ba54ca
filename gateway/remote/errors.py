"""Why a partner's document was not fetched, by name.

No message repeats a byte that came from the partner: numbers and our own words only.
"""

from gateway.errors import FetchError


class FetchUrlError(FetchError):
    """A URL is outside the grammar; no name was looked up."""

    code = "fetch_url"


class ResolveError(FetchError):
    """A host name has no address, or could not be looked up in time."""

    code = "fetch_resolve"


class AddressError(FetchError):
    """A host name leads to an address that is neither public nor allowed by the operator."""

    code = "fetch_address"


class ConnectError(FetchError):
    """No connection to any address of the host."""

    code = "fetch_connect"


class PeerTlsError(FetchError):
    """The TLS handshake failed: untrusted authority, another name, expired, no TLS at all."""

    code = "fetch_tls"


class BrokenConnectionError(FetchError):
    """The connection broke in the middle of the exchange."""

    code = "fetch_broken"


class SilentPeerError(FetchError):
    """The partner sent nothing for longer than one read may wait."""

    code = "fetch_timeout"


class DeadlineError(FetchError):
    """The whole exchange took longer than it may, however busily the partner dripped."""

    code = "fetch_deadline"


class AnswerHeadError(FetchError):
    """The head of the answer is not HTTP/1, ambiguous, or larger than it may be."""

    code = "fetch_head"


class RedirectError(FetchError):
    """The partner sends us elsewhere; nobody is followed."""

    code = "fetch_redirect"


class StatusError(FetchError):
    """The partner answers with another status than the ones that bring a document.

    Attributes:
        status: The three-digit status.
    """

    code = "fetch_status"

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


class ContentTypeError(FetchError):
    """The content type is not exactly the one asked for, without parameters."""

    code = "fetch_content_type"


class ContentEncodingError(FetchError):
    """The answer is compressed or otherwise encoded, though we asked for identity."""

    code = "fetch_encoding"


class LengthError(FetchError):
    """The stated length is missing, malformed, or a lie."""

    code = "fetch_length"


class BodyTooLargeError(FetchError):
    """The document is larger than its kind may be.

    Attributes:
        max_bytes: The size that is allowed.
    """

    code = "fetch_too_large"

    def __init__(self, max_bytes: int) -> None:
        super().__init__(f"larger than {max_bytes} bytes")
        self.max_bytes = max_bytes
