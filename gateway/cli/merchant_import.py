"""``credit-gateway merchants import``: many merchants from one table."""

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from gateway.cli import layout
from gateway.cli.answer import Answer
from gateway.cli.merchants import merchants
from gateway.cli.output_files import InputFileError
from gateway.cli.session import Session, pass_session

if TYPE_CHECKING:
    from gateway.services.merchant_import import ImportPlan
    from gateway.services.merchant_sheet import Encoding, Sheet

SHOWN_ROWS: Final = 5
_SAID: Final = {
    "cells": "more cells than the head",
    "form": "empty, or not of its form",
    "closed": "no such scenario, or not open in this city",
    "reason": "the check character is off; say why the code is right",
    "day": "no day, or out of range",
    "twice": "stands in the file twice",
    "other": "this merchant is on file with other content",
    "removed": "the merchant of this id was removed",
}


@merchants.command("import")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.option("--skip-bad", is_flag=True, help="Leave wrong rows out instead of refusing all.")
@click.option(
    "--encoding",
    type=click.Choice(["utf-8", "gb18030"]),
    help="Of the file; needed where it is not beyond doubt.",
)
@pass_session
def import_table(
    session: Session, file: Path, *, dry_run: bool, skip_bad: bool, encoding: "Encoding | None"
) -> Answer:
    """Add merchants from a CSV table in UTF-8 or GBK.

    All rows or none, in one transaction; rows that are on file already
    change nothing.

    Examples:
      credit-gateway merchants import merchants.csv --dry-run
      credit-gateway merchants import merchants.csv --encoding gb18030
    """
    from gateway.app.onboarding import imports_of  # noqa: PLC0415  (--help must not wait)
    from gateway.services.merchant_sheet import MAX_SHEET_BYTES, Sheet  # noqa: PLC0415  (--help must not wait)

    try:
        with file.open("rb") as opened:
            raw = opened.read(MAX_SHEET_BYTES + 1)
    except OSError as error:
        raise InputFileError(f"{file}: {error.strerror}") from None
    sheet = Sheet.parse(raw, encoding)
    with session.city() as city:
        imports, acting = imports_of(city), session.acting()
        plan = imports.plan(sheet, acting.at)
        stores = not dry_run and sheet.sure and (skip_bad or not plan.findings)
        if stores:
            imports.store(plan, acting, skip_bad=skip_bad)
    return _answer(sheet, plan, stored=stores, well=dry_run or stores)


def _answer(sheet: "Sheet", plan: "ImportPlan", *, stored: bool, well: bool) -> Answer:
    findings = [
        {"row": each.row, "column": each.column, "fault": each.fault.value}
        for each in plan.findings
    ]
    return Answer(
        data={
            "encoding": sheet.encoding,
            "encoding_sure": sheet.sure,
            "stored": stored,
            "new": len(plan.new),
            "unchanged": len(plan.unchanged),
            "findings": findings,
        },
        screen=layout.page(
            layout.title("Imported." if stored else "Nothing was stored."),
            layout.indented(
                layout.facts(
                    [
                        ("encoding", sheet.encoding),
                        ("new", str(len(plan.new))),
                        ("on file already", str(len(plan.unchanged))),
                        ("wrong", str(len(plan.findings))),
                    ]
                )
            ),
            _doubt(sheet),
            _first(sheet),
            _wrong(plan),
        ),
        exit_code=0 if well else 1,
    )


def _doubt(sheet: "Sheet") -> layout.Part | None:
    if sheet.sure:
        return None
    said = "The file does not say its encoding. If these words are right, add --encoding gb18030:"
    return layout.title(said, "yellow")


def _first(sheet: "Sheet") -> layout.Part:
    rows = (
        (str(each.number), each.cells["id"], each.cells["name"], each.cells["scenarios"])
        for each in islice(sheet.rows, SHOWN_ROWS)
    )
    return layout.table(("row", "id", "name", "scenarios"), rows)


def _wrong(plan: "ImportPlan") -> layout.Part | None:
    if not plan.findings:
        return None
    rows = ((str(each.row), each.column, _SAID[each.fault]) for each in plan.findings)
    return layout.section("Wrong rows", layout.table(("row", "column", "why"), rows))
