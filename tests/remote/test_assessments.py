import logging
import os
import resource
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.errors import UnavailableError
from gateway.ids import Timestamp
from gateway.policy.scale import Scales
from gateway.remote import assessment_rows
from gateway.remote.assessments import AssessmentsUnavailableError, FileAssessments
from gateway.services.assess import Assessment, AssessmentSource
from tests.world import NOON

# All subjects here are made up; the word canary must never appear in a message.
HEADER = "subject,reading,assessed_on,scale_version\n"
CSV = HEADER + "illustrative-1,812,2026-10-01,\nillustrative-2,优秀,2026-10-02,v1\n"
JSONL = (
    '{"subject":"illustrative-1","reading":812,"assessed_on":"2026-10-01"}\n'
    '{"subject":"illustrative-2","reading":"优秀","assessed_on":"2026-10-02",'
    '"scale_version":"v1"}\n'
)


def edition(version: str, starts: datetime, **kind: object) -> dict[str, object]:
    told = {"id": "made-up", "version": version, "valid_from": starts, "source": "illustrative"}
    return told | kind


NEXT_AT = datetime.fromtimestamp(NOON, UTC) + timedelta(days=1)
SCALES = Scales.parse(
    [
        edition(
            "v1",
            datetime(2020, 1, 1, tzinfo=UTC),
            kind="levels",
            levels=[{"name": "良好"}, {"name": "优秀", "tier": 1}],
        ),
        edition(
            "v2",
            datetime(2026, 1, 1, tzinfo=UTC),
            kind="score",
            range=[0, 1000],
            bands=[{"from": 0, "to": 649}, {"from": 650, "to": 1000, "tier": 1}],
        ),
        edition(
            "v3",
            NEXT_AT,
            kind="score",
            range=[0, 200],
            bands=[{"from": 0, "to": 99}, {"from": 100, "to": 200, "tier": 1}],
        ),
    ]
)
"""The first in levels, then 0 to 1000, and from the next noon 0 to 200."""


def midnight_in_china(day: int) -> int:
    return int(datetime(2026, 9, 30, 16, tzinfo=UTC).timestamp()) + (day - 1) * 86_400


def written(path: Path, text: str | bytes) -> Path:
    """Replace the file as an office should: by a rename."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(text if isinstance(text, bytes) else text.encode())
    return fresh.replace(path)


def looked_at(path: Path) -> FileAssessments:
    """Return the assessments after a first look."""
    source = FileAssessments(path, SCALES)
    source.refresh(NOON)
    return source


def problem_of(path: Path) -> str:
    source = looked_at(path)
    problem = source.state().problem
    assert source.state().rows is None
    assert problem is not None
    assert "canary" not in problem
    return problem


@pytest.mark.parametrize(("name", "text"), [("a.csv", CSV), ("a.jsonl", JSONL)])
def test_both_forms_say_the_same(tmp_path: Path, name: str, text: str) -> None:
    source: AssessmentSource = looked_at(written(tmp_path / name, text))

    first, second = source.read("illustrative-1"), source.read("illustrative-2")

    assert first is not None
    assert second is not None
    assert (first.reading, first.assessed_on, first.scale_version) == (
        812,
        midnight_in_china(1),
        None,
    )
    assert (second.reading, second.assessed_on, second.scale_version) == (
        "优秀",
        midnight_in_china(2),
        "v1",
    )


def test_an_unknown_subject_has_no_assessment(tmp_path: Path) -> None:
    source = looked_at(written(tmp_path / "a.csv", CSV))

    assert source.read("illustrative-3") is None


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.csv", CSV.replace("\n", "\r\n")), ("a.csv", CSV[:-1]), ("a.jsonl", JSONL[:-1])],
)
def test_line_ends_of_windows_and_a_missing_last_one_are_fine(
    tmp_path: Path, name: str, text: str
) -> None:
    source = looked_at(written(tmp_path / name, text))

    assert (source.state().rows, source.state().problem) == (2, None)


def test_a_quoted_csv_field_is_read(tmp_path: Path) -> None:
    text = HEADER + '"illustrative-1","812","2026-10-01",""\n'

    source = looked_at(written(tmp_path / "a.csv", text))

    assert source.read("illustrative-1") is not None


def test_a_csv_of_nobody_is_its_header(tmp_path: Path) -> None:
    assert looked_at(written(tmp_path / "a.csv", HEADER)).state().rows == 0


BAD_CSV_ROWS = {
    "too few fields": "canary,1,2026-10-01",
    "too many fields": "canary,1,2026-10-01,v1,",
    "empty": "",
    "blank": " ",
    "no subject": ",1,2026-10-01,v1",
    "space in the subject": "can ary,1,2026-10-01,v1",
    "subject too long": "c" * 129 + ",1,2026-10-01,v1",
    "subject not ASCII": "金丝雀,1,2026-10-01,v1",
    "no reading": "canary,,2026-10-01,v1",
    "level too long": "canary," + "a" * 33 + ",2026-10-01,v1",
    "control character": "canary,a\x00b,2026-10-01,v1",
    "line break in quotes": '"canary,1,2026-10-01,v1',
    "carriage return inside": "canary\r,1,2026-10-01,v1",
    "no such day": "canary,1,2026-02-30,v1",
    "another form of date": "canary,1,01.10.2026,v1",
    "date and time": "canary,1,2026-10-01T00:00,v1",
    "another century": "canary,1,1826-10-01,v1",
    "odd version": "canary,1,2026-10-01,v 1",
    "line too long": "canary,1,2026-10-01," + "v" * 1024,
}
BAD_JSON_ROWS = {
    "no JSON": "canary",
    "array": '["canary"]',
    "duplicate member": '{"subject":"canary","subject":"canary"}',
    "unknown member": '{"subject":"canary","reading":1,"assessed_on":"2026-10-01","name":"canary"}',
    "no subject": '{"reading":1,"assessed_on":"2026-10-01"}',
    "subject a number": '{"subject":1,"reading":1,"assessed_on":"2026-10-01"}',
    "no reading": '{"subject":"canary","assessed_on":"2026-10-01"}',
    "reading true": '{"subject":"canary","reading":true,"assessed_on":"2026-10-01"}',
    "reading a fraction": '{"subject":"canary","reading":1.5,"assessed_on":"2026-10-01"}',
    "reading negative": '{"subject":"canary","reading":-1,"assessed_on":"2026-10-01"}',
    "reading too large": '{"subject":"canary","reading":1000000,"assessed_on":"2026-10-01"}',
    "reading null": '{"subject":"canary","reading":null,"assessed_on":"2026-10-01"}',
    "version null": (
        '{"subject":"canary","reading":1,"assessed_on":"2026-10-01","scale_version":null}'
    ),
    "bomb": "[" * 500,
}


@pytest.mark.parametrize("row", BAD_CSV_ROWS.values(), ids=BAD_CSV_ROWS)
def test_a_bad_csv_line_is_named_by_its_number_alone(tmp_path: Path, row: str) -> None:
    text = CSV + row + "\nillustrative-4,1,2026-10-01,\n"

    problem = problem_of(written(tmp_path / "a.csv", text))

    assert problem == "bad lines (malformed, or a subject again): 4"


@pytest.mark.parametrize("row", BAD_JSON_ROWS.values(), ids=BAD_JSON_ROWS)
def test_a_bad_jsonl_line_is_named_by_its_number_alone(tmp_path: Path, row: str) -> None:
    problem = problem_of(written(tmp_path / "a.jsonl", JSONL + row + "\n"))

    assert problem == "bad lines (malformed, or a subject again): 3"


def test_a_subject_that_comes_twice_spoils_the_file(tmp_path: Path) -> None:
    text = HEADER + "canary,1,2026-10-01,\ncanary,2,2026-10-01,\n"

    assert problem_of(written(tmp_path / "a.csv", text)).endswith(": 3")


OFF_THE_SCALE: dict[str, tuple[str, str]] = {
    "above the range": ("canary,1001,2026-10-01,", "not on the scale made-up v2; allowed: {v2}"),
    "above it, on a named version": (
        "canary,1001,2026-10-01,v2", "not on the scale made-up v2; allowed: {v2}",
    ),
    "a word on a score scale": (
        "canary,excellent,2026-10-01,", "not on the scale made-up v2; allowed: {v2}",
    ),
    "a score among levels": (
        "canary,812,2026-10-01,v1", "not on the scale made-up v1; allowed: one of 良好, 优秀",
    ),
    "no level of the scale": (
        "canary,极好,2026-10-01,v1", "not on the scale made-up v1; allowed: one of 良好, 优秀",
    ),
    "a version that nobody knows": (
        "canary,812,2026-10-01,v0",
        "of a version of the scale that the city file does not have; allowed: v1, v2, v3",
    ),
    "a version before its time": (
        "canary,150,2026-10-01,v3", "of a version of the scale that is not in force yet",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("row", "why"), OFF_THE_SCALE.values(), ids=OFF_THE_SCALE)
def test_a_reading_off_its_scale_is_named_by_line_and_what_is_allowed(
    tmp_path: Path, row: str, why: str
) -> None:
    text = CSV + row + "\nillustrative-4,1000,2026-10-01,v2\n"

    problem = problem_of(written(tmp_path / "a.csv", text))

    assert problem == f"bad lines ({why.format(v2='a whole number 0 to 1000')}): 4"
    assert "1001" not in problem
    assert "excellent" not in problem
    assert "极好" not in problem


def test_every_reason_is_named_in_one_go(tmp_path: Path) -> None:
    rows = ["canary", "canary-1,5000,2026-10-01,", "canary-2,1,2026-10-01,v0", "canary"]

    problem = problem_of(written(tmp_path / "a.csv", HEADER + "\n".join(rows)))

    reasons = [reason.rpartition(": ")[2] for reason in problem.split("; bad lines")]
    assert reasons == ["2, 5", "3", "4"]


def test_another_version_of_the_scale_is_a_reason_to_look_again(tmp_path: Path) -> None:
    source = looked_at(written(tmp_path / "a.csv", CSV))
    next_at = Timestamp(int(NEXT_AT.timestamp()))

    before = source.refresh(Timestamp(next_at - 1))
    said = [source.refresh(next_at), source.refresh(next_at)]

    assert (before, said) == (False, [True, False])
    assert source.state().problem == (
        "bad lines (not on the scale made-up v3; allowed: a whole number 0 to 200): 2"
    )
    assert source.state().rows == 2


def test_before_the_first_version_of_the_scale_no_file_is_taken(tmp_path: Path) -> None:
    source = FileAssessments(written(tmp_path / "a.csv", CSV), SCALES)

    source.refresh(Timestamp(0))

    assert source.state().problem == (
        "bad lines (of a version of the scale that is not in force yet): 2, 3"
    )


def test_no_more_than_twenty_bad_lines_are_named(tmp_path: Path) -> None:
    problem = problem_of(written(tmp_path / "a.csv", HEADER + "canary\n" * 22))

    assert problem.endswith("20, 21 and 2 more")


BAD_FILES: dict[str, tuple[str, bytes, str]] = {
    "another ending": ("a.txt", CSV.encode(), "must end in .csv or .jsonl"),
    "another header": ("a.csv", b"canary\n", f"line 1 must be {HEADER.strip()}"),
    "header of a spreadsheet": ("a.csv", b"\xef\xbb\xbf" + CSV.encode(), "line 1 must be"),
    "empty CSV": ("a.csv", b"", "line 1 must be"),
    "empty JSONL": ("a.jsonl", b"", "is empty"),
    "not UTF-8": ("a.csv", HEADER.encode() + b"canary,\xc9\xcf", "not UTF-8 at byte 49"),
}


@pytest.mark.parametrize(("name", "content", "problem"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_first_file_leaves_no_table(
    tmp_path: Path, name: str, content: bytes, problem: str
) -> None:
    assert problem_of(written(tmp_path / name, content)).startswith(problem)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "directory.csv").mkdir()

    assert problem_of(tmp_path / "pipe.csv") == "must be a regular file"
    assert problem_of(tmp_path / "directory.csv") == "missing, or not a file that may be read"
    assert problem_of(tmp_path / "missing.csv") == "missing, or not a file that may be read"


def test_size_and_rows_are_bounded(tmp_path: Path) -> None:
    row = "illustrative-{},1,2026-10-01,\n"
    limit = assessment_rows.MAX_ROWS
    path = written(tmp_path / "a.csv", HEADER + "".join(row.format(n) for n in range(limit)))

    rows = looked_at(path).state().rows
    one_more = written(path, path.read_bytes() + row.format("x").encode())

    assert rows == limit
    assert problem_of(one_more) == f"more than {limit} rows"
    assert problem_of(written(path, b"a" * (assessment_rows.MAX_FILE_BYTES + 1))) == (
        "larger than 16777216 bytes"
    )


def no_file(_: Path) -> None:
    """Leave the place of the file empty."""


def bad_file(path: Path) -> None:
    written(path, HEADER + "canary")


def good_file(path: Path) -> None:
    written(path, CSV)


@pytest.mark.parametrize("begin", [no_file, bad_file])
def test_before_the_first_good_file_nobody_can_be_told_anything(
    tmp_path: Path, begin: Callable[[Path], None]
) -> None:
    begin(tmp_path / "a.csv")
    source = looked_at(tmp_path / "a.csv")

    with pytest.raises(AssessmentsUnavailableError) as caught:
        source.read("illustrative-1")

    assert isinstance(caught.value, UnavailableError)
    assert caught.value.code == "assessments_unavailable"


def test_the_constructor_reads_nothing(tmp_path: Path) -> None:
    source = FileAssessments(written(tmp_path / "a.csv", CSV), SCALES)

    assert source.state().problem == "not looked at yet"
    with pytest.raises(AssessmentsUnavailableError):
        source.read("illustrative-1")


@pytest.mark.parametrize("begin", [no_file, bad_file])
def test_the_file_may_come_later(tmp_path: Path, begin: Callable[[Path], None]) -> None:
    begin(tmp_path / "a.csv")
    source = looked_at(tmp_path / "a.csv")

    written(tmp_path / "a.csv", CSV)

    assert source.refresh(NOON)
    assert source.read("illustrative-1") is not None


def test_a_new_file_counts_from_the_next_refresh_and_never_before(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", CSV)
    source = looked_at(path)

    written(path, HEADER + "illustrative-3,1,2026-10-01,\n")

    assert source.read("illustrative-1") is not None
    assert source.refresh(NOON)
    assert source.read("illustrative-1") is None
    assert source.read("illustrative-3") is not None


def test_reading_never_touches_the_disk(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", CSV)
    source = looked_at(path)
    path.unlink()
    tmp_path.rmdir()

    assert source.read("illustrative-1") is not None
    assert source.state().problem is None


def test_readers_see_one_table_or_the_other_while_it_is_replaced(tmp_path: Path) -> None:
    old, new = HEADER + "illustrative-1,1,2026-10-01,\n", HEADER + "illustrative-1,2,2026-10-01,\n"
    path = written(tmp_path / "a.csv", old)
    source = looked_at(path)

    def readings(_: int) -> set[int | str | None]:
        found = (source.read("illustrative-1") for _ in range(2_000))
        return {None if each is None else each.reading for each in found}

    with ThreadPoolExecutor(4) as pool:
        reading = pool.map(readings, range(4))
        for n in range(50):
            written(path, new if n % 2 else old)
            source.refresh(NOON)
        seen = set[int | str | None]().union(*reading)

    assert seen <= {1, 2}


def test_the_state_says_when_the_file_in_force_was_written(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", CSV)
    os.utime(path, (1_800_000_000, 1_800_000_000))
    source = looked_at(path)

    written(path, b"broken")
    source.refresh(NOON)

    assert source.state().written_at == 1_800_000_000


def test_a_file_whose_time_was_set_back_is_another_file(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", CSV)
    source = looked_at(path)
    before = path.stat()

    path.write_text(CSV.replace("812", "813"), "utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert source.refresh(NOON)
    found = source.read("illustrative-1")
    assert found is not None
    assert found.reading == 813


def directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


BREAKERS: dict[str, tuple[Callable[[Path], object], str]] = {
    "bad line": (bad_file, ": 2"),
    "gone": (lambda path: path.unlink(), "missing, or not a file that may be read"),
    "cut off": (lambda path: written(path, b""), HEADER.strip()),
    "a directory": (directory, "missing, or not a file that may be read"),
}


@pytest.mark.parametrize(("break_it", "problem"), BREAKERS.values(), ids=BREAKERS)
def test_a_broken_new_file_leaves_the_last_good_one_in_force(
    tmp_path: Path, break_it: Callable[[Path], object], problem: str
) -> None:
    path = written(tmp_path / "a.csv", CSV)
    source = looked_at(path)

    break_it(path)
    source.refresh(NOON)

    assert source.read("illustrative-1") is not None
    assert source.state().rows == 2
    assert (source.state().problem or "").endswith(problem)
    assert "canary" not in (source.state().problem or "")


def test_a_mended_file_clears_the_problem(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", CSV)
    source = looked_at(path)
    written(path, b"broken")
    source.refresh(NOON)
    broken = source.state()

    written(path, CSV)
    source.refresh(NOON)

    assert broken.problem is not None
    assert (source.state().rows, source.state().problem) == (2, None)


CHANGES: dict[str, tuple[Callable[[Path], object], Callable[[Path], object]]] = {
    "from nothing to nothing": (no_file, no_file),
    "from nothing to a good file": (no_file, good_file),
    "from good to bad": (good_file, bad_file),
    "from bad to bad": (bad_file, bad_file),
    "from good to good": (good_file, good_file),
    "from good to gone": (good_file, lambda path: path.unlink()),
}


@pytest.mark.parametrize(("begin", "change"), CHANGES.values(), ids=CHANGES)
def test_a_change_is_worth_saying_once(
    tmp_path: Path, begin: Callable[[Path], object], change: Callable[[Path], object]
) -> None:
    path = tmp_path / "a.csv"
    begin(path)
    source = FileAssessments(path, SCALES)

    first = [source.refresh(NOON), source.refresh(NOON)]
    change(path)
    then = [source.refresh(NOON), source.refresh(NOON)]

    assert first == [True, False]
    assert then == [begin is not change or begin is not no_file, False]


def test_a_process_out_of_file_handles_takes_the_file_as_soon_as_it_has_one(
    tmp_path: Path,
) -> None:
    path = written(tmp_path / "a.csv", CSV)
    source = FileAssessments(path, SCALES)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)

    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        said = [source.refresh(NOON), source.refresh(NOON)]
        during = source.state()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert said == [True, False]
    assert during.problem == "missing, or not a file that may be read"
    assert source.refresh(NOON)
    assert source.read("illustrative-1") is not None


def test_reading_and_refreshing_log_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        source = looked_at(written(tmp_path / "a.csv", CSV))
        assessment = source.read("illustrative-1")
        source.read("illustrative-9")

    assert caplog.text == ""
    assert "812" not in repr(assessment)
    assert isinstance(assessment, Assessment)
