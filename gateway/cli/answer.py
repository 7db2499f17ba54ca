"""What a command says: one JSON object for machines, or a screen for people."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import click
from rich.console import Console, RenderableType

WIDTH_WITHOUT_TERMINAL = 110
"""Columns where the output goes into a file: long paths stay on one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The same content twice.

    Attributes:
        data: Members of the JSON object; never a secret, except a token that was just issued.
        screen: What a person reads, in the same words for the same things.
        exit_code: 1 where the answer is that something is wrong.
    """

    data: Mapping[str, object]
    screen: RenderableType
    exit_code: int = 0


def show(answer: Answer, *, as_json: bool) -> None:
    """Print the answer on stdout."""
    if as_json:
        show_json(answer.data)
    else:
        show_screen(answer.screen)


def show_screen(screen: RenderableType) -> None:
    """Print a screen on stdout; a plain text as it is.

    Into a file it goes without the blanks that fill a terminal's lines.
    """
    if isinstance(screen, str):
        # Text for machines or scanners: it must not be wrapped.
        click.echo(screen)
        return
    console = console_for_people()
    if console.is_terminal:
        console.print(screen)
        return
    with console.capture() as captured:
        console.print(screen)
    click.echo("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()), nl=False)


def show_json(data: Mapping[str, object]) -> None:
    """Print one JSON object and a line break on stdout."""
    click.echo(json.dumps(data, ensure_ascii=False))


def console_for_people(*, stderr: bool = False) -> Console:
    """Return a console on stdout or stderr; colours only on a terminal, and not under NO_COLOR."""
    console = Console(stderr=stderr, highlight=False, emoji=False, markup=False)
    if not (sys.stderr if stderr else sys.stdout).isatty():
        # COLUMNS, if set, is what rich has taken already.
        console.width = max(console.width, WIDTH_WITHOUT_TERMINAL)
    return console
