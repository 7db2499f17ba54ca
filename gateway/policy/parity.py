"""The parity rule (同城待遇): who visits is given what a resident of the same tier is given.

The check looks at every offer and every member city, the own one included, and reports all it
finds: an offer that says one thing and gives residents another is found here too, and one whose
words tell people apart by where they are from.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.errors import PolicyError
from gateway.ids import CityId, OfferId
from gateway.policy.errors import Problem
from gateway.policy.offers import Draft
from gateway.policy.terms import Terms


class Aspect(StrEnum):
    """In what an offer treats a city differently."""

    LEFT_OUT = "left_out"
    MIN_TIER = "min_tier"
    KIND = "kind"
    VALUE = "value"
    CAP = "cap"
    QUOTA = "quota"
    WORDS = "words"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One offer treats the people of one city differently in one aspect.

    Attributes:
        offer: Offer that does so.
        city: City whose people are treated differently, better or worse.
        aspect: In what.
    """

    offer: OfferId
    city: CityId
    aspect: Aspect

    def __str__(self) -> str:
        """Return the finding as one sentence."""
        if self.aspect is Aspect.WORDS:
            return f"offer {self.offer} tells people of city {self.city} apart in its words"
        if self.aspect is Aspect.LEFT_OUT:
            return f"offer {self.offer} leaves out city {self.city}"
        return f"offer {self.offer} treats city {self.city} unlike residents: {self.aspect}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityReport:
    """What the check looked at, and all that it found.

    Attributes:
        offers: Offers looked at.
        cities: Member cities that each was looked at for.
        findings: In the order of offers, then cities.
    """

    offers: tuple[OfferId, ...]
    cities: tuple[CityId, ...]
    findings: tuple[Finding, ...]

    def problems(self, where: str) -> list[Problem]:
        """Return the findings as problems of the catalogue that stands at ``where``."""
        return [
            Problem(
                code=ParityError.code,
                key=f"{where}.offers.{finding.offer}",
                what=str(finding),
                allowed="the resident terms, for every member city",
            )
            for finding in self.findings
        ]


class ParityError(PolicyError):
    """Offers treat visitors and residents differently; the report names each offer and city."""

    code = "parity"

    def __init__(self, report: ParityReport) -> None:
        super().__init__("\n".join(str(finding) for finding in report.findings))
        self.report = report


def examine(drafts: Sequence[Draft], cities: Iterable[CityId]) -> ParityReport:
    """Return how ``drafts`` treat the people of ``cities``; refuses nothing."""
    members = tuple(cities)
    findings = tuple(
        Finding(offer=draft.offer.id, city=city, aspect=aspect)
        for draft in drafts
        for city in members
        for aspect in _differences(draft, city)
    )
    return ParityReport(
        offers=tuple(draft.offer.id for draft in drafts), cities=members, findings=findings
    )


def _differences(draft: Draft, city: CityId) -> tuple[Aspect, ...]:
    if draft.leaves_out(city):
        return (Aspect.LEFT_OUT,)
    given, resident = draft.terms_for(city), draft.resident
    found = tuple(aspect for aspect in _COMPARED if _of(given, aspect) != _of(resident, aspect))
    return (*found, Aspect.WORDS) if _tells_people_apart(draft) else found


_PEOPLE = re.compile(
    r"居民|户籍|户口|本市人|本地人|外地|外市|外省|异地|他市"
    r"|\b(?:residents?|visitors?|locals|outsiders?|other cit(?:y|ies)|another city)\b",
    re.IGNORECASE,
)
"""Words that tell people apart by where they are from. A merchant acts on the words, so equal
terms with such words are unequal all the same. No list is complete: somebody reads drafts."""


def _tells_people_apart(draft: Draft) -> bool:
    texts = (draft.offer.words, *draft.offer.exclusions)
    return any(_PEOPLE.search(text) for words in texts for text in (words.zh, words.en))


_COMPARED = (Aspect.MIN_TIER, Aspect.KIND, Aspect.VALUE, Aspect.CAP, Aspect.QUOTA)


def _of(terms: Terms, aspect: Aspect) -> object:
    return getattr(terms, aspect.value)
