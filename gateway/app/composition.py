"""One city, opened: its keys, its database, and the use cases on top of both."""

from dataclasses import dataclass
from typing import Final, Self

from gateway.app.assessments import Assessments, open_assessments
from gateway.app.city_store import LEDGER_KEY, open_store
from gateway.app.documents import Documents, open_documents
from gateway.app.key_office import KeyOffice
from gateway.app.live_keys import LiveKeys
from gateway.app.merchant_desk import merchant_desk_of
from gateway.app.noted_heads import FILE as HEADS_FILE
from gateway.app.noted_heads import FileHeads
from gateway.app.noted_rows import FILE as ROWS_FILE
from gateway.app.noted_rows import FileRows
from gateway.app.publishing import leaf_publisher, named_codes
from gateway.app.status_lists import StatusLists, open_status_lists
from gateway.app.stopping import sealed_stops, stop_desk, stop_view
from gateway.clock import Clock, SystemClock, monotonic_s
from gateway.errors import GatewayError
from gateway.ids import EntityId
from gateway.remote.fetch import Fetcher
from gateway.services.access import CitizenAccess, MerchantAccess
from gateway.services.acts import STAFF_ROLES, ChangeStaffRoles
from gateway.services.audit import AuditLedger
from gateway.services.case_texts import CaseTexts
from gateway.services.consent import Consents
from gateway.services.devices import EnrolDevices
from gateway.services.events import AnnounceTrust
from gateway.services.federate import Federation
from gateway.services.key_desk import KeyDesk
from gateway.services.merchant_acts import REMOVE_MERCHANT, RemoveMerchant
from gateway.services.merchants import EnrolMerchants
from gateway.services.objection_ports import HeldView
from gateway.services.partner_acts import partner_acts
from gateway.services.partner_book import PartnerBook
from gateway.services.partner_protect import PartnerProtection, ProtectPartners
from gateway.services.probe import ProbePartner
from gateway.services.proposal_ports import Act
from gateway.services.proposals import FourEyes
from gateway.services.ratify import PREFIX, Protection, Ratifications, Ratify
from gateway.services.staff import ManageStaff
from gateway.services.staff_access import StaffAccess
from gateway.services.stop_desk import (
    LIFT_STOP,
    STOP_ORDERED,
    LiftStop,
    StopDesk,
    StopProtection,
)
from gateway.services.stops import StopView
from gateway.services.tags import Tags
from gateway.services.till_watch import TillWatch
from gateway.services.tills import RegisterTills
from gateway.services.trust_view import TrustView
from gateway.services.wishes import HintWishes
from gateway.settings import OwnCity, Settings, StateKind
from gateway.storage.store import Store
from gateway.trust import entity
from gateway.vault import passphrase
from gateway.vault.vault import Vault

OBJECTION_KEY: Final = "seal/objection"
"""Label of the key that seals who objects, and what is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCity:
    """Everything that one process of a city works with. Close it when done.

    Attributes:
        keys: Own keys as they are now; ``Background`` keeps them up to date.
        hints: What codes with unknown hints let this process wish; passed on by ``Background``.
        held: Tiers under objection; ``Background`` keeps them up to date.
        assessments: None in a city that only verifies. Nothing is read before it is refreshed.
    """

    settings: Settings
    clock: Clock
    keys: LiveKeys
    store: Store
    trust: TrustView
    documents: Documents
    status_lists: StatusLists
    tags: Tags
    merchants: MerchantAccess
    merchant_desk: EnrolMerchants
    device_desk: EnrolDevices
    till_desk: RegisterTills
    citizens: CitizenAccess
    consents: Consents
    federation: Federation
    book: PartnerBook
    hints: HintWishes
    staff: ManageStaff
    staff_access: StaffAccess
    audit: AuditLedger
    assessments: Assessments | None
    stops: StopView
    stop_desk: StopDesk
    held: HeldView

    @property
    def vault(self) -> Vault:
        """The vault as it is now; ask each time, since a rotation puts another in its place."""
        return self.keys.vault

    @property
    def four_eyes(self) -> FourEyes:
        """What needs two people, and how."""
        acts: dict[str, Act] = {
            **partner_acts(
                self.federation, self.book, self.settings.agreement, self.announce_partners
            ),
            REMOVE_MERCHANT: RemoveMerchant(desk=self.merchant_desk),
            STAFF_ROLES: ChangeStaffRoles(staff=self.staff),
            **self.key_office.acts(),
            LIFT_STOP: LiftStop(desk=self.stop_desk),
            PREFIX + STOP_ORDERED: Ratify(act=STOP_ORDERED, protection=self.stop_protection),
        }
        key = self.vault.secret("seal/proposal")
        return FourEyes(rows=self.store.proposals, acts=acts, seal_key=key)

    @property
    def ratifications(self) -> Ratifications:
        """What one officer did at once, and who is to look at it."""
        protections: dict[str, Protection] = {
            "partner": PartnerProtection(book=self.book),
            "stop": self.stop_protection,
        }
        return Ratifications(four_eyes=self.four_eyes, protections=protections)

    @property
    def stop_protection(self) -> StopProtection:
        """What officers stopped at once, and is to be looked at."""
        return StopProtection(desk=self.stop_desk, anchor=entity.anchor_of(self.leaf))

    @property
    def key_office(self) -> KeyOffice:
        """Where own keys are changed, and the anchor is asked."""
        return KeyOffice(
            settings=self.settings,
            keys=self.keys,
            store=self.store,
            book=self.book,
            publish=self.documents.publish,
            publish_leaf=self.publish_leaf,
            clock=self.clock,
            clock_doubtful=lambda: self.trust.keyring.clock_doubtful,
        )

    @property
    def key_desk(self) -> KeyDesk:
        """Rotation and revocation of own keys, and what follows."""
        return self.key_office.desk

    @property
    def till_watch(self) -> TillWatch:
        """What tills do that the office should see."""
        return TillWatch(rows=self.store.incidents, owners=self.store.incidents)

    @property
    def protect(self) -> ProtectPartners:
        """What one officer may do at once about a partner."""
        return ProtectPartners(book=self.book, uses=self.store.verifications)

    @property
    def probe(self) -> ProbePartner:
        """How a partner is tried from end to end."""
        return ProbePartner(
            city=self.settings.city.division_code,
            leaf=self.leaf,
            book=self.book,
            trust=self.trust,
            fetch=self.federation.fetch,
            elapsed_s=monotonic_s,
        )

    @property
    def leaf(self) -> EntityId:
        """This city's leaf entity."""
        return self.settings.city.leaf

    def publish_leaf(self, *, older_keys: bool = False) -> str:
        """Sign and store the leaf configuration again; return it.

        Args:
            older_keys: See ``PublishLeaf``.

        Raises:
            RefusedError: the clock is doubtful, or a statement above is missing.
        """
        now = self.clock.now()
        token = leaf_publisher(self.settings, self.keys, self.store).configuration(
            now,
            accepted=self.federation.accepted_anchors(now),
            clock_doubtful=self.trust.keyring.clock_doubtful,
            older_keys=older_keys,
        )
        self.keys.note_published(named_codes(token, self.leaf), now)
        return token

    def announce_partners(self) -> str | None:
        """Sign the leaf again, so that it names whom this city accepts now, and push that.

        A decision on a partner is in force before, and without this: the names only inform.

        Returns:
            Why it could not be signed, or None.
        """
        try:
            self.publish_leaf()
            AnnounceTrust(book=self.book, rows=self.store.events).announce(self.clock.now())
        except GatewayError as error:
            return f"{error.code}: {error}"
        return None

    def close(self) -> None:
        """Write what waits and close the database."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_city(settings: Settings, clock: Clock | None = None) -> OpenCity:
    """Return the city that ``settings`` describe.

    Raises:
        VaultError: the keys cannot be opened.
        UnavailableError: the database cannot be read.
        SchemaError: its tables are not those of this version.
    """
    told = clock or SystemClock()
    vault = Vault.open(settings.keys_dir, passphrase.read_file(settings.passphrase_file))
    store = open_store(settings, vault.secret(LEDGER_KEY))
    try:
        return _open(settings, told, vault, store)
    except BaseException:
        store.close()
        raise


def _open(settings: Settings, clock: Clock, vault: Vault, store: Store) -> OpenCity:
    city = settings.city
    division = None if settings.issuing is None else city.division_code
    noted, keys = FileRows(path=settings.state_dir / ROWS_FILE), LiveKeys(vault)
    now, sealed = clock.now(), sealed_stops(settings, vault, store)
    trust = TrustView(
        leaf=city.leaf,
        division=division,
        federation_keys=keys.federation_public,
        statements=store.own_statements,
        rows=store.partners,
        noted=noted,
        revision=store.revision,
        now=now,
    )
    fetcher = Fetcher(
        settings.network.allowed_networks,
        allow_http_loopback=settings.kind is StateKind.DEMO,
        clock=clock,
    )
    stops = stop_view(settings, sealed, store, now)
    documents = open_documents(settings, store, trust, keys, fetcher, stops, now)
    merchants = MerchantAccess(store.merchants)
    return OpenCity(
        settings=settings,
        clock=clock,
        keys=keys,
        store=store,
        trust=trust,
        documents=documents,
        status_lists=open_status_lists(
            city.leaf,
            store,
            trust,
            documents,
            state_dir=settings.state_dir,
            issues=division is not None,
            order_key=vault.secret("status/order"),
        ),
        tags=_tags(vault),
        merchants=merchants,
        merchant_desk=merchant_desk_of(settings, store, merchants, vault),
        device_desk=EnrolDevices(rows=store.devices, directory=store.merchants),
        till_desk=RegisterTills(rows=store.tills, directory=store.merchants),
        citizens=CitizenAccess(store.citizen_tokens),
        consents=Consents(
            rows=store.consents,
            owner_key=vault.secret("tag/consent"),
            recipients=frozenset(each.division_code for each in settings.agreement.members),
        ),
        federation=_federation(settings, keys, store, noted, fetcher),
        hints=HintWishes(store.wishes),
        book=PartnerBook(rows=store.partners, noted=noted, leaf=city.leaf, keys=keys),
        staff=ManageStaff(rows=store.staff, subject_key=vault.secret("tag/staff")),
        staff_access=_staff_access(city, vault, store),
        audit=AuditLedger(rows=store.ledger, heads=FileHeads(path=settings.state_dir / HEADS_FILE)),
        assessments=open_assessments(settings, clock),
        stops=stops,
        stop_desk=stop_desk(settings, sealed, documents.catalogues),
        held=HeldView(store.objections, CaseTexts(key=vault.secret(OBJECTION_KEY))),
    )


def _federation(
    settings: Settings, keys: LiveKeys, store: Store, noted: FileRows, fetcher: Fetcher
) -> Federation:
    agreement = settings.agreement
    return Federation(
        leaf=settings.city.leaf,
        division=None if settings.issuing is None else settings.city.division_code,
        members={member.entity_id: member.division_code for member in agreement.members},
        keys=keys,
        rows=store.partners,
        noted=noted,
        statements=store.own_statements,
        fetch=fetcher,
        events=store.events,
        allow_loopback=settings.kind is StateKind.DEMO,
    )


def _tags(vault: Vault) -> Tags:
    return Tags(
        code=vault.secret("tag/code"),
        request=vault.secret("tag/request"),
        answer=vault.secret("seal/answer"),
        subject=vault.secret("tag/subject"),
        ticket=vault.secret("tag/ticket"),
    )


def _staff_access(city: OwnCity, vault: Vault, store: Store) -> StaffAccess:
    return StaffAccess(
        rows=store.staff_access,
        seal_key=vault.secret("seal/staff"),
        subject_key=vault.secret("tag/staff"),
        city=city.name_zh,
    )
