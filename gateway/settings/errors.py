"""The one error of the settings, and the list of everything wrong that it carries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.errors import SettingsError
from gateway.policy.errors import Problem

ENVIRONMENT = "environment"
"""Stands for a file where a variable is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsProblem:
    """One setting that is missing or wrong.

    Attributes:
        file: File that it stands in, or ``environment``.
        key: Dotted key, name of the variable, or ``line N`` of a file that is not TOML.
        code: Stable name of the rule that is broken.
        what: What is wrong, never with the value.
        allowed: What may stand there.
    """

    file: str
    key: str
    code: str
    what: str
    allowed: str

    def __str__(self) -> str:
        """Return the problem as one line."""
        return f"{self.file}: {self.key}: {self.what}; allowed: {self.allowed}"


class WrongSettingsError(SettingsError):
    """Settings are missing or wrong; ``problems`` names all of them."""

    code = "settings_wrong"

    def __init__(self, problems: Sequence[SettingsProblem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class Findings:
    """Collects what is wrong across files."""

    def __init__(self) -> None:
        self.problems: list[SettingsProblem] = []

    def add(self, file: str, problems: Iterable[Problem]) -> None:
        """Add what was found wrong in ``file``."""
        self.problems.extend(
            SettingsProblem(
                file=file,
                key=problem.key or "(file)",
                code=problem.code,
                what=problem.what,
                allowed=problem.allowed,
            )
            for problem in problems
        )

    def note(self, file: str, key: str, what: str, allowed: str) -> None:
        """Add one problem that is about more than one table."""
        problem = Problem(code="settings_not_allowed", key=key, what=what, allowed=allowed)
        self.add(file, [problem])
