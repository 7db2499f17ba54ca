"""``credit-gateway doctor``."""

import click

from gateway.cli import layout
from gateway.cli.answer import Answer
from gateway.cli.command import GatewayCommand
from gateway.cli.session import Session, pass_session

DEFAULT_PORT = 8000


@click.command(cls=GatewayCommand)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    help="Port that the city will be served on.",
)
@pass_session
def doctor(session: Session, port: int) -> Answer:
    """Name everything that is missing or wrong, before anything starts (体检).

    Looks at settings, directories and their modes, passphrase, keys, database, published
    statements, assessments, partners' clocks, port and disk, all in one go. It changes
    nothing that is there: one row, and in Redis one counter, is written and taken back. It
    asks no partner. Exit code 1 if anything would not work.

    Examples:
      credit-gateway doctor
      credit-gateway --env-file /etc/credit-gateway/wenzhou.env doctor --json
    """
    from gateway.app.checks import Result  # noqa: PLC0415  (--help must not wait)
    from gateway.app.doctor import examine  # noqa: PLC0415  (--help must not wait)
    from gateway.cli.check_lines import check_json, check_lines  # noqa: PLC0415  (--help must not wait)

    found = examine(session.environ, session.now(), port=port)
    counts = {each.value: found.count(each) for each in Result}
    headline = layout.title(
        f"Ready: {counts['ok']} checks are well."
        if found.may_start and not counts["warn"]
        else f"{counts['fail']} to mend, {counts['warn']} to look at, {counts['ok']} well.",
        "bold green" if found.may_start else "bold red",
    )
    return Answer(
        data={
            "ready": found.may_start,
            "counts": counts,
            "checks": [check_json(check) for check in found.checks],
        },
        screen=layout.page(check_lines(found.checks), headline),
        exit_code=0 if found.may_start else 1,
    )
