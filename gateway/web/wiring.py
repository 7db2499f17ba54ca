"""One city's Flask app out of its use cases."""

from typing import Final

from flask import Flask

from gateway.web import (
    batches,
    documents,
    events,
    federation,
    headers,
    health,
    problems,
    status_lists,
)
from gateway.web.admission import check_routes, guard
from gateway.web.api import (
    bundle,
    codes,
    oauth,
    offers,
    packs,
    practice,
    receipts,
    settlements,
    verifications,
    voids,
)
from gateway.web.bodies import MAX_BODY_BYTES, allow_larger
from gateway.web.context import Gateway, install
from gateway.web.doors import DOORS
from gateway.web.limits import count_bad_token, limit_addresses, limit_visitors
from gateway.web.openapi import routes as openapi
from gateway.web.pages import assets
from gateway.web.pages.citizen import (
    code,
    complaints,
    consent,
    explanation,
    finder,
    objection,
    offline,
    own_data,
    printing,
    rights,
    sessions,
    sign_in,
)
from gateway.web.pages.merchant import check, devices, enrol, facts, plate, settings, verify
from gateway.web.pages.merchant import notices as merchant_notices
from gateway.web.pages.merchant import offers as merchant_offers
from gateway.web.pages.merchant import offline as merchant_offline
from gateway.web.pages.merchant import practice as practice_page
from gateway.web.pages.staff import (
    accounts,
    audit,
    home,
    merchant_files,
    merchant_import,
    merchant_places,
    merchant_starter,
    merchants,
    partner_keys,
    partners,
    proposals,
    sheets,
    stops,
    tills,
)
from gateway.web.pages.staff import complaints as staff_complaints
from gateway.web.pages.staff import notices as staff_notices
from gateway.web.pages.staff import objections as staff_objections
from gateway.web.pages.staff import sign_in as staff_sign_in

_PROGRAMS: Final = (
    *(verifications.bp, batches.bp, voids.bp, receipts.bp, settlements.bp, practice.bp),
    *(codes.bp, packs.bp, offers.bp, oauth.bp, bundle.bp),
    *(health.bp, federation.bp, documents.bp, status_lists.bp, events.bp, openapi.bp),
)
_PAGES: Final = (
    *(assets.bp, finder.bp, sign_in.bp, sessions.bp, consent.bp, code.bp, offline.bp, printing.bp),
    *(rights.bp, explanation.bp, own_data.bp, complaints.bp, objection.bp),
    *(enrol.bp, plate.bp, practice_page.bp, verify.bp),
    *(settings.bp, devices.bp, merchant_offers.bp, check.bp, facts.bp, merchant_offline.bp),
    merchant_notices.bp,
)

_STAFF: Final = (
    *(staff_sign_in.bp, home.bp, partners.bp, partner_keys.bp, merchants.bp, tills.bp),
    *(proposals.bp, stops.bp, sheets.bp, accounts.bp, audit.bp),
    *(
        staff_complaints.bp,
        staff_objections.bp,
        merchant_files.bp,
        merchant_places.bp,
        merchant_import.bp,
        merchant_starter.bp,
        staff_notices.bp,
    ),
)


def make_flask(gateway: Gateway) -> Flask:
    """Return the app; it serves ``gateway`` and knows nothing else."""
    app = Flask(__name__, static_folder=None, template_folder=None)
    # One more than is taken: of a body in chunks, too much must be told from enough.
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES + 1
    app.url_map.strict_slashes = True
    app.url_map.redirect_defaults = False
    app.url_map.merge_slashes = False
    app.url_map.converters["receipt"] = receipts.ReceiptConverter
    install(app, gateway)
    problems.register(app)
    # Where Flask documents that a middleware goes.
    app.wsgi_app = headers.secured(app.wsgi_app, gateway.leaf)  # type: ignore[assignment]  # a method to mypy
    for blueprint in (*_PROGRAMS, *_PAGES, *_STAFF):
        app.register_blueprint(blueprint)
    oauth.install(app)
    check_routes(app)
    allow_larger(app)
    limit_addresses(app)
    guard(app, DOORS, count_bad_token)
    limit_visitors(app)
    return app
