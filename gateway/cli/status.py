"""``credit-gateway status``: one screen."""

import click

from gateway.cli.answer import Answer
from gateway.cli.command import GatewayCommand
from gateway.cli.session import Session, pass_session


@click.command(cls=GatewayCommand)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address of its server.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help="Port of its server.  [default: 8000; in a demo that of its address]",
)
@pass_session
def status(session: Session, host: str, port: int | None) -> Answer:
    """One screen: is this city well? (状态).

    Whether its server answers, own statements and keys, partners in both directions, alarms
    of seven days, what happened today, and what somebody should look at. Exit code 1 if
    something does not work.

    Examples:
      credit-gateway status
      credit-gateway status --port 8443
      watch -c -n 30 credit-gateway status
    """
    from gateway.app.served import port_of, server_check  # noqa: PLC0415  (--help must not wait)
    from gateway.app.status import status_of  # noqa: PLC0415  (--help must not wait)
    from gateway.cli import status_screen  # noqa: PLC0415  (--help must not wait)

    with session.city() as city:
        settings = city.settings
        found = status_of(city, server_check(host, port or port_of(settings)))
        database = city.store.engine.url.render_as_string(hide_password=True)
    return Answer(
        data=status_screen.as_json(found, settings, database),
        screen=status_screen.screen(found, settings, database),
        exit_code=0 if found.works else 1,
    )
