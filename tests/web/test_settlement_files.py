"""A month to settle by lies in a file for a moment: what becomes of it, and of a full disk."""

import gc
import resource
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.web.api.settlements import SPOOL_BYTES
from tests.web.site import Site
from tests.web.test_receipts import MONTH, grant, put, settle

FILES = Path("/proc/self/fd")


@pytest.fixture
def site() -> Site:
    """Return a site with a month that is too long for memory."""
    site = Site()
    grant(site)
    put(site, offers=("dining-discount@1",) * 10_000)
    return site


@contextmanager
def disk_of(max_bytes: int) -> Generator[None]:
    """Let no file of this process grow beyond a size, as a disk that is full does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (max_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def open_files() -> int:
    gc.collect()
    return sum(1 for _ in FILES.iterdir())


@pytest.mark.parametrize("short_of", ["all of it", "the last byte"])
def test_a_disk_that_fills_up_at_any_byte_gives_no_table(site: Site, short_of: str) -> None:
    whole = len(settle(site).data)
    room = SPOOL_BYTES + 1 if short_of == "all of it" else whole - 1

    with disk_of(room):
        answer = settle(site)

    assert (answer.status_code, answer.get_json(force=True)["code"]) == (503, "unavailable")
    assert settle(site).status_code == 200


def test_a_table_that_is_being_sent_has_no_name_and_outlives_nobody(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = open_files()
    path = f"/api/v1/settlement/{MONTH}.csv"
    answer = site.client.get(path, headers=site.as_merchant(), buffered=False)
    first = next(iter(answer.response))

    during, names = open_files(), list(tmp_path.iterdir())
    answer.close()

    assert 0 < len(first) < SPOOL_BYTES
    assert during > before
    assert names == []
    assert open_files() == before


def test_a_head_without_a_body_leaves_no_file_open(site: Site) -> None:
    before = open_files()

    answer = site.client.head(f"/api/v1/settlement/{MONTH}.csv", headers=site.as_merchant())
    answer.close()

    assert answer.status_code == 200
    assert open_files() == before
