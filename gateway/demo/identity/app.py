"""The provider's pages and endpoints, one issuer path for each city."""

# Authlib's stubs leave parts of its classes open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from flask import Flask, Response, abort, jsonify, render_template, request
from joserfc.jwk import ECKey, KeySet

from gateway.demo.identity.grants import ALGORITHM, Client, Said, install, new_key
from gateway.demo.identity.plan import PLAN_VARIABLE, Registered, read_plan
from gateway.demo.names import CHILD, colleague, visitor
from gateway.ids import Tier

MAX_BODY_BYTES: Final = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One made-up person on the page.

    Attributes:
        name: Made up; what the provider says of the person where it is asked.
        adult: Whether the person is 18, likewise.
    """

    subject: str
    zh: str
    en: str
    name: str
    adult: bool = True


PEOPLE: Final = (
    Person(
        subject=visitor(Tier(3)),
        zh="演示市民甲(等级 3 极好)",
        en="Made-up citizen A (tier 3)",
        name="张演示",
    ),
    Person(
        subject=visitor(Tier(2)),
        zh="演示市民乙(等级 2 优秀)",
        en="Made-up citizen B (tier 2)",
        name="王演示",
    ),
    Person(
        subject=visitor(Tier(1)),
        zh="演示市民丙(等级 1 守信)",
        en="Made-up citizen C (tier 1)",
        name="李演示",
    ),
    Person(
        subject=visitor(None),
        zh="演示市民丁(无等级)",
        en="Made-up citizen D (without a tier)",
        name="赵演示",
    ),
    Person(
        subject=CHILD,
        zh="演示市民戊(未满18周岁)",
        en="Made-up citizen E (not 18)",
        name="钱演示",
        adult=False,
    ),
)


STAFF: Final = tuple(
    Person(
        subject=colleague(role),
        zh=f"演示工作人员({zh})",
        en=f"Made-up {role}",
        name=f"演示{zh}",
    )
    for role, zh in (
        ("operator", "经办"),
        ("approver", "复核"),
        ("auditor", "审计"),
        ("county", "县区"),
    )
)


def from_environment() -> Flask:
    """Return the provider that the demonstration's plan describes.

    Raises:
        DemoError: there is no plan of a demonstration.
    """
    return make_provider(read_plan(Path(os.environ.get(PLAN_VARIABLE, "."))))  # noqa: TID251  a demo


def make_provider(plan: Mapping[str, Registered]) -> Flask:
    """Return the provider for the cities of ``plan``, with a signing key of its own."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    key = new_key()
    clients = {each.client_id: Client(each) for each in plan.values()}
    desk = _Desk(plan, key, install(app, clients, key, _said))
    app.add_url_rule("/<slug>/.well-known/openid-configuration", view_func=desk.discovery)
    app.add_url_rule("/<slug>/jwks", view_func=desk.jwks)
    app.add_url_rule("/<slug>/authorize", view_func=desk.authorize, methods=["GET", "POST"])
    app.add_url_rule("/<slug>/token", view_func=desk.token, methods=["POST"])
    app.add_url_rule("/<slug>/end", view_func=desk.end)
    return app


@dataclass(frozen=True, slots=True)
class _Desk:
    """The endpoints of every issuer path."""

    plan: Mapping[str, Registered]
    key: ECKey
    server: AuthorizationServer

    def discovery(self, slug: str) -> Response:
        return jsonify(_metadata(self._of(slug).issuer))

    def jwks(self, slug: str) -> Response:
        self._of(slug)
        return jsonify(KeySet([self.key]).as_dict(private=False))

    def authorize(self, slug: str) -> Any:  # noqa: ANN401  what Authlib returns
        city = self._of(slug)
        try:
            grant = cast("Any", self.server).get_consent_grant(end_user=None)
        except OAuth2Error:
            abort(400)
        if grant.client.get_client_id() != city.client_id:
            abort(400)
        chosen = request.form.get("person")
        if chosen is None:
            return _page("choose.html", city=city, people=_people(city))
        if chosen not in {each.subject for each in _people(city)}:
            abort(400)
        return self.server.create_authorization_response(grant_user=chosen, grant=grant)

    def token(self, slug: str) -> Any:  # noqa: ANN401  what Authlib returns
        self._of(slug)
        return self.server.create_token_response()

    def end(self, slug: str) -> Response:
        return _page("ended.html", city=self._of(slug), people=())

    def _of(self, slug: str) -> Registered:
        return self.plan[slug] if slug in self.plan else abort(404)


def _people(city: Registered) -> tuple[Person, ...]:
    return STAFF if city.is_staff else PEOPLE


def _said(subject: str) -> Said:
    """Return what the provider says of one of its people beside the subject."""
    person = next(each for each in (*PEOPLE, *STAFF) if each.subject == subject)
    return Said(name=person.name, adult=person.adult)


def _page(template: str, **values: object) -> Response:
    response = Response(render_template(template, **values))
    # Forms lead on to the city's gateway on another port of this machine.
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; "
        "form-action 'self' http://127.0.0.1:*"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _metadata(issuer: str) -> dict[str, object]:
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/jwks",
        "end_session_endpoint": f"{issuer}/end",
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "scopes_supported": ["openid", "profile"],
        "claims_supported": ["sub", "auth_time", "name", "age_over_18"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }
