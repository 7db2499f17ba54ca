"""Any request to the API, as every role: what comes back is what the document says.

Schemathesis makes requests out of ``/api/v1/openapi.json``: the examples, the edges of every
schema, and what no schema allows. The same ones are made in every run.
"""

from collections.abc import Generator, Iterable
from enum import StrEnum
from typing import Any, Final, TypedDict
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import ignored_auth
from schemathesis.specs.openapi.schemas import OpenApiSchema

from gateway.ids import MerchantId
from gateway.web.admission import Who
from gateway.web.openapi.document import document
from gateway.web.openapi.model import Place
from gateway.web.wiring import make_flask
from tests.web.people_site import ACTING, PeopleSite, people_site
from tests.web.site import LEAF
from tests.web.test_roles import enter
from tests.world import WENZHOU, agreement

HOST: Final = LEAF.removeprefix("https://")
EXAMPLES: Final = 12
REFUSED: Final = ["400", "401", "403", "404", "405", "409", "413", "415", "429"]
BATCH_TAKEN: Final = ["2xx", "400", "401", "403", "413", "429", "503"]


PLACE: Final = Place(
    leaf=LEAF,
    city=WENZHOU.code,
    cities=tuple(each.division_code for each in agreement().members),
    scenarios=tuple(agreement().scenarios),
    cookies=((Who.CITIZEN, "__Host-citizen"), (Who.DEVICE, "__Host-device")),
)


class Site:
    """The app that the next request is for; schemathesis asks for one before there is any."""

    def __init__(self) -> None:
        self.app: WSGIApplication | None = None

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        assert self.app is not None
        return self.app(environ, start)


SITE: Final = Site()


def described() -> OpenApiSchema:
    """Return the calls of the site, and how many requests to make of each."""
    config = SchemathesisConfig.from_dict(
        {
            "seed": 1,
            # On a busy machine everything is.
            "suppress-health-check": ["too_slow"],
            "generation": {
                "max-examples": EXAMPLES,
                "deterministic": True,
                "database": "none",
                "with-security-parameters": False,
            },
            "checks": {"negative_data_rejection": {"expected-statuses": REFUSED}},
            # Any item is judged by itself, but what no strict JSON is (half a surrogate, a number
            # over 2^53) refuses the whole; JSON Schema cannot say so.
            "operations": [
                {
                    "include-path": "/api/v1/verifications/batch",
                    "checks": {"positive_data_acceptance": {"expected-statuses": BATCH_TAKEN}},
                }
            ],
        }
    )
    schema = schemathesis.openapi.from_dict(document(PLACE), config=config)
    schema.app = SITE
    return schema


API = described()


class Way(StrEnum):
    """How somebody comes to the API."""

    NOBODY = "nobody"
    MERCHANT_TOKEN = "merchant token"
    TILL_TOKEN = "till token"
    CITIZEN_TOKEN = "citizen token"
    DEVICE = "device"
    CITIZEN = "citizen"
    OPERATOR = "operator"
    APPROVER = "approver"
    AUDITOR = "auditor"
    COUNTY = "county"


OPEN: Final[dict[Way, str]] = {
    Way.NOBODY: "offers",
    Way.MERCHANT_TOKEN: "verify",
    Way.TILL_TOKEN: "verify",
    Way.CITIZEN_TOKEN: "issue",
    Way.DEVICE: "verify",
    Way.CITIZEN: "issue",
    Way.OPERATOR: "offers",
    Way.APPROVER: "offers",
    Way.AUDITOR: "offers",
    Way.COUNTY: "offers",
}


class Credentials(TypedDict):
    """What a visitor sends with each request."""

    headers: dict[str, str]
    cookies: dict[str, str]


@pytest.fixture(scope="module", params=Way)
def way(request: pytest.FixtureRequest) -> Way:
    return Way(request.param)


@pytest.fixture(scope="module")
def sent(way: Way, tmp_path_factory: pytest.TempPathFactory) -> Generator[Credentials]:
    with people_site(tmp_path_factory.mktemp("any")) as people:
        SITE.app = make_flask(people.gateway)
        yield credentials(people, way)
        SITE.app = None


def credentials(people: PeopleSite, way: Way) -> Credentials:
    match way:
        case Way.NOBODY:
            return Credentials(headers={}, cookies={})
        case Way.MERCHANT_TOKEN:
            return Credentials(headers=people.site.as_merchant(), cookies={})
        case Way.TILL_TOKEN:
            return Credentials(headers=as_till(people), cookies={})
        case Way.CITIZEN_TOKEN:
            return Credentials(headers=people.site.as_citizen(), cookies={})
        case _:
            return by_cookie(people, Who(way))


def as_till(people: PeopleSite) -> dict[str, str]:
    till, secret = people.register_tills.add(MerchantId("m-1"), "till", None, None, None, ACTING)
    assert secret is not None
    answer = people.client.post(
        "/oauth2/token", data={"grant_type": "client_credentials"}, auth=(till.id, secret)
    )
    return {"Authorization": f"Bearer {answer.get_json()['access_token']}"}


def by_cookie(people: PeopleSite, who: Who) -> Credentials:
    """Return what the browser of somebody who signed in would send."""
    enter(people, who)
    if who is Who.CITIZEN:
        people.agree()
    headers = {"X-Form-Token": people.form_token()}
    held = (
        people.client.get_cookie(f"__Host-{kind}", domain=HOST)
        for kind in ("citizen", "device", "staff", "visit")
    )
    return Credentials(headers=headers, cookies={each.key: each.value for each in held if each})


def blind_to(sent: Credentials) -> list[Any]:
    """Return what not to check: it takes a cookie that it was handed for a made-up one."""
    return [ignored_auth] if sent["cookies"] else []


@API.parametrize()  # pyright: ignore[reportUntypedFunctionDecorator]  its types are open
def test_whatever_is_sent_the_answer_is_a_documented_one(
    case: schemathesis.Case[Any], sent: Credentials
) -> None:
    case.call_and_validate(**sent, excluded_checks=blind_to(sent))


def test_each_visitor_is_served_what_is_open_to_them(way: Way, sent: Credentials) -> None:
    operation = API.find_operation_by_id(OPEN[way])
    content = operation.definition.raw.get("requestBody", {}).get("content", {})
    examples = content.get("application/json", {}).get("examples", {})
    bodies = [each["value"] for each in examples.values()]

    case = (
        operation.Case(body=bodies[0], media_type="application/json")
        if bodies
        else operation.Case()
    )
    answer = case.call_and_validate(**sent, excluded_checks=blind_to(sent))

    assert answer.status_code == 200
