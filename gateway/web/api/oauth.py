"""``POST /oauth2/token``: a till trades its credentials for an access token (RFC 6749, 4.4).

Authlib reads the request and runs the grant; who is a till, and what it may have, the services
say. A client authenticates with its secret (RFC 6749, 2.3.1) or with an assertion that it signed
(RFC 7523, 2.2). What comes back never repeats what came in, and an unknown
till, a wrong secret and a bad signature are one answer.
"""

# Authlib's stubs leave parts of its classes open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, cast
from urllib.parse import unquote

from authlib.integrations.flask_oauth2.requests import FlaskOAuth2Payload
from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Request
from authlib.oauth2.rfc6749.errors import (
    InvalidClientError,
    InvalidScopeError,
    UnauthorizedClientError,
)
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from flask import Blueprint, Flask, Response, current_app
from flask import request as flask_request

from gateway.jose import strict_json
from gateway.services.errors import ForbiddenError, UnauthorizedError
from gateway.services.till_access import TOKEN_S, TillAccess
from gateway.services.tills import AuthMethod, ScopeRefusedError, TillClient
from gateway.web.admission import Who, open_to
from gateway.web.context import gateway
from gateway.web.errors import NotFoundError
from gateway.web.limits import per_address

bp = Blueprint("oauth", __name__)

METHODS: Final[tuple[AuthMethod, ...]] = ("client_secret_basic", "private_key_jwt")

REFUSALS: Final[Mapping[str, tuple[HTTPStatus, str]]] = {
    "invalid_client": (
        HTTPStatus.UNAUTHORIZED,
        "The till is not known, or its secret or assertion does not fit",
    ),
    "invalid_request": (
        HTTPStatus.BAD_REQUEST,
        "Send one form with grant_type and scope, each field once, nothing in the address",
    ),
    "invalid_scope": (
        HTTPStatus.BAD_REQUEST,
        "A scope is scenario:ID or venue:ID, and nothing that this till has not",
    ),
    "unauthorized_client": (
        HTTPStatus.BAD_REQUEST,
        "The merchant may not verify at the moment; ask the office of the city",
    ),
    "unsupported_grant_type": (HTTPStatus.BAD_REQUEST, "grant_type is client_credentials"),
}
"""Everything that the token endpoint refuses (RFC 6749, 5.2), and what it says of it."""

_EXTENSION: Final = "credit_code_oauth"
_FORM: Final = "application/x-www-form-urlencoded"
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class Client(ClientMixin):
    """A till that has authenticated, as Authlib asks about it."""

    of: TillClient

    def get_client_id(self) -> str:
        """Return its id."""
        return self.of.id

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Allow the one method that it was registered for."""
        del endpoint
        return method == self.of.method

    def check_grant_type(self, grant_type: str) -> bool:
        """Allow client credentials only."""
        return grant_type == ClientCredentialsGrant.GRANT_TYPE


class Server(AuthorizationServer):
    """Authlib's server for this one grant, on our services and with our words."""

    def query_client(self, client_id: str) -> ClientMixin:
        """Never called: each way to authenticate looks for its own till."""
        raise NotImplementedError(client_id)

    def create_oauth2_request(self, request: object) -> OAuth2Request:
        """Return the request under our own name: a proxy ends TLS, and Host is the sender's."""
        del request
        asked = OAuth2Request("POST", endpoint(), headers=dict(flask_request.headers))
        asked.payload = FlaskOAuth2Payload(flask_request)
        return asked

    def generate_token(  # noqa: PLR0913, PLR0917  as Authlib calls it
        self,
        grant_type: str,
        client: ClientMixin,
        user: object = None,
        scope: str | None = None,
        expires_in: int | None = None,
        include_refresh_token: bool = True,  # noqa: FBT001, FBT002  as Authlib calls it
    ) -> dict[str, str | int]:
        """Return the answer, with a token that is durable already."""
        del grant_type, user, expires_in, include_refresh_token
        tills, till = _tills(), cast("Client", client).of
        try:
            granted = tills.scope(till, scope or "")
            fresh = tills.issue(till, granted, gateway().clock.now())
        except ScopeRefusedError as error:
            raise InvalidScopeError from error
        except ForbiddenError as error:
            raise UnauthorizedClientError from error
        except UnauthorizedError as error:
            raise InvalidClientError from error
        return {
            "access_token": fresh,
            "token_type": "Bearer",
            "expires_in": TOKEN_S,
            "scope": str(granted),
        }

    def save_token(self, token: dict[str, str | int], request: OAuth2Request) -> None:
        """Keep nothing more: the service has stored the token's hash."""

    def send_signal(self, name: object, *_: object, **__: object) -> None:
        """Tell nobody: nothing here listens to Authlib's signals."""

    def handle_response(self, status: int, body: Mapping[str, object], headers: object) -> Response:
        """Return an answer; of a refusal only its code is Authlib's."""
        del headers
        code = body.get("error")
        if isinstance(code, str):
            status, said = REFUSALS.get(code, REFUSALS["invalid_request"])
            body = {"error": code, "error_description": said}
        response = Response(
            strict_json.encode(dict(body)), status=status, mimetype="application/json"
        )
        if status == HTTPStatus.UNAUTHORIZED:
            response.headers["WWW-Authenticate"] = "Basic"
        return response


class _Grant(ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS: Collection[str] = METHODS


@bp.post("/oauth2/token")
@open_to(Who.PUBLIC)
@per_address("till-token")
def token() -> Response:
    """Answer one request for a token."""
    server: Server = current_app.extensions[_EXTENSION]
    if not _is_plain_form():
        return server.handle_response(0, {"error": "invalid_request"}, ())
    return cast("Response", server.create_token_response())


def install(app: Flask) -> None:
    """Give ``app`` its authorization server."""
    server = Server()
    server.register_grant(_Grant)
    server.register_client_auth_method("client_secret_basic", _by_secret)
    server.register_client_auth_method("private_key_jwt", _by_assertion)
    app.extensions[_EXTENSION] = server


def endpoint() -> str:
    """Return the address of this endpoint, as tills know it."""
    return f"{gateway().leaf}/oauth2/token"


def _is_plain_form() -> bool:
    """Return whether the request is one form, with each field once, and nothing in the address.

    It proves who asks in one way: by a header or in the form (RFC 6749, 2.3).
    """
    fields = flask_request.form
    once = all(len(values) == 1 for _, values in fields.lists())
    if "HTTP_AUTHORIZATION" in flask_request.environ and "client_assertion" in fields:
        return False
    return once and not flask_request.query_string and flask_request.mimetype == _FORM


def _tills() -> TillAccess:
    found = gateway().tills
    if found is None:
        raise NotFoundError("no till signs in here")
    return found


def _by_secret(find: object, asked: OAuth2Request) -> Client | None:
    """Return the till of an ``Authorization: Basic`` header."""
    del find, asked
    # Werkzeug takes the header apart: Authlib's own reader fails on bytes that are no UTF-8.
    try:
        shown = flask_request.authorization
    except ValueError:  # characters beyond ASCII
        shown = None
    if shown is None or shown.type != "basic":
        return None
    try:
        client_id, secret = unquote(shown.username or ""), unquote(shown.password or "")
        return Client(_tills().by_secret(client_id, secret))
    except UnauthorizedError as error:
        raise InvalidClientError from error


def _by_assertion(find: object, asked: OAuth2Request) -> Client | None:
    """Return the till that signed the ``client_assertion``."""
    del find, asked
    fields, city = flask_request.form, gateway()
    if fields.get("client_assertion_type") != ASSERTION_TYPE or "client_assertion" not in fields:
        return None
    audiences = (city.leaf, endpoint())
    try:
        till = _tills().by_assertion(fields["client_assertion"], audiences, city.clock.now())
    except UnauthorizedError as error:
        raise InvalidClientError from error
    # RFC 7521, 4.2: a name beside the assertion is the one in it.
    if fields.get("client_id", till.id) != till.id:
        raise InvalidClientError
    return Client(till)
