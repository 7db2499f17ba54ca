import subprocess
import sys
from collections.abc import Iterable

import click
import pytest
from rich.cells import cell_len

import gateway
from gateway.cli.root import SECTIONS, credit_gateway
from tests.cli.places import object_of, run
from tests.project.tree import ROOT

WITHOUT_A_CITY = {("codes", "inspect"), ("codes", "draw"), ("anchor", "init")}
"""Commands that need no settings."""

ENOUGH = {
    "init": ("--demo",),
    "anchor sign": ("DIR", "no-such-request", "OUT", "--passphrase-file", "p"),
    "anchor take": ("DIR", "--passphrase-file", "p"),
    "federation request": ("FILE",),
    "federation import": ("no-such-file", "--officer", "N"),
    "keys rotate": ("codes", "--officer", "N"),
    "keys revoke": ("kid", "--officer", "N", "--reason", "drill"),
    "devices link": ("id",),
    "devices revoke": ("id",),
    "devices clear-pin": ("id",),
    "merchants add": ("id", "--name", "N", "--scenarios", "open"),
    "merchants settlement": ("id", "2026-11", "--out", "no-such-file.csv"),
    "merchants token": ("id",),
    "merchants import": ("no-such-file",),
    "merchants uscc": ("id", "91350100M000100Y43"),
    "merchants commitment": ("id", "--due", "2030-01-01"),
    "merchants add-venue": ("id", "south:S"),
    "merchants close-venue": ("id", "south"),
    "merchants add-scenario": ("id", "fitness.gym"),
    "merchants end-scenario": ("id", "fitness.gym"),
    "merchants warn": ("id", "--reason", "drill"),
    "merchants suspend": ("id", "--reason", "drill"),
    "merchants remove": ("--officer", "Lin", "id", "--reason", "drill", "--for-good"),
    "merchants notices": ("id",),
    "tills add": ("id",),
    "tills remove": ("id",),
    "merchants resume": ("id",),
    "citizens token": ("example",),
    "partners add": ("jiaxing",),
    "partners confirm": ("jiaxing", "--officer", "Lin"),
    "partners accept": (
        *("jiaxing", "--scenarios", "open", "--until", "2030-01-01"),
        *("--officer", "Lin"),
    ),
    "staff add": ("lin", "--name", "Lin", "--roles", "operator"),
    "staff link": ("lin",),
    "staff roles": ("lin", "--roles", "operator"),
    "staff close": ("lin",),
    "proposals approve": ("0", "--officer", "Lin"),
    "proposals reject": ("0", "--officer", "Lin"),
    "partners import": ("pyproject.toml",),
    "partners export": ("jiaxing", "file"),
    "partners suspend": ("jiaxing", "--officer", "Lin", "--reason", "drill"),
    "partners probe": ("jiaxing",),
    "partners safety-number": ("jiaxing",),
    "partners pin-new": ("jiaxing", "--officer", "Lin"),
    "partners unpin": ("jiaxing", "k" * 43, "--officer", "Lin", "--reason", "drill"),
    "partners restore-pin": ("jiaxing", "k" * 43, "--officer", "Lin", "--reason", "drill"),
    "partners dispute": ("jiaxing", "--officer", "Lin", "--reason", "drill"),
    "partners remove": ("jiaxing", "--officer", "Lin", "--reason", "drill", "--for-good"),
    "partners block-key": (
        *("jiaxing", "k" * 43, "--since", "2026-11-01"),
        *("--officer", "Lin", "--reason", "drill"),
    ),
    "partners unblock-key": ("jiaxing", "k" * 43, "--officer", "Lin", "--reason", "drill"),
    "stop issuing": ("--officer", "Lin", "--reason", "drill"),
    "stop offer": ("id", "--officer", "Lin", "--reason", "drill"),
    "stop lift": ("issuing", "--officer", "Lin", "--reason", "drill"),
    "stop restore": ("--officer", "Lin"),
    "partners resume": ("jiaxing", "--officer", "Lin", "--reason", "drill"),
}
"""Arguments without which a command is a usage error."""


def _commands(
    group: click.Group, path: tuple[str, ...] = ()
) -> Iterable[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(_commands(credit_gateway))


def test_the_help_lists_every_command_under_its_heading() -> None:
    shown = run("--help").stdout

    for section in SECTIONS:
        assert f"{section.heading}:" in shown
        for entry in section.entries:
            assert f"  {entry.name} " in shown
            assert entry.about in shown


def test_the_help_fits_80_columns() -> None:
    for path in [(), *COMMANDS]:
        shown = run(*path, "--help").stdout

        assert [line for line in shown.splitlines() if cell_len(line) > 80] == []


def test_no_line_of_a_list_of_commands_is_cut_off() -> None:
    for group in {path[0] for path in COMMANDS if len(path) > 1}:
        assert "..." not in run(group, "--help").stdout.partition("\nCommands:")[2]


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_says_what_it_does_and_gives_an_example(path: tuple[str, ...]) -> None:
    shown = run(*path, "--help").stdout

    assert "Example" in shown
    assert f"credit-gateway {' '.join(path)}" in shown.replace("--env-file wenzhou.env ", "")


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_has_json(path: tuple[str, ...]) -> None:
    assert "--json" in run(*path, "--help").stdout


@pytest.mark.parametrize("path", sorted(set(COMMANDS) - WITHOUT_A_CITY - {("demo",), ("doctor",)}))
def test_without_settings_every_command_refuses_in_json(path: tuple[str, ...]) -> None:
    result = run(*path, *ENOUGH.get(" ".join(path), ()), "--json")

    answer = object_of(result.stdout)
    assert result.exit_code == 1
    assert isinstance(answer["error"], dict)
    assert answer["error"]["code"] in {"settings_wrong", "input_file", "trust_pins_file"}
    assert result.stderr == ""


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_is_in_the_handbook(path: tuple[str, ...]) -> None:
    assert f"`{' '.join(path)}" in (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")


def test_alone_it_shows_its_help_and_ends_as_usage() -> None:
    result = run()

    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Start here:" in result.stderr


def test_it_knows_its_version() -> None:
    assert run("--version").stdout == f"credit-gateway {gateway.__version__}\n"


def test_help_waits_for_no_database_driver_and_no_web_framework() -> None:
    program = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from gateway.cli.root import credit_gateway\n"
        f"for path in {[list(path) for path in COMMANDS]!r}:\n"
        "    CliRunner().invoke(credit_gateway, [*path, '--help'])\n"
        "print(sorted({'sqlalchemy', 'flask', 'cryptography'} & set(sys.modules)))\n"
    )

    shown = subprocess.run(  # noqa: S603  (our own interpreter)
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert shown.stdout == "[]\n"
