"""What officers decide on the command line reaches running workers, and nothing else does."""

import sqlite3
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from gateway.app.composition import OpenCity, open_city
from gateway.app.publishing import leaf_publisher
from gateway.demo.layout import Place
from gateway.demo.officers import OFFICERS, introduce
from gateway.errors import TrustError
from gateway.ids import CityId, Timestamp
from gateway.services.partner_desk import PartnerDesk
from gateway.trust.alarms import AlarmCode
from gateway.trust.errors import DivisionForeignError, DivisionTakenError
from gateway.vault.files import write_new
from tests.system.conftest import Serve
from tests.system.tills import Till, best_of, until
from tests.system.towns import FILE, Mint, Pair, Server, new_city, rows, serve

APPLIED_S = 1.0


@pytest.fixture
def office(place: Place) -> Generator[OpenCity]:
    """Yield the copied Wenzhou as an officer's command opens it, beside the server."""
    with open_city(place.settings()) as city:
        yield city


def outcome(pair: Pair, server: Server, mint: Mint | None = None) -> str:
    with Till(server.url, pair.hotel_token) as till:
        return till.show((mint or pair.mint).new(pair.now())).outcome


def test_a_suspension_reaches_a_running_worker_within_a_second(
    pair: Pair, place: Place, office: OpenCity, run: Serve
) -> None:
    server, leaf = run(place), pair.home.leaf
    before = outcome(pair, server)

    def took_s() -> float:
        office.federation.suspend(leaf, OFFICERS[0], "drill (illustrative)", pair.now())
        applied_s = until(lambda: outcome(pair, server) == "undetermined", within_s=60)
        desk = PartnerDesk(book=office.book)
        desk.resume(leaf, OFFICERS[1], "drill (illustrative)", pair.now())
        until(lambda: outcome(pair, server) == "recognised", within_s=60)
        return applied_s

    assert before == "recognised"
    assert best_of(5, took_s, APPLIED_S) < APPLIED_S


def test_an_acceptance_reaches_a_running_worker_within_a_second(
    pair: Pair, tmp_path: Path, run: Serve
) -> None:
    before, numbers = set[str](), count()

    def took_s() -> float:
        place = pair.copy(tmp_path / f"stranger-{next(numbers)}", pair.strangers)
        server = run(place)
        before.add(outcome(pair, server))
        with open_city(place.settings()) as office:
            introduce(office, pair.home_city)
            return until(lambda: outcome(pair, server) == "recognised", within_s=60)

    assert best_of(4, took_s, APPLIED_S) < APPLIED_S
    assert before == {"present_again"}


def edit(place: Place, statement: str, values: tuple[object, ...] = ()) -> None:
    """Change the database by hand, and let every worker look at it again."""
    with closing(sqlite3.connect(place.directory / FILE)) as connection, connection:
        connection.execute(statement, values)
        connection.execute("UPDATE trust_revision SET revision = revision + 1")


EDITS = {
    "the record": "UPDATE partner SET record = replace(record, 'A', 'B')",
    "the memory": "UPDATE partner SET memory = replace(memory, 'A', 'B')",
    "the anchor": "UPDATE partner SET anchor_id = replace(anchor_id, '127', '128')",
    "record and memory swapped": "UPDATE partner SET record = memory, memory = record",
    "emptied": "UPDATE partner SET record = '', memory = ''",
}


@pytest.fixture(scope="module")
def edited(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Place, Server]]:
    """Yield a Wenzhou whose rows are edited, and its server."""
    place = pair.copy(tmp_path_factory.mktemp("edited") / "wenzhou")
    with serve(place) as server:
        yield place, server.ready()


@pytest.mark.parametrize("name", EDITS)
def test_a_partner_row_edited_by_hand_fails_closed_with_an_alarm(
    pair: Pair, edited: tuple[Place, Server], name: str
) -> None:
    place, server = edited
    before = rows(place.directory, "SELECT anchor_id, record, memory FROM partner")[0]
    edit(place, "DELETE FROM alarm")
    until(lambda: outcome(pair, server) == "recognised", within_s=60)

    edit(place, EDITS[name])
    until(lambda: outcome(pair, server) == "present_again", within_s=60)

    alarms = rows(place.directory, "SELECT code FROM alarm")
    with Till(server.url, pair.hotel_token) as till:
        local = till.show(Mint.of(pair.away_city).new(pair.now()))
    edit(place, "UPDATE partner SET anchor_id = ?, record = ?, memory = ?", before)
    assert (AlarmCode.ROW_TAMPERED.value,) in alarms
    assert local.outcome == "recognised"


def test_a_row_of_another_city_counts_for_nothing(pair: Pair, place: Place) -> None:
    home_row = rows(pair.home.directory, "SELECT anchor_id, record, memory FROM partner")[0]
    with closing(sqlite3.connect(place.directory / FILE)) as connection, connection:
        connection.execute("UPDATE partner SET anchor_id = ?, record = ?, memory = ?", home_row)

    with open_city(place.settings()) as city:
        assert city.trust.snapshot.tampered == (home_row[0],)
        assert city.trust.keyring.issuer(pair.mint.code) is None


def test_a_citys_key_cannot_sign_for_another_city(pair: Pair, till: Till) -> None:
    own = Mint.of(pair.away_city).code
    stolen = [pair.mint.new(pair.now(), issuer=city) for city in (own, "330400", "330500")]
    outside = pair.mint.new(pair.now(), issuer=CityId("330100"))

    outcomes = [till.show(code).outcome for code in stolen]

    assert outcomes == ["present_again"] * 3
    assert till.show(outside).outcome == "not_a_code"
    assert till.show(pair.mint.new(pair.now())).outcome == "recognised"


@pytest.fixture(scope="module")
def stranger(
    pair: Pair, tmp_path_factory: pytest.TempPathFactory
) -> Generator[tuple[Server, OpenCity]]:
    """Yield a served Huzhou that nobody knows yet; who it says it is each test decides."""
    directory = tmp_path_factory.mktemp("stranger") / "huzhou"
    directory.mkdir(mode=0o700)
    here = {
        name: value.replace(str(pair.third.directory), str(directory))
        for name, value in pair.third.environ.items()
    }
    place = replace(pair.third, directory=directory, environ=here)
    for name in ("sign-in-secret", "staff-sign-in-secret"):
        write_new(directory / name, b"illustrative secret of another client")
    log = place.directory / "server.log"
    with new_city(place) as city, Server(place.environ, log, port=place.port) as server:
        yield server.ready(), city


def announce(stranger: tuple[Server, OpenCity], division: str) -> None:
    """Let the stranger say that it is this city, and wait until its server says so."""
    server, city = stranger
    said = replace(city.settings.city, division_code=CityId(division))
    leaf_publisher(replace(city.settings, city=said), city.keys, city.store).configuration(
        Timestamp(city.clock.now()), accepted=(), clock_doubtful=False
    )
    until(lambda: shows_newest(server, city), within_s=60)


@pytest.mark.parametrize(
    ("division", "error"),
    [
        ("330300", DivisionTakenError),
        ("330700", DivisionTakenError),
        ("330400", DivisionForeignError),
        ("330100", DivisionForeignError),
    ],
    ids=["our own", "a partner's", "a member's that has not joined", "nobody's"],
)
def test_a_city_that_announces_a_division_of_somebody_else_is_not_even_a_candidate(
    pair: Pair,
    office: OpenCity,
    stranger: tuple[Server, OpenCity],
    division: str,
    error: type[TrustError],
) -> None:
    announce(stranger, division)

    with pytest.raises(error):
        office.federation.add(stranger[1].leaf, pair.now())

    assert len(office.federation.status(pair.now())) == 1


def test_a_partner_that_announces_another_division_later_is_refused_and_stays_what_it_was(
    pair: Pair, office: OpenCity, stranger: tuple[Server, OpenCity]
) -> None:
    announce(stranger, "330500")
    introduce(office, stranger[1])

    announce(stranger, "330400")
    report = office.federation.sync(pair.now(), stranger[1].leaf)[0]

    assert report.problem is not None
    assert office.trust.refresh(pair.now())
    assert office.trust.keyring.issuer(CityId("330400")) is None
    assert office.trust.keyring.issuer(CityId("330500")) is not None


def shows_newest(server: Server, theirs: OpenCity) -> bool:
    with Till(server.url, "none") as till:
        served_now = till.send("GET", "/.well-known/openid-federation").raw.decode()
    return served_now == theirs.store.own_statements.all()["leaf"]
