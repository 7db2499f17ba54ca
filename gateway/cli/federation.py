"""``credit-gateway federation``: what this city says of itself."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli import layout
from gateway.cli.answer import Answer
from gateway.cli.command import CommandGroup
from gateway.cli.output_files import write_new
from gateway.cli.session import Session, pass_session

if TYPE_CHECKING:
    from gateway.app.composition import OpenCity
    from gateway.trust.statements import Life
    from gateway.trust.trusted_city import Role


@click.group(cls=CommandGroup)
def federation() -> None:
    """Publish what this city says of itself (联邦声明)."""


@federation.command()
@click.option(
    "--anchor",
    is_flag=True,
    help="Sign the two anchor statements as well, 90 days; needs K1 on this machine.",
)
@pass_session
def publish(session: Session, *, anchor: bool) -> Answer:
    """Sign the leaf configuration anew; let a timer do it every hour.

    It holds for 24 hours, and workers serve the new one within a second. The two statements
    of the anchor hold for 90 days; sign them with --anchor, where K1 is.

    Examples:
      credit-gateway federation publish
      credit-gateway federation publish --anchor
    """
    from gateway.app.own import own_lives, own_published  # noqa: PLC0415  (--help must not wait)

    with session.city() as city:
        if anchor:
            _publish_anchor(city)
        city.publish_leaf()
        own = own_published(city.settings, city.vault, city.store.own_statements)
    return _published(own_lives(own))


@federation.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@pass_session
def export(session: Session, file: Path | None) -> Answer:
    """Write this city's public statements as a file for partners.

    For `partners import`, when a network or an origin is gone. Nothing in it is secret, and
    nobody believes it without comparing the safety number. Without FILE it goes to stdout.

    Examples:
      credit-gateway federation export wenzhou.pins.json
      credit-gateway federation export > wenzhou.pins.json
    """
    with session.city() as city:
        pins, leaf = city.federation.export_pins(), city.leaf
    if file is None:
        return Answer(data=json.loads(pins), screen=pins.decode("utf-8").rstrip())
    write_new(file, pins)
    return Answer(
        data={"leaf": leaf, "file": str(file), "bytes": len(pins)},
        screen=layout.title(f"Public statements of {leaf} are in {file}."),
    )


def _publish_anchor(city: "OpenCity") -> None:
    from gateway.app.composition import anchor_publisher  # noqa: PLC0415  (--help must not wait)

    publisher = anchor_publisher(city.settings, city.vault, city.store)
    now, doubtful = city.clock.now(), city.trust.keyring.clock_doubtful
    publisher.configuration(now, clock_doubtful=doubtful)
    publisher.subordinate(now, clock_doubtful=doubtful)


def _published(lives: "Mapping[Role, Life]") -> Answer:
    rows = (
        (role.value, layout.moment(life.issued_at), layout.moment(life.expires_at))
        for role, life in lives.items()
    )
    return Answer(
        data={
            "statements": {
                role.value: {"issued_at": life.issued_at, "expires_at": life.expires_at}
                for role, life in lives.items()
            }
        },
        screen=layout.page(
            layout.title("Published.", "bold green"),
            layout.indented(layout.table(("statement", "signed", "ends"), rows)),
        ),
    )
