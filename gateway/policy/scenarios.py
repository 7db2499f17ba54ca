"""Application scenarios (应用场景): what a code may be shown for.

Ids are dotted and grow to the right: ``travel.attraction.free`` is a part of
``travel.attraction``. A code that is good for a part is good wherever the whole is asked for,
never the other way round (docs/policy.md).
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from gateway.ids import ScenarioId
from gateway.policy import keys
from gateway.policy.errors import Problem, ScenarioError, ScenarioRefusedError
from gateway.policy.tables import Table
from gateway.policy.words import EN, ZH

MAX_SCENARIO_CHARS = 32
SCENARIO_PATTERN = re.compile(r"(?=.{1,32}\Z)[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")

REFUSED_ROOTS = frozenset({"finance", "gov"})
"""Loans are credit reporting, decisions of offices are no merchant's benefit: never here."""

PROBE_SCENARIO = ScenarioId("probe.link")
"""Of the code with which one city tries another; nobody grants anything for it."""

RESERVED_ROOTS = frozenset({"probe"})
"""For what cities ask of each other: never a scenario of the agreement, an offer or a merchant."""

LOCAL_ROOTS = frozenset({"health"})
"""A medical visit is sensitive personal information: it never leaves the home city."""


class Phase(StrEnum):
    """When a scenario is open."""

    FIRST = "1"
    """Named in the agreement of 2020; open in every city."""
    SECOND = "2"
    """Open in the cities whose settings say so."""
    LOCAL_ONLY = "local_only"
    """Known, so that it can be refused by name: never open to another city."""


class Family(StrEnum):
    """The 信易+ family that people know a scenario by; those of loans and offices are missing."""

    TRAVEL = "信易游"
    LODGING = "信易住"
    DINING = "信易食"
    FITNESS = "信易健"
    MOBILITY = "信易行"
    PARKING = "信易停"
    READING = "信易阅"
    RENTING = "信易租"
    SHOPPING = "信易购"
    SERVICE = "信易服"
    HEALTH = "信易医"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One scenario of the agreement.

    Attributes:
        id: Dotted id, the same in every city.
        zh: Chinese name.
        en: English name.
        family: 信易+ family.
        phase: When it is open; ``health.*`` is always local.
    """

    id: ScenarioId
    zh: str
    en: str
    family: Family
    phase: Phase

    @classmethod
    def read(cls, name: str, raw: object, *, where: str, problems: list[Problem]) -> "Scenario":
        """Return the scenario called ``name``, noting what is wrong in ``problems``."""
        table = Table(raw, SCENARIO_KEYS, where=where, problems=problems)
        phase = table.read(PHASE)
        scenario_id = note_scenario(name, table)
        if root_of(name) in LOCAL_ROOTS and phase is not Phase.LOCAL_ONLY:
            table.note("scenario_local_only", "phase", "opens a local scenario", '"local_only"')
        return cls(
            id=scenario_id,
            zh=table.read(ZH),
            en=table.read(EN),
            family=table.read(FAMILY),
            phase=phase,
        )


FAMILY = keys.choice("family", Family)
PHASE = keys.choice("phase", Phase)
SCENARIO_KEYS = (ZH, EN, FAMILY, PHASE)


def parse_scenario(raw: str) -> ScenarioId:
    """Return ``raw`` as a scenario id; whether it is agreed is not checked.

    Raises:
        ScenarioError: It is not dotted lower-case ASCII of at most 32 characters.
        ScenarioRefusedError: It is of the family ``gov`` or ``finance``, or of ``probe``.
    """
    if SCENARIO_PATTERN.fullmatch(raw) is None:
        raise ScenarioError("not the id of a scenario")
    if root_of(raw) in REFUSED_ROOTS | RESERVED_ROOTS:
        raise ScenarioRefusedError("credit codes are never used for this family")
    return ScenarioId(raw)


def note_scenario(raw: str, table: Table, name: str = "") -> ScenarioId:
    """Return ``raw`` as a scenario id, noting at the key ``name`` of ``table`` if it is none."""
    try:
        return parse_scenario(raw)
    except (ScenarioError, ScenarioRefusedError) as error:
        said = "a dotted id of at most 32 characters, not of the families gov, finance and probe"
        table.note(error.code, name, "is not a scenario that may be agreed", said)
        return ScenarioId("")


def root_of(scenario: str) -> str:
    """Return the part before the first dot."""
    return scenario.partition(".")[0]


def fits(code_scenario: ScenarioId, asked: ScenarioId) -> bool:
    """Tell whether a code made for ``code_scenario`` is good where ``asked`` is asked for.

    True iff both are equal or the code's scenario is a part of the one asked for.
    """
    return code_scenario == asked or code_scenario.startswith(f"{asked}.")


def covers(whole: ScenarioId, part: ScenarioId) -> bool:
    """Tell whether ``part`` is ``whole`` or a part of it: ``fits``, seen from the agreement."""
    return fits(part, whole)


def well_formed(scenarios: Iterable[str]) -> bool:
    """Tell whether each text is spelled as a scenario's id, whether or not there is such a one."""
    return all(SCENARIO_PATTERN.fullmatch(each) for each in scenarios)


def all_within(scenarios: Iterable[ScenarioId], own: Collection[ScenarioId]) -> bool:
    """Tell whether each of ``scenarios`` is one of ``own`` or a part of one."""
    return all(any(covers(each, asked) for each in own) for asked in scenarios)


def narrowed(
    own: Collection[ScenarioId], kept_to: Collection[ScenarioId] | None
) -> frozenset[ScenarioId]:
    """Return what is in both; of a whole and its part, the part. None keeps everything."""
    if kept_to is None:
        return frozenset(own)
    parts = (a if covers(b, a) else b for a in own for b in kept_to if covers(a, b) or covers(b, a))
    return frozenset(parts)


def wholes_of(scenario: ScenarioId) -> tuple[ScenarioId, ...]:
    """Return every id that ``scenario`` fits, itself first, two segments last."""
    parts = scenario.split(".")
    return tuple(ScenarioId(".".join(parts[:count])) for count in range(len(parts), 1, -1))
