"""docs/federation.md says what the code does, where a test can tell."""

import importlib
import inspect
import re
from pathlib import Path

import pytest

from gateway.errors import TrustError
from gateway.ids import EntityId, KeyId
from gateway.trust import errors
from gateway.trust.alarms import AlarmCode
from gateway.trust.history import MAX_KEYS_EVER
from gateway.trust.pins_file import MAX_FILE_BYTES
from gateway.trust.safety import half, safety_number
from gateway.trust.states import PartnerState

TEXT = (Path(__file__).parents[2] / "docs" / "federation.md").read_text(encoding="utf-8")
CODES = {
    error.code
    for module in (errors, importlib.import_module("gateway.trust.candidate"))
    for _, error in inspect.getmembers(module, inspect.isclass)
    if issubclass(error, TrustError) and error is not TrustError
}


@pytest.mark.parametrize("code", sorted(CODES | {code.value for code in AlarmCode}))
def test_every_refusal_and_alarm_is_explained(code: str) -> None:
    assert f"`{code}`" in TEXT


def test_nothing_is_explained_that_does_not_exist() -> None:
    named = set(re.findall(r"`(trust_[a-z_0-9]+)`", TEXT))

    assert named - CODES - {code.value for code in AlarmCode} == {"trust_anchor_hints"}


@pytest.mark.parametrize("state", PartnerState)
def test_every_state_is_in_the_table(state: PartnerState) -> None:
    assert f"\n| {state.value} |" in TEXT


def test_the_worked_example_is_right() -> None:
    halves = [
        half(EntityId(f"https://credit.{slug}.example/anchor"), [KeyId(one), KeyId(other)])
        for slug, one, other in (
            ("wenzhou", "WZ1_" + "a" * 39, "WZ2_" + "b" * 39),
            ("jinhua", "JH1_" + "a" * 39, "JH2_" + "b" * 39),
        )
    ]

    assert all(f"`{' '.join(each)}`" in TEXT for each in halves)
    assert f"Safety number: `{' '.join(safety_number(*halves))}`" in TEXT


def test_the_bounds_are_those_of_the_code() -> None:
    assert f"at most {MAX_KEYS_EVER:,} keys" in TEXT
    assert f"at most {MAX_FILE_BYTES:,} bytes" in TEXT
