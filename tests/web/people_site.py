"""Huzhou's way for people: a Site with sessions, consents and devices on a real database."""

import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import argon2
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gateway.clock import monotonic_s
from gateway.ids import CityId, MerchantId, Timestamp
from gateway.ledger.entries import Head
from gateway.services.acts import STAFF_ROLES, ChangeStaffRoles
from gateway.services.assess import Assessment
from gateway.services.audit import Acting, AuditLedger
from gateway.services.case_texts import CaseTexts
from gateway.services.complaints import Complaints
from gateway.services.consent import Consents, by_citizen
from gateway.services.consent_stop import StopConsent
from gateway.services.device_pins import DevicePins
from gateway.services.devices import DeviceAccess, EnrolDevices
from gateway.services.explain import Explain
from gateway.services.identity import Identity, NotAdultError
from gateway.services.issue import IssueCode
from gateway.services.issue_printed import IssuePrinted
from gateway.services.issue_sheet import IssueSheet
from gateway.services.merchant_acts import REMOVE_MERCHANT, RemoveMerchant
from gateway.services.merchant_changes import ChangeMerchants
from gateway.services.merchant_import import ImportMerchants
from gateway.services.objection_ports import HeldView
from gateway.services.objections import Objections
from gateway.services.onboard import OnboardMerchants
from gateway.services.own_copy import CopyOwn
from gateway.services.own_erasure import EraseOwn
from gateway.services.own_only import RefuseOthers
from gateway.services.partner_acts import partner_acts
from gateway.services.partner_protect import PartnerProtection, ProtectPartners
from gateway.services.pauses import PauseOffers
from gateway.services.persons import Persons
from gateway.services.probe import ProbePartner
from gateway.services.proposal_ports import Act
from gateway.services.proposals import FourEyes
from gateway.services.ratify import PREFIX, Ratifications, Ratify
from gateway.services.revoke import RevokeCodes
from gateway.services.sessions import CitizenSessions
from gateway.services.sign_in import Attempt, SignIn
from gateway.services.staff import ManageStaff, StaffRole
from gateway.services.staff_access import StaffAccess
from gateway.services.status_indexes import StatusIndexes
from gateway.services.stop_desk import (
    LIFT_STOP,
    STOP_ORDERED,
    LiftStop,
    StopDesk,
    StopProtection,
)
from gateway.services.stop_ports import StopRow
from gateway.services.stops import SealedStops
from gateway.services.till_access import TillAccess
from gateway.services.tills import RegisterTills
from gateway.services.waiting import waiting
from gateway.storage.store import Store
from gateway.trust.keyring import Keyring
from gateway.trust.reminders import DatedFact, reminders_of
from gateway.web.citizen_desk import CitizenDesk, Rights
from gateway.web.counter import Counter
from gateway.web.office import Office as WebOffice
from gateway.web.wiring import make_flask
from tests.databases import new_database
from tests.services.desks import merchant_desk
from tests.services.offices import Office, Web, office
from tests.services.test_revoke import MemoryPlaces
from tests.web.site import LEAF, Site
from tests.world import DAY, NOON, PHASE_1, agreement, catalogue, merchant, working_days

ISSUER = "https://id.wenzhou.example"
CITIZEN = "example-1"
QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
ACTING = Acting(by="console:tester", at=NOON)


class Provider:
    """A provider that names one citizen; the test of the real client is in tests/remote."""

    def authorization_url(self, attempt: Attempt) -> str:
        return f"{ISSUER}/authorize?state={attempt.state}"

    def identify(self, code: str, attempt: Attempt, now: Timestamp) -> Identity:
        if code == "child":
            raise NotAdultError("the provider does not say that this person is 18")
        return Identity(
            subject=CITIZEN if code == "c" else code,
            holder="张*",
            proved_at=now if attempt.fresh else None,
        )

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


class KeptStops:
    """The newest stops, noted in memory."""

    def __init__(self) -> None:
        self.row: StopRow | None = None

    def noted(self) -> StopRow | None:
        return self.row

    def note(self, row: StopRow) -> None:
        self.row = row


class _AsStored:
    """What a worker of a city would know, read anew each time."""

    def __init__(self, city: Office) -> None:
        self._city = city

    @property
    def keyring(self) -> Keyring:
        return self._city.view(NOON).keyring


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
        self.pins = DevicePins(rows=store.devices, hasher=QUICK)
        self.register_tills = RegisterTills(rows=store.tills, directory=store.merchants)
        self.sessions = CitizenSessions(rows=store.citizen_sessions, owner_key=bytes(32))
        self.consents = Consents(
            rows=store.consents,
            owner_key=bytes(32),
            recipients=frozenset(each.division_code for each in agreement().members),
        )
        self.held = HeldView(store.objections, CaseTexts(key=bytes(32)))
        self.issue = self._issue()
        self.persons = Persons(consents=self.consents, sessions=self.sessions, tags=self.issue.tags)
        self.gateway = replace(
            self.site.gateway,
            issue=self.issue,
            sign_in=SignIn(
                issuer=ISSUER, client_id="gateway", provider=Provider(), key=bytes(range(32))
            ),
            sessions=self.sessions,
            consents=self.consents,
            desk=self._desk(),
            enrol_devices=self.enrol_devices,
            devices=DeviceAccess(store.devices, store.merchants),
            counter=Counter(
                devices=self.enrol_devices,
                pins=self.pins,
                pauses=PauseOffers(rows=store.pauses, known=lambda: catalogue().offers),
            ),
            tills=TillAccess(store.tills, store.merchants),
            live_s=90,
            refresh_s=60,
        )
        self.sheets = self._sheets()
        desk = self.gateway.desk
        assert desk is not None
        self.gateway = replace(self.gateway, desk=replace(desk, sheets=self.sheets))
        self.neighbour, self.own = neighbours()
        self.heads: list[Head] = []
        self.facts: list[DatedFact] = []
        self.gateway = replace(self.gateway, office=self._office())
        self._apps = dict[int, Flask]()
        self.client = self.browser()

    def _issue(self) -> IssueCode:
        issue = self.site.gateway.issue
        assert issue is not None
        return replace(issue, standings=replace(issue.standings, held=self.held))

    def _desk(self) -> CitizenDesk:
        rows, persons, standings = self.store.rights, self.persons, self.issue.standings
        objections = Objections(
            rows=self.store.objections,
            standings=standings,
            consents=self.consents,
            days=working_days(),
            tags=self.persons.tags,
            texts=CaseTexts(key=bytes(32)),
        )
        stop = StopConsent(rows=rows, persons=persons, live_s=90, publish=lambda: None)
        rights = Rights(
            stop=stop,
            copies=CopyOwn(
                rows=rows,
                persons=persons,
                consents=self.consents,
                sessions=self.sessions,
                objections=objections,
            ),
            erasure=EraseOwn(stop=stop),
            explain=Explain(standings=standings, scales=standings.scales, hotline="0577-12345"),
            others=RefuseOthers(ledger=self.store.ledger),
        )
        complaints = Complaints(
            rows=self.store.complaints, days=working_days(), texts=CaseTexts(key=bytes(32))
        )
        desk = self.site.gateway.desk or CitizenDesk()
        return replace(desk, rights=rights, complaints=complaints, objections=objections)

    def _sheets(self) -> IssueSheet:
        issue, consents, rows = self.gateway.issue, self.gateway.consents, self.store.status_lists
        assert issue is not None
        assert consents is not None
        self.signed = 0

        def publish() -> None:
            self.signed += 1

        return IssueSheet(
            printed=IssuePrinted(
                issue=issue,
                destinations=self.site,
                indexes=StatusIndexes(
                    leaf=LEAF, rows=rows, noted=MemoryPlaces(), order_key=bytes(32)
                ),
                code_lifetime_max_s=31 * DAY,
                sheet_key=bytes(range(32)),
            ),
            consents=consents,
            revoke=RevokeCodes(rows=rows, tags=issue.tags, publish=publish),
            append=self.store.ledger.append,
            cities=tuple(each.division_code for each in agreement().members),
            hotline="12345",
        )

    def _office(self) -> WebOffice:
        store, own = self.store, self.own
        staff = ManageStaff(rows=store.staff, subject_key=bytes(32))
        self.stop_desk = StopDesk(
            sealed=SealedStops(rows=store.stops, noted=KeptStops(), key=bytes(32)),
            known_offers=lambda: {each.id: each.told for each in catalogue().offers},
            issues=True,
        )
        stops = StopProtection(desk=self.stop_desk, anchor=own.anchor)
        merchants = merchant_desk(store)
        acts: dict[str, Act] = {
            REMOVE_MERCHANT: RemoveMerchant(desk=merchants),
            **partner_acts(own.federation, own.book, agreement(), lambda: None),
            STAFF_ROLES: ChangeStaffRoles(staff=staff),
            LIFT_STOP: LiftStop(desk=self.stop_desk),
            PREFIX + STOP_ORDERED: Ratify(act=STOP_ORDERED, protection=stops),
        }
        eyes = FourEyes(rows=store.proposals, acts=acts, seal_key=bytes(32))
        self.staff = staff
        onboarding = OnboardMerchants(
            rows=store.merchant_files, desk=merchants, days=working_days()
        )
        return WebOffice(
            access=StaffAccess(
                rows=store.staff_access,
                seal_key=bytes(32),
                subject_key=bytes(32),
                city="温州",
                hasher=QUICK,
            ),
            accounts=store.staff,
            four_eyes=eyes,
            ratifications=Ratifications(
                four_eyes=eyes,
                protections={"partner": PartnerProtection(book=own.book), "stop": stops},
            ),
            stop_desk=self.stop_desk,
            reminders=lambda now: reminders_of(self.facts, now),
            waiting=lambda now: waiting(store.notices, store.merchant_files, now),
            protect=ProtectPartners(book=own.book, uses=store.verifications),
            probe=ProbePartner(
                city=CityId("330300"),
                leaf=own.leaf,
                book=own.book,
                trust=_AsStored(own),
                fetch=own.web,
                elapsed_s=monotonic_s,
            ),
            audit=AuditLedger(rows=store.ledger, heads=self),
            federation=own.federation,
            merchants=merchants,
            onboarding=onboarding,
            imports=ImportMerchants(onboarding=onboarding, agreement=agreement()),
            changes=ChangeMerchants(rows=store.merchant_changes, desk=merchants),
            devices=self.enrol_devices,
            pins=self.pins,
            known_offers=lambda: catalogue().offers,
            tills=self.register_tills,
            sign_in=SignIn(
                issuer=ISSUER, client_id="office", provider=Provider(), key=bytes(range(1, 33))
            ),
            own_half=tuple(own.pins().half()),
            scenarios=PHASE_1,
            announce=lambda: None,
            working_days=working_days(),
            contacts=("示例市示例路1号 (illustrative)",),
        )

    def noted(self) -> Sequence[Head]:
        return self.heads

    def note(self, head: Head, now: Timestamp) -> None:
        assert now == NOON
        self.heads.append(head)

    @staticmethod
    def acting() -> Acting:
        """Return a citizen who acts."""
        return by_citizen(NOON)

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
        """Return one more browser, in front of the gateway as it is now."""
        served = id(self.gateway)
        if served not in self._apps:
            self._apps[served] = make_flask(self.gateway)
        return self._apps[served].test_client()

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

    def sign_in(self, client: FlaskClient | None = None, *, fresh: bool = False) -> TestResponse:
        """Sign in; ``fresh`` proves who it is, as exporting, deleting and printing ask."""
        asked = "/sign-in/provider?next=/consent" + ("&fresh=1" if fresh else "")
        away = self.get(asked, client).headers["Location"]
        state = away.partition("state=")[2]
        return self.get(f"/sign-in/callback?state={state}&code=c&iss={ISSUER}", client)

    def agree(self) -> TestResponse:
        return self.post("/consent", {"read": "yes", "shown": "yes"})

    def enrol(
        self, client: FlaskClient | None = None, *, merchant: str = "m-1", owner: bool = False
    ) -> TestResponse:
        secret, _ = self.enrol_devices.link(MerchantId(merchant), None, "till", ACTING, owner=owner)
        return self.post("/merchant/enrol", {"link": secret}, client)


@contextmanager
def people_site(directory: Path) -> Generator[PeopleSite]:
    """Yield a site on an empty database."""
    store = Store.open(new_database(directory / "people.db"), ledger_key=bytes(32))
    try:
        yield PeopleSite(store)
    finally:
        store.close()
