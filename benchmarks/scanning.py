"""How soon the verify page reads a code with its camera, and how soon the grant is seen."""

import gzip
import io
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from benchmarks.citizens import CHROMIUM
from benchmarks.figures import Effort, Figure
from benchmarks.servers import Server
from benchmarks.stage import SCENARIO, Stage
from gateway.app.composition import OpenCity, open_city
from gateway.app.serving import gateway_of
from gateway.codes import qr
from gateway.services.audit import Acting
from gateway.settings import load
from gateway.web.doors import DEVICE_COOKIE
from gateway.web.pages import assets

_FLAGS: Final = (
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"),
    *("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),
)
_SIZE: Final = (1280, 720)
_LOOK_MS: Final = 3000
_PARTS: Final = ("merchant.js", "reader.js", "style.css", "zxing_reader.wasm")

_NOTED: Final = """{
  const note = (name, at) => {
    const {dataset} = document.documentElement;
    if (!(name in dataset)) dataset[name] = at;
  };
  const post = Worker.prototype.postMessage;
  let frames = 0;
  Worker.prototype.postMessage = function (sent, ...more) {
    if (!this.heard) this.addEventListener("message", ({data}) => {
      // The first only makes the reader ready.
      frames += data.number > 1 ? 1 : 0;
      document.documentElement.dataset.frames = frames;
      if (data.texts && data.texts.length) note("decoded", performance.now());
    });
    this.heard = true;
    return post.call(this, sent, ...more);
  };
  addEventListener("DOMContentLoaded", () => {
    const result = document.getElementById("result");
    const look = () => {
      if (!result.classList.contains("recognised")) return;
      requestAnimationFrame(() => note("shown", performance.now()));
    };
    new MutationObserver(look).observe(result, {attributes: true});
    addEventListener("load", () => document.getElementById("tap").click());
  });
}"""
"""Taps as soon as the page is there; notes in it when a code was read and the answer was seen."""


def scanning(stage: Stage, effort: Effort) -> list[Figure]:
    """Return the times and the frames a second; nothing without a Chromium."""
    if not CHROMIUM.exists():
        return []
    with open_city(load(stage.full)) as city:
        cookie, leaf = _enrolled(city), city.leaf
    with (
        TemporaryDirectory(prefix="credit-bench-") as temporary,
        Server(environ=stage.full, port=urlsplit(leaf).port),
        sync_playwright() as playwright,
    ):
        picture = Path(temporary) / "camera.mjpeg"
        _draw(picture, "")
        flags = [*_FLAGS, f"--use-file-for-fake-video-capture={picture}"]
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        times = list[tuple[float, float]]()
        for code in stage.texts(effort.rounds):
            _draw(picture, code)
            times.append(_scan(browser, f"{leaf}/merchant", cookie))
        _draw(picture, "", noise=True)
        rates = tuple(_rate(browser, f"{leaf}/merchant", cookie) for _ in range(effort.rounds))
        browser.close()
    return [*_figures(times, rates), _weight()]


def _figures(times: list[tuple[float, float]], rates: tuple[float, ...]) -> list[Figure]:
    camera = "a new browser with nothing kept; fake camera of 1280 by 720 px, headless Chromium"
    return [
        Figure(
            name="scan_decoded_ms",
            what="verify page opened and tapped → code read by the camera",
            unit="ms",
            rounds=tuple(decoded for decoded, _ in times),
            target=1500,
            at_most=True,
            digits=0,
            note=camera,
        ),
        Figure(
            name="scan_answered_ms",
            what="code read → grant on the screen",
            unit="ms",
            rounds=tuple(shown - decoded for decoded, shown in times),
            target=300,
            at_most=True,
            digits=0,
            note="a partner's code, burn and receipt on disk, loopback, FULL",
        ),
        Figure(
            name="scan_frames_per_s",
            what="frames looked at, noise without a code in sight",
            unit="/s",
            rounds=rates,
            target=10,
            digits=1,
            note="the page holds itself to 16 at most",
        ),
    ]


def _weight() -> Figure:
    """Return what the verify page loads, gzipped."""
    names = [assets.manifest()[part] for part in _PARTS]
    size = sum(len(gzip.compress((assets.directory() / name).read_bytes())) for name in names)
    return Figure(
        name="scan_assets_bytes",
        what="what the verify page loads, gzipped: " + ", ".join(_PARTS),
        unit="B",
        rounds=(float(size),),
        target=700_000,
        at_most=True,
        digits=0,
    )


def _enrolled(city: OpenCity) -> Mapping[str, str]:
    """Return the cookie of a device of a merchant who serves the codes' scenario."""
    here, now = gateway_of(city), city.clock.now()
    if here.enrol_devices is None:
        raise ValueError("the city has no devices")
    merchants = city.merchant_desk.directory.list_all()
    merchant = next(each.id for each in merchants if SCENARIO in each.scenarios)
    link, _ = here.enrol_devices.link(merchant, None, "benchmark", Acting(by="city", at=now))
    device, _ = here.enrol_devices.enrol(link, now)
    return {"name": f"__Host-{DEVICE_COOKIE}-{urlsplit(city.leaf).port}", "value": device}


def _draw(file: Path, text: str, *, noise: bool = False) -> None:
    picture = Image.effect_noise(_SIZE, 80) if noise else Image.new("L", _SIZE, "white")
    if text:
        with Image.open(io.BytesIO(qr.png(text))) as symbol:
            picture.paste(symbol.convert("L"), (430, 150))
    fresh = file.with_suffix(".new")
    picture.save(fresh, "JPEG", quality=92)
    fresh.replace(file)


def _phone(browser: Browser, url: str, cookie: Mapping[str, str]) -> tuple[BrowserContext, Page]:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    # Its prefix asks for TLS, without which Chromium sends it to this machine only.
    secure = {"url": url.replace("http:", "https:"), "secure": True, **cookie}
    context.add_cookies([secure])  # type: ignore[list-item]  # the same members
    context.add_init_script(_NOTED)
    page = context.new_page()
    page.goto(url)
    return context, page


def _leave(context: BrowserContext, page: Page) -> None:
    # Its camera first: the next phone must not find the old picture.
    page.goto("about:blank")
    context.close()


def _scan(browser: Browser, url: str, cookie: Mapping[str, str]) -> tuple[float, float]:
    """Return the ms from asking for the page to a code that was read, and to its grant."""
    context, page = _phone(browser, url, cookie)
    page.locator("html[data-shown]").wait_for()
    noted = page.locator("html")
    decoded, shown = (noted.get_attribute(f"data-{name}") for name in ("decoded", "shown"))
    _leave(context, page)
    return float(decoded or "nan"), float(shown or "nan")


def _rate(browser: Browser, url: str, cookie: Mapping[str, str]) -> float:
    """Return the frames a second that a page looks at once it runs."""
    context, page = _phone(browser, url, cookie)
    page.locator("html[data-frames]").wait_for()
    counted = """() => new Promise((done) => {
      const {dataset} = document.documentElement, before = Number(dataset.frames);
      const since = performance.now();
      setTimeout(() => {
        done((Number(dataset.frames) - before) / (performance.now() - since) * 1000);
      }, %d);
    })"""
    rate = float(page.evaluate(counted % _LOOK_MS))
    _leave(context, page)
    return rate
