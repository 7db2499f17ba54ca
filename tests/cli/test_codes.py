import stat
from pathlib import Path

import pytest

from gateway.codes import reading, wire
from gateway.ids import UnverifiedText
from tests.cli.places import object_of, run
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
