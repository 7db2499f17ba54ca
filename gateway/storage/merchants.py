"""Merchants, their venues and their tokens."""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import groupby
from typing import cast

from sqlalchemy import Dialect, select

from gateway.ids import MerchantId, OfferId, ScenarioId, Timestamp, VenueId
from gateway.ledger.entries import Note
from gateway.services.ports import (
    ConflictError,
    Merchant,
    MerchantState,
    UnknownMerchantError,
    Venue,
)
from gateway.storage import tables
from gateway.storage.ledger import SqlLedger
from gateway.storage.reader import Reader
from gateway.storage.session import Cursor, Row
from gateway.storage.statements import equal, generate, insert_new
from gateway.storage.tables import table_of


class SqlMerchantDirectory:
    """``MerchantDirectory`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, ledger: SqlLedger) -> None:
        self._reader = reader
        self._ledger = ledger
        merchant = table_of(tables.merchants.Merchant)
        venue = table_of(tables.merchants.Venue)
        token = table_of(tables.merchants.MerchantToken)
        with_venues = merchant.outerjoin(venue)
        columns = (*merchant.c, venue.c.id, venue.c.name, venue.c.scenarios)
        whole = select(*columns).order_by(merchant.c.id, venue.c.position)
        self._list = generate(dialect, whole.select_from(with_venues))
        self._get = generate(
            dialect, whole.select_from(with_venues).where(equal(tables.merchants.Merchant, "id"))
        )
        by_token = whole.select_from(with_venues.join(token))
        self._by_token = generate(
            dialect, by_token.where(equal(tables.merchants.MerchantToken, "token_hash"))
        )
        self._add = insert_new(dialect, tables.merchants.Merchant)
        self._add_venue = insert_new(dialect, tables.merchants.Venue)
        self._add_token = insert_new(dialect, tables.merchants.MerchantToken)
        there = select(merchant.c.id).where(equal(tables.merchants.Merchant, "id"))
        self._exists = generate(dialect, there)
        # Locked, so that of two changes at one time the second sees what the first stored.
        self._hold = generate(dialect, there.with_for_update())

    def add(self, merchant: Merchant, note: Note) -> None:
        """Store a merchant with its venues."""
        self._ledger.noted(partial(self.write, merchant), note)

    def get(self, merchant: MerchantId) -> Merchant | None:
        """Return one merchant; its venues in the order in which they were given."""
        return next(_merchants_of(self._reader.all(self._get, {"id": merchant})), None)

    def list_all(self) -> tuple[Merchant, ...]:
        """Return every merchant, by id."""
        return tuple(_merchants_of(self._reader.all(self._list, {})))

    def add_token(self, merchant: MerchantId, token_hash: bytes, note: Note) -> None:
        """Let the bearer of a token act for a merchant; only its hash is ever stored."""
        self._ledger.noted(partial(self._store_token, merchant, token_hash, note.at), note)

    def by_token(self, token_hash: bytes) -> Merchant | None:
        """Return whose token this is; the caller looks at the state."""
        rows = self._reader.all(self._by_token, {"token_hash": token_hash})
        return next(_merchants_of(rows), None)

    def write(self, merchant: Merchant, cursor: Cursor) -> None:
        """Write a merchant with its venues inside a transaction; see ``add``."""
        values: dict[str, object] = {
            "id": merchant.id,
            "name": merchant.name,
            "scenarios": spelled(merchant.scenarios),
            "state": merchant.state,
            "reason": merchant.reason,
            "paused": spelled(merchant.paused),
        }
        if not self._add.run(cursor, values):
            raise ConflictError("a merchant of this id exists")
        for position, venue in enumerate(merchant.venues):
            self.write_venue(merchant.id, position, venue, cursor)

    def write_venue(
        self, merchant: MerchantId, position: int, venue: Venue, cursor: Cursor
    ) -> None:
        """Write one more venue inside a transaction."""
        values: dict[str, object] = {
            "merchant_id": merchant,
            "id": venue.id,
            "position": position,
            "name": venue.name,
            "scenarios": None if venue.scenarios is None else spelled(venue.scenarios),
        }
        if not self._add_venue.run(cursor, values):
            raise ConflictError("a venue id comes twice")

    def hold(self, merchant: MerchantId, cursor: Cursor) -> Merchant | None:
        """Return a merchant inside a transaction, which alone may change it until its end."""
        asked = {"id": merchant}
        cursor.execute(self._hold.sql, self._hold.parameters(asked))
        cursor.fetchall()
        cursor.execute(self._get.sql, self._get.parameters(asked))
        return next(_merchants_of(cursor.fetchall()), None)

    def _store_token(
        self, merchant: MerchantId, token_hash: bytes, now: Timestamp, cursor: Cursor
    ) -> None:
        cursor.execute(self._exists.sql, (merchant,))
        if cursor.fetchone() is None:
            raise UnknownMerchantError("there is no such merchant")
        values = {"token_hash": token_hash, "merchant_id": merchant, "created_at": now}
        if not self._add_token.run(cursor, values):
            raise ConflictError("this token is stored already")


def spelled(names: Iterable[str]) -> str:
    """Return how names stand in one column: sorted, separated by one space."""
    return " ".join(sorted(names))


def names_of(column: object) -> list[str]:
    """Return the names that ``spelled`` put into a column."""
    return cast("str", column).split()


def _scenarios(column: object) -> frozenset[ScenarioId]:
    return frozenset(map(ScenarioId, names_of(column)))


def _merchants_of(rows: Iterable[Row]) -> Iterator[Merchant]:
    for _, group in groupby(rows, key=lambda row: row[0]):
        lines = list(group)
        merchant, name, scenarios, state, reason, paused = lines[0][:6]
        yield Merchant(
            id=MerchantId(cast("str", merchant)),
            name=cast("str", name),
            scenarios=_scenarios(scenarios),
            venues=tuple(_venue_of(line[6:]) for line in lines if line[6] is not None),
            state=cast("MerchantState", state),
            reason=cast("str | None", reason),
            paused=frozenset(map(OfferId, names_of(paused))),
        )


def _venue_of(row: Row) -> Venue:
    venue, name, scenarios = row
    return Venue(
        id=VenueId(cast("str", venue)),
        name=cast("str", name),
        scenarios=None if scenarios is None else _scenarios(scenarios),
    )
