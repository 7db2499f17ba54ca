"""Forgetting: what is deleted when, in batches so small that no request notices."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Engine, delete, select, true, tuple_
from sqlmodel import SQLModel

from gateway.clock import china_day
from gateway.ids import Timestamp
from gateway.storage.engine import immediate
from gateway.storage.faults import at_the_door
from gateway.storage.months import add_to_months, counted_columns
from gateway.storage.tables import (
    cases,
    citizens,
    devices,
    events,
    issuance,
    staff,
    status,
    table_of,
    tills,
    trust,
    verifications,
)
from gateway.trust.events import REMEMBERED_S

BATCH_ROWS = 1000
"""Keys that one transaction walks over: milliseconds under the write lock."""

SEEN_STATUS_DAYS = 93
"""Bits of a partner's list that it publishes no longer: three times the longest code's life."""

CASE_DAYS = 3 * 365
"""What people filed, after it was closed; as long as a consent receipt."""

_DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How many whole days each kind of row is kept; a row of exactly that age is kept.

    Burned codes, bound requests and citizens' tokens carry their own end.
    """

    verification_days: int = 183
    issuance_days: int = 3650
    accepted_days: int = 90
    alarm_days: int = 3650
    refusal_days: int = 3650
    consent_after_end_days: int = 1096


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """How many rows were deleted, by table."""

    rows: Mapping[str, int] = field(default_factory=dict[str, int])

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.rows.values())


def prune(engine: Engine, now: Timestamp, retention: Retention) -> Pruned:
    """Delete what has outlived its retention at ``now``; run it daily.

    Each batch is a transaction of its own: an error leaves earlier batches deleted, and the
    next run goes on.

    Raises:
        DatabaseUnavailableError: The database cannot be written.
    """
    today = china_day(now)
    cutoffs: tuple[tuple[type[SQLModel], str, int], ...] = (
        (verifications.Burn, "forget_after", now),
        (verifications.Request, "forget_after", now),
        (verifications.SpentTicket, "forget_after", now),
        (verifications.HeldTicket, "forget_after", now),
        (verifications.Refusal, "day", today - retention.refusal_days),
        (issuance.IssuanceDay, "day", today - retention.issuance_days),
        (cases.Complaint, "closed_day", today - CASE_DAYS),
        (cases.Objection, "closed_day", today - CASE_DAYS),
        (cases.MerchantNotice, "day", today - CASE_DAYS),
        (citizens.CitizenToken, "expires_at", now),
        # One that holds has no end, and is older than nothing.
        (citizens.Consent, "ended_at", now - retention.consent_after_end_days * _DAY_S),
        (citizens.CitizenSession, "expires_at", now),
        (devices.DeviceLink, "expires_at", now),
        (devices.Device, "expires_at", now),
        (tills.TillToken, "expires_at", now),
        (tills.SpentAssertion, "expires_at", now),
        (tills.TillIncident, "day", today - retention.verification_days),
        (staff.StaffLink, "expires_at", now),
        (staff.StaffSession, "expires_at", now),
        (status.StatusEntry, "last_day", today),
        (status.SeenStatus, "seen_at", now - SEEN_STATUS_DAYS * _DAY_S),
        (events.HeardEvent, "heard_at", now - REMEMBERED_S),
        (trust.AcceptedStatement, "accepted_at", now - retention.accepted_days * _DAY_S),
        (trust.Alarm, "at", now - retention.alarm_days * _DAY_S),
    )
    rows: dict[str, int] = {}
    with at_the_door():
        for model, column, before in cutoffs:
            rows[table_of(model).name] = _prune_by_key(engine, model, column, before)
        rows["verification"] = _prune_records(engine, now - retention.verification_days * _DAY_S)
    return Pruned(rows=rows)


def forget_held(engine: Engine, now: Timestamp) -> int:
    """Delete what voids would give back of grants that can be voided no more; run it often.

    Raises:
        DatabaseUnavailableError: The database cannot be written.
    """
    with at_the_door():
        return _prune_by_key(engine, verifications.HeldTicket, "forget_after", now)


def _prune_records(engine: Engine, before: int) -> int:
    """Delete the oldest records until none is left, by their index: too many to walk daily.

    What they counted is added to their months in the same transaction. The rows are those that
    this very statement deleted, so that two machines that prune at once add each of them once.
    """
    record = table_of(verifications.Verification)
    some = select(record.c.receipt).where(record.c.at_minute < before).limit(BATCH_ROWS)
    deleting = delete(record).where(record.c.receipt.in_(some)).returning(*counted_columns())
    deleted = 0
    while True:
        with engine.connect() as connection, immediate(connection).begin():
            rows = connection.execute(deleting).all()
            add_to_months(connection, rows)
        deleted += len(rows)
        if len(rows) < BATCH_ROWS:
            return deleted


def _prune_by_key(engine: Engine, model: type[SQLModel], column: str, before: int) -> int:
    """Walk the whole key, range by range: an index on the end would cost every hot write."""
    table = table_of(model)
    old = table.c[column] < before
    columns = tuple(table.primary_key.columns)
    key = tuple_(*columns)
    deleted = 0
    after: ColumnElement[bool] = true()
    while True:
        with engine.connect() as connection, immediate(connection).begin():
            page = select(*columns).where(after).order_by(*columns)
            last = connection.execute(page.offset(BATCH_ROWS - 1).limit(1)).first()
            within = true() if last is None else key <= tuple_(*last)
            deleted += connection.execute(delete(table).where(old, after, within)).rowcount
        if last is None:
            return deleted
        after = key > tuple_(*last)
