"""What a use case says no to, though it understood the request."""

from gateway.errors import RefusedError


class UnauthorizedError(RefusedError):
    """No valid access token came with the request."""

    code = "unauthorized"


class ForbiddenError(RefusedError):
    """The bearer of the token may not do this."""

    code = "forbidden"


class RequestIdReusedError(RefusedError):
    """The same request id came before, with another code."""

    code = "request_id_reused"
