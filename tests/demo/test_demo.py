"""The demonstration as people start it: a command that must end well and leave nothing behind."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

import pytest

from gateway.app.composition import open_city
from gateway.app.serving import gateway_of
from gateway.codes.reading import read
from gateway.demo.alone import LOCK, alone_in
from gateway.demo.errors import DemoError
from gateway.demo.identity.plan import MARKER
from gateway.demo.layout import SLUGS, Place
from gateway.demo.names import shop
from gateway.demo.servers import Servers
from gateway.ids import ScenarioId, UnverifiedText
from gateway.services.verdicts import Outcome, Presentation
from gateway.settings import load
from tests.cli.places import run as run_here
from tests.system.tills import until
from tests.system.towns import next_port, rows
from tests.world import CONFIG

COMMAND = Path(sys.executable).with_name("credit-gateway")
ENDS_S = 240.0
WITH_CONFIG = """
import sys
from pathlib import Path
from gateway.demo import main
state, config, port = sys.argv[1:]
sys.exit(main(once=True, as_json=True, base_port=int(port), state=Path(state), config=Path(config)))
"""

HOLDS = """
import sys, time
from pathlib import Path
from gateway.demo.alone import alone_in
with alone_in(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def left_behind(state: Path) -> list[int]:
    """Return every process that holds a file in ``state`` open, its log for one."""
    return [
        int(directory.name)
        for directory in Path("/proc").iterdir()
        if directory.name.isdigit() and any(_open_in(directory / "fd", state))
    ]


def _open_in(descriptors: Path, state: Path) -> Generator[bool]:
    with suppress(OSError):
        for descriptor in descriptors.iterdir():
            with suppress(OSError):
                yield descriptor.readlink().is_relative_to(state)


@dataclass(frozen=True)
class Ended:
    """A demonstration that is over.

    Attributes:
        left: Its processes that still lived when it was over.
    """

    state: Path
    code: int
    out: str
    err: str
    left: list[int] = field(default_factory=list)

    @property
    def result(self) -> dict[str, Any]:
        """The one object on stdout."""
        found: dict[str, Any] = json.loads(self.out)
        return found


def run(state: Path, *arguments: str) -> Ended:
    """Run it to its end."""
    done = subprocess.run(  # noqa: S603  our own command
        arguments, capture_output=True, text=True, timeout=ENDS_S, check=False
    )
    return Ended(state, done.returncode, done.stdout, done.stderr, left_behind(state))


def once(state: Path) -> Ended:
    port = str(next_port())
    command = ("demo", "--once", "--json", "--base-port", port, "--state", str(state))
    return run(state, str(COMMAND), *command)


def refusal(state: Path) -> Ended:
    """Run it in this process, since it starts no other."""
    done = run_here("demo", "--once", "--json", "--state", str(state))
    return Ended(state, done.exit_code, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Return a demonstration that was run once."""
    return once(tmp_path_factory.mktemp("demo") / "state")


def test_one_command_lets_four_cities_recognise_each_other_and_leaves_no_process(
    ended: Ended,
) -> None:
    result = ended.result
    pairs = [(cell["issuer"], cell["verifier"]) for cell in result["matrix"]]

    assert (ended.code, ended.left) == (0, [])
    assert sorted(pairs) == sorted((home, away) for home in SLUGS for away in SLUGS)
    assert {cell["outcome"] for cell in result["matrix"]} == {"recognised"}
    assert all(cell["offers"] and cell["code"].startswith("CC1:") for cell in result["matrix"])
    assert len({cell["receipt"] for cell in result["matrix"]}) == 16
    assert set(result) == {"matrix", "refusals", "quotas", "seconds"}
    assert result["seconds"] > 0  # how many is for docs/performance.md


def test_an_offer_with_a_quota_is_granted_exactly_n_times_to_guests_of_every_city(
    ended: Ended,
) -> None:
    for uses in ended.result["quotas"]:
        granted = ["recognised"] * uses["count"]
        assert uses["outcomes"] == [*granted, "no_benefit, another_code"]
    assert {uses["issuer"] for uses in ended.result["quotas"]} == set(SLUGS)


def test_every_scenario_is_shown_in_every_city(ended: Ended) -> None:
    shown = {(cell["verifier"], cell["scenario"]) for cell in ended.result["matrix"]}

    assert len(shown) == 16


def test_every_refusal_is_as_the_protocol_says(ended: Ended) -> None:
    refusals = {case["case"]: case["outcome"] for case in ended.result["refusals"]}

    assert refusals == {
        "replayed": "present_again",
        "tampered": "present_again",
        "expired": "present_again",
        "other city's signature": "present_again",
        "no member": "not_a_code",
        "no code": "not_a_code",
        "citizen without a tier": "no_code",
    }
    assert all(case["expected"] == case["outcome"] for case in ended.result["refusals"])


def test_progress_goes_to_people_and_not_between_the_braces(ended: Ended) -> None:
    assert ended.out.startswith("{\n")
    assert ended.out.rstrip().endswith("}")
    assert "温州" in ended.err


def environ_of(ended: Ended, slug: str) -> dict[str, str]:
    lines = (ended.state / slug / "city.env").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_every_receipt_is_in_the_database_of_its_city_and_in_no_other(ended: Ended) -> None:
    kept = {
        slug: {
            receipt for (receipt,) in rows(ended.state / slug, "SELECT receipt FROM verification")
        }
        for slug in SLUGS
    }

    for cell in ended.result["matrix"]:
        assert [slug for slug in SLUGS if cell["receipt"] in kept[slug]] == [cell["verifier"]]


def test_a_code_of_the_matrix_shown_again_later_is_found_used(ended: Ended) -> None:
    cell = next(
        cell
        for cell in ended.result["matrix"]
        if (cell["issuer"], cell["verifier"]) == ("wenzhou", "jinhua")
    )
    # At a moment of the code's life, however long the demonstration and the machine took.
    text, scenario = UnverifiedText(cell["code"]), ScenarioId(cell["scenario"])
    now = read(text).claims.issued_at

    with open_city(load(environ_of(ended, "jinhua"))) as city:
        merchant = city.store.merchants.get(shop(scenario))
        assert merchant is not None
        shown = Presentation(text=text, scenario=scenario)
        verdict = gateway_of(city).verify.verify(shown, merchant, now)

    assert (verdict.outcome, verdict.reason) == (Outcome.PRESENT_AGAIN, "already_used")


def test_a_wrong_cell_ends_with_1_and_a_second_run_replaces_the_first(
    ended: Ended, tmp_path: Path
) -> None:
    # In this Jinhua a hotel asks for tier 3: neither guests nor locals of tier 2 get anything.
    config = copytree(CONFIG, tmp_path / "config")
    file = config / "cities" / "jinhua.toml"
    before, hotel, after = file.read_text("utf-8").partition('scenario = "lodging.hotel"')
    file.write_text(before + hotel + after.replace("min_tier = 1", "min_tier = 3", 2), "utf-8")
    state = tmp_path / "state"
    copytree(ended.state, state)
    (state / "wenzhou" / "old").touch()

    again = run(state, sys.executable, "-c", WITH_CONFIG, str(state), str(config), str(next_port()))

    wrong = [cell for cell in again.result["matrix"] if cell["outcome"] != "recognised"]
    assert (again.code, again.left) == (1, [])
    assert [(cell["verifier"], cell["scenario"]) for cell in wrong] == [("jinhua", "lodging.hotel")]
    assert wrong[0]["receipt"] is None
    assert not (state / "wenzhou" / "old").exists()
    assert {cell["receipt"] for cell in again.result["matrix"]} & {
        cell["receipt"] for cell in ended.result["matrix"]
    } == {None} & {cell["receipt"] for cell in ended.result["matrix"]}


def test_a_second_demonstration_is_refused_while_the_first_runs(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (state / MARKER).touch()
    (state / "wenzhou").mkdir()

    with alone_in(state):
        refused = refusal(state)

    error = refused.result["error"]
    assert (refused.code, error["code"]) == (1, "demo_error")
    assert f"process {os.getpid()}" in error["message"]
    assert f"kill {os.getpid()}" in error["message"]
    assert (state / "wenzhou").is_dir()


def test_a_demonstration_that_was_killed_keeps_nobody_out(tmp_path: Path) -> None:
    with subprocess.Popen(  # noqa: S603  our own interpreter
        [sys.executable, "-c", HOLDS, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(DemoError, match=f"process {process.pid}"), alone_in(tmp_path):
            pass
        process.kill()

    with alone_in(tmp_path):
        assert (tmp_path / LOCK).read_text("ascii") == str(os.getpid())


def test_a_directory_that_was_deleted_or_taken_over_is_lost(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with alone_in(state) as held:
        kept = held.lost

        rmtree(state)
        deleted = held.lost
        with alone_in(state) as next_one:
            taken_over, own = held.lost, next_one.lost

    assert (kept, deleted, taken_over, own) == (False, True, True, False)


def test_a_directory_that_is_no_demonstration_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", "utf-8")

    refused = refusal(tmp_path)

    assert refused.code == 1
    assert refused.result["error"]["code"] == "demo_error"
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.fixture
def staying(tmp_path: Path) -> Generator[subprocess.Popen[str]]:
    """Yield a demonstration that stays up after the matrix."""
    with (tmp_path / "out").open("w") as out:
        process = subprocess.Popen(  # noqa: S603  our own command
            [
                *(str(COMMAND), "demo", "--base-port", str(next_port())),
                *("--state", str(tmp_path / "state")),
            ],
            stdout=out,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    yield process
    if process.poll() is None:
        process.kill()
    process.wait()


def worked(directory: Path) -> bool:
    """Return whether a city's worker has begun to poll."""
    return bool(rows(directory, "SELECT name FROM worker_job WHERE name = 'poll'"))


def test_a_demonstration_that_stays_up_ends_with_an_impatient_ctrl_c_and_leaves_no_process(
    staying: subprocess.Popen[str], tmp_path: Path
) -> None:
    state, out = tmp_path / "state", tmp_path / "out"
    until(lambda: "Ctrl-C" in out.read_text("utf-8"), within_s=ENDS_S)
    # Its workers hold their leases, and have asked each other.
    until(lambda: all(worked(state / slug) for slug in SLUGS), within_s=ENDS_S)
    serving = left_behind(state)

    for _ in range(5):
        staying.send_signal(signal.SIGINT)
    code = staying.wait(ENDS_S)

    shown = out.read_text("utf-8")
    assert re.search(r" http://127\.0\.0\.1:[0-9]+/merchant/enrol#[A-Za-z0-9_-]{43}\n", shown)
    assert f"{state}/wenzhou/city.env devices link demo-lodging-hotel --owner\n" in shown
    assert re.search(r" http://127\.0\.0\.1:[0-9]+/staff\n", shown)
    assert re.search(r" http://127\.0\.0\.1:[0-9]+/wenzhou-staff\n", shown)
    assert len(serving) >= 4
    assert (code, left_behind(state)) == (130, [])


def test_a_demonstration_whose_directory_is_deleted_ends_and_says_why(
    staying: subprocess.Popen[str], tmp_path: Path
) -> None:
    state, out = tmp_path / "state", tmp_path / "out"
    until(lambda: "Ctrl-C" in out.read_text("utf-8"), within_s=ENDS_S)
    serving = left_behind(state)

    # At once, as no deletion is of files that are written to meanwhile.
    state.rename(tmp_path / "gone")
    code = staying.wait(ENDS_S)

    assert code == 1
    assert f"{state} was deleted or moved while in use" in " ".join(out.read_text("utf-8").split())
    assert len(serving) > len(SLUGS)
    assert [number for number in serving if Path(f"/proc/{number}").exists()] == []


@pytest.mark.parametrize(
    ("made", "number"),
    [
        (MARKER, signal.SIGINT),
        ("jinhua/keys/keys.json", signal.SIGINT),
        ("jinhua/server.log", signal.SIGTERM),
    ],
)
def test_a_demonstration_interrupted_on_its_way_leaves_no_process(
    staying: subprocess.Popen[str], tmp_path: Path, made: str, number: signal.Signals
) -> None:
    until((tmp_path / "state" / made).exists, within_s=ENDS_S, every_s=0.002)

    staying.send_signal(number)
    staying.wait(ENDS_S)

    assert staying.returncode == 130
    assert left_behind(tmp_path / "state") == []


def test_servers_that_were_ended_start_no_other(tmp_path: Path) -> None:
    place = Place(slug="huzhou", port=next_port(), directory=tmp_path, environ={})
    servers = Servers([place])

    servers.stop()
    servers.start_one(place.slug)

    assert list(tmp_path.iterdir()) == []
