"""``/healthz`` (the process answers) and ``/readyz`` (it can do its work)."""

from http import HTTPStatus

from flask import Blueprint, Response

from gateway.jose import strict_json
from gateway.web.admission import Who, open_to
from gateway.web.context import gateway

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@open_to(Who.PUBLIC)
def alive() -> Response:
    """Answer that the process runs."""
    return Response(strict_json.encode({"status": "ok"}), mimetype="application/json")


@bp.get("/readyz")
@open_to(Who.PUBLIC)
def ready() -> Response:
    """Answer 200 if every check passes, else 503; each check is named."""
    results = {name: check() for name, check in gateway().checks.items()}
    well = all(results.values())
    return Response(
        strict_json.encode({"status": "ok" if well else "not_ready", "checks": results}),
        status=HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE,
        mimetype="application/json",
    )
