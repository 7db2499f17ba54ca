"""Accounts, sign-in and four eyes: the services on real databases."""

import base64
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import argon2
import pytest
from pyotp.totp import TOTP
from sqlalchemy import text

from gateway.errors import GatewayError, RefusedError, UnavailableError, VaultError
from gateway.ids import Timestamp
from gateway.services.audit import Acting
from gateway.services.errors import UnauthorizedError
from gateway.services.ports import ConflictError
from gateway.services.proposal_ports import (
    LIFE_S,
    MAX_OPEN,
    UNDER_WAY_S,
    OwnProposalError,
    Proposal,
    ProposalClosedError,
    ProposalRefusedError,
    ProposalState,
    UnknownProposalError,
)
from gateway.services.proposals import FourEyes
from gateway.services.staff import (
    LINK_S,
    AccountRefusedError,
    LastAdministratorError,
    ManageStaff,
    StaffRole,
    UnknownAccountError,
    roles_of,
)
from gateway.services.staff_access import (
    FORM_S,
    SESSION_S,
    STEP_S,
    SecondFactor,
    StaffAccess,
    StaffFormEndedError,
    StaffLinkSpentError,
    StaffSignInRefusedError,
    WeakPasswordError,
    WrongCodeError,
)
from gateway.storage.store import Store
from tests.storage.rows import NOON, at_once

KEY = bytes(range(32))
PASSWORD = "correct horse battery"
OPERATOR, APPROVER = frozenset({StaffRole.OPERATOR}), frozenset({StaffRole.APPROVER})
CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def acting(by: str = "console:root", seconds: int = 0) -> Acting:
    return Acting(by=by, at=after(seconds))


def after(seconds: int) -> Timestamp:
    return Timestamp(NOON + seconds)


def desk(store: Store) -> ManageStaff:
    return ManageStaff(rows=store.staff, subject_key=KEY)


def access(store: Store) -> StaffAccess:
    return StaffAccess(
        rows=store.staff_access, seal_key=KEY, subject_key=KEY, city="湖州", hasher=CHEAP
    )


def code(factor: SecondFactor, seconds: int = 0) -> str:
    return str(TOTP(factor.secret, interval=STEP_S).generate_otp(after(seconds) // STEP_S))


def wrong(right: str) -> str:
    return f"{(int(right) + 1) % 1_000_000:06d}"


def colleague(
    store: Store, account_id: str = "lin", roles: frozenset[StaffRole] = OPERATOR
) -> SecondFactor:
    """Make an account that can sign in from the next half minute on."""
    desk(store).add(account_id, "林 (illustrative)", roles, acting())
    link, _ = desk(store).link(account_id, acting())
    factor = access(store).new_factor(NOON)
    access(store).enrol(link, PASSWORD, factor, code(factor), NOON)
    return factor


def acts(store: Store) -> list[str]:
    return [each.act for each in store.ledger.read()]


# --- accounts


def test_an_account_is_what_was_asked_for(store: Store) -> None:
    made = desk(store).add("lin", "林", roles_of("operator, auditor"), acting())

    assert store.staff.get("lin") == made
    assert store.staff.list_all() == (made,)
    assert made.roles == {StaffRole.OPERATOR, StaffRole.AUDITOR}
    assert (made.local, made.linked) == (False, False)
    assert acts(store) == ["staff.added"]


REFUSED: dict[str, tuple[str, str, frozenset[StaffRole]]] = {
    "an id of one letter": ("l", "Lin", OPERATOR),
    "an id that is too long": ("l" * 33, "Lin", OPERATOR),
    "an id with a capital": ("Lin", "Lin", OPERATOR),
    "no name": ("lin", "", OPERATOR),
    "a name that is too long": ("lin", "x" * 41, OPERATOR),
    "a name with a control character": ("lin", "L\nin", OPERATOR),
    "no role": ("lin", "Lin", frozenset()),
}


@pytest.mark.parametrize("what", REFUSED)
def test_an_account_that_is_not_allowed_is_refused(store: Store, what: str) -> None:
    with pytest.raises(AccountRefusedError):
        desk(store).add(*REFUSED[what], acting())

    assert (store.staff.list_all(), acts(store)) == ((), [])


def test_a_role_that_there_is_not_is_refused() -> None:
    with pytest.raises(AccountRefusedError, match="operator, approver, auditor, county"):
        roles_of("operator admin")


def test_an_id_and_a_person_are_taken_once(store: Store) -> None:
    desk(store).add("lin", "Lin", OPERATOR, acting(), subject="illustrative-1")

    with pytest.raises(ConflictError):
        desk(store).add("lin", "Other", OPERATOR, acting())
    with pytest.raises(ConflictError):
        desk(store).add("lin2", "Lin again", APPROVER, acting(), subject="illustrative-1")

    assert acts(store) == ["staff.added"]


def test_a_persons_name_at_the_provider_is_nowhere_in_the_clear(store: Store) -> None:
    desk(store).add("lin", "Lin", OPERATOR, acting(), subject="illustrative-1")

    with store.engine.connect() as connection:
        rows = str(connection.execute(text("SELECT * FROM staff_account")).all())
        entries = str(connection.execute(text("SELECT * FROM ledger_entry")).all())
    assert "illustrative-1" not in rows + entries


def test_closing_an_account_ends_everything_of_it_and_keeps_its_id(store: Store) -> None:
    factor = colleague(store)
    token = access(store).sign_in("lin", PASSWORD, code(factor, 60), after(60))
    link, _ = desk(store).link("lin", acting())

    desk(store).set_roles("lin", frozenset(), acting())

    with pytest.raises(UnauthorizedError):
        access(store).authenticate(token, after(60))
    with pytest.raises(StaffSignInRefusedError):
        access(store).sign_in("lin", PASSWORD, code(factor, 120), after(120))
    with pytest.raises(StaffLinkSpentError):
        access(store).enrol(link, PASSWORD, factor, code(factor, 120), after(120))
    with pytest.raises(UnknownAccountError):
        desk(store).link("lin", acting())
    with pytest.raises(ConflictError):
        desk(store).add("lin", "Another Lin", OPERATOR, acting())
    closed = store.staff.get("lin")
    assert closed is not None
    assert (closed.roles, closed.local) == (frozenset(), False)


def test_other_roles_end_the_sessions_that_had_the_old_ones(store: Store) -> None:
    factor = colleague(store)
    token = access(store).sign_in("lin", PASSWORD, code(factor, 60), after(60))

    desk(store).set_roles("lin", frozenset({StaffRole.AUDITOR}), acting())

    with pytest.raises(UnauthorizedError):
        access(store).authenticate(token, after(60))


OFFICES: dict[str, tuple[dict[str, str], str, str, bool]] = {
    "the only approver closed": ({"lin": "operator", "wu": "approver"}, "wu", "", False),
    "the only operator closed": ({"lin": "operator", "wu": "approver"}, "lin", "", False),
    "the only approver made auditor": (
        {"lin": "operator", "wu": "approver"},
        "wu",
        "auditor",
        False,
    ),
    "one person left for both": (
        {"lin": "operator approver", "wu": "approver"},
        "wu",
        "",
        False,
    ),
    "one of two approvers closed": (
        {"lin": "operator", "wu": "approver", "he": "approver"},
        "wu",
        "",
        True,
    ),
    "two who are both left": (
        {"lin": "operator approver", "wu": "operator approver", "he": "approver"},
        "he",
        "",
        True,
    ),
    "the auditor closed": (
        {"lin": "operator", "wu": "approver", "he": "auditor"},
        "he",
        "",
        True,
    ),
    "an approver closed beside one who never enrolled": (
        {"lin": "operator", "wu": "approver", "new-he": "approver"},
        "wu",
        "",
        False,
    ),
    "an operator closed beside one who never enrolled": (
        {"lin": "operator", "wu": "approver", "new-he": "operator"},
        "lin",
        "",
        False,
    ),
    "an approver who never enrolled closed": (
        {"lin": "operator", "wu": "approver", "new-he": "approver"},
        "new-he",
        "",
        True,
    ),
    "an office whose approver has not enrolled yet": (
        {"lin": "operator", "new-he": "approver"},
        "new-he",
        "",
        True,
    ),
    "an office that was never whole": ({"lin": "operator", "wu": "auditor"}, "lin", "", True),
}


@pytest.mark.parametrize("what", OFFICES)
def test_the_last_who_could_act_together_stay(store: Store, what: str) -> None:
    office, whom, roles, allowed = OFFICES[what]
    for account_id, spelling in office.items():
        subject = None if account_id.startswith("new-") else account_id
        desk(store).add(account_id, account_id, roles_of(spelling), acting(), subject)
    before = (store.staff.list_all(), len(acts(store)))

    if allowed:
        desk(store).set_roles(whom, roles_of(roles), acting())
        assert (store.staff.get(whom) or before[0][0]).roles == roles_of(roles)
    else:
        with pytest.raises(LastAdministratorError):
            desk(store).set_roles(whom, roles_of(roles), acting())
        assert (store.staff.list_all(), len(acts(store))) == before


def test_two_who_close_each_other_at_once_do_not_both_succeed(store: Store) -> None:
    desk(store).add("lin", "Lin", OPERATOR, acting(), "illustrative-1")
    for account_id in ("wu", "he"):
        desk(store).add(account_id, account_id, APPROVER, acting(), account_id)

    def close(account_id: str) -> bool:
        try:
            desk(store).set_roles(account_id, frozenset(), acting())
        except LastAdministratorError:
            return False
        return True

    done = at_once([lambda: close("wu"), lambda: close("he")])

    assert sorted(done) == [False, True]


# --- links, passwords, second factors


def test_a_colleague_enrols_and_signs_in(store: Store) -> None:
    factor = colleague(store)

    token = access(store).sign_in("lin", PASSWORD, code(factor, 60), after(60))

    account = access(store).authenticate(token, after(60 + SESSION_S - 1))
    assert (account.id, account.local) == ("lin", True)
    with pytest.raises(UnauthorizedError):
        access(store).authenticate(token, after(60 + SESSION_S))
    assert acts(store) == ["staff.added", "staff.link_made", "staff.credentials_set"]


def test_the_code_that_enrolled_signs_nobody_in(store: Store) -> None:
    factor = colleague(store)

    with pytest.raises(StaffSignInRefusedError):
        access(store).sign_in("lin", PASSWORD, code(factor), NOON)
    assert access(store).sign_in("lin", PASSWORD, code(factor, STEP_S), after(STEP_S))


def test_new_credentials_end_the_sessions_of_the_old_ones_and_of_nobody_else(store: Store) -> None:
    old, hers = colleague(store), colleague(store, "wu")
    token = access(store).sign_in("lin", PASSWORD, code(old, 60), after(60))
    another = access(store).sign_in("wu", PASSWORD, code(hers, 60), after(60))
    link, _ = desk(store).link("lin", acting())
    assert access(store).authenticate(token, after(60)).id == "lin"

    factor = access(store).new_factor(NOON)
    access(store).enrol(link, "another password", factor, code(factor, 60), after(60))

    with pytest.raises(UnauthorizedError):
        access(store).authenticate(token, after(60))
    assert access(store).authenticate(another, after(60)).id == "wu"
    with pytest.raises(StaffSignInRefusedError):
        access(store).sign_in("lin", PASSWORD, code(old, 120), after(120))


def test_signing_out_ends_the_session(store: Store) -> None:
    factor = colleague(store)
    token = access(store).sign_in("lin", PASSWORD, code(factor, 60), after(60))

    assert access(store).end(token)
    assert not access(store).end(token)
    for odd in (token, "x", ""):
        with pytest.raises(UnauthorizedError):
            access(store).authenticate(odd, after(60))


SIGN_INS: dict[str, Callable[[SecondFactor], tuple[str, str, str]]] = {
    "another password": lambda factor: ("lin", PASSWORD + "!", code(factor, 60)),
    "no password": lambda factor: ("lin", "", code(factor, 60)),
    "an endless password": lambda factor: ("lin", PASSWORD * 1000, code(factor, 60)),
    "an unknown account": lambda factor: ("wu", PASSWORD, code(factor, 60)),
    "no account": lambda factor: ("", PASSWORD, code(factor, 60)),
    "another code": lambda factor: ("lin", PASSWORD, wrong(code(factor, 60))),
    "a code of a minute ago": lambda factor: ("lin", PASSWORD, code(factor, 0)),
    "a code of the next minute": lambda factor: ("lin", PASSWORD, code(factor, 120)),
    "no code": lambda _: ("lin", PASSWORD, ""),
    "a code in other digits": lambda _: ("lin", PASSWORD, "\uff11\uff12\uff13\uff14\uff15\uff16"),
}


@pytest.mark.parametrize("what", SIGN_INS)
def test_nobody_gets_in_with(store: Store, what: str) -> None:
    factor = colleague(store)

    with pytest.raises(StaffSignInRefusedError, match="account, password or code"):
        access(store).sign_in(*SIGN_INS[what](factor), after(60))


@pytest.mark.parametrize("seconds", [30, 60, 90])
def test_a_code_of_a_neighbouring_half_minute_will_do(store: Store, seconds: int) -> None:
    factor = colleague(store)

    assert access(store).sign_in("lin", PASSWORD, code(factor, seconds), after(60))


def test_a_code_is_good_once_and_none_before_it_afterwards(store: Store) -> None:
    factor = colleague(store)
    access(store).sign_in("lin", PASSWORD, code(factor, 60), after(60))

    for seconds in (60, 30):
        with pytest.raises(StaffSignInRefusedError):
            access(store).sign_in("lin", PASSWORD, code(factor, seconds), after(60))
    assert access(store).sign_in("lin", PASSWORD, code(factor, 90), after(60))


def test_a_code_read_over_a_shoulder_opens_one_session_at_most(store: Store) -> None:
    factor = colleague(store)

    def attempt() -> bool:
        try:
            return bool(access(store).sign_in("lin", PASSWORD, code(factor, 60), after(60)))
        except StaffSignInRefusedError:
            return False

    assert sorted(at_once([attempt] * 4)) == [False, False, False, True]


def test_a_second_factor_moved_from_another_key_opens_nothing(store: Store) -> None:
    factor = colleague(store)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE staff_account SET sealed_totp = subject"))
        connection.execute(
            text("UPDATE staff_account SET sealed_totp = :junk"), {"junk": bytes(60)}
        )

    with pytest.raises(StaffSignInRefusedError):
        access(store).sign_in("lin", PASSWORD, code(factor, 60), after(60))


def test_a_link_is_good_for_a_day_and_once(store: Store) -> None:
    desk(store).add("lin", "Lin", OPERATOR, acting())
    link, expires_at = desk(store).link("lin", acting())
    factor = access(store).new_factor(NOON)

    assert expires_at == after(LINK_S)
    with pytest.raises(StaffLinkSpentError):
        access(store).enrol(link, PASSWORD, factor, code(factor, LINK_S), after(LINK_S))
    late = LINK_S - 1
    access(store).enrol(link, PASSWORD, factor, code(factor, late), after(late))
    with pytest.raises(StaffLinkSpentError):
        access(store).enrol(link, PASSWORD, factor, code(factor, late), after(late))


def test_a_newer_link_ends_the_older_one(store: Store) -> None:
    desk(store).add("lin", "Lin", OPERATOR, acting())
    older, _ = desk(store).link("lin", acting())
    newer, _ = desk(store).link("lin", acting())
    factor = access(store).new_factor(NOON)

    with pytest.raises(StaffLinkSpentError):
        access(store).enrol(older, PASSWORD, factor, code(factor), NOON)
    assert access(store).enrol(newer, PASSWORD, factor, code(factor), NOON).id == "lin"


@pytest.mark.parametrize("password", ["x" * 11, "x" * 129, "this is lin, hello"])
def test_a_weak_password_is_refused_and_the_link_stays_good(store: Store, password: str) -> None:
    desk(store).add("lin", "Lin", OPERATOR, acting())
    link, _ = desk(store).link("lin", acting())
    factor = access(store).new_factor(NOON)

    with pytest.raises(WeakPasswordError):
        access(store).enrol(link, password, factor, code(factor), NOON)
    with pytest.raises(WrongCodeError):
        access(store).enrol(link, PASSWORD, factor, wrong(code(factor)), NOON)
    assert access(store).enrol(link, "x" * 12, factor, code(factor), NOON).id == "lin"


def test_a_factor_comes_back_only_as_it_was_sealed(store: Store) -> None:
    factor = access(store).new_factor(NOON)

    assert access(store).opened_factor(factor.sealed, NOON) == factor
    for odd in ("", "x", factor.sealed[:-8], "A" * len(factor.sealed), "信"):
        with pytest.raises(StaffFormEndedError):
            access(store).opened_factor(odd, NOON)


def test_a_factor_comes_back_within_half_an_hour(store: Store) -> None:
    factor = access(store).new_factor(NOON)

    assert access(store).opened_factor(factor.sealed, after(FORM_S - 1)) == factor
    with pytest.raises(StaffFormEndedError):
        access(store).opened_factor(factor.sealed, after(FORM_S))


def test_no_stored_second_factor_opens_like_one_of_a_form(store: Store) -> None:
    colleague(store)
    stored = store.staff_access.credentials("lin")
    assert stored is not None

    with pytest.raises(StaffFormEndedError):
        access(store).opened_factor(base64.urlsafe_b64encode(stored.sealed_totp).decode(), NOON)


def test_a_second_factor_moved_from_another_account_opens_nothing(store: Store) -> None:
    factor = colleague(store)
    colleague(store, "wu")
    move = (
        "UPDATE staff_account SET sealed_totp ="
        " (SELECT sealed_totp FROM staff_account WHERE id = 'lin') WHERE id = 'wu'"
    )
    with store.engine.begin() as connection:
        connection.execute(text(move))

    with pytest.raises(StaffSignInRefusedError):
        access(store).sign_in("wu", PASSWORD, code(factor, 60), after(60))
    assert access(store).sign_in("lin", PASSWORD, code(factor, 60), after(60))


def test_whom_the_staff_provider_vouches_for_gets_in_by_the_account(store: Store) -> None:
    desk(store).add("lin", "Lin", OPERATOR, acting(), subject="illustrative-1")

    token = access(store).sign_in_subject("illustrative-1", NOON)

    assert access(store).authenticate(token, NOON).id == "lin"
    with pytest.raises(StaffSignInRefusedError):
        access(store).sign_in_subject("illustrative-2", NOON)
    desk(store).set_roles("lin", frozenset(), acting())
    with pytest.raises(StaffSignInRefusedError):
        access(store).sign_in_subject("illustrative-1", NOON)


def test_of_1000_wrong_passwords_none_gets_in_and_the_right_one_still_does(store: Store) -> None:
    factor = colleague(store)
    door = access(store)

    for number in range(1000):
        with pytest.raises(StaffSignInRefusedError):
            door.sign_in("lin", f"wrong password {number}", code(factor, 60), after(60))

    assert door.sign_in("lin", PASSWORD, code(factor, 60), after(60))


@pytest.mark.parametrize("odd", ["", "a\0b", "Lin", "lin\n", "x" * 33, "信"])
def test_an_id_that_cannot_be_is_no_question_for_the_database(store: Store, odd: str) -> None:
    with pytest.raises(StaffSignInRefusedError):
        access(store).sign_in(odd, PASSWORD, "000000", NOON)
    with pytest.raises(UnknownAccountError):
        desk(store).link(odd, acting())
    with pytest.raises(UnknownAccountError):
        desk(store).set_roles(odd, OPERATOR, acting())
    with pytest.raises(UnknownProposalError):
        eyes(store, Gate()).find(odd)


# --- four eyes


@dataclass(slots=True)
class Gate:
    """An act that can be told to refuse."""

    done: list[str] = field(default_factory=list[str])
    refuses: bool = False
    fails: Exception | None = None
    is_in_force: bool = False

    def check(self, target: str, facts: Mapping[str, str | int], now: Timestamp) -> None:
        if self.refuses:
            raise RefusedError("not now")

    def is_done(self, target: str, facts: Mapping[str, str | int], now: Timestamp) -> bool:
        return self.is_in_force

    def perform(self, proposal: Proposal, acting: Acting) -> None:
        if self.fails is not None:
            raise self.fails
        self.done.append(f"{proposal.target} {acting.by}")


LIN, WU = "staff:lin", "staff:wu"
FACTS: Mapping[str, str | int] = {"scenarios": "lodging.hotel", "until": 5}


def eyes(store: Store, gate: Gate) -> FourEyes:
    return FourEyes(rows=store.proposals, acts={"partner.accept": gate}, seal_key=KEY)


def proposed(store: Store, gate: Gate, target: str = "jiaxing", seconds: int = 0) -> Proposal:
    return eyes(store, gate).propose("partner.accept", target, FACTS, acting(LIN, seconds))


def test_one_proposes_another_approves_and_then_it_happens(store: Store) -> None:
    gate = Gate()
    proposal = proposed(store, gate)
    assert gate.done == []

    approved = eyes(store, gate).approve(proposal.id, acting(WU, 60), proposal.digest)

    assert gate.done == ["jiaxing staff:wu"]
    assert approved.state is ProposalState.DONE
    (stored,) = store.proposals.newest(5)
    assert (stored.decided_by, stored.decided_at, dict(stored.facts)) == (WU, after(60), FACTS)
    assert stored.state is ProposalState.DONE
    assert acts(store) == ["proposal.made", "proposal.approved", "proposal.done"]


OWN = ["staff:lin", "officer:lin", "officer:LIN", "officer: Lin ", "staff:\uff4c\uff49\uff4e"]


@pytest.mark.parametrize("by", OWN)
def test_nobody_approves_an_own_request_under_any_spelling(store: Store, by: str) -> None:
    gate = Gate()
    proposal = proposed(store, gate)

    with pytest.raises(OwnProposalError):
        eyes(store, gate).approve(proposal.id, acting(by), proposal.digest)

    assert gate.done == []
    assert eyes(store, gate).open(NOON) == (proposal,)


def test_an_own_request_may_be_taken_back(store: Store) -> None:
    gate = Gate()
    proposal = proposed(store, gate)

    assert eyes(store, gate).reject(proposal.id, acting(LIN)).state is ProposalState.REJECTED

    with pytest.raises(ProposalClosedError):
        eyes(store, gate).approve(proposal.id, acting(WU), proposal.digest)
    assert gate.done == []


def test_a_proposal_ends_by_itself(store: Store) -> None:
    gate = Gate()
    proposal = proposed(store, gate)

    with pytest.raises(ProposalClosedError):
        eyes(store, gate).approve(proposal.id, acting(WU, LIFE_S), proposal.digest)
    assert eyes(store, gate).newest(after(LIFE_S))[0].state is ProposalState.EXPIRED
    assert not store.proposals.decide(
        proposal.id, ProposalState.APPROVED, WU, acting(WU, LIFE_S).note("a.b", "c")
    )
    eyes(store, gate).approve(proposal.id, acting(WU, LIFE_S - 1), proposal.digest)
    assert len(gate.done) == 1


def test_nothing_but_what_was_read_is_approved(store: Store) -> None:
    gate = Gate()
    read, proposal = proposed(store, gate, "hangzhou"), proposed(store, gate)

    with pytest.raises(ProposalRefusedError):
        eyes(store, gate).approve(proposal.id, acting(WU), read.digest)

    assert gate.done == []


CHANGED_BY_HAND: dict[str, str] = {
    "another proposer": "UPDATE proposal SET proposed_by = 'staff:he'",
    "another target": "UPDATE proposal SET target = 'hangzhou'",
    "other facts": "UPDATE proposal SET facts = '{\"until\"\\:6}'",
    "a longer life": "UPDATE proposal SET expires_at = expires_at + 1",
    "a later moment": "UPDATE proposal SET proposed_at = proposed_at + 1",
    "no seal": "UPDATE proposal SET seal = NULL",
}


@pytest.mark.parametrize("what", CHANGED_BY_HAND)
@pytest.mark.parametrize("by", [LIN, WU])
def test_what_a_hand_in_the_database_changed_is_approved_by_nobody(
    store: Store, what: str, by: str
) -> None:
    gate = Gate()
    proposal = proposed(store, gate)
    with store.engine.begin() as connection:
        connection.execute(text(CHANGED_BY_HAND[what]))
    (found,) = eyes(store, gate).open(NOON)

    with pytest.raises(ProposalRefusedError):
        eyes(store, gate).approve(proposal.id, acting(by), found.digest)

    assert gate.done == []


def test_a_seal_moved_from_another_proposal_counts_for_nothing(store: Store) -> None:
    gate = Gate()
    genuine, other = proposed(store, gate), proposed(store, gate, "hangzhou")
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE proposal SET seal = :seal"), {"seal": genuine.seal})

    with pytest.raises(ProposalRefusedError):
        eyes(store, gate).approve(other.id, acting(WU), other.digest)
    eyes(store, gate).approve(genuine.id, acting(WU), genuine.digest)
    assert gate.done == ["jiaxing staff:wu"]


def test_an_act_that_is_refused_at_once_is_not_proposed(store: Store) -> None:
    with pytest.raises(RefusedError):
        proposed(store, Gate(refuses=True))
    with pytest.raises(ProposalRefusedError):
        eyes(store, Gate()).propose("partner.marry", "jiaxing", {}, acting(LIN))

    assert store.proposals.newest(5) == ()


def test_the_same_is_not_proposed_twice(store: Store) -> None:
    gate = Gate()
    proposal = proposed(store, gate)

    with pytest.raises(ProposalRefusedError):
        proposed(store, gate)
    eyes(store, gate).reject(proposal.id, acting(WU))

    assert proposed(store, gate).id != proposal.id


def test_an_act_that_fails_in_the_end_is_written_down(store: Store) -> None:
    gate = Gate()
    proposal = proposed(store, gate)
    gate.fails = GatewayError("not any more")

    with pytest.raises(GatewayError):
        eyes(store, gate).approve(proposal.id, acting(WU), proposal.digest)

    assert eyes(store, gate).newest(NOON)[0].state is ProposalState.FAILED
    assert acts(store) == ["proposal.made", "proposal.approved", "proposal.failed"]
    with pytest.raises(ProposalClosedError):
        eyes(store, gate).approve(proposal.id, acting(WU), proposal.digest)


INTERRUPTIONS: dict[str, Exception] = {
    "a database that is gone": UnavailableError("gone"),
    "a bug": ZeroDivisionError(),
    "a vault that is gone": VaultError("gone"),
}


def interrupted(store: Store, gate: Gate, by: Exception) -> Proposal:
    """Return a proposal that was approved at noon, and whose act never came back."""
    proposal = proposed(store, gate)
    gate.fails = by
    with pytest.raises(type(by)):
        eyes(store, gate).approve(proposal.id, acting(WU), proposal.digest)
    gate.fails = None
    return proposal


@pytest.mark.parametrize("what", INTERRUPTIONS)
def test_what_was_interrupted_is_seen_and_finished_by_an_approver(store: Store, what: str) -> None:
    gate = Gate()
    proposal = interrupted(store, gate, INTERRUPTIONS[what])
    late = acting("staff:he", UNDER_WAY_S)

    (waiting,) = eyes(store, gate).open(late.at)
    finished = eyes(store, gate).approve(proposal.id, late, waiting.digest)

    assert waiting.state is ProposalState.UNFINISHED
    assert gate.done == ["jiaxing staff:he"]
    assert finished.state is ProposalState.DONE
    assert eyes(store, gate).open(late.at) == ()
    assert acts(store)[1:] == ["proposal.approved", "proposal.taken_up", "proposal.done"]


def test_what_had_happened_before_its_process_died_does_not_happen_twice(store: Store) -> None:
    gate = Gate()
    proposal = interrupted(store, gate, ZeroDivisionError())
    gate.is_in_force = True

    finished = eyes(store, gate).approve(proposal.id, acting(WU, UNDER_WAY_S), proposal.digest)

    assert finished.state is ProposalState.DONE
    assert gate.done == []


def test_what_is_being_done_is_not_done_again_meanwhile(store: Store) -> None:
    gate = Gate()
    proposal = interrupted(store, gate, ZeroDivisionError())
    just_before = acting(WU, UNDER_WAY_S - 1)

    assert eyes(store, gate).open(just_before.at) == ()
    with pytest.raises(ProposalClosedError):
        eyes(store, gate).approve(proposal.id, just_before, proposal.digest)
    note = just_before.note("proposal.taken_up", proposal.id)
    assert not store.proposals.take_up(proposal.id, WU, note)
    assert eyes(store, gate).newest(just_before.at)[0].state is ProposalState.APPROVED


def test_an_unfinished_act_takes_another_person_too_and_is_not_taken_back(store: Store) -> None:
    gate = Gate()
    proposal = interrupted(store, gate, ZeroDivisionError())

    with pytest.raises(OwnProposalError):
        eyes(store, gate).approve(proposal.id, acting(LIN, UNDER_WAY_S), proposal.digest)
    with pytest.raises(ProposalClosedError):
        eyes(store, gate).reject(proposal.id, acting(WU, UNDER_WAY_S))
    assert gate.done == []


def test_an_unfinished_act_ends_by_itself(store: Store) -> None:
    gate = Gate()
    proposal = interrupted(store, gate, ZeroDivisionError())

    assert eyes(store, gate).open(after(LIFE_S)) == ()
    assert eyes(store, gate).newest(after(LIFE_S))[0].state is ProposalState.EXPIRED
    with pytest.raises(ProposalClosedError):
        eyes(store, gate).approve(proposal.id, acting(WU, LIFE_S), proposal.digest)
    late = acting(WU, LIFE_S).note("proposal.taken_up", proposal.id)
    assert not store.proposals.take_up(proposal.id, WU, late)


def test_of_two_who_finish_at_once_one_does(store: Store) -> None:
    gate, ready = Gate(), threading.Barrier(2)
    proposal = interrupted(store, gate, ZeroDivisionError())

    def finish(by: str) -> bool:
        ready.wait(60)
        try:
            eyes(store, gate).approve(proposal.id, acting(by, UNDER_WAY_S), proposal.digest)
        except ProposalClosedError:
            return False
        return True

    assert sorted(at_once([lambda: finish(WU), lambda: finish("staff:he")])) == [False, True]
    assert len(gate.done) == 1


def test_what_is_done_stays_done_though_another_attempt_was_refused(store: Store) -> None:
    gate = Gate()
    proposal = interrupted(store, gate, ZeroDivisionError())
    note = acting(WU).note("proposal.failed", proposal.id)

    for state, stands in (
        (ProposalState.FAILED, ProposalState.FAILED),
        (ProposalState.DONE, ProposalState.DONE),
        (ProposalState.FAILED, ProposalState.DONE),
    ):
        store.proposals.finish(proposal.id, state, note)
        assert eyes(store, gate).find(proposal.id).state is stands


def test_what_waits_is_found_however_much_was_decided_since(store: Store) -> None:
    gate = Gate()
    first = proposed(store, gate)
    for number in range(MAX_OPEN + 20):
        other = proposed(store, gate, f"city-{number}", 1)
        eyes(store, gate).reject(other.id, acting(WU, 1))

    assert eyes(store, gate).open(after(2)) == (first,)
    with pytest.raises(ProposalRefusedError):
        proposed(store, gate, seconds=2)


def test_only_so_many_wait_at_once(store: Store) -> None:
    gate = Gate()
    for number in range(MAX_OPEN):
        proposed(store, gate, f"city-{number}")

    with pytest.raises(ProposalRefusedError):
        proposed(store, gate, "one-more")
    assert len(eyes(store, gate).open(NOON)) == MAX_OPEN
    assert proposed(store, gate, "one-more", LIFE_S).target == "one-more"


def test_of_two_who_propose_the_same_at_once_one_does(store: Store) -> None:
    ready = threading.Barrier(2)
    elsewhere = Store.open(
        store.engine.url.render_as_string(hide_password=False), ledger_key=bytes(range(32))
    )

    def propose(at: Store) -> bool:
        ready.wait(60)
        try:
            proposed(at, Gate())
        except ProposalRefusedError:
            return False
        return True

    try:
        assert sorted(at_once([lambda: propose(store), lambda: propose(elsewhere)])) == [
            False,
            True,
        ]
    finally:
        elsewhere.close()
    assert len(eyes(store, Gate()).open(NOON)) == 1
    assert acts(store) == ["proposal.made"]


def test_of_two_who_approve_at_once_one_does(store: Store) -> None:
    gate, ready = Gate(), threading.Barrier(2)
    proposal = proposed(store, gate)

    def approve(by: str) -> bool:
        ready.wait(60)
        try:
            eyes(store, gate).approve(proposal.id, acting(by), proposal.digest)
        except ProposalClosedError:
            return False
        return True

    assert sorted(at_once([lambda: approve(WU), lambda: approve("staff:he")])) == [False, True]
    assert len(gate.done) == 1


def test_a_proposal_that_there_is_not_is_decided_by_nobody(store: Store) -> None:
    with pytest.raises(UnknownProposalError):
        eyes(store, Gate()).approve("00000000", acting(WU), "")
    with pytest.raises(UnknownProposalError):
        eyes(store, Gate()).reject("00000000", acting(WU))
