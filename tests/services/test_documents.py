"""Publishing, fetching and holding signed documents."""

from dataclasses import replace

import pytest

from gateway.errors import GatewayError, UnavailableError
from gateway.ids import EntityId, Timestamp
from gateway.jose.keys import generate
from gateway.services.document_ports import PartnerDocument, digest_of
from gateway.services.partner_documents import DocumentReport
from gateway.trust.partners import Partner
from tests.services.offices import DAY, HOUR, NOON, at, two
from tests.services.papers import SAMPLE, Archive

URL = "https://credit.wenzhou.example/sample/catalogue"


class Town:
    """Jinhua, which fetches, and Wenzhou, whose documents they are."""

    def __init__(self) -> None:
        one, self.other = two()
        one.join(self.other)
        self.here, self.there = Archive(one), Archive(self.other)

    @property
    def partner(self) -> Partner:
        return self.here.office.book.all(NOON).partners[0]

    def serve(self, said: str, now: Timestamp = NOON) -> None:
        self.here.shelf.bodies[URL] = self.there.say(said, now).encode()

    def fetch(self, now: Timestamp = NOON, *, optional: bool = False) -> DocumentReport:
        return self.here.fetch().one(self.partner, "catalogue", now, optional=optional)

    @property
    def row(self) -> PartnerDocument:
        return self.here.partners.rows[self.other.anchor, "catalogue"]

    def held(self, now: Timestamp = NOON) -> object:
        found = self.here.view(now).partner(self.other.anchor, "catalogue")
        return found.value if found else None

    @property
    def alarms(self) -> list[str]:
        return self.here.office.rows.codes()


def archive() -> Archive:
    return Archive(two()[0])


def test_each_document_is_signed_later_than_the_one_before() -> None:
    papers = archive()
    times = list[int]()
    for now in (NOON, NOON, at(-30), at(50)):
        papers.say("a", now)
        times.append(papers.own.rows["catalogue"].issued_at - NOON)

    assert times == [0, 1, 2, 50]


def test_a_withdrawn_document_is_followed_by_a_later_one() -> None:
    papers = archive()
    papers.say("a")
    papers.own.withdraw("catalogue", NOON)

    papers.say("b")

    assert papers.own.rows["catalogue"].issued_at == NOON + 1


def test_nothing_is_signed_while_the_clock_is_doubtful() -> None:
    papers = archive()

    with pytest.raises(GatewayError) as refused:
        papers.publish.publish(
            "catalogue", SAMPLE, {"said": "a"}, life_s=DAY, now=NOON, clock_doubtful=True
        )

    assert refused.value.code == "own_clock_doubtful"
    assert papers.own.rows == {}


def test_what_partners_would_refuse_is_not_stored() -> None:
    papers = archive()

    with pytest.raises(GatewayError) as refused:
        papers.say("nonsense")

    assert refused.value.code == "sample_refused"
    assert papers.own.rows == {}


def test_a_stored_document_that_is_not_ours_is_replaced_by_a_later_one() -> None:
    papers, thief = archive(), archive()
    thief.say("a", at(30))
    papers.own.rows["catalogue"] = thief.own.rows["catalogue"]

    papers.say("b")

    assert papers.own.rows["catalogue"].issued_at == NOON + 31
    assert papers.view().own("catalogue")


def test_a_stored_document_that_is_not_ours_does_not_steer_what_we_sign() -> None:
    papers, thief = archive(), archive()
    thief.say("a", at(3 * DAY))
    papers.own.rows["catalogue"] = thief.own.rows["catalogue"]

    with pytest.raises(GatewayError) as refused:
        papers.say("b")

    assert refused.value.code == "storage_not_newer"


def test_documents_are_signed_again_after_the_key_that_signed_them_is_lost() -> None:
    papers = archive()
    papers.say("a")
    papers.office.k2, papers.office.k2next = generate(), generate()

    papers.say("b")

    assert papers.own.rows["catalogue"].issued_at == NOON + 1


def test_an_own_document_is_served_as_it_was_signed() -> None:
    papers = archive()
    token = papers.say("a")

    view = papers.view()

    served, own = view.served("catalogue"), view.own("catalogue")
    assert served is not None
    assert own is not None
    assert (served.token, own.value) == (token, "a")
    assert view.served("bundle") is None


def test_an_own_document_that_a_hand_put_there_is_not_served_and_alarms_nobody_twice() -> None:
    papers, thief = archive(), archive()
    thief.say("a")
    papers.own.rows["catalogue"] = thief.own.rows["catalogue"]

    view = papers.view()

    assert view.served("catalogue") is None


def test_an_own_document_is_no_longer_served_once_its_key_is_gone() -> None:
    papers = archive()
    papers.say("a")
    view, fresh = papers.view(), generate()
    assert view.served("catalogue")

    view._sources = replace(view._sources, own_keys=lambda: (fresh.public,))  # noqa: SLF001  keys that changed meanwhile

    assert view.refresh(NOON)
    assert view.served("catalogue") is None


def test_an_own_document_that_cannot_be_read_alarms() -> None:
    papers = archive()
    papers.say("a")
    papers.own.rows["catalogue"] = replace(papers.own.rows["catalogue"], token="no.such.token")

    view = papers.view()

    assert view.served("catalogue") is None
    assert papers.office.rows.raised == [(papers.office.anchor, "jws_format", NOON)]


def test_only_what_changed_is_read_again() -> None:
    town = Town()
    town.serve("a")
    town.fetch()
    town.here.say("own")
    view = town.here.view()
    before = view.snapshot
    reads = town.here.own.reads, town.here.partners.reads

    assert not view.refresh(NOON)
    town.here.office.sign_leaf(at(1))
    town.here.trust.refresh(at(1))
    assert view.refresh(at(1))

    assert (town.here.own.reads, town.here.partners.reads) == reads
    assert view.own("catalogue") is before.own["catalogue"]
    assert (
        view.partner(town.other.anchor, "catalogue")
        is before.partners[town.other.anchor, "catalogue"]
    )


def test_a_partner_s_document_is_fetched_and_held() -> None:
    town = Town()
    town.serve("a")

    report = town.fetch()

    assert (report.changed, report.problem) == (True, None)
    assert town.held() == "a"
    assert (town.row.issued_at, town.row.obtained_at, town.row.failures) == (NOON, NOON, 0)


def test_an_unchanged_document_is_asked_for_by_its_tag() -> None:
    town = Town()
    town.serve("a")
    town.fetch()

    report = town.fetch(at(300))

    assert (report.changed, report.problem) == (False, None)
    assert town.here.shelf.asked == [None, town.row.etag]
    assert town.row.obtained_at == at(300)


def test_a_validator_that_a_hand_planted_hides_a_newer_document_for_three_hours_at_most() -> None:
    town = Town()
    town.serve("a")
    town.fetch()
    town.serve("b", at(1))
    newest = town.here.shelf.bodies[URL]
    assert isinstance(newest, bytes)
    town.here.partners.put(replace(town.row, etag=f'"{digest_of(newest.decode())}"'))

    said = list[object]()
    for seconds in range(2, 3 * HOUR, 900):
        town.fetch(at(seconds))
        said.append(town.held(at(seconds)))

    assert (said[0], said[-1]) == ("a", "b")


def test_the_same_document_without_a_tag_is_no_change() -> None:
    town = Town()
    town.serve("a")
    town.fetch()
    town.here.partners.rows[town.other.anchor, "catalogue"] = replace(town.row, etag=None)

    report = town.fetch(at(300))

    assert (report.changed, report.problem, town.alarms) == (False, None, [])


def test_a_newer_document_takes_the_place_of_the_older() -> None:
    town = Town()
    for now, said in ((NOON, "a"), (at(1), "b")):
        town.serve(said, now)
        assert town.fetch(now).changed

    assert town.held(at(1)) == "b"


def test_an_older_document_replayed_is_a_rollback_and_the_last_good_one_stays() -> None:
    town = Town()
    town.serve("a")
    old = town.here.shelf.bodies[URL]
    town.serve("b", at(1))
    town.fetch(at(1))

    town.here.shelf.bodies[URL] = old
    report = town.fetch(at(2))

    assert report.problem == "trust_rollback"
    assert (town.held(), town.alarms) == ("b", ["trust_rollback"])
    assert (town.row.failures, town.row.last_error) == (1, "trust_rollback")


def test_a_hand_in_the_database_that_puts_back_an_older_document_is_not_followed() -> None:
    town = Town()
    town.serve("a")
    town.fetch()
    old = town.row
    town.serve("b", at(1))
    town.fetch(at(1))
    view = town.here.view(at(1))

    town.here.partners.put(old)

    assert view.refresh(at(2))
    held = view.partner(town.other.anchor, "catalogue")
    assert held is not None
    assert held.value == "b"
    assert not view.refresh(at(3))
    assert town.alarms == ["trust_rollback"]


def test_a_hand_in_the_database_that_puts_back_an_older_own_document_is_not_served() -> None:
    papers = archive()
    papers.say("a")
    old = papers.own.rows["catalogue"]
    token = papers.say("b", at(1))
    view = papers.view(at(1))

    papers.own.rows["catalogue"] = old
    papers.office.revision.bump()

    assert view.refresh(at(2))
    served, own = view.served("catalogue"), view.own("catalogue")
    assert served is not None
    assert own is not None
    assert (served.token, own.value) == (token, "b")


def test_two_documents_of_one_time_are_an_equivocation() -> None:
    town = Town()
    town.serve("a")
    town.fetch()
    town.there.own.rows.clear()

    town.serve("c")

    assert town.fetch(at(1)).problem == "trust_equivocation"
    assert town.held() == "a"


def test_a_document_that_may_not_follow_is_refused_by_its_kind() -> None:
    town = Town()
    town.serve("b")
    town.fetch()

    town.serve("a", at(1))

    assert town.fetch(at(1)).problem == "sample_refused"
    assert town.held() == "b"


def test_what_a_kind_refuses_never_replaces_the_last_good_one() -> None:
    town = Town()
    town.serve("a")
    town.fetch()
    bad = town.there.say("a", at(5))
    town.here.shelf.bodies[URL] = bad[:-4].encode() + b"AAAA"

    report = town.fetch(at(5))

    assert report.problem == "jws_bad_signature"
    assert town.held() == "a"


def test_bytes_that_are_no_text_are_refused() -> None:
    town = Town()
    town.here.shelf.bodies[URL] = b"\xff\xfe.a.b"

    assert town.fetch().problem == "jws_format"


def test_a_partner_that_is_out_of_reach_keeps_its_last_good_document() -> None:
    town = Town()
    town.serve("a")
    town.fetch()
    town.here.shelf.bodies[URL] = 500

    for now in (at(300), at(600)):
        assert town.fetch(now, optional=True).problem == "fetch_status"

    assert (town.row.failures, town.held(), town.alarms) == (2, "a", [])


@pytest.mark.parametrize(("optional", "problem"), [(True, None), (False, "fetch_status")])
def test_404_means_that_there_is_none_where_there_may_be_none(
    optional: bool,  # noqa: FBT001  a row of the table
    problem: str | None,
) -> None:
    town = Town()
    town.serve("a")
    town.fetch()
    town.here.shelf.bodies[URL] = 404

    report = town.fetch(at(300), optional=optional)

    assert report.problem == problem
    assert report.changed is optional
    assert town.held() == (None if optional else "a")


def test_a_document_signed_by_another_city_is_refused() -> None:
    town = Town()
    town.here.shelf.bodies[URL] = town.here.say("a").encode()

    assert town.fetch().problem == "trust_unknown_signer"
    assert town.alarms == ["trust_unknown_signer"]


def test_a_document_whose_signer_died_is_dropped() -> None:
    town = Town()
    town.serve("a")
    town.fetch()
    other = town.other
    other.k2 = other.k2next
    other.k2next = generate()
    del other.statements.tokens["leaf"]
    other.publish_anchor.subordinate(at(60), clock_doubtful=False)
    other.sign_leaf(at(60))
    view = town.here.view()

    town.here.office.federation.sync(at(60))
    town.here.trust.refresh(at(60))
    view.refresh(at(60))
    town.here.shelf.bodies[URL] = 500
    report = town.fetch(at(61))

    assert view.partner(other.anchor, "catalogue") is None
    assert report.changed
    assert town.row.token == ""
    assert town.row.issued_at == NOON


def test_nothing_is_asked_of_a_partner_whose_chain_does_not_count() -> None:
    town = Town()
    town.serve("a")
    town.fetch()
    asked = len(town.here.shelf.asked)

    report = town.fetch(at(25 * 3600))

    assert report.problem == "trust_chain_incomplete"
    assert town.here.office.rows.codes() == []
    assert len(town.here.shelf.asked) == asked
    assert town.row.token


def test_documents_of_unknown_partners_and_names_are_not_held() -> None:
    town = Town()
    town.serve("a")
    town.fetch()
    for anchor, name in (
        (EntityId("https://x.example/anchor"), "catalogue"),
        (town.other.anchor, "odd"),
    ):
        town.here.partners.put(replace(town.row, anchor_id=anchor, name=name))

    view = town.here.view()

    assert list(view.snapshot.partners) == [(town.other.anchor, "catalogue")]
    assert town.alarms == ["document_unknown"]


def test_a_database_that_takes_no_alarm_keeps_no_document_from_being_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    papers = archive()
    papers.say("a")
    papers.own.rows["status-1"] = replace(papers.own.rows["catalogue"], token="odd")

    def fail(_anchor: EntityId, _code: str, _now: Timestamp) -> None:
        raise UnavailableError("gone")

    monkeypatch.setattr(papers.office.rows, "alarm", fail)

    assert papers.view().served("catalogue")
