"""Venues and scenarios of merchants that are there: added and ended."""

from collections.abc import Callable
from functools import partial

from sqlalchemy import Dialect, bindparam, update

from gateway.ids import MerchantId
from gateway.ledger.entries import Note
from gateway.services.merchant_changes import Rule
from gateway.services.ports import Merchant
from gateway.storage import tables
from gateway.storage.ledger import SqlLedger
from gateway.storage.merchants import SqlMerchantDirectory, spelled
from gateway.storage.session import Cursor
from gateway.storage.statements import generate
from gateway.storage.tables import table_of


class SqlMerchantChanges:
    """``MerchantChanges`` on either database."""

    def __init__(
        self, dialect: Dialect, ledger: SqlLedger, directory: SqlMerchantDirectory
    ) -> None:
        self._ledger, self._directory = ledger, directory
        merchant, venue = table_of(tables.merchants.Merchant), table_of(tables.merchants.Venue)
        own = update(merchant).values(scenarios=bindparam("now_scenarios"))
        self._put = generate(dialect, own.where(merchant.c.id == bindparam("of_merchant")))
        there = update(venue).values(scenarios=bindparam("now_scenarios"))
        self._put_venue = generate(
            dialect,
            there.where(
                venue.c.merchant_id == bindparam("of_merchant"),
                venue.c.id == bindparam("of_venue"),
            ),
        )

    def change(self, merchant: MerchantId, rule: Rule, note: Callable[[], Note]) -> Merchant | None:
        """Store what ``rule`` makes of a merchant, with the entry; return it, or None for none."""
        operation = partial(self._change, merchant, rule)
        return self._ledger.noted(operation, lambda changed: note() if changed else None)

    def _change(self, merchant: MerchantId, rule: Rule, cursor: Cursor) -> Merchant | None:
        before = self._directory.hold(merchant, cursor)
        if before is None:
            return None
        after = rule(before)
        if after.scenarios != before.scenarios:
            values = {"now_scenarios": spelled(after.scenarios), "of_merchant": merchant}
            self._put.run(cursor, values)
        known = {each.id: each for each in before.venues}
        for position, venue in enumerate(after.venues):
            if venue.id not in known:
                self._directory.write_venue(merchant, position, venue, cursor)
            elif venue != known[venue.id]:
                listed = None if venue.scenarios is None else spelled(venue.scenarios)
                of = {"of_merchant": merchant, "of_venue": venue.id}
                self._put_venue.run(cursor, {"now_scenarios": listed, **of})
        return after
