"""What people file with a city's office, put together."""

from typing import Final

from gateway.app.composition import OBJECTION_KEY, OpenCity
from gateway.services.case_texts import CaseTexts
from gateway.services.complaints import Complaints
from gateway.services.objections import Objections
from gateway.services.standing import Standings

COMPLAINT_KEY: Final = "seal/complaint"
"""Label of the key that seals what complaints say."""


def complaints_of(city: OpenCity) -> Complaints:
    """Return the complaints about merchants of a city."""
    return Complaints(
        rows=city.store.complaints,
        days=city.settings.working_days,
        texts=CaseTexts(key=city.vault.secret(COMPLAINT_KEY)),
    )


def objections_of(city: OpenCity, standings: Standings) -> Objections:
    """Return the objections to assessments of an issuing city."""
    return Objections(
        rows=city.store.objections,
        standings=standings,
        consents=city.consents,
        days=city.settings.working_days,
        tags=city.tags,
        texts=CaseTexts(key=city.vault.secret(OBJECTION_KEY)),
    )
