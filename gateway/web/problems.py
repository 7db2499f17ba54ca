"""Errors become answers here and nowhere else (RFC 9457).

A problem has a stable ``code`` and never repeats what came in. Federation endpoints answer
``{"error", "error_description"}`` instead, as OpenID Federation 1.0, 8.9 asks, and the endpoint for
events ``{"err", "description"}``, as RFC 8935, 2.3 asks.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from gateway.errors import GatewayError, UnavailableError, places
from gateway.jose import strict_json
from gateway.jose.errors import MembersError, StrictJsonError, TooLargeError
from gateway.services.catalogue_view import CatalogueUnavailableError
from gateway.services.consent import ConsentMissingError
from gateway.services.errors import ForbiddenError, RequestIdReusedError, UnauthorizedError
from gateway.services.identity import NotAdultError, ProofNeededError
from gateway.services.issue_scenario import ScenarioNotOfferedError
from gateway.services.rates import RateLimitedError
from gateway.services.receipts import SettlementGoneError, UnknownMonthError
from gateway.services.sign_in import ProviderUnavailableError, SignInRefusedError
from gateway.services.verify_later import ScanTimeError
from gateway.services.void import UnknownReceiptError, VoidTooLateError
from gateway.trust.events import EventError
from gateway.web.admission import LockedError
from gateway.web.errors import NotFoundError, UnsupportedMediaTypeError
from gateway.web.pages.moves import see_other
from gateway.web.pages.problem import draw_problem, way_in, way_to_proof
from gateway.web.paths import is_page, speaks_oauth, takes_events

PROBLEM_TYPE: Final = "application/problem+json"
RETRY_AFTER_S: Final = 2

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of refusal on the wire."""

    status: HTTPStatus
    code: str
    title: str


UNAUTHORIZED = Problem(HTTPStatus.UNAUTHORIZED, "unauthorized", "A valid access token is needed")
FORBIDDEN = Problem(HTTPStatus.FORBIDDEN, "forbidden", "This token may not do this")
NOT_FOUND = Problem(HTTPStatus.NOT_FOUND, "not_found", "There is nothing here")
NOT_ALLOWED = Problem(
    HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed", "This method is not offered here"
)
UNSUPPORTED = Problem(
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "Send application/json"
)
MALFORMED = Problem(
    HTTPStatus.BAD_REQUEST, "malformed_json", "The body is not one strict JSON object"
)
INVALID = Problem(HTTPStatus.BAD_REQUEST, "invalid_request", "A member is missing or not allowed")
TOO_LARGE = Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", "The request is too large")
REUSED = Problem(
    HTTPStatus.CONFLICT, "request_id_reused", "This request id came before with another code"
)
SCAN_TIME = Problem(
    HTTPStatus.BAD_REQUEST,
    ScanTimeError.code,
    "Scanned ahead of time, over 72 hours ago, or before this till was registered",
)
VOID_TOO_LATE = Problem(
    HTTPStatus.FORBIDDEN, VoidTooLateError.code, "A grant can be voided for 15 minutes only"
)
SETTLEMENT_GONE = Problem(
    HTTPStatus.GONE,
    SettlementGoneError.code,
    "Records of this month are no longer kept; the city has only totals of it",
)
CONSENT = Problem(
    HTTPStatus.FORBIDDEN, "consent_required", "The citizen has not consented to the words in force"
)
SIGN_IN = Problem(
    HTTPStatus.BAD_REQUEST, "sign_in_refused", "This sign-in was not begun in this browser"
)
ADULTS = Problem(
    HTTPStatus.FORBIDDEN, NotAdultError.code, "Credit codes are for people of 18 and over"
)
PROOF = Problem(
    HTTPStatus.FORBIDDEN, ProofNeededError.code, "The citizen has to sign in once more for this"
)
RATE_LIMITED = Problem(
    HTTPStatus.TOO_MANY_REQUESTS, "rate_limited", "Too many requests; ask again later"
)
SCENARIO_NOT_OFFERED = Problem(
    HTTPStatus.NOT_FOUND,
    ScenarioNotOfferedError.code,
    "That city offers nothing for exactly this scenario at the moment",
)
CATALOGUE_UNAVAILABLE = Problem(
    HTTPStatus.NOT_FOUND,  # whoever asks chooses the city, and no input gives a 5xx
    CatalogueUnavailableError.code,
    "What that city offers is not known at the moment",
)
UNAVAILABLE = Problem(
    HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", "Not possible at the moment; try again"
)
PROVIDER = Problem(
    HTTPStatus.SERVICE_UNAVAILABLE,
    ProviderUnavailableError.code,
    "The city's sign-in service does not answer at the moment; try again",
)
INTERNAL = Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", "Our mistake; it is logged")

_BY_ERROR: Final[tuple[tuple[type[GatewayError], Problem], ...]] = (
    (UnauthorizedError, UNAUTHORIZED),
    (ConsentMissingError, CONSENT),
    (SignInRefusedError, SIGN_IN),
    (NotAdultError, ADULTS),
    (ProofNeededError, PROOF),
    (VoidTooLateError, VOID_TOO_LATE),
    (ForbiddenError, FORBIDDEN),
    (UnknownReceiptError, NOT_FOUND),
    (UnknownMonthError, NOT_FOUND),
    (SettlementGoneError, SETTLEMENT_GONE),
    (ScenarioNotOfferedError, SCENARIO_NOT_OFFERED),
    (RequestIdReusedError, REUSED),
    (ScanTimeError, SCAN_TIME),
    (TooLargeError, TOO_LARGE),
    (StrictJsonError, MALFORMED),
    (MembersError, INVALID),
    (RateLimitedError, RATE_LIMITED),
    (CatalogueUnavailableError, CATALOGUE_UNAVAILABLE),
    (ProviderUnavailableError, PROVIDER),
    (UnavailableError, UNAVAILABLE),
)
_BY_STATUS: Final = {
    problem.status.value: problem
    for problem in (NOT_FOUND, NOT_ALLOWED, UNSUPPORTED, INVALID, TOO_LARGE, UNAVAILABLE)
}


def register(app: Flask) -> None:
    """Let ``app`` answer every error as a problem."""
    app.register_error_handler(GatewayError, _on_gateway_error)
    app.register_error_handler(HTTPException, _on_http_error)
    app.register_error_handler(Exception, _on_bug)


def answer(problem: Problem, detail: str | None = None) -> Response:
    """Return a problem as a response; ``detail`` is ours, never the sender's text."""
    if takes_events(request.path):
        return _event_response(problem, detail)
    if speaks_oauth(request.path):
        return _response(oauth_body_of(problem, detail), problem, "application/json")
    if is_page(request.path):
        way = _way(problem)
        return way or _with_headers(draw_problem(problem.status, problem.code), problem)
    return _response(body_of(problem, detail), problem, PROBLEM_TYPE)


def _way(problem: Problem) -> Response | None:
    """Return where a page sends whom it does not serve yet, if there is a place."""
    if problem is PROOF:
        return way_to_proof()
    return way_in() if problem is UNAUTHORIZED else None


def body_of(problem: Problem, detail: str | None = None) -> dict[str, object]:
    """Return the members of a problem on the wire."""
    body: dict[str, object] = {
        "type": f"urn:credit-code:problem:{problem.code}",
        "title": problem.title,
        "status": problem.status.value,
        "code": problem.code,
    }
    return body | ({"detail": detail} if detail else {})


def told(error: GatewayError) -> dict[str, object]:
    """Return the members of the problem that an error is: one of many things in one request.

    Raises:
        GatewayError: the error itself, if it is no problem of a request.
    """
    problem = _problem_of(error)
    if problem is None:
        raise error
    return body_of(problem, _detail(problem, error))


def oauth_body_of(problem: Problem, detail: str | None = None) -> dict[str, object]:
    """Return the members of a problem where errors are OAuth's (RFC 6749, 5.2)."""
    error = "not_found" if problem is NOT_FOUND else _federation_error(problem)
    return {"error": error, "error_description": detail or problem.title}


def _event_response(problem: Problem, detail: str | None) -> Response:
    body: dict[str, object] = {"err": problem.code, "description": detail or problem.title}
    response = _response(body, problem, "application/json")
    response.headers["Content-Language"] = "en"
    return response


def _response(body: dict[str, object], problem: Problem, mimetype: str) -> Response:
    response = Response(strict_json.encode(body), status=problem.status, mimetype=mimetype)
    return _with_headers(response, problem)


def _with_headers(response: Response, problem: Problem) -> Response:
    if problem is UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    if problem.status is HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _federation_error(problem: Problem) -> str:
    if problem in {UNAVAILABLE, RATE_LIMITED}:
        return "temporarily_unavailable"
    return "server_error" if problem is INTERNAL else "invalid_request"


def _on_gateway_error(error: GatewayError) -> Response:
    if isinstance(error, NotFoundError):
        return answer(NOT_FOUND, str(error))
    if isinstance(error, LockedError) and is_page(request.path):
        return see_other("/merchant/unlock")
    if isinstance(error, UnsupportedMediaTypeError):
        return answer(UNSUPPORTED, str(error) if takes_events(request.path) else None)
    if isinstance(error, EventError):
        return answer(Problem(HTTPStatus.BAD_REQUEST, error.err, str(error)))
    problem = _problem_of(error)
    if problem is None:
        return _on_bug(error)
    response = answer(problem, _detail(problem, error))
    if isinstance(error, RateLimitedError):
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response


def _problem_of(error: GatewayError) -> Problem | None:
    return next((problem for kind, problem in _BY_ERROR if isinstance(error, kind)), None)


def _detail(problem: Problem, error: GatewayError) -> str | None:
    # A MembersError names the member and what is allowed, never the value that came.
    return str(error) if problem is INVALID else None


def _on_http_error(error: HTTPException) -> Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR.value
    refused = status < HTTPStatus.INTERNAL_SERVER_ERROR
    response = answer(_BY_STATUS.get(status, INVALID if refused else INTERNAL))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _on_bug(error: Exception) -> Response:
    _log.error("unexpected_error", error=type(error).__name__, places=places(error))
    return answer(INTERNAL)
