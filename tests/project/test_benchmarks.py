"""The benchmarks import and run; how fast they are is for people to read."""

import json
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from benchmarks import __main__ as bench
from benchmarks import peers
from benchmarks.bare import PATH
from benchmarks.figures import Figure, Pace
from benchmarks.load import Job
from benchmarks.servers import Server, fire
from gateway.ids import Timestamp
from gateway.services.partner_cycle import statement_url
from gateway.trust.record import Pins
from gateway.trust.trusted_city import Role, TrustedCity
from tests.trust.cities import accepted

NOON = Timestamp(1_795_500_000)


def _figure(*rounds: float, at_most: bool = False) -> Figure:
    return Figure(name="n", what="w", unit="x", rounds=rounds, target=2.0, at_most=at_most)


@pytest.fixture
def saved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert bench.main(["--smoke", "--in-process", "--results", str(tmp_path), "--name", "n"]) == 0
    assert "raw P-256 verify" in capsys.readouterr().out
    return tmp_path


def test_a_smoke_run_saves_its_raw_rows(saved: Path) -> None:
    results = json.loads((saved / "n.json").read_text("utf-8"))

    figures = {each["name"]: each for each in results["figures"]}
    assert {
        "verify_ratio",
        "issue_ratio",
        "keyring_growth",
        "qr_founders",
        "status_list_ms",
    } <= figures.keys()
    assert all(each["rounds"] for each in figures.values())
    assert {"cpu", "python", "cryptography"} <= results["machine"].keys()


def test_results_name_no_place_on_the_machine(saved: Path) -> None:
    said = "".join(path.read_text("utf-8") for path in saved.iterdir())

    assert str(Path.home()) not in said
    assert str(Path(bench.__file__).parent.parent) not in said


def test_every_live_general_code_of_a_founder_fits_version_7(saved: Path) -> None:
    results = json.loads((saved / "n.json").read_text("utf-8"))

    met = {each["name"]: each["met"] for each in results["figures"]}
    assert met["qr_founders"]
    assert met["qr_outsider"]


def test_the_load_generator_gets_every_answer_of_the_bare_app(tmp_path: Path) -> None:
    bodies = tmp_path / "bodies"
    bodies.write_bytes(b'{"code":"x"}\n' * 40)

    with Server("benchmarks.bare:make_app") as server:
        job = Job(
            port=server.port,
            path=PATH,
            token="t",
            bodies=str(bodies),
            expected='"ok"',
            connections=4,
            rate=400.0,
        )
        result = fire(job)
        cpu_s, resident_mb = server.cpu_s(), server.resident_mb()

    assert (len(result.latencies_ms), result.wrong) == (40, {})
    assert cpu_s > 0
    assert resident_mb > 1


def test_the_peers_publish_what_a_partner_believes_and_answer_304() -> None:
    with peers.serving(2) as others:
        others.sign_all(NOON)
        peer = others.cities[1]
        pins = Pins(
            anchor=peer.anchor,
            leaf=peer.leaf,
            division=peer.division,
            anchor_keys=(peer.k1.public, peer.k1s.public),
        )
        known, etag = TrustedCity.first(pins), ""
        for role in (Role.ANCHOR, Role.SUBORDINATE, Role.LEAF):
            with urlopen(statement_url(peer.leaf, role), timeout=10) as answer:  # noqa: S310  our own server
                token, etag = answer.read().decode("ascii"), answer.headers["ETag"]
            known = accepted(known, role, token, NOON).city
        again = Request(statement_url(peer.leaf, Role.LEAF), headers={"If-None-Match": etag})  # noqa: S310  our own server
        with pytest.raises(HTTPError) as unchanged:
            urlopen(again, timeout=10)  # noqa: S310  loopback
        unchanged.value.close()
        answers = others.answers()

    assert unchanged.value.code == 304
    assert answers == {200: 1, 304: 1}


def test_a_target_is_met_on_its_own_side() -> None:
    assert _figure(2.0).met
    assert not _figure(1.9).met
    assert _figure(2.0, at_most=True).met
    assert not _figure(2.1, at_most=True).met


def test_the_spread_of_few_rounds_is_both_ends() -> None:
    assert _figure(3.0, 1.0, 2.0).spread == (1.0, 3.0)


def test_every_callable_meets_every_item_in_every_round() -> None:
    seen: dict[str, list[int]] = {"one": [], "other": []}
    pace = Pace(items=25, turns=4)

    pace.run(2, {name: seen[name].extend for name in seen})

    warmed = [*range(6), *range(25), *range(25)]
    assert seen == {"one": warmed, "other": warmed}
