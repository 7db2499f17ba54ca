"""``credit-gateway citizens``: access tokens without sign-in, in a demo only."""

import re
from typing import Final

import click

from gateway.cli import layout
from gateway.cli.answer import Answer
from gateway.cli.command import CommandGroup
from gateway.cli.session import Session, pass_session
from gateway.errors import RefusedError
from gateway.ids import Timestamp

MAX_HOURS: Final = 720

_SUBJECT = re.compile(r"[!-~]{1,128}")


class DemoOnlyError(RefusedError):
    """Something that only a demo may do was asked of a production city."""

    code = "demo_only"


@click.group(cls=CommandGroup)
def citizens() -> None:
    """Access tokens for made-up citizens, in a demo only (市民)."""


@citizens.command()
@click.argument("subject")
@click.option(
    "--hours",
    type=click.IntRange(1, MAX_HOURS),
    default=24,
    show_default=True,
    help="How long the token holds.",
)
@pass_session
def token(session: Session, subject: str, hours: int) -> Answer:
    """Print an access token for a citizen, once; a demo only.

    SUBJECT is as in the assessment file. In production citizens sign in with the home
    city's identity provider, and this command refuses.

    Example:
      credit-gateway citizens token example-3
    """
    from gateway.services.access import CitizenAccess  # noqa: PLC0415  (--help must not wait)
    from gateway.settings import StateKind  # noqa: PLC0415

    if not _SUBJECT.fullmatch(subject):
        raise click.BadParameter("1 to 128 visible ASCII characters", param_hint="SUBJECT")
    with session.store() as (settings, store):
        if settings.kind is not StateKind.DEMO:
            raise DemoOnlyError("this city is in production, where citizens sign in themselves")
        expires_at = Timestamp(session.now() + hours * 3600)
        issued = CitizenAccess(store.citizen_tokens).issue(subject, expires_at)
    return Answer(
        data={"token": issued, "expires_at": expires_at},
        screen=layout.page(
            layout.title(f"A citizen's token, until {layout.moment(expires_at)}", "bold green"),
            layout.indented(layout.title(issued, "bold cyan")),
            layout.title("It is shown once and stored nowhere.", "yellow"),
        ),
    )
