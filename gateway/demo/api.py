"""The public API of the demonstration's cities, as a till or a phone calls it."""

import json
from typing import Any, Self

import urllib3

from gateway.demo.errors import DemoError
from gateway.demo.layout import Place

_TIMEOUT_S = 10.0


class Api:
    """HTTP calls to one or more cities."""

    def __init__(self) -> None:
        self._http = urllib3.PoolManager(retries=False, timeout=_TIMEOUT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.clear()

    def code(self, place: Place, token: str) -> str | None:
        """Return a citizen's live code, or None if there is no incentive for them."""
        answer = self._post(place, "/api/v1/codes", token, {"kind": "general"})
        code = answer["code"]
        return None if code is None else str(code)

    def scenario_code(self, place: Place, token: str, city: str, scenario: str) -> str:
        """Return a citizen's live code for a scenario of a city.

        Raises:
            DemoError: there is none.
        """
        body = {"kind": "scenario", "city": city, "scenario": scenario}
        code = self._post(place, "/api/v1/codes", token, body)["code"]
        if code is None:
            raise DemoError(f"{place.slug} gave no code for {scenario}")
        return str(code)

    def verify(self, place: Place, token: str, code: str, scenario: str) -> dict[str, Any]:
        """Return the answer to a code shown at a merchant's."""
        body = {"code": code, "scenario": scenario}
        return self._post(place, "/api/v1/verifications", token, body)

    def _post(self, place: Place, path: str, token: str, body: dict[str, str]) -> dict[str, Any]:
        response = self._http.request(
            "POST",
            f"{place.leaf}{path}",
            body=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        if response.status != 200:  # noqa: PLR2004  HTTP OK
            raise DemoError(f"{place.slug} answered {response.status} to {path}")
        answer: dict[str, Any] = json.loads(response.data)
        return answer
