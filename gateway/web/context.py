"""What routes may use: one frozen value in ``app.extensions``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from flask import Flask, current_app

from gateway.clock import Clock
from gateway.ids import EntityId
from gateway.policy.agreement import Agreement, Member
from gateway.policy.catalogue import Catalogue
from gateway.services.access import CitizenAccess, MerchantAccess
from gateway.services.consent import Consents
from gateway.services.devices import DeviceAccess, EnrolDevices
from gateway.services.issue import IssueCode
from gateway.services.own_statements import Published
from gateway.services.rates import RateLimits
from gateway.services.sessions import CitizenSessions
from gateway.services.sign_in import SignIn
from gateway.services.till_access import TillAccess
from gateway.services.verify import VerifyCode
from gateway.services.void import VoidGrant
from gateway.trust.trusted_city import Role
from gateway.web.office import Office

_EXTENSION: Final = "credit_code_gateway"


class Statements(Protocol):
    """Gives this city's own statements as they were signed; ``TrustView`` does."""

    @property
    def statements(self) -> Mapping[Role, Published]:
        """The newest statement of each role, if one was signed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """One city's use cases and facts.

    Attributes:
        issue: None in a city that only verifies.
        checks: Named readiness checks; each returns whether all is well.
        form_key: 32 bytes behind the tokens of forms.
        sessions: None where citizens do not sign in; ``sign_in`` likewise.
        consents: None where nothing is issued.
        live_s: Life of a live code, 0 where nothing is issued; ``refresh_s`` likewise.
        limits: How often somebody may ask.
        trusted_proxies: How many proxies of our own every request passes.
        refusal_release_s: Every ``present_again`` leaves at a multiple of this time.
    """

    city: Member
    leaf: EntityId
    agreement: Agreement
    catalogue: Catalogue
    clock: Clock
    verify: VerifyCode
    void: VoidGrant
    issue: IssueCode | None
    merchants: MerchantAccess
    citizens: CitizenAccess
    trust: Statements
    checks: Mapping[str, Callable[[], bool]]
    form_key: bytes = field(repr=False)
    limits: RateLimits
    refusal_release_s: float
    sign_in: SignIn | None = None
    sessions: CitizenSessions | None = None
    consents: Consents | None = None
    enrol_devices: EnrolDevices | None = None
    devices: DeviceAccess | None = None
    tills: TillAccess | None = None
    office: Office | None = None
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
