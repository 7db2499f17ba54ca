"""``credit-gateway offers``: are visitors treated as residents are?"""

from pathlib import Path

import click
from rich.text import Text

from gateway.cli import layout
from gateway.cli.answer import Answer
from gateway.cli.command import CommandGroup
from gateway.cli.session import Session, pass_session


@click.group(cls=CommandGroup)
def offers() -> None:
    """Are visitors treated as residents are? (同城待遇)."""


@offers.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@pass_session
def check(session: Session, file: Path | None) -> Answer:
    """Compare what visitors get with what residents get.

    One row for each offer, one column for each member city.

    FILE is a draft of the city file; without it the city file in force is looked at. Exit
    code 1 if an offer treats anybody differently; then the draft would not load.

    Examples:
      credit-gateway offers check
      credit-gateway offers check draft.toml --json
    """
    from gateway.app.parity import check_offers  # noqa: PLC0415  (--help must not wait)

    found = check_offers(session.environ, file)
    report, names = found.report, {m.division_code: m.name_zh for m in found.agreement.members}
    unlike = {(each.offer, each.city): each.aspect for each in report.findings}
    rows: list[list[layout.Cell]] = [
        [offer, *(_cell(unlike.get((offer, city))) for city in report.cities)]
        for offer in report.offers
    ]
    well = not report.findings
    said = f"{len(report.offers)} offers, {len(report.cities)} cities: "
    said += "everybody gets what residents get." if well else f"{len(unlike)} cells differ."
    return Answer(
        data={
            "file": str(found.file),
            "version": found.version,
            "same": well,
            "offers": list(report.offers),
            "cities": list(report.cities),
            "findings": [
                {"offer": each.offer, "city": each.city, "aspect": each.aspect.value}
                for each in report.findings
            ],
        },
        screen=layout.page(
            layout.table(("offer", *(names[city] for city in report.cities)), rows),
            layout.title(said, "bold green" if well else "bold red"),
        ),
        exit_code=0 if well else 1,
    )


def _cell(aspect: str | None) -> Text:
    return Text(f"✗ {aspect}", "bold red") if aspect else Text("✓ same", "green")
