"""What citizens cost: packs in process and over HTTP, and how soon a phone shows a code."""

import http.client
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, sync_playwright

from benchmarks.figures import Effort, Figure, Pace
from benchmarks.servers import HOST, Server
from benchmarks.stage import Stage
from gateway.app.composition import open_city
from gateway.app.serving import gateway_of
from gateway.demo.names import driven, visitor
from gateway.ids import Tier, Timestamp
from gateway.services.identity import Identity
from gateway.services.issue_pack import IssuePack, Pack
from gateway.settings import load
from gateway.web.context import Gateway
from gateway.web.doors import CITIZEN_COOKIE

CHROMIUM: Final = Path("/usr/bin/chromium")
_FLAGS: Final = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]
_HOUR_S: Final = 3600
_CODES: Final = 96
_PACK: Final = ("/api/v1/codes/pack", dict[str, str]())
_LIVE: Final = ("/api/v1/codes", {"kind": "general"})
_DRAWN: Final = """addEventListener("DOMContentLoaded", () => {
  const panel = document.getElementById("code"), symbol = document.getElementById("symbol");
  const look = () => {
    if (panel.dataset.code && !symbol.hidden) requestAnimationFrame(() => {
      document.documentElement.dataset.drawn = performance.now();
    });
  };
  new MutationObserver(look).observe(panel, {attributes: true, subtree: true});
  look();
});"""
"""Notes in the page how many milliseconds after the navigation began a code was on the screen."""


def packing(stage: Stage, effort: Effort) -> list[Figure]:
    """Return what a pack costs: the use case alone, and the server's CPU for the call."""
    count = max(4, effort.codes // 20)
    with open_city(load(stage.full)) as city:
        desk, now = gateway_of(city).desk, city.clock.now()
        token = city.citizens.issue(driven(Tier(2)), Timestamp(now + _HOUR_S))
        if desk is None or desk.packs is None:
            raise ValueError("the city gives no packs")
        packs, pace = desk.packs, Pace(count)
        pace.run(effort.rounds, {"pack": lambda part: _packs(packs, part, now)})
    with Server(environ=stage.full) as server:
        spent, size = _served(server, token, _PACK, count=count, rounds=effort.rounds)
        live, _ = _served(server, token, _LIVE, count=8 * count, rounds=effort.rounds)
    return [
        Figure(
            name="pack_case_us",
            what="IssuePack.pack: 96 codes and their day row, caller's thread",
            unit="µs",
            rounds=pace.micros("pack"),
            digits=0,
        ),
        Figure(
            name="live_http_ms",
            what="POST /api/v1/codes, CPU of the server",
            unit="ms",
            rounds=live,
            digits=2,
            note="a general code; one phone after the other, FULL",
        ),
        Figure(
            name="pack_http_ms",
            what="POST /api/v1/codes/pack, CPU of the server",
            unit="ms",
            rounds=spent,
            digits=2,
            note=f"{_CODES} codes, {size / 1000:.1f} kB; one phone after the other, FULL",
        ),
        Figure(
            name="pack_codes_per_s",
            what="codes of packs a core gives in a second over HTTP",
            unit="/s",
            rounds=tuple(_CODES / ms * 1000 for ms in spent),
            digits=0,
        ),
        Figure(
            name="pack_bytes",
            what="a pack as it is sent",
            unit="B",
            rounds=(float(size),),
            target=20_000,
            at_most=True,
            digits=0,
        ),
    ]


def _packs(packs: IssuePack, part: range, now: Timestamp) -> None:
    for _ in part:
        if not isinstance(packs.pack(driven(Tier(2)), now), Pack):
            raise TypeError("no pack was given")


def _served(
    server: Server, token: str, ask: tuple[str, Mapping[str, str]], *, count: int, rounds: int
) -> tuple[tuple[float, ...], int]:
    """Return milliseconds of server CPU for an answer, a round, and the bytes of one."""
    path, wish = ask
    connection = http.client.HTTPConnection(HOST, server.port, timeout=30)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    spent, size = list[float](), 0
    for _ in range(rounds):
        before = server.cpu_s()
        for _ in range(count):
            connection.request("POST", path, body=json.dumps(wish), headers=headers)
            answer = connection.getresponse()
            size = len(answer.read())
            if answer.status != http.HTTPStatus.OK:
                raise ValueError(f"{path} answers {answer.status}")
        spent.append((server.cpu_s() - before) / count * 1000)
    connection.close()
    return tuple(spent), size


def drawing(stage: Stage, effort: Effort) -> list[Figure]:
    """Return how long after opening the page a code is drawn; nothing without a Chromium."""
    if not CHROMIUM.exists():
        return []
    with open_city(load(stage.full)) as city:
        cookie, leaf = _signed_in(gateway_of(city), city.clock.now()), city.leaf
    url = f"{leaf}/code#city=330300&scenario=general"
    with (
        Server(environ=stage.full, port=urlsplit(leaf).port),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=_FLAGS)
        times = [_open(browser, url, cookie) for _ in range(effort.rounds)]
        browser.close()
    return [
        Figure(
            name=name,
            what=f"page opened → code on the screen, {what}",
            unit="ms",
            rounds=tuple(each[place] for each in times),
            target=1000,
            at_most=True,
            digits=0,
            note="360 by 740 px, headless Chromium",
        )
        for place, (name, what) in enumerate(
            (("drawn_first_ms", "a new browser"), ("drawn_again_ms", "opened again"))
        )
    ]


def _signed_in(here: Gateway, now: Timestamp) -> Mapping[str, str]:
    """Return the cookie of a citizen who agreed."""
    if here.sessions is None or here.consents is None:
        raise ValueError("the city has no citizens")
    person = visitor(Tier(2))
    here.consents.give(person, now)
    name = f"__Host-{CITIZEN_COOKIE}-{urlsplit(here.leaf).port}"
    return {"name": name, "value": here.sessions.start(Identity(subject=person), now)}


def _open(browser: Browser, url: str, cookie: Mapping[str, str]) -> tuple[float, float]:
    """Return the milliseconds for a browser that was never here, and for its second look."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    # Its prefix asks for TLS, without which Chromium sends it to this machine only.
    secure = {"url": url.replace("http:", "https:"), "secure": True, **cookie}
    context.add_cookies([secure])  # type: ignore[list-item]  # the same members
    context.add_init_script(_DRAWN)
    page = context.new_page()
    times = list[float]()
    for _ in range(2):
        page.goto(url)
        page.locator("html[data-drawn]").wait_for()
        times.append(float(page.locator("html").get_attribute("data-drawn") or "nan"))
        page.goto("about:blank")
    context.close()
    return times[0], times[1]
