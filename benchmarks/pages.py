"""How long a server takes for each page that a person opens, signed in as who may see it."""

import http.client
import time
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from benchmarks.figures import Effort, Figure
from benchmarks.servers import HOST, Server
from benchmarks.stage import VERIFIER, Stage
from gateway.app.composition import OpenCity, open_city
from gateway.app.serving import gateway_of
from gateway.demo.names import visitor
from gateway.ids import Tier
from gateway.services.audit import Acting
from gateway.services.identity import Identity
from gateway.services.staff import StaffRole
from gateway.settings import load
from gateway.web.doors import CITIZEN_COOKIE, DEVICE_COOKIE, STAFF_COOKIE

TARGET_MS: Final = 200.0

_COLLEAGUE: Final = "illustrative-benchmark"

_PAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "": ("/", "/merchant/enrol", "/staff/sign-in", "/api/docs"),
    CITIZEN_COOKIE: ("/consent", "/code", "/code/plain", "/sessions"),
    DEVICE_COOKIE: ("/merchant",),
    STAFF_COOKIE: (
        *("/staff", "/staff/partners", "/staff/partners/jinhua", "/staff/merchants"),
        *("/staff/proposals", "/staff/accounts", "/staff/audit"),
    ),
}


def answering(stage: Stage, effort: Effort) -> list[Figure]:
    """Return the time from request to last byte of each page, one after the other."""
    with open_city(load(stage.full)) as city:
        cookies = _enter(city)
    with Server(environ=stage.full) as server:
        return [
            Figure(
                name=f"page_{path}",
                what=f"GET {path}, request to last byte",
                unit="ms",
                rounds=tuple(_ms(server.port, path, cookies[kind]) for _ in range(effort.rounds)),
                target=TARGET_MS,
                at_most=True,
                digits=1,
                note="one visitor, a new connection each, FULL",
            )
            for kind, paths in _PAGES.items()
            for path in paths
        ]


def _enter(city: OpenCity) -> Mapping[str, str]:
    """Return the cookies of a citizen who agreed, of a device and of the office's people."""
    now, here = city.clock.now(), gateway_of(city)
    if here.sessions is None or here.consents is None or here.enrol_devices is None:
        raise ValueError(f"{VERIFIER} of the demonstration has citizens and devices")
    person = visitor(Tier(2))
    here.consents.give(person, now)
    merchant = city.merchant_desk.directory.list_all()[0].id
    acting = Acting(by="city", at=now)
    link, _ = here.enrol_devices.link(merchant, None, "benchmark", acting)
    device, _ = here.enrol_devices.enrol(link, now)
    city.staff.add("benchmark", "benchmark", frozenset(StaffRole), acting, _COLLEAGUE)
    secrets = {
        CITIZEN_COOKIE: here.sessions.start(Identity(subject=person), now),
        DEVICE_COOKIE: device,
        STAFF_COOKIE: city.staff_access.sign_in_subject(_COLLEAGUE, now),
    }
    port = urlsplit(city.leaf).port
    named = {kind: f"__Host-{kind}-{port}={secret}" for kind, secret in secrets.items()}
    return {"": "", **named}


def _ms(port: int, path: str, cookie: str) -> float:
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    began = time.perf_counter()
    connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
    answer = connection.getresponse()
    answer.read()
    spent = time.perf_counter() - began
    connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise ValueError(f"{path} answers {answer.status}")
    return spent * 1000
