"""What the trust floor refuses, by name. docs/federation.md lists what an officer does."""

from datetime import datetime

from gateway.clock import CHINA
from gateway.errors import TrustError


class EntityIdError(TrustError):
    """A text is no entity identifier of this profile."""

    code = "trust_entity_id"


class WrongEntityError(TrustError):
    """A statement is by or about another entity than the one that was asked for."""

    code = "trust_wrong_entity"


class CriticalClaimError(TrustError):
    """A statement has a ``crit`` member; this profile knows none, not even an empty one."""

    code = "trust_crit"


class MetadataPolicyError(TrustError):
    """A statement has a metadata policy, or metadata where its kind has none."""

    code = "trust_metadata_policy"


class HintsError(TrustError):
    """``authority_hints`` are not exactly what this kind of statement has."""

    code = "trust_authority_hints"


class EndpointError(TrustError):
    """An endpoint in the metadata is not the one derived from the entity identifier."""

    code = "trust_endpoint"


class MetadataError(TrustError):
    """Metadata is missing, or has a member of the wrong form."""

    code = "trust_metadata"


class LifeTooLongError(TrustError):
    """A statement is made to live longer than its kind may."""

    code = "trust_life_too_long"


class FromFutureError(TrustError):
    """A statement was issued more than a minute from now."""

    code = "trust_from_future"


class ExpiredError(TrustError):
    """A statement is at or past its end."""

    code = "trust_expired"


class NoKeysError(TrustError):
    """A statement has an empty set of keys where one must sign."""

    code = "trust_no_keys"


class KeyRoleError(TrustError):
    """One key has two roles within one city, now or in the past."""

    code = "trust_key_in_two_roles"


class TooManyKeysError(TrustError):
    """A city has announced more keys in all than are remembered for one city."""

    code = "trust_too_many_keys"


class UnknownSignerError(TrustError):
    """A statement is signed by a key that may not sign it."""

    code = "trust_unknown_signer"


class SuspendedSignerError(TrustError):
    """A statement is signed by a pinned anchor key that its city stopped announcing."""

    code = "trust_suspended_signer"


class DeadSignerError(TrustError):
    """A statement is signed by a federation key that was removed before."""

    code = "trust_dead_signer"


class ChainIncompleteError(TrustError):
    """The statement above is missing, expired or no longer counts; this one was not checked."""

    code = "trust_chain_incomplete"


class RollbackError(TrustError):
    """A statement is older than the trusted one and was never accepted."""

    code = "trust_rollback"

    def __init__(self, trusted: int, offered: int) -> None:
        super().__init__(f"trusted iat {trusted}, offered {offered}")
        self.trusted, self.offered = trusted, offered


class EquivocationError(TrustError):
    """Two different statements of one city have the same ``iat``."""

    code = "trust_equivocation"


class DivisionChangedError(TrustError):
    """A city announces another division code than the one in its record."""

    code = "trust_division_changed"


class DivisionTakenError(TrustError):
    """A division code is our own, or that of another partner."""

    code = "trust_division_taken"


class NotAMemberError(TrustError):
    """The agreement names no city with this entity."""

    code = "trust_not_a_member"


class DivisionForeignError(TrustError):
    """A city announces another division code than the agreement gives it."""

    code = "trust_division_foreign"


class IssuerDroppedError(TrustError):
    """A city that issues codes announces itself without ``credit_code_issuer``."""

    code = "trust_issuer_dropped"


class PartnerRowTamperedError(TrustError):
    """A stored partner row is not what this city signed; the partner is not used."""

    code = "trust_partner_row_tampered"


class TransitionError(TrustError):
    """A partner cannot go from the state that it is in to the one asked for.

    Attributes:
        present: The state that the partner is in.
        wanted: The state asked for.
    """

    code = "trust_transition"

    def __init__(self, present: str, wanted: str) -> None:
        super().__init__(f"a partner that is {present} cannot become {wanted}")
        self.present, self.wanted = present, wanted


class ConfirmationError(TrustError):
    """A step of comparing the safety number is out of order."""

    code = "trust_confirmation"


class RatificationError(TrustError):
    """There is nothing to ratify, or it is the officer who decided that would ratify it."""

    code = "trust_ratification"


class RepinError(TrustError):
    """An anchor key of a partner cannot be pinned, taken out or restored now."""

    code = "trust_repin"


class RecordError(TrustError):
    """What officers want to agree is not of the documented form."""

    code = "trust_record"


class PinsFileError(TrustError):
    """A file of public pins is not of the documented form."""

    code = "trust_pins_file"


class AnchorKeysError(TrustError):
    """An anchor to be pinned has not exactly two keys, the active and the standby one."""

    code = "trust_anchor_keys"


class BundleError(TrustError):
    """A trust bundle is not of the documented form."""

    code = "trust_bundle"


class KeyTooYoungError(TrustError):
    """The next code key has not been published for 48 hours.

    Attributes:
        ready_at: When it will have been; None while it is not published at all.
    """

    code = "key_too_young"

    def __init__(self, ready_at: int | None) -> None:
        said = "is not published yet"
        if ready_at is not None:
            begins = datetime.fromtimestamp(ready_at, CHINA)
            said = f"may take over from {begins:%Y-%m-%d %H:%M} in China on"
        super().__init__(f"the next code key {said}; partners would hold it down")
        self.ready_at = ready_at


class SuccessorUnnamedError(TrustError):
    """The anchor's statement does not name the federation key that would take over."""

    code = "key_successor_unnamed"


class UnknownKeyError(TrustError):
    """This city has no key of this id."""

    code = "key_unknown"


class KeyGoneError(TrustError):
    """The key was removed; that cannot be done twice, and not undone."""

    code = "key_gone"


class KeyReasonError(TrustError):
    """A key is revoked for a reason in plain text, which the ledger keeps."""

    code = "key_reason"


class AnchorKeyError(TrustError):
    """An anchor key cannot be changed like this, or is not this city's."""

    code = "key_anchor"


class AnchorFileError(TrustError):
    """A file between a gateway and its anchor is not of the documented form."""

    code = "anchor_file"


class AnchorRequestError(TrustError):
    """An anchor does not sign what it is asked for; the message says why."""

    code = "anchor_request"


class AnchorAnswerError(TrustError):
    """What an anchor signed is not for this city now; what was there stays in force.

    Attributes:
        refusal: The code under which partners would refuse it, or ours.
    """

    code = "anchor_answer"

    def __init__(self, refusal: str, why: str) -> None:
        super().__init__(f"{why} ({refusal}); nothing was changed")
        self.refusal = refusal
