"""What the code page says a code is good for, and the page without JavaScript."""

import base64
import io
import re
from html import unescape

import pytest
import zxingcpp
from PIL import Image

from gateway.codes import reading
from gateway.codes.claims import CreditClaims
from gateway.ids import UnverifiedText
from tests.scanners import only_qr
from tests.web.people_site import PeopleSite
from tests.world import HUZHOU, JIAXING, JINHUA, WENZHOU

JINHUA_HOTEL = "/code/plain?city=330700&scenario=lodging.hotel"
JINHUA_ATTRACTION = "/code/plain?city=330700&scenario=travel.attraction"
ANY_FILE = {"citizen.js": "citizen.js", "offline.js": "offline.js"}
MONTHLY = "city=330300&scenario=fitness.gym.monthly"


@pytest.fixture
def citizen(people: PeopleSite, monkeypatch: pytest.MonkeyPatch) -> PeopleSite:
    """A citizen of Wenzhou who agreed, of tier 2, before built pages."""
    monkeypatch.setattr("gateway.web.pages.assets.manifest", lambda: {"citizen.js": "citizen.js"})
    people.sign_in()
    people.agree()
    return people


def read(people: PeopleSite, path: str, status: int = 200) -> str:
    answer = people.get(path)
    assert answer.status_code == status
    return unescape(answer.get_data(as_text=True))


TICKS = re.compile(r"[\u221a\u2611\u2705\u2713\u2714]|recognised|对勾")
"""A picture of the page must not look as if somebody had verified it."""


@pytest.mark.parametrize("path", ["/code", "/code/plain", "/offline/zh/standard"])
def test_a_code_has_no_tick_and_says_that_it_counts_once_it_is_verified(
    citizen: PeopleSite, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr("gateway.web.pages.assets.manifest", lambda: ANY_FILE)

    shown = read(citizen, path)

    assert "扫码核验后有效" in shown
    assert not TICKS.search(shown)


def claims_in(shown: str) -> CreditClaims:
    """Return what the QR code in a page says."""
    (text,) = symbols_in(shown)
    return reading.read(UnverifiedText(text)).claims


def symbols_in(shown: str) -> list[str]:
    """Return what a scanner reads in the one picture of a page."""
    (found,) = re.findall(r'src="data:image/png;base64,([A-Za-z0-9+/=]+)"', shown)
    with Image.open(io.BytesIO(base64.b64decode(found))) as picture:
        large = picture.convert("L").resize((8 * picture.width, 8 * picture.height), 0)
        return [each.text for each in zxingcpp.read_barcodes(large, formats=only_qr())]


def section(shown: str, city: str, scenario: str) -> str:
    """Return what the page holds for one choice."""
    found = re.search(
        f'data-city="{city}" data-scenario="{scenario}".*?</section>', shown, re.DOTALL
    )
    assert found is not None
    return found[0]


def tiles(shown: str, city: str) -> str:
    found = re.search(f'class="destination" data-city="{city}".*?</section>', shown, re.DOTALL)
    assert found is not None
    return found[0]


def test_every_city_has_the_four_scenarios_and_the_general_code(citizen: PeopleSite) -> None:
    shown = read(citizen, "/code")

    for city in (WENZHOU, JIAXING, HUZHOU, JINHUA):
        names = re.findall(r'class="tile[^>]*><b>([^<]+)</b>', tiles(shown, city.code))
        assert names == ["景区门票", "酒店住宿", "餐饮", "体育健身", "通用码"]


def test_a_scenario_that_a_city_does_not_offer_says_so_on_its_tile(citizen: PeopleSite) -> None:
    # Only hotels and gyms are agreed with Jinhua.
    there = tiles(read(citizen, "/code"), "330700")

    assert there.count("现在没有优惠") == 2
    assert "scenario=dining" not in there


def test_offers_with_codes_of_their_own_are_chosen_one_by_one(citizen: PeopleSite) -> None:
    here = tiles(read(citizen, "/code"), "330300")

    assert '<details class="parts" data-scenario="fitness.gym">' in here
    assert re.findall(r"#city=330300&scenario=(fitness[a-z.]*)", here) == [
        "fitness.gym.bimonthly",
        "fitness.gym.discount",
        "fitness.gym.monthly",
    ]


def test_an_offer_is_told_with_its_limits_its_quota_and_where_to_complain(
    citizen: PeopleSite,
) -> None:
    shown = read(citizen, "/code")

    monthly = section(shown, "330300", "fitness.gym.monthly")
    assert 'data-title="温州信用码·用于温州体育健身"' in monthly
    assert "每月1次" in monthly
    assert "商家须联网办理" in monthly
    assert "https://credit.wenzhou.example/complaints?offer=gym-voucher-monthly" in monthly
    hotel = section(shown, "330300", "lodging.hotel")
    assert ">限泰顺参加的五家酒店<" in hotel
    assert ">损坏照常赔付,与信用码无关<" in hotel


def test_a_general_code_is_told_to_be_good_for_what_has_no_quota(citizen: PeopleSite) -> None:
    general = section(read(citizen, "/code"), "330300", "general")

    granted, _, limited = general.partition("有次数的优惠")
    assert "gym-discount" in granted
    assert "gym-voucher" not in granted
    assert f"#{MONTHLY}" in limited


def test_without_its_catalogue_a_city_says_so_and_the_general_code_stays(
    citizen: PeopleSite,
) -> None:
    del citizen.site.known[JINHUA.code]

    shown = read(citizen, "/code")

    there = tiles(shown, "330700")
    assert "暂时不知道金华有哪些优惠" in there
    assert "#city=330700&scenario=general" in there
    assert "通用码照常可用" in section(shown, "330700", "general")


def test_the_page_says_nothing_of_the_citizens_tier(citizen: PeopleSite) -> None:
    shown = read(citizen, "/code")
    citizen.site.assessments.readings.clear()

    without = read(citizen, "/code")

    def bare(page: str) -> str:
        return re.sub(r'(nonce|token|value)="[^"]*"', "", page)

    assert bare(without) == bare(shown)


def test_without_javascript_a_scenario_code_is_a_picture_too(citizen: PeopleSite) -> None:
    shown = read(citizen, JINHUA_HOTEL)

    claims = claims_in(shown)
    assert (claims.destination, claims.scenario) == ("330700", "lodging.hotel")
    assert claims.tier is None
    assert "<h1>温州信用码·用于金华酒店住宿</h1>" in shown
    assert '<meta http-equiv="refresh" content="60">' in shown
    assert "<script" not in shown


def test_another_language_or_size_keeps_the_choice(citizen: PeopleSite) -> None:
    shown = read(citizen, JINHUA_HOTEL)

    kept = "/code/plain?city=330700&scenario=lodging.hotel"
    assert f'href="{kept}&lang=en"' in shown
    assert f'href="{kept}&elder=1"' in shown
    assert 'href="/code/plain?lang=en"' in read(citizen, "/code/plain")


@pytest.mark.parametrize(
    "query",
    [
        "city=330100&scenario=lodging.hotel",
        "city=330100",
        "city=Jinhua",
        "city=330700&scenario=Hotel!",
        "city=330700&scenario=",
        "scenario=gov",
    ],
)
def test_what_no_address_of_ours_asks_for_is_not_there(citizen: PeopleSite, query: str) -> None:
    shown = read(citizen, f"/code/plain?{query}", 404)

    assert "Hotel!" not in shown
    assert citizen.site.issuance.rows == []


def test_without_javascript_what_is_not_offered_is_said_kindly(citizen: PeopleSite) -> None:
    shown = read(citizen, JINHUA_ATTRACTION)

    assert "那里现在没有这一项优惠" in shown
    assert symbols_in(shown) == []
    assert "/code/plain?city=330700&scenario=general" in shown


def test_without_javascript_a_missing_catalogue_is_said_kindly(citizen: PeopleSite) -> None:
    del citizen.site.known[JINHUA.code]

    assert "暂时不知道那里有哪些优惠" in read(citizen, JINHUA_HOTEL)
    assert claims_in(read(citizen, "/code/plain?city=330700")).tier == 2


def test_without_javascript_a_tier_that_is_not_enough_is_like_none(citizen: PeopleSite) -> None:
    # Tier 3 is asked for.
    shown = read(citizen, "/code/plain?city=330300&scenario=travel.attraction.free")

    assert "这一项暂无可用激励,不影响任何服务" in shown
    assert citizen.site.issuance.rows == []


def test_a_code_page_in_english_speaks_english(citizen: PeopleSite) -> None:
    shown = read(citizen, f"/code/plain?{MONTHLY}&lang=en")

    assert "<h1>Wenzhou code for Wenzhou: Fitness</h1>" in shown
    assert "once a month" in shown


def test_a_code_by_an_earlier_assessment_says_of_which_day(citizen: PeopleSite) -> None:
    before = read(citizen, "/code/plain")
    citizen.site.assessments.gone = True

    shown = read(citizen, "/code/plain")

    assert claims_in(shown).tier == claims_in(before).tier
    assert re.search(r"按20\d\d-\d\d-\d\d的信用评价发码", shown)
    assert "的信用评价发码" not in before


def test_without_a_code_the_way_to_ask_why_and_to_object_is_there(citizen: PeopleSite) -> None:
    citizen.site.assessments.readings.clear()

    shown = read(citizen, "/code/plain")

    assert '<a href="/rights">为什么?可提出异议</a>' in shown


def test_without_javascript_and_without_a_code_the_page_looks_the_same_from_afar(
    citizen: PeopleSite,
) -> None:
    citizen.site.assessments.readings.clear()

    shown = read(citizen, "/code/plain")

    # A picture of the same size is there; nobody can scan it, and it is everybody's.
    assert symbols_in(shown) == []
    picture = re.findall(r'src="(data:[^"]+)" alt=""', shown)
    assert picture == re.findall(r'src="(data:[^"]+)"', read(citizen, JINHUA_HOTEL))
