"""Codes for whoever has consented: the API and the page without JavaScript ask here."""

from gateway.ids import CityId, ScenarioId, Timestamp
from gateway.services.catalogue_view import UnknownCityError
from gateway.services.issue import LiveCode, NoIncentive
from gateway.services.issue_pack import Pack
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
    _check_consent(citizen)
    return city.issue.general(citizen.subject, now)


def fresh_scenario_code(
    citizen: Citizen, there: CityId, scenario: ScenarioId, now: Timestamp
) -> LiveCode | NoIncentive:
    """Return a live code for a scenario of a city, for a citizen who has consented.

    Raises:
        ConsentMissingError: the citizen has not.
        NotFoundError: this city issues no codes, or the other one is no member.
        ScenarioNotOfferedError: nothing is offered there for exactly this scenario.
        CatalogueUnavailableError: it is not known what is offered there.
    """
    city = gateway()
    if city.issue_scenario is None:
        raise NotFoundError("this city issues no codes")
    _check_consent(citizen)
    try:
        return city.issue_scenario.scenario(citizen.subject, there, scenario, now)
    except UnknownCityError as error:
        raise NotFoundError("no member city has this code") from error


def fresh_pack(citizen: Citizen, now: Timestamp) -> Pack | NoIncentive:
    """Return an offline pack for a citizen who has consented.

    Raises:
        ConsentMissingError: the citizen has not, or ended it while this was done.
        RateLimitedError: the citizen asks again and again; a pack costs as much as 96 codes.
        NotFoundError: the city gives no packs.
    """
    city = gateway()
    packs = None if city.desk is None else city.desk.packs
    if packs is None:
        raise NotFoundError("this city gives no offline packs")
    _check_consent(citizen)
    city.limits.admit_pack(citizen.subject)
    pack = packs.pack(citizen.subject, now)
    # A stop that did not see this pack counted has said that no code is left on any phone.
    _check_consent(citizen)
    return pack


def _check_consent(citizen: Citizen) -> None:
    """Raise ``ConsentMissingError`` unless there is one; made-up people with tokens need none."""
    consents = gateway().consents
    if citizen.signed_in and consents is not None:
        consents.check(citizen.subject)
