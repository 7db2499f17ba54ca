"""The shape of every command: ``--json``, an ``Answer``, and help that can be scanned."""

import inspect
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module

import click

from gateway.cli.answer import Answer, show

_DASHED = re.compile(r"-[A-Za-z0-9_-]{7,42}")
"""The id of a key, or 8 characters of it, that looks like an option."""

_AS_JSON = "credit_gateway.as_json"
_AS_IS = "\b\n"
"""click's mark of a paragraph that is not to be wrapped."""


def wants_json() -> bool:
    """Return whether the command that runs was given ``--json``."""
    context = click.get_current_context(silent=True)
    return bool(context and context.meta.get(_AS_JSON))


def _remember(context: click.Context, _option: click.Parameter, value: object) -> None:
    context.meta[_AS_JSON] = bool(value)


_JSON_OPTION = click.Option(
    ["--json"],
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_remember,
    help="Print one JSON object on stdout and nothing else there.",
)


class _Readable(click.Command):
    """Help in which indented lines, examples above all, stay as they are written."""

    def format_help_text(
        self,
        ctx: click.Context,  # noqa: ARG002  (click's signature)
        formatter: click.HelpFormatter,
    ) -> None:
        """Write the help."""
        paragraphs = inspect.cleandoc(self.help or "").split("\n\n")
        marked = (_AS_IS + each if "\n  " in each else each for each in paragraphs)
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text("\n\n".join(marked))


class GatewayCommand(_Readable):
    """A command whose function returns an ``Answer``; it shows it and ends with its exit code."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the parameters, with ``--json`` before ``--help``."""
        *own, last = super().get_params(ctx)
        return [*own, _JSON_OPTION, last]

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        answer = super().invoke(ctx)
        if isinstance(answer, Answer):
            show(answer, as_json=wants_json())
            ctx.exit(answer.exit_code)
        return answer


class KeyCommand(GatewayCommand):
    """A command whose last argument is the id of a key: one in 64 begins with a dash."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take what stands there as an id, unless it is an option of this command."""
        params = self.get_params(ctx)
        options = {name for each in params for name in each.opts}
        at = sum(isinstance(each, click.Argument) for each in params) - 1
        if len(args) > at and _DASHED.fullmatch(args[at]) and args[at] not in options:
            args = [*args[:at], *args[at + 1 :], "--", args[at]]
        return super().parse_args(ctx, args)


class CommandGroup(_Readable, click.Group):
    """Commands about one thing."""

    command_class: type[click.Command] | None = GatewayCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One command of the first level.

    Attributes:
        name: As it is typed.
        about: One line in plain words.
        place: ``module:attribute`` below ``gateway.cli``; imported when it is needed.
    """

    name: str
    about: str
    place: str

    def load(self) -> click.Command:
        """Import the command."""
        module, _, attribute = self.place.partition(":")
        found: object = getattr(import_module(f"gateway.cli.{module}"), attribute)
        if not isinstance(found, click.Command):
            raise TypeError(f"{self.place} is no command")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Commands under one heading."""

    heading: str
    entries: tuple[Entry, ...]


class SectionedGroup(click.Group):
    """A group whose help has headings and imports none of its commands."""

    sections: Sequence[Section] = ()

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        """Return the names in the order of the help."""
        return [entry.name for entry in self._entries()]

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002  (click's signature)
        cmd_name: str,
    ) -> click.Command | None:
        """Import one command, if there is one of this name."""
        entry = next((each for each in self._entries() if each.name == cmd_name), None)
        return entry.load() if entry else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections."""
        widest = max(len(name) for name in self.list_commands(ctx))
        for section in self.sections:
            rows = [(each.name.ljust(widest), each.about) for each in section.entries]
            with formatter.section(section.heading):
                formatter.write_dl(rows)

    def _entries(self) -> Iterable[Entry]:
        return (entry for section in self.sections for entry in section.entries)
