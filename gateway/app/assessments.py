"""The assessment source that a city's settings name, and what its keeper is told about it."""

from dataclasses import dataclass

from gateway.app.checks import Check, failed, passed
from gateway.clock import Clock
from gateway.ids import Timestamp
from gateway.remote.assessments import FileAssessments
from gateway.remote.client_tokens import ClientAccess
from gateway.remote.http_assessments import HttpAccess, HttpAssessments
from gateway.settings import AssessmentService, Settings, StateKind
from gateway.vault import passphrase

Assessments = FileAssessments | HttpAssessments


def open_assessments(settings: Settings, clock: Clock) -> Assessments | None:
    """Return the source of an issuing city; nothing is read or asked before it is refreshed."""
    issuing = settings.issuing
    if issuing is None:
        return None
    source = issuing.assessment
    if source.path is not None:
        return FileAssessments(source.path, issuing.scales)
    return None if source.service is None else open_service(source.service, settings, clock)


def open_service(service: AssessmentService, settings: Settings, clock: Clock) -> HttpAssessments:
    """Return the source that is a service of the city; nothing is asked."""

    def secret() -> str:
        if service.secret_file is None:
            raise AssertionError("settings were loaded without the secret")
        return passphrase.read_file(service.secret_file).decode("utf-8")

    client = ClientAccess(
        token_url=service.token_url,
        client_id=service.client_id,
        client_secret=secret,
        scope=service.scope,
    )
    return HttpAssessments(
        HttpAccess(url=service.url, client=client, ca_file=service.ca_file),
        clock,
        allow_http_loopback=settings.kind is StateKind.DEMO,
    )


def in_force(assessments: Assessments) -> bool:
    """Return whether people can be looked up now."""
    if isinstance(assessments, HttpAssessments):
        return assessments.usable
    # A bad file after a good one takes nothing from a citizen: doctor and status say it.
    return assessments.state().rows is not None


@dataclass(frozen=True, slots=True)
class _At:
    moment: Timestamp

    def now(self) -> Timestamp:
        return self.moment


def service_check(service: AssessmentService, settings: Settings, now: Timestamp) -> Check:
    """Return whether the service answers, asked once for nobody; takes two seconds at most."""
    source = open_service(service, settings, _At(now))
    source.probe()
    if source.problem is None:
        return passed("assessments", f"{service.url} answers as it should")
    todo = "docs/assessment-source.md says what it must answer; until then earlier tiers go on"
    return failed("assessments", f"{service.url}: {source.problem}", todo)
