"""A printed sheet in a page: the drawing to look at, and both files to take along.

They are inside the page, as ``data:`` addresses: a sheet is drawn once and kept nowhere, so there
is nothing that could be asked for again.
"""

import base64
import functools
from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.clock import china_date
from gateway.ids import CityId, ScenarioId
from gateway.policy.agreement import agreed_in
from gateway.services.issue_sheet import Sheet
from gateway.web.context import gateway
from gateway.web.pages.assets import directory
from gateway.web.pages.desk import sheets
from gateway.web.pages.frame import page_language
from gateway.web.sheets.layout import Facts, Named, draw_sheet
from gateway.web.sheets.lettering import Lettering
from gateway.web.sheets.pdf import pdf
from gateway.web.sheets.svg import svg


def choices() -> Mapping[str, Mapping[str, str]]:
    """Return what can be printed now: by name of the city, ``city/scenario`` and its name."""
    zh, agreement = page_language() == "zh", gateway().agreement
    found = dict[str, Mapping[str, str]]()
    for city, scenarios in sheets().choices(gateway().clock.now()).items():
        member = agreement.member(city)
        if member is not None and scenarios:
            names = {f"{city}/{each}": _scenario(each) for each in scenarios}
            found[member.name_zh if zh else member.name_en] = {
                value: name.zh if zh else name.en for value, name in names.items()
            }
    return found


def chosen(value: str) -> tuple[CityId, ScenarioId]:
    """Return what a form says with one of the ``choices``; the service looks whether there is."""
    city, _, scenario = value.partition("/")
    return CityId(city), ScenarioId(scenario)


@functools.cache
def lettering() -> Lettering:
    """Return the font of this installation; ask before anything is issued.

    Raises:
        SheetFontError: it was not built.
    """
    return Lettering(directory() / "font")


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnSheet:
    """What a template shows of a sheet.

    Attributes:
        name: Its name, for revoking it.
        where: City and scenario, in the language of the page.
        until: Last day, ``YYYY-MM-DD``.
        pdf: Address of the file, with all of it inside; ``svg`` likewise.
    """

    name: str
    where: str
    codes: int
    until: str
    hotline: str
    pdf: str = field(repr=False)
    svg: str = field(repr=False)


def drawn(sheet: Sheet, letters: Lettering) -> DrawnSheet:
    """Return a sheet as a template shows it.

    Raises:
        SheetFontError: the font is not whole.
    """
    city = _city(sheet.city)
    facts = Facts(
        home=_city(gateway().city.division_code),
        city=city,
        scenario=_scenario(sheet.scenario),
        holder=sheet.holder,
        last_day=china_date(sheet.last_day),
        hotline=sheets().hotline,
        sheet=sheet.name,
        texts=sheet.texts,
    )
    drawing, zh = draw_sheet(facts, letters), page_language() == "zh"
    return DrawnSheet(
        name=sheet.name,
        where=f"{city.zh}·{facts.scenario.zh}" if zh else f"{city.en}, {facts.scenario.en}",
        codes=len(sheet.texts),
        until=facts.last_day.isoformat(),
        hotline=facts.hotline,
        pdf=_address("application/pdf", pdf(drawing, letters)),
        svg=_address("image/svg+xml", svg(drawing, letters).encode()),
    )


def _city(code: CityId) -> Named:
    member = gateway().agreement.member(code)
    return Named(zh=member.name_zh, en=member.name_en) if member else Named(zh=code, en=code)


def _scenario(scenario: ScenarioId) -> Named:
    agreed = agreed_in(gateway().agreement.scenarios, scenario)
    return Named(zh=agreed.zh, en=agreed.en) if agreed else Named(zh=scenario, en=scenario)


def _address(media_type: str, content: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode('ascii')}"
