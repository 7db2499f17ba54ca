"""How a city is served: granian with the flags that docs/adr/0001 argues for."""

import sys

FACTORY = "gateway.app:from_environment"


def server_command(*, host: str, port: int, workers: int, factory: str = FACTORY) -> list[str]:
    """Return the command that serves the city of the environment it is run in.

    Blocking threads stay elastic (granian's default, up to 512): slow clients then hold
    threads, not the queue. More slow bodies than threads stop a worker: production needs a
    proxy that buffers requests (docs/operations.md).
    """
    return [
        sys.executable,
        "-m",
        "granian",
        "--interface=wsgi",
        "--factory",
        f"--host={host}",
        f"--port={port}",
        f"--workers={workers}",
        "--http=1",
        "--no-ws",
        # A client that does not finish its head in 5 s, or stays silent, is not a till.
        "--http1-header-read-timeout=5000",
        # Connections held at once, half-open ones included; a proxy limits them per address.
        "--backlog=4096",
        "--log-level=warning",
        "--respawn-failed-workers",
        factory,
    ]
