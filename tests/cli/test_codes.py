import stat
from pathlib import Path

import pytest

from gateway.app.composition import open_city
from gateway.app.serving import gateway_of
from gateway.codes import reading, wire
from gateway.ids import UnverifiedText
from gateway.services.verdicts import Outcome
from gateway.settings import load
from gateway.web.wiring import make_flask
from tests.cli.places import Place, object_of, run
from tests.world import JINHUA, NOON

CODE = JINHUA.show()


def test_a_code_is_decoded_from_stdin_and_not_believed() -> None:
    result = run("codes", "inspect", given=f"{CODE}\n")

    assert result.exit_code == 0
    assert "not verified" in result.stdout
    assert "330700" in result.stdout
    assert CODE not in result.stdout


def test_claims_sizes_and_version_are_told() -> None:
    answer = object_of(run("codes", "inspect", "-", "--json", given=CODE).stdout)

    assert answer["verified"] is False
    assert answer["kind"] == "general"
    assert answer["form"] == "CC1"
    assert answer["qr_version"] == 7
    assert answer["qr_modules"] == 45
    assert answer["characters"] == len(CODE)
    claims = answer["claims"]
    assert isinstance(claims, dict)
    assert claims["iss"] == "330700"
    assert claims["exp"] == NOON + 90
    assert claims["tier"] == 2
    assert set(claims) == {"iss", "iat", "exp", "jti", "tier"}


def test_a_jws_is_decoded_too() -> None:
    text = reading.as_jws(wire.read(UnverifiedText(CODE)), JINHUA.signer.public.kid)

    answer = object_of(run("codes", "inspect", text, "--json").stdout)

    assert answer["form"] == "JWS"
    assert "qr_version" not in answer


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "not_a_code"),
        ("hello", "not_a_code"),
        ("CC1:", "not_a_code"),
        ("eyJh.e.e", "not_a_code"),
        ("x" * 5000, "not_a_code"),
        ("CC2:ABC", "newer_form"),
    ],
)
@pytest.mark.parametrize("command", ["inspect", "draw"])
def test_what_is_no_code_is_refused(command: str, text: str, code: str) -> None:
    result = run("codes", command, given=text)

    assert result.exit_code == 1
    assert result.stderr.startswith(f"error[{code}]: ")
    assert result.stdout == ""


def test_a_code_is_drawn_in_the_terminal() -> None:
    said = run("codes", "draw", given=CODE)
    answer = object_of(run("codes", "draw", "--json", given=CODE).stdout)

    assert said.stdout == f"{answer['drawing']}\n"
    assert len(said.stdout.splitlines()) == 27


def test_a_drawing_in_a_file_is_for_this_account_only(tmp_path: Path) -> None:
    svg, png = tmp_path / "code.svg", tmp_path / "code.png"

    answer = object_of(
        run("codes", "draw", "--svg", str(svg), "--png", str(png), "--json", given=CODE).stdout
    )

    assert answer["files"] == [str(svg), str(png)]
    assert svg.read_text().startswith("<")
    assert png.read_bytes().startswith(b"\x89PNG")
    assert {stat.S_IMODE(path.stat().st_mode) for path in (svg, png)} == {0o600}


def test_no_drawing_is_overwritten(tmp_path: Path) -> None:
    svg = tmp_path / "code.svg"
    svg.write_text("mine")

    result = run("codes", "draw", "--svg", str(svg), given=CODE)

    assert result.stderr.startswith("error[output_file]: ")
    assert svg.read_text() == "mine"


def test_a_demo_makes_one_test_code_for_each_outcome(city: Place) -> None:
    answer = city.ask("codes", "test", "--scenario", "lodging.hotel")

    codes = answer["codes"]
    assert isinstance(codes, dict)
    assert set(codes) == set(Outcome)
    assert answer["scenario"] == "lodging.hotel"
    assert all(str(text).startswith("CC1:") for text in codes.values())


def test_test_codes_are_drawn_one_for_each_outcome(city: Place) -> None:
    said = city.run("codes", "test")

    headings = [line for line in said.stdout.splitlines() if line in set(Outcome)]
    drawn = [line for line in said.stdout.splitlines() if line.startswith("  ") and "█" in line]
    assert headings == list(Outcome)
    assert len(drawn) > 5 * 20


def test_a_scenario_without_an_offer_has_no_test_codes(city: Place) -> None:
    result = city.run("codes", "test", "--scenario", "space.travel")

    assert result.exit_code == 1
    assert result.stderr.startswith("error[test_issuer_absent]: ")


def test_a_till_that_shows_test_codes_to_the_city_meets_every_outcome(city: Place) -> None:
    made = city.ask("codes", "test")
    codes, scenario = made["codes"], str(made["scenario"])
    assert isinstance(codes, dict)
    enrolled = city.ask("merchants", "add", "corner", "--name", "N", "--scenarios", scenario)

    with open_city(load(city.environ)) as opened:
        till = make_flask(gateway_of(opened)).test_client()
        outcomes = {
            outcome: till.post(
                "/api/v1/verifications",
                json={"code": text, "scenario": scenario},
                headers={"Authorization": f"Bearer {enrolled['token']}"},
            ).get_json()["outcome"]
            for outcome, text in codes.items()
        }

    assert outcomes == {outcome: outcome for outcome in Outcome}
