"""Every command of the first level, under its heading, and the way in and out of all of them."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

import gateway
from gateway.cli import failures
from gateway.cli.command import Entry, Section, SectionedGroup
from gateway.cli.environment import surroundings
from gateway.cli.session import Session
from gateway.errors import GatewayError

SECTIONS: Final = (
    Section(
        heading="Start here",
        entries=(
            Entry(
                name="demo", about="Four cities here recognise each other (演示)", place="demo:demo"
            ),
            Entry(
                name="init",
                about="Make this city: keys, database, statements (建市)",
                place="init:init",
            ),
            Entry(
                name="doctor",
                about="Name everything missing or wrong, before it starts (体检)",
                place="doctor:doctor",
            ),
            Entry(name="serve", about="Serve this city over HTTP (运行)", place="serve:serve"),
            Entry(
                name="worker",
                about="Sign, fetch and prune in the background (后台)",
                place="worker:worker",
            ),
            Entry(
                name="status",
                about="One screen: is this city well? (状态)",
                place="status:status",
            ),
        ),
    ),
    Section(
        heading="Other cities",
        entries=(
            Entry(
                name="partners",
                about="Add, confirm, accept, follow, stop (伙伴城市)",
                place="partner_commands:partners",
            ),
            Entry(
                name="keys",
                about="Own keys: list, rotate, revoke (密钥)",
                place="keys:keys",
            ),
            Entry(
                name="anchor",
                about="Make and use K1, on an offline machine (根密钥)",
                place="anchor:anchor",
            ),
            Entry(
                name="federation",
                about="Publish what this city says of itself (联邦声明)",
                place="federation:federation",
            ),
        ),
    ),
    Section(
        heading="Merchants and citizens",
        entries=(
            Entry(
                name="merchants",
                about="Who may verify codes here, and their tokens (商家)",
                place="merchant_commands:merchants",
            ),
            Entry(
                name="devices",
                about="Merchants' phones: one-time link, list, revoke (核验设备)",
                place="devices:devices",
            ),
            Entry(
                name="tills",
                about="Merchants' tills: OAuth credentials (收银系统)",
                place="tills:tills",
            ),
            Entry(
                name="citizens",
                about="Revoke printed codes; tokens in a demo (市民)",
                place="citizens:citizens",
            ),
        ),
    ),
    Section(
        heading="Codes and offers",
        entries=(
            Entry(name="codes", about="Look into a code, draw it (信用码)", place="codes:codes"),
            Entry(
                name="offers",
                about="Are visitors treated as residents are? (同城待遇)",
                place="offers:offers",
            ),
        ),
    ),
    Section(
        heading="The office",
        entries=(
            Entry(
                name="staff",
                about="Accounts and their roles (工作人员)",
                place="staff:staff",
            ),
            Entry(
                name="proposals",
                about="What waits for a second person (双人复核)",
                place="proposals:proposals",
            ),
            Entry(
                name="ledger",
                about="What was done by whom, and is that whole? (审计链)",
                place="ledger:ledger",
            ),
        ),
    ),
    Section(
        heading="In an emergency",
        entries=(
            Entry(
                name="stop",
                about="Issuing, or one offer: at once, by one officer (紧急停用)",
                place="stop:stop",
            ),
        ),
    ),
    Section(
        heading="Upkeep",
        entries=(
            Entry(
                name="database",
                about="Check the tables, bring them up to date (数据库)",
                place="database:database",
            ),
            Entry(
                name="metrics",
                about="Figures for a monitor, on a port of their own (指标)",
                place="metrics:metrics",
            ),
            Entry(
                name="prune",
                about="Forget what has been kept long enough (清理)",
                place="prune:prune",
            ),
        ),
    ),
)


class RootGroup(SectionedGroup):
    """The whole tree; the one place where an error becomes a line and an exit code."""

    sections: Sequence[Section] = SECTIONS

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: FBT001, FBT002  (click's signature)
        **extra: Any,  # noqa: ANN401  (click's signature)
    ) -> Any:  # noqa: ANN401  (click's signature)
        """Run the command that ``args`` spell, and exit."""
        given = list(sys.argv[1:] if args is None else args)
        try:
            code = super().main(given, prog_name, complete_var, standalone_mode=False, **extra)
        except (click.ClickException, click.Abort, GatewayError, OSError) as error:
            if not standalone_mode:
                raise
            code = failures.show(error, as_json=_asked_for_json(given))
        sys.exit(code if isinstance(code, int) else 0)


def _asked_for_json(given: Sequence[str]) -> bool:
    """Usage errors come before options are read; what stands after ``--`` is no option."""
    options = given[: given.index("--")] if "--" in given else given
    return "--json" in options


@click.group(
    cls=RootGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Each command has --help with examples, and --json. "
    "Exit codes: 0 ok, 1 refused or wrong, 2 usage, 3 unavailable for now.",
)
@click.option(
    "--env-file",
    type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path),
    help="Read CREDIT_GATEWAY_* from KEY=VALUE lines; they win over the environment.",
)
@click.version_option(gateway.__version__, message="credit-gateway %(version)s")
@click.pass_context
def credit_gateway(context: click.Context, env_file: Path | None) -> None:
    """Run one city's credit-code gateway (信用码互认网关).

    Which city it is stands in CREDIT_GATEWAY_* variables, or in the file given with
    --env-file. New here? Try `credit-gateway demo`.
    """
    context.obj = Session(environ=surroundings(env_file))
