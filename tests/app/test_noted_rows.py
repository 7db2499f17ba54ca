from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.app.noted_rows import FILE, FileRows, NotedRowsError
from gateway.ids import EntityId
from gateway.services.trust_ports import PartnerRow, RowMark

ANCHOR = EntityId("https://credit.wenzhou.example/anchor")
OTHER = EntityId("https://credit.jinhua.example/anchor")


def mark(version: int, record: str = "a") -> RowMark:
    return RowMark.of(PartnerRow(anchor_id=ANCHOR, record=record, memory="b", version=version))


@pytest.fixture
def rows(tmp_path: Path) -> FileRows:
    return FileRows(path=tmp_path / FILE)


def test_nothing_is_noted_at_first(rows: FileRows) -> None:
    assert rows.noted() == {}


def test_what_is_noted_comes_back_and_is_for_nobody_else_to_read(rows: FileRows) -> None:
    rows.note({ANCHOR: mark(7)})
    rows.note({OTHER: mark(1)})

    assert rows.noted() == {ANCHOR: mark(7), OTHER: mark(1)}
    assert rows.path.stat().st_mode & 0o777 == 0o600


def test_a_note_never_goes_back_and_the_first_of_a_version_stays(rows: FileRows) -> None:
    rows.note({ANCHOR: mark(7)})
    rows.note({ANCHOR: mark(6)})
    rows.note({ANCHOR: mark(7, "another")})

    assert rows.noted() == {ANCHOR: mark(7)}


def test_of_many_who_note_at_once_none_is_lost(rows: FileRows) -> None:
    anchors = [EntityId(f"https://credit.city{place}.example/anchor") for place in range(16)]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda anchor: rows.note({anchor: mark(1)}), anchors))

    assert set(rows.noted()) == set(anchors)


ODD = {
    "no JSON": b"{",
    "no object": b"[]",
    "no version": b'{"a": "x"}',
    "a short digest": b'{"a": "1:00"}',
    "no digest": b'{"a": "1"}',
    "no text": b'{"a": 1}',
    "too large": b" " * (1024 * 1024 + 1),
}


@pytest.mark.parametrize("what", ODD)
def test_a_file_that_somebody_wrote_in_is_refused_and_left_alone(rows: FileRows, what: str) -> None:
    rows.path.write_bytes(ODD[what])
    rows.path.chmod(0o600)

    with pytest.raises(NotedRowsError):
        rows.noted()
    with pytest.raises(NotedRowsError):
        rows.note({ANCHOR: mark(1)})
    assert rows.path.read_bytes() == ODD[what]


def test_a_file_that_others_may_write_is_not_believed(rows: FileRows) -> None:
    rows.note({ANCHOR: mark(1)})
    rows.path.chmod(0o666)

    with pytest.raises(NotedRowsError):
        rows.noted()


def test_a_directory_that_is_gone_is_told_by_name(tmp_path: Path) -> None:
    rows = FileRows(path=tmp_path / "gone" / FILE)

    with pytest.raises(NotedRowsError, match="cannot be written"):
        rows.note({ANCHOR: mark(1)})
