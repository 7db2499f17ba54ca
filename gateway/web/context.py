"""What routes may use: one frozen value in ``app.extensions``."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from flask import Flask, current_app

from gateway.clock import Clock
from gateway.ids import EntityId
from gateway.policy.agreement import Agreement, Member
from gateway.policy.stops import NOTHING_STOPPED
from gateway.services.access import CitizenAccess, MerchantAccess
from gateway.services.catalogue_view import Destinations
from gateway.services.consent import Consents
from gateway.services.devices import DeviceAccess, EnrolDevices
from gateway.services.events import ReceiveEvents
from gateway.services.issue import IssueCode
from gateway.services.issue_scenario import IssueScenarioCode
from gateway.services.own_statements import Published
from gateway.services.probe_codes import ProbeCodes
from gateway.services.rates import RateLimits
from gateway.services.receipts import Receipts
from gateway.services.sessions import CitizenSessions
from gateway.services.sign_in import SignIn
from gateway.services.stop_ports import Stops
from gateway.services.till_access import TillAccess
from gateway.services.till_watch import TillWatch
from gateway.services.verify import VerifyCode
from gateway.services.void import VoidGrant
from gateway.trust.trusted_city import Role
from gateway.web.citizen_desk import CitizenDesk
from gateway.web.counter import Counter
from gateway.web.office import Office

_EXTENSION: Final = "credit_code_gateway"


class Statements(Protocol):
    """Gives this city's own statements as they were signed; ``TrustView`` does."""

    @property
    def statements(self) -> Mapping[Role, Published]:
        """The newest statement of each role, if one was signed."""
        ...


class ServedDocuments(Protocol):
    """Gives this city's signed documents as they were signed; ``DocumentView`` does."""

    def served(self, name: str) -> Published | None:
        """Return the document of a name, if there is one."""
        ...

    def names(self) -> Collection[str]:
        """Return the names of the documents that are there."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """One city's use cases and facts.

    Attributes:
        issue: None, as ``issue_scenario``, in a city that only verifies; ``probe`` likewise.
        checks: Named readiness checks; each returns whether all is well.
        form_key: 32 bytes behind the tokens of forms.
        sessions: None where citizens do not sign in; ``sign_in`` likewise.
        consents: None where nothing is issued.
        events: What partners push; None where nobody is listened to.
        live_s: Life of a live code, 0 where nothing is issued; ``refresh_s`` likewise.
        limits: How often somebody may ask.
        stops: What officers stopped.
        desk: More use cases of citizens; None where nothing is issued.
        trusted_proxies: How many proxies of our own every request passes.
        refusal_release_s: Every ``present_again`` leaves at a multiple of this time.
    """

    city: Member
    leaf: EntityId
    agreement: Agreement
    destinations: Destinations
    clock: Clock
    verify: VerifyCode
    void: VoidGrant
    receipts: Receipts
    till_watch: TillWatch
    issue: IssueCode | None
    issue_scenario: IssueScenarioCode | None
    merchants: MerchantAccess
    citizens: CitizenAccess
    trust: Statements
    documents: ServedDocuments
    checks: Mapping[str, Callable[[], bool]]
    form_key: bytes = field(repr=False)
    limits: RateLimits
    refusal_release_s: float
    probe: ProbeCodes | None = None
    sign_in: SignIn | None = None
    sessions: CitizenSessions | None = None
    consents: Consents | None = None
    enrol_devices: EnrolDevices | None = None
    devices: DeviceAccess | None = None
    counter: Counter | None = None
    tills: TillAccess | None = None
    office: Office | None = None
    desk: CitizenDesk | None = None
    events: ReceiveEvents | None = None
    stops: Stops = NOTHING_STOPPED
    trusted_proxies: int = 0
    live_s: int = 0
    refresh_s: int = 0


def install(app: Flask, gateway: Gateway) -> None:
    """Give ``gateway`` to the routes of ``app``."""
    app.extensions[_EXTENSION] = gateway


def gateway() -> Gateway:
    """Return what ``install`` gave to the current app."""
    found = current_app.extensions[_EXTENSION]
    if not isinstance(found, Gateway):
        raise TypeError("the app was made without a gateway")
    return found
