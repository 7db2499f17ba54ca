"""What an answer from a provider's side must fit, before anybody is signed in."""

import base64
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlsplit

import pytest

from gateway.ids import Timestamp
from gateway.services.identity import PROVED_S, Identity, masked
from gateway.services.sign_in import (
    ATTEMPT_S,
    Answer,
    Attempt,
    SignIn,
    SignInRefusedError,
    safe_path,
)
from tests.world import NOON

ISSUER = "https://id.huzhou.example"
KEY = bytes(range(32))


@dataclass
class Provider:
    """A provider that names whoever it is told to."""

    iss: bool = True

    def authorization_url(self, attempt: Attempt) -> str:
        return f"{ISSUER}/authorize?state={attempt.state}&challenge={attempt.challenge}"

    def identify(self, code: str, attempt: Attempt, now: Timestamp) -> Identity:
        return Identity(subject=f"subject of {code}")

    def names_itself(self) -> bool:
        return self.iss

    def sign_out_url(self) -> str | None:
        return None


def desk(*, iss: bool = True, key: bytes = KEY) -> SignIn:
    return SignIn(issuer=ISSUER, client_id="gateway", provider=Provider(iss), key=key)


def begun(return_to: str | None = "/consent") -> tuple[Answer, str]:
    url, cookie = desk().begin(return_to, NOON)
    state = parse_qs(urlsplit(url).query)["state"][0]
    return Answer(state=state, code="c", issuer=ISSUER), cookie


def test_who_comes_back_as_asked_is_signed_in_and_goes_on() -> None:
    answer, cookie = begun()

    assert desk().finish(cookie, answer, Timestamp(NOON + ATTEMPT_S - 1)) == (
        Identity(subject="subject of c"),
        "/consent",
    )


def test_an_answer_after_ten_minutes_is_refused() -> None:
    answer, cookie = begun()

    with pytest.raises(SignInRefusedError):
        desk().finish(cookie, answer, Timestamp(NOON + ATTEMPT_S))


def test_two_attempts_share_nothing() -> None:
    (one, first), (two, second) = begun(), begun()

    assert one.state != two.state
    with pytest.raises(SignInRefusedError):
        desk().finish(first, two, NOON)
    with pytest.raises(SignInRefusedError):
        desk().finish(second, one, NOON)


def test_the_cookie_shows_nothing_of_the_attempt() -> None:
    answer, cookie = begun()

    assert (answer.state or "").encode() not in base64.urlsafe_b64decode(cookie)


ANSWERS: dict[str, dict[str, str | None]] = {
    "another browser's state": {"state": "A" * 43},
    "no state": {"state": None},
    "a state outside ASCII": {"state": "é" * 43},
    "a mixed-up provider": {"issuer": "https://id.evil.example"},
    "a provider that hides its name": {"issuer": None},
    "the person said no": {"code": None},
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_that_does_not_fit_signs_nobody_in(name: str) -> None:
    answer, cookie = begun()

    with pytest.raises(SignInRefusedError):
        desk().finish(cookie, replace(answer, **ANSWERS[name]), NOON)


def test_a_provider_without_rfc_9207_needs_no_name_but_may_give_no_other() -> None:
    answer, cookie = begun()

    assert desk(iss=False).finish(cookie, replace(answer, issuer=None), NOON)[1] == "/consent"
    with pytest.raises(SignInRefusedError):
        desk(iss=False).finish(cookie, replace(answer, issuer="https://other.example"), NOON)


@pytest.mark.parametrize("cookie", [None, "", "x", "é", "QUJD", "A" * 400])
def test_a_browser_that_began_nothing_finishes_nothing(cookie: str | None) -> None:
    answer, _ = begun()

    with pytest.raises(SignInRefusedError):
        desk().finish(cookie, answer, NOON)


def test_a_cookie_of_another_city_is_refused() -> None:
    answer, cookie = begun()

    with pytest.raises(SignInRefusedError):
        desk(key=bytes(32)).finish(cookie, answer, NOON)


SAFE = [
    *("/", "/code", "/consent", "/a/b-c_d.e", "/code/plain?city=330300"),
    "/code/plain?city=330300&scenario=lodging.hotel",
]
UNSAFE = [
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/%2fevil.example",
    "/%5cevil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "code",
    "",
    "/code?next=//evil.example",
    "/code?city=330300&next=//evil.example",
    "/code?city=33030",
    "/code?scenario=lodging.hotel",
    "/code?city=330300&scenario=",
    "/code?city=330300&scenario=%2F%2Fevil",
    "/code#x",
    "/a//b",
    "/../x",
    "/.well-known",
    "/a\r\nLocation: //evil",
    "/\t/evil.example",
    "/code ",
    "/é",
    "/" + "a" * 128,
]


@pytest.mark.parametrize("path", SAFE)
def test_a_plain_path_of_ours_is_gone_on_to(path: str) -> None:
    assert safe_path(path) == path


@pytest.mark.parametrize("path", UNSAFE)
def test_an_open_redirect_is_not_followed(path: str) -> None:
    assert safe_path(path) is None
    answer, cookie = begun(path)
    assert desk().finish(cookie, answer, NOON)[1] == "/code"


def test_what_an_attempt_asks_for_comes_back_with_it() -> None:
    asked: list[Attempt] = []

    class Remembering(Provider):
        def identify(self, code: str, attempt: Attempt, now: Timestamp) -> Identity:
            asked.append(attempt)
            return super().identify(code, attempt, now)

    for fresh in (True, False):
        sign_in = replace(desk(), provider=Remembering())
        url, cookie = sign_in.begin("/code", NOON, fresh=fresh)
        state = parse_qs(urlsplit(url).query)["state"][0]
        sign_in.finish(cookie, Answer(state=state, code="c", issuer=ISSUER), NOON)

    assert [(each.fresh, each.began_at) for each in asked] == [(True, NOON), (False, NOON)]


@pytest.mark.parametrize(("later", "fresh"), [(0, True), (PROVED_S - 1, True), (PROVED_S, False)])
def test_a_proof_is_fresh_for_ten_minutes(later: int, *, fresh: bool) -> None:
    person = Identity(subject="illustrative-1", proved_at=NOON)

    assert person.proved(Timestamp(NOON + later)) is fresh
    assert not Identity(subject="illustrative-1").proved(NOON)


NAMES = {
    "张演示": "张*",
    "欧阳演示": "欧*",
    " 李 演示": "李*",
    "阿依古丽·演示": "阿*",
    "Zhang Yanshi": "Z*",
    "e\u0301lodie": "é*",
    "x" * 300: "x*",
}


@pytest.mark.parametrize("name", NAMES)
def test_of_a_name_one_character_is_kept_and_fits_a_printed_code(name: str) -> None:
    assert masked(name) == NAMES[name]


@pytest.mark.parametrize("name", ["", "  ", "*", "3", "\ud800", 7, None, ["张"]])
def test_what_has_no_letter_in_front_is_no_name(name: object) -> None:
    assert masked(name) is None


def test_an_identity_shows_nobody() -> None:
    shown = repr(Identity(subject="illustrative-1", holder="张*", proved_at=NOON))

    assert "illustrative-1" not in shown
    assert "张" not in shown


def test_nothing_asked_is_the_code_page() -> None:
    assert safe_path(None) is None
    answer, cookie = begun(None)

    assert desk().finish(cookie, answer, NOON)[1] == "/code"
