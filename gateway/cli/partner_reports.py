"""What is said of partners as they are: their state in full, and what a sync led to."""

from collections.abc import Iterable, Sequence

from rich.text import Text

from gateway.app.composition import OpenCity
from gateway.cli import layout
from gateway.cli.answer import Answer
from gateway.cli.failures import REFUSED, UNAVAILABLE
from gateway.cli.partner_lines import (
    BACK,
    entity_of,
    heard,
    name_of,
    partner_json,
    partner_table,
    state_of,
)
from gateway.services.partner_ports import UnknownPartnerError
from gateway.services.partner_status import PartnerStatus
from gateway.services.partner_sync import SyncReport
from gateway.trust import entity


def statuses(city: OpenCity, found: Sequence[PartnerStatus], only: str | None) -> Answer:
    """Show all partners, or one in full.

    Raises:
        UnknownPartnerError: there is no such partner.
    """
    agreement = city.settings.agreement
    if only is None:
        empty = layout.title("No partner yet: credit-gateway partners add CITY", "")
        return Answer(
            data={"partners": [partner_json(each, agreement) for each in found]},
            screen=partner_table(found, agreement) if found else empty,
        )
    wanted = entity_of(agreement, only)
    one = next((each for each in found if wanted in (each.leaf, each.anchor)), None)
    if one is None:
        raise UnknownPartnerError("no such partner")
    known = [(label, said) for label, said in _facts(one) if said]
    return Answer(
        data=partner_json(one, agreement),
        screen=layout.page(
            layout.title(name_of(agreement, one.leaf)), layout.indented(layout.facts(known))
        ),
    )


def synced(city: OpenCity, reports: Sequence[SyncReport]) -> Answer:
    """Show what each cycle led to."""
    agreement = city.settings.agreement
    rows = (
        (
            name_of(agreement, entity.leaf_of(report.anchor)),
            report.state.value if report.state else "not usable",
            report.freshness.value if report.freshness else "",
            "  ".join(f"{each.role} {each.result}" for each in report.outcomes),
            Text(report.problem or "", "yellow"),
        )
        for report in reports
    )
    columns = ("city", "state", "freshness", "statements", "problem")
    return Answer(
        data={"partners": [_report_json(report) for report in reports]},
        screen=layout.table(columns, rows)
        if reports
        else layout.title("No partner to sync with yet.", ""),
        exit_code=sync_code(reports),
    )


def sync_code(reports: Iterable[SyncReport]) -> int:
    """Return the exit code of a sync: 3 if partners could only not be reached."""
    problems = [report.problem for report in reports if report.problem]
    if not problems:
        return 0
    away = all(problem.startswith("fetch_") for problem in problems)
    return UNAVAILABLE if away else REFUSED


def _report_json(report: SyncReport) -> dict[str, object]:
    return {
        "anchor": report.anchor,
        "state": report.state.value if report.state else None,
        "freshness": report.freshness,
        "statements": {
            each.role.value: {"result": each.result, "problem": each.problem}
            for each in report.outcomes
        },
        "alarms": [{"code": str(alarm.code), "kid": alarm.kid} for alarm in report.alarms],
        "problem": report.problem,
    }


def _facts(partner: PartnerStatus) -> Iterable[tuple[str, str]]:
    """Yield what is known of one partner; what is not known is left out."""
    yield "entity", partner.leaf
    yield "division", partner.division or ""
    yield "state", state_of(partner)
    yield "decided by", f"{partner.decided_by}: {partner.reason}" if partner.reason else ""
    yield "heard of", heard(partner)
    yield "recognises us", BACK[partner.lists_us]
    yield "scenarios", "\n".join(partner.scenarios)
    yield "until", f"the end of {layout.day(partner.until)}" if partner.until else ""
    for role, ends in partner.statements:
        yield f"{role} ends", layout.moment(ends)
    for change in partner.key_changes:
        yield f"key {change.kid[:8]}…", f"{change.what} {layout.moment(change.at)}"
    for kid in partner.suspended_anchor_kids:
        yield "suspended K1", kid
    failures = f"{partner.last_error}, {partner.failures} times in a row"
    yield "last error", failures if partner.last_error else ""
    for alarm in partner.alarms:
        yield "alarm", f"{alarm.code}, {alarm.count} times, last {layout.moment(alarm.at)}"
