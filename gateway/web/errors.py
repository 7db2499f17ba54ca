"""What a route says no to by itself."""

from gateway.errors import GatewayError


class UnsupportedMediaTypeError(GatewayError):
    """A body came as something else than ``application/json``."""

    code = "unsupported_media_type"


class NotFoundError(GatewayError):
    """What was asked for does not exist here."""

    code = "not_found"
