"""``credit-gateway status``: one screen."""

import click

from gateway.cli.answer import Answer
from gateway.cli.command import GatewayCommand
from gateway.cli.session import Session, pass_session


@click.command(cls=GatewayCommand)
@pass_session
def status(session: Session) -> Answer:
    """One screen: is this city well? (状态).

    Own statements and keys, partners in both directions, alarms of seven days, what
    happened today, and what somebody should look at. Exit code 1 if something does not work.

    Examples:
      credit-gateway status
      watch -c -n 30 credit-gateway status
    """
    from gateway.app.status import status_of  # noqa: PLC0415  (--help must not wait)
    from gateway.cli import status_screen  # noqa: PLC0415

    with session.city() as city:
        found, settings = status_of(city), city.settings
        database = city.store.engine.url.render_as_string(hide_password=True)
    return Answer(
        data=status_screen.as_json(found, settings, database),
        screen=status_screen.screen(found, settings, database),
        exit_code=0 if found.works else 1,
    )
