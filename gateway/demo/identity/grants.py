"""Authlib's authorization server for one grant: the code flow with PKCE, and an id token."""

# Authlib's stubs leave parts of its classes open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any, Final

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9207 import IssuerParameter
from authlib.oidc.core import AuthorizationCodeMixin, UserInfo
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, request
from joserfc.jwk import ECKey

from gateway.clock import SystemClock, monotonic_s
from gateway.demo.identity.plan import Registered
from gateway.ids import Timestamp

CODE_S: Final = 60
TOKEN_S: Final = 300
MAX_CODES: Final = 1000
ALGORITHM: Final = "ES256"


@dataclass(frozen=True, slots=True)
class Client(ClientMixin):
    """A city's gateway, as Authlib asks about it."""

    of: Registered

    def get_client_id(self) -> str:
        """Return its id."""
        return self.of.client_id

    def get_default_redirect_uri(self) -> str:
        """Return the only address there is."""
        return self.of.redirect_uri

    def get_allowed_scope(self, scope: Collection[str] | str) -> str:
        """Return ``openid`` and ``profile``, as far as they are asked for."""
        asked = scope.split() if isinstance(scope, str) else scope
        return " ".join(each for each in ("openid", "profile") if each in asked)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Return whether it is that address, byte for byte."""
        return redirect_uri == self.of.redirect_uri

    def check_client_secret(self, client_secret: str) -> bool:
        """Return whether this is its secret."""
        return compare_digest(client_secret.encode(), self.of.secret.encode())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Allow HTTP Basic only."""
        del endpoint
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        """Allow the code flow only."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Allow the code flow only."""
        return grant_type == "authorization_code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is said of a made-up person beside the subject.

    Attributes:
        adult: Whether the person is 18.
    """

    name: str
    adult: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted(AuthorizationCodeMixin):
    """One authorization code and what it is bound to."""

    code: str
    client_id: str
    redirect_uri: str
    person: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str
    at_s: float
    chosen_at: Timestamp

    def get_redirect_uri(self) -> str:
        """Return the address it was sent to."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """Return what it is good for."""
        return self.scope

    def get_nonce(self) -> str:
        """Return the nonce of the attempt."""
        return self.nonce

    def get_auth_time(self) -> int:
        """Return when somebody was chosen: each sign-in asks anew, whatever it was asked."""
        return self.chosen_at

    def get_acr(self) -> str:
        """Return nothing: nobody proved anything."""
        return ""

    def get_amr(self) -> list[str]:
        """Return nothing: nobody proved anything."""
        return []


class Codes:
    """Authorization codes, in this process only: each is taken out once, within a minute."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, Granted] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, granted: Granted) -> None:
        """Keep a code; of more than 1,000 the oldest are forgotten."""
        with self._lock:
            self._held[granted.code] = granted
            while len(self._held) > MAX_CODES:
                self._held.popitem(last=False)

    def take(self, code: str) -> Granted | None:
        """Return a code that is a minute old at most, and forget it."""
        with self._lock:
            found = self._held.pop(code, None)
        return found if found is not None and monotonic_s() - found.at_s <= CODE_S else None


class _CodeGrant(AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS: Collection[str] = ("client_secret_basic",)
    codes: Codes

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        if request.payload is None or request.client is None:
            raise AssertionError("Authlib saves a code after it has checked the request")
        asked = request.payload.data
        self.codes.put(
            Granted(
                code=code,
                client_id=request.client.get_client_id(),
                redirect_uri=asked["redirect_uri"],
                person=str(request.user),
                scope=request.client.get_allowed_scope(asked.get("scope", "")),
                nonce=asked.get("nonce", ""),
                code_challenge=asked.get("code_challenge", ""),
                code_challenge_method=asked.get("code_challenge_method", ""),
                at_s=monotonic_s(),
                chosen_at=SystemClock().now(),
            )
        )

    def query_authorization_code(self, code: str, client: ClientMixin) -> Granted | None:
        # Taken out even if what follows fails: a code is tried once.
        found = self.codes.take(code)
        return found if found and found.client_id == client.get_client_id() else None

    def delete_authorization_code(self, authorization_code: Granted) -> None:
        del authorization_code

    def authenticate_user(self, authorization_code: Granted) -> str:
        return authorization_code.person


class _IdToken(OpenIDCode):
    def __init__(self, key: ECKey, said: Callable[[str], Said]) -> None:
        super().__init__(require_nonce=True)
        self._key, self._said = key, said

    def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:
        del nonce, request
        return False

    def resolve_client_private_key(self, client: Client) -> ECKey:
        del client
        return self._key

    def get_client_algorithm(self, client: Client) -> str:
        del client
        return ALGORITHM

    def get_encode_header(self, client: Client) -> dict[str, str]:
        del client
        return {"alg": ALGORITHM, "kid": str(self._key.kid), "typ": "JWT"}

    def get_client_claims(self, client: Client) -> dict[str, Any]:
        return {"iss": client.of.issuer, "aud": [client.of.client_id]}

    def generate_user_info(self, user: str, scope: str) -> UserInfo:
        if "profile" not in scope.split():
            return UserInfo(sub=user)
        said = self._said(user)
        return UserInfo(sub=user, name=said.name, age_over_18=said.adult)


class _Issuer(IssuerParameter):
    def __init__(self, clients: Mapping[str, Client]) -> None:
        self._clients = clients

    def get_issuer(self) -> str:
        slug = (request.view_args or {}).get("slug", "")
        return self._clients[f"gateway-{slug}"].of.issuer


def install(
    app: Flask, clients: Mapping[str, Client], key: ECKey, said: Callable[[str], Said]
) -> AuthorizationServer:
    """Return the authorization server of ``app``.

    Args:
        app: Serves it.
        clients: By client id.
        key: Signs id tokens.
        said: What is said of a person beside the subject.
    """

    def find(client_id: str) -> Client | None:
        return clients.get(client_id)

    def forget(token: dict[str, Any], request: OAuth2Request) -> None:
        """Keep no access token: there is nothing that one would open."""

    grant = type("CodeGrant", (_CodeGrant,), {"codes": Codes()})
    app.config["OAUTH2_TOKEN_EXPIRES_IN"] = {"authorization_code": TOKEN_S}
    server = AuthorizationServer(app, query_client=find, save_token=forget)
    server.register_grant(grant, [_IdToken(key, said), CodeChallenge(required=True)])
    server.register_extension(_Issuer(clients))
    return server


def new_key() -> ECKey:
    """Return a fresh signing key, as good as the process lives."""
    return ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, auto_kid=True)


def new_secret() -> str:
    """Return a client secret of 256 random bits."""
    return secrets.token_urlsafe(32)
