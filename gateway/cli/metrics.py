"""``credit-gateway metrics``: figures for a monitor."""

import click

from gateway.cli.answer import Answer, console_for_people, show_json
from gateway.cli.command import GatewayCommand, wants_json
from gateway.cli.session import Session, pass_session


@click.command(cls=GatewayCommand)
@click.option("--once", is_flag=True, help="Print the figures as text, and end.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback address.")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=9464, show_default=True, help="Port there."
)
@click.option(
    "--server-port",
    type=click.IntRange(1, 65535),
    help="Port of the city's server.  [default: 8000; in a demo that of its address]",
)
@pass_session
def metrics(
    session: Session, *, once: bool, host: str, port: int, server_port: int | None
) -> Answer | None:
    """Give figures to a monitor at /metrics, until Ctrl-C (指标).

    In the text format of Prometheus, on a port of its own that only this machine
    reaches. Of all workers and nodes: they are asked of the database. Nothing is
    about a person. With --once, for a collector of text files.

    Examples:
      credit-gateway metrics
      credit-gateway metrics --once > credit-gateway.prom
    """
    from gateway.app import logs  # noqa: PLC0415  (--help must not wait)
    from gateway.app.metrics_server import Scrapes, metrics_server  # noqa: PLC0415  (--help)
    from gateway.app.served import port_of  # noqa: PLC0415  (--help must not wait)
    from gateway.app.signals import ended_by_signals  # noqa: PLC0415  (--help must not wait)

    logs.configure()
    with session.city() as city:
        scrapes = Scrapes(city, server_port=server_port or port_of(city.settings))
        if once:
            text = scrapes.text()
            if wants_json():
                return Answer(data={"text": text}, screen="")
            click.echo(text, nl=False)
            return None
        with ended_by_signals(), metrics_server(scrapes.text, host, port) as server:
            _announce(f"http://{host}:{server.server_port}/metrics")
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                # Being told to end is how it is meant to end.
                return None
    return None


def _announce(url: str) -> None:
    if wants_json():
        show_json({"url": url})
    else:
        console_for_people(stderr=True).print(f"Figures at {url}. Ctrl-C ends it.", soft_wrap=True)
