"""Role x route: every cell is asked, and docs/roles.md is the table of what is found."""

import re
from collections.abc import Callable

import pytest
from flask import Flask, Response

from gateway.services.staff import StaffRole
from gateway.web.admission import IMPLIED, STAFF, Who, admitted, open_to
from gateway.web.wiring import make_flask
from tests.project.tree import ROOT
from tests.web.people_site import PeopleSite
from tests.web.site import LEAF

SERVED = 299
METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")


def stub(allowed: frozenset[Who]) -> Callable[..., Response]:
    """Return a view that does nothing, open to the same."""

    @open_to(*allowed)
    def served(**_: str) -> Response:
        return Response(status=SERVED)

    return served


def stubbed(people: PeopleSite) -> Flask:
    """Return the app with its guard and its doors, and nothing behind them."""
    app = make_flask(people.gateway)
    for endpoint in app.view_functions:
        app.view_functions[endpoint] = stub(admitted(app, endpoint))
    return app


def cells(app: Flask) -> list[tuple[str, str, frozenset[Who]]]:
    """Return method, path and who is admitted, of every route."""
    return sorted(
        (method, re.sub(r"<[a-z]+:([a-z_]+)>", r"<\1>", rule.rule), admitted(app, rule.endpoint))
        for rule in app.url_map.iter_rules()
        for method in METHODS
        if method in (rule.methods or set())
    )


def holds(who: Who) -> frozenset[Who]:
    """Return everything that somebody of a role is."""
    return frozenset({Who.PUBLIC, who}) | IMPLIED.get(who, frozenset())


def enter(people: PeopleSite, who: Who) -> dict[str, str]:
    """Make the browser, or the program, somebody of this role; return its headers."""
    if who in STAFF:
        people.hire(StaffRole(who))
        people.enter()
    match who:
        case Who.CITIZEN:
            people.sign_in()
        case Who.DEVICE:
            people.enrol()
        case Who.OWNER:
            people.enrol(owner=True)
        case Who.MERCHANT:
            return people.site.as_merchant()
        case _:
            pass
    return {}


@pytest.mark.parametrize("who", Who)
def test_every_route_admits_whom_it_says_and_nobody_else(people: PeopleSite, who: Who) -> None:
    headers = enter(people, who)
    headers |= {"X-Form-Token": people.form_token()}
    app = stubbed(people)
    browser = app.test_client()
    for cookie in ("citizen", "device", "staff", "visit"):
        held = people.client.get_cookie(f"__Host-{cookie}", domain=LEAF.removeprefix("https://"))
        if held is not None:
            browser.set_cookie(
                held.key, held.value, domain=LEAF.removeprefix("https://"), secure=True
            )

    wrong = list[str]()
    asked = 0
    for method, rule, allowed in cells(app):
        path = re.sub(r"<[a-z_]+>", "x", rule)
        answer = browser.open(path, method=method, headers=headers, base_url=LEAF)
        asked += 1
        if (answer.status_code == SERVED) is not bool(holds(who) & allowed):
            wrong.append(f"{method} {path}: {answer.status_code}")

    assert wrong == []
    assert asked >= 50


def test_the_table_in_the_docs_is_the_table_of_the_app(people: PeopleSite) -> None:
    shown = table(cells(make_flask(people.gateway)))

    text = (ROOT / "docs" / "roles.md").read_text("utf-8")

    assert shown in text, f"docs/roles.md needs this table:\n{shown}"


def table(found: list[tuple[str, str, frozenset[Who]]]) -> str:
    head = "| route | " + " | ".join(Who) + " |\n|---" * 1 + "|---" * len(Who) + "|\n"
    lines = (
        f"| `{method} {rule}` | "
        + " | ".join("yes" if holds(who) & allowed else "" for who in Who)
        + " |"
        for method, rule, allowed in found
    )
    return head + "\n".join(lines)


def test_a_colleague_of_two_roles_is_admitted_by_either(people: PeopleSite) -> None:
    people.hire(StaffRole.APPROVER, StaffRole.COUNTY)
    people.enter()

    assert people.get("/staff/audit").status_code == 200
    assert people.get("/staff/merchants").status_code == 200
    assert people.post("/staff/audit").status_code == 403
