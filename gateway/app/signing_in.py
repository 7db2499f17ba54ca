"""Signing in as the city file states it: which kind of provider, and what it is asked."""

from gateway.app.composition import OpenCity
from gateway.remote.oidc import OidcProvider
from gateway.remote.ticket_portal import TicketPortal
from gateway.services.sign_in import Provider, SignIn
from gateway.settings import ProviderKind, SignInProvider
from gateway.vault import passphrase


def sign_in_of(city: OpenCity) -> SignIn | None:
    """Return where the city's citizens sign in, if they do."""
    found = city.settings.sign_in
    return None if found is None else _signing_in(city, found, "/sign-in/callback", "seal/sign-in")


def staff_sign_in_of(city: OpenCity) -> SignIn | None:
    """Return where the city's staff signs in, if it has a provider."""
    found, path = city.settings.staff_sign_in, "/staff/sign-in/callback"
    return None if found is None else _signing_in(city, found, path, "seal/staff-sign-in")


def _signing_in(city: OpenCity, found: SignInProvider, path: str, label: str) -> SignIn:
    return SignIn(
        issuer=found.stated.issuer,
        client_id=found.stated.client_id,
        # From the configuration, never from the request: a Host header is the sender's word.
        provider=provider_of(found, f"{city.leaf}{path}"),
        key=city.vault.secret(label),
        asked=found.stated.asked,
    )


def provider_of(found: SignInProvider, callback: str) -> Provider:
    """Return the provider that the city file names, which sends browsers back to ``callback``."""
    stated, secret = found.stated, passphrase.read_file(found.secret_file).decode("utf-8")
    if stated.kind is ProviderKind.TICKET:
        return TicketPortal(
            address=stated.issuer,
            client_id=stated.client_id,
            client_secret=secret,
            callback=callback,
            asked=stated.asked,
        )
    return OidcProvider(
        issuer=stated.issuer,
        client_id=stated.client_id,
        client_secret=secret,
        redirect_uri=callback,
        asked=stated.asked,
    )
