import json
import logging
import subprocess
import sys

import pytest
import structlog

from gateway.app import logs
from gateway.errors import places


def last_line(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    return dict(json.loads(capsys.readouterr().err.splitlines()[-1]))


def test_a_line_is_one_object_with_level_and_time(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()

    structlog.get_logger("gateway.test").warning("something", count=3)

    line = last_line(capsys)
    assert (line["event"], line["level"], line["count"]) == ("something", "warning", 3)
    assert str(line["timestamp"]).endswith("Z")


def test_a_librarys_exception_is_logged_without_its_message(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure()

    try:
        raise ValueError("somebody's name")  # noqa: TRY301  what a library would do
    except ValueError:
        logging.getLogger("gateway.test").exception("failed")

    assert "somebody" not in json.dumps(last_line(capsys))


def test_a_commands_warning_goes_to_stderr_and_never_between_its_json(
    capfd: pytest.CaptureFixture[str],
) -> None:
    program = (
        "import structlog\n"
        "from gateway.app import logs\n"
        "logs.for_commands()\n"
        "log = structlog.get_logger('gateway.test')\n"
        "log.info('worth_knowing')\n"
        "log.warning('keys_not_read', problem='VaultError')\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)  # noqa: S603  (our interpreter)

    said = capfd.readouterr()
    assert said.out == ""
    assert json.loads(said.err)["event"] == "keys_not_read"


def test_places_name_lines_and_no_values() -> None:
    with pytest.raises(ValueError, match="somebody") as caught:
        int("somebody's number")

    found = places(caught.value)
    assert found[-1].startswith("test_logs.py:")
    assert "somebody" not in "".join(found)
