"""Builders of policy files in their plain form, each right until a test breaks it."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from gateway.ids import ScenarioId
from gateway.policy.agreement import Agreement
from gateway.policy.catalogue import Catalogue
from gateway.policy.errors import PolicyFileError, Problem

CONFIG = Path(__file__).parents[2] / "config"
JAN_2026 = 1_767_196_800
NOON = JAN_2026 + 43_200

Raw = dict[str, object]


def toml(path: Path) -> Raw:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def agreement_raw() -> Raw:
    return toml(CONFIG / "agreement.toml")


AGREEMENT = Agreement.parse(agreement_raw())


def city_raw(slug: str = "wenzhou") -> Raw:
    return toml(CONFIG / "cities" / f"{slug}.toml")


def terms_raw(**changes: object) -> Raw:
    return without_none({"min_tier": 1, "kind": "discount_rate", "value": "0.80", **changes})


def offer_raw(terms: Raw | None = None, **changes: object) -> Raw:
    stated = terms or terms_raw()
    return without_none(
        {
            "id": "hotel-discount",
            "version": 1,
            "scenario": "lodging.hotel",
            **stated,
            "resident": {**stated, "source": "illustrative: a test"},
            "offline": "grant",
            "valid_from": JAN_2026,
            **changes,
        }
    )


def catalogue_raw(*offers: Raw, **changes: object) -> Raw:
    return {"version": "2026.1", "valid_from": JAN_2026, "offers": list(offers), **changes}


def parse(*offers: Raw, second_phase: frozenset[ScenarioId] = frozenset()) -> Catalogue:
    return Catalogue.parse(
        catalogue_raw(*offers),
        agreement=AGREEMENT,
        open_scenarios=AGREEMENT.open_scenarios(second_phase),
    )


def without_none(raw: Raw) -> Raw:
    return {name: value for name, value in raw.items() if value is not None}


def without(raw: Raw, *names: str) -> Raw:
    return {name: value for name, value in raw.items() if name not in names}


def table_of(raw: Raw, name: str) -> Raw:
    return cast("Raw", raw[name])


def list_of(raw: Raw, name: str) -> list[Raw]:
    return cast("list[Raw]", raw[name])


def found(error: PolicyFileError) -> list[tuple[str, str]]:
    return [(problem.code, problem.key) for problem in error.problems]


def codes(problems: tuple[Problem, ...]) -> list[str]:
    return [problem.code for problem in problems]


def as_mapping(raw: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", raw)
