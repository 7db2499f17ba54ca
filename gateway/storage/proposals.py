"""What waits for a second person, and what became of it."""

import json
from functools import partial
from typing import cast

from sqlalchemy import Dialect, bindparam, literal, select, update

from gateway.ids import Timestamp
from gateway.jose import strict_json
from gateway.ledger.entries import Note
from gateway.services.ports import ConflictError
from gateway.services.proposal_ports import LIFE_S, MAX_OPEN, UNDER_WAY_S, Proposal, ProposalState
from gateway.storage.ledger import SqlLedger
from gateway.storage.reader import Reader
from gateway.storage.session import Cursor, Row
from gateway.storage.statements import Statement, Values, equal, generate, insert_new
from gateway.storage.tables import staff as tables
from gateway.storage.tables import table_of
from gateway.storage.writer import Writer

_OPEN = literal(ProposalState.OPEN.value)
_APPROVED = literal(ProposalState.APPROVED.value)


class SqlProposalRows:
    """``ProposalRows`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, writer: Writer, ledger: SqlLedger) -> None:
        self._reader = reader
        self._writer = writer
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
        self._prepare_endings(dialect)
        self._prepare_waiting(dialect)

    def _prepare_endings(self, dialect: Dialect) -> None:
        table = table_of(tables.Proposal)
        approved = (table.c.id == bindparam("of")) & (table.c.state == _APPROVED)
        left = approved & (table.c.decided_at <= bindparam("silent_since"))
        in_time = table.c.decided_at > bindparam("lapsed_since")
        taken = update(table).values(decided_by=bindparam("by"), decided_at=bindparam("now"))
        self._take_up = generate(dialect, taken.where(left & in_time))
        ended = update(table).values(state=bindparam("new_state"))
        self._fail = generate(dialect, ended.where(approved))
        endable = table.c.state.in_((_APPROVED, literal(ProposalState.FAILED.value)))
        self._finish = generate(dialect, ended.where(table.c.id == bindparam("of"), endable))

    def _prepare_waiting(self, dialect: Dialect) -> None:
        table = table_of(tables.Proposal)
        opened = (table.c.state == _OPEN) & (table.c.expires_at > bindparam("now"))
        approved = (table.c.state == _APPROVED) & (table.c.decided_at > bindparam("lapsed_since"))
        newest = select(*table.c).order_by(table.c.proposed_at.desc(), table.c.id)
        self._waiting = generate(dialect, newest.where(opened | approved))
        targets = select(table.c.target).where(opened & (table.c.act == bindparam("of_act")))
        self._targets = generate(dialect, targets)

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
            "seal": proposal.seal,
        }
        self._writer.run(partial(self._store, values, note))

    def get(self, proposal_id: str) -> Proposal | None:
        """Return one."""
        row = self._reader.one(self._get, {"id": proposal_id})
        return None if row is None else _proposal(row)

    def waiting(self, now: Timestamp) -> tuple[Proposal, ...]:
        """Return what is open and has not expired, and what was approved and has not ended."""
        rows = self._reader.all(self._waiting, {"now": now, "lapsed_since": now - LIFE_S})
        return tuple(map(_proposal, rows))

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
        operation = partial(self._written, self._decide, values)
        return self._ledger.noted(operation, lambda first: note if first else None)

    def take_up(self, proposal_id: str, by: str, note: Note) -> bool:
        """Store that ``by`` finishes an approved proposal that ``note.at`` finds unfinished."""
        values: Values = {
            "of": proposal_id,
            "by": by,
            "now": note.at,
            "silent_since": note.at - UNDER_WAY_S,
            "lapsed_since": note.at - LIFE_S,
        }
        operation = partial(self._written, self._take_up, values)
        return self._ledger.noted(operation, lambda first: note if first else None)

    def finish(self, proposal_id: str, state: ProposalState, note: Note) -> None:
        """Store that the act of an approved proposal is done, or was refused."""
        statement = self._finish if state is ProposalState.DONE else self._fail
        operation = partial(self._written, statement, {"of": proposal_id, "new_state": state.value})
        self._ledger.noted(operation, lambda ended: note if ended else None)

    def _store(self, values: Values, note: Note, cursor: Cursor) -> None:
        # The entry first: it queues for the ledger's head, so that of two who propose the same
        # at once, on whatever machines, the second sees what the first did.
        self._ledger.write(note, cursor)
        known = {"of_act": values["act"], "now": note.at}
        cursor.execute(self._targets.sql, self._targets.parameters(known))
        targets = [row[0] for row in cursor.fetchall()]
        if values["target"] in targets or len(targets) >= MAX_OPEN:
            raise ConflictError("the same waits already, or too many do")
        if not self._add.run(cursor, values):
            raise ConflictError("this proposal is stored already")

    @staticmethod
    def _written(statement: Statement, values: Values, cursor: Cursor) -> bool:
        return statement.run(cursor, values) > 0


def _proposal(row: Row) -> Proposal:
    named, act, target, facts, by, at, expires_at, state, decided_by, decided_at, seal = row
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
        seal=seal if isinstance(seal, bytes) else b"",
    )
