"""What the ledger is told when a partner's row is stored: told from the rows themselves.

So no way of changing a partner, by hand or by a cycle, can leave its entry out; a cycle that
brings a newer statement and no other keys is none.
"""

from collections.abc import Iterable
from itertools import chain

from gateway.ids import KeyId, Timestamp
from gateway.ledger.entries import Note
from gateway.trust.record import AgreementRecord
from gateway.trust.states import PartnerState
from gateway.trust.trusted_city import TrustedCity

HINT_CHARS = 8
"""So much of a key id is shown everywhere; the whole one is in the statements."""

Known = tuple[AgreementRecord, TrustedCity]


def partner_note(
    before: Known | None, after: Known, now: Timestamp, officer: str = ""
) -> Note | None:
    """Return the note of what changed, None if that is nothing that trust rests on.

    Args:
        before: None for a partner of whom nothing was known.
        after: What is stored now.
        now: When.
        officer: Who acts, where the records do not tell it themselves.
    """
    record, city = after
    if before is None:
        return _note("partner.added", officer, record, now, leaf=record.pins.leaf)
    old, old_city = before
    if record.state is not old.state:
        return _moved(record, now)
    if len(record.confirmations) > len(old.confirmations):
        return _note("partner.compared", record.confirmations[-1].officer, record, now)
    if old.challenge is not None and record.challenge is None:
        return _note("partner.comparison_void", old.challenge.officer, record, now)
    restored = old_city.history.suspended_anchor - city.history.suspended_anchor
    if restored:
        return _note("partner.anchor_restored", officer, record, now, key=_hints(restored))
    decided = _decided(old, record, now, officer)
    return decided or _keys(old_city, city, record, now)


def _decided(
    old: AgreementRecord, record: AgreementRecord, now: Timestamp, officer: str
) -> Note | None:
    """Return the note of what officers decided besides the state."""
    if record.ratified_by and not old.ratified_by:
        return _note("partner.stop_ratified", record.ratified_by, record, now)
    note = _anchors(old, record, now, officer) or _blocks(old, record, now, officer)
    if note is None and record != old:
        # An officer who asks for groups, of the first pair or a new one, has decided nothing.
        asked = (record.challenge, record.repin) != (old.challenge, old.repin)
        by = officer or record.decided_by
        return None if asked else _note("partner.changed", by, record, now)
    return note


def _blocks(
    old: AgreementRecord, record: AgreementRecord, now: Timestamp, officer: str
) -> Note | None:
    for kid, block in record.blocked.items():
        key, before = kid[:HINT_CHARS], old.blocked.get(kid)
        if before is None:
            by, why, since = block.decision.officer, block.decision.reason, block.since
            return _note("partner.key_blocked", by, record, now, key=key, since=since, reason=why)
        if before != block:
            by = block.decision.ratified_by
            return _note("partner.block_ratified", by, record, now, key=key)
    gone = _hints(kid for kid in old.blocked if kid not in record.blocked)
    return _note("partner.key_unblocked", officer, record, now, key=gone) if gone else None


def _anchors(
    old: AgreementRecord, record: AgreementRecord, now: Timestamp, officer: str
) -> Note | None:
    """Return the note of what became of the anchor keys, pinned or being compared."""
    before, after = old.pins.anchor_kids, record.pins.anchor_kids
    if before != after:
        gone, come = _hints(before - after), _hints(after - before)
        return _note("partner.repinned", officer, record, now, appeared=come, vanished=gone)
    if record.removed_anchor != old.removed_anchor:
        key = _hints(record.removed_anchor - old.removed_anchor)
        return _note("partner.anchor_removed", officer, record, now, key=key)
    if record.repin == old.repin:
        return None
    done = len(record.repin.confirmations) if record.repin else 0
    had = old.repin.confirmations if old.repin else ()
    if done > len(had):
        return _note("partner.new_pair_compared", officer, record, now)
    if old.repin and old.repin.challenge and record.repin and not record.repin.challenge:
        return _note("partner.new_pair_void", officer, record, now)
    return None


def _moved(record: AgreementRecord, now: Timestamp) -> Note:
    if record.state is PartnerState.CONFIRMED:
        return _note("partner.confirmed", record.confirmations[-1].officer, record, now)
    facts: dict[str, str | int] = {"reason": record.reason} if record.reason else {}
    if record.state is PartnerState.ACTIVE and record.until is not None:
        facts |= {"until": record.until, "scenarios": " ".join(sorted(record.scenarios))[:512]}
    return _note(f"partner.{record.state}", record.decided_by, record, now, **facts)


def _keys(
    old: TrustedCity, new: TrustedCity, record: AgreementRecord, now: Timestamp
) -> Note | None:
    before, after = _live(old), _live(new)
    stopped = old.issuing_allowed() != new.issuing_allowed()
    if before == after and not stopped:
        return None
    return _note(
        "partner.keys_changed",
        "",
        record,
        now,
        appeared=_hints(after - before),
        vanished=_hints(before - after),
        issuing=int(new.issuing_allowed()),
    )


def _live(city: TrustedCity) -> frozenset[KeyId]:
    suspended = city.history.suspended_anchor
    anchors = (kid for kid in city.pins.anchor_kids if kid not in suspended)
    return frozenset(chain(city.live_federation(), city.live_code(), anchors))


def _hints(kids: Iterable[KeyId]) -> str:
    return " ".join(sorted(kid[:HINT_CHARS] for kid in kids))


def _note(
    act: str, officer: str, record: AgreementRecord, now: Timestamp, **facts: str | int
) -> Note:
    return Note(act=act, actor=_actor(officer), target=record.pins.anchor, at=now, facts=facts)


def _actor(officer: str) -> str:
    if not officer:
        return "city"
    return officer if officer.startswith(("staff:", "console:")) else f"officer:{officer}"
