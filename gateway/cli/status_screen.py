"""The one screen of ``credit-gateway status``, and the same as JSON."""

from collections.abc import Mapping

from rich.text import Text

from gateway.app.doctor_city import span
from gateway.app.status import CityStatus
from gateway.cli import layout
from gateway.cli.check_lines import check_json, check_lines
from gateway.cli.partner_lines import partner_json, partner_table
from gateway.cli.stop_answers import members
from gateway.settings import Settings
from gateway.trust.reminders import Reminder


def screen(found: CityStatus, settings: Settings, database: str) -> layout.Part:
    """Return the screen."""
    look = layout.section("Look at", check_lines(found.findings)) if found.findings else None
    people = [("assessments", found.assessments.what)] if found.assessments else []
    served = [("server", found.server.what), ("worker", _worker(found))]
    closing = [*served, ("database", database), *people, ("as of", layout.moment(found.now))]
    return layout.page(
        _headline(found, settings),
        look,
        layout.section("This city says (联邦声明)", _statements(found)),
        layout.section("Keys (密钥)", _keys(found)),
        layout.section("Partners (伙伴城市)", _partners(found, settings)),
        layout.section("Today (今日)", _today(found, settings)),
        layout.indented(layout.facts(closing)),
    )


def as_json(found: CityStatus, settings: Settings, database: str) -> dict[str, object]:
    """Return everything that the screen says, in full."""
    return {
        "city": settings.city.division_code,
        "name": settings.city.name_zh,
        "kind": settings.kind.value,
        "entity_id": settings.city.leaf,
        "now": found.now,
        "works": found.works,
        "findings": [check_json(each) for each in found.findings],
        "statements": {
            role.value: {"issued_at": life.issued_at, "expires_at": life.expires_at}
            for role, life in found.statements
        },
        "keys": [
            {"role": key.role.value, "kid": key.kid, "here": key.here, "expires_at": key.expires_at}
            for key in found.keys
        ],
        "partners": [partner_json(each, settings.agreement) for each in found.partners],
        "reminders": [_reminder_json(each) for each in found.reminders],
        "waiting": [
            {"what": each.what.value, "count": each.count, "since": each.since()}
            for each in found.waiting
        ],
        "stops": {
            "intact": found.stops.intact,
            "in_force": [members(each) for each in found.stops.order.stops],
        },
        "worker": _worker_json(found),
        "server": check_json(found.server),
        "assessments": check_json(found.assessments) if found.assessments else None,
        "trust_age_s": found.trust_age_s,
        "clock_doubtful": found.clock_doubtful,
        "today": {
            "recognised": dict(found.today.recognised),
            "voided": dict(found.today.voided),
            "refused": dict(found.today.refused),
            "issued": dict(found.today.issued),
            "till_incidents": dict(found.today.incidents),
        },
        "database": database,
    }


def _headline(found: CityStatus, settings: Settings) -> Text:
    city = settings.city
    name = f"{city.name_zh} {city.name_en} {city.division_code} ({settings.kind})"
    if not found.works:
        return Text(f"{name} is not well.", style="bold red")
    if found.findings:
        return Text(f"{name} works; {len(found.findings)} to look at.", style="bold yellow")
    return Text(f"{name} is well.", style="bold green")


def _worker(found: CityStatus) -> str:
    lease = found.worker.lease
    if lease is None:
        return "none has ever run: credit-gateway worker"
    ago = span(max(0, found.now - lease.renewed_at))
    return f"at work, {ago} ago" if found.worker.works(found.now) else f"none, the last {ago} ago"


def _worker_json(found: CityStatus) -> dict[str, object]:
    lease = found.worker.lease
    return {
        "works": found.worker.works(found.now),
        "renewed_at": None if lease is None else lease.renewed_at,
        "jobs": [
            {
                "name": job.name,
                "every_s": job.every_s,
                "succeeded_at": job.succeeded_at,
                "failed_at": job.failed_at,
                "error": job.error,
                "failures": job.failures,
            }
            for job in found.worker.jobs
        ],
    }


def _reminder_json(reminder: Reminder) -> dict[str, object]:
    return {
        "what": reminder.what.value,
        "whose": reminder.whose,
        "name": reminder.name,
        "ends_at": reminder.ends_at,
        "days_left": reminder.days_left,
        "severity": reminder.severity.value,
        "remedy": reminder.remedy,
    }


def _statements(found: CityStatus) -> layout.Part:
    if not found.statements:
        return Text("nothing is published")
    return layout.table(
        ("statement", "signed", "ends"),
        (
            (
                role.value,
                f"{span(max(0, found.now - life.issued_at))} ago",
                f"in {span(life.expires_at - found.now)}" if life.holds(found.now) else "ended",
            )
            for role, life in found.statements
        ),
    )


def _keys(found: CityStatus) -> layout.Part:
    return layout.table(
        ("role", "id", "lies", "ends"),
        (
            (
                key.role.value,
                f"{key.kid[:8]}…",
                "here" if key.here else "offline",
                f"in {span(key.expires_at - found.now)}" if key.expires_at else "",
            )
            for key in found.keys
        ),
    )


def _partners(found: CityStatus, settings: Settings) -> layout.Part:
    if not found.partners:
        return Text("none yet: credit-gateway partners add CITY")
    return partner_table(found.partners, settings.agreement)


def _today(found: CityStatus, settings: Settings) -> layout.Part:
    today = found.today
    names = {member.division_code: member.name_zh for member in settings.agreement.members}
    recognised, voided = (
        {names.get(city, city): count for city, count in counts.items()}
        for counts in (today.recognised, today.voided)
    )
    return layout.facts(
        [
            ("recognised", _counts(recognised)),
            ("of these voided", _counts(voided)),
            ("not recognised", _counts(today.refused)),
            ("issued", _counts(today.issued)),
            ("tills to look at", _counts(today.incidents)),
        ]
    )


def _counts(counts: Mapping[str, int]) -> str:
    """Return the sum, then each part of it."""
    if not counts:
        return "none"
    parts = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    return f"{sum(counts.values())}: {parts}"
