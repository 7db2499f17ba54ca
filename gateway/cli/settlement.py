"""``credit-gateway merchants settlement``: the month of one merchant, to settle by."""

from pathlib import Path

import click

from gateway.cli import layout
from gateway.cli.answer import Answer
from gateway.cli.command import GatewayCommand
from gateway.cli.output_files import check_free, write_new
from gateway.cli.session import Session, pass_session
from gateway.ids import MerchantId, UnverifiedText


@click.command(cls=GatewayCommand)
@click.argument("merchant_id", metavar="ID")
@click.argument("month", metavar="YYYY-MM")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The table to write; it must not be there yet.",
)
@pass_session
def settlement(session: Session, merchant_id: str, month: str, out: Path) -> Answer:
    """Write a merchant's grants of a month as a table (CSV).

    The merchant's own tills and devices get the same from the API.

    Example:
      credit-gateway merchants settlement river-hotel 2026-11 --out november.csv
    """
    from gateway.app.receipts import receipts_of  # noqa: PLC0415  (--help must not wait)
    from gateway.services.merchants import UnknownMerchantIdError  # noqa: PLC0415  (--help must not wait)
    from gateway.services.receipts import Owner  # noqa: PLC0415  (--help must not wait)
    from gateway.web.api.settlements import csv_of  # noqa: PLC0415  (--help must not wait)

    check_free(out)
    with session.city() as city:
        if city.merchant_desk.find(MerchantId(merchant_id)) is None:
            raise UnknownMerchantIdError("there is no such merchant")
        found = receipts_of(city).month(
            UnverifiedText(month), Owner(merchant=MerchantId(merchant_id)), city.clock.now()
        )
        lines = list(csv_of(found))
    write_new(out, b"".join(lines), mode=0o600)
    grants = len(lines) - 1
    return Answer(
        data={"file": str(out), "grants": grants},
        screen=layout.title(f"{out} holds {grants} grants of {month}."),
    )
