"""One city, opened: its keys, its database, and the use cases on top of both."""

from dataclasses import dataclass
from typing import Final, Self

from gateway.app.noted_heads import FILE as HEADS_FILE
from gateway.app.noted_heads import FileHeads
from gateway.app.noted_rows import FILE as ROWS_FILE
from gateway.app.noted_rows import FileRows
from gateway.clock import Clock, SystemClock
from gateway.errors import GatewayError
from gateway.ids import EntityId
from gateway.jose.keys import PublicKey
from gateway.remote.assessments import FileAssessments
from gateway.remote.fetch import Fetcher
from gateway.services.access import CitizenAccess, MerchantAccess
from gateway.services.acts import (
    ACCEPT_PARTNER,
    RESUME_PARTNER,
    STAFF_ROLES,
    AcceptPartner,
    ChangeStaffRoles,
    ResumePartner,
)
from gateway.services.audit import AuditLedger
from gateway.services.consent import Consents
from gateway.services.devices import EnrolDevices
from gateway.services.federate import Federation
from gateway.services.merchants import EnrolMerchants
from gateway.services.partner_book import PartnerBook
from gateway.services.proposal_ports import Act
from gateway.services.proposals import FourEyes
from gateway.services.publish import IssuerProfile, Profile, PublishAnchor, PublishLeaf
from gateway.services.staff import ManageStaff
from gateway.services.staff_access import StaffAccess
from gateway.services.tags import Tags
from gateway.services.tills import RegisterTills
from gateway.services.trust_view import TrustView
from gateway.settings import Issuing, OwnCity, Settings, StateKind
from gateway.settings import Role as CityRole
from gateway.storage.errors import SchemaError
from gateway.storage.schema import SchemaState, schema_state
from gateway.storage.store import Store
from gateway.trust.rows import RowSeal
from gateway.trust.statements import AnnouncedKey
from gateway.vault import passphrase
from gateway.vault.roles import Role
from gateway.vault.vault import Vault

LEDGER_KEY: Final = "seal/ledger"
"""Label of the key that seals the head of the audit ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCity:
    """Everything that one process of a city works with. Close it when done.

    Attributes:
        assessments: None in a city that only verifies. Nothing is read before it is refreshed.
    """

    settings: Settings
    clock: Clock
    vault: Vault
    store: Store
    trust: TrustView
    tags: Tags
    merchants: MerchantAccess
    merchant_desk: EnrolMerchants
    device_desk: EnrolDevices
    till_desk: RegisterTills
    citizens: CitizenAccess
    consents: Consents
    federation: Federation
    book: PartnerBook
    staff: ManageStaff
    staff_access: StaffAccess
    audit: AuditLedger
    assessments: FileAssessments | None

    @property
    def four_eyes(self) -> FourEyes:
        """What needs two people, and how."""
        acts: dict[str, Act] = {
            ACCEPT_PARTNER: AcceptPartner(
                federation=self.federation,
                book=self.book,
                agreement=self.settings.agreement,
                announce=self.announce_partners,
            ),
            RESUME_PARTNER: ResumePartner(book=self.book, announce=self.announce_partners),
            STAFF_ROLES: ChangeStaffRoles(staff=self.staff),
        }
        key = self.vault.secret("seal/proposal")
        return FourEyes(rows=self.store.proposals, acts=acts, seal_key=key)

    @property
    def leaf(self) -> EntityId:
        """This city's leaf entity."""
        return self.settings.city.leaf

    def publish_leaf(self) -> str:
        """Sign and store the leaf configuration again; return it.

        Raises:
            RefusedError: the clock is doubtful, or a statement above is missing.
        """
        now = self.clock.now()
        return leaf_publisher(self.settings, self.vault, self.store).configuration(
            now,
            accepted=self.federation.accepted_anchors(now),
            clock_doubtful=self.trust.keyring.clock_doubtful,
        )

    def announce_partners(self) -> str | None:
        """Sign the leaf again, so that it names whom this city accepts now.

        A decision on a partner is in force before, and without this: the names only inform.

        Returns:
            Why it could not be signed, or None.
        """
        try:
            self.publish_leaf()
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


def open_store(settings: Settings, ledger_key: bytes = b"") -> Store:
    """Return the ports on the city's database.

    Args:
        settings: Which one.
        ledger_key: Seals the ledger's head; without it the store is for reading and pruning.

    Raises:
        UnavailableError: it cannot be read.
        SchemaError: its tables are not those of this version.
    """
    store = Store.open(
        settings.database.url,
        synchronous=settings.database.synchronous.value,
        ledger_key=ledger_key,
    )
    try:
        _check_schema(store)
    except BaseException:
        store.close()
        raise
    return store


def anchor_publisher(settings: Settings, vault: Vault, store: Store) -> PublishAnchor:
    """Return what signs with K1.

    Raises:
        KeyOfflineError: K1 is not on this machine, as it should be.
    """
    return PublishAnchor(
        profile=profile(settings),
        statements=store.own_statements,
        active=vault.signer(Role.ANCHOR),
        standby=vault.public(Role.ANCHOR_STANDBY),
        federation=_federation_keys(vault),
    )


def leaf_publisher(settings: Settings, vault: Vault, store: Store) -> PublishLeaf:
    """Return what signs with K2."""
    return PublishLeaf(
        profile=profile(settings),
        statements=store.own_statements,
        anchor_keys=(vault.public(Role.ANCHOR), vault.public(Role.ANCHOR_STANDBY)),
        active=vault.signer(Role.FEDERATION),
        standby=vault.public(Role.FEDERATION_NEXT),
        code_keys=tuple(
            AnnouncedKey(
                public=key.signer.public,
                issued_at=key.published_at,
                not_before=key.not_before,
                expires_at=key.expires_at,
            )
            for key in vault.code_keys()
        ),
    )


def profile(settings: Settings) -> Profile:
    """Return what the city says of itself."""
    city, issuing = settings.city, settings.issuing
    verifies = CityRole.VERIFIER in city.roles
    return Profile(
        leaf=city.leaf,
        organization_name=f"{city.name_en} credit-code gateway",
        organization_name_zh=f"{city.name_zh}信用码互认网关",
        issuer=None if issuing is None else _issuer_profile(city, issuing),
        scenarios=tuple(sorted(settings.open_scenarios)) if verifies else None,
    )


def _issuer_profile(city: OwnCity, issuing: Issuing) -> IssuerProfile:
    return IssuerProfile(
        division=city.division_code,
        contacts=city.contacts,
        code_lifetime_max_s=issuing.lifetimes.code_lifetime_max_s,
    )


def _open(settings: Settings, clock: Clock, vault: Vault, store: Store) -> OpenCity:
    city = settings.city
    division = None if settings.issuing is None else city.division_code
    noted = FileRows(path=settings.state_dir / ROWS_FILE)
    trust = TrustView(
        leaf=city.leaf,
        division=division,
        federation_keys=_federation_keys(vault),
        statements=store.own_statements,
        rows=store.partners,
        noted=noted,
        revision=store.revision,
        now=clock.now(),
    )
    demo = settings.kind is StateKind.DEMO
    federation = Federation(
        leaf=city.leaf,
        division=division,
        members={member.entity_id: member.division_code for member in settings.agreement.members},
        signer=vault.signer(Role.FEDERATION),
        standby=vault.public(Role.FEDERATION_NEXT),
        rows=store.partners,
        noted=noted,
        statements=store.own_statements,
        fetch=Fetcher(settings.network.allowed_networks, allow_http_loopback=demo, clock=clock),
        allow_loopback=demo,
    )
    merchants = MerchantAccess(store.merchants)
    return OpenCity(
        settings=settings,
        clock=clock,
        vault=vault,
        store=store,
        trust=trust,
        tags=Tags(
            code=vault.secret("tag/code"),
            request=vault.secret("tag/request"),
            answer=vault.secret("seal/answer"),
            subject=vault.secret("tag/subject"),
        ),
        merchants=merchants,
        merchant_desk=EnrolMerchants(
            directory=store.merchants,
            states=store.merchant_states,
            access=merchants,
            open_scenarios=settings.open_scenarios,
        ),
        device_desk=EnrolDevices(rows=store.devices, directory=store.merchants),
        till_desk=RegisterTills(rows=store.tills, directory=store.merchants),
        citizens=CitizenAccess(store.citizen_tokens),
        consents=Consents(rows=store.consents, owner_key=vault.secret("tag/consent")),
        federation=federation,
        book=PartnerBook(
            rows=store.partners,
            noted=noted,
            seal=RowSeal(leaf=city.leaf, keys=_federation_keys(vault)),
            signer=vault.signer(Role.FEDERATION),
        ),
        staff=ManageStaff(rows=store.staff, subject_key=vault.secret("tag/staff")),
        staff_access=StaffAccess(
            rows=store.staff_access,
            seal_key=vault.secret("seal/staff"),
            subject_key=vault.secret("tag/staff"),
            city=city.name_zh,
        ),
        audit=AuditLedger(rows=store.ledger, heads=FileHeads(path=settings.state_dir / HEADS_FILE)),
        assessments=_assessments(settings),
    )


def _assessments(settings: Settings) -> FileAssessments | None:
    issuing = settings.issuing
    return None if issuing is None else FileAssessments(issuing.assessment.path, issuing.scales)


def _check_schema(store: Store) -> None:
    state = schema_state(store.engine)
    if state is not SchemaState.CURRENT:
        raise SchemaError(f"the tables are {state.value}; run `credit-gateway database migrate`")


def _federation_keys(vault: Vault) -> tuple[PublicKey, ...]:
    return (vault.public(Role.FEDERATION), vault.public(Role.FEDERATION_NEXT))
