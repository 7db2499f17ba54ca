"""What becomes of an event that a partner posts, and who is owed one of ours."""

from dataclasses import replace

import pytest

from gateway.errors import UnavailableError
from gateway.ids import EntityId
from gateway.jose.keys import SoftwareSigner
from gateway.services.event_ports import Pushes
from gateway.services.events import AnnounceTrust, ReceiveEvents
from gateway.services.rates import RateLimitedError
from gateway.trust import events
from gateway.trust.errors import PartnerRowTamperedError
from gateway.trust.events import EventError
from gateway.trust.partners import Partner
from gateway.trust.states import PartnerState
from gateway.trust.trusted_city import Role
from tests.services.offices import office, two
from tests.services.pushes import Believed, MemoryEvents, Wishes, partner_of
from tests.trust.cities import HOUR, NOON, accepted, at, jinhua, signed, wenzhou

OWN = EntityId("https://credit.huzhou.example")
WENZHOU, JINHUA = wenzhou(), jinhua()


class Desk:
    """Huzhou, which follows Wenzhou and Jinhua."""

    def __init__(self, *partners: Partner) -> None:
        self.trust = Believed(partners or (partner_of(WENZHOU), partner_of(JINHUA)))
        self.rows, self.wishes = MemoryEvents(), Wishes()

    def takes(
        self,
        signer: SoftwareSigner = WENZHOU.k2,
        *,
        issuer: EntityId = WENZHOU.leaf,
        audience: EntityId = OWN,
        jti: str = "j",
        seconds: int = 0,
    ) -> str | None:
        """Return as what an event is refused; None where it is taken."""
        now = at(seconds)
        token = events.sign(signer, issuer=issuer, audience=audience, now=now, jti=jti)
        receive = ReceiveEvents(leaf=OWN, trust=self.trust, rows=self.rows, wishes=self.wishes)
        try:
            receive.receive(token, now)
        except EventError as error:
            return error.err
        return None


def test_a_partners_event_makes_us_look_at_that_partner() -> None:
    desk = Desk()

    assert desk.takes() is None
    assert desk.wishes.wished == [WENZHOU.anchor]


def test_a_forged_push_makes_nobody_look() -> None:
    desk = Desk()
    token = events.sign(WENZHOU.k2, issuer=WENZHOU.leaf, audience=OWN, now=NOON, jti="j")
    head, _, signature = token.split(".")
    payload = events.sign(WENZHOU.k2, issuer=WENZHOU.leaf, audience=OWN, now=NOON, jti="k")
    forged = f"{head}.{payload.split('.')[1]}.{signature}"

    receive = ReceiveEvents(leaf=OWN, trust=desk.trust, rows=desk.rows, wishes=desk.wishes)
    with pytest.raises(EventError) as caught:
        receive.receive(forged, NOON)

    assert caught.value.err == "authentication_failed"
    assert (desk.wishes.wished, desk.rows.heard) == ([], {})


@pytest.mark.parametrize(
    ("signer", "issuer", "err"),
    [
        (JINHUA.k2, WENZHOU.leaf, "invalid_key"),
        (WENZHOU.k2, JINHUA.leaf, "invalid_key"),
        (WENZHOU.k3, WENZHOU.leaf, "invalid_key"),
        (WENZHOU.k1, WENZHOU.leaf, "invalid_key"),
        (WENZHOU.k2, EntityId("https://credit.jiaxing.example"), "invalid_issuer"),
        (WENZHOU.k2, OWN, "invalid_issuer"),
        (WENZHOU.k2, WENZHOU.anchor, "invalid_issuer"),
    ],
)
def test_a_push_by_another_key_or_city_is_refused(
    signer: SoftwareSigner, issuer: EntityId, err: str
) -> None:
    desk = Desk()

    assert desk.takes(signer, issuer=issuer) == err
    assert desk.wishes.wished == []


def test_an_event_for_another_city_is_refused() -> None:
    assert Desk().takes(audience=JINHUA.leaf) == "invalid_audience"


def test_an_event_by_a_dead_k2_is_refused_and_one_by_k2next_is_not() -> None:
    leaf = replace(WENZHOU.leaf_configuration(at(HOUR)), keys=(WENZHOU.k2next.public,))
    city = accepted(WENZHOU.known(), Role.LEAF, signed(leaf, WENZHOU.k2next), at(HOUR)).city
    desk = Desk(replace(partner_of(WENZHOU), city=city))

    assert desk.takes(WENZHOU.k2, seconds=HOUR) == "invalid_key"
    assert desk.takes(WENZHOU.k2next, seconds=HOUR) is None


@pytest.mark.parametrize("state", PartnerState)
def test_only_partners_that_are_followed_are_listened_to(state: PartnerState) -> None:
    followed = {PartnerState.ACTIVE, PartnerState.SUSPENDED, PartnerState.DISPUTED}

    answer = Desk(partner_of(WENZHOU, state)).takes()

    assert answer == (None if state in followed else "invalid_issuer")


def test_a_replayed_push_is_taken_and_makes_nobody_look_again() -> None:
    desk = Desk()
    desk.takes()

    assert desk.takes(seconds=300) is None
    assert desk.wishes.wished == [WENZHOU.anchor]


def test_a_flooding_push_is_told_when_to_come_again_and_holds_up_no_other_partner() -> None:
    desk = Desk()
    for number in range(6):
        desk.takes(jti=f"j{number}")

    with pytest.raises(RateLimitedError) as caught:
        desk.takes(jti="j6", seconds=20)

    assert caught.value.retry_after_s == 40
    assert desk.takes(JINHUA.k2, issuer=JINHUA.leaf, seconds=20) is None
    assert desk.wishes.wished == [WENZHOU.anchor] * 6 + [JINHUA.anchor]
    assert desk.takes(jti="j6", seconds=60) is None


def test_an_event_that_could_not_be_kept_is_heard_when_it_comes_again() -> None:
    desk = Desk()
    desk.wishes.gone = True
    with pytest.raises(UnavailableError):
        desk.takes()
    desk.wishes.gone = False

    assert desk.takes() is None
    assert desk.wishes.wished == [WENZHOU.anchor]


# Announcing


def test_every_partner_that_is_followed_is_owed_an_event() -> None:
    one, other = two()
    one.join(other)
    one.federation.add(office("330500", "huzhou", one.web).leaf, NOON)
    rows = MemoryEvents()
    announce = AnnounceTrust(book=one.book, rows=rows)

    assert announce.announce(NOON) == 1
    assert [each.anchor for each in rows.due(at(2), NOON)] == [other.anchor]


def test_a_partner_that_is_suspended_here_is_told_as_well() -> None:
    one, other = two()
    one.join(other)
    one.federation.suspend(other.leaf, "Li", "a drill", NOON)
    rows = MemoryEvents()

    assert AnnounceTrust(book=one.book, rows=rows).announce(NOON) == 1


def test_a_row_that_was_tampered_with_keeps_nobody_else_from_being_told() -> None:
    one, other = two()
    one.join(other)
    third = office("330500", "huzhou", one.web)
    one.join(third)
    one.rows.rows[other.anchor] = replace(one.rows.rows[other.anchor], record="x")
    rows = MemoryEvents()

    AnnounceTrust(book=one.book, rows=rows).announce(NOON)

    assert [each.anchor for each in rows.due(at(2), NOON)] == [third.anchor]
    with pytest.raises(PartnerRowTamperedError):
        one.book.find(other.anchor, NOON)


def test_a_partners_status_says_when_a_push_last_came_and_went() -> None:
    one, other = two()
    one.join(other)
    rows = MemoryEvents()
    AnnounceTrust(book=one.book, rows=rows).announce(NOON)
    rows.hear(other.anchor, "j", at(1))

    (status,) = replace(one.federation, events=rows).status(at(2))

    assert status.pushes == Pushes(owed=True, sending=True, heard_at=at(1))
