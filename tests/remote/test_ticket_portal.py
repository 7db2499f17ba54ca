"""Signing in with tickets: each is good once, for the attempt of the browser that brought it."""

import threading
from collections.abc import Generator
from urllib.parse import parse_qs, urlsplit

import pytest

from gateway.clock import monotonic_s
from gateway.ids import Timestamp
from gateway.remote import bounded_session
from gateway.remote.ticket_portal import BACK_OFF_S, TicketPortal
from gateway.services.identity import NOTHING_ASKED, AskedClaims, Identity, NotAdultError
from gateway.services.sign_in import (
    ATTEMPT_S,
    Answer,
    Attempt,
    ProviderUnavailableError,
    SignIn,
    SignInRefusedError,
)
from tests.remote.portal import CLIENT, PERSON, SECRET, Portal, portal
from tests.world import NOON

CALLBACK = "https://credit.huzhou.example/sign-in/callback"
ASKED = AskedClaims(name="realName", adult="isAdult")
LATER = Timestamp(NOON + 90)


@pytest.fixture
def city_portal() -> Generator[Portal]:
    with portal() as made:
        yield made


def client(
    of: Portal, *, secret: str = SECRET, asked: AskedClaims = NOTHING_ASKED, address: str = ""
) -> TicketPortal:
    return TicketPortal(
        address=address or of.address,
        client_id=CLIENT,
        client_secret=secret,
        callback=CALLBACK,
        asked=asked,
    )


def after_the_rest() -> float:
    return monotonic_s() + BACK_OFF_S


def desk(provider: TicketPortal, of: Portal) -> SignIn:
    return SignIn(issuer=of.address, client_id=CLIENT, provider=provider, key=bytes(32))


def attempt(*, fresh: bool = False, state: str = "s" * 43) -> Attempt:
    return Attempt(
        state=state,
        nonce="n" * 43,
        verifier="v" * 43,
        return_to="/code",
        expires_at=Timestamp(NOON + ATTEMPT_S),
        fresh=fresh,
    )


def asked_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def state_in(url: str) -> str:
    return asked_of(asked_of(url)["service"])["state"]


def test_a_ticket_signs_in_the_browser_that_began_and_is_good_once(city_portal: Portal) -> None:
    sign_in = desk(client(city_portal), city_portal)
    url, cookie = sign_in.begin("/rights", NOON)
    answer = Answer(state=state_in(url), code=city_portal.sign_in(url), issuer=None)

    assert url.startswith(f"{city_portal.address}/login?service=https%3A%2F%2Fcredit.huzhou")
    assert sign_in.finish(cookie, answer, LATER) == (Identity(subject=PERSON), "/rights")
    with pytest.raises(SignInRefusedError):
        sign_in.finish(cookie, answer, LATER)


def test_a_stolen_ticket_is_no_use_in_another_browser(city_portal: Portal) -> None:
    sign_in = desk(client(city_portal), city_portal)
    url, _ = sign_in.begin("/code", NOON)
    thiefs_url, thiefs_cookie = sign_in.begin("/code", NOON)
    stolen = city_portal.sign_in(url)

    for state in (state_in(url), state_in(thiefs_url)):
        with pytest.raises(SignInRefusedError):
            sign_in.finish(thiefs_cookie, Answer(state=state, code=stolen, issuer=None), NOON)


def test_a_fresh_sign_in_takes_no_ticket_of_a_remembered_person(city_portal: Portal) -> None:
    asking, fresh = client(city_portal), attempt(fresh=True)
    url = asking.authorization_url(fresh)
    ticket = city_portal.sign_in(url)
    city_portal.remembers = True
    remembered = city_portal.sign_in(url)

    assert asked_of(url)["renew"] == "true"
    # The proof is no older than the attempt; more the portal does not say.
    assert asking.identify(ticket, fresh, LATER).proved_at == NOON
    with pytest.raises(SignInRefusedError):
        asking.identify(remembered, fresh, LATER)


def test_of_what_the_portal_says_only_what_was_asked_is_looked_at(city_portal: Portal) -> None:
    city_portal.attributes = {
        "realName": ["张演示"],
        "isAdult": ["true"],
        "phone": "illustrative",
        "when": 1.5,
    }
    asking = client(city_portal, asked=ASKED)

    found = asking.identify(
        city_portal.sign_in(asking.authorization_url(attempt())), attempt(), NOON
    )

    assert found == Identity(subject=PERSON, holder="张*")


@pytest.mark.parametrize("said", ["false", False, [], ["true", "true"], None, 1, {"true": True}])
def test_whoever_is_not_said_to_be_18_is_not_signed_in(city_portal: Portal, said: object) -> None:
    city_portal.attributes = {"isAdult": said}
    asking = client(city_portal, asked=ASKED)

    with pytest.raises(NotAdultError):
        asking.identify(city_portal.sign_in(asking.authorization_url(attempt())), attempt(), NOON)


@pytest.mark.parametrize(
    "ticket", ["", "x", "ST-", "PT-1", "ST-a b", "ST-é", "ST-1&user=x", "ST-" + "a" * 254]
)
def test_what_is_no_ticket_is_not_asked_about(city_portal: Portal, ticket: str) -> None:
    with pytest.raises(SignInRefusedError):
        client(city_portal).identify(ticket, attempt(), NOON)
    assert city_portal.checked == []


def test_a_gateway_that_the_portal_does_not_know_signs_nobody_in(city_portal: Portal) -> None:
    asking = client(city_portal, secret="another")

    with pytest.raises(SignInRefusedError):
        asking.identify(city_portal.sign_in(asking.authorization_url(attempt())), attempt(), NOON)


LIES: dict[str, object] = {
    "nobody": {},
    "an empty name": {"user": ""},
    "a name of 256 characters": {"user": "x" * 256},
    "a number": {"user": 7},
    "a list of people": {"user": [PERSON]},
    "no object": [PERSON],
}


@pytest.mark.parametrize("name", LIES)
def test_a_portal_that_names_nobody_signs_nobody_in(city_portal: Portal, name: str) -> None:
    city_portal.success = LIES[name]
    asking = client(city_portal)

    with pytest.raises(SignInRefusedError):
        asking.identify(city_portal.sign_in(asking.authorization_url(attempt())), attempt(), NOON)


def test_a_yes_beside_a_no_is_a_no(city_portal: Portal) -> None:
    city_portal.failure_too = True
    asking = client(city_portal)

    with pytest.raises(SignInRefusedError):
        asking.identify(city_portal.sign_in(asking.authorization_url(attempt())), attempt(), NOON)


def test_attributes_that_are_none_say_nothing(city_portal: Portal) -> None:
    city_portal.success = {"user": PERSON, "attributes": ["张演示"]}
    asking = client(city_portal, asked=AskedClaims(name="realName"))

    found = asking.identify(
        city_portal.sign_in(asking.authorization_url(attempt())), attempt(), NOON
    )

    assert found == Identity(subject=PERSON)


BODIES: dict[str, tuple[int, bytes]] = {
    "no JSON": (200, b"<cas:serviceResponse/>"),
    "a list": (200, b"[]"),
    "something else": (200, b'{"serviceResponse": 1}'),
    "a member twice": (200, b'{"serviceResponse": {}, "serviceResponse": {}}'),
    "a bomb": (200, b"[" * 60_000),
    "an error": (500, b'{"serviceResponse": {}}'),
    "a redirect": (302, b'{"serviceResponse": {}}'),
    "64 KiB and one byte": (200, b"{" + b" " * 65_535 + b"}"),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_portal_that_does_not_answer_as_one_is_unavailable(
    city_portal: Portal, name: str
) -> None:
    city_portal.status, city_portal.body = BODIES[name]

    with pytest.raises(ProviderUnavailableError):
        client(city_portal).identify("ST-1", attempt(), NOON)


def test_after_silence_nobody_asks_for_a_while(
    city_portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = client(city_portal, address="http://127.0.0.1:9/cas")
    for _ in range(2):
        with pytest.raises(ProviderUnavailableError):
            asking.identify("ST-1", attempt(), NOON)

    slow = client(city_portal)
    city_portal.answers.clear()
    with monkeypatch.context() as hasty:
        hasty.setattr(bounded_session, "READ_S", 0.1)
        with pytest.raises(ProviderUnavailableError):
            slow.identify("ST-1", attempt(), NOON)
    city_portal.answers.set()
    asked = len(city_portal.checked)
    with pytest.raises(ProviderUnavailableError):
        slow.identify(city_portal.sign_in(slow.authorization_url(attempt())), attempt(), NOON)
    assert len(city_portal.checked) <= asked + 1

    monkeypatch.setattr("gateway.remote.ticket_portal.monotonic_s", after_the_rest)
    ticket = city_portal.sign_in(slow.authorization_url(attempt()))
    assert slow.identify(ticket, attempt(), NOON).subject == PERSON


def test_an_odd_answer_to_one_ticket_stops_nobody_else(city_portal: Portal) -> None:
    asking = client(city_portal)
    city_portal.status = 500
    with pytest.raises(ProviderUnavailableError):
        asking.identify("ST-1", attempt(), NOON)
    city_portal.status = 200

    ticket = city_portal.sign_in(asking.authorization_url(attempt()))

    assert asking.identify(ticket, attempt(), NOON).subject == PERSON


def test_tickets_are_checked_by_a_bounded_number_at_once(
    city_portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.remote.ticket_portal.CHECKS", 1)
    asking = client(city_portal)
    first_ticket = city_portal.sign_in(asking.authorization_url(attempt()))
    city_portal.answers.clear()
    found: list[str] = []
    first = threading.Thread(
        target=lambda: found.append(asking.identify(first_ticket, attempt(), NOON).subject)
    )
    first.start()

    # The first one waits for its answer, so it has the turn.
    assert city_portal.asked.wait(10)
    with pytest.raises(ProviderUnavailableError, match="too many"):
        asking.identify("ST-2", attempt(), NOON)
    city_portal.answers.set()
    first.join()

    assert found == [PERSON]


def test_signing_out_leads_to_the_portals_page(city_portal: Portal) -> None:
    assert client(city_portal).sign_out_url() == f"{city_portal.address}/logout"
    assert not client(city_portal).names_itself()
