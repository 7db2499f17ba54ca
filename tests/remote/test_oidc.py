"""Our client against a provider that lies, over real HTTP."""

import base64
import hmac
import threading
from collections.abc import Callable, Generator
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from gateway.clock import monotonic_s
from gateway.remote import bounded_session
from gateway.remote.discovery import BACK_OFF_S, MAX_KEYS, Discovery
from gateway.services.identity import Identity
from gateway.services.sign_in import ProviderUnavailableError, SignInRefusedError
from tests.remote.liar import ATTEMPT, Liar, client, lying
from tests.system.tills import until
from tests.world import NOON


@pytest.fixture
def liar() -> Generator[Liar]:
    with lying() as made:
        yield made


def test_a_good_id_token_names_its_subject(liar: Liar) -> None:
    assert client(liar).identify("code-1", ATTEMPT, NOON) == Identity(subject="illustrative-1")

    sent = liar.asked[-1]
    assert sent["path"] == "/op/token"
    assert sent["code"] == ["code-1"]
    assert sent["code_verifier"] == [ATTEMPT.verifier]
    assert sent["authorization"].startswith("Basic ")
    assert "client_secret" not in sent


def test_the_browser_is_sent_with_state_nonce_and_challenge(liar: Liar) -> None:
    url = urlsplit(client(liar).authorization_url(ATTEMPT))

    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert url.path == "/op/authorize"
    assert asked == {
        "response_type": "code",
        "client_id": "gateway",
        "redirect_uri": "http://127.0.0.1:1/sign-in/callback",
        "scope": "openid",
        "state": ATTEMPT.state,
        "nonce": ATTEMPT.nonce,
        "code_challenge": ATTEMPT.challenge,
        "code_challenge_method": "S256",
    }


CLAIMS: dict[str, dict[str, object]] = {
    "wrong nonce": {"nonce": "m" * 43},
    "no nonce": {"nonce": None},
    "another audience": {"aud": "somebody"},
    "no audience": {"aud": None},
    "another issuer": {"iss": "https://id.evil.example"},
    "no issuer": {"iss": None},
    "expired": {"exp": NOON - 61},
    "no end": {"exp": None},
    "of the future": {"iat": NOON + 61},
    "without a time": {"iat": None},
    "many audiences, another party": {"aud": ["gateway", "evil"], "azp": "evil"},
    "nobody": {"sub": None},
    "an empty name": {"sub": ""},
    "a name of 256 characters": {"sub": "x" * 256},
    "a name that is a number": {"sub": 7},
    "a name that nobody can type": {"sub": "a\0b"},
    "a name with a blank": {"sub": "illustrative 1"},
    "a name that is not ASCII": {"sub": "张演示"},
    "a name that is no text": {"sub": "\ud800"},
}


@pytest.mark.parametrize("name", CLAIMS)
def test_an_id_token_that_is_not_for_this_sign_in_is_refused(liar: Liar, name: str) -> None:
    liar.claims = CLAIMS[name]

    with pytest.raises(SignInRefusedError):
        client(liar).identify("c", ATTEMPT, NOON)


def unsigned(liar: Liar) -> str:
    head, body, _ = liar.signed().split(".")
    del head
    return f"eyJhbGciOiJub25lIn0.{body}."


def signed_with_the_public_key(liar: Liar) -> str:
    _, body, _ = liar.signed().split(".")
    head = base64.urlsafe_b64encode(b'{"alg":"HS256"}').decode().rstrip("=")
    mac = hmac.digest(liar.key.as_pem(private=False), f"{head}.{body}".encode(), "sha256")
    return f"{head}.{body}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def signed_by_another(liar: Liar) -> str:
    other = ECKey.generate_key("P-256")
    kid = str(liar.key.kid)
    return jwt.encode({"alg": "ES256", "kid": kid}, liar.all_claims(), other, ["ES256"])


FORGED: dict[str, Callable[[Liar], object]] = {
    "alg none": unsigned,
    "HS256 with the public key": signed_with_the_public_key,
    "another's signature": signed_by_another,
    "an unknown key id": lambda liar: jwt.encode(
        {"alg": "ES256", "kid": "elsewhere"}, liar.all_claims(), liar.key, ["ES256"]
    ),
    "no token": lambda _: None,
    "a number": lambda _: 7,
    "no JWS": lambda _: "abc",
    "not ASCII": lambda _: "é.é.é",
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_id_token_is_refused(liar: Liar, name: str) -> None:
    liar.token = FORGED[name]

    with pytest.raises(SignInRefusedError):
        client(liar).identify("c", ATTEMPT, NOON)


def test_a_new_key_of_the_provider_is_found(liar: Liar, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = client(liar)
    provider.identify("c", ATTEMPT, NOON)
    liar.key = ECKey.generate_key("P-256", auto_kid=True)
    with pytest.raises(SignInRefusedError):
        provider.identify("c", ATTEMPT, NOON)

    monkeypatch.setattr("gateway.remote.oidc.ASK_AGAIN_S", 0.0)

    assert provider.identify("c", ATTEMPT, NOON).subject == "illustrative-1"


def test_forgeries_do_not_make_us_ask_for_keys_again_and_again(liar: Liar) -> None:
    provider = client(liar)
    liar.token = signed_by_another

    for _ in range(5):
        with pytest.raises(SignInRefusedError):
            provider.identify("c", ATTEMPT, NOON)

    assert [asked["path"] for asked in liar.asked].count("/op/jwks") == 1


def test_a_replayed_authorization_code_that_the_provider_refuses_signs_nobody_in(
    liar: Liar,
) -> None:
    provider = client(liar)
    provider.identify("c", ATTEMPT, NOON)
    liar.status, liar.body = 400, b'{"error": "invalid_grant"}'

    with pytest.raises(SignInRefusedError):
        provider.identify("c", ATTEMPT, NOON)


METADATA: dict[str, dict[str, object]] = {
    "another issuer": {"issuer": "https://id.evil.example"},
    "keys elsewhere": {"jwks_uri": "http://192.0.2.1/jwks"},
    "a token endpoint elsewhere": {"token_endpoint": "ftp://127.0.0.1/token"},
    "no authorization endpoint": {"authorization_endpoint": None},
}


@pytest.mark.parametrize("name", METADATA)
def test_a_discovery_document_that_leads_elsewhere_is_not_followed(liar: Liar, name: str) -> None:
    liar.metadata = METADATA[name]

    with pytest.raises(ProviderUnavailableError):
        client(liar).authorization_url(ATTEMPT)


BODIES = {
    "no JSON": (200, b"<html>"),
    "a list": (200, b"[]"),
    "an error": (500, b"{}"),
    "a redirect": (302, b"{}"),
    "64 KiB and one byte": (200, b"{" + b" " * 65_535 + b"}"),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_provider_that_does_not_answer_as_one_is_unavailable(liar: Liar, name: str) -> None:
    liar.status, liar.body = BODIES[name]

    with pytest.raises(ProviderUnavailableError):
        client(liar).authorization_url(ATTEMPT)
    assert client(liar).sign_out_url() is None


def test_keys_that_cannot_be_read_are_no_keys(liar: Liar) -> None:
    liar.metadata = {"jwks_uri": f"{liar.issuer}/.well-known/openid-configuration"}
    liar.metadata["jwks_uri"] = f"http://127.0.0.1:{liar.port}/op/token"

    with pytest.raises(ProviderUnavailableError):
        client(liar).authorization_url(ATTEMPT)


def test_a_provider_that_is_gone_is_unavailable(liar: Liar) -> None:
    gone = client(liar, issuer="http://127.0.0.1:9/op")

    with pytest.raises(ProviderUnavailableError):
        gone.authorization_url(ATTEMPT)
    assert gone.sign_out_url() is None


def test_a_slow_provider_is_given_up_in_time(liar: Liar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_session, "READ_S", 0.2)
    liar.slow_s = 1.0

    with pytest.raises(ProviderUnavailableError):
        client(liar).authorization_url(ATTEMPT)


def test_a_provider_gone_between_sign_in_and_exchange_is_unavailable(liar: Liar) -> None:
    provider = client(liar)
    provider.authorization_url(ATTEMPT)
    liar.body = b"not JSON"

    with pytest.raises(ProviderUnavailableError):
        provider.identify("c", ATTEMPT, NOON)


def test_what_the_provider_offers_is_told(liar: Liar) -> None:
    assert client(liar).sign_out_url() == f"{liar.issuer}/end"
    assert not client(liar).names_itself()
    liar.metadata = {
        "authorization_response_iss_parameter_supported": True,
        "end_session_endpoint": "https://evil.example/",
    }
    assert client(liar).names_itself()
    assert client(liar).sign_out_url() is None


def test_an_https_provider_has_no_plain_endpoints() -> None:
    discovery = Discovery("https://id.example")

    assert not discovery.trusts("http://127.0.0.1:80/x")
    assert discovery.trusts("https://login.example/x")


def test_while_one_waits_for_a_silent_provider_the_others_are_refused_at_once(liar: Liar) -> None:
    provider = client(liar)
    liar.answers.clear()
    first = threading.Thread(target=provider.sign_out_url)
    first.start()
    until(lambda: bool(liar.asked), within_s=60)

    for _ in range(50):
        with pytest.raises(ProviderUnavailableError):
            provider.authorization_url(ATTEMPT)
        assert provider.sign_out_url() is None

    assert len(liar.asked) == 1
    liar.answers.set()
    first.join()
    assert provider.sign_out_url() == f"{liar.issuer}/end"


def test_while_one_asks_again_the_others_go_on_with_what_is_known(
    liar: Liar, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = client(liar)
    provider.authorization_url(ATTEMPT)
    monkeypatch.setattr("gateway.remote.discovery.KEPT_S", -1.0)
    asked = len(liar.asked)
    liar.answers.clear()
    first = threading.Thread(target=provider.sign_out_url)
    first.start()
    until(lambda: len(liar.asked) > asked, within_s=60)

    assert provider.sign_out_url() == f"{liar.issuer}/end"

    liar.answers.set()
    first.join()


def test_after_a_failure_nobody_asks_for_a_while(
    liar: Liar, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = client(liar)
    liar.status = 500
    assert provider.sign_out_url() is None
    liar.status = 200

    with pytest.raises(ProviderUnavailableError):
        provider.authorization_url(ATTEMPT)
    assert len(liar.asked) == 1

    monkeypatch.setattr("gateway.remote.discovery.monotonic_s", lambda: monotonic_s() + BACK_OFF_S)
    assert provider.sign_out_url() == f"{liar.issuer}/end"


def test_what_was_known_outlives_a_failure_but_not_for_ever(
    liar: Liar, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = client(liar)
    provider.authorization_url(ATTEMPT)
    liar.status = 500
    monkeypatch.setattr("gateway.remote.discovery.KEPT_S", -1.0)

    assert provider.sign_out_url() == f"{liar.issuer}/end"

    monkeypatch.setattr("gateway.remote.discovery.USABLE_S", -1.0)
    with pytest.raises(ProviderUnavailableError):
        provider.authorization_url(ATTEMPT)


POINT = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
UNREADABLE: dict[str, object] = {
    "a curve that we lack (SM2)": {"kty": "EC", "crv": "SM2", "kid": "sm2", "x": POINT, "y": POINT},
    "a type that we lack": {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA"},
    "a type that is no text": {"kty": ["EC"]},
    "a shared secret": {"kty": "oct", "k": "AAAA"},
    "a point that is on no curve": {"kty": "EC", "crv": "P-256", "x": POINT, "y": POINT},
    "half a key": {"kty": "EC", "crv": "P-256", "x": POINT},
    "an RSA key of nothing": {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
    "no key": "key",
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_key_that_cannot_be_read_is_left_out_and_the_others_serve(liar: Liar, name: str) -> None:
    liar.more_keys = [UNREADABLE[name]]

    assert client(liar).identify("c", ATTEMPT, NOON).subject == "illustrative-1"


@pytest.mark.parametrize(("before", "found"), [(MAX_KEYS - 1, True), (MAX_KEYS, False)])
def test_of_very_many_keys_the_first_are_looked_at(liar: Liar, before: int, *, found: bool) -> None:
    liar.more_keys = ["none"] * before
    provider = client(liar)

    if found:
        assert provider.identify("c", ATTEMPT, NOON).subject == "illustrative-1"
    else:
        with pytest.raises(ProviderUnavailableError):
            provider.identify("c", ATTEMPT, NOON)


def test_codes_are_exchanged_by_a_bounded_number_at_once(
    liar: Liar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.remote.oidc.EXCHANGES", 1)
    provider = client(liar)
    provider.authorization_url(ATTEMPT)
    asked = len(liar.asked)
    liar.answers.clear()
    first = threading.Thread(target=provider.identify, args=("c", ATTEMPT, NOON))
    first.start()
    until(lambda: len(liar.asked) > asked, within_s=60)

    with pytest.raises(ProviderUnavailableError):
        provider.identify("c", ATTEMPT, NOON)

    liar.answers.set()
    first.join()
    assert provider.identify("c", ATTEMPT, NOON).subject == "illustrative-1"
