"""Drills as an office starts them: a bad day in four running cities, within its bounds."""

import json
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from gateway.demo.drills import DRILLS, DrillResult, Step
from gateway.demo.drills.words import STEPS
from gateway.demo.layout import SLUGS
from tests.system.towns import next_port

COMMAND = Path(sys.executable).with_name("credit-gateway")
ENDS_S = 600.0
APART = 50
"""Ports between the two, so that neither takes those that the other is about to."""

pytestmark = pytest.mark.early

Played = Mapping[str, tuple[int, dict[str, Any]]]


def play(name: str, state: Path, port: int) -> tuple[int, dict[str, Any]]:
    options = ("--once", "--drill", name, "--json", "--state", state, "--base-port", port)
    done = subprocess.run(  # noqa: S603  our own command
        (COMMAND, "demo", *map(str, options)), capture_output=True, timeout=ENDS_S, check=False
    )
    return done.returncode, json.loads(done.stdout)["drill"]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Return exit code and result of each drill; both wait most of the time, so at once."""
    root, port = tmp_path_factory.mktemp("drills"), next_port()
    with ThreadPoolExecutor() as pool:
        running = {
            name: pool.submit(play, name, root / name, port + APART * number)
            for number, name in enumerate(DRILLS)
        }
        return {name: each.result() for name, each in running.items()}


def seconds(drill: Mapping[str, Any], what: str) -> dict[str, float]:
    return {step["where"]: step["seconds"] for step in drill["steps"] if step["what"] == what}


def said(drill: Mapping[str, Any], what: str) -> dict[str, str]:
    return {step["where"]: step["said"] for step in drill["steps"] if step["what"] == what}


def test_a_stolen_key_is_refused_everywhere_within_ten_seconds_of_its_revocation(
    played: Played,
) -> None:
    code, drill = played["key-compromise"]

    assert (code, drill["right"]) == (0, True)
    assert set(seconds(drill, "stolen_key_refused")) == set(SLUGS)
    assert set(seconds(drill, "new_recognised")) == set(SLUGS)
    assert set(said(drill, "stolen_key_recognised_before").values()) == {"recognised"}
    assert set(said(drill, "stolen_key_stays_refused").values()) == {"present_again"}


def test_an_outage_costs_nobody_a_benefit_for_a_day_and_then_says_so_and_heals(
    played: Played,
) -> None:
    code, drill = played["outage"]
    others = set(SLUGS) - {"huzhou"}

    assert (code, drill["right"]) == (0, True)
    assert set(seconds(drill, "outage_noticed")) == others
    assert said(drill, "recognised_while_down") == dict.fromkeys(others, "recognised")
    assert said(drill, "recognised_after_return") == dict.fromkeys(others, "recognised")
    assert said(drill, "undetermined_after_25_h") == dict.fromkeys(others, "undetermined")
    assert said(drill, "recognised_again_after_25_h") == dict.fromkeys(others, "recognised")


def test_every_step_has_words_for_people(played: Played) -> None:
    steps = {step["what"] for _, drill in played.values() for step in drill["steps"]}

    assert steps == set(STEPS)


@pytest.mark.parametrize(("late", "right"), [(False, True), (True, False)])
def test_one_step_out_of_its_bound_makes_the_drill_fail(*, late: bool, right: bool) -> None:
    steps = [
        Step(what="new_recognised", where="wenzhou", said="yes", right=True, seconds=1, bound_s=10),
        Step(what="new_recognised", where="jinhua", said="yes", right=not late),
    ]

    assert DrillResult(name="x", about="x", steps=tuple(steps)).right is right
