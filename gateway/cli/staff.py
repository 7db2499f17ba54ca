"""``credit-gateway staff``: who works in this city's credit office."""

from typing import TYPE_CHECKING

import click

from gateway.cli import layout
from gateway.cli.answer import Answer
from gateway.cli.command import CommandGroup
from gateway.cli.session import Session, pass_session
from gateway.ids import Timestamp

if TYPE_CHECKING:
    from gateway.services.staff import Account

ROLES = click.option(
    "--roles",
    required=True,
    metavar="ROLE[,ROLE...]",
    help="operator, approver, auditor, county.",
)


@click.group(cls=CommandGroup)
def staff() -> None:
    """Accounts of the credit office: add, link, roles, close (工作人员).

    At this console one person is enough: whoever runs commands here can read every key. In
    the pages two are needed. All of it is in the ledger.
    """


@staff.command()
@click.argument("account_id", metavar="ID")
@click.option("--name", required=True, help="As colleagues know the person.")
@ROLES
@click.option("--subject", help="The person's `sub` at the staff provider, [staff_sign_in].")
@pass_session
def add(session: Session, account_id: str, name: str, roles: str, subject: str | None) -> Answer:
    """Make an account, and a one-time link to its password.

    With --subject the person signs in with the staff provider, and needs no link.

    Examples:
      credit-gateway staff add lin --name 林 --roles operator
      credit-gateway staff add wu --name 吴 --roles approver --subject 4711
    """
    from gateway.services.staff import roles_of  # noqa: PLC0415  (--help must not wait)

    with session.city() as city:
        account = city.staff.add(account_id, name, roles_of(roles), session.acting(), subject)
        if subject is not None:
            said = f"{name} may sign in with the staff provider."
            return Answer(data={"account": _json(account)}, screen=layout.title(said))
        return _linked(session, city.leaf, account, *city.staff.link(account_id, session.acting()))


@staff.command("list")
@pass_session
def list_all(session: Session) -> Answer:
    """Show every account with its roles.

    Example:
      credit-gateway staff list
    """
    with session.city() as city:
        found = city.store.staff.list_all()
    rows = ((each.id, each.name, _roles(each), _way_in(each)) for each in found)
    return Answer(
        data={"accounts": [_json(each) for each in found]},
        screen=layout.table(("id", "name", "roles", "signs in with"), rows)
        if found
        else layout.title("No account yet: credit-gateway staff add --help", ""),
    )


@staff.command()
@click.argument("account_id", metavar="ID")
@pass_session
def link(session: Session, account_id: str) -> Answer:
    """Print a one-time link to set password and second factor.

    Good for a day, and it ends older links; the old password works until it is used.

    Example:
      credit-gateway staff link lin
    """
    with session.city() as city:
        secret, expires_at = city.staff.link(account_id, session.acting())
        account = city.store.staff.get(account_id)
        if account is None:
            raise AssertionError("a link was made for it")
        return _linked(session, city.leaf, account, secret, expires_at)


@staff.command("roles")
@click.argument("account_id", metavar="ID")
@ROLES
@pass_session
def set_roles(session: Session, account_id: str, roles: str) -> Answer:
    """Give an account other roles; its sessions end.

    Example:
      credit-gateway staff roles lin --roles operator,auditor
    """
    from gateway.services.staff import roles_of  # noqa: PLC0415  (--help must not wait)

    with session.city() as city:
        account = city.staff.set_roles(account_id, roles_of(roles), session.acting())
    said = f"{account.name} is {_roles(account)}."
    return Answer(data={"account": _json(account)}, screen=layout.title(said))


@staff.command()
@click.argument("account_id", metavar="ID")
@pass_session
def close(session: Session, account_id: str) -> Answer:
    """Close an account at once; its id stays taken.

    Refused for the last who could act by four eyes.

    Example:
      credit-gateway staff close lin
    """
    with session.city() as city:
        account = city.staff.set_roles(account_id, frozenset(), session.acting())
    said = f"{account.name} can no longer sign in."
    return Answer(data={"account": _json(account)}, screen=layout.title(said))


def _linked(
    session: Session, leaf: str, account: "Account", secret: str, expires_at: Timestamp
) -> Answer:
    del session
    address = f"{leaf}/staff/enrol#{secret}"
    return Answer(
        data={"account": _json(account), "link": address, "expires_at": expires_at},
        screen=layout.page(
            layout.title(f"A link for {account.name}, until {layout.moment(expires_at)}"),
            layout.indented(layout.title(address, "bold cyan")),
            layout.title("It is shown once and stored nowhere: hand it over in person.", "yellow"),
        ),
    )


def _roles(account: "Account") -> str:
    return ", ".join(sorted(account.roles)) or "closed"


def _way_in(account: "Account") -> str:
    ways = [
        word for word, has in (("password", account.local), ("provider", account.linked)) if has
    ]
    return " or ".join(ways) or "nothing yet"


def _json(account: "Account") -> dict[str, object]:
    return {
        "id": account.id,
        "name": account.name,
        "roles": sorted(account.roles),
        "local": account.local,
        "linked": account.linked,
    }
