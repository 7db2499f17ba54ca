"""One city's Flask app out of its use cases."""

from typing import Final

from flask import Flask

from gateway.web import federation, headers, health, problems
from gateway.web.admission import check_routes, guard
from gateway.web.api import codes, oauth, offers, verifications, voids
from gateway.web.bodies import MAX_BODY_BYTES
from gateway.web.context import Gateway, install
from gateway.web.doors import DOORS
from gateway.web.limits import count_bad_token, limit_addresses, limit_visitors
from gateway.web.openapi import routes as openapi
from gateway.web.pages import assets
from gateway.web.pages.citizen import code, consent, finder, sessions, sign_in
from gateway.web.pages.merchant import enrol, verify
from gateway.web.pages.staff import accounts, audit, home, merchants, partners, proposals, tills
from gateway.web.pages.staff import sign_in as staff_sign_in

_PROGRAMS: Final = (
    *(verifications.bp, voids.bp, codes.bp, offers.bp, oauth.bp),
    *(health.bp, federation.bp, openapi.bp),
)
_PAGES: Final = (
    *(assets.bp, finder.bp, sign_in.bp, sessions.bp, consent.bp, code.bp),
    *(enrol.bp, verify.bp),
)

_STAFF: Final = (
    *(staff_sign_in.bp, home.bp, partners.bp, merchants.bp, tills.bp),
    *(proposals.bp, accounts.bp, audit.bp),
)


def make_flask(gateway: Gateway) -> Flask:
    """Return the app; it serves ``gateway`` and knows nothing else."""
    app = Flask(__name__, static_folder=None, template_folder=None)
    # One more than is taken: of a body in chunks, too much must be told from enough.
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES + 1
    app.url_map.strict_slashes = True
    app.url_map.redirect_defaults = False
    app.url_map.merge_slashes = False
    install(app, gateway)
    problems.register(app)
    # Where Flask documents that a middleware goes.
    app.wsgi_app = headers.secured(app.wsgi_app, gateway.leaf)  # type: ignore[assignment]
    for blueprint in (*_PROGRAMS, *_PAGES, *_STAFF):
        app.register_blueprint(blueprint)
    oauth.install(app)
    check_routes(app)
    limit_addresses(app)
    guard(app, DOORS, count_bad_token)
    limit_visitors(app)
    return app
