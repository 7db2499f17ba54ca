"""Printed sheets, put together for one city."""

from gateway.app.composition import OpenCity
from gateway.app.revoking import revoking
from gateway.services.issue import IssueCode
from gateway.services.issue_printed import IssuePrinted
from gateway.services.issue_sheet import IssueSheet


def issue_printed(city: OpenCity, issue: IssueCode) -> IssuePrinted | None:
    """Return what issues printed codes; None in a city that issues none.

    Args:
        city: The city, opened.
        issue: What all its codes have in common.
    """
    issuing = city.settings.issuing
    if issuing is None:
        return None
    return IssuePrinted(
        issue=issue,
        destinations=city.documents.destinations,
        indexes=city.status_lists.indexes,
        code_lifetime_max_s=issuing.lifetimes.code_lifetime_max_s,
        sheet_key=city.vault.secret("tag/sheet"),
    )


def issue_sheet(city: OpenCity, issue: IssueCode) -> IssueSheet | None:
    """Return what hands out sheets; None in a city that says no hotline to call."""
    issuing, printed = city.settings.issuing, issue_printed(city, issue)
    if issuing is None or printed is None or issuing.hotline is None:
        return None
    return IssueSheet(
        printed=printed,
        consents=city.consents,
        revoke=revoking(city),
        append=city.store.ledger.append,
        cities=tuple(each.division_code for each in city.settings.agreement.members),
        hotline=issuing.hotline,
    )
