"""A database that is gone, locked or full: no verdict without a receipt, and no restart needed."""

import resource
import sqlite3
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, closing, contextmanager

import psycopg
import pytest
from sqlalchemy import URL, make_url

from gateway.demo.layout import Place
from gateway.ids import Tier
from tests.databases import fresh_database
from tests.system.conftest import Serve
from tests.system.tills import Answer, Till, until
from tests.system.towns import FILE, Pair, Server, rows, serve

Outage = Callable[[Place, Server], AbstractContextManager[None]]
BOUND_S = 20.0


@contextmanager
def gone(place: Place, _server: Server) -> Generator[None]:
    away = place.directory.with_name("away")
    place.directory.rename(away)
    yield
    away.rename(place.directory)


@contextmanager
def damaged(place: Place, _server: Server) -> Generator[None]:
    file, kept = place.directory / FILE, place.directory / "kept"
    file.rename(kept)
    file.write_bytes(b"no database " * 1000)
    yield
    kept.replace(file)


@contextmanager
def locked(place: Place, _server: Server) -> Generator[None]:
    with closing(sqlite3.connect(place.directory / FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def full(_place: Place, server: Server) -> Generator[None]:
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in server.pids()}
    for pid, (_, hard) in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
    yield
    for pid, limits in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


OUTAGES: dict[str, Outage] = {"gone": gone, "damaged": damaged, "locked": locked, "full": full}


def ask_for_code(pair: Pair, server: Server) -> Answer:
    with Till(server.url, pair.tokens.citizens[Tier(2)]) as phone:
        return phone.post({"kind": "general"}, "/api/v1/codes")


def refuses_and_recovers(pair: Pair, server: Server, outage: AbstractContextManager[None]) -> None:
    token = pair.hotel_token
    with Till(server.url, token) as till, Till(server.url, pair.hotel_token) as other:
        assert till.show(pair.mint.new(pair.now())).outcome == "recognised"
        code = pair.mint.new(pair.now())

        with outage:
            shown = [till.show(code), till.show(code, request_id="r-1"), other.show("nonsense")]
            issued = ask_for_code(pair, server)
            alive = till.send("GET", "/healthz")

        assert {answer.outcome for answer in shown} <= {"undetermined", "not_a_code", "unavailable"}
        assert shown[0].outcome in {"undetermined", "unavailable"}
        assert not any(answer.receipt for answer in shown if answer.status == 200)
        assert (issued.status, issued.outcome) == (503, "unavailable")
        assert "Retry-After" in issued.headers
        assert alive.status == 200
        assert max(answer.seconds for answer in (*shown, issued)) < BOUND_S

        until(lambda: till.show(pair.mint.new(pair.now())).outcome == "recognised", within_s=60)
        # The refused showing used nothing up.
        assert till.show(code).outcome == "recognised"
        assert ask_for_code(pair, server).status == 200


@pytest.fixture(scope="module")
def suffering(
    pair: Pair, tmp_path_factory: pytest.TempPathFactory
) -> Generator[tuple[Place, Server]]:
    """Yield a Wenzhou that one outage after the other befalls, and its server."""
    place = pair.copy(tmp_path_factory.mktemp("outages") / "wenzhou")
    with serve(place) as server:
        yield place, server.ready()


@pytest.mark.parametrize("name", OUTAGES)
def test_an_sqlite_outage_gives_no_verdict_and_is_recovered_from(
    pair: Pair, suffering: tuple[Place, Server], name: str
) -> None:
    place, server = suffering

    refuses_and_recovers(pair, server, OUTAGES[name](place, server))

    assert rows(place.directory, "SELECT count(*) FROM burn") == rows(
        place.directory, "SELECT count(*) FROM verification"
    )


@contextmanager
def connections_denied(url: str) -> Generator[None]:
    parsed = make_url(url)
    server = parsed.set(drivername="postgresql", database="postgres")
    with psycopg.connect(server.render_as_string(hide_password=False), autocommit=True) as officer:
        officer.execute(f'ALTER DATABASE "{parsed.database}" ALLOW_CONNECTIONS false'.encode())
        officer.execute(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = %s",
            (parsed.database,),
        )
        yield
        officer.execute(f'ALTER DATABASE "{parsed.database}" ALLOW_CONNECTIONS true'.encode())


@contextmanager
def table_locked(url: str) -> Generator[None]:
    parsed = make_url(url).set(drivername="postgresql")
    with psycopg.connect(parsed.render_as_string(hide_password=False)) as other:
        other.execute("LOCK TABLE burn, request, issuance_day IN ACCESS EXCLUSIVE MODE")
        yield


@contextmanager
def read_only(url: str) -> Generator[None]:
    parsed = make_url(url)
    change = f'ALTER DATABASE "{parsed.database}" SET default_transaction_read_only = '
    server = parsed.set(drivername="postgresql", database="postgres")
    with psycopg.connect(server.render_as_string(hide_password=False), autocommit=True) as officer:
        for value in ("on", "off"):
            officer.execute(f"{change}{value}".encode())
            officer.execute(
                "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = %s",
                (parsed.database,),
            )
            if value == "on":
                yield


POSTGRES_OUTAGES = {"denied": connections_denied, "locked": table_locked, "standby": read_only}


@pytest.fixture(scope="module")
def suffering_postgresql(
    pair: Pair, tmp_path_factory: pytest.TempPathFactory, postgres_server: URL
) -> Generator[tuple[str, Server]]:
    """Yield such a Wenzhou whose rows are in PostgreSQL: their address, and its server."""
    directory = tmp_path_factory.mktemp("outages") / "wenzhou"
    with fresh_database(postgres_server) as url, serve(pair.copy_on(directory, url)) as server:
        yield url, server.ready()


@pytest.mark.parametrize("name", POSTGRES_OUTAGES)
def test_a_postgresql_outage_gives_no_verdict_and_is_recovered_from(
    pair: Pair, suffering_postgresql: tuple[str, Server], name: str
) -> None:
    url, server = suffering_postgresql

    refuses_and_recovers(pair, server, POSTGRES_OUTAGES[name](url))


def test_a_stored_answer_that_was_edited_by_hand_is_not_given_out(
    pair: Pair, place: Place, run: Serve
) -> None:
    server, code = run(place), pair.mint.new(pair.now())
    with Till(server.url, pair.hotel_token) as till:
        first = till.show(code, request_id="r-1")
        with closing(sqlite3.connect(place.directory / FILE)) as connection, connection:
            connection.execute("UPDATE request SET sealed = zeroblob(length(sealed))")

        again = till.show(code, request_id="r-1")

    assert (first.outcome, again.outcome, again.receipt) == ("recognised", "undetermined", None)
