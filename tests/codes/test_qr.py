"""The promise about versions, tried over codes of ten years; every drawing can be scanned."""

import hashlib
import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest
import zxingcpp
from PIL import Image

from gateway.codes import budget, grammar, qr, wire
from gateway.codes.claims import CreditClaims, StatusReference
from gateway.codes.errors import CodeTooLargeError
from gateway.ids import CityId, CodeId, ScenarioId, Tier, Timestamp
from gateway.jose import base64url
from tests.codes.builders import CODES, GENERAL, HINT, KINDS, NOON, PRINTED, QUOTA, SCENARIO

FOUNDING = ("330300", "330400", "330500", "330700")
ELSEWHERE = ("310000", "320500", "330100", "341800", "650100", "987654")
SCENARIOS = (
    "campus.sports",
    "culture.library",
    "culture.museum",
    "dining.restaurant",
    "fitness.gym",
    "housing.rental",
    "lodging.hotel",
    "mobility.bike",
    "mobility.car_rental",
    "mobility.parking",
    "mobility.transit",
    "retail.shopping",
    "service.utility",
    "travel.attraction",
)
LEAVES = ("wenzhou", "jiaxing", "huzhou", "jinhua", "qxzvkjw")
TEN_YEARS = 10 * 365 * 24 * 3600


class Draw:
    """Numbers that look random and are the same in every run."""

    def __init__(self, seed: str) -> None:
        self._stream = self._numbers(seed)

    @staticmethod
    def _numbers(seed: str) -> Iterator[int]:
        count = 0
        while True:
            yield from hashlib.sha512(f"{seed} {count}".encode()).digest()
            count += 1

    def below(self, limit: int) -> int:
        return int.from_bytes(self.raw(8)) % limit

    def raw(self, count: int) -> bytes:
        return bytes(next(self._stream) for _ in range(count))

    def one_of(self, choices: tuple[str, ...]) -> str:
        return choices[self.below(len(choices))]

    def dated(self, claims: CreditClaims, life_s: int) -> CreditClaims:
        issued_at = NOON + self.below(TEN_YEARS)
        return replace(
            claims,
            issued_at=Timestamp(issued_at),
            expires_at=Timestamp(issued_at + life_s),
            code_id=CodeId(base64url.encode(self.raw(12))),
        )

    def placed(self, claims: CreditClaims) -> CreditClaims:
        year = 2026 + self.below(10)
        return replace(
            claims,
            issuer=CityId(self.one_of(FOUNDING)),
            destination=CityId(self.one_of(FOUNDING)),
            scenario=ScenarioId(self.one_of(SCENARIOS)),
            policy_version=f"{year}.{1 + self.below(9)}",
        )


def _general(draw: Draw, cities: tuple[str, ...], life_s: int) -> CreditClaims:
    tier = Tier(1 + draw.below(3))
    return replace(draw.dated(GENERAL, life_s), issuer=CityId(draw.one_of(cities)), tier=tier)


def _rolling_over(draw: Draw) -> CreditClaims:
    """Return a live code whose iat and exp share few digits, the worst case for packing."""
    unit = 10 ** (4 + draw.below(6))
    issued_at = (NOON // unit + 1) * unit - 1 - draw.below(119)
    return replace(
        _general(draw, FOUNDING, 120),
        issued_at=Timestamp(issued_at),
        expires_at=Timestamp(issued_at + 120),
    )


def _quota(draw: Draw) -> CreditClaims:
    return replace(draw.placed(draw.dated(QUOTA, 90)), ticket=base64url.encode(draw.raw(16)))


def _printed(draw: Draw, leaf: str) -> CreditClaims:
    uri = f"{leaf}/status/{1 + draw.below(9999)}"
    return replace(
        draw.placed(draw.dated(PRINTED, 31 * 24 * 3600)),
        status=StatusReference(index=draw.below(2**20), uri=uri),
    )


PROMISES: dict[str, tuple[int, Callable[[Draw], CreditClaims]]] = {
    "live, founding city": (7, lambda draw: _general(draw, FOUNDING, 90)),
    "live of the longest life": (7, lambda draw: _general(draw, FOUNDING, 120)),
    "live at a turn of digits": (7, _rolling_over),
    "pack, founding city": (8, lambda draw: _general(draw, FOUNDING, 1860)),
    "live, city outside the dictionary": (8, lambda draw: _general(draw, ELSEWHERE, 90)),
    "pack, city outside the dictionary": (8, lambda draw: _general(draw, ELSEWHERE, 1860)),
    "scenario": (8, lambda draw: draw.placed(draw.dated(SCENARIO, 90))),
    "quota": (9, _quota),
    "printed, official short address": (
        9,
        lambda draw: _printed(draw, f"https://credit.{draw.one_of(LEAVES)}.gov.cn"),
    ),
    "printed, other address": (
        10,
        lambda draw: _printed(draw, "https://xinyong.zhejiang.gov.cn/wz"),
    ),
}


@pytest.mark.parametrize(("most", "make"), PROMISES.values(), ids=PROMISES)
def test_codes_of_ten_years_keep_to_their_version(
    most: int, make: Callable[[Draw], CreditClaims], request: pytest.FixtureRequest
) -> None:
    draw = Draw(request.node.name)

    for _ in range(400):
        payload = grammar.serialise(make(draw))
        text = wire.write(hint=HINT, signature=draw.raw(64), payload=payload)

        assert budget.smallest_version(len(text)) <= most


def _scanned(image: Image.Image) -> list[str]:
    # Of all kinds of bars only ours: in a drawing this dense a reader may see a Codabar as well.
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    return [found.text for found in zxingcpp.read_barcodes(image, formats=formats)]


@pytest.mark.parametrize("claims", KINDS.values(), ids=KINDS)
def test_a_printed_picture_scans_as_the_text(claims: CreditClaims) -> None:
    text = CODES.sign(claims)

    picture = Image.open(io.BytesIO(qr.png(text)))

    assert _scanned(picture) == [text]
    assert picture.size == ((qr.version(text) * 4 + 17 + 2 * 4) * 8,) * 2


def test_the_size_of_a_module_is_asked_for() -> None:
    text = CODES.sign(GENERAL)

    picture = Image.open(io.BytesIO(qr.png(text, module_px=2)))

    assert picture.size == (2 * (45 + 8), 2 * (45 + 8))
    assert _scanned(picture) == [text]


def test_a_live_code_has_45_modules() -> None:
    assert qr.version(CODES.sign(GENERAL)) == 7
    assert len(qr.symbol(CODES.sign(GENERAL)).get_matrix()) == 45 + 2 * qr.QUIET_ZONE_MODULES


def test_a_drawing_scans_as_the_text() -> None:
    text = CODES.sign(GENERAL)

    root = ET.fromstring(qr.svg(text))  # noqa: S314 -- our own drawing

    assert root.get("viewBox") == "0 0 53 53"
    background, path = root
    assert (background.tag.rpartition("}")[2], background.get("fill")) == ("rect", "white")
    assert path.get("fill") == "#000000"
    assert _scanned(_dark_squares(path.get("d", ""), 53)) == [text]


def _dark_squares(path: str, side: int) -> Image.Image:
    rows = [bytearray(b"\xff" * side) for _ in range(side)]
    for x, y in re.findall(r"M(\d+),(\d+)H\d+V\d+H\d+z", path):
        rows[int(y)][int(x)] = 0
    return _enlarged(rows)


def _enlarged(rows: Sequence[bytes | bytearray], times: int = 4) -> Image.Image:
    """Return a picture with ``times`` pixels per module and side."""
    lines = [bytes(grey for grey in row for _ in range(times)) for row in rows]
    size = (len(lines[0]), len(lines) * times)
    return Image.frombytes("L", size, b"".join(line * times for line in lines))


UPPER = {"█": 255, "▀": 255, "▄": 0, " ": 0}
LOWER = {"█": 255, "▀": 0, "▄": 255, " ": 0}


@pytest.mark.parametrize("text", ["CC1:ABC", "0" * 21], ids=["version 1", "version 2"])
def test_a_dark_terminal_shows_the_text(text: str) -> None:
    lines = qr.terminal(text).split("\n")

    width = 17 + 4 * qr.version(text) + 2 * qr.QUIET_ZONE_MODULES
    assert {len(line) for line in lines} == {width}
    assert len(lines) == (width + 1) // 2
    halves = [bytes(half[block] for block in line) for line in lines for half in (UPPER, LOWER)]
    assert _scanned(_enlarged(halves)) == [text]


def test_a_text_outside_the_alphanumeric_set_is_not_drawn() -> None:
    with pytest.raises(ValueError, match=r"mode"):
        qr.symbol("cc1:abc")


@pytest.mark.parametrize(("chars", "fits"), [(3391, True), (3392, False)])
def test_a_text_that_no_symbol_holds_is_refused_by_name(chars: int, *, fits: bool) -> None:
    text = ("CC1:" + "CREDIT" * 600)[:chars]

    if fits:
        assert qr.version(text) == 40
    else:
        with pytest.raises(CodeTooLargeError):
            qr.version(text)


def test_an_address_is_drawn_up_to_what_the_largest_symbol_holds() -> None:
    longest = "a" * qr.MAX_ADDRESS_BYTES

    assert qr.address_png(longest, module_px=1).startswith(b"\x89PNG")
    with pytest.raises(CodeTooLargeError):
        qr.address_png(longest + "a")
