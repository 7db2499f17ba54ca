"""Issuing and verifying cannot be joined: looked for in the real schema and in real rows."""

from itertools import product

import pytest
from sqlalchemy import MetaData, inspect, text

from gateway.ids import Tier, Timestamp
from gateway.services.objection_ports import ObjectionRow, ObjectionState
from gateway.services.status_ports import StatusEntry
from gateway.storage.store import Store
from tests.storage.rows import ACTING, DAY_S, NOON, showing, stands, tag

ISSUING = ("issuance_day", "citizen_token", "status_entry", "revoked_status", "objection")
VERIFYING = (
    *("burn", "request", "verification", "verification_month", "refusal"),
    *("spent_ticket", "held_ticket"),
)
TODAY = NOON // DAY_S
VERIFICATION = "receipt merchant venue scenario issuer key_id offers checked at_minute voided"


def _values(store: Store, *tables: str) -> set[object]:
    with store.engine.connect() as connection:
        return {
            value
            for table in tables
            for row in connection.execute(text(f"SELECT * FROM {table}"))  # noqa: S608  our own names
            for value in row
        }


def _live_a_little(store: Store) -> None:
    """Issue to five subjects, show their codes and others, at the same moments."""
    end = Timestamp((TODAY + 4) * DAY_S)
    for n in range(5):
        subject = tag(f"subject-{n}") * 2
        store.issuance.count_issue(subject, TODAY, "live", stands(), n + 7)
        store.citizen_tokens.add(tag(f"t{n}") * 2, b"sealed" + bytes([n]) * 20, Timestamp(end - 1))
        place = StatusEntry(
            number=n + 20, index=n + 10**6, subject=subject, sheet=f"S{n}", last_day=TODAY + n
        )
        store.status_lists.remember([place])
        objected = ObjectionRow(
            number=f"O{n}", version=3, subject=subject, open_of=subject, kind="other",
            sealed=bytes([n]) * 40,
            tier=Tier(2), scale_version="ou-2026", assessed_on=TODAY, filed_day=TODAY,
            due_day=TODAY + 7, state=ObjectionState.OPEN,
        )  # fmt: skip
        store.objections.add(objected, ACTING.note("objection.filed", f"O{n}"))
        store.status_lists.revoke_sheet(f"S{n}", ACTING)
        store.verifications.record(showing(f"code-{n}", f"till-{n}", receipt=f"R{n}", forget=end))
        ticketed = showing(f"quota-{n}", receipt=f"T{n}", forget=end, ticket=f"{n}")
        store.verifications.record(ticketed)
        store.refusals.count("expired", NOON)
    store.refusals.flush()


def test_issuing_and_verification_rows_share_no_value_they_could_be_joined_on(
    store: Store,
) -> None:
    _live_a_little(store)

    issuing = _values(store, *ISSUING)
    verifying = _values(store, "burn", "request", "verification", "spent_ticket", "held_ticket")

    assert len(issuing) > 10
    assert len(verifying) > 15
    assert issuing & verifying == set()


def test_issuing_and_verification_tables_have_no_column_in_common(store: Store) -> None:
    inspector = inspect(store.engine)
    columns = {
        table: {str(column["name"]) for column in inspector.get_columns(table)}
        for table in (*ISSUING, *VERIFYING)
    }

    shared = {
        name
        for left, right in product(ISSUING, VERIFYING)
        for name in columns[left] & columns[right]
    }

    # A tally of refusals counts by day; it has no person, code or merchant to lead to. What is
    # sealed has a fresh nonce each time.
    assert shared == {"day", "sealed"}
    assert columns["refusal"] == {"day", "reason", "count"}


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("issuance_day", "subject day kind tier scale_version codes assessed_on"),
        ("status_entry", "list_number list_index subject sheet last_day"),
        ("revoked_status", "list_number list_index"),
        ("burn", "code_tag forget_after"),
        ("request", "request_tag code_tag sealed forget_after"),
        ("spent_ticket", "ticket_tag forget_after"),
        ("held_ticket", "receipt sealed forget_after"),
        ("verification", VERIFICATION),
        ("verification_month", "month issuer scenario count voided"),
    ],
)
def test_each_row_holds_what_the_documents_say_and_nothing_else(
    store: Store, table: str, columns: str
) -> None:
    reflected = MetaData()
    reflected.reflect(store.engine)

    assert list(reflected.tables[table].columns.keys()) == columns.split()
    assert reflected.tables[table].foreign_keys == set()


def test_burn_and_request_rows_lead_to_no_verification(store: Store) -> None:
    _live_a_little(store)

    tagged = _values(store, "burn", "request")
    recorded = _values(store, "verification")

    assert tagged & recorded == set()


def test_spent_tickets_lead_to_no_code_and_to_no_verification(store: Store) -> None:
    end = Timestamp((TODAY + 4) * DAY_S)
    for n in range(5):
        store.verifications.record(showing(f"q{n}", f"t{n}", forget=end, ticket=f"{n}"))

    tickets = _values(store, "spent_ticket") - {end}
    others = _values(store, "burn", "request", "verification", "held_ticket")

    assert len(tickets) == 5
    assert tickets & others == set()


def test_no_row_tells_the_order_of_insertion(store: Store) -> None:
    if store.engine.dialect.name == "postgresql":
        assert inspect(store.engine).get_sequence_names() == []
        return

    with store.engine.connect() as connection:
        tables = connection.execute(text("SELECT name, wr FROM pragma_table_list")).all()

    hidden = {name for name, without_rowid in tables if without_rowid}
    assert hidden >= {*ISSUING, *VERIFYING}
