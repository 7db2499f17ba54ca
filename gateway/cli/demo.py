"""``credit-gateway demo``: four cities on this machine."""

from pathlib import Path

import click

from gateway.cli.command import GatewayCommand, wants_json


@click.command(cls=GatewayCommand)
@click.option("--once", is_flag=True, help="End after the matrix; exit code 1 if a cell is wrong.")
@click.option(
    "--base-port",
    type=click.IntRange(1024, 65500),
    default=8300,
    show_default=True,
    help="First of the four ports on 127.0.0.1.",
)
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".demo"),
    show_default=True,
    help="Directory of the four demo cities; made if it is not there.",
)
@click.option(
    "--drill",
    type=click.Choice(["key-compromise", "outage"]),
    help="Play a bad day afterwards, with workers, and end; exit code 1 out of bounds.",
)
def demo(base_port: int, state: Path, drill: str | None, *, once: bool) -> None:
    """Start four cities here and let each recognise the others' codes (演示).

    Four servers on loopback exchange keys over HTTP; then a citizen of each city goes
    to a merchant of each. All people and scores are made up. With --json the result is
    one JSON object on stdout; progress goes to stderr.

    Examples:
      credit-gateway demo
      credit-gateway demo --once --json
      credit-gateway demo --once --drill key-compromise
    """
    from gateway.demo import main  # noqa: PLC0415  (--help must not wait)

    code = main(once=once, as_json=wants_json(), base_port=base_port, state=state, drill=drill)
    click.get_current_context().exit(code)
