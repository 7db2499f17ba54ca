from dataclasses import replace

import pytest

from gateway.codes import reading
from gateway.codes.issuing import CodeSigner
from gateway.ids import CityId, UnverifiedText
from gateway.policy.stops import NOTHING_STOPPED
from gateway.services.own_keys import IssuingKey
from gateway.services.probe_codes import ProbeCodes
from tests.web.site import Site
from tests.world import JINHUA, WENZHOU

URL = "/federation/probe"


def probing(site: Site) -> Site:
    key = IssuingKey(kid=WENZHOU.signer.public.kid, signer=CodeSigner(WENZHOU.signer))
    codes = ProbeCodes(
        WENZHOU.code,
        frozenset({WENZHOU.code, JINHUA.code}),
        key=lambda: key,
        trust=site.desk.trust,
        stops=NOTHING_STOPPED,
    )
    site.gateway = replace(site.gateway, probe=codes)
    site.client = site.client_of(site.gateway)
    return site


def test_a_partner_is_given_a_code_for_itself_and_nothing_stores_it() -> None:
    answer = probing(Site()).client.get(f"{URL}?aud={JINHUA.code}")

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/plain")
    assert answer.headers["Cache-Control"] == "no-store"
    assert reading.read(UnverifiedText(answer.text)).claims.destination == JINHUA.code


@pytest.mark.parametrize(
    ("query", "status", "error"),
    [
        ("", 400, "invalid_request"),
        ("?aud=330700&aud=330700", 400, "invalid_request"),
        ("?aud=33070", 400, "invalid_request"),
        ("?aud=٣٣٠٧٠٠", 400, "invalid_request"),
        (f"?aud={WENZHOU.code}", 404, "not_found"),
        ("?aud=330100", 404, "not_found"),
    ],
)
def test_nobody_else_is_given_one(query: str, status: int, error: str) -> None:
    answer = probing(Site()).client.get(URL + query)

    assert (answer.status_code, answer.get_json()["error"]) == (status, error)


def test_a_city_that_only_verifies_has_no_probe() -> None:
    answer = Site().client.get(f"{URL}?aud={CityId('330700')}")

    assert (answer.status_code, answer.get_json()["error"]) == (404, "not_found")
