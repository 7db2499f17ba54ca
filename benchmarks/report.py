"""The results as a table on the terminal, as Markdown and as raw rows."""

import json
import platform
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from cryptography.hazmat.backends.openssl import backend
from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figure

_LIBRARIES: Final = ("cryptography", "flask", "werkzeug", "granian", "sqlalchemy", "pyjwt")


def machine() -> dict[str, str]:
    """Return what the figures were measured on; nothing that names a host or a path."""
    return {
        "measured": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "cpu": _cpu(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "openssl": backend.openssl_version_text(),
        "sqlite": sqlite3.sqlite_version,
        "load": _load(),
        **{name: version(name) for name in _LIBRARIES},
    }


def show(console: Console, figures: Sequence[Figure], facts: dict[str, str]) -> None:
    """Print the table and what it was measured on."""
    table = Table(title="Benchmarks: medians, quartiles, targets")
    for heading, justify in (
        ("figure", "left"), ("median", "right"), ("quartiles", "right"),
        ("target", "right"), ("", "center"),
    ):  # fmt: skip
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]  # of two words
    for figure in figures:
        table.add_row(figure.what, *_cells(figure))
    console.print(table)
    console.print(", ".join(f"{name} {value}" for name, value in facts.items()))


def save(folder: Path, name: str, figures: Sequence[Figure], facts: dict[str, str]) -> None:
    """Write ``name.json`` with the raw rows and ``name.md`` with the table."""
    folder.mkdir(parents=True, exist_ok=True)
    members = {"machine": facts, "figures": [figure.members() for figure in figures]}
    text = json.dumps(members, ensure_ascii=False, indent=1)
    (folder / f"{name}.json").write_text(_rounds_on_one_line(text) + "\n", "utf-8")
    (folder / f"{name}.md").write_text(markdown(figures, facts), "utf-8")


def markdown(figures: Sequence[Figure], facts: dict[str, str]) -> str:
    """Return the table as Markdown."""
    lines = ["| figure | median | quartiles | target | met | note |", "|---|--:|--:|--:|:-:|---|"]
    lines += [f"| {each.what} | {' | '.join(_cells(each))} | {each.note} |" for each in figures]
    said = "; ".join(f"{name} {value}" for name, value in facts.items())
    return "\n".join([*lines, "", f"Measured on: {said}.", ""])


def _cells(figure: Figure) -> tuple[str, str, str, str]:
    def number(value: float) -> str:
        return f"{value:.{figure.digits}f}"

    lower, upper = figure.spread
    target = "" if figure.target is None else f"{'≤' if figure.at_most else '≥'} {figure.target:g}"
    met = {None: "", True: "yes", False: "no"}[figure.met]
    spread = "" if len(figure.rounds) == 1 else f"{number(lower)} to {number(upper)}"
    return f"{number(figure.median)} {figure.unit}", spread, target, met


def _rounds_on_one_line(text: str) -> str:
    """Join arrays of numbers: a thousand lines of digits help nobody."""
    out, joining = list[str](), False
    for line in text.splitlines():
        if joining:
            out[-1] += line.strip() + ("" if line.strip().startswith("]") else " ")
            joining = not line.strip().startswith("]")
            continue
        out.append(line)
        joining = line.endswith("[") and '"figures"' not in line
    return "\n".join(out)


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} of {names[0] if names else platform.processor()}"


def _load() -> str:
    return "load average before " + Path("/proc/loadavg").read_text("utf-8").split()[0]
