"""Made-up people and merchants, a few for every tier and scenario; all illustrative."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gateway.app.composition import OpenCity
from gateway.app.console import console_user
from gateway.clock import CHINA
from gateway.demo.layout import Place
from gateway.demo.names import colleague, driven, shop, visitor
from gateway.ids import ScenarioId, Tier, Timestamp
from gateway.policy.scale import ScaleAdapter, ScaleKind
from gateway.services.audit import Acting
from gateway.services.ports import Merchant
from gateway.services.staff import StaffRole

SCENARIOS: Final = tuple(
    ScenarioId(name)
    for name in ("lodging.hotel", "dining.restaurant", "fitness.gym", "travel.attraction")
)
_SHOPS: Final[Mapping[str, str]] = {
    "lodging.hotel": "演示酒店 Demo hotel",
    "dining.restaurant": "演示餐厅 Demo restaurant",
    "fitness.gym": "演示健身房 Demo gym",
    "travel.attraction": "演示景区 Demo attraction",
}
_COLLEAGUES: Final[Mapping[StaffRole, str]] = {
    StaffRole.OPERATOR: "演示经办 Demo operator",
    StaffRole.APPROVER: "演示复核 Demo approver",
    StaffRole.AUDITOR: "演示审计 Demo auditor",
    StaffRole.COUNTY: "演示县区 Demo county officer",
}
TOKEN_LIFE_S: Final = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What opens a city's API in the demonstration.

    Attributes:
        citizens: Token by tier; that of a person without a tier under None.
        merchants: Token by the one scenario that the merchant serves.
    """

    citizens: Mapping[Tier | None, str]
    merchants: Mapping[ScenarioId, str]


def hire(city: OpenCity, now: Timestamp) -> None:
    """Make an account for the made-up member of staff of each role."""
    acting = Acting(by=console_user(), at=now)
    for role in StaffRole:
        city.staff.add(
            f"demo-{role}", _COLLEAGUES[role], frozenset({role}), acting, colleague(role)
        )


def write_assessments(place: Place, now: Timestamp) -> None:
    """Write the city's assessments: one made-up person a tier, and one without."""
    settings = place.settings()
    if settings.issuing is None:
        return
    scale = settings.issuing.scales.at(now)
    day = datetime.fromtimestamp(now, CHINA).date().isoformat()
    rows = [
        f"{person(tier)},{_reading(scale, tier)},{day},{scale.version}"
        for person in (driven, visitor)
        for tier in (None, Tier(1), Tier(2), Tier(3))
    ]
    lines = ["subject,reading,assessed_on,scale_version", *rows]
    path = settings.issuing.assessment.path
    if path is None:
        return
    path.touch(mode=0o600)
    path.write_text("\n".join(lines) + "\n", "utf-8")


def admit(city: OpenCity, now: Timestamp) -> Tokens:
    """Register the made-up merchants of a city and give out all tokens."""
    expires_at = Timestamp(now + TOKEN_LIFE_S)
    acting, merchants = Acting(by=console_user(), at=now), dict[ScenarioId, str]()
    for scenario in SCENARIOS:
        merchant = shop(scenario)
        city.store.merchants.add(
            Merchant(
                id=merchant,
                name=_SHOPS[scenario],
                scenarios=frozenset({scenario}),
                venues=(),
                state="active",
            ),
            acting.note("merchant.added", merchant),
        )
        merchants[scenario] = city.merchants.issue(merchant, acting)
    citizens = {
        tier: city.citizens.issue(driven(tier), expires_at)
        for tier in (None, Tier(1), Tier(2), Tier(3))
    }
    return Tokens(citizens=citizens, merchants=merchants)


def _reading(scale: ScaleAdapter, tier: Tier | None) -> int | str:
    if scale.kind is ScaleKind.LEVELS:
        return next(name for name, mapped in scale.levels.items() if mapped == tier)
    return next(band.lowest for band in scale.bands if band.tier == tier)
