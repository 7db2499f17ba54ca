"""One row that a hand made unreadable keeps no other from being read."""

import sqlite3
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.ids import CityId, EntityId, Timestamp
from gateway.services.ports import Alarm, Contact, PartnerRow
from gateway.services.trust_view import TrustView
from gateway.storage.columns import ColumnError, integer, text
from gateway.storage.partners import UNREADABLE
from gateway.storage.store import Store
from gateway.trust.states import PartnerState
from tests.databases import new_database
from tests.services.offices import NOON, Office, at, office, two

HUZHOU = EntityId("https://credit.huzhou.example/anchor")
JIAXING = EntityId("https://credit.jiaxing.example/anchor")
ROW = PartnerRow(anchor_id=HUZHOU, record="record-1", memory="memory-1", version=0)
CONTACT = Contact(
    anchor_id=HUZHOU,
    obtained_at=NOON,
    etags={"https://credit.huzhou.example/x": '"strong"'},
    clock_offset_s=-2,
    clock_sampled_at=NOON,
    last_error="fetch_timeout",
    failures=0,
)
OF_HUZHOU = f"anchor_id = '{HUZHOU}'"

ODD_PARTNERS = [
    "record = x'00'",
    "record = CAST(x'ff' AS TEXT)",
    "memory = x'00'",
    "memory = CAST(x'ff' AS TEXT)",
    "version = 'x'",
    "version = 1.5",
    "version = CAST(x'ff' AS TEXT)",
]
ODD_CONTACTS = [
    "etags = 'x'",
    "etags = '[]'",
    """etags = '{"u": 1}'""",
    "etags = x'7b7d'",
    "etags = CAST(x'ff' AS TEXT)",
    "etags = replace(hex(zeroblob(50000)), '0', '[')",
    "failures = 'x'",
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gateway.db"


@pytest.fixture
def store(path: Path) -> Generator[Store]:
    opened = Store.open(new_database(path), ledger_key=bytes(32))
    yield opened
    opened.close()


def edit(path: Path, table: str, assignment: str, where: str = "TRUE") -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE {table} SET {assignment} WHERE {where}")  # noqa: S608  ours


@pytest.mark.parametrize("odd", ODD_PARTNERS)
def test_an_odd_partner_row_comes_without_text_and_the_others_as_they_are(
    store: Store, path: Path, odd: str
) -> None:
    store.partners.put_all((ROW, replace(ROW, anchor_id=JIAXING)), None)

    edit(path, "partner", odd, OF_HUZHOU)

    unreadable = PartnerRow(anchor_id=HUZHOU, record="", memory="", version=0)
    assert store.partners.all() == (unreadable, replace(ROW, anchor_id=JIAXING, version=1))
    assert store.partners.get(HUZHOU) == unreadable


@pytest.mark.parametrize("name", [f"CAST('{JIAXING}' AS BLOB)", "CAST(x'ff' AS TEXT)"])
def test_a_row_of_a_partner_without_a_name_is_seen_and_is_nobody_elses(
    store: Store, path: Path, name: str
) -> None:
    store.partners.put_all((ROW, replace(ROW, anchor_id=JIAXING)), None)

    edit(path, "partner", f"anchor_id = {name}", OF_HUZHOU)

    rows = {row.anchor_id: row.record for row in store.partners.all()}
    assert rows == {JIAXING: "record-1", UNREADABLE: ""}


@pytest.mark.parametrize("odd", ODD_CONTACTS)
def test_an_odd_contact_counts_as_none_until_the_next_is_saved(
    store: Store, path: Path, odd: str
) -> None:
    store.partners.save_contact(CONTACT)

    edit(path, "contact", odd)

    assert store.partners.contact(HUZHOU) is None
    store.partners.save_contact(CONTACT)
    assert store.partners.contact(HUZHOU) == CONTACT


@pytest.mark.parametrize("odd", ["'x'", "1.5", "CAST(x'ff' AS TEXT)"])
def test_an_odd_moment_of_a_contact_is_never(store: Store, path: Path, odd: str) -> None:
    store.partners.save_contact(CONTACT)

    edit(path, "contact", f"obtained_at = {odd}")

    assert store.partners.contact(HUZHOU) == replace(CONTACT, obtained_at=None)
    store.partners.save_contact(CONTACT)
    assert store.partners.contact(HUZHOU) == CONTACT


def test_odd_hashes_and_alarms_are_left_out(store: Store, path: Path) -> None:
    for digest in ("ab", "cd", "ef"):
        store.partners.remember_accepted(HUZHOU, "leaf", digest, Timestamp(7), NOON)
    for code in ("trust_rollback", "trust_crit"):
        store.partners.alarm(HUZHOU, code, NOON)

    edit(path, "accepted_statement", "issued_at = 'x'", "digest = 'ab'")
    edit(path, "accepted_statement", "role = CAST(x'ff' AS TEXT)", "digest = 'cd'")
    edit(path, "alarm", "count = 'x'", "code = 'trust_crit'")

    found = [store.partners.accepted(HUZHOU, digest) for digest in ("ab", "cd", "ef")]
    assert found == [None, None, ("leaf", 7)]
    kept = Alarm(anchor_id=HUZHOU, code="trust_rollback", at=NOON, count=1)
    assert store.partners.alarms(Timestamp(0)) == (kept,)


@pytest.mark.parametrize("value", [None, 1, 1.0, b"\xff"])
def test_what_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(ColumnError):
        text(value)


@pytest.mark.parametrize("value", [None, "text", 1.0, True, b"bytes"])
def test_what_is_no_integer_is_refused(value: object) -> None:
    with pytest.raises(ColumnError):
        integer(value)


def _stored(store: Store, path: Path) -> tuple[Office, Office]:
    """Let a city with two partners, as its office knows them, live in a database."""
    one, other = two()
    one.join(other)
    one.join(office("330500", "huzhou", one.web))
    with closing(sqlite3.connect(path)) as connection, connection:
        for row in one.rows.all():
            values = (row.anchor_id, row.record, row.memory, row.version)
            connection.execute("INSERT INTO partner VALUES (?, ?, ?, ?)", values)
    for contact in one.rows.contacts.values():
        store.partners.save_contact(contact)
    return one, other


@pytest.mark.parametrize(
    ("table", "odd"),
    [("partner", odd) for odd in ODD_PARTNERS]
    + [("contact", odd) for odd in ODD_CONTACTS]
    + [("partner", "anchor_id = x'00'")],
)
def test_a_suspension_is_in_force_though_the_row_of_another_partner_is_odd(
    store: Store, path: Path, table: str, odd: str
) -> None:
    one, other = _stored(store, path)
    view = TrustView(
        leaf=one.leaf,
        division=one.division,
        federation_keys=one.keys().federation_public,
        statements=one.statements,
        rows=store.partners,
        noted=one.noted,
        revision=store.revision,
        now=NOON,
    )
    edit(path, table, odd, OF_HUZHOU)

    replace(one.federation, rows=store.partners).suspend(other.leaf, "Li", "why", NOON)

    assert view.refresh(at(1))
    suspended, damaged = (view.keyring.issuer(CityId(code)) for code in ("330300", "330500"))
    assert suspended is not None
    assert suspended.state is PartnerState.SUSPENDED
    assert damaged is None or not damaged.verifies(at(1))
    codes = {alarm.code for alarm in store.partners.alarms(Timestamp(0))}
    assert codes == ({"trust_partner_row_tampered"} if table == "partner" else set())


@pytest.mark.parametrize("odd", ["token = x'00'", "token = CAST(x'ff' AS TEXT)", "role = x'00'"])
def test_an_odd_own_statement_is_not_served_and_stops_nothing(
    store: Store, path: Path, odd: str
) -> None:
    one, _ = _stored(store, path)
    for role, token in one.statements.all().items():
        store.own_statements.put(role, token, NOON, NOON)  # type: ignore[arg-type]  # three roles
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"UPDATE own_statement SET {odd} WHERE role = 'leaf'")  # noqa: S608  our own names

    found = store.own_statements.all()

    assert set(found.values()) - {""} == {
        token for role, token in one.statements.all().items() if role != "leaf"
    } | ({one.statements.all()["leaf"]} if odd.startswith("role") else set())
