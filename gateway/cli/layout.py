"""The pieces that screens are made of; words first, colour second."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gateway.clock import CHINA
from gateway.ids import Timestamp

INDENT: Final = 2

Cell = str | Text
Part = RenderableType


def page(*parts: RenderableType | None) -> RenderableType:
    """Return the parts that are there, one below the other, a blank line between two."""
    shown = [part for part in parts if part is not None]
    spaced = [line for part in shown for line in (part, Text())]
    return Group(*spaced[:-1])


def title(text: str, style: str = "bold") -> Text:
    """Return the first line of a screen."""
    return Text(text, style=style)


def section(heading: str, content: RenderableType) -> RenderableType:
    """Return content under a heading, indented."""
    return Group(Text(heading, style="bold"), indented(content))


def indented(content: RenderableType) -> RenderableType:
    """Return content set in from the left."""
    return Padding(content, (0, 0, 0, INDENT))


def facts(rows: Iterable[tuple[str, Cell]]) -> Table:
    """Return labels with what they stand for."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for label, value in rows:
        grid.add_row(label, value)
    return grid


def table(
    columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, whole: Sequence[str] = ()
) -> Table:
    """Return rows under columns; a line break is better than a word cut off.

    Args:
        columns: Their headings.
        rows: One cell for each column.
        whole: Columns of short words that no line break tears; the others make room.
    """
    found = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for column in columns:
        found.add_column(column, overflow="fold", no_wrap=column in whole)
    for row in rows:
        found.add_row(*row)
    return found


def steps(lines: Iterable[Cell]) -> Table:
    """Return numbered lines."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for number, line in enumerate(lines, start=1):
        grid.add_row(f"{number}.", line)
    return grid


def moment(at: Timestamp) -> str:
    """Return a time in China, to the second."""
    return datetime.fromtimestamp(at, UTC).astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S +08:00")


def day(at: Timestamp) -> str:
    """Return the last day before ``at``, the first moment of another one."""
    return datetime.fromtimestamp(at - 1, UTC).astimezone(CHINA).strftime("%Y-%m-%d")
