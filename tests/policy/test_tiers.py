from pathlib import Path

import pytest

from gateway.policy.errors import TierError
from gateway.policy.tiers import TIER_NAMES, TIERS, parse_tier


def test_the_tiers_are_one_two_three_and_named() -> None:
    assert TIERS == (1, 2, 3)
    assert list(TIER_NAMES) == list(TIERS)


@pytest.mark.parametrize("raw", [1, 2, 3])
def test_a_tier_is_read(raw: int) -> None:
    assert parse_tier(raw) == raw


@pytest.mark.parametrize("raw", [0, -1, 4, True, 1.0, "1", None])
def test_nothing_below_one_or_above_three_is_a_tier(raw: object) -> None:
    with pytest.raises(TierError) as refusal:
        parse_tier(raw)

    assert refusal.value.code == "tier_unknown"


def test_the_names_of_tiers_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        TIER_NAMES[TIERS[0]] = ("", "")  # type: ignore[index]  # the refusal is the point


def test_no_text_of_policy_or_config_speaks_ill_of_anybody() -> None:
    root = Path(__file__).parents[2]
    files = [*(root / "gateway" / "policy").glob("*.py"), *(root / "config").rglob("*.toml")]

    texts = [path.read_text(encoding="utf-8") for path in files]

    ill = ("失信", "黑名单", "较差", "极差", "不良", "blacklist", "dishonest", "untrustworthy")
    assert [word for word in ill for text in texts if word in text] == []
