"""Figures for a monitor: what they say, in a form that Prometheus reads, and to whom."""

import http.client
import re
import shutil
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.app import metrics
from gateway.app.composition import OpenCity, open_city
from gateway.app.exposition import CONTENT_TYPE, MAX_SAMPLES, Figure, by_label, figure, text_of
from gateway.app.metrics_server import FRESH_S, NotLoopbackError, Scrapes, metrics_server
from gateway.app.onboarding import onboarding_of
from gateway.clock import china_date, china_day
from gateway.errors import PolicyError, UnavailableError
from gateway.ids import EntityId, Timestamp
from gateway.policy.stops import ISSUING, offer_target
from gateway.services.audit import Acting
from gateway.services.onboard import Application
from gateway.services.partner_status import PartnerStatus
from gateway.settings import load
from gateway.trust import entity
from gateway.trust.freshness import Freshness
from gateway.trust.states import PartnerState
from tests.cli.places import Place, make_place
from tests.storage.rows import stands
from tests.world import DAY, merchant

SAMPLE = re.compile(
    r'[a-z_]+(\{[a-z_]+="(?:[^"\\\n]|\\[\\"n])*"(,[a-z_]+="(?:[^"\\\n]|\\[\\"n])*")*\})? '
    r"-?[0-9]+(\.[0-9]+)?"
)
HEAD = re.compile(r"# (HELP [a-z_]+ .+|TYPE [a-z_]+ gauge)")


def samples(text: str) -> dict[str, float]:
    """Return the samples of a text, each line of which must be well formed."""
    lines = text.splitlines()
    assert all(SAMPLE.fullmatch(line) or HEAD.fullmatch(line) for line in lines)
    pairs = [line.rsplit(" ", 1) for line in lines if not line.startswith("#")]
    found = {name.removeprefix("credit_gateway_"): float(value) for name, value in pairs}
    assert len(found) == len(pairs)
    return found


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return make_place(tmp_path_factory.mktemp("metrics")).init()


@pytest.fixture
def city(made_once: Place, tmp_path: Path) -> Generator[OpenCity]:
    shutil.copytree(made_once.root, tmp_path / "own")
    own = Place(root=tmp_path / "own", slug=made_once.slug, port=made_once.port)
    with open_city(load(own.environ)) as opened:
        yield opened


def figures_of(city: OpenCity) -> dict[str, float]:
    return samples(text_of(metrics.figures(city, server_ready=True)))


def test_a_city_gives_its_figures(city: OpenCity) -> None:
    now = city.clock.now()
    city.store.refusals.count("already_used", now)
    city.store.refusals.flush()
    city.store.issuance.count_issue(b"s" * 32, china_day(now), "live", stands(), 3)
    for _ in range(2):
        city.store.partners.alarm(entity.anchor_of(city.leaf), "trust_clock_doubtful", now)
    city.stop_desk.stop(ISSUING, "leak", Acting(by="officer:Lin", at=now))
    city.stop_desk.stop(offer_target("hotel-deposit"), "x", Acting(by="officer:Lin", at=now))

    found = figures_of(city)

    assert {name: found[name] for name in EXPECTED} == EXPECTED
    assert 23 * 3600 < found['ends_in_seconds{what="ratification",whose="own"}'] <= DAY
    assert 89 * DAY < found['ends_in_seconds{what="anchor_statement",whose="own"}'] <= 90 * DAY


EXPECTED = {
    "server_ready": 1,
    'verifications_today{reason="already_used"}': 1,
    'verifications_today{reason="recognised"}': 0,
    "voided_today": 0,
    'codes_issued_today{kind="live"}': 3,
    'alarms_today{code="trust_clock_doubtful"}': 2,
    "trust_age_seconds": 0,
    "clock_doubtful": 0,
    "pushes_owed": 0,
    'stops{what="issuing"}': 1,
    'stops{what="offer"}': 1,
    "stops_intact": 1,
    'unratified{overdue="no"}': 2,
    'unratified{overdue="yes"}': 0,
    'reminders{severity="now"}': 2,
    'waiting{what="merchant_reply"}': 0,
    'waiting{what="overdue_commitment"}': 0,
}


def test_what_waits_for_the_office_is_counted_by_itself_and_nothing_of_it_has_ended(
    city: OpenCity,
) -> None:
    now, ours = city.clock.now(), merchant()
    acting = Acting(by="officer:Lin", at=now)
    long_ago = Acting(by="officer:Lin", at=Timestamp(now - 40 * DAY))
    due = china_date(china_day(now) - 2)
    onboarding_of(city).enrol(Application(merchant=ours, due=due), long_ago)
    city.merchant_desk.warn(ours.id, "offer not granted", acting)
    before = figures_of(city)
    city.merchant_desk.notices.reply(ours.id, 1, "mended", "d", now)

    found = figures_of(city)

    assert 'waiting_age_seconds{what="merchant_reply"}' not in before
    assert (
        found['waiting{what="merchant_reply"}'] == found['waiting{what="overdue_commitment"}'] == 1
    )
    assert 0 <= found['waiting_age_seconds{what="merchant_reply"}'] < 2 * DAY
    assert DAY <= found['waiting_age_seconds{what="overdue_commitment"}'] < 3 * DAY
    assert found['reminders{severity="now"}'] == 0
    assert not [name for name in found if "commitment" in name and not name.startswith("waiting")]


def test_no_figure_says_anything_about_a_person_or_merchant(city: OpenCity) -> None:
    names = {name.partition("{")[0] for name in figures_of(city)}
    labels = {label for name in figures_of(city) for label in re.findall(r'([a-z_]+)="', name)}

    assert labels <= {"version", "reason", "what", "whose", "severity", "job", "overdue", "kind"}
    assert not [name for name in names if re.search("subject|merchant|venue|receipt|tier", name)]


def test_partners_are_told_by_name_with_state_and_age() -> None:
    jinhua = EntityId("https://credit.jinhua.example")
    well = PartnerStatus(
        anchor=entity.anchor_of(jinhua),
        leaf=jinhua,
        state=PartnerState.ACTIVE,
        freshness=Freshness.STALE,
        age_s=25_000,
        lists_us=False,
        failures=3,
    )
    other = EntityId('https://odd.example/"\n\\')
    odd = replace(
        well, leaf=other, state=None, freshness=None, age_s=None, lists_us=None, failures=0
    )

    found = samples(text_of(metrics._partners([well, odd], {jinhua: "jinhua"})))  # noqa: SLF001  no city has such rows

    assert found == {
        'partner_state{partner="jinhua",state="active"}': 1,
        r'partner_state{partner="https://odd.example/\"\n\\",state="tampered"}': 1,
        'partner_freshness{partner="jinhua",freshness="stale"}': 1,
        'partner_age_seconds{partner="jinhua"}': 25_000,
        'partner_recognises_us{partner="jinhua"}': 0,
        'partner_failures{partner="jinhua"}': 3,
        r'partner_failures{partner="https://odd.example/\"\n\\"}': 0,
    }


def test_the_text_is_the_documented_one() -> None:
    shown = text_of([figure("a", "What a is.", 1.5), by_label("b", "None.", "x", {})])

    assert shown == (
        "# HELP credit_gateway_a What a is.\n# TYPE credit_gateway_a gauge\ncredit_gateway_a 1.5\n"
    )


def test_one_name_has_a_bounded_number_of_samples() -> None:
    many = tuple(({"x": str(number)}, 1) for number in range(MAX_SAMPLES + 1))

    shown = text_of([Figure(name="a", says="Many.", samples=many)])

    assert len(samples(shown)) == MAX_SAMPLES


@contextmanager
def served(scrapes: Callable[[], str]) -> Generator[Callable[[str, str], tuple[int, str, str]]]:
    with metrics_server(scrapes, "127.0.0.1", 0) as server:
        running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        running.start()

        def ask(method: str, path: str) -> tuple[int, str, str]:
            connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=60)
            connection.request(method, path)
            answer = connection.getresponse()
            kind = answer.headers["Content-Type"]
            found = answer.status, kind, answer.read().decode()
            connection.close()
            return found

        yield ask
        server.shutdown()
        running.join()


def refuse(error: Exception) -> Callable[[], str]:
    def scrapes() -> str:
        raise error

    return scrapes


def test_a_monitor_reads_them_at_one_path() -> None:
    with served(lambda: "a 1\n") as ask:
        assert ask("GET", "/metrics") == (200, CONTENT_TYPE, "a 1\n")
        assert ask("GET", "/")[0] == 404
        assert ask("POST", "/metrics")[0] == 501


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [(UnavailableError("gone"), 503, "unavailable\n"), (PolicyError("x"), 500, "policy_error\n")],
)
def test_figures_that_cannot_be_had_are_an_error_in_a_word(
    error: Exception, status: int, said: str
) -> None:
    with served(refuse(error)) as ask:
        assert ask("GET", "/metrics") == (status, "text/plain", said)


@pytest.mark.parametrize("host", ["::", "192.0.2.1", "metrics.example"])
def test_nobody_but_this_machine_is_given_figures(host: str) -> None:
    with pytest.raises(NotLoopbackError):
        metrics_server(lambda: "", host, 0)


def test_one_text_is_given_for_some_seconds(city: OpenCity) -> None:
    moment = [100.0]
    scrapes = Scrapes(city, server_port=1, monotonic=lambda: moment[0])
    first = scrapes.text()
    city.stop_desk.stop(ISSUING, "leak", Acting(by="officer:Lin", at=Timestamp(1)))

    moment[0] += FRESH_S - 0.1
    same = scrapes.text()
    moment[0] += 0.1
    later = scrapes.text()

    assert same == first
    assert samples(first)['stops{what="issuing"}'] == 0
    assert samples(later)['stops{what="issuing"}'] == 1
    assert samples(later)["server_ready"] == 0
