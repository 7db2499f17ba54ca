"""Status lists of a city and of its partner: signed, fetched, held, asked."""

import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from itertools import islice

import pytest

from gateway.codes import status_list
from gateway.codes.status_list import ENTRIES, LIFE_S, MAX_LISTS, SIZE_BYTES
from gateway.errors import GatewayError
from gateway.ids import EntityId, Timestamp
from gateway.jose import base64url, jws, strict_json
from gateway.jose.keys import Signer, generate
from gateway.services.audit import Acting
from gateway.services.ports import NotNewerError
from gateway.services.status_fetch import (
    MAX_REMEMBERED,
    MAX_VAIN,
    TOO_MANY,
    FetchStatusLists,
    StatusRound,
)
from gateway.services.status_indexes import AHEAD, StatusIndexes
from gateway.services.status_kind import STATUS_LISTS
from gateway.services.status_ports import SeenBits
from gateway.services.status_publish import RESIGN_S, PublishStatusLists
from gateway.services.status_view import StatusView
from gateway.trust.partners import Partner
from tests.services.offices import HOUR, NOON, UnreachableError, at, two
from tests.services.papers import Archive
from tests.services.test_revoke import SHEET, WANG, MemoryPlaces, MemoryStatusRows

LEAF = "https://credit.wenzhou.example"
URI = f"{LEAF}/status/1"
ACTING = Acting(by="console:root", at=NOON)


class MemorySeen:
    """``SeenStatus`` in memory."""

    def __init__(self) -> None:
        self.rows: dict[tuple[EntityId, int], SeenBits] = {}
        self.writes = 0

    def seen(self, anchor: EntityId, number: int) -> SeenBits | None:
        return self.rows.get((anchor, number))

    def see(self, anchor: EntityId, number: int, bits: SeenBits, now: Timestamp) -> int:
        self.writes += 1
        before = self.rows.get((anchor, number), bits)
        packed = status_list.union(bits.packed, before.packed)
        self.rows[anchor, number] = SeenBits(digest=bits.digest, packed=packed)
        return status_list.count(packed) - status_list.count(bits.packed)


class Town:
    """金华, which fetches, and 温州, whose lists they are."""

    def __init__(self) -> None:
        here, there = two()
        here.join(there)
        self.here, self.there = Archive(here, STATUS_LISTS), Archive(there, STATUS_LISTS)
        self.anchor = there.anchor
        self.rows, self.seen = MemoryStatusRows(), MemorySeen()
        self.doubtful = False

    @property
    def lists(self) -> PublishStatusLists:
        return PublishStatusLists(
            rows=self.rows,
            documents=self.there.own,
            publish=self.there.publish,
            issues=True,
            clock_doubtful=lambda: self.doubtful,
        )

    @property
    def partner(self) -> Partner:
        return self.here.office.book.all(NOON).partners[0]

    def issue(self, count: int = 1) -> list[int]:
        indexes = StatusIndexes(
            leaf=EntityId(LEAF), rows=self.rows, noted=MemoryPlaces(), order_key=bytes(32)
        )
        return [each.index for each in indexes.allocate(WANG, SHEET, at(HOUR), count)]

    def revoke(self) -> None:
        self.rows.revoke_subject(WANG, ACTING)

    def forget(self) -> None:
        """Let 温州 lose what it revoked, and what it signed of it."""
        self.rows.bits.clear()
        row = self.there.own.rows["status-1"]
        self.there.own.rows["status-1"] = replace(row, token="")

    def serve(self, *uris: str) -> None:
        """Put everything that 温州 has signed on its shelf."""
        bodies = self.here.shelf.bodies
        for name, row in self.there.own.rows.items():
            bodies[f"{LEAF}{STATUS_LISTS.path(name)}"] = row.token.encode() or 404
        told = uris or tuple(url for url in bodies if url != f"{LEAF}/status")
        bodies[f"{LEAF}/status"] = json.dumps({"status_lists": told}).encode()

    def publish(self, now: Timestamp = NOON) -> None:
        self.lists.due(now)
        self.serve()

    def fetch(self, now: Timestamp = NOON) -> StatusRound:
        fetch = FetchStatusLists(documents=self.here.fetch(), seen=self.seen)
        return fetch.one(self.partner, now)

    def view(self, now: Timestamp = NOON) -> StatusView:
        return StatusView(self.here.view(now), self.here.trust, self.seen)

    def revoked(self, index: int, uri: str = URI) -> bool | None:
        """Return what 金华 knows of an index of 温州; None is nothing."""
        division = self.there.office.division
        assert division is not None
        found = self.view().find(division, uri)
        return None if found is None else found.revoked(index)

    def offer(self, token: str, now: Timestamp = NOON) -> StatusRound:
        """Let 温州's web server answer with any text whatever."""
        self.here.shelf.bodies[URI] = token.encode("latin-1")
        return self.fetch(now)

    @property
    def alarms(self) -> list[str]:
        return self.here.office.rows.codes()


def forged(
    town: Town,
    *,
    signer: Signer | None = None,
    typ: str = "statuslist+jwt",
    iat: int = NOON + 60,
    **changes: object,
) -> str:
    payload: dict[str, object] = {
        "iss": LEAF,
        "iat": iat,
        "exp": iat + LIFE_S,
        **status_list.payload(uri=URI, packed=bytes(SIZE_BYTES)),
    }
    return jws.sign(strict_json.encode(payload | changes), signer or town.there.office.k2, typ=typ)


def inner(raw: bytes, bits: int = 1) -> dict[str, object]:
    return {"bits": bits, "lst": base64url.encode(zlib.compress(raw, 9))}


# Publishing


def test_the_first_list_is_published_before_the_first_code() -> None:
    town = Town()

    assert town.lists.due(NOON) == (1,)
    assert town.lists.due(NOON) == ()
    assert list(town.there.own.rows) == ["status-1"]


def test_a_list_is_signed_again_when_a_third_of_its_ttl_is_over() -> None:
    town = Town()
    town.lists.due(NOON)

    assert town.lists.due(at(RESIGN_S - 1)) == ()
    assert town.lists.due(at(RESIGN_S)) == (1,)


def test_a_list_is_signed_again_at_once_after_a_revocation() -> None:
    town = Town()
    (index,) = town.issue()
    town.lists.due(NOON)

    town.revoke()

    assert town.lists.due(NOON) == (1,)
    town.serve()
    town.fetch()
    assert town.revoked(index) is True


def test_a_hand_that_deletes_a_revocation_takes_nothing_back_that_was_signed() -> None:
    town = Town()
    first, second = town.issue(2)
    town.revoke()
    town.publish()
    bits = set(town.rows.bits)
    town.rows.bits.clear()

    assert town.lists.due(at(2)) == ()
    assert town.lists.due(at(RESIGN_S)) == (1,)
    town.serve()
    town.fetch(at(RESIGN_S))
    assert (town.revoked(first), town.revoked(second)) == (True, True)
    town.rows.bits |= bits
    assert town.lists.due(at(RESIGN_S + 2)) == ()


def test_a_list_is_signed_again_at_once_under_another_key() -> None:
    town = Town()
    town.lists.due(NOON)
    office = town.there.office
    office.k2, office.k2next = office.k2next, office.k2

    assert town.lists.due(NOON) == (1,)


def test_a_list_signed_by_a_clock_that_ran_ahead_is_signed_again() -> None:
    town = Town()
    town.lists.due(at(61))

    assert town.lists.due(at(1)) == ()
    assert town.lists.due(NOON) == (1,)


def test_the_next_list_is_signed_before_it_gives_out_places() -> None:
    town = Town()
    town.rows.given = ENTRIES - AHEAD

    assert town.lists.due(NOON) == (1, 2)


def test_a_full_list_is_published_while_a_code_of_it_can_live_and_then_withdrawn() -> None:
    town = Town()
    town.issue()
    town.rows.given = ENTRIES
    assert town.lists.due(NOON) == (1, 2)

    town.rows.entries.clear()
    town.lists.due(at(60))

    assert {name: bool(row.token) for name, row in town.there.own.rows.items()} == {
        "status-1": False,
        "status-2": True,
    }


def test_a_city_that_only_verifies_publishes_no_list() -> None:
    town = Town()

    assert replace(town.lists, issues=False).due(NOON) == ()


def test_nothing_is_signed_while_the_own_clock_is_doubtful() -> None:
    town = Town()
    town.doubtful = True

    with pytest.raises(GatewayError) as refused:
        town.lists.due(NOON)

    assert refused.value.code == "own_clock_doubtful"


def test_a_revocation_that_overtakes_the_signing_is_signed_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = Town()
    (index,) = town.issue()
    read = town.rows.revoked

    def overtaken(number: int) -> tuple[int, ...]:
        before = read(number)
        town.revoke()
        return before

    monkeypatch.setattr(town.rows, "revoked", overtaken)
    town.publish()
    town.fetch()

    assert town.revoked(index) is True


def test_a_signature_that_lost_against_another_process_is_made_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = Town()
    put, lost = town.there.own.put, list[str]()

    def loses_once(name: str, token: str, issued_at: Timestamp, now: Timestamp) -> None:
        if not lost:
            lost.append(name)
            raise NotNewerError("another was faster")
        put(name, token, issued_at, now)

    monkeypatch.setattr(town.there.own, "put", loses_once)

    assert town.lists.due(NOON) == (1,)
    assert (lost, list(town.there.own.rows)) == (["status-1"], ["status-1"])


# Fetching


def test_a_partner_s_list_is_fetched_whole_and_asked_without_its_city() -> None:
    town = Town()
    first, second = town.issue(2)
    town.rows.entries.pop()
    town.revoke()
    town.publish()

    report = town.fetch()

    assert (report.lists, report.changed, report.problem) == (1, 1, None)
    assert (town.revoked(first), town.revoked(second)) == (True, False)
    assert town.alarms == []


def test_a_list_that_was_not_fetched_says_nothing() -> None:
    town = Town()
    town.publish()

    assert town.revoked(0) is None


def test_an_unchanged_list_is_no_change_and_is_added_up_once() -> None:
    town = Town()
    town.publish()
    town.fetch()

    report = town.fetch(at(60))

    assert (report.changed, report.problem, town.seen.writes) == (0, None, 1)


ATTACKS: dict[str, tuple[Callable[[Town], str], str]] = {
    "a status list that is not signed": (lambda _: "eyJhbGciOiJub25lIn0.e30.", "jws_format"),
    "a status list signed by another city": (
        lambda town: forged(town, signer=town.here.office.k2),
        "trust_unknown_signer",
    ),
    "a status list signed by a code key": (
        lambda town: forged(town, signer=town.there.office.k3),
        "trust_unknown_signer",
    ),
    "a status list signed by a key that nobody knows": (
        lambda town: forged(town, signer=generate()),
        "trust_unknown_signer",
    ),
    "a status list of another typ": (
        lambda town: forged(town, typ="credit-catalog+jwt"),
        "jws_format",
    ),
    "a status list of another iss": (
        lambda town: forged(town, iss=f"{LEAF}/anchor"),
        "trust_wrong_entity",
    ),
    "a status list with the wrong sub": (
        lambda town: forged(town, sub=f"{LEAF}/status/2"),
        "status_list_form",
    ),
    "a status list that is too old": (
        lambda town: forged(town, iat=NOON - LIFE_S),
        "trust_expired",
    ),
    "a status list from the future": (
        lambda town: forged(town, iat=NOON + 61),
        "trust_from_future",
    ),
    "a status list that lives too long": (
        lambda town: forged(town, exp=NOON + 60 + LIFE_S + 1),
        "trust_life_too_long",
    ),
    "a status list of the wrong size": (
        lambda town: forged(town, status_list=inner(bytes(SIZE_BYTES - 1))),
        "status_list_form",
    ),
    "a status list that is a bomb": (
        lambda town: forged(town, status_list=inner(bytes(64 << 20))),
        "status_list_form",
    ),
    "a status list of two bits": (
        lambda town: forged(town, status_list=inner(bytes(2 * SIZE_BYTES), bits=2)),
        "status_list_form",
    ),
    "a rolled back status list": (
        lambda town: forged(town, iat=NOON - 1),
        "trust_rollback",
    ),
    "an equivocating status list": (lambda town: forged(town, iat=NOON), "trust_equivocation"),
}


@pytest.mark.parametrize(("attack", "code"), ATTACKS.values(), ids=list(ATTACKS))
def test_the_last_good_list_stays_in_force_against(
    attack: Callable[[Town], str], code: str
) -> None:
    town = Town()
    (index,) = town.issue()
    town.revoke()
    town.publish()
    town.fetch()

    report = town.offer(attack(town), NOON)

    assert report.problem == code
    assert town.alarms == [code]
    assert town.revoked(index) is True


def test_a_status_list_signed_by_a_dead_k2_is_refused_and_the_one_it_signed_is_dropped() -> None:
    town = Town()
    town.publish()
    town.fetch()
    assert town.revoked(0) is False
    there = town.there.office
    thief, there.k2 = there.k2, generate()
    # As an emergency does: what the thief may have signed steers nothing any more.
    there.statements.tokens.clear()
    there.publish_anchor.configuration(at(60), clock_doubtful=False)
    there.publish_anchor.subordinate(at(60), clock_doubtful=False)
    there.sign_leaf(at(60))
    town.here.office.federation.sync(at(60))
    town.here.trust.refresh(at(60))

    assert town.revoked(0) is None
    report = town.offer(forged(town, signer=thief), at(60))
    assert report.problem == "trust_unknown_signer"
    assert town.revoked(0) is None


def test_a_bit_that_is_flipped_back_stays_set_for_who_saw_it_and_raises_an_alarm() -> None:
    town = Town()
    (index,) = town.issue()
    town.revoke()
    town.publish()
    town.fetch()
    town.forget()
    town.publish(at(RESIGN_S))

    report = town.fetch(at(RESIGN_S))

    assert report.changed == 1
    assert town.revoked(index) is True
    assert town.alarms == ["status_flipped_back"]


def test_a_hand_that_empties_the_table_of_seen_bits_brings_no_revoked_code_back() -> None:
    town = Town()
    (index,) = town.issue()
    town.revoke()
    town.publish()
    town.fetch()
    view = town.view()
    town.forget()
    town.publish(at(RESIGN_S))
    town.fetch(at(RESIGN_S))
    town.seen.rows.clear()

    assert view._documents.refresh(at(RESIGN_S))  # noqa: SLF001  looks at one part
    assert view.refresh()

    division = town.there.office.division
    assert division is not None
    found = view.find(division, URI)
    assert found is not None
    assert found.revoked(index)


def test_a_bit_stays_set_even_if_the_reader_died_before_it_added_it_up() -> None:
    town = Town()
    (index,) = town.issue()
    town.revoke()
    town.publish()
    town.here.fetch().one(town.partner, "status-1", NOON)
    assert town.seen.rows == {}
    town.forget()
    town.publish(at(RESIGN_S))

    town.fetch(at(RESIGN_S))

    assert town.revoked(index) is True


def test_a_bit_stays_set_when_its_list_is_taken_away_and_comes_back_empty() -> None:
    town = Town()
    (index,) = town.issue()
    town.revoke()
    town.publish()
    town.fetch()
    town.here.shelf.bodies[f"{LEAF}/status"] = b'{"status_lists":[]}'
    town.fetch()
    assert town.revoked(index) is None
    town.forget()
    town.publish(at(RESIGN_S))

    town.fetch(at(RESIGN_S))

    assert town.revoked(index) is True


LISTINGS: dict[str, bytes | int] = {
    "a listing that names another host": b'{"status_lists":["https://evil.example/status/1"]}',
    "a listing that names a neighbour": f'{{"status_lists":["{LEAF}.evil/status/1"]}}'.encode(),
    "a listing that leads elsewhere": f'{{"status_lists":["{URI}/../../x"]}}'.encode(),
    "a listing of list 0": f'{{"status_lists":["{LEAF}/status/0"]}}'.encode(),
    "a listing with one list twice": f'{{"status_lists":["{URI}","{URI}"]}}'.encode(),
    "a listing of 17 lists": json.dumps(
        {"status_lists": [f"{LEAF}/status/{n}" for n in range(1, 18)]}
    ).encode(),
    "a listing that is no object": b"[]",
    "a listing of numbers": b'{"status_lists":[1]}',
    "a listing that is no JSON": b"<html>",
}


@pytest.mark.parametrize("body", LISTINGS.values(), ids=list(LISTINGS))
def test_nothing_is_fetched_or_dropped_because_of(body: bytes) -> None:
    town = Town()
    town.publish()
    town.fetch()
    town.here.shelf.bodies[f"{LEAF}/status"] = body
    asked = len(town.here.shelf.asked)

    report = town.fetch()

    assert report.problem == "status_list_form"
    assert town.alarms == ["status_list_form"]
    assert len(town.here.shelf.asked) == asked + 2
    assert town.revoked(0) is False


def test_a_partner_that_does_not_answer_keeps_its_last_good_list() -> None:
    town = Town()
    town.publish()
    town.fetch()
    town.here.shelf.bodies.clear()

    report = town.fetch(at(60))

    assert report.problem == "fetch_status"
    assert (town.revoked(0), town.alarms) == (False, [])


def test_a_partner_whose_lists_are_out_of_reach_for_an_hour_raises_an_alarm() -> None:
    town = Town()
    town.publish()
    town.fetch()
    town.here.shelf.bodies.clear()

    town.fetch(at(HOUR))
    before = list(town.alarms)
    town.fetch(at(HOUR + 1))

    assert (before, town.alarms) == ([], ["status_lists_late"])


def test_a_partner_that_never_had_a_list_raises_no_alarm() -> None:
    town = Town()

    assert town.fetch(at(100 * HOUR)).problem == "fetch_status"
    assert town.alarms == []


def test_a_partner_that_does_not_answer_at_all_is_asked_for_its_listing_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = Town()
    town.publish()
    town.fetch()
    asked = list[str]()

    def silent(url: str, **_: object) -> None:
        asked.append(url)
        raise UnreachableError("no route")

    monkeypatch.setattr(town.here.shelf, "get", silent)
    report = town.fetch(at(60))

    assert asked == [f"{LEAF}/status"]
    assert (report.problem, report.lists) == ("fetch_status", 0)
    assert town.revoked(0) is False


def test_a_listing_that_fails_keeps_the_lists_that_are_known() -> None:
    town = Town()
    town.publish()
    town.fetch()
    town.here.shelf.bodies[f"{LEAF}/status"] = 503

    report = town.fetch(at(60))

    assert (report.problem, report.lists) == ("fetch_status", 1)
    assert town.revoked(0) is False


# Asking


def test_own_lists_are_asked_as_partners_are_and_listed_in_order() -> None:
    town = Town()
    (index,) = town.issue()
    town.revoke()
    town.rows.given = ENTRIES - AHEAD
    town.lists.due(NOON)

    view = StatusView(town.there.view(), town.there.trust, town.seen)

    own = town.there.office.division
    assert own is not None
    found = view.find(own, URI)
    assert found is not None
    assert found.revoked(index)
    assert view.listed() == {own: (URI, f"{LEAF}/status/2")}


def test_a_view_is_made_anew_only_when_documents_or_trust_changed() -> None:
    town = Town()
    town.publish()
    documents = town.here.view()
    view = StatusView(documents, town.here.trust, town.seen)
    division = town.there.office.division
    assert division is not None

    assert not view.refresh()
    town.fetch()
    documents.refresh(NOON)

    assert view.refresh()
    first = view.find(division, URI)
    assert first is not None
    town.here.office.revision.bump()
    documents.refresh(NOON)
    assert view.refresh()
    assert view.find(division, URI) is first


def test_a_partner_that_names_other_lists_each_time_fills_no_table_of_ours() -> None:
    town, numbers, problems = Town(), iter(range(1, 10_000)), list[str | None]()
    lists, empty = town.here.shelf.bodies, inner(bytes(SIZE_BYTES))
    for _ in range(6):
        lists.clear()
        for number in islice(numbers, MAX_LISTS):
            uri = f"{LEAF}/status/{number}"
            lists[uri] = forged(town, sub=uri, status_list=empty).encode()
        town.serve()
        problems.append(town.fetch(at(60)).problem)

    assert problems == [None] * 4 + [TOO_MANY] * 2
    assert len(town.seen.rows) == MAX_REMEMBERED
    assert set(town.alarms) == {TOO_MANY}


def test_a_partner_that_named_many_lists_is_not_asked_for_all_when_its_listing_fails() -> None:
    town, lists = Town(), list[str]()
    for number in (1, 2):
        uri = f"{LEAF}/status/{number}"
        token = forged(town, sub=uri, status_list=inner(bytes(SIZE_BYTES)))
        town.here.shelf.bodies = {uri: token.encode()}
        town.serve()
        town.fetch(at(60))
        lists.append(uri)
    town.here.shelf.bodies = dict.fromkeys((*lists, f"{LEAF}/status"), 500)

    assert town.fetch(at(120)).lists == 1


def test_a_partner_whose_lists_do_not_come_is_left_after_three_so_that_others_have_their_turn() -> (
    None
):
    town = Town()
    uris = [f"{LEAF}/status/{number}" for number in range(1, MAX_LISTS + 1)]
    town.here.shelf.bodies = dict.fromkeys(uris, 503)
    town.serve()

    town.fetch()

    assert len(town.here.shelf.asked) == 1 + MAX_VAIN
