"""The test issuer in a demo; a production city has none, and asking for it is refused."""

from gateway.app.composition import OpenCity
from gateway.ids import ScenarioId, Timestamp
from gateway.jose.keys import SoftwareSigner
from gateway.services.sample_codes import (
    LABELS,
    NoTestIssuerError,
    SampleCodes,
    WithTestIssuer,
    granting,
    signer_of,
)
from gateway.services.signed_codes import TrustSource
from gateway.settings import StateKind


def trust_of(city: OpenCity) -> TrustSource:
    """Return whose codes this city verifies: in a demo, and nowhere else, also test codes."""
    if city.settings.kind is not StateKind.DEMO:
        return city.trust
    return WithTestIssuer(city.trust, _signer(city).public, city.settings.open_scenarios)


def samples_of(city: OpenCity, asked: ScenarioId | None, now: Timestamp) -> SampleCodes:
    """Return what makes the test codes of a demo city.

    Args:
        city: Where the till is.
        asked: What the till will ask for; None is the first scenario with an offer.
        now: Moment at which an offer must hold.

    Raises:
        NoTestIssuerError: the city is in production, or no offer would be granted.
    """
    signer, settings = _signer(city), city.settings
    scenarios = (asked,) if asked else sorted(settings.open_scenarios)
    scenario = granting(settings.catalogue, scenarios, now)
    if scenario is None:
        raise NoTestIssuerError("nothing would be recognised: no offer without a quota is in force")
    return SampleCodes(
        signer=signer,
        city=settings.city.division_code,
        scenario=scenario,
        policy_version=settings.catalogue.version,
    )


def _signer(city: OpenCity) -> SoftwareSigner:
    # Whoever comes here by mistake gets no key: it would verify nowhere, and must not exist.
    if city.settings.kind is not StateKind.DEMO:
        raise NoTestIssuerError("this city is in production, where test codes are refused")
    return signer_of(b"".join(city.vault.secret(label) for label in LABELS))
