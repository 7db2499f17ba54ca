"""``wsgi.py`` as a server imports it."""

import subprocess
import sys
from pathlib import Path

from tests.cli.places import Place, make_place
from tests.project.tree import ROOT


def _import(place: Place, program: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603  (our own interpreter)
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=place.environ,
        capture_output=True,
        text=True,
        check=False,
    )


def test_both_names_that_servers_look_for_are_the_city(tmp_path: Path) -> None:
    place = make_place(tmp_path).init()
    program = (
        "import wsgi\n"
        "assert wsgi.app is wsgi.application\n"
        "print(wsgi.app.test_client().get('/healthz').status_code)\n"
    )

    done = _import(place, program)

    assert (done.stdout, done.returncode) == ("200\n", 0), done.stderr


def test_a_wrong_setting_ends_the_process_with_one_message(tmp_path: Path) -> None:
    place = make_place(tmp_path)

    done = _import(place, "import wsgi")

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("error[settings_wrong]: environment: CREDIT_GATEWAY_")
    assert "Traceback" not in done.stderr
