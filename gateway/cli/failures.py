"""What is said when a command is refused: one line, the facts, what to do; never a traceback."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import click
from rich.text import Text

from gateway.cli.answer import console_for_people, show_json
from gateway.errors import FetchError, GatewayError, UnavailableError

REFUSED: Final = 1
USAGE: Final = 2
UNAVAILABLE: Final = 3
INTERRUPTED: Final = 130
"""As shells report a program that Ctrl-C ended."""

HINTS: Final[Mapping[str, str]] = {
    "settings_wrong": "credit-gateway doctor looks at everything else as well",
    "storage_schema": "credit-gateway database migrate",
    "storage_unavailable": "credit-gateway doctor says what is wrong with the database",
    "storage_unknown_merchant": "credit-gateway merchants list",
    "merchant_unknown": "credit-gateway merchants list",
    "device_refused": "credit-gateway merchants list",
    "device_unknown": "credit-gateway devices list",
    "partner_unknown": "credit-gateway partners status",
    "partner_first_sync": "ask the partner's engineers; nothing was stored",
    "own_statements_missing": "credit-gateway federation publish, or init if this city is new",
    "own_keys_older": "restore the newest copy of the keys directory (docs/keys.md, Backup)",
    "own_clock_doubtful": "set this machine's clock (NTP), then try again",
    "trust_division_taken": "credit-gateway partners status shows whose it is",
    "vault_key_offline": "federation request, anchor sign where K1 is, federation import",
    "not_a_code": "a code begins with CC1: (machines also take a JWS)",
    "newer_form": "install a newer version of this software",
    "trust_entity_id": "a name from agreement.toml such as jiaxing, or https://... as agreed",
    "database_in_use": "name another database in CREDIT_GATEWAY_DATABASE_URL, or an empty one",
    "state_exists": "name other directories in CREDIT_GATEWAY_STATE_DIR and _KEYS_DIR",
}
"""What to do, by error code; where the message says it already there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a command did not do what it was asked.

    Attributes:
        code: Stable name.
        message: One line, without a value from outside.
        problems: Facts, each with the members ``file``, ``key``, ``what``, ``allowed``.
        hint: A command, or words, that help; may be empty.
    """

    code: str
    message: str
    exit_code: int
    problems: tuple[Mapping[str, str], ...] = ()
    hint: str = ""

    def json(self) -> dict[str, object]:
        """Return the JSON object."""
        error: dict[str, object] = {"code": self.code, "message": self.message}
        if self.problems:
            error["problems"] = list(self.problems)
        if self.hint:
            error["hint"] = self.hint
        return {"error": error}


def failure_of(error: Exception) -> Failure:
    """Return what to say of an error that a command may end with."""
    if isinstance(error, click.Abort):
        return Failure(code="interrupted", message="stopped", exit_code=INTERRUPTED)
    if isinstance(error, click.ClickException):
        return _usage(error)
    if isinstance(error, OSError):
        return _machine(error)
    code = error.code if isinstance(error, GatewayError) else GatewayError.code
    problems = problems_of(error)
    lines = str(error).splitlines() or [type(error).__name__]
    return Failure(
        code=code,
        message=_counted(problems) if problems else " ".join(lines),
        exit_code=UNAVAILABLE if isinstance(error, UnavailableError | FetchError) else REFUSED,
        problems=problems,
        hint=HINTS.get(code, ""),
    )


def show(error: Exception, *, as_json: bool) -> int:
    """Print why a command was refused: JSON on stdout, or lines on stderr; return the exit code."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return USAGE
    failure = failure_of(error)
    if as_json:
        show_json(failure.json())
    else:
        _show_lines(failure)
    return failure.exit_code


def _show_lines(failure: Failure) -> None:
    console = console_for_people(stderr=True)
    first = Text.assemble((f"error[{failure.code}]", "bold red"), f": {failure.message}")
    console.print(first, soft_wrap=True)
    for file, problems in _by_file(failure.problems).items():
        console.print(Text(f"  {file}", style="bold"), soft_wrap=True)
        for problem in problems:
            said = Text.assemble("    ", (problem["key"], "cyan"), f" {problem['what']}")
            console.print(said, soft_wrap=True)
            console.print(Text(f"      allowed: {problem['allowed']}", "dim"), soft_wrap=True)
    if failure.hint:
        console.print(Text(f"  try: {failure.hint}", style="dim"), soft_wrap=True)


def problems_of(error: Exception) -> tuple[Mapping[str, str], ...]:
    """Return the problems that an error of settings or policy carries."""
    found: Sequence[object] = getattr(error, "problems", ())
    return tuple(
        {
            "file": str(getattr(each, "file", "")),
            "key": str(getattr(each, "key", "")),
            "what": str(getattr(each, "what", "")),
            "allowed": str(getattr(each, "allowed", "")),
        }
        for each in found
    )


def _machine(error: OSError) -> Failure:
    """What this machine refuses: a file, a directory, a disk that is full."""
    place = error.filename if isinstance(error.filename, str) else "this machine"
    message = f"{place}: {error.strerror or type(error).__name__}"
    return Failure(code="machine", message=message, exit_code=REFUSED, hint="credit-gateway doctor")


def _usage(error: click.ClickException) -> Failure:
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command_path if context else "credit-gateway"
    message = " ".join(error.format_message().split())
    return Failure(code="usage", message=message, exit_code=USAGE, hint=f"{command} --help")


def _counted(problems: Sequence[object]) -> str:
    if len(problems) == 1:
        return "one thing is missing or wrong; nothing was done"
    return f"{len(problems)} things are missing or wrong; nothing was done"


def _by_file(problems: Sequence[Mapping[str, str]]) -> dict[str, list[Mapping[str, str]]]:
    found: dict[str, list[Mapping[str, str]]] = {}
    for problem in problems:
        found.setdefault(problem["file"], []).append(problem)
    return found
