"""The agreement: members, tiers and scenarios; the same file in every city."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from gateway.ids import TEST_ISSUER, CityId, EntityId, ScenarioId
from gateway.policy import keys
from gateway.policy.errors import PolicyFileError, Problem
from gateway.policy.scenarios import Phase, Scenario, wholes_of
from gateway.policy.tables import UNREAD, Table, label
from gateway.policy.tiers import TIER_NAMES, TIERS
from gateway.policy.words import EN, ZH, plain

T = TypeVar("T")

CITY_PATTERN = re.compile(rf"(?!{TEST_ISSUER})[0-9]{{6}}")
CITY_ALLOWED = "a GB/T 2260 division code, six digits in quotes"
MAX_MEMBERS = 300
MAX_SCENARIOS = 200
MAX_ENTITY_CHARS = 128

ENTITY_PATTERN = re.compile(
    r"(?=.{1,128}\Z)(?!.*/anchor\Z)"
    r"(https://[a-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~-]+)*|http://127\.0\.0\.1:[1-9][0-9]{0,4})"
)
"""Entity ids of docs/federation.md; ``<id>/anchor`` is kept for the city's trust anchor."""

VERSION_PATTERN = re.compile(r"[0-9]{4}\.[1-9][0-9]{0,3}")
VERSION_ALLOWED = 'a year and a number, such as "2026.1"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One city of the agreement.

    Attributes:
        division_code: GB/T 2260 code, unique.
        name_zh: Chinese name.
        name_en: English name.
        slug: Short lower-case name for files and commands, unique.
        entity_id: Leaf entity of the city's gateway, unique.
    """

    division_code: CityId
    name_zh: str
    name_en: str
    slug: str
    entity_id: EntityId

    @classmethod
    def read(cls, raw: object, *, where: str, problems: list[Problem]) -> "Member":
        """Return one member, noting what is wrong in ``problems``."""
        table = Table(raw, MEMBER_KEYS, where=where, problems=problems)
        return cls(
            division_code=CityId(table.read(DIVISION_CODE)),
            name_zh=table.read(NAME_ZH),
            name_en=table.read(NAME_EN),
            slug=table.read(SLUG),
            entity_id=EntityId(table.read(ENTITY_ID)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What the member cities agreed on.

    Attributes:
        version: Of the form YYYY.N.
        members: In the order of the file.
        scenarios: By id; those with phase ``local_only`` are never open.
    """

    version: str
    members: tuple[Member, ...]
    scenarios: Mapping[ScenarioId, Scenario]

    @classmethod
    def parse(cls, toml: Mapping[str, object]) -> "Agreement":
        """Return the agreement that a TOML document states.

        Raises:
            PolicyFileError: Naming everything that is wrong in it.
        """
        problems: list[Problem] = []
        whole = AgreementParts.read(toml, problems).whole
        if whole is None:
            raise PolicyFileError(problems)
        return whole

    def member(self, city: CityId) -> Member | None:
        """Return the member with this division code, if there is one."""
        return next((each for each in self.members if each.division_code == city), None)

    def agreed(self, scenario: ScenarioId) -> Scenario | None:
        """Return the agreed scenario that ``scenario`` is or is a part of; the closest one."""
        return agreed_in(self.scenarios, scenario)

    def open_scenarios(self, second_phase: frozenset[ScenarioId]) -> frozenset[ScenarioId]:
        """Return what is open in a city that opened ``second_phase``; local ones never are."""
        return open_in(self.scenarios, second_phase)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementParts:
    """What can be told of an agreement, also of a broken one: so that no fault hides another.

    Attributes:
        whole: The agreement; None if anything is wrong in it.
        members: None if anything is wrong with them.
        scenarios: None if anything is wrong with them.
    """

    whole: Agreement | None = None
    members: tuple[Member, ...] | None = None
    scenarios: Mapping[ScenarioId, Scenario] | None = None

    @classmethod
    def read(cls, toml: Mapping[str, object], problems: list[Problem]) -> "AgreementParts":
        """Return the parts of a TOML document, noting what is wrong in ``problems``."""
        table = Table(toml, AGREEMENT_KEYS, where="", problems=problems)
        version = table.read(VERSION)
        members = _if_sound(table, _read_members)
        scenarios = _if_sound(table, _read_scenarios)
        _check_tiers(table)
        whole = None
        if table.sound and members is not None and scenarios is not None:
            whole = Agreement(version=version, members=members, scenarios=scenarios)
        return cls(whole=whole, members=members, scenarios=scenarios)

    def member(self, city: CityId) -> Member | None:
        """Return the member with this division code, if there is one."""
        return next((each for each in self.members or () if each.division_code == city), None)


def agreed_in(scenarios: Mapping[ScenarioId, Scenario], scenario: ScenarioId) -> Scenario | None:
    """Return which of ``scenarios`` one is or is a part of; the closest one."""
    found = (scenarios.get(whole) for whole in wholes_of(scenario))
    return next((each for each in found if each is not None), None)


def open_in(
    scenarios: Mapping[ScenarioId, Scenario], second_phase: frozenset[ScenarioId]
) -> frozenset[ScenarioId]:
    """Return which of ``scenarios`` are open in a city that opened ``second_phase``."""
    return frozenset(
        each.id
        for each in scenarios.values()
        if each.phase is Phase.FIRST or (each.phase is Phase.SECOND and each.id in second_phase)
    )


DIVISION_CODE = keys.text("division_code", CITY_PATTERN, CITY_ALLOWED)
NAME_ZH = plain("name_zh", 20)
NAME_EN = plain("name_en", 40)
SLUG = keys.text("slug", re.compile(r"[a-z]{2,20}"), "2 to 20 lower-case letters")
ENTITY_ID = keys.text(
    "entity_id",
    ENTITY_PATTERN,
    "an https address without trailing slash, at most 128 characters, not ending in /anchor"
    " (http://127.0.0.1:<port> in a demo)",
)
MEMBER_KEYS = (DIVISION_CODE, NAME_ZH, NAME_EN, SLUG, ENTITY_ID)

TIER = keys.tier("tier")
TIER_KEYS = (TIER, ZH, EN)

VERSION = keys.text("version", VERSION_PATTERN, VERSION_ALLOWED)
MEMBERS = keys.tables(
    "members", "one [[members]] table for each of 1 to 300 cities", minimum=1, maximum=MAX_MEMBERS
)
TIER_TABLES = keys.tables("tiers", "exactly three [[tiers]] tables, 1 to 3", minimum=3, maximum=3)
SCENARIOS = keys.table("scenarios", 'one [scenarios."<id>"] table for each of 1 to 200 scenarios')
AGREEMENT_KEYS = (VERSION, MEMBERS, TIER_TABLES, SCENARIOS)


def _if_sound(table: Table, read: Callable[[Table], T]) -> T | None:
    """Return what ``read`` returns, or None if it notes anything."""
    before = len(table.problems)
    part = read(table)
    return part if len(table.problems) == before else None


def _read_members(table: Table) -> tuple[Member, ...]:
    before = len(table.problems)
    raws = table.read(MEMBERS)
    members = tuple(
        Member.read(raw, where=f"members.#{number}", problems=table.problems)
        for number, raw in enumerate(raws, start=1)
    )
    for name in ("division_code", "slug", "entity_id") if len(table.problems) == before else ():
        if len({getattr(member, name) for member in members}) != len(members):
            said = f"each city once, with a {name} of its own"
            table.note("member_repeated", "members", f"name one {name} twice", said)
    return members


def _read_scenarios(table: Table) -> Mapping[ScenarioId, Scenario]:
    raws = table.read(SCENARIOS)
    if raws is not UNREAD and not 1 <= len(raws) <= MAX_SCENARIOS:
        table.note("policy_not_allowed", "scenarios", "has too few or too many", SCENARIOS.allowed)
    scenarios = [
        Scenario.read(name, raw, where=f"scenarios.{label(name, number)}", problems=table.problems)
        for number, (name, raw) in enumerate(raws.items(), start=1)
    ]
    return MappingProxyType({scenario.id: scenario for scenario in scenarios})


def _check_tiers(table: Table) -> None:
    for tier, raw in zip(TIERS, table.read(TIER_TABLES), strict=False):
        entry = Table(raw, TIER_KEYS, where=f"tiers.#{tier}", problems=table.problems)
        found = entry.read(TIER), (entry.read(ZH), entry.read(EN))
        if entry.sound and found != (tier, TIER_NAMES[tier]):
            names = ", ".join(TIER_NAMES[tier])
            entry.note("tier_unknown", "", "is not the agreed tier", f"tier = {tier}: {names}")
