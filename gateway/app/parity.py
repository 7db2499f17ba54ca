"""The parity report over a city file, in force or a draft, that need not load otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from gateway.ids import ScenarioId
from gateway.policy.agreement import Agreement
from gateway.policy.catalogue import Catalogue
from gateway.policy.errors import PolicyFileError
from gateway.policy.parity import ParityError, ParityReport
from gateway.settings.environment import read_environment
from gateway.settings.errors import Findings, WrongSettingsError
from gateway.settings.files import read_toml
from gateway.settings.loading import read_agreement


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedOffers:
    """What one city file says, and how it treats each member city.

    Attributes:
        file: The city file or draft.
        version: Of its catalogue; None where the report has findings.
    """

    file: Path
    agreement: Agreement
    version: str | None
    report: ParityReport


def check_offers(environ: Mapping[str, str], draft: Path | None) -> CheckedOffers:
    """Return how the offers in ``draft``, or in the city file, treat the members.

    Raises:
        WrongSettingsError: a file cannot be read, or breaks another rule than parity.
    """
    findings = Findings()
    places = read_environment(environ, findings)
    file = draft or places.city_file
    document = read_toml(file, findings) if file else None
    agreement = read_agreement(places.agreement_file, findings)
    if file is None or document is None or agreement is None:
        raise WrongSettingsError(findings.problems)
    try:
        catalogue = Catalogue.parse(
            document.get("catalogue"),
            agreement=agreement,
            open_scenarios=agreement.open_scenarios(_second_phase(document)),
        )
    except ParityError as error:
        return CheckedOffers(file=file, agreement=agreement, version=None, report=error.report)
    except PolicyFileError as error:
        refused = Findings()
        refused.add(str(file), error.problems)
        raise WrongSettingsError(refused.problems) from error
    report = ParityReport(
        offers=tuple(offer.id for offer in catalogue.offers),
        cities=tuple(member.division_code for member in agreement.members),
        findings=(),
    )
    return CheckedOffers(file=file, agreement=agreement, version=catalogue.version, report=report)


def _second_phase(document: Mapping[str, object]) -> frozenset[ScenarioId]:
    """What is malformed here is nothing here; loading the file names it."""
    scenarios = document.get("scenarios")
    if not isinstance(scenarios, dict):
        return frozenset()
    listed = cast("dict[str, object]", scenarios).get("second_phase")
    if not isinstance(listed, list):
        return frozenset()
    names = cast("list[object]", listed)
    return frozenset(ScenarioId(each) for each in names if isinstance(each, str))
