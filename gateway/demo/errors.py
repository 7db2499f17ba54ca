"""What keeps a demonstration from running."""

from gateway.errors import GatewayError


class DemoError(GatewayError):
    """The demonstration cannot run here; the message says why and what would help."""

    code = "demo_error"
