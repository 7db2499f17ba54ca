"""What the driver says: progress and tables for people, one object for machines."""

import json
import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

from gateway.app.console import console_user
from gateway.demo.drills.result import DrillResult, Step
from gateway.demo.drills.words import STEPS
from gateway.demo.matrix import Cell, Refused, Stage
from gateway.demo.names import shop
from gateway.demo.people import SCENARIOS
from gateway.demo.quotas import Uses
from gateway.ids import Tier
from gateway.services.audit import Acting

_MARKS = {True: "[green]✓[/green]", False: "[bold red]✗[/bold red]"}


def console(*, as_json: bool) -> Console:
    """Return where people read: stderr if stdout belongs to the JSON."""
    return Console(stderr=as_json, highlight=False)


def print_json(
    cells: Iterable[Cell],
    refused: Iterable[Refused],
    uses: Iterable[Uses],
    drill: DrillResult | None,
    seconds: float,
) -> None:
    """Write the one object on stdout."""
    result: dict[str, object] = {
        "matrix": [cell.members() for cell in cells],
        "refusals": [case.members() for case in refused],
        "quotas": [each.members() for each in uses],
        "seconds": round(seconds, 1),
    }
    if drill is not None:
        result["drill"] = drill.members()
    sys.stdout.write(json.dumps(result, ensure_ascii=False, indent=2) + "\n")
    sys.stdout.flush()


def print_tables(
    out: Console, stage: Stage, cells: Sequence[Cell], refused: Sequence[Refused]
) -> None:
    """Write the matrix and the refusals as tables."""
    out.print(_matrix(stage, cells))
    table = Table(title="必须拒绝 / must be refused", title_justify="left")
    for heading in ("case", "expected", "outcome", ""):
        table.add_column(heading)
    for case in refused:
        table.add_row(case.case, case.expected, case.outcome, _MARKS[case.right])
    out.print(table)


def print_drill(out: Console, stage: Stage, drill: DrillResult) -> None:
    """Write a drill as a table: a row for each step, a column for each city."""
    out.print(f"[bold]{drill.about}[/bold]")
    steps = {(step.what, step.where): step for step in drill.steps}
    where = [slug for slug in stage.places if any(at == slug for _, at in steps)]
    table = Table(show_lines=True)
    table.add_column("", overflow="fold")
    for slug in where:
        table.add_column(_name(stage, slug), overflow="fold")
    for what in dict.fromkeys(step.what for step in drill.steps):
        table.add_row(STEPS[what], *(_said(steps[what, slug]) for slug in where))
    out.print(table)


def _said(step: Step) -> str:
    said = step.said if step.seconds is None else f"{step.seconds:.1f} s (≤ {step.bound_s:.0f})"
    return f"{_MARKS[step.right]} {said}"


def print_uses(out: Console, stage: Stage, uses: Sequence[Uses]) -> None:
    """Write how often each citizen got the offer with a quota."""
    first = uses[0]
    title = f"次数限制 / a quota of {first.count}: {first.scenario}, {_name(stage, first.verifier)}"
    table = Table(title=title, title_justify="left")
    for heading in ("citizen of", "answers to scenario codes", ""):
        table.add_column(heading)
    for each in uses:
        table.add_row(_name(stage, each.issuer), " · ".join(each.outcomes), _MARKS[each.right])
    out.print(table)


def print_what_to_try(out: Console, stage: Stage, root: str) -> None:
    """Write how a reader can go on by hand while the servers run."""
    away, _, home, *_ = stage.places
    citizen = stage.tokens[home].citizens[Tier(3)]
    merchant = stage.tokens[away].merchants[SCENARIOS[0]]
    there = stage.cities[away].settings.city.division_code
    plate = f"{stage.places[home].leaf}/code#city={there}&scenario={SCENARIOS[0]}"
    hotel = shop(SCENARIOS[0])
    lines = [
        "[bold]In a browser[/bold]",
        f"  1. {stage.places[home].leaf}/code",
        f"     sign in as a made-up citizen of {_name(stage, home)}, agree, choose, copy the text",
        f"  2. {enrol_address(stage, away)}",
        f"     make this browser the phone of a hotel's owner in {_name(stage, away)}, verify",
        "     the link is for one browser and ten minutes; this prints another one:",
        f"     credit-gateway --env-file {root}/{away}/city.env devices link {hotel} --owner",
        f"  3. {plate}",
        f"     what a plate at a counter of {_name(stage, away)} opens: a code for its hotels",
        f"  4. {stage.places[home].leaf}/rights",
        "     all that a citizen may ask; /print there draws six codes on paper",
        f"  5. {stage.places[away].leaf}/complaints?merchant={hotel}",
        "     a complaint about that hotel, by nobody",
        f"  6. {stage.places[away].leaf}/staff",
        f"     the office of {_name(stage, away)}: made-up staff of four roles, no password, by",
        f"     {_staff_provider(stage, away)}",
        f"[bold]A code of {_name(stage, home)}[/bold] (made-up citizen, tier 3)",
        f"  curl -s {stage.places[home].leaf}/api/v1/codes -H 'Authorization: Bearer {citizen}' \\",
        '    --json \'{"kind":"general"}\'',
        f"[bold]at a hotel of {_name(stage, away)}[/bold] (made-up merchant; paste the code)",
        f"  curl -s {stage.places[away].leaf}/api/v1/verifications \\",
        f"    -H 'Authorization: Bearer {merchant}' \\",
        f'    --json \'{{"code":"CC1:…","scenario":"{SCENARIOS[0]}"}}\'',
        "[bold]What partners fetch, and what is on offer[/bold]",
        f"  {stage.places[away].leaf}/.well-known/openid-federation",
        f"  {stage.places[away].leaf}/api/v1/offers",
        "[bold]The office's view[/bold]",
        f"  credit-gateway --env-file {root}/{away}/city.env status",
        f"  credit-gateway --env-file {root}/{away}/city.env partners status",
    ]
    # Without a frame: it would cut links and tokens at the edge of the window.
    out.rule("可以试试 / try", align="left")
    out.print("\n".join(lines), soft_wrap=True)
    out.rule()
    out.print("The cities run until Ctrl-C. All people and merchants are made up.")


def _staff_provider(stage: Stage, slug: str) -> str:
    provider = stage.cities[slug].settings.staff_sign_in
    return "no provider" if provider is None else provider.stated.issuer


def enrol_address(stage: Stage, slug: str) -> str:
    """Return a one-time link that makes a browser the device of a made-up hotel's owner."""
    city = stage.cities[slug]
    hotel = shop(SCENARIOS[0])
    secret, _ = city.device_desk.link(
        hotel, None, "demo", Acting(by=console_user(), at=city.clock.now()), owner=True
    )
    return f"{stage.places[slug].leaf}/merchant/enrol#{secret}"


def _matrix(stage: Stage, cells: Sequence[Cell]) -> Table:
    table = Table(
        title="互认矩阵:行为发码城市,列为核验城市 / citizen of the row at a merchant of the column",
        title_justify="left",
        show_lines=True,
    )
    table.add_column("")
    for slug in stage.places:
        table.add_column(_name(stage, slug), overflow="fold")
    for issuer in stage.places:
        row = [_describe(stage, cell) for cell in cells if cell.issuer == issuer]
        table.add_row(_name(stage, issuer), *row)
    return table


def _describe(stage: Stage, cell: Cell) -> str:
    scenarios = stage.cities[cell.verifier].settings.agreement.scenarios
    said = "、".join(cell.words) or cell.outcome
    return f"{_MARKS[cell.right]} {scenarios[cell.scenario].zh}\n{said}"


def _name(stage: Stage, slug: str) -> str:
    city = stage.cities[slug].settings.city
    return f"{city.name_zh} {city.name_en}"
