"""What somebody agrees to, or agreed to once, with the names in it."""

from collections.abc import Iterable

from gateway.ids import CityId
from gateway.policy.consent_wording import WORDINGS, WordingText
from gateway.web.context import gateway
from gateway.web.words import Language


def asked_words(version: str, recipients: Iterable[CityId], lang: Language) -> WordingText | None:
    """Return a version of the words; None if this gateway never had it."""
    wording = WORDINGS.get(version)
    if wording is None:
        return None
    text, here = (wording.zh, gateway().city.name_zh) if lang == "zh" else (wording.en, None)
    processor = f"{here}信用办" if here else f"The credit office of {gateway().city.name_en}"
    return text.filled(processor=processor, recipients=city_names(recipients, lang))


def city_names(cities: Iterable[CityId], lang: Language) -> str:
    """Return the names of cities as one text; of a city that has left its code."""
    agreement = gateway().agreement
    found = [(agreement.member(city), city) for city in sorted(cities)]
    names = [
        city if member is None else member.name_zh if lang == "zh" else member.name_en
        for member, city in found
    ]
    return ("、" if lang == "zh" else ", ").join(names)
