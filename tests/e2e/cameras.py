"""A browser whose camera looks at a picture of ours."""

import io
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Playwright

from gateway.codes import qr
from tests.e2e.patience import PATIENCE_MS

FAKE_CAMERA = "--use-fake-device-for-media-stream"
FAKE_CONSENT = "--use-fake-ui-for-media-stream"
"""Chromium asks nobody; without it a browser without a window refuses."""

SIZE = (640, 480)
SYMBOL_PX = 360


@dataclass(frozen=True, slots=True)
class Camera:
    """What the camera of a browser sees.

    Attributes:
        file: Pictures back to back (MJPEG), read from the start when the camera is opened.
    """

    file: Path

    def show(self, *texts: str) -> None:
        """Hold QR codes into the picture, side by side; pages see it when they open the camera."""
        picture = Image.new("RGB", SIZE, "white")
        side = min(SYMBOL_PX, SIZE[0] // max(1, len(texts)) - 10)
        for place, text in enumerate(texts):
            with Image.open(io.BytesIO(qr.png(text))) as symbol:
                shrunk = symbol.convert("RGB").resize((side, side), Image.Resampling.BOX)
            picture.paste(shrunk, (5 + place * (side + 10), (SIZE[1] - side) // 2))
        drawn = io.BytesIO()
        picture.save(drawn, "JPEG", quality=92)
        fresh = self.file.with_suffix(".new")
        fresh.write_bytes(drawn.getvalue())
        fresh.replace(self.file)


@dataclass(frozen=True, slots=True)
class CameraBrowser:
    """A browser and what its camera sees."""

    browser: Browser
    camera: Camera

    def context(self, locale: str = "zh-CN") -> BrowserContext:
        """Return a phone of its own; ``close`` ends it."""
        fresh = self.browser.new_context(locale=locale, viewport={"width": 360, "height": 740})
        fresh.set_default_timeout(PATIENCE_MS)
        return fresh

    @staticmethod
    def close(context: BrowserContext) -> None:
        """End a phone, its camera first: the next to open it must not find the old picture."""
        for page in context.pages:
            page.goto("about:blank")
        context.close()


@contextmanager
def camera_browser_of(
    playwright: Playwright, program: Path, flags: list[str], directory: Path
) -> Generator[CameraBrowser]:
    """Yield the browser; its camera sees an empty counter at first."""
    camera = Camera(directory / "camera.mjpeg")
    camera.show()
    file = f"--use-file-for-fake-video-capture={camera.file}"
    browser = playwright.chromium.launch(
        executable_path=str(program), args=[*flags, FAKE_CAMERA, FAKE_CONSENT, file]
    )
    yield CameraBrowser(browser, camera)
    browser.close()
