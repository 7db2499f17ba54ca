"""A live code for whoever has consented: the API and the page without JavaScript ask here."""

from gateway.ids import Timestamp
from gateway.services.issue import LiveCode, NoIncentive
from gateway.web.admission import Citizen
from gateway.web.context import gateway
from gateway.web.errors import NotFoundError


def fresh_code(citizen: Citizen, now: Timestamp) -> LiveCode | NoIncentive:
    """Return a live code for a citizen who has consented.

    Raises:
        ConsentMissingError: the citizen has not.
        NotFoundError: the city issues no codes.
    """
    city = gateway()
    if city.issue is None:
        raise NotFoundError("this city issues no codes")
    if citizen.signed_in and city.consents is not None:
        city.consents.check(citizen.subject)
    return city.issue.general(citizen.subject, now)
