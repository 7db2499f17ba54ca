"""What waits for a second person, and what became of it."""

import json
from functools import partial
from typing import cast

from sqlalchemy import Dialect, bindparam, literal, select, update

from gateway.ids import Timestamp
from gateway.jose import strict_json
from gateway.ledger.entries import Note
from gateway.services.ports import ConflictError
from gateway.services.proposals import Proposal, ProposalState
from gateway.storage.ledger import SqlLedger
from gateway.storage.reader import Reader
from gateway.storage.session import Cursor, Row
from gateway.storage.statements import Values, equal, generate, insert_new
from gateway.storage.tables import staff as tables
from gateway.storage.tables import table_of


class SqlProposalRows:
    """``ProposalRows`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, ledger: SqlLedger) -> None:
        self._reader = reader
        self._ledger = ledger
        table = table_of(tables.Proposal)
        whole = select(*table.c)
        self._add = insert_new(dialect, tables.Proposal)
        self._get = generate(dialect, whole.where(equal(tables.Proposal, "id")))
        newest = whole.order_by(table.c.proposed_at.desc(), table.c.id)
        self._newest = generate(dialect, newest.limit(bindparam("rows")))
        decided = update(table).values(
            state=bindparam("new_state"), decided_by=bindparam("by"), decided_at=bindparam("now")
        )
        undecided = (
            (table.c.id == bindparam("of"))
            & (table.c.state == bindparam("open_state"))
            & (table.c.expires_at > bindparam("now"))
        )
        self._decide = generate(dialect, decided.where(undecided))
        failed = update(table).values(state=literal(ProposalState.FAILED.value))
        self._fail = generate(dialect, failed.where(table.c.id == bindparam("of")))

    def add(self, proposal: Proposal, note: Note) -> None:
        """Store one; durable on return."""
        values: dict[str, object] = {
            "id": proposal.id,
            "act": proposal.act,
            "target": proposal.target,
            "facts": strict_json.encode(dict(proposal.facts)).decode("utf-8"),
            "proposed_by": proposal.proposed_by,
            "proposed_at": proposal.proposed_at,
            "expires_at": proposal.expires_at,
            "state": proposal.state.value,
            "decided_by": None,
            "decided_at": None,
        }
        self._ledger.noted(partial(self._store, values), note)

    def get(self, proposal_id: str) -> Proposal | None:
        """Return one."""
        row = self._reader.one(self._get, {"id": proposal_id})
        return None if row is None else _proposal(row)

    def newest(self, count: int) -> tuple[Proposal, ...]:
        """Return the newest, newest first."""
        return tuple(map(_proposal, self._reader.all(self._newest, {"rows": count})))

    def decide(self, proposal_id: str, state: ProposalState, by: str, note: Note) -> bool:
        """Store a decision on an open proposal that has not expired at ``note.at``."""
        values: Values = {
            "of": proposal_id,
            "new_state": state.value,
            "by": by,
            "now": note.at,
            "open_state": ProposalState.OPEN.value,
        }
        operation = partial(self._write_decision, values)
        return self._ledger.noted(operation, lambda first: note if first else None)

    def fail(self, proposal_id: str, note: Note) -> None:
        """Store that the act of an approved proposal was refused."""
        self._ledger.noted(partial(self._write_failure, {"of": proposal_id}), note)

    def _store(self, values: Values, cursor: Cursor) -> None:
        if not self._add.run(cursor, values):
            raise ConflictError("this proposal is stored already")

    def _write_decision(self, values: Values, cursor: Cursor) -> bool:
        return self._decide.run(cursor, values) > 0

    def _write_failure(self, values: Values, cursor: Cursor) -> int:
        return self._fail.run(cursor, values)


def _proposal(row: Row) -> Proposal:
    named, act, target, facts, by, at, expires_at, state, decided_by, decided_at = row
    return Proposal(
        id=cast("str", named),
        act=cast("str", act),
        target=cast("str", target),
        facts=cast("dict[str, str | int]", json.loads(cast("str", facts))),
        proposed_by=cast("str", by),
        proposed_at=Timestamp(cast("int", at)),
        expires_at=Timestamp(cast("int", expires_at)),
        state=ProposalState(cast("str", state)),
        decided_by=cast("str | None", decided_by),
        decided_at=None if decided_at is None else Timestamp(cast("int", decided_at)),
    )
