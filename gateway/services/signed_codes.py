"""From a text to claims and the live key that signed them: steps 0 to 4 of verifying."""

from typing import Protocol

from gateway.codes import reading
from gateway.codes.claims import CreditClaims
from gateway.codes.errors import NewerFormError, NotACodeError
from gateway.codes.wire import UnverifiedCode
from gateway.errors import CodeError
from gateway.ids import CityId, Timestamp
from gateway.policy.agreement import Agreement
from gateway.services.verdicts import Hint, Outcome, Presentation, Refusal
from gateway.trust.keyring import CodeKey, Issuer, Keyring


class TrustSource(Protocol):
    """Gives the newest checked keyring of this process."""

    @property
    def keyring(self) -> Keyring:
        """The keyring in force; immutable."""
        ...


def read_code(shown: Presentation, *, plain_jws: bool) -> UnverifiedCode:
    """Return the code that a text spells, unverified.

    Raises:
        Refusal: it is none, or of a newer form.
    """
    try:
        if plain_jws and shown.text.startswith("ey"):
            return reading.read_jws(shown.text)
        return reading.read(shown.text)
    except NewerFormError as error:
        raise Refusal(Outcome.NOT_A_CODE, error.code, Hint.UPDATE) from error
    except NotACodeError as error:
        raise Refusal(Outcome.NOT_A_CODE, error.code) from error


def issuer_of(city: CityId, keyring: Keyring, agreement: Agreement) -> Issuer:
    """Return the home city as it is known here.

    Raises:
        Refusal: it was never a member, or nothing is known of it.
    """
    issuer = keyring.issuer(city)
    if issuer is not None:
        return issuer
    if agreement.member(city) is not None:
        raise Refusal(Outcome.PRESENT_AGAIN, "no_key")
    raise Refusal(Outcome.NOT_A_CODE, "not_a_member", Hint.NOT_A_MEMBER)


def signed_by(code: UnverifiedCode, issuer: Issuer, now: Timestamp) -> tuple[CreditClaims, CodeKey]:
    """Return the claims and the live key of ``issuer`` that signed them.

    Raises:
        Refusal: no key of this city has the hint, none is usable now, or none fits.
    """
    reason = "no_key"
    for key in issuer.candidates(code.hint):
        if not key.usable(now):
            reason = "key_not_usable"
            continue
        try:
            return reading.verify(code, key.public), key
        except CodeError as error:
            reason = error.code
    raise Refusal(Outcome.PRESENT_AGAIN, reason)
