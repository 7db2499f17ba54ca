"""Partner rows, opened and sealed: the one place where a stored partner becomes a value."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from gateway.errors import GatewayError
from gateway.ids import EntityId, Timestamp
from gateway.services.own_keys import OwnKeys
from gateway.services.partner_notes import Known, partner_note
from gateway.services.partner_ports import UnknownPartnerError
from gateway.services.trust_ports import (
    ConflictError,
    Contact,
    NotedRows,
    PartnerRow,
    PartnerRows,
    RowMark,
)
from gateway.trust.alarms import AlarmCode
from gateway.trust.errors import PartnerRowTamperedError
from gateway.trust.partners import Partner
from gateway.trust.record import AgreementRecord
from gateway.trust.rows import RowSeal, seal_memory, seal_record
from gateway.trust.trusted_city import NEVER, TrustedCity

ATTEMPTS = 3
"""How often an officer's decision is stored against a row that changes meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """All partners as stored.

    Attributes:
        partners: Those whose rows are as this city signed them, by anchor id.
        tampered: Anchors of the others; they are not used.
        contacts: How the last attempts to reach each went.
    """

    partners: tuple[Partner, ...]
    tampered: tuple[EntityId, ...]
    contacts: Mapping[EntityId, Contact] = field(default_factory=dict[EntityId, Contact])


@dataclass(frozen=True, slots=True)
class _Opened:
    row: PartnerRow
    record: AgreementRecord
    city: TrustedCity


Marks = Mapping[EntityId, RowMark]


class CheckedRows:
    """Opens rows, and remembers the newest of each partner, here and outside the database.

    The same bytes are the same row and are not checked again; an older row, or another one of
    the same version, was put there by somebody else than this city, well signed as it may be.
    For one thread at a time and partner.
    """

    def __init__(self, seal: RowSeal, noted: NotedRows) -> None:
        self._seal = seal
        self._noted = noted
        self._opened: dict[EntityId, _Opened] = {}
        self._checked_with: dict[EntityId, RowSeal] = {}

    def check_with(self, seal: RowSeal) -> None:
        """Check with these keys from now on; rows that were opened with others, once more."""
        if seal != self._seal:
            self._seal = seal

    def noted(self) -> Marks:
        """Return what is noted; asked for before the rows, which may then only be newer.

        Raises:
            GatewayError: it cannot be told.
        """
        return self._noted.noted()

    def note(self, rows: Iterable[PartnerRow], noted: Marks) -> None:
        """Note the rows that are newer than what was noted."""
        marks = {row.anchor_id: RowMark.of(row) for row in rows}
        newer = {each: mark for each, mark in marks.items() if noted.get(each) != mark}
        if newer:
            self._noted.note(newer)

    def open(self, row: PartnerRow, noted: Marks) -> tuple[AgreementRecord, TrustedCity]:
        """Return record and memory; both are checked whenever anything has changed.

        Raises:
            PartnerRowTamperedError: the row is not as this city signed it, or not the newest.
        """
        mark, newest = RowMark.of(row), noted.get(row.anchor_id)
        if newest and mark != newest and mark.version <= newest.version:
            raise PartnerRowTamperedError("an older row than was in force in this city before")
        known, seal = self._opened.get(row.anchor_id), self._seal
        if known and known.row != row and row.version <= known.row.version:
            raise PartnerRowTamperedError("an older row than was in force here before")
        if known is None or known.row != row or self._checked_with[row.anchor_id] is not seal:
            opened = seal.open(row.anchor_id, row.record, row.memory, version=row.version)
            self._checked_with[row.anchor_id] = seal
            known = self._opened[row.anchor_id] = _Opened(row, *opened)
        return known.record, known.city


def load_partners(rows: PartnerRows, checked: CheckedRows) -> Loaded:
    """Return all partners; what is not as this city signed it is told apart.

    Raises:
        UnavailableError: the database cannot be read; no row is to blame.
    """
    try:
        noted = checked.noted()
    except GatewayError:
        # Nothing to compare with is no leave to believe whatever is stored.
        return Loaded(partners=(), tampered=tuple(row.anchor_id for row in rows.all()))
    partners, opened, tampered = list[Partner](), list[PartnerRow](), list[EntityId]()
    stored, contacts = rows.all(), rows.all_contacts()
    for row in stored:
        try:
            partners.append(open_row(checked, row, noted, contacts.get(row.anchor_id)))
            opened.append(row)
        except PartnerRowTamperedError:
            tampered.append(row.anchor_id)
    # Rows are never deleted: one that is gone was taken away.
    gone = sorted(set(noted) - {row.anchor_id for row in stored})
    # A directory that takes no note must not keep a suspension from taking effect.
    with suppress(GatewayError):
        checked.note(opened, noted)
    return Loaded(partners=tuple(partners), tampered=(*tampered, *gone), contacts=contacts)


def open_row(
    checked: CheckedRows, row: PartnerRow, noted: Marks, contact: Contact | None
) -> Partner:
    """Return the partner of a row.

    Raises:
        PartnerRowTamperedError: the row is not as this city signed it, or cannot be read.
    """
    try:
        record, city = checked.open(row, noted)
    except PartnerRowTamperedError:
        raise
    except Exception as error:
        # Whatever it is, it is about one row, and must keep no other from being loaded.
        raise PartnerRowTamperedError(f"cannot be read: {type(error).__name__}") from error
    return Partner(record=record, city=city, obtained_at=_obtained_at(contact))


def heard(partner: Partner, contacts: Mapping[EntityId, Contact]) -> Partner:
    """Return ``partner`` as last heard; the very same one if that has not changed."""
    obtained_at = _obtained_at(contacts.get(partner.record.pins.anchor))
    return (
        partner if obtained_at == partner.obtained_at else replace(partner, obtained_at=obtained_at)
    )


def _obtained_at(contact: Contact | None) -> Timestamp:
    return (contact.obtained_at if contact else None) or NEVER


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerBook:
    """Reads and writes partner rows for the use cases of officers and of syncing.

    Attributes:
        leaf: This city's leaf.
        keys: Own keys as they are now: K2 signs rows, and its kind checks them.
        kept: Of whoever asks again and again; without it every call checks every signature.
    """

    rows: PartnerRows
    noted: NotedRows
    leaf: EntityId
    keys: OwnKeys
    kept: CheckedRows | None = None

    @property
    def seal(self) -> RowSeal:
        """What rows are checked with now."""
        return RowSeal(leaf=self.leaf, keys=self.keys.federation_public())

    def all(self, now: Timestamp) -> Loaded:
        """Return all partners; a row that was tampered with raises an alarm."""
        loaded = load_partners(self.rows, self._checked())
        for anchor in loaded.tampered:
            self.rows.alarm(anchor, AlarmCode.ROW_TAMPERED, now)
        return loaded

    def find(self, anchor: EntityId, now: Timestamp) -> tuple[PartnerRow, Partner]:
        """Return one partner, with its row to write against.

        Raises:
            UnknownPartnerError: there is none.
            PartnerRowTamperedError: its row is not as signed, not the newest or gone; the alarm
                is raised.
            GatewayError: which row is the newest cannot be told.
        """
        checked = self._checked()
        noted, row = checked.noted(), self.rows.get(anchor)
        if row is None and anchor not in noted:
            raise UnknownPartnerError("no such partner")
        # A row of version 0 is as good as none, and is not what was noted.
        found = row or PartnerRow(anchor_id=anchor, record="", memory="", version=0)
        contact = self.rows.contact(anchor)
        try:
            return found, open_row(checked, found, noted, contact)
        except PartnerRowTamperedError:
            self.rows.alarm(anchor, AlarmCode.ROW_TAMPERED, now)
            raise

    def keeping(self) -> "PartnerBook":
        """Return a book that checks each row once, until it changes."""
        return replace(self, kept=CheckedRows(self.seal, self.noted))

    def _checked(self) -> CheckedRows:
        if self.kept is None:
            return CheckedRows(self.seal, self.noted)
        self.kept.check_with(self.seal)
        return self.kept

    def change(
        self,
        anchor: EntityId,
        now: Timestamp,
        decide: Callable[[AgreementRecord], AgreementRecord],
        officer: str = "",
    ) -> AgreementRecord:
        """Store what ``decide`` makes of a record, and return it.

        Raises:
            As ``revise``.
        """

        def both(record: AgreementRecord, city: TrustedCity) -> Known:
            return decide(record), city

        return self.revise(anchor, now, both, officer)[0]

    def revise(
        self,
        anchor: EntityId,
        now: Timestamp,
        decide: Callable[[AgreementRecord, TrustedCity], Known],
        officer: str = "",
    ) -> Known:
        """Store what ``decide`` makes of a partner, and return it.

        Decides again if somebody else changed the partner meanwhile: a cycle that runs must
        not keep an officer from acting. The ledger names ``officer`` where the record does not.

        Raises:
            UnknownPartnerError, PartnerRowTamperedError: as ``find``; also what it raises.
            ConflictError: somebody changes it again and again.
        """
        for _ in range(ATTEMPTS - 1):
            with suppress(ConflictError):
                return self._revise_once(anchor, now, decide, officer)
        return self._revise_once(anchor, now, decide, officer)

    def _revise_once(
        self,
        anchor: EntityId,
        now: Timestamp,
        decide: Callable[[AgreementRecord, TrustedCity], Known],
        officer: str,
    ) -> Known:
        row, partner = self.find(anchor, now)
        after = decide(partner.record, partner.city)
        self.write(row, (partner.record, partner.city), after, now, officer)
        return after

    def write(
        self,
        row: PartnerRow,
        before: Known | None,
        after: Known,
        now: Timestamp,
        officer: str = "",
    ) -> PartnerRow:
        """Sign, store and note a partner in place of ``row``; return the row to write against next.

        Args:
            row: What is stored, or a row of version 0.
            before: What ``row`` says; None for a partner of whom nothing was known.
            after: What it is to say.
            now: The moment of signing.
            officer: Who acts, for the ledger, where the record does not tell it.

        Raises:
            ConflictError: somebody else changed the partner meanwhile.
            GatewayError: it is stored and in force, but could not be noted.
        """
        record, city = after
        leaf, version, signer = self.leaf, row.version + 1, self.keys.federation()
        sealed = replace(
            row,
            record=seal_record(record, leaf=leaf, version=version, signer=signer, now=now),
            memory=seal_memory(city, leaf=leaf, version=version, signer=signer, now=now),
        )
        self.rows.put(sealed, partner_note(before, after, now, officer))
        stored = replace(sealed, version=version)
        # Afterwards: what is noted and not stored would be taken for a row that was put back.
        self.noted.note({stored.anchor_id: RowMark.of(stored)})
        return stored

    def insert(
        self, record: AgreementRecord, now: Timestamp, *, officer: str, version: int = 0
    ) -> None:
        """Store a partner of whom nothing is believed yet."""
        row = PartnerRow(anchor_id=record.pins.anchor, record="", memory="", version=version)
        self.write(row, None, (record, TrustedCity.first(record.pins)), now, officer)
