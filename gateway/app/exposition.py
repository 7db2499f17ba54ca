"""Figures as text that Prometheus reads: its text format, version 0.0.4.

Only gauges: everything here is asked of the database anew, so nothing is counted in a process
and lost with it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
PREFIX: Final = "credit_gateway_"

MAX_SAMPLES: Final = 512
"""Most samples of one name: labels come from this city's own words, and yet."""

_ESCAPES: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One name with its samples.

    Attributes:
        name: Without the prefix; ends in the unit.
        says: What it is, one line.
        samples: Labels and value; without any the name is not shown.
    """

    name: str
    says: str
    samples: tuple[tuple[Labels, float], ...]


def figure(name: str, says: str, value: float) -> Figure:
    """Return a figure of one sample without labels."""
    return Figure(name=name, says=says, samples=(({}, value),))


def by_label(name: str, says: str, label: str, values: Mapping[str, float]) -> Figure:
    """Return a figure with one sample for each value of a label."""
    samples = tuple(({label: key}, values[key]) for key in sorted(values))
    return Figure(name=name, says=says, samples=samples)


def text_of(figures: Iterable[Figure]) -> str:
    """Return the text; names stand in the order given."""
    return "".join(_block(each) for each in figures if each.samples)


def _block(found: Figure) -> str:
    name = PREFIX + found.name
    head = f"# HELP {name} {found.says}\n# TYPE {name} gauge\n"
    return head + "".join(
        f"{name}{_spelled(labels)} {_number(value)}\n"
        for labels, value in found.samples[:MAX_SAMPLES]
    )


def _spelled(labels: Labels) -> str:
    if not labels:
        return ""
    inner = ",".join(f'{key}="{value.translate(_ESCAPES)}"' for key, value in labels.items())
    return f"{{{inner}}}"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
