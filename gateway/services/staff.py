"""Members of the city's credit office: accounts, roles, and how an account comes and goes.

How they sign in is in ``staff_access``. An account is never deleted: without a role it is closed,
and its id stays taken, so that the ledger keeps naming one person by it.
"""

import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, Protocol

from gateway.errors import RefusedError
from gateway.ids import Timestamp
from gateway.ledger.entries import Note
from gateway.services.access import token_hash
from gateway.services.audit import Acting
from gateway.trust import wording

LINK_S: Final = 24 * 3600
"""A new colleague has a day to set password and second factor."""

MAX_NAME_CHARS: Final = 40

_ID: Final = re.compile(r"[a-z][a-z0-9-]{1,31}")
_SECRET_BYTES: Final = 32


class StaffRole(StrEnum):
    """What a member of staff may do."""

    OPERATOR = "operator"
    """Runs the day: merchants, devices, partners; proposes what needs two."""
    APPROVER = "approver"
    """Is the second person."""
    AUDITOR = "auditor"
    """Reads everything, changes nothing."""
    COUNTY = "county"
    """County officer: merchants and devices only."""


class AccountRefusedError(RefusedError):
    """An account cannot be made or changed as described; the message says what is allowed."""

    code = "staff_refused"


class UnknownAccountError(RefusedError):
    """There is no account of this id."""

    code = "staff_unknown"


class LastAdministratorError(RefusedError):
    """Afterwards no operator and another person as approver would be left to act together."""

    code = "staff_last_administrator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A member of staff.

    Attributes:
        id: What the ledger calls the person; 2 to 32 of a-z, 0-9 and -.
        name: As colleagues know the person.
        roles: Empty is closed.
        local: Whether password and second factor are set.
        linked: Whether the staff provider vouches for the person.
    """

    id: str
    name: str
    roles: frozenset[StaffRole]
    local: bool = False
    linked: bool = False
    created_at: Timestamp


class StaffRows(Protocol):
    """Keeps accounts and the links that open them."""

    def add(self, account: Account, subject: bytes | None, note: Note) -> None:
        """Store an account.

        Raises:
            ConflictError: the id or the subject is taken.
        """
        ...

    def get(self, account_id: str) -> Account | None:
        """Return one account."""
        ...

    def list_all(self) -> tuple[Account, ...]:
        """Return every account, by id."""
        ...

    def set_roles(self, account_id: str, roles: frozenset[StaffRole], note: Note) -> bool:
        """Store roles, end the account's sessions; return whether there is such an account.

        Without a role, password, second factor, subject and links go as well.

        Raises:
            LastAdministratorError: by ``check_office``, of what would be left; nothing changed.
        """
        ...

    def add_link(
        self, account_id: str, secret_hash: bytes, expires_at: Timestamp, note: Note
    ) -> None:
        """Store a link of an account in place of its older ones."""
        ...


def check_office(accounts: Sequence[Account]) -> None:
    """Raise ``LastAdministratorError`` if these accounts could not act by four eyes.

    Who has never set a password, and for whom no provider vouches, acts for nobody. An office
    that has had no operator or no approver so far is still being set up.
    """
    able = [each for each in accounts if each.local or each.linked]
    operators = {each.id for each in able if StaffRole.OPERATOR in each.roles}
    approvers = {each.id for each in able if StaffRole.APPROVER in each.roles}
    if not operators or not approvers or len(operators | approvers) == 1:
        raise LastAdministratorError("an operator and another approver must be left")


def is_whole(accounts: Sequence[Account]) -> bool:
    """Return whether these accounts can act by four eyes."""
    try:
        check_office(accounts)
    except LastAdministratorError:
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class ManageStaff:
    """The use cases around accounts.

    Attributes:
        subject_key: 32 bytes, outside the database.
    """

    rows: StaffRows
    subject_key: bytes = field(repr=False)

    def add(
        self,
        account_id: str,
        name: str,
        roles: frozenset[StaffRole],
        acting: Acting,
        subject: str | None = None,
    ) -> Account:
        """Make an account.

        Args:
            account_id: Public name.
            name: For colleagues.
            roles: At least one.
            acting: By whom.
            subject: ``sub`` at the staff provider, stored as a keyed hash only.

        Raises:
            AccountRefusedError: a value that is not allowed.
            ConflictError: the id or the subject is taken.
        """
        if not is_account_id(account_id):
            raise AccountRefusedError("an id is 2 to 32 of a-z, 0-9 and -, beginning with a letter")
        if not 1 <= len(name) <= MAX_NAME_CHARS or not wording.is_plain(name):
            raise AccountRefusedError(f"a name is 1 to {MAX_NAME_CHARS} plain characters")
        if not roles:
            raise AccountRefusedError("an account has at least one role")
        account = Account(
            id=account_id,
            name=name,
            roles=roles,
            linked=subject is not None,
            created_at=acting.at,
        )
        note = acting.note("staff.added", account_id, roles=spelled(roles), name=name)
        tag = None if subject is None else subject_tag(self.subject_key, subject)
        self.rows.add(account, tag, note)
        return account

    def link(self, account_id: str, acting: Acting) -> tuple[str, Timestamp]:
        """Return the secret of a link with which the person sets password and second factor.

        Good once, for a day; links given out before end.

        Raises:
            UnknownAccountError: there is no such account, or it is closed.
        """
        self.find_open(account_id)
        secret, expires_at = secrets.token_urlsafe(_SECRET_BYTES), Timestamp(acting.at + LINK_S)
        note = acting.note("staff.link_made", account_id)
        self.rows.add_link(account_id, token_hash(secret), expires_at, note)
        return secret, expires_at

    def set_roles(
        self, account_id: str, roles: frozenset[StaffRole], acting: Acting, because: str = ""
    ) -> Account:
        """Give an account other roles; none closes it. Its sessions end.

        Raises:
            UnknownAccountError: there is no such account, or it is closed.
            LastAdministratorError: nobody could act by four eyes any more.
        """
        account = self.find_open(account_id)
        act = "staff.roles_changed" if roles else "staff.closed"
        facts = {"before": spelled(account.roles), "after": spelled(roles), "reason": because}
        self.rows.set_roles(account_id, roles, acting.note(act, account_id, **facts))
        return replace(account, roles=roles)

    def find_open(self, account_id: str) -> Account:
        """Return an account that is not closed.

        Raises:
            UnknownAccountError: there is none of this id.
        """
        account = self.rows.get(account_id) if is_account_id(account_id) else None
        if account is None or not account.roles:
            raise UnknownAccountError("there is no open account of this id")
        return account


def is_account_id(text: str) -> bool:
    """Return whether an account may have this id; no other text is asked of a database."""
    return _ID.fullmatch(text) is not None


def spelled(roles: frozenset[StaffRole]) -> str:
    """Return roles as they are stored: sorted, separated by one space."""
    return " ".join(sorted(roles))


def roles_of(spelling: str) -> frozenset[StaffRole]:
    """Return the roles that a text spells.

    Raises:
        AccountRefusedError: one of them is none.
    """
    try:
        return frozenset(map(StaffRole, spelling.replace(",", " ").split()))
    except ValueError as error:
        allowed = ", ".join(StaffRole)
        raise AccountRefusedError(f"a role is none; allowed: {allowed}") from error


def subject_tag(key: bytes, subject: str) -> bytes:
    """Return what is stored of a provider's name for a person."""
    return hmac.digest(key, subject.encode("utf-8"), "sha256")
