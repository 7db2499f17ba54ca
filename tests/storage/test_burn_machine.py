"""Any sequence of showings, beside a model of a page of Python."""

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gateway.ids import ReceiptId
from gateway.services.ports import Recorded
from gateway.storage.pruning import Retention, prune
from gateway.storage.store import Store
from tests.databases import new_database
from tests.storage.rows import NOON, count, counts, showing, tag

CODES = st.sampled_from(["a", "b", "c", "d"])
REQUESTS = st.none() | st.sampled_from(["r1", "r2", "r3"])


class Showings(RuleBasedStateMachine):
    """Shows few codes under few request ids, over and over, prunes and reopens."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.url = new_database(Path(self.directory.name) / "model.sqlite3")
        self.store = Store.open(self.url, synchronous="NORMAL")
        self.burned: set[str] = set()
        self.bound: dict[str, str] = {}
        self.receipts: list[str] = []
        self.shown = 0

    @rule(code=CODES, request=REQUESTS)
    def show(self, code: str, request: str | None) -> None:
        self.shown += 1
        receipt = f"R{self.shown}"

        outcome = self.store.verifications.record(showing(code, request, receipt=receipt))

        assert outcome is self._expected(code, request)
        if outcome is Recorded.FIRST:
            self.burned.add(code)
            self.receipts.append(receipt)
            if request is not None:
                self.bound[request] = code

    def _expected(self, code: str, request: str | None) -> Recorded:
        if request in self.bound:
            same = self.bound[request] == code
            return Recorded.REPEATED if same else Recorded.REQUEST_ID_REUSED
        return Recorded.BURNED if code in self.burned else Recorded.FIRST

    @rule()
    def prune_before_the_end(self) -> None:
        assert prune(self.store.engine, NOON, Retention()).total == 0

    @precondition(lambda self: self.burned)
    @rule()
    def prune_after_the_end(self) -> None:
        later = type(NOON)(NOON + 1)

        pruned = prune(self.store.engine, later, Retention())

        assert (pruned.rows["burn"], pruned.rows["request"]) == (len(self.burned), len(self.bound))
        self.burned.clear()
        self.bound.clear()

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = Store.open(self.url, synchronous="NORMAL")

    @invariant()
    def tables_hold_what_the_model_holds(self) -> None:
        assert counts(self.store) == (len(self.burned), len(self.bound), len(self.receipts))
        assert count(self.store, "refusal") == 0
        for request, code in self.bound.items():
            answer = self.store.verifications.stored_answer(tag(request))
            assert answer is not None
            assert answer.code_tag == tag(code)
        if self.receipts:
            assert self.store.verifications.find(ReceiptId(self.receipts[-1])) is not None

    def teardown(self) -> None:
        self.store.close()
        self.directory.cleanup()


Showings.TestCase.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
TestShowings = Showings.TestCase
