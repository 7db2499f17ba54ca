"""What a server writes down: no code, token or subject, and nothing that joins the two sides."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.codes import reading
from gateway.demo.layout import Place
from gateway.demo.names import driven, shop
from gateway.ids import Tier, UnverifiedText
from tests.system.conftest import Serve
from tests.system.raw_http import head, say
from tests.system.tills import Till, until
from tests.system.towns import Pair, Server, rows, serve
from tests.world import HOTEL

REQUEST = "illustrative-request-41"
KINDS = (Tier(1), Tier(2), Tier(3), None)


def live_a_little(pair: Pair, server: Server) -> list[str]:
    """Issue, recognise, refuse and fail; return every secret that went over the wire."""
    secrets = [pair.hotel_token, *pair.tokens.citizens.values(), REQUEST]
    secrets += [driven(tier) for tier in KINDS]
    with Till(server.url, pair.hotel_token) as till:
        for tier in (Tier(2), Tier(3)):
            code = ask(pair, server, tier)
            parsed = reading.read(UnverifiedText(code))
            secrets += [code, parsed.claims.code_id, parsed.payload.decode()]
            outcomes = [till.show(code, request_id=f"{REQUEST}-{tier}").outcome]
            outcomes += [till.show(code).outcome, till.show(code.lower()).outcome]
            assert outcomes == ["recognised", "present_again", "not_a_code"]
        till.post({"code": secrets[-3], "scenario": HOTEL, secrets[-2]: 1})
        till.send("GET", f"/{secrets[-2]}?token={pair.hotel_token}")
        till.send("POST", "/api/v1/verifications", secrets[-3].encode())
    with Till(server.url, pair.hotel_token + "x") as stranger:
        stranger.show(secrets[-3])
    say(server.port, head(pair.hotel_token, f"X: {secrets[-2]}", "Content-Length: x") + b"\r\n")
    return secrets


def ask(pair: Pair, server: Server, tier: Tier | None) -> str:
    with Till(server.url, pair.tokens.citizens[tier]) as phone:
        return str(phone.post({"kind": "general"}, "/api/v1/codes").members["code"])


@dataclass(frozen=True)
class Ended:
    """A city that was lived in, and what must not be found in it."""

    directory: Path
    secrets: list[str]

    @property
    def log(self) -> str:
        """What its server wrote."""
        return (self.directory / "server.log").read_text("utf-8")


@pytest.fixture(scope="module")
def ended(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    place = pair.copy(tmp_path_factory.mktemp("ended") / "wenzhou")
    with serve(place) as server:
        return Ended(place.directory, live_a_little(pair, server.ready()))


def test_no_code_token_or_subject_is_in_any_log_or_in_the_database(ended: Ended) -> None:
    secrets, log = ended.secrets, ended.log

    for path in [path for path in ended.directory.rglob("*") if path.is_file()]:
        if path.name == "assessments.csv":
            continue
        content = path.read_bytes()
        assert [one for one in secrets if one.encode() in content] == [], path.name
    assert "CC1:" not in log
    assert "Traceback" not in log


def test_a_mistake_in_the_assessments_puts_no_subject_into_the_log(
    pair: Pair, place: Place, run: Serve
) -> None:
    server = run(place)
    file = place.directory / "assessments.csv"
    # Put in place whole: half a file would be a mistake of its own.
    fresh = file.with_suffix(".new")
    fresh.write_text(file.read_text("utf-8") + "illustrative-broken,not a number,,\n", "utf-8")
    fresh.replace(file)

    until(lambda: "the last good file stays in force" in server.log.read_text("utf-8"), within_s=60)
    assert ask(pair, server, Tier(2)).startswith("CC1:")
    server.stop()

    log = server.log.read_text("utf-8")
    assert log.count("the last good file stays in force") == 1
    assert "illustrative" not in log.replace(str(place.directory), "")


@pytest.fixture(scope="module")
def lived(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the state of a city where everybody used a code of the very same city."""
    place = pair.copy(tmp_path_factory.mktemp("lived") / "wenzhou")
    with serve(place) as server, Till(server.ready().url, pair.hotel_token) as till:
        for n in range(6):
            answer = till.show(ask(pair, server, Tier(2 + n % 2)), request_id=f"r-{n}")
            assert answer.outcome == "recognised"
    return place.directory


def values(directory: Path, *tables: str) -> set[object]:
    """Return every value of some length in these tables; short numbers join nothing."""
    found = {
        value
        for table in tables
        for row in rows(directory, f"SELECT * FROM {table}")  # noqa: S608  names of ours
        for value in row
    }
    return {value for value in found if not isinstance(value, int | None) and len(str(value)) > 3}


def test_issuing_and_verifying_rows_of_one_city_share_no_value(lived: Path) -> None:
    issuing = values(lived, "issuance_day", "citizen_token")
    verifying = values(lived, "burn", "request", "verification")

    assert len(issuing) >= 10
    assert len(verifying) >= 20
    assert issuing & verifying == set()


def test_issuing_rows_know_a_day_and_verifying_rows_a_minute_and_no_order(lived: Path) -> None:
    days = rows(lived, "SELECT subject, day, codes FROM issuance_day")
    minutes = [int(str(row[0])) for row in rows(lived, "SELECT at_minute FROM verification")]
    hidden = rows(
        lived,
        "SELECT name FROM sqlite_master WHERE type='table' AND sql NOT LIKE '%WITHOUT ROWID%'",
    )

    assert sum(int(str(codes)) for _, _, codes in days) == 6
    assert len(days) == 2
    assert all(minute % 60 == 0 for minute in minutes)
    # A hidden row number would tell an order, and two orders can be joined.
    assert {name for (name,) in hidden} <= {"alembic_version"}


def test_a_receipt_is_in_the_database_of_the_city_that_gave_it_and_in_no_other(
    pair: Pair, till: Till
) -> None:
    receipt = till.show(pair.mint.new(pair.now())).receipt
    found = f"SELECT merchant, issuer FROM verification WHERE receipt = '{receipt}'"  # noqa: S608  ours

    assert rows(pair.away.directory, found) == [(shop(HOTEL), pair.mint.code)]
    assert rows(pair.home.directory, found) == []


def test_the_log_is_one_json_object_a_line(ended: Ended) -> None:
    ours = [line for line in ended.log.splitlines() if not line.startswith("[")]

    assert ours
    assert all("event" in json.loads(line) for line in ours)
