"""How a member of staff gets in: password and second factor, or the office's OpenID provider.

A wrong account, password or code is one refusal that takes one time. Hashing is slow by intent
and takes 64 MiB (RFC 9106), so only few run at once. Attempts are not counted here: whoever asks
for ``sign_in`` bounds them first, by account and by address, as ``web/pages/staff/sign_in`` does.
"""

import base64
import binascii
import hmac
import re
import secrets
import threading
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Protocol

import argon2
from pyotp import random_base32
from pyotp.totp import TOTP

from gateway.errors import RefusedError, UnavailableError
from gateway.ids import Timestamp
from gateway.ledger.entries import Note
from gateway.services.access import token_hash
from gateway.services.audit import Acting
from gateway.services.errors import UnauthorizedError
from gateway.services.staff import Account, is_account_id, subject_tag
from gateway.services.tags import SealError, seal, unseal

SESSION_S: Final = 8 * 3600
"""A working day; then one signs in again."""

MIN_PASSWORD_CHARS: Final = 12
MAX_PASSWORD_CHARS: Final = 128
STEP_S: Final = 30
"""RFC 6238, 5.2."""

FORM_S: Final = 30 * 60
"""Time to find the phone and to think of a password."""

_HASHINGS_AT_ONCE: Final = 2
_WAIT_S: Final = 5.0
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_CODE: Final = re.compile(r"[0-9]{6}")
_RANDOM_BYTES: Final = 32
_END_BYTES: Final = 8


class StaffSignInRefusedError(RefusedError):
    """Account, password or code are not right; which one is not told."""

    code = "staff_sign_in_refused"


class StaffLinkSpentError(RefusedError):
    """The link was used, is over a day old, or was never made; which one is not told."""

    code = "staff_link_spent"


class StaffFormEndedError(RefusedError):
    """The form was drawn over half an hour ago, or not here."""

    code = "staff_form_ended"


class WeakPasswordError(RefusedError):
    """The password is too short, too long, or the account's own id."""

    code = "staff_password_weak"


class WrongCodeError(RefusedError):
    """The code is not the one that the second factor shows now."""

    code = "staff_code_wrong"


class BusyError(UnavailableError):
    """Too many people sign in at this moment."""

    code = "staff_busy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a local account signs in with.

    Attributes:
        password: Argon2id, in the PHC form.
        sealed_totp: The second factor's secret (RFC 6238), sealed for this account.
    """

    account: Account
    password: str = field(repr=False)
    sealed_totp: bytes = field(repr=False)


class StaffAccessRows(Protocol):
    """Keeps credentials and sessions."""

    def credentials(self, account_id: str) -> Credentials | None:
        """Return those of an open local account."""
        ...

    def use_step(self, account_id: str, step: int) -> bool:
        """Record a step of the second factor; return whether it is later than all before."""
        ...

    def by_subject(self, tag: bytes) -> Account | None:
        """Return the open account that the staff provider calls so."""
        ...

    def link_owner(self, secret_hash: bytes, now: Timestamp) -> Account | None:
        """Return whose link this is, if it is good still."""
        ...

    def set_credentials(
        self, secret_hash: bytes, password: str, sealed_totp: bytes, step: int, note: Note
    ) -> bool:
        """Spend a link, store what its owner chose and end all sessions; False if spent.

        ``step`` of the second factor counts as used. All of it is one transaction.
        """
        ...

    def add_session(self, token_hash: bytes, account_id: str, expires_at: Timestamp) -> None:
        """Store a session."""
        ...

    def session(self, token_hash: bytes, now: Timestamp) -> Account | None:
        """Return the open account of a session that has not expired."""
        ...

    def end_session(self, token_hash: bytes) -> bool:
        """Delete a session; return whether it was there."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactor:
    """A fresh second factor, on its way to somebody's phone.

    Attributes:
        sealed: Comes back with the form, within ``FORM_S``; nothing else opens with its key.
        uri: What an authenticator app reads, as a QR code or by hand.
    """

    secret: str = field(repr=False)
    sealed: str = field(repr=False)
    uri: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffAccess:
    """Lets members of staff in, and knows them again.

    Attributes:
        seal_key: 32 bytes, outside the database; ``subject_key`` likewise.
        city: Shown in the authenticator app.
    """

    rows: StaffAccessRows
    seal_key: bytes = field(repr=False)
    subject_key: bytes = field(repr=False)
    city: str
    hasher: argon2.PasswordHasher = field(default_factory=argon2.PasswordHasher)
    _turns: threading.Semaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(_HASHINGS_AT_ONCE)
    )

    def new_factor(self, now: Timestamp) -> SecondFactor:
        """Return a fresh second factor; it counts once its first code came back."""
        secret = random_base32()
        ends_at = (now + FORM_S).to_bytes(_END_BYTES, "big")
        sealed = seal(self._form_key, ends_at + secret.encode("ascii"))
        uri = TOTP(secret).provisioning_uri(name="staff", issuer_name=self.city)
        return SecondFactor(
            secret=secret, sealed=base64.urlsafe_b64encode(sealed).decode("ascii"), uri=uri
        )

    def opened_factor(self, sealed: str, now: Timestamp) -> SecondFactor:
        """Return the factor that ``new_factor`` sealed.

        Raises:
            StaffFormEndedError: it was not sealed for a form here, or over ``FORM_S`` ago.
        """
        try:
            raw = base64.urlsafe_b64decode(sealed.encode("ascii"))
            plain = unseal(self._form_key, raw)
        except (SealError, binascii.Error, UnicodeError) as error:
            raise StaffFormEndedError("the form is not one of ours") from error
        if now >= int.from_bytes(plain[:_END_BYTES], "big"):
            raise StaffFormEndedError("the form was drawn over half an hour ago")
        secret = plain[_END_BYTES:].decode("ascii")
        uri = TOTP(secret).provisioning_uri(name="staff", issuer_name=self.city)
        return SecondFactor(secret=secret, sealed=sealed, uri=uri)

    def enrol(
        self, link: str, password: str, factor: SecondFactor, code: str, now: Timestamp
    ) -> Account:
        """Set password and second factor with a link, which is spent by it.

        Whoever was signed in to the account is signed out, and ``code`` signs nobody in.

        Raises:
            StaffLinkSpentError: it cannot be used.
            WeakPasswordError: the password will not do; the link stays good.
            WrongCodeError: the phone shows another code; the link stays good.
            BusyError: try again.
        """
        digest = token_hash(link)
        owner = self.rows.link_owner(digest, now) if _TOKEN.fullmatch(link) else None
        if owner is None:
            raise StaffLinkSpentError("the link cannot be used")
        if not MIN_PASSWORD_CHARS <= len(password) <= MAX_PASSWORD_CHARS or owner.id in password:
            raise WeakPasswordError(f"{MIN_PASSWORD_CHARS} to {MAX_PASSWORD_CHARS} characters")
        step = _step_of(factor.secret, code, now)
        if step is None:
            raise WrongCodeError("the phone shows another code")
        sealed = seal(self._row_key(owner.id), factor.secret.encode("ascii"))
        note = Acting(by=f"staff:{owner.id}", at=now).note("staff.credentials_set", owner.id)
        if not self.rows.set_credentials(digest, self._hashed(password), sealed, step, note):
            raise StaffLinkSpentError("the link cannot be used")
        return owner

    def sign_in(self, account_id: str, password: str, code: str, now: Timestamp) -> str:
        """Return the token of a new session.

        Raises:
            StaffSignInRefusedError: nobody is signed in.
            BusyError: try again.
        """
        # (1) Is there such an account? If not, an unknown one is tried, for the same time.
        known = self.rows.credentials(account_id) if is_account_id(account_id) else None
        stored = known.password if known else _nobodys(self.hasher)
        # (2) Is it the password?
        right = self._verified(stored, password[:MAX_PASSWORD_CHARS]) and known is not None
        # (3) Is it the code of this half minute, or of the one before or after?
        step = self._step(known, code, now)
        # (4) Last, since it writes: was this code not used before?
        if not right or known is None or step is None:
            raise StaffSignInRefusedError("account, password or code are not right")
        if not self.rows.use_step(known.account.id, step):
            raise StaffSignInRefusedError("account, password or code are not right")
        return self._start(known.account, now)

    def sign_in_subject(self, subject: str, now: Timestamp) -> str:
        """Return the token of a new session for whom the staff provider vouches.

        Raises:
            StaffSignInRefusedError: no open account belongs to this person.
        """
        account = self.rows.by_subject(subject_tag(self.subject_key, subject))
        if account is None:
            raise StaffSignInRefusedError("no account belongs to this person")
        return self._start(account, now)

    def authenticate(self, token: str, now: Timestamp) -> Account:
        """Return who is signed in.

        Raises:
            UnauthorizedError: it is no session, or its time is over.
        """
        account = self.rows.session(token_hash(token), now) if _TOKEN.fullmatch(token) else None
        if account is None:
            raise UnauthorizedError("no session has this token")
        return account

    def end(self, token: str) -> bool:
        """End one session; return whether there was one."""
        return self.rows.end_session(token_hash(token))

    # A form hands its secret to whoever sends it, so no row may open like one, nor like another's.
    @property
    def _form_key(self) -> bytes:
        return hmac.digest(self.seal_key, b"enrolment form", "sha256")

    def _row_key(self, account_id: str) -> bytes:
        return hmac.digest(self.seal_key, f"second factor of {account_id}".encode(), "sha256")

    def _start(self, account: Account, now: Timestamp) -> str:
        token = secrets.token_urlsafe(_RANDOM_BYTES)
        self.rows.add_session(token_hash(token), account.id, Timestamp(now + SESSION_S))
        return token

    def _step(self, known: Credentials | None, code: str, now: Timestamp) -> int | None:
        if known is None:
            return None
        try:
            secret = unseal(self._row_key(known.account.id), known.sealed_totp).decode("ascii")
        except SealError:
            return None
        return _step_of(secret, code, now)

    def _hashed(self, password: str) -> str:
        if not self._turns.acquire(timeout=_WAIT_S):
            raise BusyError("too many at once")
        try:
            return self.hasher.hash(password)
        finally:
            self._turns.release()

    def _verified(self, stored: str, password: str) -> bool:
        if not self._turns.acquire(timeout=_WAIT_S):
            raise BusyError("too many at once")
        try:
            return self.hasher.verify(stored, password)
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False
        finally:
            self._turns.release()


@cache
def _nobodys(hasher: argon2.PasswordHasher) -> str:
    """Return the hash of a password that nobody knows."""
    return hasher.hash(secrets.token_urlsafe(_RANDOM_BYTES))


def _step_of(secret: str, code: str, now: Timestamp) -> int | None:
    """Return the step whose code this is: the present one, or a neighbour (RFC 6238, 5.2)."""
    if not _CODE.fullmatch(code):
        return None
    totp, present = TOTP(secret, interval=STEP_S), now // STEP_S
    for step in (present, present - 1, present + 1):
        if secrets.compare_digest(totp.generate_otp(step), code):
            return step
    return None
