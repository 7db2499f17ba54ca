"""Tills, their access tokens, and the assertions that were used."""

import json
from functools import partial
from typing import cast

from sqlalchemy import Dialect, bindparam, delete, select

from gateway.ids import MerchantId, ScenarioId, Timestamp, VenueId
from gateway.jose.keys import parse_jwk
from gateway.ledger.entries import Note
from gateway.services.ports import ConflictError, UnknownMerchantError
from gateway.services.tills import Scope, TillClient, TillToken
from gateway.storage import tables
from gateway.storage.ledger import SqlLedger
from gateway.storage.reader import Reader
from gateway.storage.session import Cursor, Row
from gateway.storage.statements import Values, equal, generate, insert_new
from gateway.storage.tables import table_of
from gateway.storage.writer import Writer


class SqlTillRows:
    """``TillRows`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, writer: Writer, ledger: SqlLedger) -> None:
        self._reader, self._writer, self._ledger = reader, writer, ledger
        client, token = table_of(tables.tills.TillClient), table_of(tables.tills.TillToken)
        merchant = table_of(tables.merchants.Merchant)
        self._add = insert_new(dialect, tables.tills.TillClient)
        self._add_token = insert_new(dialect, tables.tills.TillToken)
        self._spend = insert_new(dialect, tables.tills.SpentAssertion)
        whole = select(*client.c)
        one = equal(tables.tills.TillClient, "id")
        self._get = generate(dialect, whole.where(one))
        self._all = generate(dialect, whole.order_by(client.c.created_at, client.c.id))
        # Locked, so that a till is not removed between the look and its token.
        self._present = generate(dialect, select(client.c.id).where(one).with_for_update())
        self._merchant = generate(
            dialect, select(merchant.c.id).where(equal(tables.merchants.Merchant, "id"))
        )
        self._by_token = generate(
            dialect,
            select(
                token.c.client_id,
                client.c.merchant_id,
                token.c.scenarios,
                token.c.venue,
                token.c.expires_at,
                client.c.scenarios,
            )
            .select_from(token.join(client))
            .where(
                equal(tables.tills.TillToken, "token_hash"), token.c.expires_at > bindparam("now")
            ),
        )
        self._drop_tokens = generate(
            dialect, delete(token).where(equal(tables.tills.TillToken, "client_id"))
        )
        self._drop = generate(dialect, delete(client).where(one))

    def add(self, client: TillClient, note: Note) -> None:
        """Store a till."""
        self._ledger.noted(partial(self._store, client), note)

    def get(self, client_id: str) -> TillClient | None:
        """Return one till."""
        row = self._reader.one(self._get, {"id": client_id})
        return None if row is None else _client(row)

    def list_of(self, merchant: MerchantId | None) -> tuple[TillClient, ...]:
        """Return the tills of a merchant, or of all, oldest first."""
        found = map(_client, self._reader.all(self._all, {}))
        return tuple(each for each in found if merchant in {None, each.merchant})

    def remove(self, client_id: str, note: Note) -> bool:
        """Delete a till with its tokens; return whether it was there."""
        operation = partial(self._write_remove, client_id)
        return self._ledger.noted(operation, lambda found: note if found else None)

    def add_token(self, digest: bytes, token: TillToken) -> bool:
        """Store an access token; return whether the till is still there."""
        values: Values = {
            "token_hash": digest,
            "client_id": token.client,
            "scenarios": _spelled(token.scope.scenarios),
            "venue": token.scope.venue,
            "expires_at": token.expires_at,
        }
        return self._writer.run(partial(self._store_token, values))

    def by_token(self, digest: bytes, now: Timestamp) -> TillToken | None:
        """Return a token that has not expired."""
        row = self._reader.one(self._by_token, {"token_hash": digest, "now": now})
        if row is None:
            return None
        client, merchant, scenarios, venue, expires_at, registered = row
        return TillToken(
            client=cast("str", client),
            merchant=MerchantId(cast("str", merchant)),
            scope=Scope(
                scenarios=_scenarios(scenarios),
                venue=None if venue is None else VenueId(cast("str", venue)),
            ),
            expires_at=Timestamp(cast("int", expires_at)),
            registered=None if registered is None else _scenarios(registered),
        )

    def spend_assertion(self, tag: bytes, expires_at: Timestamp) -> bool:
        """Remember an assertion until it has expired; return whether it is new."""
        values: Values = {"tag": tag, "expires_at": expires_at}
        return self._writer.run(lambda cursor: self._spend.run(cursor, values) > 0)

    def _store(self, client: TillClient, cursor: Cursor) -> None:
        cursor.execute(self._merchant.sql, (client.merchant,))
        if cursor.fetchone() is None:
            raise UnknownMerchantError("there is no such merchant")
        values: Values = {
            "id": client.id,
            "merchant_id": client.merchant,
            "label": client.label,
            "secret_hash": client.secret_hash,
            "public_jwk": None if client.key is None else json.dumps(client.key.jwk()),
            "scenarios": None if client.scenarios is None else _spelled(client.scenarios),
            "venue": client.venue,
            "created_at": client.created_at,
        }
        if not self._add.run(cursor, values):
            raise ConflictError("a till of this id exists")

    def _store_token(self, values: Values, cursor: Cursor) -> bool:
        cursor.execute(self._present.sql, (values["client_id"],))
        if cursor.fetchone() is None:
            return False
        if not self._add_token.run(cursor, values):
            raise ConflictError("this token is stored already")
        return True

    def _write_remove(self, client_id: str, cursor: Cursor) -> bool:
        cursor.execute(self._present.sql, (client_id,))
        cursor.fetchall()
        self._drop_tokens.run(cursor, {"client_id": client_id})
        return self._drop.run(cursor, {"id": client_id}) > 0


def _spelled(scenarios: frozenset[ScenarioId]) -> str:
    return " ".join(sorted(scenarios))


def _scenarios(spelled: object) -> frozenset[ScenarioId]:
    return frozenset(ScenarioId(word) for word in cast("str", spelled).split())


def _client(row: Row) -> TillClient:
    client_id, merchant, label, secret_hash, jwk, scenarios, venue, created_at = row
    return TillClient(
        id=cast("str", client_id),
        merchant=MerchantId(cast("str", merchant)),
        label=cast("str", label),
        scenarios=None if scenarios is None else _scenarios(scenarios),
        venue=None if venue is None else VenueId(cast("str", venue)),
        secret_hash=cast("bytes | None", secret_hash),
        key=None if jwk is None else parse_jwk(json.loads(cast("str", jwk))),
        created_at=Timestamp(cast("int", created_at)),
    )
