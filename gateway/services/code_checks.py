"""What must hold of a well-signed code: steps 4 to 6 of verifying, but for what was stored."""

from gateway.codes import reading
from gateway.errors import CodeError
from gateway.ids import CityId, Timestamp
from gateway.policy.scenarios import all_within, fits
from gateway.services.ports import Merchant
from gateway.services.showing import VerifiedShowing
from gateway.services.verdicts import Outcome, Presentation, Refusal
from gateway.trust.keyring import Issuer, Keyring


def check_trust(issuer: Issuer, keyring: Keyring, now: Timestamp) -> None:
    """Raise ``Refusal`` unless what is known of the home city may be relied on (step 4)."""
    if not issuer.verifies(now):
        raise Refusal(Outcome.UNDETERMINED, "issuer_not_active")
    if keyring.clock_doubtful:
        raise Refusal(Outcome.UNDETERMINED, "clock_doubtful")


def check_life(showing: VerifiedShowing, issuer: Issuer) -> None:
    """Raise ``Refusal`` unless the code lives, as its kind, city and key allow (step 5)."""
    try:
        reading.check(
            showing.claims,
            now=showing.now,
            code_lifetime_max_s=issuer.code_lifetime_max_s,
            key_expires_at=showing.key.expires_at,
        )
    except CodeError as error:
        raise Refusal(Outcome.PRESENT_AGAIN, error.code) from error


def check_place(showing: VerifiedShowing, issuer: Issuer, city: CityId) -> None:
    """Raise ``Refusal`` unless it is for this city, scenario, merchant and venue (step 6)."""
    claims, asked = showing.claims, showing.shown.scenario
    if claims.destination is not None and claims.destination != city:
        raise Refusal(Outcome.NO_BENEFIT, "other_destination")
    if claims.scenario is not None and not fits(claims.scenario, asked):
        raise Refusal(Outcome.NO_BENEFIT, "other_scenario")
    if not serves(showing.merchant, showing.shown):
        raise Refusal(Outcome.NO_BENEFIT, "merchant_scenario")
    if issuer.city != city and not issuer.scenario_agreed(asked):
        raise Refusal(Outcome.NO_BENEFIT, "scenario_not_agreed")


def serves(merchant: Merchant, shown: Presentation) -> bool:
    """Return whether the merchant may grant this scenario, at this venue."""
    if not all_within([shown.scenario], merchant.scenarios):
        return False
    if shown.venue is None:
        return True
    venue = next((venue for venue in merchant.venues if venue.id == shown.venue), None)
    if venue is None:
        return False
    return venue.scenarios is None or all_within([shown.scenario], venue.scenarios)
