"""Many merchants from one table: looked at first, then stored in one transaction."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from gateway.errors import GatewayError, RefusedError
from gateway.ids import MerchantId, ScenarioId, Timestamp
from gateway.policy.agreement import Agreement
from gateway.services.audit import Acting
from gateway.services.merchant_files import MerchantFile
from gateway.services.merchant_sheet import Sheet, SheetRow
from gateway.services.merchants import venues_of
from gateway.services.onboard import Application, OnboardMerchants
from gateway.services.ports import Merchant

_BETWEEN: Final = re.compile(r"[;；,，、\n]")
_BETWEEN_VENUES: Final = re.compile(r"[;；\n]")
_DAY: Final = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")
_ALL_OPEN: Final = frozenset({"open", "全部"})


class Fault(StrEnum):
    """What is wrong with a row."""

    CELLS = "cells"
    """It has more cells than the head."""
    FORM = "form"
    """A cell is empty where one is needed, or not of its form."""
    CLOSED = "closed"
    """A scenario is unknown, or not open in this city."""
    REASON = "reason"
    """The check character of the code is off, and nobody says why it is right."""
    DAY = "day"
    """No day, or out of range."""
    TWICE = "twice"
    """The id, or one of its venues', stands in the file twice."""
    OTHER = "other"
    """A merchant of this id is there, and the row says something else of it."""
    REMOVED = "removed"
    """A merchant of this id was removed; ids are given once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong; what stands in the cell is not repeated.

    Attributes:
        row: As a spreadsheet counts.
        column: English name.
    """

    row: int
    column: str
    fault: Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """What an import would do.

    Attributes:
        new: What it would add, by row.
        unchanged: Rows that say what is stored.
        findings: What keeps rows out, in the order of rows.
    """

    new: Mapping[int, Application]
    unchanged: tuple[int, ...]
    findings: tuple[Finding, ...]


class BadRowsError(RefusedError):
    """Rows are wrong, and nobody said that they may be left out; nothing was stored."""

    code = "merchant_import"


class _CellError(Exception):
    """A cell is wrong."""

    def __init__(self, column: str, fault: Fault) -> None:
        super().__init__(column)
        self.column, self.fault = column, fault


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportMerchants:
    """The use case."""

    onboarding: OnboardMerchants
    agreement: Agreement

    def plan(self, sheet: Sheet, now: Timestamp) -> ImportPlan:
        """Return what an import would do; nothing is stored."""
        known = {each.id: each for each in self.onboarding.desk.directory.list_all()}
        files = self.onboarding.rows.list_all()
        new, unchanged, findings = dict[int, Application](), list[int](), list[Finding]()
        seen = set[MerchantId]()
        for row in sheet.rows:
            try:
                asked = self._asked(row, now, seen)
                stored = known.get(asked.merchant.id)
                if stored is not None:
                    _compare(asked, stored, files.get(stored.id, MerchantFile()))
            except _CellError as error:
                findings.append(Finding(row=row.number, column=error.column, fault=error.fault))
            else:
                if stored is None:
                    new[row.number] = asked
                else:
                    unchanged.append(row.number)
        return ImportPlan(new=new, unchanged=tuple(unchanged), findings=tuple(findings))

    def store(self, plan: ImportPlan, acting: Acting, *, skip_bad: bool) -> None:
        """Store what is new in a plan, in one transaction.

        Raises:
            BadRowsError: rows are wrong, and are not to be skipped.
            ConflictError: somebody added one of them meanwhile; nothing was stored.
        """
        if plan.findings and not skip_bad:
            raise BadRowsError("rows are wrong; nothing was stored")
        self.onboarding.enrol_all(plan.new.values(), acting)

    def _asked(self, row: SheetRow, now: Timestamp, seen: set[MerchantId]) -> Application:
        if row.too_long:
            raise _CellError("", Fault.CELLS)
        cells = row.cells
        venues = venues_of(_BETWEEN_VENUES.split(cells.get("venues", "")))
        if len({each.id for each in venues}) < len(venues):
            raise _CellError("venues", Fault.TWICE)
        merchant = Merchant(
            id=MerchantId(cells["id"]),
            name=cells["name"],
            scenarios=self._scenarios(cells["scenarios"]),
            venues=venues,
            state="active",
        )
        asked = Application(
            merchant=merchant,
            uscc=cells.get("uscc", ""),
            uscc_reason=cells.get("uscc_reason", ""),
            due=_day(cells, "commitment_due"),
            returned=_day(cells, "commitment_returned"),
        )
        try:
            self.onboarding.check(asked, now)
        except GatewayError as error:
            raise _cell_of(error) from None
        if merchant.id in seen:
            raise _CellError("id", Fault.TWICE)
        seen.add(merchant.id)
        return asked

    def _scenarios(self, cell: str) -> frozenset[ScenarioId]:
        words = [word.strip() for word in _BETWEEN.split(cell) if word.strip()]
        if len(words) == 1 and words[0] in _ALL_OPEN:
            return self.onboarding.desk.open_scenarios
        ids = {
            name: id_
            for id_, each in self.agreement.scenarios.items()
            for name in (each.zh, each.en)
        }
        return frozenset(ScenarioId(ids.get(word, word)) for word in words)


def _compare(asked: Application, stored: Merchant, file: MerchantFile) -> None:
    if stored.state == "removed":
        raise _CellError("id", Fault.REMOVED)
    merchant = asked.merchant
    said = {
        "name": merchant.name == stored.name,
        "scenarios": merchant.scenarios == stored.scenarios,
        "venues": merchant.venues == stored.open_venues,
        "uscc": (asked.uscc.upper() or None) == file.uscc,
        # Without a day in the row, whatever the office entered since is left alone.
        "commitment_due": asked.due in {None, file.commitment_due},
        "commitment_returned": asked.returned in {None, file.commitment_returned},
    }
    for column, alike in said.items():
        if not alike:
            raise _CellError(column, Fault.OTHER)


def _cell_of(error: GatewayError) -> _CellError:
    """Return which cell an application was refused for."""
    column = getattr(error, "part", "")
    match error.code:
        case "uscc_malformed":
            return _CellError("uscc", Fault.FORM)
        case "uscc_reason":
            return _CellError("uscc_reason", Fault.REASON)
        case "commitment_day":
            return _CellError(column, Fault.DAY)
        case "merchant_refused":
            return _CellError(column, Fault.CLOSED if column == "scenarios" else Fault.FORM)
        case _:
            raise error


def _day(cells: Mapping[str, str], column: str) -> date | None:
    typed = cells.get(column, "")
    if not typed:
        return None
    found = _DAY.fullmatch(typed)
    try:
        return date(*map(int, found.groups())) if found else _no_day(column)
    except ValueError:
        return _no_day(column)


def _no_day(column: str) -> date:
    raise _CellError(column, Fault.DAY)
