"""What partner cities fetch: own statements, served exactly as they were signed.

OpenID Federation 1.0, 8 and 9; headers as docs/federation.md says. Static file hosting would do.
"""

import json
import re
from typing import Final

from flask import Blueprint, Response, request

from gateway.ids import CityId
from gateway.jose import strict_json
from gateway.services.probe import PROBE_TYPE
from gateway.services.probe_codes import NoProbeError
from gateway.trust.trusted_city import Role
from gateway.web.admission import Who, open_to
from gateway.web.conditional import unless_known
from gateway.web.context import gateway

bp = Blueprint("federation", __name__)

_DIVISION: Final = re.compile(r"[0-9]{6}", re.ASCII)

STATEMENT_TYPE: Final = "application/entity-statement+jwt"


@bp.get("/.well-known/openid-federation")
@open_to(Who.PUBLIC)
def leaf_configuration() -> Response:
    """Answer with the leaf's entity configuration."""
    return _statement(Role.LEAF, "private, no-cache")


@bp.get("/anchor/.well-known/openid-federation")
@open_to(Who.PUBLIC)
def anchor_configuration() -> Response:
    """Answer with the trust anchor's entity configuration."""
    return _statement(Role.ANCHOR, "public, max-age=3600")


@bp.get("/anchor/fetch")
@open_to(Who.PUBLIC)
def subordinate_statement() -> Response:
    """Answer with the anchor's statement on ``sub``, which can only be our leaf."""
    subjects = request.args.getlist("sub")
    leaf = gateway().leaf
    if len(subjects) != 1 or subjects[0] == f"{leaf}/anchor":
        return _error(400, "invalid_request", "exactly one sub, other than the anchor itself")
    if subjects[0] != leaf:
        return _error(404, "not_found", "the anchor has no such subordinate")
    return _statement(Role.SUBORDINATE, "public, max-age=300")


@bp.get("/anchor/list")
@open_to(Who.PUBLIC)
def subordinates() -> Response:
    """Answer with the one subordinate of the anchor."""
    response = Response(json.dumps([gateway().leaf]), mimetype="application/json")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@bp.get("/federation/probe")
@open_to(Who.PUBLIC)
def probe() -> Response:
    """Answer with a code for one destination that nothing is granted for."""
    asked, codes = request.args.getlist("aud"), gateway().probe
    if len(asked) != 1 or not _DIVISION.fullmatch(asked[0]):
        return _error(400, "invalid_request", "exactly one aud, a division code of six digits")
    if codes is None:
        return _error(404, "not_found", "this city issues no codes")
    try:
        code = codes.code(CityId(asked[0]), gateway().clock.now())
    except NoProbeError:
        return _error(404, "not_found", "no other member has this division code")
    # Not as Flask's mimetype, which adds a charset: partners ask for the exact type.
    return Response(code, headers={"Content-Type": PROBE_TYPE, "Cache-Control": "no-store"})


def _statement(role: Role, cache: str) -> Response:
    found = gateway().trust.statements.get(role)
    if found is None:
        return _error(404, "not_found", "nothing has been published yet")
    response = Response(found.token, mimetype=STATEMENT_TYPE)
    response.headers["ETag"] = found.etag
    response.headers["Cache-Control"] = cache
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return unless_known(response)


def _error(status: int, error: str, description: str) -> Response:
    body = strict_json.encode({"error": error, "error_description": description})
    return Response(body, status=status, mimetype="application/json")
