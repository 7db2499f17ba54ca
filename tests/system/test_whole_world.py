"""After a whole life in a city: nothing of the person anywhere, and no row joins both sides."""

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Generator, Iterator, Mapping
from itertools import product

import pytest
from sqlalchemy import URL

from tests.databases import fresh_database
from tests.system.lives import HOLDER, ID_NUMBER, NAME, PEOPLE, PHONE, SCORE, Lived, live
from tests.system.page_words import strays
from tests.system.spellings import spellings
from tests.system.towns import Pair

SHOWN = frozenset(
    {
        *("burn", "request", "verification", "verification_month", "refusal"),
        *("spent_ticket", "held_ticket"),
    }
)
"""What is left of showing codes."""

OFFICE = frozenset(
    {
        *(
            "accepted_statement",
            "alarm",
            "catalogue_version",
            "complaint",
            "contact",
            "event_delivery",
        ),
        *("event_source", "heard_event", "ledger_entry", "ledger_head", "merchant", "own_document"),
        *("own_statement", "partner", "partner_document", "proposal", "refresh_wish"),
        *("revoked_status", "seen_status", "spent_assertion", "staff_account", "status_counter"),
        *("stop_order", "trust_revision", "worker_job", "worker_lease", "device", "device_link"),
        *("merchant_token", "staff_link", "staff_session", "till_client", "venue", "till_token"),
    }
)
"""What is about the office, merchants and partners. Every other table is about citizens at home."""

ALLOWED = frozenset({"staff", "https", "JavaScript", "Caps", "Lock", "Enter"})
"""Names of commands, keys and techniques, which Chinese text has as they are."""

SHORT = 4
"""A shorter text is a word such as ``live``, which leads to nobody."""

MOMENT, MINUTE = 10**6, 60
"""Smaller numbers count; a whole minute, hour or day is shared by whoever was there then."""


@pytest.fixture(scope="module")
def lent_url(postgres_server: URL) -> Generator[str]:
    with fresh_database(postgres_server) as url:
        yield url


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def lived(
    request: pytest.FixtureRequest, pair: Pair, tmp_path_factory: pytest.TempPathFactory
) -> Lived:
    """Return a city that was lived in, on each kind of database."""
    url = request.getfixturevalue("lent_url") if request.param == "postgresql" else None
    return live(pair, tmp_path_factory.mktemp("life") / "wenzhou", url)


def written(lived: Lived) -> Iterator[tuple[str, bytes]]:
    """Give everything that the city wrote: each column of each table, each file, each log."""
    for table, rows in lived.rows.items():
        for column in rows[0] if rows else ():
            yield f"{table}.{column}", b"\n".join(_raw(row[column]) for row in rows)
    for path in lived.place.directory.rglob("*"):
        if path.is_file() and path.name != "assessments.csv":
            yield path.name, path.read_bytes()


def _raw(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.mark.parametrize("secret", [*PEOPLE, NAME, HOLDER, PHONE])
def test_no_dump_and_no_log_names_a_person_in_any_spelling(lived: Lived, secret: str) -> None:
    wanted = spellings(secret)

    found = [
        (place, how)
        for place, content in written(lived)
        for how, spelled in wanted.items()
        if spelled in content
    ]

    assert found == []


def test_no_dump_and_no_log_has_the_score(lived: Lived) -> None:
    digits = re.compile(rf"(?<![0-9.]){SCORE}(?![0-9])".encode())

    found = [place for place, content in written(lived) if digits.search(content)]

    assert found == []
    values = {value for rows in lived.rows.values() for row in rows for value in row.values()}
    assert SCORE not in values


def test_no_dump_and_no_log_has_a_code_or_its_number(lived: Lived) -> None:
    everything = b"\n".join(content for _, content in written(lived))

    assert len(lived.codes) > 100
    assert b"CC1:" not in everything
    assert [code for code in lived.codes if code.removeprefix("CC1:").encode() in everything] == []
    assert [code_id for code_id in lived.code_ids if code_id.encode() in everything] == []


def test_the_canaries_would_be_found_where_they_may_be(lived: Lived) -> None:
    source = (lived.place.directory / "assessments.csv").read_bytes()

    assert ID_NUMBER.encode() in source
    assert str(SCORE).encode() in source
    assert len(lived.rows["consent"]) >= 2
    opened = {told.asked.removeprefix("GET ") for told in lived.visits if told.status == 200}
    assert opened >= {"/code", "/code/plain", "/merchant", "/staff/audit"}
    assert 500 not in {told.status for told in lived.visits}
    assert "Traceback" not in (lived.place.directory / "server.log").read_text("utf-8")


@pytest.mark.parametrize("before", [b"", b"a", b"ab", b"abc"])
@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode, lambda raw: raw.hex().encode()])
def test_a_secret_is_found_whatever_surrounds_it(
    before: bytes, encode: Callable[[bytes], bytes]
) -> None:
    for secret in (ID_NUMBER, NAME, PHONE):
        content = encode(before + secret.encode() + b"and more")

        assert any(spelled in content for spelled in spellings(secret).values())


def leads_somewhere(value: object) -> bool:
    """Whether two rows with this value are about the same person, showing or moment."""
    if isinstance(value, int):
        return value >= MOMENT and value % MINUTE != 0
    return isinstance(value, str | bytes) and len(value) >= SHORT


def columns(lived: Lived, tables: frozenset[str]) -> Mapping[str, set[object]]:
    """Return the values of each column that could lead to another row."""
    return {
        f"{table}.{column}": {row[column] for row in rows if leads_somewhere(row[column])}
        for table, rows in lived.rows.items()
        if table in tables
        for column in (rows[0] if rows else ())
    }


def test_no_column_of_what_is_known_at_home_joins_one_of_what_was_shown(lived: Lived) -> None:
    home = columns(lived, frozenset(lived.rows) - SHOWN - OFFICE)
    shown = columns(lived, SHOWN)

    joined = {
        (left, right): home[left] & shown[right]
        for left, right in product(home, shown)
        if home[left] & shown[right]
    }

    assert {name.partition(".")[0] for name in home} >= {"issuance_day", "consent", "citizen_token"}
    assert {name.partition(".")[0] for name in shown} >= {"burn", "request", "verification"}
    assert joined == {}


def test_no_row_of_the_office_holds_both_sides(lived: Lived) -> None:
    # Two acts of one second have nothing to do with each other: only names count here.
    home, shown = (
        {
            value
            for values in columns(lived, tables).values()
            for value in values
            if not isinstance(value, int)
        }
        for tables in (frozenset(lived.rows) - SHOWN - OFFICE, SHOWN)
    )

    both = [
        (table, row)
        for table in OFFICE
        for row in lived.rows[table]
        if home & set(row.values()) and shown & set(row.values())
    ]

    assert both == []


def test_what_stands_for_a_person_is_in_no_row_of_what_was_shown(lived: Lived) -> None:
    stands_for = {
        value
        for values in columns(lived, frozenset(lived.rows) - SHOWN - OFFICE).values()
        for value in values
        if isinstance(value, bytes) and len(value) >= 16
    }
    shown = b"\n".join(
        content for place, content in written(lived) if place.partition(".")[0] in SHOWN
    )

    assert len(stands_for) >= len(PEOPLE)
    assert [value for value in stands_for if value in shown or value.hex().encode() in shown] == []


def test_no_page_has_words_of_the_other_language(lived: Lived) -> None:
    found = {(told.asked, piece) for told in lived.visits for piece in strays(told.html, ALLOWED)}

    assert {told.language for told in lived.visits if told.html} == {"zh-CN", "en-GB"}
    assert sorted(found) == []
