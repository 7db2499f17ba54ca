import pytest

from gateway.settings import WrongSettingsError, load
from tests.settings.builders import CityOnDisk

CITY = "wenzhou.toml"
AGREEMENT = "agreement.toml"
NOT_ALLOWED = "policy_not_allowed"
WRONG_TYPE = "policy_wrong_type"

CITY_EDITS: dict[str, tuple[str, str, list[tuple[str, str]]]] = {
    "a code life of 29 s": ("live_s = 90", "live_s = 29", [("codes.live_s", NOT_ALLOWED)]),
    "a code life of 121 s": ("live_s = 90", "live_s = 121", [("codes.live_s", NOT_ALLOWED)]),
    "a code life as text": ("live_s = 90", 'live_s = "90"', [("codes.live_s", WRONG_TYPE)]),
    "a code life as float": ("live_s = 90", "live_s = 90.0", [("codes.live_s", WRONG_TYPE)]),
    "a code life of true": ("live_s = 90", "live_s = true", [("codes.live_s", WRONG_TYPE)]),
    "a refresh at the end": (
        "refresh_s = 60",
        "refresh_s = 90",
        [("codes.refresh_s", NOT_ALLOWED)],
    ),
    "a longest life over 31 days": (
        "code_lifetime_max_s = 2678400",
        "code_lifetime_max_s = 2678401",
        [("codes.code_lifetime_max_s", NOT_ALLOWED)],
    ),
    "an unknown key": (
        "live_s = 90",
        "life_s = 90",
        [("codes.life_s", "policy_unknown_key")],
    ),
    "an unknown table": ("[codes]", "[code]", [("code", "policy_unknown_key")]),
    "a city of no member": (
        'division_code = "330300"',
        'division_code = "330100"',
        [("city.division_code", "city_not_member")],
    ),
    "an address other than agreed": (
        "https://credit.wenzhou.example",
        "https://credit.other.example",
        [("city.entity_id", "city_not_member")],
    ),
    "an address too long for printed codes": (
        "https://credit.wenzhou.example",
        "https://credit.a-very-long-wenzhou.example",
        [("city.entity_id", NOT_ALLOWED)],
    ),
    "no role": (
        'roles = ["issuer", "verifier"]',
        "roles = []",
        [("city.roles", NOT_ALLOWED)],
    ),
    "a role twice": (
        'roles = ["issuer", "verifier"]',
        'roles = ["issuer", "issuer"]',
        [("city.roles", NOT_ALLOWED)],
    ),
    "issuing without the role": (
        'roles = ["issuer", "verifier"]',
        'roles = ["verifier"]',
        [("codes", NOT_ALLOWED), ("assessment", NOT_ALLOWED), ("scales", NOT_ALLOWED)],
    ),
    "a contact that is no address": (
        '"federation@credit.wenzhou.example"',
        '"call us"',
        [("city.contacts", NOT_ALLOWED)],
    ),
    "a source of another kind": (
        'kind = "file"',
        'kind = "ldap"',
        [("assessment.kind", NOT_ALLOWED)],
    ),
    "a source without a path": (
        'path = "assessments.csv"',
        "",
        [("assessment.path", "policy_missing")],
    ),
    "synchronous off": (
        'synchronous = "FULL"',
        'synchronous = "OFF"',
        [("database.synchronous", NOT_ALLOWED)],
    ),
    "a network with host bits": (
        "allowed_networks = []",
        'allowed_networks = ["10.0.0.1/8"]',
        [("network.allowed_networks", NOT_ALLOWED)],
    ),
    "a network as text": (
        "allowed_networks = []",
        'allowed_networks = "10.0.0.0/8"',
        [("network.allowed_networks", WRONG_TYPE)],
    ),
    "eleven proxies": (
        "[network]",
        "[network]\ntrusted_proxies = 11",
        [("network.trusted_proxies", NOT_ALLOWED)],
    ),
    "a rate of nothing": (
        "[answers]",
        "[limits]\nmerchant_per_minute = 0\n[answers]",
        [("limits.merchant_per_minute", NOT_ALLOWED)],
    ),
    "a rate without an end": (
        "[answers]",
        "[limits]\ndevice_per_minute = 1000001\n[answers]",
        [("limits.device_per_minute", NOT_ALLOWED)],
    ),
    "an answer after a second": (
        "refusal_release_ms = 50",
        "refusal_release_ms = 1001",
        [("answers.refusal_release_ms", NOT_ALLOWED)],
    ),
    "burn rows forgotten too soon": (
        "burn_after_end_h = 72",
        "burn_after_end_h = 71",
        [("retention.burn_after_end_h", NOT_ALLOWED)],
    ),
    "a phase that is open anyhow": (
        "second_phase = []",
        'second_phase = ["lodging.hotel"]',
        [("scenarios.second_phase", "scenario_not_agreed")],
    ),
    "a visit to a doctor opened": (
        "second_phase = []",
        'second_phase = ["health.pay_later"]',
        [("scenarios.second_phase", "scenario_not_agreed")],
    ),
    "a scale with a gap": (
        "from = 650",
        "from = 651",
        [("scales.#1.bands.#2.from", "scale_gap")],
    ),
    "no catalogue version": (
        'version = "2026.1"',
        "",
        [("catalogue.version", "policy_missing")],
    ),
    "an offer to residents only": (
        'id = "hotel-deposit"',
        'id = "hotel-deposit"\nonly_for = ["330300"]',
        [("catalogue.offers.hotel-deposit", "parity")] * 3,
    ),
    "an offer that breaks a rule": (
        'value = "0.50"',
        'value = "0.5"',
        [
            ("catalogue.offers.attraction-half.value", "offer_value"),
            ("catalogue.offers.attraction-half.resident.value", "offer_value"),
        ],
    ),
}


@pytest.mark.parametrize(("old", "new", "expected"), CITY_EDITS.values(), ids=CITY_EDITS)
def test_a_wrong_city_file_is_refused_by_file_and_key(
    city: CityOnDisk, old: str, new: str, expected: list[tuple[str, str]]
) -> None:
    city.replace(city.city_file, old, new)

    refusal = [each for each in city.refusal() if each[0] == CITY]
    assert refusal == [(CITY, *each) for each in expected]


@pytest.mark.parametrize(
    ("live_s", "refresh_s"), [(30, 15), (120, 119)], ids=["shortest", "longest"]
)
def test_lifetimes_at_their_bounds_are_allowed(
    city: CityOnDisk, live_s: int, refresh_s: int
) -> None:
    city.replace(city.city_file, "live_s = 90", f"live_s = {live_s}")
    city.replace(city.city_file, "refresh_s = 60", f"refresh_s = {refresh_s}")

    assert city.refusal() == []


@pytest.mark.parametrize(
    "name",
    [
        "CREDIT_GATEWAY_CITY_FILE",
        "CREDIT_GATEWAY_STATE_DIR",
        "CREDIT_GATEWAY_KEYS_DIR",
        "CREDIT_GATEWAY_PASSPHRASE_FILE",
    ],
)
def test_a_missing_variable_is_named(city: CityOnDisk, name: str) -> None:
    assert city.refusal(**{name: None}) == [("environment", name, "policy_missing")]


def test_nothing_set_names_every_variable_at_once() -> None:
    with pytest.raises(WrongSettingsError) as refusal:
        load({})

    assert [each.key for each in refusal.value.problems] == [
        "CREDIT_GATEWAY_CITY_FILE",
        "CREDIT_GATEWAY_STATE_DIR",
        "CREDIT_GATEWAY_KEYS_DIR",
        "CREDIT_GATEWAY_PASSPHRASE_FILE",
    ]
    assert refusal.value.code == "settings_wrong"


def test_an_unknown_variable_of_ours_is_answered_with_the_right_one(city: CityOnDisk) -> None:
    with pytest.raises(WrongSettingsError) as refusal:
        load({**city.environ, "CREDIT_GATEWAY_STATEDIR": "/x", "PATH": "/bin"})

    (problem,) = refusal.value.problems
    assert problem.what == "is not a known key; did you mean CREDIT_GATEWAY_STATE_DIR?"


@pytest.mark.parametrize(
    "url",
    [
        "mysql://user:hunter2@host/db",
        "postgresql://user:hunter2@host/db",
        "postgresql+psycopg2://user:hunter2@host/db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///a.db?mode=hunter2",
        "postgresql+psycopg://user:hunter2@host:port/db",
        "postgresql+psycopg://user:hunter2@host:123456/db",
        "postgresql+psycopg://user:hunter2@host/db?options=hunter2",
        "postgresql+psycopg://user:hunter2@host",
        "",
    ],
)
def test_another_database_is_refused_without_showing_its_password(
    city: CityOnDisk, url: str
) -> None:
    with pytest.raises(WrongSettingsError) as refusal:
        load({**city.environ, "CREDIT_GATEWAY_DATABASE_URL": url})

    assert [each.key for each in refusal.value.problems] == ["CREDIT_GATEWAY_DATABASE_URL"]
    assert "hunter2" not in str(refusal.value)


WRONG_REDIS = [
    "127.0.0.1:6379",
    "http://127.0.0.1",
    "redis://h/0?ssl_cert_reqs=none",
    "redis://h/a",
]


@pytest.mark.parametrize("url", WRONG_REDIS)
def test_an_address_of_no_redis_is_refused_and_not_shown(city: CityOnDisk, url: str) -> None:
    with pytest.raises(WrongSettingsError) as refusal:
        load({**city.environ, "CREDIT_GATEWAY_REDIS_URL": url})

    assert [each.key for each in refusal.value.problems] == ["CREDIT_GATEWAY_REDIS_URL"]
    assert url not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("CREDIT_GATEWAY_KEYS_DIR", "nowhere"),
        ("CREDIT_GATEWAY_STATE_DIR", "nowhere"),
        ("CREDIT_GATEWAY_PASSPHRASE_FILE", "nowhere"),
    ],
)
def test_a_path_to_nothing_is_named(city: CityOnDisk, name: str, path: str) -> None:
    refusal = city.refusal(**{name: str(city.root / path)})

    assert refusal == [("environment", name, "settings_not_allowed")]


@pytest.mark.parametrize("name", ["city_file", "agreement_file"])
def test_a_file_that_is_not_there_is_named(city: CityOnDisk, name: str) -> None:
    path = {"city_file": city.city_file, "agreement_file": city.agreement_file}[name]
    path.unlink()

    assert city.refusal() == [(path.name, "(file)", "settings_not_allowed")]


@pytest.mark.parametrize(
    ("broken", "key"),
    [
        (b"[city]\nlive_s = = 1\n", "line 2"),
        (b"\n\n[city", "line 3"),
        (b"a = 1\nb = \xff\n", "line 2"),
        (b"a = 1\na = 2\n", "line 2"),
        (b"a = " + b"9" * 5000, "(file)"),
        (b"a = " + b"[" * 5000, "(file)"),
        (b"#" * 1_048_577, "(file)"),
    ],
    ids=["two signs", "an open end", "not UTF-8", "twice", "digits", "depth", "size"],
)
def test_a_file_that_is_not_toml_is_named_with_its_line(
    city: CityOnDisk, broken: bytes, key: str
) -> None:
    city.city_file.write_bytes(broken)

    assert city.refusal() == [(CITY, key, "settings_not_allowed")]


@pytest.mark.parametrize("name", ["agreement_file", "state_file"])
def test_other_broken_files_are_named_too(city: CityOnDisk, name: str) -> None:
    path = {"agreement_file": city.agreement_file, "state_file": city.state_file}[name]
    path.write_text("kind", encoding="utf-8")

    assert city.refusal() == [(path.name, "line 1", "settings_not_allowed")]


def test_the_state_of_another_city_is_refused(city: CityOnDisk) -> None:
    city.be("production", "330500")

    assert city.refusal() == [("state.toml", "division_code", "settings_not_allowed")]


def test_a_state_of_another_kind_is_refused(city: CityOnDisk) -> None:
    city.be("test")

    assert city.refusal() == [("state.toml", "kind", NOT_ALLOWED)]


def test_faults_in_all_places_are_named_at_once(city: CityOnDisk) -> None:
    city.replace(city.city_file, "live_s = 90", "live_s = 0")
    city.replace(city.city_file, "from = 650", "from = 651")
    city.replace(city.agreement_file, 'slug = "jinhua"', 'slug = "Jinhua"')
    city.be("nothing")

    assert city.refusal(CREDIT_GATEWAY_DATABASE_URL="oracle://x") == [
        ("environment", "CREDIT_GATEWAY_DATABASE_URL", NOT_ALLOWED),
        ("state.toml", "kind", NOT_ALLOWED),
        (AGREEMENT, "members.#4.slug", NOT_ALLOWED),
        (CITY, "codes.live_s", NOT_ALLOWED),
        (CITY, "scales.#1.bands.#2.from", "scale_gap"),
    ]


AGREEMENT_FAULTS: dict[str, tuple[str, str, tuple[str, str]]] = {
    "its version": ('version = "2026.1"', 'version = "1"', ("version", NOT_ALLOWED)),
    "a member": ('slug = "jinhua"', 'slug = "J"', ("members.#4.slug", NOT_ALLOWED)),
    "a tier": ('en = "excellent"', 'en = "fine"', ("tiers.#2", "tier_unknown")),
}


@pytest.mark.parametrize(("old", "new", "fault"), AGREEMENT_FAULTS.values(), ids=AGREEMENT_FAULTS)
def test_a_fault_of_the_agreement_hides_none_of_catalogue_and_second_phase(
    city: CityOnDisk, old: str, new: str, fault: tuple[str, str]
) -> None:
    city.replace(city.agreement_file, old, new)
    city.replace(city.city_file, "second_phase = []", 'second_phase = ["lodging.hotel"]')
    city.replace(city.city_file, 'value = "0.50"', 'value = "0.5"')
    city.replace(city.city_file, 'scenario = "dining.restaurant"', 'scenario = "dining.bar"')

    assert city.refusal() == [
        (AGREEMENT, *fault),
        (CITY, "scenarios.second_phase", "scenario_not_agreed"),
        (CITY, "catalogue.offers.attraction-half.value", "offer_value"),
        (CITY, "catalogue.offers.attraction-half.resident.value", "offer_value"),
        (CITY, "catalogue.offers.dining-discount.scenario", "scenario_not_agreed"),
    ]


def test_without_scenarios_the_rest_of_a_catalogue_is_looked_at(city: CityOnDisk) -> None:
    city.replace(city.agreement_file, 'phase = "1"', 'phase = "one"')
    city.replace(city.city_file, 'id = "gym-discount"', 'id = "dining-discount"')

    refusal = [each for each in city.refusal() if each[0] == CITY]

    assert refusal == [(CITY, "catalogue.offers.dining-discount", "offer_repeated")]


def test_without_members_parity_is_looked_at_for_the_own_city(city: CityOnDisk) -> None:
    city.agreement_file.unlink()
    city.replace(city.city_file, 'id = "hotel-deposit"', 'id = "hotel-deposit"\nonly_for = []')

    assert city.refusal() == [
        (AGREEMENT, "(file)", "settings_not_allowed"),
        (CITY, "catalogue.offers.hotel-deposit", "parity"),
    ]


def test_a_fault_of_the_city_file_hides_neither_its_state_nor_a_missing_secret(
    city: CityOnDisk,
) -> None:
    city.replace(city.city_file, "live_s = 90", "live_s = 0")
    with city.city_file.open("a", encoding="utf-8") as file:
        file.write('[sign_in]\nissuer = "http://127.0.0.1:1/x"\nclient_id = "gateway"\n')
    city.be("production", "330500")

    assert city.refusal() == [
        (CITY, "codes.live_s", NOT_ALLOWED),
        ("state.toml", "division_code", "settings_not_allowed"),
        (CITY, "sign_in.issuer", "settings_not_allowed"),
        ("environment", "CREDIT_GATEWAY_SIGN_IN_SECRET_FILE", "settings_not_allowed"),
    ]


@pytest.mark.parametrize("section", ["sign_in", "staff_sign_in"])
def test_a_provider_on_loopback_is_for_a_demo_only(city: CityOnDisk, section: str) -> None:
    with city.city_file.open("a", encoding="utf-8") as file:
        file.write(f'[{section}]\nissuer = "http://127.0.0.1:1/x"\nclient_id = "gateway"\n')
    name = f"CREDIT_GATEWAY_{section.upper()}_SECRET_FILE"
    secret = {name: str(city.root / "passphrase")}

    in_production = city.refusal(**secret)
    city.be("demo")

    assert in_production == [(CITY, f"{section}.issuer", "settings_not_allowed")]
    assert city.refusal(**secret) == []


ODD_PROVIDERS = {
    "kind": ('kind = "saml"', "sign_in.kind"),
    "a claim of blanks": ('name_claim = " "', "sign_in.name_claim"),
    "a long claim": (f'adult_claim = "{"a" * 65}"', "sign_in.adult_claim"),
}


@pytest.mark.parametrize("name", ODD_PROVIDERS)
def test_what_is_asked_of_a_provider_is_spelled_out(city: CityOnDisk, name: str) -> None:
    stated, key = ODD_PROVIDERS[name]
    with city.city_file.open("a", encoding="utf-8") as file:
        file.write(f'[sign_in]\nissuer = "https://id.example"\nclient_id = "g"\n{stated}\n')
    secret = {"CREDIT_GATEWAY_SIGN_IN_SECRET_FILE": str(city.root / "passphrase")}

    assert city.refusal(**secret) == [(CITY, key, NOT_ALLOWED)]


@pytest.mark.parametrize("stated", ['kind = "ticket"', 'name_claim = "name"'])
def test_staff_is_asked_for_no_claims(city: CityOnDisk, stated: str) -> None:
    with city.city_file.open("a", encoding="utf-8") as file:
        file.write(f'[staff_sign_in]\nissuer = "https://id.example"\nclient_id = "g"\n{stated}\n')
    secret = {"CREDIT_GATEWAY_STAFF_SIGN_IN_SECRET_FILE": str(city.root / "passphrase")}

    assert len(city.refusal(**secret)) == 1


def test_an_issuer_that_is_none_is_named_once(city: CityOnDisk) -> None:
    with city.city_file.open("a", encoding="utf-8") as file:
        file.write('[sign_in]\nissuer = "nowhere"\nclient_id = "gateway"\n')
    secret = {"CREDIT_GATEWAY_SIGN_IN_SECRET_FILE": str(city.root / "passphrase")}

    assert city.refusal(**secret) == [(CITY, "sign_in.issuer", NOT_ALLOWED)]


def test_a_city_file_of_blanks_names_what_it_lacks(city: CityOnDisk) -> None:
    city.city_file.write_text("", encoding="utf-8")

    assert city.refusal() == [
        (CITY, "city", "policy_missing"),
        (CITY, "catalogue", "policy_missing"),
    ]


def test_an_issuer_without_scale_and_source_is_told_so(city: CityOnDisk) -> None:
    text = city.city_file.read_text(encoding="utf-8")
    before, _, rest = text.partition("[assessment]")
    kept = before + rest[rest.index("[scenarios]") : rest.index("[[scales]]")]
    city.city_file.write_text(kept + rest[rest.index("[catalogue]") :], encoding="utf-8")

    assert city.refusal() == [
        (CITY, "assessment.path", "policy_missing"),
        (CITY, "scales", "policy_missing"),
    ]


def test_one_line_says_file_key_fault_and_what_is_allowed(city: CityOnDisk) -> None:
    city.replace(city.city_file, "live_s = 90", "live_s = 121")

    with pytest.raises(WrongSettingsError) as refusal:
        load(city.environ)

    assert str(refusal.value) == (
        f"{city.city_file}: codes.live_s: is not allowed;"
        " allowed: a whole number 30 to 120, in seconds"
    )
