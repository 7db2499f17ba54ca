"""What a use case says no to, though it understood the request."""

from gateway.errors import RefusedError, UnavailableError


class UnauthorizedError(RefusedError):
    """No valid access token came with the request."""

    code = "unauthorized"


class ForbiddenError(RefusedError):
    """The bearer of the token may not do this."""

    code = "forbidden"


class RequestIdReusedError(RefusedError):
    """The same request id came before, with another code."""

    code = "request_id_reused"


class IssuingStoppedError(UnavailableError):
    """This city issues no codes at the moment; the reason is for its operator."""

    code = "issuing_stopped"
