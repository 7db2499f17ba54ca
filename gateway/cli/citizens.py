"""``credit-gateway citizens``: revoking codes; access tokens, in a demo only."""

import re
import sys
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
_MAX_STDIN: Final = 256


class DemoOnlyError(RefusedError):
    """Something that only a demo may do was asked of a production city."""

    code = "demo_only"


@click.group(cls=CommandGroup)
def citizens() -> None:
    """Revoke long-lived codes; access tokens in a demo (市民)."""


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
    from gateway.settings import StateKind  # noqa: PLC0415  (--help must not wait)

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


@citizens.command()
@click.option("--sheet", metavar="NAME", help="Only this sheet, by the name printed on it.")
@pass_session
def revoke(session: Session, sheet: str | None) -> Answer:
    """Revoke printed codes of a person or of a sheet, for ever (吊销).

    The person is read from stdin, as the assessment source names them: never an argument,
    and in no output, log or ledger. The lists are signed at once; partners fetch them
    within their ttl, 15 minutes.

    Examples:
      credit-gateway citizens revoke < subject.txt
      credit-gateway citizens revoke --sheet ABCDEFGHIJKLMNOP
    """
    from gateway.app.revoking import revoking  # noqa: PLC0415  (--help must not wait)

    with session.city() as city:
        codes = revoking(city)
        if sheet is None:
            done = codes.person(_subject_from_stdin(), session.acting())
        else:
            done = codes.sheet(sheet, session.acting())
    lists = "The lists are signed: partners fetch them within 15 minutes."
    if done.unsigned is not None:
        lists = f"The lists are not signed yet ({done.unsigned}); the worker tries again."
    return Answer(
        data={"revoked": done.count, "signed": done.unsigned is None, "problem": done.unsigned},
        screen=layout.page(
            layout.title(f"Codes that were good until now, and are revoked: {done.count}."),
            layout.title(lists, "green" if done.unsigned is None else "yellow"),
            layout.title("There is no way back; new codes are issued instead.", ""),
        ),
    )


def _subject_from_stdin() -> str:
    """Return one line, however it ends."""
    return sys.stdin.read(_MAX_STDIN).removesuffix("\n").removesuffix("\r")
