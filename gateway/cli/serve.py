"""``credit-gateway serve``: one city over HTTP."""

import os
import socket
import sys
from typing import Final

import click

from gateway.cli.answer import console_for_people, show_json
from gateway.cli.command import GatewayCommand, wants_json
from gateway.cli.session import Session, pass_session
from gateway.errors import UnavailableError

HOST: Final = "127.0.0.1"


class PortTakenError(UnavailableError):
    """Somebody else listens there, or this account may not."""

    code = "port_taken"


@click.command(cls=GatewayCommand)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8000,
    show_default=True,
    help="Port on the host; 443 belongs to the proxy in front.",
)
@click.option("--host", default=HOST, show_default=True, help="Address to listen on.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Worker processes; one per core is enough.",
)
@pass_session
def serve(session: Session, port: int, host: str, workers: int) -> None:
    """Serve this city over HTTP, until Ctrl-C or SIGTERM (运行).

    Settings, keys, database and port are tried first: if one is wrong, nothing starts. Then
    this process becomes granian, with the flags that docs/adr/0001 argues for. TLS belongs
    to a proxy in front (docs/operations.md).

    Examples:
      credit-gateway serve
      credit-gateway serve --port 8443 --workers 4
    """
    from gateway.app.server import server_command  # noqa: PLC0415  (--help must not wait)
    from gateway.app.serving import gateway_of  # noqa: PLC0415  (--help must not wait)

    with session.city() as city:
        gateway_of(city)
        name = f"{city.settings.city.name_zh} {city.settings.city.name_en}"
        leaf = city.leaf
    _try_port(host, port)
    url = f"http://{host}:{port}"
    if wants_json():
        data = {"city": name, "entity_id": leaf, "url": url, "workers": workers, "pid": os.getpid()}
        show_json(data)
    else:
        said = f"{name} ({leaf}) on {url}, {workers} worker(s). Ctrl-C ends it."
        console_for_people(stderr=True).print(said, soft_wrap=True)
    sys.stdout.flush()
    command = server_command(host=host, port=port, workers=workers)
    os.execve(command[0], command, dict(session.environ))  # noqa: S606  (our own interpreter)


def _try_port(host: str, port: int) -> None:
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise PortTakenError(
            f"{host}:{port} cannot be listened on: {error.strerror}; choose another --port"
        ) from error
