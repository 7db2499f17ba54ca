import pytest

from gateway.web.paths import is_page, speaks_oauth

OAUTH = ("/oauth2/token", "/anchor/fetch", "/.well-known/openid-federation", "/status", "/status/1")
OTHERS = (
    *("/api/v1/codes", "/.well-known/other", "/healthz", "/static/style.css"),
    *("/manifest.webmanifest", "/service-worker.js"),
)


@pytest.mark.parametrize("path", ["/", "/staff/sign-in", "/oauth", "/ready", "/statuses"])
def test_what_is_not_known_as_a_programs_address_is_for_people(path: str) -> None:
    assert is_page(path)
    assert not speaks_oauth(path)


@pytest.mark.parametrize("path", [*OAUTH, *OTHERS])
def test_a_program_is_shown_no_page_and_told_errors_in_its_way(path: str) -> None:
    assert not is_page(path)
    assert speaks_oauth(path) is (path in OAUTH)
