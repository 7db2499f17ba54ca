"""The printed sheet on A4: a part to keep at home, and below it the codes to cut off.

Only the part that stays at home names the sheet: what a merchant sees of one code tells nothing
that another code of the same sheet tells as well, but what every printed code says.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from gateway.codes import qr
from gateway.web.sheets.drawing import MM_PER_PT, Drawing, Line, Symbol, Words
from gateway.web.sheets.lettering import BOLD, REGULAR, Lettering

WIDTH: Final = 210.0
HEIGHT: Final = 297.0
MARGIN: Final = 10.0
"""What every printer can reach, on each side."""

COLUMNS: Final = 2
MAX_CODES: Final = 6
_TOP: Final = 79.0
_COUPON_HEIGHT: Final = (HEIGHT - MARGIN - _TOP) / 3
_GUTTER: Final = 3.0
_COUPON_WIDTH: Final = WIDTH / COLUMNS - MARGIN - _GUTTER
_LEFTS: Final = (MARGIN, WIDTH / 2 + _GUTTER)
"""Where what is printed of a code begins, by column."""
_SYMBOL: Final = 53.0
"""Side of a code with its border: 0.85 mm a module at version 9."""
_QUIET: Final = 3.0
"""What its border may take of the margin: it is white."""

_GROUP: Final = 4
_BLANK: Final = "____"
"""For a family name that the font lacks: somebody writes it by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A name in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What stands on a sheet.

    Attributes:
        home: City that issued it.
        city: Where it is good.
        scenario: For what.
        holder: Masked name.
        last_day: Last day on which the codes are good, in China.
        hotline: Whom to call when it is lost.
        sheet: Its name, 16 characters.
        texts: Wire texts, 1 to 6.
    """

    home: Named
    city: Named
    scenario: Named
    holder: str = field(repr=False)
    last_day: date
    hotline: str
    sheet: str
    texts: tuple[str, ...] = field(repr=False)


def draw_sheet(facts: Facts, lettering: Lettering) -> Drawing:
    """Return the sheet.

    Raises:
        SheetFontError: the font is not whole.
    """
    page = _Page(facts=facts, lettering=lettering)
    return Drawing(
        title=f"{facts.home.zh}信用码打印页",
        width=WIDTH,
        height=HEIGHT,
        marks=(*page.stub(), *page.coupons()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    facts: Facts
    lettering: Lettering

    def stub(self) -> Iterator[Words | Line]:
        """Yield what stays at home."""
        facts, left = self.facts, MARGIN
        groups = " ".join(
            facts.sheet[at : at + _GROUP] for at in range(0, len(facts.sheet), _GROUP)
        )
        yield self._line(f"{facts.home.zh}信用码 · 打印页", left, 18, 20, BOLD)
        yield self._line(
            f"{facts.home.en} credit code, printed. Keep this part at home.", left, 23.5, 9
        )
        yield self._line(
            f"用于 {facts.city.zh}·{facts.scenario.zh}   持码人 {self._holder()}",
            left,
            34,
            18,
            BOLD,
        )
        yield self._line(f"有效至 {_day_zh(facts.last_day)}（当日可用）", left, 43, 16, BOLD)
        yield self._line(
            f"共{len(facts.texts)}张，每张用一次。剪下一张，交店员扫码，并出示身份证件。",
            left,
            51.5,
            14,
        )
        yield self._line("没有信用码，一样按普通价格办理，不影响任何服务。", left, 58.5, 14)
        yield self._line(f"本联请留在家里。遗失请拨 {facts.hotline}，报编号", left, 66, 14)
        yield self._line(groups, left, 73.5, 18, BOLD)
        yield self._right("If lost, call the number and read out these letters.", 73.5, 9)
        yield self._right("沿虚线剪开 Cut along the lines", 77.5, 9)

    def coupons(self) -> Iterator[Words | Line | Symbol]:
        """Yield the codes, two beside each other, with lines to cut along."""
        rows = -(-len(self.facts.texts) // COLUMNS)
        for row in range(rows):
            y = _TOP + row * _COUPON_HEIGHT
            yield Line(x1=0, y1=y, x2=WIDTH, y2=y, dashed=True)
        bottom = _TOP + rows * _COUPON_HEIGHT
        yield Line(x1=WIDTH / 2, y1=_TOP, x2=WIDTH / 2, y2=bottom, dashed=True)
        if rows * _COUPON_HEIGHT + _TOP < HEIGHT - MARGIN:
            yield Line(x1=0, y1=bottom, x2=WIDTH, y2=bottom, dashed=True)
        for at, text in enumerate(self.facts.texts):
            row, column = divmod(at, COLUMNS)
            yield from self._coupon(at, text, _LEFTS[column], _TOP + row * _COUPON_HEIGHT)

    def _coupon(self, at: int, text: str, x: float, y: float) -> Iterator[Words | Symbol]:
        facts, many = self.facts, len(self.facts.texts)
        yield Symbol(x=x - _QUIET, y=y + 4, side=_SYMBOL, rows=qr.modules(text))
        left, width = x + _SYMBOL - _QUIET, _COUPON_WIDTH - _SYMBOL + _QUIET
        lines = (
            (facts.city.zh, 12, 26, BOLD),
            (facts.scenario.zh, 21, 20, BOLD),
            (f"第{at + 1}/{many}张，用一次", 29, 16, REGULAR),
            ("有效至", 36.5, 14, REGULAR),
            (_day_zh(facts.last_day), 43, 16, BOLD),
            (f"持码人 {self._holder()}", 51, 18, BOLD),
            ("扫码并看证件", 58.5, 18, BOLD),
        )
        for said, down, size, weight in lines:
            yield self._fitted(said, left, y + down, size, weight, width)
        yield self._fitted(f"遗失拨 {facts.hotline}", x, y + 62, 14, REGULAR, _SYMBOL - 2 * _QUIET)
        english = (
            f"{facts.scenario.en}, {facts.city.en}. No. {at + 1} of {many}, good once, "
            f"to {facts.last_day.isoformat()}. Scan, and check the ID's surname."
        )
        yield self._fitted(english, x, y + 66.5, 8, REGULAR, _COUPON_WIDTH)

    def _holder(self) -> str:
        held = self.facts.holder
        return held if self.lettering.has(held) else f"{_BLANK}*"

    def _line(self, text: str, x: float, y: float, size_pt: float, weight: int = REGULAR) -> Words:
        return self._fitted(text, x, y, size_pt, weight, WIDTH - 2 * MARGIN)

    def _right(self, text: str, y: float, size_pt: float) -> Words:
        width = self.lettering.width(text, REGULAR) * size_pt * MM_PER_PT
        return Words(text=text, x=WIDTH - MARGIN - width, y=y, size_pt=size_pt, weight=REGULAR)

    def _fitted(  # noqa: PLR0913, PLR0917  (a line of print is these six things)
        self, text: str, x: float, y: float, size_pt: float, weight: int, width: float
    ) -> Words:
        """Return a line of at most this width: what is longer is set smaller."""
        text = self.lettering.shown(text)
        wide = self.lettering.width(text, weight) * size_pt * MM_PER_PT
        fits = size_pt if wide <= width else size_pt * width / wide
        return Words(text=text, x=x, y=y, size_pt=round(fits, 2), weight=weight)


def _day_zh(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
