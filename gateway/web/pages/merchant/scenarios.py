"""What a merchant's device verifies for, as its pages name it."""

from dataclasses import dataclass

from gateway.ids import ScenarioId
from gateway.policy.scenarios import covers
from gateway.web.admission import Till
from gateway.web.context import gateway
from gateway.web.words import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One scenario that the device may verify for."""

    id: ScenarioId
    name: str


def choices_of(here: Till, lang: Language) -> list[Choice]:
    """Return what this device may ask for: whole scenarios, and parts where it has only those.

    At a closed venue it asks for what the merchant has: nothing is on offer, whatever is shown.
    """
    venue = next((v for v in here.merchant.venues if v.id == here.venue), None)
    own = here.merchant.scenarios
    if venue is not None and venue.scenarios:
        own = venue.scenarios
    return choices_among(own, lang)


def choices_among(own: frozenset[ScenarioId], lang: Language) -> list[Choice]:
    """Return scenarios of a merchant as its pages name them, in the order of the agreement."""
    agreed = gateway().agreement.scenarios
    names = {name: each.zh if lang == "zh" else each.en for name, each in agreed.items()}
    whole = [
        Choice(id=id_, name=name)
        for id_, name in names.items()
        if any(covers(mine, id_) for mine in own)
    ]
    listed = {each.id for each in whole}
    # The agreement names no parts, so a part is told apart by its id.
    parts = [
        Choice(id=mine, name=f"{names[agreed_whole.id]} ({mine})")
        for mine in sorted(own)
        if (agreed_whole := gateway().agreement.agreed(mine)) and agreed_whole.id not in listed
    ]
    return whole + parts
