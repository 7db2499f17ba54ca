"""Does the city's own provider answer, and does it say what the city file asks it for?

Without it nobody new signs in, while whoever is signed in goes on: a doubt, not a fault.
"""

from collections.abc import Iterable
from typing import Final, cast

from gateway.app.checks import Check, passed, warned
from gateway.app.signing_in import provider_of
from gateway.remote.discovery import Discovery
from gateway.remote.ticket_portal import TicketPortal
from gateway.services.sign_in import ProviderUnavailableError
from gateway.settings import Settings, SignInProvider

PROOF: Final = "auth_time"
"""The claim without which nobody exports, deletes or prints."""

_REMEDY: Final = "look at the provider; until it answers nobody new signs in"


def sign_in_checks(settings: Settings) -> Iterable[Check]:
    """Yield what is found of each provider that the city file names; each is asked once."""
    leaf = settings.city.leaf
    if settings.sign_in is not None:
        yield _check("sign-in", settings.sign_in, leaf, (PROOF,))
    if settings.staff_sign_in is not None:
        yield _check("staff sign-in", settings.staff_sign_in, leaf, ())


def _check(name: str, found: SignInProvider, leaf: str, needed: tuple[str, ...]) -> Check:
    provider = provider_of(found, f"{leaf}/sign-in/callback")
    try:
        if isinstance(provider, TicketPortal):
            provider.greet()
            return passed(name, f"{found.stated.issuer} answers as a portal with tickets")
        said = Discovery(found.stated.issuer).get().metadata.get("claims_supported")
    except ProviderUnavailableError as error:
        return warned(name, f"{found.stated.issuer}: {error}", _REMEDY)
    asked = (found.stated.asked.name, found.stated.asked.adult, *needed)
    # A provider need not list its claims; one that does should list what is asked of it.
    listed = cast("list[object]", said) if isinstance(said, list) else None
    missing = [each for each in asked if each and listed is not None and each not in listed]
    if missing:
        what = f"{found.stated.issuer} does not list {', '.join(missing)} in claims_supported"
        return warned(name, what, "ask its keeper whether its id tokens say it")
    return passed(name, f"{found.stated.issuer} answers as an OpenID provider")
