"""What becomes of an event that a partner is owed."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from gateway.errors import FetchError
from gateway.ids import EntityId
from gateway.remote.errors import AddressError, ConnectError
from gateway.services.deliver import MAX_PAUSE_S, TRIED_S, DeliverEvents
from gateway.services.event_ports import Posted
from gateway.trust import events
from gateway.trust.partners import Partner
from gateway.trust.states import PartnerState
from tests.services.pushes import Believed, MemoryEvents, partner_of
from tests.trust.cities import NOON, at, jinhua, wenzhou

OWN, WENZHOU, JINHUA = jinhua(), wenzhou(), jinhua()
URL = f"{WENZHOU.leaf}/federation/events"


@dataclass
class Post:
    """Partners that answer alike; an error is raised."""

    answer: Posted | FetchError = field(default_factory=lambda: Posted(status=202))
    sent: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def post(self, url: str, token: str) -> Posted:
        self.sent.append((url, token))
        if isinstance(self.answer, FetchError):
            raise self.answer
        return self.answer


class Desk:
    """Jinhua, which owes Wenzhou an event."""

    def __init__(self, answer: Posted | FetchError | None = None, *partners: Partner) -> None:
        self.rows, self.post = MemoryEvents(), Post()
        if answer is not None:
            self.post.answer = answer
        self.trust = Believed(partners or (partner_of(WENZHOU),))
        self.draw: Callable[[], float] = lambda: 0.0
        self.signer = OWN.k2
        self.names = iter(range(1000))
        self.rows.owe(frozenset({WENZHOU.anchor}), NOON, NOON)

    def attempt(self, seconds: int = 0) -> bool | None:
        """Try what is due; None if nothing is."""
        deliver = DeliverEvents(
            leaf=OWN.leaf,
            signer=lambda: self.signer,
            trust=self.trust,
            rows=self.rows,
            post=self.post,
            jti=lambda: f"j{next(self.names)}",
            draw=self.draw,
        )
        for delivery in deliver.due(at(seconds)):
            return deliver.attempt(delivery, at(seconds))
        return None

    def pause_s(self, seconds: int = 0) -> int | None:
        """Fail once and return after how many seconds it is due again; None is never."""
        assert self.attempt(seconds) is False
        next_at = self.rows.rows[WENZHOU.anchor].next_at
        return None if next_at is None else next_at - at(seconds)

    def error(self) -> str | None:
        return self.rows.pushes(WENZHOU.anchor).error


def test_an_event_goes_to_the_partners_leaf_and_verifies_there() -> None:
    desk = Desk()

    assert desk.attempt() is True
    ((url, token),) = desk.post.sent
    assert url == URL
    event = events.read(token)
    events.verify(event, [OWN.k2.public], audience=WENZHOU.leaf, now=NOON)
    assert (event.issuer, event.issued_at, event.jti) == (OWN.leaf, NOON, "j0")
    assert desk.attempt(1) is None


def test_every_attempt_has_a_name_and_a_time_of_its_own() -> None:
    desk = Desk(ConnectError("closed"))
    desk.attempt()
    desk.attempt(600)

    first, second = (events.read(token) for _, token in desk.post.sent)

    assert (first.jti, first.issued_at) == ("j0", NOON)
    assert (second.jti, second.issued_at) == ("j1", at(600))


def test_the_key_that_signs_now_signs_the_next_attempt() -> None:
    desk = Desk(ConnectError("closed"))
    desk.attempt()
    desk.signer = OWN.k2next
    desk.attempt(600)

    kids = [events.read(token).kid for _, token in desk.post.sent]

    assert kids == [OWN.k2.public.kid, OWN.k2next.public.kid]


def test_a_partner_that_does_not_answer_is_tried_less_and_less_often() -> None:
    desk, now, pauses = Desk(ConnectError("closed")), 0, list[int]()
    for _ in range(11):
        pause_s = desk.pause_s(now)
        assert pause_s is not None
        pauses.append(pause_s)
        now += pause_s

    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]
    assert desk.error() == "fetch_connect"


def test_partners_that_fail_together_are_not_tried_together() -> None:
    desk = Desk(ConnectError("closed"))
    desk.attempt()
    desk.draw = lambda: 0.999

    assert desk.pause_s(2) == 4 - 1
    assert desk.pause_s(5) == 8 - 3


def test_an_event_is_given_up_after_a_day() -> None:
    desk = Desk(ConnectError("closed"))

    assert desk.pause_s(TRIED_S - 2) == 2
    assert desk.pause_s(TRIED_S) is None
    told = desk.rows.pushes(WENZHOU.anchor)
    assert (told.owed, told.sending, told.error) == (True, False, "fetch_connect")


def test_an_event_that_no_worker_sent_for_a_day_is_not_sent_any_more() -> None:
    assert Desk().attempt(TRIED_S + 1) is None


def test_a_newer_event_is_tried_at_once_whatever_became_of_the_older() -> None:
    desk = Desk(Posted(status=404))
    for seconds in (0, 60, 180):
        desk.attempt(seconds)
    assert desk.attempt(10_000) is None

    desk.rows.owe(frozenset({WENZHOU.anchor}), at(10_000), at(10_002))
    desk.post.answer = Posted(status=202)

    assert desk.attempt(10_001) is None
    assert desk.attempt(10_002) is True


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Posted(status=400, err="invalid_key"), "push_400_invalid_key"),
        (Posted(status=400), "push_400"),
        (Posted(status=404), "push_404"),
        (Posted(status=413), "push_413"),
        (Posted(status=200), "push_200"),
        (Posted(status=307), "push_307"),
    ],
)
def test_a_partner_that_refuses_for_good_is_not_hammered(answer: Posted, error: str) -> None:
    desk = Desk(answer)

    assert [desk.pause_s(0), desk.pause_s(60), desk.pause_s(180)] == [60, 120, None]
    assert desk.attempt(10_000) is None
    assert len(desk.post.sent) == 3
    told = desk.rows.pushes(WENZHOU.anchor)
    assert (told.owed, told.sending, told.error) == (True, False, error)


@pytest.mark.parametrize(
    ("answer", "pause_s"),
    [
        (Posted(status=429, retry_after_s=40), 40),
        (Posted(status=429), 2),
        (Posted(status=503, retry_after_s=1), 2),
        (Posted(status=500), 2),
        (Posted(status=408), 2),
        (Posted(status=425), 2),
        (Posted(status=503, retry_after_s=999_999), MAX_PAUSE_S),
    ],
)
def test_a_partner_that_says_later_is_asked_later(answer: Posted, pause_s: int) -> None:
    desk = Desk(answer)

    assert desk.pause_s() == pause_s
    desk.post.answer = Posted(status=202)
    assert desk.attempt(pause_s) is True


def test_a_private_address_is_an_error_like_another_and_names_itself() -> None:
    desk = Desk(AddressError("inside"))

    assert desk.pause_s() == 2
    assert desk.error() == "fetch_address"


@pytest.mark.parametrize("state", [PartnerState.LEFT, PartnerState.CANDIDATE])
def test_nothing_is_sent_to_a_partner_that_is_followed_no_more(state: PartnerState) -> None:
    desk = Desk(None, partner_of(WENZHOU, state))

    assert desk.pause_s() is None
    assert desk.post.sent == []
    assert desk.error() == "partner_not_followed"


def test_nothing_is_sent_where_a_row_in_the_database_names_a_stranger() -> None:
    desk = Desk(None, partner_of(JINHUA))
    desk.rows.owe(frozenset({EntityId("https://evil.example/anchor")}), NOON, NOON)

    desk.attempt()
    desk.attempt()

    assert desk.post.sent == []


def test_nothing_is_signed_while_the_own_clock_is_doubtful() -> None:
    desk = Desk()
    sound = desk.trust.keyring
    desk.trust.keyring = replace(sound, clock_doubtful=True)

    assert desk.pause_s() == 2
    assert desk.post.sent == []
    assert desk.error() == "own_clock_doubtful"
    desk.trust.keyring = sound
    assert desk.attempt(2) is True
