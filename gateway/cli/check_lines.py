"""Checks as lines on a screen and as JSON."""

from collections.abc import Iterable
from typing import Final

from rich.table import Table
from rich.text import Text

from gateway.app.checks import Check, Result

_MARKS: Final = {
    Result.OK: ("✓", "green"),
    Result.WARN: ("!", "yellow"),
    Result.FAIL: ("✗", "bold red"),
    Result.SKIP: ("-", "dim"),
}


def _mark(result: Result) -> Text:
    """Return a sign for how a check ended."""
    sign, style = _MARKS[result]
    return Text(sign, style=style)


def check_lines(found: Iterable[Check]) -> Table:
    """Return checks with what to do about those that are not well."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for check in found:
        style = "dim" if check.result is Result.SKIP else ""
        said = Text(check.what, style=style)
        if check.todo:
            said.append(f"\n→ {check.todo}", style="cyan")
        grid.add_row(_mark(check.result), Text(check.name, style=style), said)
    return grid


def check_json(check: Check) -> dict[str, str]:
    """Return one check as JSON."""
    found = {"name": check.name, "result": check.result.value, "what": check.what}
    return found | ({"todo": check.todo} if check.todo else {})
