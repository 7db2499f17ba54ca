"""Whatever comes in: no 5xx, and nothing of it comes back."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import create_environ, run_wsgi_app

from gateway.web.paths import is_page
from tests.web.site import Site
from tests.world import JINHUA, RESTAURANT

OUTCOMES = {"recognised", "no_benefit", "present_again", "not_a_code", "undetermined"}
PROBLEMS = {
    "unauthorized",
    "forbidden",
    "not_found",
    "method_not_allowed",
    "unsupported_media_type",
    "malformed_json",
    "invalid_request",
    "too_large",
    "request_id_reused",
}
URL = "/api/v1/verifications"
SENDERS_HEADERS = (
    *("Authorization", "Accept-Language", "Content-Type", "If-None-Match", "Range", "Host"),
    *("Cookie", "Expect", "Content-Length", "Transfer-Encoding", "X-Forwarded-For"),
)
bounded = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
members = st.fixed_dictionaries(
    {},
    optional={
        "code": values | st.just(JINHUA.show()),
        "scenario": values | st.just(RESTAURANT),
        "venue": values,
        "request_id": values,
    },
)
header_text = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=80)
paths = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
methods = st.sampled_from(["GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])


@pytest.fixture(scope="module")
def site() -> Site:
    return Site()


def check(status: int, body: bytes, path: str = URL) -> None:
    assert 200 <= status < 500
    if status >= 400 and body and is_page(path):
        assert body.startswith(b"<!doctype html>")
    elif status >= 400 and body:
        answer: dict[str, Any] = json.loads(body)
        assert answer.get("code") in PROBLEMS or "error_description" in answer


@bounded
@given(body=st.binary(max_size=2000))
def test_any_bytes_as_a_body_are_a_problem_of_the_sender(site: Site, body: bytes) -> None:
    response = site.client.post(
        URL, data=body, content_type="application/json", headers=site.as_merchant()
    )

    check(response.status_code, response.data)


@bounded
@given(body=members)
def test_any_members_are_answered(site: Site, body: dict[str, object]) -> None:
    response = site.client.post(
        URL,
        data=json.dumps(body).encode(),
        content_type="application/json",
        headers=site.as_merchant(),
    )

    check(response.status_code, response.data)


@bounded
@given(code=st.text(max_size=4096) | st.text("0123456789ABCDEFGHIJ $%*+-./:", max_size=300))
@pytest.mark.parametrize("prefix", ["", "CC1:", "CC2:", "ey"])
def test_any_text_as_a_code_gets_one_of_the_five_outcomes(
    site: Site, prefix: str, code: str
) -> None:
    text = (prefix + code)[:4096]
    response = site.client.post(
        URL, json={"code": text, "scenario": RESTAURANT}, headers=site.as_merchant()
    )

    body = json.loads(response.data)
    # JSON may spell half of a pair of surrogates, which no text holds.
    assert body.get("outcome") in OUTCOMES or body.get("code") == "malformed_json"
    assert len(text) < 30 or text.encode("utf-8", "replace") not in response.data


@bounded
@given(
    path=paths,
    method=methods,
    query=st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    headers=st.dictionaries(
        st.sampled_from(SENDERS_HEADERS),
        header_text,
        max_size=5,
    ),
)
def test_any_path_method_and_headers_are_answered(
    site: Site, path: str, method: str, query: str, headers: dict[str, str]
) -> None:
    for place in ["/" + path, URL, "/api/v1/codes", "/api/v1/offers", "/anchor/fetch", "/readyz"]:
        environ = create_environ("/", method=method)
        environ |= {_variable(name): value for name, value in headers.items()}
        environ["PATH_INFO"] = place.encode().decode("latin-1")
        environ["QUERY_STRING"] = quote(f"sub={query}&city={query}&scenario={query}", safe="&=%")

        # Past the test client, which refuses what a socket can carry.
        body, status, _ = run_wsgi_app(site.client.application, environ)

        check(int(status.split()[0]), b"".join(body), place)


def _variable(name: str) -> str:
    upper = name.upper().replace("-", "_")
    return upper if upper in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{upper}"
