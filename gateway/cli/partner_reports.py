"""What is said of partners as they are: their state in full, and what a sync led to."""

from collections.abc import Iterable, Sequence
from typing import Final

from rich.text import Text

from gateway.app.composition import OpenCity
from gateway.cli import layout
from gateway.cli.answer import Answer
from gateway.cli.failures import REFUSED, UNAVAILABLE
from gateway.cli.partner_lines import (
    BACK,
    entity_of,
    heard,
    kind,
    name_of,
    partner_json,
    partner_table,
    pushed,
    state_of,
    suspends_itself,
)
from gateway.policy.agreement import Agreement
from gateway.services.partner_keys import KeyShown, KeyState
from gateway.services.partner_ports import UnknownPartnerError
from gateway.services.partner_status import PartnerStatus
from gateway.services.partner_sync import SyncReport
from gateway.services.probe import ProbeReport, ProbeStep
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
            screen=layout.page(
                partner_table(found, agreement) if found else empty, _to_ratify(found, agreement)
            ),
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


def _to_ratify(found: Sequence[PartnerStatus], agreement: Agreement) -> layout.Part | None:
    lines = [
        f"{name_of(agreement, each.leaf)}: {waits.act} by {waits.by}, due "
        f"{layout.moment(waits.due_at)}"
        for each in found
        for waits in each.unratified
    ]
    heading = "Not ratified yet: credit-gateway proposals list"
    return layout.section(heading, layout.steps(lines)) if lines else None


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


_STEPS: Final = {
    ProbeStep.PARTNER: "it is active here, and issues",
    ProbeStep.FETCH: "it answers with a code for this city",
    ProbeStep.READ: "the code reads as one",
    ProbeStep.ISSUER: "it names that city, which is known here",
    ProbeStep.SIGNATURE: "a live key of that city signed it",
    ProbeStep.TRUST: "its statements are alive, our clock undisputed",
    ProbeStep.LIFE: "the code and its key are alive",
    ProbeStep.PURPOSE: "it is for this city, and a probe",
}


def probed(agreement: Agreement, found: ProbeReport) -> Answer:
    """Show how far a partner's code came, and what the partner says of this city."""
    leaf = entity.leaf_of(found.anchor)
    name = name_of(agreement, leaf)
    rows = (
        (
            _STEPS[each.step],
            Text(each.problem or "ok", "bold red" if each.problem else "green"),
            f"{each.took_ms:.1f} ms",
        )
        for each in found.steps
    )
    said = _verdict(name, found)
    told = f", as of {layout.moment(found.told_at)}" if found.told_at else ""
    return Answer(
        data={
            "leaf": leaf,
            "verified": found.verified,
            "problem": found.problem,
            "steps": [
                {"step": each.step.value, "problem": each.problem, "ms": round(each.took_ms, 3)}
                for each in found.steps
            ],
            "recognises_us": found.lists_us,
            "recognises_us_as_of": found.told_at,
        },
        screen=layout.page(
            layout.title(said, "bold green" if found.verified else "red"),
            layout.indented(layout.table(("step", "result", "took"), rows)),
            layout.section(
                "The way back",
                layout.facts(
                    [
                        ("it says it recognises us", f"{BACK[found.lists_us]}{told}"),
                        ("to be sure", "let its office run: partners probe, with this city"),
                    ]
                ),
            ),
        ),
        exit_code=_probe_code(found),
    )


def _verdict(name: str, found: ProbeReport) -> str:
    if found.verified:
        return f"Codes of {name} can be verified here."
    if found.steps and found.steps[-1].step is ProbeStep.FETCH:
        return f"{name} gave no code to try, so nobody can tell: {found.problem}."
    return f"Codes of {name} are refused: {found.problem}."


def _probe_code(found: ProbeReport) -> int:
    if found.verified:
        return 0
    return UNAVAILABLE if (found.problem or "").startswith("fetch_") else REFUSED


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


_BY_ITSELF: Final = ", by itself: its anchor says that it issues no codes now"

_SHORT: Final = {"anchor": "K1", "federation": "K2", "code": "K3"}

_MADE_OF_IT: Final = {
    KeyState.PINNED: "pinned",
    KeyState.SUSPENDED: "suspended: what it signed does not count",
    KeyState.ANNOUNCED: "announced, pinned by nobody: ignored",
    KeyState.LIVE: "live",
    KeyState.IN_USE: "in use",
    KeyState.AHEAD: "not yet in use",
    KeyState.ENDED: "ended",
    KeyState.BLOCKED: "blocked here",
}


def key_line(key: KeyShown) -> str:
    """Return what this city makes of a key, and until or from when."""
    said = _MADE_OF_IT[key.state]
    if key.state is KeyState.AHEAD and key.usable_from is not None:
        return f"{said}, from {layout.moment(key.usable_from)}"
    if key.state is KeyState.IN_USE and key.expires_at is not None:
        return f"{said} until {layout.moment(key.expires_at)}"
    return said


def _facts(partner: PartnerStatus) -> Iterable[tuple[str, str]]:
    """Yield what is known of one partner; what is not known is left out."""
    yield "entity", partner.leaf
    yield "division", partner.division or ""
    yield "kind", kind(partner)
    yield "state", state_of(partner) + (_BY_ITSELF if suspends_itself(partner) else "")
    yield "decided by", f"{partner.decided_by}: {partner.reason}" if partner.reason else ""
    yield "heard of", heard(partner)
    yield "recognises us", BACK[partner.lists_us]
    yield "scenarios", "\n".join(partner.scenarios)
    yield "until", f"the end of {layout.day(partner.until)}" if partner.until else ""
    for role, ends in partner.statements:
        yield f"{role} ends", layout.moment(ends)
    for shown in partner.keys:
        yield f"{_SHORT[shown.role]} {shown.kid[:8]}…", key_line(shown)
    if partner.key_changes:
        change = partner.key_changes[0]
        yield "next change", f"{change.kid[:8]}… {change.what} {layout.moment(change.at)}"
    if partner.repinning:
        yield "new anchor pair", "compare it: credit-gateway partners pin-new"
    for key in partner.blocked:
        yield (
            f"blocked {key.kid[:8]}…",
            f"since {layout.moment(key.since)}, by {key.by}: {key.reason}",
        )
    for each in partner.unratified:
        yield "not ratified", f"{each.act} by {each.by}, due {layout.moment(each.due_at)}"
    failures = f"{partner.last_error}, {partner.failures} times in a row"
    yield "last error", failures if partner.last_error else ""
    yield "push to it", pushed(partner.pushes)
    heard_at = partner.pushes.heard_at
    yield "push by it", layout.moment(heard_at) if heard_at else ""
    for alarm in partner.alarms:
        yield "alarm", f"{alarm.code}, {alarm.count} times, last {layout.moment(alarm.at)}"
