"""Where pages find the use cases of citizens; where a city has none, there is no such page."""

from typing import TypeVar

from gateway.services.complaints import Complaints
from gateway.services.issue_sheet import IssueSheet
from gateway.services.objections import Objections
from gateway.web.admission import citizen
from gateway.web.citizen_desk import CitizenDesk, Rights
from gateway.web.context import gateway
from gateway.web.errors import NotFoundError

_Case = TypeVar("_Case")


def agreed() -> bool:
    """Return whether the citizen who asks agreed; where nothing is issued nobody needs to."""
    consents = gateway().consents
    return consents is None or consents.of(citizen().subject) is not None


def complaints() -> Complaints:
    """Return the complaints about merchants of this city.

    Raises:
        NotFoundError: this process takes none.
    """
    return _found(_desk().complaints, "nobody takes complaints here")


def objections() -> Objections:
    """Return the objections to assessments of this city.

    Raises:
        NotFoundError: this city issues no codes.
    """
    return _found(_desk().objections, "this city issues no codes")


def own_rights() -> Rights:
    """Return what somebody may ask for about the own person.

    Raises:
        NotFoundError: this city issues no codes.
    """
    return _found(_desk().rights, "this city issues no codes")


def sheets() -> IssueSheet:
    """Return what hands out codes on paper.

    Raises:
        NotFoundError: nothing is printed in this city.
    """
    return _found(_desk().sheets, "this city prints no codes")


def _desk() -> CitizenDesk:
    return gateway().desk or CitizenDesk()


def _found(case: _Case | None, otherwise: str) -> _Case:
    if case is None:
        raise NotFoundError(otherwise)
    return case
