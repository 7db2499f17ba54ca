import re
from html import unescape
from pathlib import Path

import pytest

from gateway.policy.tables import Key
from gateway.policy.terms import DISCOUNT_ALLOWED, VALUE_RULES, Kind
from gateway.settings.schema import SECTIONS

DOCS = Path(__file__).parents[2] / "docs"
ROW = re.compile(
    r"^\| `(?P<name>[^`]+)` \|.+\| (?P<allowed>.+) \| (?P<default>[^|]+) \|$", re.MULTILINE
)


def sections() -> dict[str, str]:
    text = (DOCS / "configuration.md").read_text(encoding="utf-8")
    _, *parts = re.split(r"^### `(.+)`$", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def default_of(key: Key[object]) -> str:
    if key.default is None:
        return "none" if key.optional else "required"
    if key.default == ():
        return "[]"
    if isinstance(key.default, str):
        return f'"{key.default}"'
    return str(key.default).lower()


def test_the_documentation_has_a_table_for_every_table() -> None:
    assert list(sections()) == list(SECTIONS)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_key_is_documented_with_what_is_allowed_and_its_default(section: str) -> None:
    documented = [
        (row["name"], unescape(row["allowed"]), row["default"])
        for row in ROW.finditer(sections()[section])
    ]

    assert documented == [(key.name, key.allowed, default_of(key)) for key in SECTIONS[section]]


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_documented_with_its_value_and_cap(kind: Kind) -> None:
    text = (DOCS / "policy.md").read_text(encoding="utf-8")
    rule = VALUE_RULES[kind]
    allowed = DISCOUNT_ALLOWED if kind is Kind.DISCOUNT_RATE else rule.allowed

    assert f"| `{kind}` | {allowed} | {'yes' if rule.capped else 'no'} |" in text
