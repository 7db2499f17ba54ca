import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

import pytest

from gateway.errors import GatewayError, UnavailableError
from gateway.ids import CityId, EntityId, Timestamp
from gateway.jose import jws
from gateway.jose.keys import generate
from gateway.services.trust_ports import Contact, PartnerRow
from gateway.services.trust_view import TrustView
from gateway.trust.errors import PartnerRowTamperedError
from gateway.trust.states import PartnerState
from gateway.trust.trusted_city import Role
from tests.services.offices import (
    DAY,
    HOTEL,
    NOON,
    MemoryNoted,
    MemoryRows,
    Office,
    at,
    office,
    two,
)

WENZHOU, JINHUA = CityId("330300"), CityId("330700")


def joined() -> tuple[Office, Office]:
    one, other = two()
    one.join(other)
    return one, other


def test_a_view_holds_the_own_city_its_partners_and_the_statements_to_serve() -> None:
    one, _ = joined()

    view = one.view()

    assert set(view.keyring.issuers) == {WENZHOU, JINHUA}
    assert view.keyring.own == JINHUA
    assert {role: served.token for role, served in view.statements.items()} == one.statements.tokens
    leaf = view.statements[Role.LEAF]
    assert leaf.etag == f'"{hashlib.sha256(leaf.token.encode()).hexdigest()}"'


def test_own_codes_are_verified_with_the_keys_of_the_own_statement() -> None:
    one, _ = two()

    own = one.view().keyring.issuer(JINHUA)

    assert own is not None
    assert [key.public for key in own.keys] == [one.k3.public, one.k3next.public]
    assert own.verifies(NOON)
    assert own.scenario_agreed(HOTEL)


def test_nothing_is_loaded_again_while_nothing_changes() -> None:
    one, _ = joined()
    view = one.view()
    before = view.snapshot

    assert not view.refresh(at(29))
    assert view.snapshot is before


def test_a_change_of_trust_is_in_force_after_one_refresh() -> None:
    one, other = joined()
    view = one.view()

    one.federation.suspend(other.leaf, "Li", "why", NOON)

    assert view.refresh(NOON)
    issuer = view.keyring.issuer(WENZHOU)
    assert issuer is not None
    assert issuer.state is PartnerState.SUSPENDED
    assert not view.refresh(NOON)


def test_a_new_own_statement_is_served_after_one_refresh() -> None:
    one, _ = two()
    view = one.view()
    old = view.statements[Role.LEAF].etag

    one.sign_leaf(at(1))

    assert view.refresh(at(1))
    assert view.statements[Role.LEAF].token == one.statements.tokens["leaf"]
    assert view.statements[Role.LEAF].etag != old


def test_a_row_edited_by_hand_takes_the_partner_out_with_an_alarm_and_leaves_the_rest() -> None:
    one, other = joined()
    third = office("330500", "huzhou", one.web)
    one.join(third)
    view = one.view()

    one.rows.rows[other.anchor] = replace(one.rows.rows[other.anchor], record="edited")
    one.revision.bump()

    assert view.refresh(NOON)
    assert view.keyring.issuer(WENZHOU) is None
    assert view.keyring.issuer(CityId("330500")) is not None
    assert view.snapshot.tampered == (other.anchor,)
    assert (other.anchor, "trust_partner_row_tampered", NOON) in one.rows.raised


def test_a_row_that_is_edited_and_put_back_is_used_again() -> None:
    one, other = joined()
    view, row = one.view(), one.rows.rows[other.anchor]
    known = list[bool]()

    for stored in (replace(row, memory="edited"), row):
        one.rows.rows[other.anchor] = stored
        one.revision.bump()
        view.refresh(NOON)
        known.append(view.keyring.issuer(WENZHOU) is not None)

    assert known == [False, True]


def _tampered(one: Office, view: TrustView, row: PartnerRow) -> bool:
    one.rows.rows[row.anchor_id] = row
    one.revision.bump()
    view.refresh(NOON)
    return row.anchor_id in view.snapshot.tampered


def test_an_old_record_beside_the_present_memory_does_not_undo_a_suspension() -> None:
    one, other = joined()
    old = one.rows.rows[other.anchor]
    one.federation.suspend(other.leaf, "Li", "why", NOON)
    present = one.rows.rows[other.anchor]

    for mixed in (
        replace(present, record=old.record),
        replace(present, memory=old.memory),
        replace(old, version=present.version),
        replace(present, version=present.version + 1),
    ):
        assert _tampered(one, one.view(), mixed)
        assert one.view().keyring.issuer(WENZHOU) is None
    assert (other.anchor, "trust_partner_row_tampered", NOON) in one.rows.raised


def test_a_whole_older_row_is_noticed_by_a_process_that_saw_a_newer_one() -> None:
    one, other = joined()
    old = one.rows.rows[other.anchor]
    one.federation.suspend(other.leaf, "Li", "why", NOON)
    present = one.rows.rows[other.anchor]
    view = one.view()

    put_back = _tampered(one, view, old)

    assert put_back
    assert view.keyring.issuer(WENZHOU) is None
    assert (other.anchor, "trust_partner_row_tampered", NOON) in one.rows.raised
    assert not _tampered(one, view, present)
    assert view.snapshot.partners[0].record.state is PartnerState.SUSPENDED


def _put_back(one: Office, other: Office) -> PartnerRow:
    """Suspend the partner, put the row from before back by hand, and return the right one."""
    old = one.rows.rows[other.anchor]
    one.federation.suspend(other.leaf, "Li", "why", NOON)
    present = one.rows.rows[other.anchor]
    one.rows.rows[other.anchor] = old
    one.revision.bump()
    return present


def test_an_older_row_is_refused_by_a_process_that_starts_afterwards() -> None:
    one, other = joined()
    present = _put_back(one, other)

    fresh = one.view()

    assert fresh.snapshot.tampered == (other.anchor,)
    assert fresh.keyring.issuer(WENZHOU) is None
    assert (other.anchor, "trust_partner_row_tampered", NOON) in one.rows.raised
    assert not _tampered(one, fresh, present)


def test_an_older_row_is_not_laundered_by_a_sync_that_signs_it_anew() -> None:
    one, other = joined()
    running = one.view()
    _put_back(one, other)
    other.sign_leaf(at(2 * DAY // 24))

    (report,) = one.federation.sync(at(2 * DAY // 24))

    assert report.problem == "trust_partner_row_tampered"
    assert len(one.rows.history) == one.noted.marks[other.anchor].version
    assert running.refresh(NOON)
    assert running.keyring.issuer(WENZHOU) is None


def test_no_command_acts_on_an_older_row() -> None:
    one, other = joined()
    _put_back(one, other)

    for act in (
        lambda: one.federation.suspend(other.leaf, "Li", "again", NOON),
        lambda: one.federation.add(other.leaf, NOON),
        lambda: one.book.find(other.anchor, NOON),
    ):
        with pytest.raises(PartnerRowTamperedError):
            act()
    assert [status.state for status in one.federation.status(NOON)] == [None]


def test_a_row_that_was_taken_away_is_tampering_and_is_not_begun_anew() -> None:
    one, other = joined()
    del one.rows.rows[other.anchor]

    assert one.view().snapshot.tampered == (other.anchor,)
    assert (other.anchor, "trust_partner_row_tampered", NOON) in one.rows.raised
    with pytest.raises(PartnerRowTamperedError):
        one.federation.add(other.leaf, NOON)


def test_a_row_that_is_newer_than_noted_is_noted_by_whoever_sees_it() -> None:
    one, other = joined()
    version = one.rows.rows[other.anchor].version
    one.noted.marks.clear()

    one.view()

    assert one.noted.marks[other.anchor].version == version


def test_without_what_is_noted_no_partner_is_used_and_nothing_is_decided() -> None:
    one, other = joined()
    view = one.view()
    one.noted.fails = GatewayError("cannot be read")
    one.revision.bump()

    assert view.refresh(NOON)
    assert view.keyring.issuer(WENZHOU) is None
    assert view.keyring.issuer(JINHUA) is not None
    assert view.snapshot.tampered == (other.anchor,)
    with pytest.raises(GatewayError, match="cannot be read"):
        one.federation.suspend(other.leaf, "Li", "why", NOON)


def test_a_directory_that_takes_no_note_keeps_no_suspension_from_taking_effect() -> None:
    one, other = joined()
    view = one.view()
    one.federation.suspend(other.leaf, "Li", "why", NOON)
    one.noted.marks.clear()
    one.noted.full = GatewayError("cannot be written")

    assert view.refresh(NOON)

    issuer = view.keyring.issuer(WENZHOU)
    assert issuer is not None
    assert issuer.state is PartnerState.SUSPENDED


def test_an_older_row_is_noticed_though_the_newer_one_was_deleted_first() -> None:
    one, other = joined()
    old = one.rows.rows[other.anchor]
    one.federation.suspend(other.leaf, "Li", "why", NOON)
    view = one.view()
    del one.rows.rows[other.anchor]
    one.revision.bump()
    view.refresh(NOON)

    assert _tampered(one, view, old)


def test_another_row_of_the_version_in_force_is_tampering() -> None:
    one, other = joined()
    old = one.rows.rows[other.anchor]
    one.federation.suspend(other.leaf, "Li", "why", NOON)
    suspended, view = one.rows.rows[other.anchor], one.view()
    # Somebody lets an officer decide again on the older row, at a machine that noted nothing.
    one.rows.rows[other.anchor] = old
    elsewhere = replace(one.federation, noted=MemoryNoted())
    elsewhere.suspend(other.leaf, "Li", "another reason", NOON)
    branched = one.rows.rows[other.anchor]

    assert branched.version == suspended.version
    assert _tampered(one, view, branched)
    assert one.view().snapshot.tampered == (other.anchor,)
    assert not _tampered(one, view, suspended)


def test_a_version_that_nobody_signed_keeps_no_good_row_out() -> None:
    one, other = joined()
    row, view = one.rows.rows[other.anchor], one.view()

    assert _tampered(one, view, replace(row, version=row.version + 100))
    assert not _tampered(one, view, row)


def test_a_process_on_a_machine_that_noted_nothing_cannot_tell() -> None:
    one, other = joined()
    old = one.rows.rows[other.anchor]
    one.federation.suspend(other.leaf, "Li", "why", NOON)

    one.rows.rows[other.anchor] = old
    one.noted = MemoryNoted()

    assert one.view().snapshot.tampered == ()


def test_an_own_leaf_that_the_database_made_up_is_neither_served_nor_believed() -> None:
    one, other = two()
    body = jws.read(one.statements.tokens["leaf"], typ="entity-statement+jwt", max_chars=10**5)
    one.statements.tokens["leaf"] = jws.sign(body.payload, other.k2, typ="entity-statement+jwt")

    view = one.view()

    assert Role.LEAF not in view.statements
    assert view.keyring.issuer(JINHUA) is None
    assert one.rows.raised == [(one.anchor, "trust_unknown_signer", NOON)]


def test_an_older_own_leaf_that_a_hand_put_back_brings_no_revoked_code_key_back() -> None:
    one, _ = two()
    old, fresh = one.statements.tokens["leaf"], generate().public
    one.sign_leaf(at(1), fresh)
    view = one.view(at(1))
    served = view.statements[Role.LEAF]

    one.statements.tokens["leaf"] = old
    one.revision.bump()

    assert view.refresh(at(2))
    home = view.keyring.issuer(JINHUA)
    assert home is not None
    assert [key.public for key in home.keys] == [fresh]
    assert view.statements[Role.LEAF] == served
    assert one.rows.raised == [(one.anchor, "trust_rollback", at(2))]


def test_an_own_statement_that_names_none_of_our_keys_is_not_served() -> None:
    one, other = two()
    stranger = replace(one.publish_anchor, federation=(other.k2.public, other.k2next.public))
    stranger.subordinate(at(1), clock_doubtful=False)

    assert set(one.view().statements) == {Role.ANCHOR, Role.LEAF}


def test_an_own_anchor_that_did_not_sign_itself_takes_the_statement_below_with_it() -> None:
    one, other = two()
    body = jws.read(one.statements.tokens["anchor"], typ="entity-statement+jwt", max_chars=10**5)
    one.statements.tokens["anchor"] = jws.sign(body.payload, other.k1, typ="entity-statement+jwt")

    assert set(one.view().statements) == {Role.LEAF}


def test_before_anything_was_published_there_is_nothing_to_serve() -> None:
    one, _ = two()
    one.statements.tokens.clear()

    view = one.view()

    assert view.statements == {}
    assert view.keyring.issuers == {}


def test_our_clock_is_doubtful_when_most_partners_say_so_and_no_longer_when_they_agree() -> None:
    one, _ = joined()
    third = office("330500", "huzhou", one.web)
    one.join(third)
    view = one.view()
    doubts = [view.keyring.clock_doubtful]
    one.web.skew_s = 300
    one.federation.sync(at(1))
    for seconds, changed in ((1, False), (5, True), (40, False), (700, True)):
        assert view.refresh(at(seconds)) is changed
        doubts.append(view.keyring.clock_doubtful)

    assert doubts == [False, False, True, True, False]
    assert (one.anchor, "trust_clock_doubtful", at(5)) in one.rows.raised


def test_a_poll_that_brings_nothing_new_moves_the_age_on_and_loads_nothing() -> None:
    one, other = joined()
    view = one.view()
    loaded = view.snapshot
    one.federation.sync(at(60))

    revision = one.revision.current()
    changed = [view.refresh(at(seconds)) for seconds in (4, 60)]

    assert (revision, changed) == (loaded.revision, [False, False])
    assert view.snapshot.partners[0].city is loaded.partners[0].city
    assert view.keyring.trust_age_s(at(70)) == 10
    assert view.snapshot.loaded_at == loaded.loaded_at
    assert view.keyring.issuer(other.division or CityId("")) is not None


def test_a_partner_heard_again_after_being_late_is_news_for_every_worker_at_once() -> None:
    one, other = joined()
    other.offline(Role.LEAF)
    one.federation.sync(at(11 * 60))
    before = one.revision.current()
    other.upload()

    one.federation.sync(at(11 * 60 + 1))

    assert one.revision.current() > before


def test_doubt_is_noticed_without_a_new_revision() -> None:
    one, other = joined()
    third = office("330500", "huzhou", one.web)
    one.join(third)
    view = one.view()
    for anchor in (other.anchor, third.anchor):
        contact: Contact = one.rows.contacts[anchor]
        one.rows.contacts[anchor] = replace(contact, clock_offset_s=-90, clock_sampled_at=at(2))

    assert not view.refresh(at(4))
    assert view.refresh(at(5))
    assert view.keyring.clock_doubtful
    assert set(view.keyring.issuers) == {WENZHOU, JINHUA, CityId("330500")}


def test_partners_without_a_date_are_no_witnesses() -> None:
    one, other = two()
    one.web.skew_s = None
    one.join(other)

    assert one.rows.contacts[other.anchor].clock_sampled_at is None
    assert not one.view().keyring.clock_doubtful


def test_a_sample_is_kept_when_a_later_answer_has_no_date() -> None:
    one, other = joined()
    one.web.skew_s = None

    one.federation.sync(at(60))

    assert one.rows.contacts[other.anchor].clock_sampled_at == NOON


def test_a_snapshot_runs_out_by_itself() -> None:
    one, _ = joined()
    view = one.view()

    issuer = view.keyring.issuer(WENZHOU)

    assert issuer is not None
    assert issuer.verifies(at(DAY - 1))
    assert not issuer.verifies(at(DAY))


class _GoneRows(MemoryRows):
    """A database that can be read no more, or takes no alarm."""

    readable = True

    def all(self) -> tuple[PartnerRow, ...]:
        if not self.readable:
            raise UnavailableError("gone")
        return super().all()

    def alarm(self, anchor_id: EntityId, code: str, at: Timestamp) -> None:
        raise UnavailableError("read-only")


class _OddText(str):  # noqa: SLOT000  (holds what it raises)
    """A text that brings out a bug in whoever touches it."""

    error: Exception

    def __format__(self, spec: str) -> str:
        raise self.error


class _HalfGoneRows(_GoneRows):
    """A database that goes away after the rows were read."""

    def all_contacts(self) -> Mapping[EntityId, Contact]:
        raise UnavailableError("gone")


@pytest.mark.parametrize("error", [TypeError("odd"), ValueError("odd"), RecursionError()])
def test_a_bug_that_one_row_brings_out_costs_that_partner_only(error: Exception) -> None:
    one, other = joined()
    third = office("330500", "huzhou", one.web)
    one.join(third)
    odd = _OddText("odd")
    odd.error = error
    one.rows.rows[third.anchor] = replace(one.rows.rows[third.anchor], record=odd)
    view = _view(one, one.rows)

    one.federation.suspend(other.leaf, "Li", "why", NOON)

    assert view.refresh(NOON)
    suspended = view.keyring.issuer(WENZHOU)
    assert suspended is not None
    assert suspended.state is PartnerState.SUSPENDED
    assert view.snapshot.tampered == (third.anchor,)
    assert (third.anchor, "trust_partner_row_tampered", NOON) in one.rows.raised


def test_a_row_that_is_no_text_costs_that_partner_only_in_a_sync_too() -> None:
    one, other = joined()
    third = office("330500", "huzhou", one.web)
    one.join(third)
    odd = replace(one.rows.rows[other.anchor], record=cast("str", b"\x00"))
    one.rows.rows[other.anchor] = odd

    reports = {report.anchor: report.problem for report in one.federation.sync(at(60))}
    (alone,) = one.federation.sync(at(60), other.leaf)

    assert reports == {other.anchor: "trust_partner_row_tampered", third.anchor: None}
    assert alone.problem == "trust_partner_row_tampered"
    assert one.view().snapshot.tampered == (other.anchor,)


def test_a_database_that_goes_away_between_two_rows_blames_no_partner() -> None:
    one, _ = joined()
    rows = _HalfGoneRows(one.revision)
    rows.rows, rows.raised = one.rows.rows, one.rows.raised

    with pytest.raises(UnavailableError):
        _view(one, rows)

    assert one.rows.raised == []


def _gone(one: Office) -> _GoneRows:
    rows = _GoneRows(one.revision)
    rows.rows, rows.contacts, rows.hashes = one.rows.rows, one.rows.contacts, one.rows.hashes
    return rows


def _view(one: Office, rows: MemoryRows) -> TrustView:
    return TrustView(
        leaf=one.leaf,
        division=one.division,
        federation_keys=lambda: (one.k2.public,),
        statements=one.statements,
        rows=rows,
        noted=one.noted,
        revision=one.revision,
        now=NOON,
    )


def test_the_old_snapshot_stays_in_force_while_the_database_is_gone() -> None:
    one, other = joined()
    rows = _gone(one)
    view = _view(one, rows)
    before = view.snapshot
    one.federation.suspend(other.leaf, "Li", "why", NOON)

    rows.readable = False
    with pytest.raises(UnavailableError):
        view.refresh(at(1))

    assert view.snapshot is before
    rows.readable = True
    assert view.refresh(at(2))


def test_a_new_own_key_is_taken_up_once_the_database_is_back() -> None:
    one, _ = joined()
    rows = _gone(one)
    view = _view(one, rows)
    one.k2 = generate()
    rows.readable = False
    with pytest.raises(UnavailableError):
        view.refresh(at(1))
    rows.readable = True

    assert view.refresh(at(2))
    # What the old key signed, which is an own key no more, does not count.
    assert view.snapshot.partners == ()
    assert not view.refresh(at(3))


def test_a_database_that_takes_no_alarm_does_not_keep_a_tampered_row_in_force() -> None:
    one, other = joined()
    rows = _gone(one)
    rows.rows[other.anchor] = replace(rows.rows[other.anchor], record="edited")

    view = _view(one, rows)

    assert view.keyring.issuer(WENZHOU) is None
    assert set(view.statements) == set(Role)
