from pathlib import Path

import pytest

from tests.cli.places import Place, object_of, run

USAGE = {
    "no such command": ("nothing",),
    "no such option": ("status", "--nothing"),
    "a missing argument": ("merchants", "token"),
    "a port out of range": ("serve", "--port", "70000"),
    "an env file that is not there": ("--env-file", "missing.env", "status"),
    "neither production nor demo": ("init",),
    "a day that is none": (
        "partners",
        "accept",
        "x",
        "--scenarios",
        "open",
        "--until",
        "soon",
        "--officer",
        "L",
    ),
}

REFUSED = {
    "an unknown merchant": (("merchants", "token", "nobody"), "merchant_unknown"),
    "an unknown merchant to suspend": (
        ("merchants", "suspend", "nobody", "--reason", "closed"),
        "merchant_unknown",
    ),
    "a malformed merchant": (
        ("merchants", "add", "Bad_Id", "--name", "N", "--scenarios", "open"),
        "merchant_refused",
    ),
    "a scenario that is not open": (
        ("merchants", "add", "good", "--name", "N", "--scenarios", "mobility.parking"),
        "merchant_refused",
    ),
    "an unknown partner": (("partners", "sync", "jiaxing"), "partner_unknown"),
    "an unknown partner's status": (("partners", "status", "jiaxing"), "partner_unknown"),
    "a partner that is no entity": (("partners", "add", "nowhere"), "trust_entity_id"),
    "this city itself": (("partners", "add", "wenzhou"), "partner_is_own"),
    "a scenario that never leaves a city": (
        (
            "partners",
            "accept",
            "jiaxing",
            "--scenarios",
            "health.care",
            "--until",
            "2030-01-01",
            "--officer",
            "Lin",
        ),
        "scenario_not_shared",
    ),
    "a file that is not there": (("partners", "import", "missing.json"), "input_file"),
    "a file that holds no pins": (("partners", "import", "pyproject.toml"), "trust_pins_file"),
    "a city that is made already": (("init", "--demo"), "state_exists"),
    "a passphrase that is there": (("init", "--demo", "--new-passphrase"), "passphrase_file"),
    "an output that is there": (("federation", "export", "pyproject.toml"), "output_file"),
    "a draft that is not there": (("offers", "check", "missing.toml"), "settings_wrong"),
}


@pytest.mark.parametrize("case", USAGE)
def test_a_usage_error_is_one_line_and_exit_code_2(case: str) -> None:
    said, as_json = run(*USAGE[case]), run(*USAGE[case], "--json")

    assert said.exit_code == as_json.exit_code == 2
    assert said.stdout == as_json.stderr == ""
    assert said.stderr.startswith("error[usage]: ")
    assert "--help" in said.stderr
    assert _code_of(as_json.stdout) == "usage"


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_is_one_line_with_its_code_and_exit_code_1(city: Place, case: str) -> None:
    args, code = REFUSED[case]

    said, as_json = city.run(*args), city.run(*args, "--json")

    assert said.exit_code == as_json.exit_code == 1
    assert said.stdout == as_json.stderr == ""
    assert said.stderr.startswith(f"error[{code}]: ")
    assert "Traceback" not in said.stderr
    assert _code_of(as_json.stdout) == code


def test_a_partner_that_cannot_be_reached_is_unavailable(city: Place) -> None:
    result = city.run("partners", "add", "jiaxing")

    assert result.exit_code == 3
    assert result.stderr.startswith("error[fetch_connect]: ")


def test_a_database_that_is_gone_is_unavailable(city: Place) -> None:
    gone = "postgresql+psycopg://nobody:hidden@127.0.0.1:1/gone"

    result = city.run("merchants", "list", CREDIT_GATEWAY_DATABASE_URL=gone)

    assert result.exit_code == 3
    assert result.stderr.startswith("error[storage_unavailable]: ")
    assert "hidden" not in result.stderr


def test_every_wrong_setting_is_named_with_file_key_and_what_is_allowed(city: Place) -> None:
    city.replace("live_s = 90", "live_s = 900")
    city.replace('synchronous = "FULL"', 'synchronous = "PERHAPS"')

    said, as_json = city.run("status"), city.run("status", "--json")

    error = object_of(as_json.stdout)["error"]
    assert isinstance(error, dict)
    assert {problem["key"] for problem in error["problems"]} == {
        "codes.live_s",
        "database.synchronous",
    }
    assert all(problem["file"] == str(city.city_file) for problem in error["problems"])
    assert "30 to 120" in said.stderr
    assert "900" not in said.stderr


def test_a_file_that_this_machine_refuses_is_no_traceback(city: Place) -> None:
    nowhere = str(city.root / "missing" / "file.json")

    result = city.run("federation", "export", nowhere)

    assert result.exit_code == 1
    assert result.stderr.startswith("error[output_file]: ")


def test_what_this_machine_refuses_is_one_line_too(place: Place) -> None:
    in_the_way = place.root / "file"
    in_the_way.write_text("")

    result = place.run(
        "init", "--demo", "--new-passphrase", CREDIT_GATEWAY_STATE_DIR=str(in_the_way / "state")
    )

    assert result.exit_code == 1
    assert result.stderr.startswith(f"error[machine]: {in_the_way / 'state'}: ")


ENV_FILES = {
    "a line without =": "CREDIT_GATEWAY_STATE_DIR\n",
    "a name that is none": "2=x\n",
    "the same name again": "A=1\nA=2\n",
}


@pytest.mark.parametrize("case", ENV_FILES)
def test_an_env_file_is_refused_with_the_line(tmp_path: Path, case: str) -> None:
    path = tmp_path / "city.env"
    path.write_text("# a city\n" + ENV_FILES[case])

    result = run("--env-file", str(path), "status")

    assert result.exit_code == 1
    line = 1 + ENV_FILES[case].count("\n")
    assert result.stderr.startswith(f"error[env_file]: {path}: line {line}: ")
    assert "KEY=VALUE" in result.stderr


def test_an_env_file_wins_over_the_environment(city: Place) -> None:
    path = city.root / "city.env"
    lines = (f'{name}="{value}"' for name, value in city.environ.items())
    path.write_text("\n# a city\n" + "\n".join(lines) + "\n")

    result = run(
        "--env-file", str(path), "database", "check",
        environ={"CREDIT_GATEWAY_STATE_DIR": "/nowhere"},
    )  # fmt: skip

    assert result.exit_code == 0


def _code_of(stdout: str) -> object:
    error = object_of(stdout)["error"]
    assert isinstance(error, dict)
    return error["code"]
