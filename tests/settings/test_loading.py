from dataclasses import FrozenInstanceError, replace
from ipaddress import ip_network
from pathlib import Path

import pytest

from gateway.services.rates import Rate
from gateway.settings import (
    AssessmentKind,
    Role,
    Settings,
    StateKind,
    Synchronous,
    WrongSettingsError,
    load,
    load_for_init,
)
from tests.settings.builders import CONFIG, CityOnDisk

SLUGS = ["wenzhou", "jiaxing", "huzhou", "jinhua"]
DIVISIONS = dict(zip(SLUGS, ["330300", "330400", "330500", "330700"], strict=True))


@pytest.mark.parametrize("slug", SLUGS)
def test_each_shipped_city_loads(city: CityOnDisk, slug: str) -> None:
    city.be("production", DIVISIONS[slug])
    file = CONFIG / "cities" / f"{slug}.toml"

    settings = load({**city.environ, "CREDIT_GATEWAY_CITY_FILE": str(file)})

    assert (settings.city.slug, settings.city.division_code) == (slug, DIVISIONS[slug])
    assert settings.city.leaf == f"https://credit.{slug}.example"
    assert settings.city.anchor == f"https://credit.{slug}.example/anchor"
    assert settings.city.roles == {Role.ISSUER, Role.VERIFIER}


def test_a_city_file_needs_to_say_little(city: CityOnDisk) -> None:
    city.city_file.write_text(
        "[city]\n"
        'division_code = "330300"\n'
        'entity_id = "https://credit.wenzhou.example"\n'
        'contacts = ["office@credit.wenzhou.example"]\n'
        'roles = ["verifier"]\n'
        "[catalogue]\n"
        'version = "2026.1"\n'
        "valid_from = 2026-01-01T00:00:00+08:00\n",
        encoding="utf-8",
    )

    settings = load(city.environ)

    assert settings.issuing is None
    assert settings.illustrative == ()
    assert settings.database.synchronous is Synchronous.FULL
    assert settings.refusal_release_ms == 50
    assert settings.retention.verification_days == 183
    assert settings.network.allowed_networks == ()


def test_an_issuer_has_lifetimes_scales_and_a_source(city: CityOnDisk) -> None:
    issuing = load(city.environ).issuing

    assert issuing is not None
    assert (issuing.lifetimes.live_s, issuing.lifetimes.refresh_s) == (90, 60)
    assert issuing.lifetimes.code_lifetime_max_s == 31 * 86_400
    assert [scale.id for scale in issuing.scales.versions] == ["oujiang"]
    assert issuing.assessment.kind is AssessmentKind.FILE
    assert issuing.assessment.path == city.root / "state" / "assessments.csv"
    assert issuing.assessment.max_age_days == 35


def test_the_database_is_a_file_in_the_state_directory_unless_named(city: CityOnDisk) -> None:
    url = "postgresql+psycopg://u:pw@h:5432/d?sslmode=verify-full"

    default, other = load(city.environ), load({**city.environ, "CREDIT_GATEWAY_DATABASE_URL": url})

    assert default.database.url == f"sqlite:///{city.root}/state/gateway.db"
    assert other.database.url == url
    assert "pw" not in repr(other)


def test_a_city_says_who_pays_if_it_wants_to(city: CityOnDisk) -> None:
    said = load(city.environ).who_pays
    city.replace(city.city_file, "[[merchants.who_pays]]", "[[merchants.other]]")

    assert [each.zh for each in said] == ["示例:公布的优惠由办理的商家承担"]
    assert city.refusal() == [("wenzhou.toml", "merchants.other", "policy_unknown_key")]


def test_the_agreement_may_stand_elsewhere(city: CityOnDisk, tmp_path: Path) -> None:
    moved = tmp_path / "other.toml"
    city.agreement_file.rename(moved)

    settings = load({**city.environ, "CREDIT_GATEWAY_AGREEMENT_FILE": str(moved)})

    assert settings.agreement.version == "2026.1"


def test_working_days_stand_beside_the_agreement(city: CityOnDisk) -> None:
    file = city.agreement_file.parent / "working_days.toml"

    known = load(city.environ).working_days
    file.unlink()

    assert list(known.years) == [2026]
    assert load(city.environ).working_days.years == {}


def test_broken_working_days_are_named(city: CityOnDisk) -> None:
    city.replace(city.agreement_file.parent / "working_days.toml", "year = 2026", "year = 1926")

    assert city.refusal() == [("working_days.toml", "years.#1.year", "policy_not_allowed")]


def test_the_passphrase_may_be_a_credential_of_the_unit(city: CityOnDisk, tmp_path: Path) -> None:
    (tmp_path / "key-passphrase").write_text("x", encoding="utf-8")
    environ = {**city.environ, "CREDENTIALS_DIRECTORY": str(tmp_path)}
    del environ["CREDIT_GATEWAY_PASSPHRASE_FILE"]

    assert load(environ).passphrase_file == tmp_path / "key-passphrase"


def test_what_is_illustrative_is_listed(city: CityOnDisk) -> None:
    city.be("demo", "330400")
    file = CONFIG / "cities" / "jiaxing.toml"

    settings = load({**city.environ, "CREDIT_GATEWAY_CITY_FILE": str(file)})

    assert "scale jiaxing-levels 2026-1" in settings.illustrative
    assert "offer gym-discount" in settings.illustrative


def test_a_network_may_be_allowed(city: CityOnDisk) -> None:
    city.replace(city.city_file, "allowed_networks = []", 'allowed_networks = ["127.0.0.1/32"]')

    assert load(city.environ).network.allowed_networks == (ip_network("127.0.0.1/32"),)


def test_rates_are_so_many_a_minute_or_a_quarter_of_an_hour(city: CityOnDisk) -> None:
    default = load(city.environ).rates
    city.replace(
        city.city_file,
        "[answers]",
        "[limits]\nmerchant_per_minute = 1000000\nstaff_account_per_quarter_hour = 1\n[answers]",
    )

    changed = load(city.environ).rates

    assert (default.merchant, default.device) == (
        Rate(count=600, period_s=60),
        Rate(count=120, period_s=60),
    )
    assert (default.citizen, default.address) == (
        Rate(count=60, period_s=60),
        Rate(count=120, period_s=60),
    )
    assert default.pack == Rate(count=20, period_s=3600)
    assert default.sheet == Rate(count=10, period_s=3600)
    assert default.bad_token == Rate(count=60, period_s=60)
    assert default.staff_account == Rate(count=10, period_s=900)
    assert default.staff_address == Rate(count=60, period_s=900)
    assert changed == replace(
        default,
        merchant=Rate(count=1_000_000, period_s=60),
        staff_account=Rate(count=1, period_s=900),
    )


def test_no_proxy_is_trusted_unless_the_city_says_how_many(city: CityOnDisk) -> None:
    default = load(city.environ).network.trusted_proxies
    city.replace(city.city_file, "[network]", "[network]\ntrusted_proxies = 2")

    assert (default, load(city.environ).network.trusted_proxies) == (0, 2)


REDIS = [
    "redis://127.0.0.1:6379/0",
    "rediss://user:p%40ss@cache.example:6380/1",
    "redis://[::1]",
    "unix:///run/redis/redis.sock?db=2",
]


@pytest.mark.parametrize("url", REDIS)
def test_requests_may_be_counted_in_redis(city: CityOnDisk, url: str) -> None:
    settings = load({**city.environ, "CREDIT_GATEWAY_REDIS_URL": url})

    assert settings.redis_url == url
    assert url not in repr(settings)
    assert load(city.environ).redis_url is None


def test_a_second_phase_scenario_can_be_opened(city: CityOnDisk) -> None:
    city.replace(city.city_file, "second_phase = []", 'second_phase = ["mobility.parking"]')

    settings = load(city.environ)

    assert "mobility.parking" in settings.open_scenarios
    assert "mobility.bike" not in settings.open_scenarios


def test_a_demo_may_live_on_loopback(city: CityOnDisk) -> None:
    on_loopback(city)
    city.be("demo")

    settings = load(city.environ)

    assert (settings.kind, settings.city.leaf) == (StateKind.DEMO, "http://127.0.0.1:18301")


def test_production_refuses_plain_http(city: CityOnDisk) -> None:
    on_loopback(city)

    assert city.refusal() == [("agreement.toml", "members.#1.entity_id", "settings_not_allowed")]


def test_init_needs_neither_state_nor_keys_yet(city: CityOnDisk) -> None:
    city.state_file.unlink()
    (city.root / "keys").rmdir()

    settings = load_for_init(city.environ, StateKind.PRODUCTION)

    assert (settings.kind, settings.created_at) == (StateKind.PRODUCTION, None)


def test_init_refuses_what_production_refuses(city: CityOnDisk) -> None:
    on_loopback(city)

    with pytest.raises(WrongSettingsError) as refusal:
        load_for_init(city.environ, StateKind.PRODUCTION)

    assert [each.key for each in refusal.value.problems] == ["members.#1.entity_id"]


def test_settings_cannot_be_changed(city: CityOnDisk) -> None:
    settings: Settings = load(city.environ)

    with pytest.raises(FrozenInstanceError):
        settings.refusal_release_ms = 0  # type: ignore[misc]  # the refusal is the point


def on_loopback(city: CityOnDisk) -> None:
    for path in (city.agreement_file, city.city_file):
        city.replace(path, "https://credit.wenzhou.example", "http://127.0.0.1:18301")
