"""A city's own scale, and how a reading on it becomes a common tier; done at home, in memory.

A scale runs from worst to best: bands of scores or stars, or named levels. It covers its whole
declared range, and tiers only rise along it. What lies below the first edge has no tier, which is
no tier at all and not a low one.
"""

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType
from typing import TypeAlias

from gateway.ids import Tier, Timestamp, UnverifiedText
from gateway.policy import keys
from gateway.policy.errors import (
    PolicyFileError,
    Problem,
    ReadingRangeError,
    ReadingTypeError,
    ScaleNotInForceError,
    ScaleVersionUnknownError,
)
from gateway.policy.tables import Key, Table
from gateway.policy.words import plain

Reading: TypeAlias = int | str
"""What an assessment says of one person: a score or stars (int), or the name of a level (str)."""

MAX_SCORE = 100_000
MAX_STEPS = 100

_WHOLE_TEXT = re.compile(r"0|[1-9][0-9]{0,5}")


class ScaleKind(StrEnum):
    """How a city assesses."""

    SCORE = "score"
    LEVELS = "levels"
    STARS = "stars"


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A band of scores or stars, both ends included.

    Attributes:
        lowest: First reading of the band.
        highest: Last reading of the band.
        tier: Tier of the band, or None below the first edge.
    """

    lowest: int
    highest: int
    tier: Tier | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleAdapter:
    """One version of one city's scale: total over its range, and monotone.

    Attributes:
        id: Short name of the scale.
        version: Version of the mapping; kept in the issuing record.
        kind: What a reading looks like.
        valid_from: First moment at which this version maps.
        bands: Score and stars: rising, without gap or overlap.
        levels: Named levels: tier by name, worst first; None below the first edge.
        source: Where the edges come from.
        illustrative: Whether the edges are examples that no city has published.
    """

    id: str
    version: str
    kind: ScaleKind
    valid_from: Timestamp
    bands: tuple[Band, ...]
    levels: Mapping[str, Tier | None]
    source: str
    illustrative: bool

    @classmethod
    def parse(cls, raw: object, *, where: str = "") -> "ScaleAdapter":
        """Return the adapter that a table of the city file states.

        Raises:
            PolicyFileError: Naming everything that is wrong in it.
        """
        problems: list[Problem] = []
        table = Table(raw, SCALE_KEYS, where=where, problems=problems)
        kind = table.read(KIND)
        named = kind is ScaleKind.LEVELS
        adapter = cls(
            id=table.read(SCALE_ID),
            version=table.read(VERSION),
            kind=kind,
            valid_from=table.read(VALID_FROM),
            bands=() if named else _read_bands(table),
            levels=_read_levels(table) if named else MappingProxyType({}),
            source=table.read(SOURCE),
            illustrative=table.read(ILLUSTRATIVE),
        )
        _refuse_the_other_form(table, named=named)
        if not table.sound:
            raise PolicyFileError(problems)
        return adapter

    @property
    def allowed(self) -> str:
        """Return what a reading may be, for people."""
        if self.kind is ScaleKind.LEVELS:
            return f"one of {', '.join(self.levels)}"
        return f"a whole number {self.bands[0].lowest} to {self.bands[-1].highest}"

    def tier_of(self, reading: Reading) -> Tier | None:
        """Return the tier of ``reading``, or None below the first edge.

        Raises:
            ReadingTypeError: Not an integer (score, stars) or not a text (levels); ``True`` and
                ``700.0`` are no integers.
            ReadingRangeError: Outside the declared range, or not a declared level.
        """
        if self.kind is ScaleKind.LEVELS:
            return self._tier_of_level(reading)
        if type(reading) is not int:
            raise ReadingTypeError("a reading on this scale is an integer")
        if not self.bands[0].lowest <= reading <= self.bands[-1].highest:
            raise ReadingRangeError("a reading lies outside the declared range")
        return self.bands[bisect_right(self.bands, reading, key=_lowest) - 1].tier

    def parse_reading(self, raw: UnverifiedText) -> Reading:
        """Return the reading that ``raw``, for example a CSV field, spells; not yet its range.

        Raises:
            ReadingTypeError: A score or a number of stars is not spelled ``0|[1-9][0-9]*``.
        """
        if self.kind is ScaleKind.LEVELS:
            return str(raw)
        if _WHOLE_TEXT.fullmatch(raw) is None:
            raise ReadingTypeError("a reading on this scale is spelled as an integer")
        return int(raw)

    def _tier_of_level(self, reading: Reading) -> Tier | None:
        if not isinstance(reading, str):
            raise ReadingTypeError("a reading on this scale is the name of a level")
        if reading not in self.levels:
            raise ReadingRangeError("a reading is not a declared level")
        return self.levels[reading]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scales:
    """All versions of one city's scale; each maps until the next one starts.

    Attributes:
        versions: Rising by ``valid_from``.
    """

    versions: tuple[ScaleAdapter, ...]

    @classmethod
    def parse(cls, raws: Sequence[object], *, where: str = "scales") -> "Scales":
        """Return the scale of a city from its list of versions, oldest first.

        Raises:
            PolicyFileError: Naming everything that is wrong in any of them.
        """
        problems: list[Problem] = []
        versions: list[ScaleAdapter] = []
        for number, raw in enumerate(raws, start=1):
            try:
                versions.append(ScaleAdapter.parse(raw, where=f"{where}.#{number}"))
            except PolicyFileError as error:
                problems.extend(error.problems)
        problems.extend([] if problems else _problems_of_row(versions, where))
        if problems:
            raise PolicyFileError(problems)
        return cls(versions=tuple(versions))

    def at(self, now: Timestamp) -> ScaleAdapter:
        """Return the version in force at ``now``; one starts in the second that it names.

        Raises:
            ScaleNotInForceError: ``now`` is before the first version.
        """
        for version in reversed(self.versions):
            if version.valid_from <= now:
                return version
        raise ScaleNotInForceError("no version of the scale is in force yet")

    def edition(self, named: str | None, now: Timestamp) -> ScaleAdapter:
        """Return the version on which a reading was made, which alone knows what it is worth.

        Args:
            named: The version that comes with the reading, also one that another has followed
                since; None is the one in force.
            now: A version that starts later maps nothing yet.

        Raises:
            ScaleVersionUnknownError: No version is called so.
            ScaleNotInForceError: ``now`` is before that version, or before the first.
        """
        if named is None:
            return self.at(now)
        found = next((each for each in self.versions if each.version == named), None)
        if found is None:
            raise ScaleVersionUnknownError("no version of the scale is called so")
        if now < found.valid_from:
            raise ScaleNotInForceError("the named version of the scale is not in force yet")
        return found


def _take_range(raw: object) -> tuple[int, int]:
    match raw:
        case [int(lowest), int(highest)] if type(lowest) is type(highest) is int:
            if not 0 <= lowest < highest <= MAX_SCORE:
                raise ValueError
            return lowest, highest
        case _:
            raise TypeError


SCALE_ID = keys.text("id", re.compile(r"[a-z][a-z0-9-]{0,31}"), "up to 32 of a-z, 0-9 and -")
VERSION = keys.text("version", re.compile(r"[A-Za-z0-9._-]{1,16}"), "up to 16 of A-Za-z0-9._-")
KIND = keys.choice("kind", ScaleKind)
VALID_FROM = keys.moment("valid_from")
RANGE: Key[tuple[int, int]] = Key(
    name="range",
    allowed="kinds score and stars: [lowest, highest], whole numbers 0 to 100000",
    take=_take_range,
    blank=(0, 1),
    optional=True,
)
BANDS = keys.tables(
    "bands",
    "kinds score and stars: 1 to 100 [[scales.bands]] tables, rising",
    minimum=1,
    maximum=MAX_STEPS,
    optional=True,
)
LEVELS = keys.tables(
    "levels",
    "kind levels: 1 to 100 [[scales.levels]] tables, worst first",
    minimum=1,
    maximum=MAX_STEPS,
    optional=True,
)
SOURCE = plain("source", 200)
ILLUSTRATIVE = keys.flag("illustrative", default=False)
SCALE_KEYS = (SCALE_ID, VERSION, KIND, VALID_FROM, RANGE, BANDS, LEVELS, SOURCE, ILLUSTRATIVE)

FROM = keys.whole("from", minimum=0, maximum=MAX_SCORE)
TO = keys.whole("to", minimum=0, maximum=MAX_SCORE)
TIER = keys.tier("tier", optional=True)
BAND_KEYS = (FROM, TO, TIER)

NAME = plain("name", 20)
LEVEL_KEYS = (NAME, TIER)


def _lowest(band: Band) -> int:
    return band.lowest


def _refuse_the_other_form(table: Table, *, named: bool) -> None:
    for key in (RANGE, BANDS) if named else (LEVELS,):
        if key in table:
            table.note("policy_not_allowed", key.name, "is of another kind of scale", key.allowed)


def _read_bands(table: Table) -> tuple[Band, ...]:
    lowest, highest = table.read(RANGE)
    bands = tuple(
        _read_band(raw, table, f"bands.#{number}")
        for number, raw in enumerate(table.read(BANDS), start=1)
    )
    if table.sound:
        _check_cover(table, bands, lowest, highest)
        _check_rising(table, BANDS, [band.tier for band in bands])
    return bands


def _read_band(raw: object, table: Table, name: str) -> Band:
    entry = Table(raw, BAND_KEYS, where=table.at(name), problems=table.problems)
    band = Band(lowest=entry.read(FROM), highest=entry.read(TO), tier=entry.find(TIER))
    if entry.sound and band.highest < band.lowest:
        entry.note("scale_empty_band", "to", "is below from", "a number not below from")
    return band


def _read_levels(table: Table) -> Mapping[str, Tier | None]:
    levels: list[tuple[str, Tier | None]] = []
    for number, raw in enumerate(table.read(LEVELS), start=1):
        where = table.at(f"levels.#{number}")
        entry = Table(raw, LEVEL_KEYS, where=where, problems=table.problems)
        levels.append((entry.read(NAME), entry.find(TIER)))
    if table.sound:
        _check_rising(table, LEVELS, [tier for _, tier in levels])
        if len(dict(levels)) != len(levels):
            table.note("scale_overlap", "levels", "name one level twice", "each level once")
    return MappingProxyType(dict(levels))


def _check_cover(table: Table, bands: Sequence[Band], lowest: int, highest: int) -> None:
    if bands[0].lowest < lowest or bands[-1].highest > highest:
        table.note("scale_out_of_range", "bands", "leave the range", "bands inside the range")
    if bands[0].lowest > lowest or bands[-1].highest < highest:
        table.note("scale_gap", "bands", "do not fill the range", "bands from end to end")
    for number, (before, after) in enumerate(pairwise(bands), start=2):
        said = f"a band that starts right after {before.highest}"
        if after.lowest > before.highest + 1:
            table.note("scale_gap", f"bands.#{number}.from", "leaves a gap", said)
        if after.lowest <= before.highest:
            table.note("scale_overlap", f"bands.#{number}.from", "overlaps", said)


def _check_rising(table: Table, key: Key[object], tiers: Sequence[Tier | None]) -> None:
    if not any(tiers):
        table.note("scale_no_tier", key.name, "lead to no tier", "a tier on the highest step")
    for number, (before, after) in enumerate(pairwise(tiers), start=2):
        if before is not None and (after is None or after < before):
            said = f"tier {before} or better here, or none further down"
            table.note("scale_not_monotone", f"{key.name}.#{number}.tier", "falls", said)


def _problems_of_row(versions: Sequence[ScaleAdapter], where: str) -> list[Problem]:
    problems: list[Problem] = []
    holder = Table({}, (), where=where, problems=problems)
    if len({version.version for version in versions}) != len(versions):
        holder.note("scale_version_repeated", "", "name one version twice", "a new version name")
    if any(after.valid_from <= before.valid_from for before, after in pairwise(versions)):
        holder.note("scale_not_rising", "", "are not in order of valid_from", "oldest first")
    return problems
