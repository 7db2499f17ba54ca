"""``credit-gateway database``: the tables."""

from typing import TYPE_CHECKING

import click

from gateway.cli import layout
from gateway.cli.answer import Answer
from gateway.cli.command import CommandGroup
from gateway.cli.session import Session, pass_session

if TYPE_CHECKING:
    from sqlalchemy import Engine


SAID = {
    "current": "The tables are current.",
    "absent": "There are no tables yet: credit-gateway database migrate",
    "behind": "The tables are of an older version: credit-gateway database migrate",
    "ahead": "The tables are of a newer version: install that version of this software.",
}


@click.group(cls=CommandGroup)
def database() -> None:
    """Check the tables, and bring them up to date (数据库)."""


@database.command()
@pass_session
def check(session: Session) -> Answer:
    """Say whether the tables are those of this version; change nothing.

    Exit code 1 if they are not.

    Example:
      credit-gateway database check
    """
    return _answer(_engine(session), ())


@database.command()
@pass_session
def migrate(session: Session) -> Answer:
    """Make or change the tables, in one transaction; safe to repeat.

    Stop the city first, and make a backup: an older version will not run on newer tables.

    Example:
      credit-gateway database migrate
    """
    from gateway.storage import schema  # noqa: PLC0415  (--help must not wait)

    engine = _engine(session)
    before = schema.schema_state(engine)
    schema.migrate(engine)
    return _answer(engine, (("before", before.value),))


def _engine(session: Session) -> "Engine":
    from gateway.storage.engine import open_engine  # noqa: PLC0415  (--help must not wait)

    return open_engine(session.settings().database.url)


def _answer(engine: "Engine", more: tuple[tuple[str, str], ...]) -> Answer:
    from gateway.storage.schema import schema_state  # noqa: PLC0415  (--help must not wait)

    state = schema_state(engine).value
    place = engine.url.render_as_string(hide_password=True)
    engine.dispose()
    well = state == "current"
    return Answer(
        data={"database": place, "state": state, **dict(more)},
        screen=layout.page(
            layout.title(SAID[state], "bold green" if well else "bold red"),
            layout.indented(layout.facts([("database", place), *more])),
        ),
        exit_code=0 if well else 1,
    )
