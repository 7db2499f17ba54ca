"""A city in which one made-up person does everything that a citizen can, and is served.

The person has what must never be written down: an ID number, a name, a phone number, a score.
"""

import re
import secrets
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import select

from gateway.app.composition import OpenCity, open_city
from gateway.app.serving import gateway_of
from gateway.clock import CHINA, SystemClock
from gateway.codes import reading
from gateway.demo.layout import Place
from gateway.demo.names import colleague, shop
from gateway.demo.servers import inherited
from gateway.ids import Timestamp, UnverifiedText
from gateway.services.audit import Acting
from gateway.services.identity import Identity
from gateway.storage.engine import open_engine
from gateway.storage.tables import METADATA
from gateway.web.doors import CITIZEN_COOKIE, DEVICE_COOKIE, STAFF_COOKIE
from tests.system.tills import Till
from tests.system.towns import FILE, Pair, Server, serve
from tests.system.visitor import Told, Visitor
from tests.world import GYM, HOTEL

ID_NUMBER = "330399188801010017"
"""Made up: the county does not exist, and nobody was born in 1888. The subject as well."""

NAME, HOLDER = "诸葛探针", "诸*"
PHONE = "10086123459"
SCORE = 87_319
"""Five digits, so that it is not found by chance; the scale of this world ends at 100,000."""

PEOPLE = (ID_NUMBER, "330399188802020026", "330399188803030035")
MONTHLY = "fitness.gym.monthly"
"""A scenario of which every offer has a quota."""

_FIELDS = {
    "subject": ID_NUMBER,
    "holder": HOLDER,
    "masked_name": HOLDER,
    "name": HOLDER,
    "days": "7",
    "phone": PHONE,
    "reason": "示例说明 illustrative",
    "text": "示例说明 illustrative",
}


@dataclass(frozen=True)
class Lived:
    """What was left of a city.

    Attributes:
        rows: Every row of the database, by table.
        codes: The wire text of every code that was given.
        visits: What every browser was answered.
    """

    place: Place
    rows: dict[str, list[dict[str, object]]]
    codes: list[str]
    visits: list[Told] = field(repr=False)

    @property
    def code_ids(self) -> list[str]:
        """The code ids of all codes."""
        return [reading.read(UnverifiedText(code)).claims.code_id for code in self.codes]


def live(pair: Pair, directory: Path, url: str | None) -> Lived:
    """Return Wenzhou after a life, in the database at ``url``; None is an SQLite file."""
    place = pair.copy(directory) if url is None else pair.copy_on(directory, url)
    place = _with_scores(place)
    life = _Life(pair, place)
    with closing(open_city(place.settings())) as city, serve(place) as server, _worker(place):
        server.ready()
        life.draw_and_show(city, server)
        life.look_around(city, server)
    return Lived(place, _rows(url or f"sqlite:///{directory / FILE}"), life.codes, life.visits)


@dataclass
class _Life:
    pair: Pair
    place: Place

    def __post_init__(self) -> None:
        self.codes = list[str]()
        self.visits = list[Told]()

    def draw_and_show(self, city: OpenCity, server: Server) -> None:
        """Draw codes of every kind at this city and show them here; some twice, some broken."""
        end = Timestamp(city.clock.now() + 3600)
        for person in PEOPLE:
            with Till(server.url, city.citizens.issue(person, end)) as phone:
                self.codes += [_asked(phone, {"kind": "general"}) for _ in range(3)]
                here = {"kind": "scenario", "city": city.settings.city.division_code}
                self.codes += [
                    _asked(phone, {**here, "scenario": each}) for each in (HOTEL, MONTHLY)
                ]
                pack = phone.post({}, "/api/v1/codes/pack").members["codes"]
                self.codes += pack
                shown = [*self.codes[-len(pack) - 5 : -len(pack)], pack[0]]
            self._show(server, shown)

    def _show(self, server: Server, codes: list[str]) -> None:
        tokens = self.pair.tokens.merchants
        for code in codes:
            asked = reading.read(UnverifiedText(code)).claims.scenario
            scenario = GYM if asked == MONTHLY else HOTEL
            with Till(server.url, tokens[scenario]) as till:
                answer = till.show(code, scenario, request_id=f"r-{secrets.token_hex(8)}")
                assert answer.outcome == "recognised", answer.raw
                for other in (code, code[:-3], code.lower()):
                    till.show(other, scenario)
                till.show(code, scenario, more=code)
                till.send(
                    "GET", f"/{ID_NUMBER}?q={PHONE}", User_Agent=ID_NUMBER, Referer=code[4:60]
                )
                till.send("POST", "/api/v1/verifications", f"{{{code}{ID_NUMBER}".encode())

    def look_around(self, city: OpenCity, server: Server) -> None:
        """Look at every page as a citizen and as the office, and send every form."""
        here, now = gateway_of(city), city.clock.now()
        assert here.sessions is not None
        assert here.office is not None
        people = [Identity(subject=each, holder=HOLDER, proved_at=now) for each in PEOPLE]
        first, second, _ = (here.sessions.start(person, now) for person in people)
        officers = [
            here.office.access.sign_in_subject(colleague(role), now)
            for role in ("operator", "approver", "auditor")
        ]
        for token in (first, second):
            agreeing = self._visit(city, server, CITIZEN_COOKIE, token)
            agreeing.look_everywhere("/consent", within="/consent")
        printing = self._visit(city, server, STAFF_COOKIE, officers[0])
        printing.look_everywhere("/staff/sheets", within="/staff/sheets")
        citizen = self._visit(city, server, CITIZEN_COOKIE, first)
        citizen.send("GET", f"/code/plain?city={ID_NUMBER}&scenario={PHONE}")
        citizen.send("POST", "/consent", [("subject", ID_NUMBER), ("name", NAME)])
        self._look_in_english(city, server, first, officers)
        citizen.look_everywhere("/", "/code", "/code/plain", "/rights")
        self._visit(city, server, DEVICE_COOKIE, self._device(city)).look_everywhere("/merchant")
        # Last, since an officer can stop everything.
        for token in officers:
            self._visit(city, server, STAFF_COOKIE, token).look_everywhere("/staff")

    def _look_in_english(
        self, city: OpenCity, server: Server, citizen: str, officers: list[str]
    ) -> None:
        for kind, token, start in (
            (CITIZEN_COOKIE, citizen, "/rights"),
            (DEVICE_COOKIE, self._device(city), "/merchant"),
            *((STAFF_COOKIE, officer, "/staff") for officer in officers),
        ):
            visitor = self._visit(city, server, kind, token, language="en-GB")
            visitor.look_everywhere(start, "/", "/nowhere", "/api/docs", send=False)

    def _device(self, city: OpenCity) -> str:
        acting = Acting(by="console:tester", at=city.clock.now())
        link, _ = city.device_desk.link(shop(HOTEL), None, "till", acting)
        return city.device_desk.enrol(link, acting.at)[0]

    def _visit(
        self, city: OpenCity, server: Server, kind: str, token: str, language: str = "zh-CN"
    ) -> Visitor:
        name = f"__Host-{kind}-{urlsplit(city.leaf).port}"
        return Visitor(server.url, {name: token}, _FIELDS.get, self.visits, language=language)


def _asked(phone: Till, wish: dict[str, str]) -> str:
    answer = phone.post(wish, "/api/v1/codes")
    assert answer.status == 200, answer.raw
    return str(answer.members["code"])


def _with_scores(place: Place) -> Place:
    """Return the place with a scale that ends at 100,000, and our people at ``SCORE``."""
    ours = Path(place.environ["CREDIT_GATEWAY_CITY_FILE"])
    city_file, text = ours.with_name("lived-in.toml"), ours.read_text("utf-8")
    text = re.sub(r"range = \[0, 1000\]", "range = [0, 100000]", text)
    city_file.write_text(re.sub(r"to = 1000, tier = 3", "to = 100000, tier = 3", text), "utf-8")
    day = datetime.fromtimestamp(SystemClock().now(), CHINA).date().isoformat()
    lines = [f"{person},{SCORE},{day},2020-04" for person in PEOPLE]
    table = place.directory / "assessments.csv"
    table.write_text(table.read_text("utf-8") + "\n".join(lines) + "\n", "utf-8")
    environ = dict(place.environ) | {"CREDIT_GATEWAY_CITY_FILE": str(city_file)}
    return replace(place, environ=environ)


@contextmanager
def _worker(place: Place) -> Generator[None]:
    """Run the city's worker meanwhile."""
    with (place.directory / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", "from gateway.cli import main; main()", "worker"],
            env=inherited() | dict(place.environ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(120)


def _rows(url: str) -> dict[str, list[dict[str, object]]]:
    engine = open_engine(url)
    with engine.connect() as connection:
        rows = {
            table.name: [dict(row._mapping) for row in connection.execute(select(table))]  # noqa: SLF001  its public name
            for table in METADATA.sorted_tables
        }
    engine.dispose()
    return rows
