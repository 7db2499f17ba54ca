"""What a look at a city finds: one line each, with a name and with what to do."""

from dataclasses import dataclass
from enum import StrEnum


class Result(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    """It works, and somebody should look."""
    FAIL = "fail"
    """It does not work, or must not."""
    SKIP = "skip"
    """Nobody can tell, because of something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: What was looked at, in the same words each time.
        what: What was found; never a secret.
        todo: What to do about it; empty where there is nothing to do.
    """

    name: str
    result: Result
    what: str
    todo: str = ""


def passed(name: str, what: str) -> Check:
    """Return a check that found all well."""
    return Check(name=name, result=Result.OK, what=what)


def warned(name: str, what: str, todo: str) -> Check:
    """Return a check after which somebody should look."""
    return Check(name=name, result=Result.WARN, what=what, todo=todo)


def failed(name: str, what: str, todo: str) -> Check:
    """Return a check that found something that does not work."""
    return Check(name=name, result=Result.FAIL, what=what, todo=todo)


def skipped(name: str, what: str) -> Check:
    """Return a check that could not be made."""
    return Check(name=name, result=Result.SKIP, what=what)
