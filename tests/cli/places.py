"""Demo cities on disk that the command line is pointed at; loopback only."""

import json
import shutil
import socket
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from click.testing import CliRunner, Result

from gateway.cli.root import credit_gateway
from tests.world import CONFIG

PORTS = {"wenzhou": 18401, "jiaxing": 18402, "huzhou": 18403, "jinhua": 18404}
"""Nobody listens there, unless a test gives other ports."""

READY = '{"status": "ok", "checks": {"database": true}}'

PEOPLE = {
    "wenzhou": "subject,reading,assessed_on,scale_version\nexample-3,760,2026-11-01,\n",
    "jiaxing": "subject,reading,assessed_on,scale_version\nexample-2,优秀,2026-11-01,\n",
}
"""Made-up people (illustrative)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One city's files; nothing is made before ``init``."""

    root: Path
    slug: str
    port: int

    @property
    def city_file(self) -> Path:
        return self.root / "config" / "cities" / f"{self.slug}.toml"

    @property
    def home(self) -> Path:
        return self.root / self.slug

    @property
    def environ(self) -> dict[str, str]:
        return {
            "CREDIT_GATEWAY_CITY_FILE": str(self.city_file),
            "CREDIT_GATEWAY_STATE_DIR": str(self.home / "state"),
            "CREDIT_GATEWAY_KEYS_DIR": str(self.home / "keys"),
            "CREDIT_GATEWAY_PASSPHRASE_FILE": str(self.home / "passphrase"),
        }

    def run(self, *args: str, given: str = "", **environ: str) -> Result:
        """Run one command in this process."""
        return run(*args, given=given, environ=self.environ | environ)

    def ask(self, *args: str) -> dict[str, object]:
        """Run one command that must succeed, and return its JSON."""
        result = self.run(*args, "--json")
        assert result.exit_code == 0, (result.stdout, result.stderr)
        return object_of(result.stdout)

    def init(self) -> "Place":
        """Make the city."""
        self.ask("init", "--demo", "--new-passphrase")
        self.write_people()
        return self

    def write_people(self) -> None:
        people = self.home / "state" / "assessments.csv"
        people.write_text(PEOPLE[self.slug], encoding="utf-8")
        people.chmod(0o600)

    def replace(self, old: str, new: str) -> None:
        text = self.city_file.read_text(encoding="utf-8")
        assert old in text
        self.city_file.write_text(text.replace(old, new), encoding="utf-8")


def make_place(root: Path, slug: str = "wenzhou", ports: Mapping[str, int] = PORTS) -> Place:
    """Write the configuration of a demo city, all of whose partners are on loopback."""
    config = root / "config"
    if not config.exists():
        shutil.copytree(CONFIG, config)
        for path in (config / "agreement.toml", *(config / "cities").iterdir()):
            text = path.read_text(encoding="utf-8")
            for name, port in ports.items():
                text = text.replace(f"https://credit.{name}.example", f"http://127.0.0.1:{port}")
            path.write_text(text, encoding="utf-8")
        know_years(config / "working_days.toml")
    place = Place(root=root, slug=slug, port=ports[slug])
    place.home.mkdir(parents=True)
    return place


def know_years(path: Path) -> None:
    """Add made-up holidays of many years, so that no test depends on the day it runs."""
    made_up = (
        f'[[years]]\nyear = {year}\nsource = "made up"\n'
        f'holidays = [{{ name = "New Year", first = {year}-01-01, last = {year}-01-01 }}]\n'
        for year in range(2027, 2070)
    )
    path.write_text(path.read_text(encoding="utf-8") + "\n".join(made_up), encoding="utf-8")


def run(*args: str, given: str = "", environ: Mapping[str, str] | None = None) -> Result:
    """Run one command in this process, with no city unless ``environ`` names one."""
    nothing = dict.fromkeys(make_names(), None)
    return CliRunner().invoke(
        credit_gateway, list(args), input=given, env=nothing | dict(environ or {})
    )


def make_names() -> Sequence[str]:
    return [
        f"CREDIT_GATEWAY_{name}"
        for name in (
            "CITY_FILE", "AGREEMENT_FILE", "STATE_DIR", "KEYS_DIR", "PASSPHRASE_FILE",
            "DATABASE_URL",
        )
    ]  # fmt: skip


@contextmanager
def somebody_serves(status: int = 200, body: str = READY) -> Generator[str]:
    """Yield the port of a server on this machine that answers everything with ``body``."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield str(server.server_port)
        server.shutdown()


def object_of(text: str) -> dict[str, object]:
    """Return the one JSON object that stands in ``text``."""
    found: object = json.loads(text)
    assert isinstance(found, dict)
    return {str(name): value for name, value in found.items()}


def objects_of(value: object) -> list[dict[str, object]]:
    """Return a list of objects of a command's JSON."""
    assert isinstance(value, list)
    return [dict(each) for each in value]


def free_port() -> int:
    """Return a port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
