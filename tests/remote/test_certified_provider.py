"""Signing in with a certified OpenID provider (npm oidc-provider), over real HTTP."""

import re
import shutil
import subprocess
import time
from collections.abc import Generator
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests

from gateway.errors import FetchError
from gateway.ids import Timestamp
from gateway.remote.client_tokens import ClientAccess, ClientTokens
from gateway.remote.lines import Lines
from gateway.remote.oidc import OidcProvider
from gateway.remote.wire import Deadline
from gateway.services.identity import NOTHING_ASKED, AskedClaims, NotAdultError
from gateway.services.sign_in import Answer, SignIn, SignInRefusedError

NODE = Path(__file__).parents[1] / "node"
REDIRECT = "https://credit.huzhou.example/sign-in/callback"
SECRET = "illustrative secret of the client"


@pytest.fixture(scope="module")
def issuer() -> Generator[str]:
    node = shutil.which("node")
    if node is None or not (NODE / "node_modules" / "oidc-provider").is_dir():
        pytest.skip("npm oidc-provider is not installed (tests/node)")
    process = subprocess.Popen(  # noqa: S603  our own script
        [node, "provider.mjs", REDIRECT, SECRET],
        cwd=NODE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        address = next(line for line in process.stdout if line.startswith("http://"))
        yield address.strip()
    finally:
        process.stdin.close()
        process.wait(60)
        process.stdout.close()


def desk(issuer: str, asked: AskedClaims = NOTHING_ASKED) -> SignIn:
    client = OidcProvider(
        issuer=issuer,
        client_id="gateway",
        client_secret=SECRET,
        redirect_uri=REDIRECT,
        asked=asked,
    )
    return SignIn(issuer=issuer, client_id="gateway", provider=client, key=bytes(32))


def walk(url: str, person: str = "illustrative-1") -> str:
    """Sign in and agree as a person would; return the address of ours that the way ends at."""
    with requests.Session() as browser:
        answer = browser.get(url, allow_redirects=False, timeout=60)
        for _ in range(12):
            while answer.is_redirect:
                url = urljoin(url, answer.headers["Location"])
                if url.startswith(REDIRECT):
                    return url
                answer = browser.get(url, allow_redirects=False, timeout=60)
            action = re.search(r'action="([^"]+)"', answer.text)
            prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
            assert action is not None
            assert prompt is not None
            form = {"prompt": prompt[1], "login": person, "password": "any"}
            url = urljoin(url, action[1])
            answer = browser.post(url, data=form, allow_redirects=False, timeout=60)
    raise AssertionError("the provider never came to an end")


def answer_of(address: str) -> Answer:
    back = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    return Answer(state=back.get("state"), code=back.get("code"), issuer=back.get("iss"))


def now() -> Timestamp:
    return Timestamp(int(time.time()))  # noqa: TID251  the provider's clock is this machine's


def test_a_person_signs_in_and_a_replayed_code_signs_nobody_in(issuer: str) -> None:
    sign_in = desk(issuer)
    url, cookie = sign_in.begin("/code", now())

    answer = answer_of(walk(url))

    assert answer.issuer == issuer
    person, path = sign_in.finish(cookie, answer, now())
    assert (person.subject, path) == ("illustrative-1", "/code")
    with pytest.raises(SignInRefusedError):
        sign_in.finish(cookie, answer, now())


def test_a_fresh_sign_in_comes_with_a_proof_of_this_moment(issuer: str) -> None:
    sign_in = desk(issuer)
    began_at = now()
    url, cookie = sign_in.begin("/code", began_at, fresh=True)

    person, _ = sign_in.finish(cookie, answer_of(walk(url)), now())

    assert person.proved_at is not None
    assert person.proved_at >= began_at - 1
    assert person.proved(now())


def test_the_claims_that_a_city_asks_for_come_in_the_id_token(issuer: str) -> None:
    sign_in = desk(issuer, AskedClaims(name="name", adult="age_over_18"))
    url, cookie = sign_in.begin("/code", now())

    person, _ = sign_in.finish(cookie, answer_of(walk(url)), now())

    assert (person.subject, person.holder) == ("illustrative-1", "张*")
    url, cookie = sign_in.begin("/code", now())
    with pytest.raises(NotAdultError):
        sign_in.finish(cookie, answer_of(walk(url, "illustrative-child")), now())


def test_a_code_stolen_on_its_way_is_no_use_in_another_browser(issuer: str) -> None:
    sign_in = desk(issuer)
    url, _ = sign_in.begin("/code", now())
    stolen = answer_of(walk(url))
    thiefs_url, thiefs_cookie = sign_in.begin("/code", now())
    state = parse_qs(urlsplit(thiefs_url).query)["state"][0]

    with pytest.raises(SignInRefusedError):
        sign_in.finish(thiefs_cookie, stolen, now())
    # Even with a state of the thief's own the PKCE verifier does not fit.
    mixed = Answer(state=state, code=stolen.code, issuer=issuer)
    with pytest.raises(SignInRefusedError):
        sign_in.finish(thiefs_cookie, mixed, now())


def test_signing_out_leads_to_the_providers_own_page(issuer: str) -> None:
    url = desk(issuer).provider.sign_out_url()

    assert url is not None
    assert requests.get(f"{url}?client_id=gateway", timeout=60).status_code == 200


def scores(issuer: str, secret: str = SECRET) -> ClientTokens:
    access = ClientAccess(
        token_url=f"{issuer}/token",
        client_id="gateway-scores",
        client_secret=lambda: secret,
        scope="assessments.read",
    )
    return ClientTokens(access, Lines((), allow_http_loopback=True))


def test_an_access_token_for_ourselves_is_given_and_kept(issuer: str) -> None:
    tokens = scores(issuer)

    assert len(tokens.get(Deadline(10.0))) > 20
    assert not tokens.due


def test_no_access_token_is_given_for_a_wrong_secret(issuer: str) -> None:
    with pytest.raises(FetchError) as refused:
        scores(issuer, secret="another").get(Deadline(10.0))

    assert refused.value.code == "fetch_token_refused"
