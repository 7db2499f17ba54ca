"""What a city says of itself in its statements, as it was configured."""

from gateway.services.publish import IssuerProfile, Profile
from gateway.settings import Issuing, OwnCity, Settings
from gateway.settings import Role as CityRole


def profile(settings: Settings) -> Profile:
    """Return what the city says of itself."""
    city, issuing = settings.city, settings.issuing
    verifies = CityRole.VERIFIER in city.roles
    return Profile(
        leaf=city.leaf,
        organization_name=f"{city.name_en} credit-code gateway",
        organization_name_zh=f"{city.name_zh}信用码互认网关",
        issuer=None if issuing is None else _issuer_profile(city, issuing),
        scenarios=tuple(sorted(settings.open_scenarios)) if verifies else None,
    )


def _issuer_profile(city: OwnCity, issuing: Issuing) -> IssuerProfile:
    return IssuerProfile(
        division=city.division_code,
        contacts=city.contacts,
        code_lifetime_max_s=issuing.lifetimes.code_lifetime_max_s,
    )
