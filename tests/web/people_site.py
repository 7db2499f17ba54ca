"""Huzhou's way for people: a Site with sessions, consents and devices on a real database."""

import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import argon2
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gateway.ids import MerchantId, Timestamp
from gateway.ledger.entries import Head
from gateway.services.access import MerchantAccess
from gateway.services.acts import (
    ACCEPT_PARTNER,
    RESUME_PARTNER,
    STAFF_ROLES,
    AcceptPartner,
    ChangeStaffRoles,
    ResumePartner,
)
from gateway.services.assess import Assessment
from gateway.services.audit import Acting, AuditLedger
from gateway.services.consent import Consents
from gateway.services.devices import DeviceAccess, EnrolDevices
from gateway.services.merchants import EnrolMerchants
from gateway.services.proposal_ports import Act
from gateway.services.proposals import FourEyes
from gateway.services.sessions import CitizenSessions
from gateway.services.sign_in import Attempt, SignIn
from gateway.services.staff import ManageStaff, StaffRole
from gateway.services.staff_access import StaffAccess
from gateway.services.till_access import TillAccess
from gateway.services.tills import RegisterTills
from gateway.storage.schema import migrate
from gateway.storage.store import Store
from gateway.web.office import Office as WebOffice
from tests.services.offices import Office, Web, office
from tests.web.site import LEAF, Site
from tests.world import DAY, NOON, PHASE_1, agreement, merchant

ISSUER = "https://id.wenzhou.example"
CITIZEN = "example-1"
ACTING = Acting(by="console:tester", at=NOON)


class Provider:
    """A provider that names one citizen; the test of the real client is in tests/remote."""

    def authorization_url(self, attempt: Attempt) -> str:
        return f"{ISSUER}/authorize?state={attempt.state}"

    def subject(self, code: str, attempt: Attempt, now: Timestamp) -> str:
        return CITIZEN if code == "c" else code

    def names_itself(self) -> bool:
        return True

    def sign_out_url(self) -> str | None:
        return f"{ISSUER}/end"


def neighbours() -> tuple[Office, Office]:
    """Return the credit offices of Jinhua and of Wenzhou, which is the site's."""
    web = Web(now=NOON)
    pair = office("330700", "jinhua", web), office("330300", "wenzhou", web)
    for each in pair:
        each.sign_all(NOON)
    return pair


class PeopleSite:
    """The app, and a browser in front of it."""

    def __init__(self, store: Store) -> None:
        self.site = Site()
        self.store = store
        store.merchants.add(merchant(), ACTING.note("merchant.added", "m-1"))
        self.site.assessments.readings[CITIZEN] = Assessment(
            reading=700, assessed_on=Timestamp(NOON - DAY), scale_version=None
        )
        self.enrol_devices = EnrolDevices(rows=store.devices, directory=store.merchants)
        self.register_tills = RegisterTills(rows=store.tills, directory=store.merchants)
        self.gateway = replace(
            self.site.gateway,
            sign_in=SignIn(
                issuer=ISSUER, client_id="gateway", provider=Provider(), key=bytes(range(32))
            ),
            sessions=CitizenSessions(rows=store.citizen_sessions, owner_key=bytes(32)),
            consents=Consents(rows=store.consents, owner_key=bytes(32)),
            enrol_devices=self.enrol_devices,
            devices=DeviceAccess(store.devices, store.merchants),
            tills=TillAccess(store.tills, store.merchants),
            live_s=90,
            refresh_s=60,
        )
        self.neighbour, self.own = neighbours()
        self.heads: list[Head] = []
        self.gateway = replace(self.gateway, office=self._office())
        self.client = self.browser()

    def _office(self) -> WebOffice:
        store, own = self.store, self.own
        staff = ManageStaff(rows=store.staff, subject_key=bytes(32))
        acts: dict[str, Act] = {
            ACCEPT_PARTNER: AcceptPartner(
                federation=own.federation,
                book=own.book,
                agreement=agreement(),
                announce=lambda: None,
            ),
            RESUME_PARTNER: ResumePartner(book=own.book, announce=lambda: None),
            STAFF_ROLES: ChangeStaffRoles(staff=staff),
        }
        self.staff = staff
        return WebOffice(
            access=StaffAccess(
                rows=store.staff_access,
                seal_key=bytes(32),
                subject_key=bytes(32),
                city="温州",
                hasher=argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1),
            ),
            accounts=store.staff,
            four_eyes=FourEyes(rows=store.proposals, acts=acts, seal_key=bytes(32)),
            audit=AuditLedger(rows=store.ledger, heads=self),
            federation=own.federation,
            merchants=EnrolMerchants(
                directory=store.merchants,
                states=store.merchant_states,
                access=MerchantAccess(store.merchants),
                open_scenarios=PHASE_1,
            ),
            devices=self.enrol_devices,
            tills=self.register_tills,
            sign_in=SignIn(
                issuer=ISSUER, client_id="office", provider=Provider(), key=bytes(range(1, 33))
            ),
            own_half=tuple(own.pins().half()),
            scenarios=PHASE_1,
            announce=lambda: None,
        )

    def noted(self) -> Sequence[Head]:
        return self.heads

    def note(self, head: Head, now: Timestamp) -> None:
        assert now == NOON
        self.heads.append(head)

    def hire(self, *roles: StaffRole, account: str = "lin") -> None:
        self.staff.add(account, f"{account} (illustrative)", frozenset(roles), ACTING, account)

    def enter(self, account: str = "lin", client: FlaskClient | None = None) -> TestResponse:
        """Sign in with the staff provider, which calls a colleague as the account is called."""
        away = self.get("/staff/sign-in/provider", client).headers["Location"]
        state = away.partition("state=")[2]
        return self.get(
            f"/staff/sign-in/callback?state={state}&code={account}&iss={ISSUER}", client
        )

    def browser(self) -> FlaskClient:
        return Site.client_of(self.gateway)

    def get(self, path: str, client: FlaskClient | None = None) -> TestResponse:
        return (client or self.client).get(path, base_url=LEAF)

    def post(
        self, path: str, fields: Mapping[str, str] | None = None, client: FlaskClient | None = None
    ) -> TestResponse:
        """Send a form as a page of ours would: with the token of this browser."""
        token = self.form_token(client)
        return (client or self.client).post(
            path, data={"form_token": token, **(fields or {})}, base_url=LEAF
        )

    def form_token(self, client: FlaskClient | None = None) -> str:
        shown = self.get("/merchant/enrol", client).get_data(as_text=True)
        found = re.search(r'name="form_token" value="([0-9a-f]{64})"', shown)
        assert found is not None
        return found[1]

    def sign_in(self, client: FlaskClient | None = None) -> TestResponse:
        away = self.get("/sign-in?next=/consent", client).headers["Location"]
        state = away.partition("state=")[2]
        return self.get(f"/sign-in/callback?state={state}&code=c&iss={ISSUER}", client)

    def agree(self) -> TestResponse:
        return self.post("/consent", {"read": "yes", "shown": "yes"})

    def enrol(self, client: FlaskClient | None = None, *, merchant: str = "m-1") -> TestResponse:
        secret, _ = self.enrol_devices.link(MerchantId(merchant), None, "till", ACTING)
        return self.post("/merchant/enrol", {"link": secret}, client)


@contextmanager
def people_site(directory: Path) -> Generator[PeopleSite]:
    """Yield a site on an empty database."""
    store = Store.open(f"sqlite:///{directory / 'people.db'}", ledger_key=bytes(32))
    migrate(store.engine)
    try:
        yield PeopleSite(store)
    finally:
        store.close()
