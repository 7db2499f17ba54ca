"""When an anchor key of an accepted partner is lost, stolen or replaced (docs/federation.md).

A pinned key that its city stops announcing is suspended at once, by ``cycle``. What follows is
for people: two officers make that permanent (``unpinned``) or undo it (``restored``); and a new
pair, announced under the pinned key that stays, is compared like the first one (``asked_anew``,
``answered_anew``) before it takes the place of the old. A key that was taken out never returns.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.ids import KeyId, Timestamp
from gateway.jose.keys import PublicKey
from gateway.trust.confirmation import Verdict, answered, challenged
from gateway.trust.errors import AnchorKeysError, ConfirmationError, RepinError
from gateway.trust.record import ANCHOR_KEYS, AgreementRecord, Repin
from gateway.trust.states import FOLLOWED_STATES, PartnerState
from gateway.trust.trusted_city import Role, TrustedCity

Known = tuple[AgreementRecord, TrustedCity]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredAnew:
    """A verdict, and the partner as it is to be stored because of it."""

    verdict: Verdict
    record: AgreementRecord
    city: TrustedCity


def new_pair(record: AgreementRecord, city: TrustedCity, now: Timestamp) -> tuple[PublicKey, ...]:
    """Return the two anchor keys that a partner announces, of which one is pinned.

    Both statements of the anchor must stand under the pinned key that stays: whoever holds only
    the key that vanished cannot bring a new one.

    Raises:
        RepinError: there is no new pair to compare, or it cannot be believed yet.
        AnchorKeysError: it announces not exactly two keys.
    """
    _check_followed(record)
    if city.anchor is None or not city.counts(Role.ANCHOR, now):
        raise RepinError("no anchor configuration that counts; sync first")
    pair = city.anchor.statement.keys
    if len(pair) != ANCHOR_KEYS:
        raise AnchorKeysError("an anchor to pin announces exactly K1 and K1s")
    standing = record.pins.anchor_kids - city.history.suspended_anchor
    announced = frozenset(key.kid for key in pair)
    stays, new = announced & standing, announced - record.pins.anchor_kids
    if len(stays) != 1 or len(new) != 1:
        raise RepinError(
            "no new anchor key is announced beside one that is pinned; nothing to compare"
        )
    if new & record.removed_anchor:
        raise RepinError("this key was taken out before, and never returns")
    if not city.counts(Role.SUBORDINATE, now) or _signer(city) not in stays:
        raise RepinError("its statement on its leaf is not signed by the key that stays yet")
    return pair


def asked_anew(
    record: AgreementRecord, city: TrustedCity, officer: str, draw: Sequence[int], now: Timestamp
) -> AgreementRecord:
    """Return the record with a challenge for ``officer`` over the new pair.

    The rules are those of first contact (``confirmation.challenged``); a pair that is announced
    in place of the one that was being compared begins anew.

    Raises:
        RepinError, AnchorKeysError: as ``new_pair``.
        ConfirmationError: no name, or the officer already compared three groups.
    """
    pair = new_pair(record, city, now)
    asked = challenged(_as_candidate(record, pair), officer, draw)
    repin = Repin(keys=pair, challenge=asked.challenge, confirmations=asked.confirmations)
    return replace(record, repin=repin)


def answered_anew(
    record: AgreementRecord,
    city: TrustedCity,
    officer: str,
    answers: Sequence[str],
    now: Timestamp,
) -> AnsweredAnew:
    """Return what three answers about the new pair led to; two officers replace the pins.

    Raises:
        RepinError, AnchorKeysError: as ``new_pair``.
        ConfirmationError: this officer was not asked about this pair, or these are not three
            groups of five digits.
    """
    pair = new_pair(record, city, now)
    if record.repin is None or record.repin.keys != pair:
        raise ConfirmationError("this officer was not asked about these keys")
    done = answered(_as_candidate(record, pair), officer, answers, now)
    after = done.record
    repin = Repin(keys=pair, challenge=after.challenge, confirmations=after.confirmations)
    if done.verdict is not Verdict.CONFIRMED:
        return AnsweredAnew(verdict=done.verdict, record=replace(record, repin=repin), city=city)
    pins = replace(record.pins, anchor_keys=pair)
    gone = record.pins.anchor_kids - pins.anchor_kids
    pinned = replace(record, pins=pins, repin=None, removed_anchor=record.removed_anchor | gone)
    return AnsweredAnew(verdict=done.verdict, record=pinned, city=replace(city, pins=pins))


def unpinned(record: AgreementRecord, city: TrustedCity, kid: KeyId) -> Known:
    """Return the partner with a pinned key taken out for ever; what it signed no longer counts.

    Raises:
        RepinError: it is not pinned, was taken out before, or would leave no key standing.
    """
    _check_followed(record)
    if kid not in record.pins.anchor_kids or kid in record.removed_anchor:
        raise RepinError("no pinned key of this id")
    if not record.pins.anchor_kids - city.history.suspended_anchor - {kid}:
        raise RepinError("it is the last key that stands; restore the other, or remove the partner")
    return (
        replace(record, removed_anchor=record.removed_anchor | {kid}),
        _suspending(city, city.history.suspended_anchor | {kid}),
    )


def restored(record: AgreementRecord, city: TrustedCity, kid: KeyId) -> Known:
    """Return the partner with a suspended key that counts again.

    Raises:
        RepinError: it is not suspended, or was taken out for ever.
    """
    _check_followed(record)
    if kid in record.removed_anchor:
        raise RepinError("this key was taken out before, and never returns")
    if kid not in record.pins.anchor_kids & city.history.suspended_anchor:
        raise RepinError("no pinned key of this id is suspended")
    return record, _suspending(city, city.history.suspended_anchor - {kid})


def _check_followed(record: AgreementRecord) -> None:
    if record.state not in FOLLOWED_STATES:
        raise RepinError("the partner was not accepted, or has left")


def _signer(city: TrustedCity) -> KeyId | None:
    return city.subordinate.kid if city.subordinate else None


def _suspending(city: TrustedCity, kids: frozenset[KeyId]) -> TrustedCity:
    return replace(city, history=replace(city.history, suspended_anchor=kids))


def _as_candidate(record: AgreementRecord, pair: tuple[PublicKey, ...]) -> AgreementRecord:
    """Return the partner as if its new pair were compared for the first time."""
    repin = record.repin if record.repin and record.repin.keys == pair else Repin(keys=pair)
    return replace(
        record,
        state=PartnerState.CANDIDATE,
        pins=replace(record.pins, anchor_keys=pair),
        challenge=repin.challenge,
        confirmations=repin.confirmations,
    )
