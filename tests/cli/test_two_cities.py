"""The installed command and real servers: two cities become partners over HTTP."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from gateway.clock import monotonic_s, wait_s
from tests.cli.places import Place, make_place, object_of
from tests.system.towns import next_port

SCRIPT = Path(sys.executable).parent / "credit-gateway"
START_S = 120


@dataclass(frozen=True)
class Town:
    """A city, its env file, and its server."""

    place: Place
    env_file: Path
    announced: Mapping[str, object]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.place.port}"

    def script(self, *args: str, given: str = "") -> "subprocess.CompletedProcess[str]":
        """Run the installed script in a process of its own."""
        return run_script("--env-file", str(self.env_file), *args, given=given)

    def refused(self, *args: str) -> str:
        """Run a command that is refused, and return what it says."""
        result = self.place.run(*args)
        assert result.exit_code == 1
        return result.stderr


def run_script(*args: str, given: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603  (our own script)
        [SCRIPT, *args], input=given, capture_output=True, text=True, check=False, env=_clean()
    )


def _clean() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()  # noqa: TID251  (handed on)
        if not name.startswith("CREDIT_GATEWAY_")
    }


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Town, Town]]:
    root = tmp_path_factory.mktemp("towns")
    ports = {name: next_port() for name in ("wenzhou", "jiaxing", "huzhou", "jinhua")}
    with ExitStack() as servers:
        first, second = (
            servers.enter_context(_served(make_place(root, slug, ports)))
            for slug in ("wenzhou", "jiaxing")
        )
        yield first, second


@contextmanager
def _served(place: Place) -> Generator[Town]:
    env_file = place.root / f"{place.slug}.env"
    env_file.write_text("".join(f"{name}={value}\n" for name, value in place.environ.items()))
    run_script("--env-file", str(env_file), "init", "--demo", "--new-passphrase")
    place.write_people()
    server = subprocess.Popen(  # noqa: S603  (our own script)
        [SCRIPT, "--env-file", env_file, "serve", "--port", str(place.port), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=_clean(),
    )
    try:
        assert server.stdout is not None
        announced = object_of(server.stdout.readline())
        _wait_for(f"http://127.0.0.1:{place.port}/readyz")
        yield Town(place=place, env_file=env_file, announced=announced)
    finally:
        server.terminate()
        server.communicate(timeout=START_S)


def _wait_for(url: str) -> None:
    until = monotonic_s() + START_S
    while monotonic_s() < until:
        try:
            with urlopen(url, timeout=10) as answer:  # noqa: S310  (loopback)
                if answer.status == 200:
                    return
        except OSError:
            wait_s(0.05)
    pytest.fail(f"{url} did not become ready")


def _post(url: str, token: str, body: Mapping[str, object]) -> dict[str, object]:
    request = Request(  # noqa: S310  (loopback)
        url,
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urlopen(request, timeout=60) as answer:  # noqa: S310  (loopback)
        return object_of(answer.read().decode())


def _groups(answer: Mapping[str, object]) -> dict[str, str]:
    found = answer["own_groups"]
    assert isinstance(found, dict)
    return {str(number): str(group) for number, group in found.items()}


def _heard(asked: Mapping[str, object], read_out: Mapping[str, str]) -> Sequence[str]:
    """Return what an officer types after asking for the drawn groups."""
    groups = asked["groups"]
    assert isinstance(groups, list)
    return [part for group in groups for part in ("--answer", read_out[str(group)])]


def test_two_cities_become_partners_and_recognise_codes(towns: tuple[Town, Town]) -> None:
    wenzhou, jiaxing = towns

    _compare(wenzhou.place, jiaxing.place)
    _accept(wenzhou.place, jiaxing.place)
    _look_from_outside(wenzhou.place)
    _show_a_code(wenzhou, jiaxing)
    _carry_by_hand(wenzhou.place)
    _probe(wenzhou.place)
    _suspend_and_resume(wenzhou)
    _put_an_older_row_back(wenzhou)


def _look_from_outside(place: Place) -> None:
    found = place.ask("federation", "doctor")

    assert found["well"] is True
    checks = found["checks"]
    assert isinstance(checks, list)
    assert {check["result"] for check in checks} == {"ok"}
    assert any("its chain stands" in check["what"] for check in checks)


def _compare(wenzhou: Place, jiaxing: Place) -> None:
    """Both add the other; their halves complete one number; four officers compare."""
    of_wenzhou = _groups(wenzhou.ask("partners", "add", "jiaxing"))
    of_jiaxing = _groups(jiaxing.ask("partners", "add", "温州"))
    assert sorted(map(int, of_wenzhou | of_jiaxing)) == list(range(1, 13))

    asked = wenzhou.ask("partners", "confirm", "jiaxing", "--officer", "Lin")
    heard = _heard(asked, of_jiaxing)
    first = wenzhou.ask("partners", "confirm", "jiaxing", "--officer", "Lin", *heard)
    assert asked["answered"] is False
    assert first["verdict"] == "first"

    # The second officer is asked in a dialogue, which does not show the partner's half.
    left = [group for group in of_jiaxing.values() if group not in heard]
    dialogue = ("partners", "confirm", "jiaxing", "--officer", "Chen")
    spoken = wenzhou.run(*dialogue, given="\n".join(left) + "\n")
    assert spoken.exit_code == 0, spoken.stderr
    assert "已核对" in spoken.stdout
    before_typing = spoken.stdout.partition("Group")[0]
    assert not [group for group in of_jiaxing.values() if group in before_typing]
    assert all(group in before_typing for group in of_wenzhou.values())

    for officer in ("Wang", "Zhao"):
        args = ("partners", "confirm", "wenzhou", "--officer", officer)
        jiaxing.ask(*args, *_heard(jiaxing.ask(*args), of_wenzhou))


def _accept(wenzhou: Place, jiaxing: Place) -> None:
    """Each accepts; once the servers say so, each sees that it is accepted as well."""
    until = ("--until", "2040-12-31")
    ours = ("partners", "accept", "jiaxing", "--scenarios", "open", *until, "--officer", "Lin")
    _approve(wenzhou, wenzhou.ask(*ours))
    [partner] = _list(wenzhou.ask("partners", "status")["partners"])
    assert object_of(json.dumps(partner["push"]))["owed"] is True
    assert wenzhou.ask("status")["works"] is True
    assert "does not recognise" in str(wenzhou.ask("status")["findings"])

    hotels = ("--scenarios", "lodging.hotel", *until, "--officer", "Lin")
    _approve(jiaxing, jiaxing.ask("partners", "accept", "330300", *hotels))
    for place in (wenzhou, jiaxing):
        _sync_until_well(place)
    full = wenzhou.run("partners", "status", "嘉兴").stdout
    assert "recognises us     yes" in full
    assert "the end of 2040-12-31" in full


def _approve(place: Place, proposed: dict[str, object]) -> None:
    """The second pair of eyes; the first one will not do."""
    proposal = object_of(json.dumps(proposed["proposal"]))
    approve = ("proposals", "approve", str(proposal["id"]))
    own = place.run(*approve, "--officer", "lin", "--json")
    assert object_of(own.stdout)["error"] is not None
    dialogue = place.run(*approve, "--officer", "Chen", given="y\n")
    assert dialogue.exit_code == 0, dialogue.stderr
    assert str(proposal["target"]) in dialogue.stdout
    again = place.run(*approve, "--officer", "Chen", given="y\n")
    assert again.stderr.startswith("error[proposal_closed]: ")


def _sync_until_well(place: Place) -> None:
    """A server serves what a command signed within a second."""
    until = monotonic_s() + START_S
    while place.ask("status")["findings"]:
        assert monotonic_s() < until, place.run("status").stdout
        assert place.run("partners", "sync").exit_code == 0


def _show_a_code(wenzhou: Town, jiaxing: Town) -> None:
    """A citizen of Wenzhou goes to a merchant in Jiaxing, twice with one code."""
    citizen = str(wenzhou.place.ask("citizens", "token", "example-3")["token"])
    enrol = ("merchants", "add", "river", "--name", "N", "--scenarios", "open")
    merchant = str(jiaxing.place.ask(*enrol)["token"])
    code = _post(f"{wenzhou.url}/api/v1/codes", citizen, {"kind": "general"})["code"]
    shown = {"code": code, "scenario": "lodging.hotel"}

    outcomes = [
        _post(f"{jiaxing.url}/api/v1/verifications", merchant, shown)["outcome"] for _ in "12"
    ]

    assert outcomes == ["recognised", "present_again"]
    assert re.search(r"recognised +1: 温州 1", jiaxing.place.run("status").stdout)
    assert re.search(r"issued +1: live 1", wenzhou.place.run("status").stdout)
    read = object_of(run_script("codes", "inspect", "--json", given=str(code)).stdout)
    assert read["qr_version"] == 7


def _carry_by_hand(wenzhou: Place) -> None:
    """What one accepted from the other goes out as a file and comes in again."""
    file = str(wenzhou.root / "jiaxing.pins.json")

    wenzhou.ask("partners", "export", "jiaxing", file)

    [report] = _list(wenzhou.ask("partners", "import", file)["partners"])
    assert report["problem"] is None


def _probe(wenzhou: Place) -> None:
    """A code of the reserved scenario is fetched and verified; nothing is recorded."""
    report = wenzhou.ask("partners", "probe", "jiaxing")

    assert (report["verified"], report["problem"], report["recognises_us"]) == (True, None, True)


def _suspend_and_resume(wenzhou: Town) -> None:
    """One officer suspends, another resumes, and neither can be done twice."""
    suspend = ("partners", "suspend", "jiaxing", "--officer", "Lin", "--reason", "a drill")
    resume = ("partners", "resume", "jiaxing", "--officer", "Lin", "--reason", "over")

    wenzhou.place.ask(*suspend)
    assert "a drill" in str(wenzhou.place.ask("status")["findings"])
    assert wenzhou.refused(*suspend).startswith("error[trust_transition]: ")
    _approve(wenzhou.place, wenzhou.place.ask(*resume))
    assert wenzhou.place.ask("status")["findings"] == []
    assert wenzhou.refused(*resume).startswith("error[partner_not_stopped]: ")


Row = tuple[object, ...]


def _put_an_older_row_back(wenzhou: Town) -> None:
    """A hand in the database undoes a suspension; no process signs that anew."""
    active = _stored(wenzhou.place)
    wenzhou.place.ask("partners", "suspend", "jiaxing", "--officer", "Lin", "--reason", "theft")
    suspended = _stored(wenzhou.place)
    _store(wenzhou.place, active)

    synced, doctor = wenzhou.script("partners", "sync"), wenzhou.script("doctor")

    assert (synced.returncode, doctor.returncode) == (1, 1)
    assert "trust_partner_row_tampered" in synced.stdout
    assert "not as this city signed them" in doctor.stdout
    assert _stored(wenzhou.place) == active
    assert wenzhou.place.run("status").exit_code == 1
    _store(wenzhou.place, suspended)


def _stored(place: Place) -> Row:
    with closing(sqlite3.connect(place.home / "state" / "gateway.db")) as connection:
        row: Row = connection.execute("SELECT record, memory, version FROM partner").fetchone()
    return row


def _store(place: Place, row: Row) -> None:
    with closing(sqlite3.connect(place.home / "state" / "gateway.db")) as connection, connection:
        connection.execute("UPDATE partner SET record = ?, memory = ?, version = ?", row)
        connection.execute("UPDATE trust_revision SET revision = revision + 1")


def test_the_installed_script_looks_a_city_over(towns: tuple[Town, Town]) -> None:
    doctor = towns[0].script("doctor", "--port", str(towns[0].place.port), "--json")
    status = towns[0].script("status", "--json")

    assert (doctor.returncode, status.returncode) == (0, 0)
    assert object_of(doctor.stdout)["ready"] is True
    assert object_of(status.stdout)["works"] is True
    assert doctor.stderr == status.stderr == ""


def test_the_installed_script_refuses_without_a_traceback() -> None:
    done = run_script("status")

    assert done.returncode == 1
    assert done.stderr.startswith("error[settings_wrong]: ")
    assert "Traceback" not in done.stderr


def test_serve_says_where_before_it_becomes_the_server(towns: tuple[Town, Town]) -> None:
    said = towns[0].announced

    assert said["url"] == towns[0].url
    assert said["city"] == "温州 Wenzhou"
    assert isinstance(said["pid"], int)


def test_three_wrong_answers_void_what_was_confirmed(
    towns: tuple[Town, Town], tmp_path: Path
) -> None:
    ports = {name: next_port() for name in ("wenzhou", "huzhou", "jinhua")}
    place = make_place(tmp_path, "wenzhou", ports | {"jiaxing": towns[1].place.port}).init()
    place.ask("partners", "add", "jiaxing")
    place.ask("partners", "confirm", "jiaxing", "--officer", "Lin")

    stopped = place.run("partners", "confirm", "jiaxing", "--officer", "Lin", given="12345\n")
    assert stopped.exit_code == 130
    assert "error[interrupted]" in stopped.stderr

    wrong = ["partners", "confirm", "jiaxing", "--officer", "Lin", *["--answer", "00000"] * 3]
    said = [place.run(*wrong) for _ in "123"]

    assert "2 tries are left" in said[0].stderr
    assert "1 try is left" in said[1].stderr
    assert said[2].stderr.startswith("error[safety_number_void]: ")
    assert [each.exit_code for each in said] == [1, 1, 1]
    assert "trust_safety_number_wrong" in place.run("status").stdout


def test_a_city_that_the_agreement_does_not_name_is_refused(
    towns: tuple[Town, Town], tmp_path: Path
) -> None:
    ports = {name: next_port() for name in ("wenzhou", "jiaxing", "huzhou", "jinhua")}
    place = make_place(tmp_path, "wenzhou", ports).init()

    refused = place.run("partners", "add", towns[1].url)

    assert refused.exit_code == 1
    assert refused.stderr.startswith("error[trust_not_a_member]: ")


def _list(value: object) -> list[dict[str, object]]:
    assert isinstance(value, list)
    return [dict(each) for each in value]
