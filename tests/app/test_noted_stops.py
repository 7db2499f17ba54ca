"""The newest stops in the state directory."""

from pathlib import Path

import pytest

from gateway.app.noted_stops import FILE, FileStops, NotedStopsError
from gateway.services.stop_ports import StopRow


def row(version: int, document: bytes = b"{}") -> StopRow:
    return StopRow(version=version, document=document, seal=bytes(32))


@pytest.fixture
def stops(tmp_path: Path) -> FileStops:
    return FileStops(path=tmp_path / FILE)


def test_nothing_is_noted_at_first(stops: FileStops) -> None:
    assert stops.noted() is None


def test_what_is_noted_comes_back_and_is_for_nobody_else_to_read(stops: FileStops) -> None:
    stops.note(row(7))

    assert stops.noted() == row(7)
    assert stops.path.stat().st_mode & 0o777 == 0o600


def test_a_note_never_goes_back_and_the_first_of_a_version_stays(stops: FileStops) -> None:
    stops.note(row(7))
    stops.note(row(6))
    stops.note(row(7, b"another"))

    assert stops.noted() == row(7)


ODD = {
    "no JSON": b"{",
    "no version": b'{"document":"e30","seal":"AAAA"}',
    "no base64": b'{"version":1,"document":"e30=","seal":"AAAA"}',
    "too large": b" " * (2 * 1024 * 1024 + 1),
}


@pytest.mark.parametrize("case", ODD)
def test_a_spoiled_file_is_told_and_can_be_written_again(stops: FileStops, case: str) -> None:
    stops.path.write_bytes(ODD[case])
    stops.path.chmod(0o600)

    with pytest.raises(NotedStopsError):
        stops.noted()
    stops.note(row(7))

    assert stops.noted() == row(7)


def test_a_file_that_others_may_read_is_not_believed(stops: FileStops) -> None:
    stops.note(row(7))
    stops.path.chmod(0o644)

    with pytest.raises(NotedStopsError):
        stops.noted()


def test_a_directory_that_is_gone_takes_no_note(tmp_path: Path) -> None:
    with pytest.raises(NotedStopsError):
        FileStops(path=tmp_path / "gone" / FILE).note(row(1))
