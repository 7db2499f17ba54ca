"""The ways in, as OpenAPI names them (``gateway/web/doors.py`` opens them)."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.services.access import CITIZEN_PREFIX, MERCHANT_PREFIX
from gateway.services.till_access import TILL_PREFIX
from gateway.services.tills import SCENARIO_WORD, VENUE_WORD
from gateway.web.admission import Who
from gateway.web.openapi.model import Place, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """One way in.

    Attributes:
        fields: The security scheme object of OpenAPI, without its description.
    """

    name: str
    says: Text
    fields: Mapping[str, object]


def schemes(place: Place) -> tuple[Scheme, ...]:
    """Return every way in."""
    cookies = dict(place.cookies)
    return (
        Scheme(
            name="merchantToken",
            says=Text(
                f"商家的长期令牌,{MERCHANT_PREFIX}…,由本市信用办发放",
                f"a merchant's lasting token, {MERCHANT_PREFIX}…, from the city's office",
            ),
            fields={"type": "http", "scheme": "bearer"},
        ),
        Scheme(
            name="tillToken",
            says=Text(
                f"收银机的访问令牌,{TILL_PREFIX}…,一小时内有效,用 OAuth 2.0 换取",
                f"a till's access token, {TILL_PREFIX}…, good for an hour, by OAuth 2.0",
            ),
            fields={
                "type": "oauth2",
                "flows": {
                    "clientCredentials": {"tokenUrl": "/oauth2/token", "scopes": _scopes(place)}
                },
            },
        ),
        Scheme(
            name="tillSecret",
            says=Text(
                "收银机的编号和密钥(client_secret_basic)",
                "id and secret of a till (client_secret_basic)",
            ),
            fields={"type": "http", "scheme": "basic"},
        ),
        Scheme(
            name="citizenToken",
            says=Text(
                f"演示市民的令牌,{CITIZEN_PREFIX}…;真实的城市没有",
                f"token of a made-up citizen, {CITIZEN_PREFIX}…; real cities have none",
            ),
            fields={"type": "http", "scheme": "bearer"},
        ),
        Scheme(
            name="deviceCookie",
            says=Text("已登记的商家设备", "an enrolled device of a merchant"),
            fields={"type": "apiKey", "in": "cookie", "name": cookies[Who.DEVICE]},
        ),
        Scheme(
            name="citizenCookie",
            says=Text("已登录的市民", "a citizen who signed in"),
            fields={"type": "apiKey", "in": "cookie", "name": cookies[Who.CITIZEN]},
        ),
        Scheme(
            name="formToken",
            says=Text(
                "页面的表单令牌;用 cookie 时必须一起发送",
                "form token of our page; must come along with a cookie",
            ),
            fields={"type": "apiKey", "in": "header", "name": "X-Form-Token"},
        ),
    )


def _scopes(place: Place) -> dict[str, str]:
    known = {f"{SCENARIO_WORD}{each}": f"Verify for {each}." for each in place.scenarios}
    return known | {f"{VENUE_WORD}ID": "Verify at one venue only."}
