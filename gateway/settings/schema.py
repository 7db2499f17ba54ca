"""Every key of the city file, of ``state.toml`` and of the environment, with what is allowed.

Messages and ``docs/configuration.md`` take their words from here.
"""

import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network

from gateway.policy import agreement, catalogue, keys, offers, scale, terms, words, working_days
from gateway.policy.scenarios import SCENARIO_KEYS, SCENARIO_PATTERN
from gateway.policy.tables import Key
from gateway.settings.values import AssessmentKind, ProviderKind, Role, StateKind, Synchronous

PREFIX = "CREDIT_GATEWAY_"
PATH_PATTERN = re.compile(r"[^\x00-\x1f\x7f]{1,400}")
_PARAMETER = r"(?:sslmode|sslrootcert|sslcert|sslkey|target_session_attrs)=[^&#\s]+"
DATABASE_PATTERN = re.compile(
    r"sqlite:///(?!:memory:)[^?#\s][^?#]*"
    r"|postgresql\+psycopg://(?:[^\s@/?#]+@)?[^\s@/?#:]*(?::[0-9]{1,5})?/[^\s/?#]+"
    rf"(?:\?{_PARAMETER}(?:&{_PARAMETER})*)?",
    re.ASCII,
)

REDIS_PATTERN = re.compile(
    r"(?:rediss?://(?:[^\s@/?#]*@)?[A-Za-z0-9._\[\]:-]{1,255}(?:/[0-9]{1,3})?"
    r"|unix://(?:[^\s@/?#]*@)?/[^\s?#]{1,100}(?:\?db=[0-9]{1,3})?)",
    re.ASCII,
)

CITY_FILE = keys.text("CREDIT_GATEWAY_CITY_FILE", PATH_PATTERN, "path of this city's TOML file")
AGREEMENT_FILE = keys.text(
    "CREDIT_GATEWAY_AGREEMENT_FILE",
    PATH_PATTERN,
    "path of the agreement; without it agreement.toml in the folder above the city file's",
    optional=True,
)
STATE_DIR = keys.text(
    "CREDIT_GATEWAY_STATE_DIR", PATH_PATTERN, "path of the directory that init made"
)
KEYS_DIR = keys.text(
    "CREDIT_GATEWAY_KEYS_DIR", PATH_PATTERN, "path of the directory of this city's own keys"
)
DATABASE_URL = keys.text(
    "CREDIT_GATEWAY_DATABASE_URL",
    DATABASE_PATTERN,
    "sqlite:///<file> or postgresql+psycopg://user@host:port/name, with parameters of TLS only;"
    " without it gateway.db in the state directory",
    optional=True,
)
REDIS_URL = keys.text(
    "CREDIT_GATEWAY_REDIS_URL",
    REDIS_PATTERN,
    "redis://, rediss:// (with TLS) or unix:// address, such as redis://:password@host:6379/0;"
    " without it each worker counts by itself",
    optional=True,
)
PASSPHRASE_FILE = keys.text(
    "CREDIT_GATEWAY_PASSPHRASE_FILE",
    PATH_PATTERN,
    "path of a file; without it key-passphrase in $CREDENTIALS_DIRECTORY",
    optional=True,
)
SIGN_IN_SECRET_FILE = keys.text(
    "CREDIT_GATEWAY_SIGN_IN_SECRET_FILE",
    PATH_PATTERN,
    "path of a file with the secret of [sign_in] client_id; needed with [sign_in]",
    optional=True,
)
STAFF_SIGN_IN_SECRET_FILE = keys.text(
    "CREDIT_GATEWAY_STAFF_SIGN_IN_SECRET_FILE",
    PATH_PATTERN,
    "path of a file with the secret of [staff_sign_in] client_id; needed with [staff_sign_in]",
    optional=True,
)
ASSESSMENT_SECRET_FILE = keys.text(
    "CREDIT_GATEWAY_ASSESSMENT_SECRET_FILE",
    PATH_PATTERN,
    'path of a file with the secret of [assessment] client_id; needed with kind = "http"',
    optional=True,
)
ENVIRONMENT_KEYS = (
    CITY_FILE,
    AGREEMENT_FILE,
    STATE_DIR,
    KEYS_DIR,
    DATABASE_URL,
    REDIS_URL,
    PASSPHRASE_FILE,
    SIGN_IN_SECRET_FILE,
    STAFF_SIGN_IN_SECRET_FILE,
    ASSESSMENT_SECRET_FILE,
)

STATE_KIND = keys.choice("kind", StateKind)
CREATED_AT = keys.moment("created_at")
STATE_KEYS = (STATE_KIND, agreement.DIVISION_CODE, CREATED_AT)

CITY = keys.table("city", "table [city]")
CODES = keys.table("codes", "table [codes], only with the role issuer", optional=True)
ASSESSMENT = keys.table(
    "assessment", "table [assessment], with the role issuer and only then", optional=True
)
SCALES = keys.tables(
    "scales",
    "1 to 50 [[scales]] tables, oldest first, with the role issuer and only then",
    minimum=1,
    maximum=50,
    optional=True,
)
SCENARIOS = keys.table("scenarios", "table [scenarios]", optional=True)
DATABASE = keys.table("database", "table [database]", optional=True)
NETWORK = keys.table("network", "table [network]", optional=True)
LIMITS = keys.table("limits", "table [limits]", optional=True)
ANSWERS = keys.table("answers", "table [answers]", optional=True)
RETENTION = keys.table("retention", "table [retention]", optional=True)
MERCHANTS = keys.table("merchants", "table [merchants]", optional=True)
SIGN_IN = keys.table("sign_in", "table [sign_in], only with the role issuer", optional=True)
STAFF_SIGN_IN = keys.table("staff_sign_in", "table [staff_sign_in]", optional=True)
CATALOGUE = keys.table("catalogue", "table [catalogue]")
NEXT_CATALOGUE = keys.table(
    "next_catalogue", "table [next_catalogue], of the form of [catalogue]", optional=True
)
CITY_FILE_KEYS = (
    CITY,
    CODES,
    ASSESSMENT,
    SCALES,
    SCENARIOS,
    DATABASE,
    NETWORK,
    LIMITS,
    ANSWERS,
    RETENTION,
    MERCHANTS,
    SIGN_IN,
    STAFF_SIGN_IN,
    CATALOGUE,
    NEXT_CATALOGUE,
)

CONTACTS = keys.texts(
    "contacts",
    re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,64}"),
    "1 to 5 e-mail addresses",
    minimum=1,
    maximum=5,
)
ROLES = keys.texts(
    "roles",
    re.compile("|".join(Role)),
    'a list of "issuer", "verifier" or both',
    minimum=1,
    maximum=2,
)
OWN_CITY_KEYS = (agreement.DIVISION_CODE, agreement.ENTITY_ID, CONTACTS, ROLES)

LIVE_S = keys.whole("live_s", minimum=30, maximum=120, unit="seconds", default=90)
REFRESH_S = keys.whole("refresh_s", minimum=15, maximum=119, unit="seconds", default=60)
CODE_LIFETIME_MAX_S = keys.whole(
    "code_lifetime_max_s", minimum=120, maximum=2_678_400, unit="seconds", default=2_678_400
)
HOTLINE = keys.text(
    "hotline",
    re.compile(r"[0-9+][0-9 -]{1,17}[0-9]"),
    "a telephone number: 3 to 19 digits, spaces and hyphens",
    optional=True,
)
CODES_KEYS = (LIVE_S, REFRESH_S, CODE_LIFETIME_MAX_S, HOTLINE)

ASSESSMENT_KIND = keys.choice("kind", AssessmentKind, default=AssessmentKind.FILE)
ASSESSMENT_PATH = keys.text(
    "path",
    PATH_PATTERN,
    'with kind = "file": path of a .csv or .jsonl file, seen from the state directory',
    optional=True,
)
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_SERVICE_PATTERN = re.compile(
    rf"(?:https://(?:{_LABEL}\.)+[a-z][a-z0-9-]{{0,62}}(?::[1-9][0-9]{{0,4}})?"
    r"|http://127\.0\.0\.1:[1-9][0-9]{0,4})(?:/[A-Za-z0-9._~-]{1,100}){0,10}"
)
_SERVICE = 'with kind = "http": https address with a host name (http://127.0.0.1:<port> in a demo)'
ASSESSMENT_URL = keys.text("url", _SERVICE_PATTERN, _SERVICE, optional=True)
TOKEN_URL = keys.text("token_url", _SERVICE_PATTERN, _SERVICE, optional=True)
ASSESSMENT_CLIENT_ID = keys.text(
    "client_id",
    re.compile(r"[A-Za-z0-9._~-]{1,100}"),
    'with kind = "http": 1 to 100 of A-Z, a-z, 0-9, ., _, ~ and -',
    optional=True,
)
ASSESSMENT_SCOPE = keys.text(
    "scope",
    re.compile(r"[!#-\[\]-~]{1,100}(?: [!#-\[\]-~]{1,100}){0,9}"),
    'with kind = "http": up to 10 words (RFC 6749, 3.3)',
    optional=True,
)
CA_FILE = keys.text(
    "ca_file",
    PATH_PATTERN,
    'with kind = "http": path of a PEM file, seen from the state directory',
    optional=True,
)
MAX_AGE_DAYS = keys.whole("max_age_days", minimum=1, maximum=400, unit="days", default=35)
ASSESSMENT_KEYS = (
    ASSESSMENT_KIND,
    ASSESSMENT_PATH,
    ASSESSMENT_URL,
    TOKEN_URL,
    ASSESSMENT_CLIENT_ID,
    ASSESSMENT_SCOPE,
    CA_FILE,
    MAX_AGE_DAYS,
)

SECOND_PHASE = keys.texts(
    "second_phase",
    SCENARIO_PATTERN,
    "scenarios of phase 2 in agreement.toml that are open here",
    maximum=agreement.MAX_SCENARIOS,
    default=(),
)
OPEN_KEYS = (SECOND_PHASE,)

SYNCHRONOUS = keys.choice("synchronous", Synchronous, default=Synchronous.FULL)
DATABASE_KEYS = (SYNCHRONOUS,)


def _take_networks(raw: object) -> tuple[IPv4Network | IPv6Network, ...]:
    found = keys.texts("", re.compile("[0-9A-Fa-f.:/]{1,49}"), "", maximum=20).take(raw)
    return tuple(ip_network(text, strict=True) for text in found)


ALLOWED_NETWORKS: Key[tuple[IPv4Network | IPv6Network, ...]] = Key(
    name="allowed_networks",
    allowed='up to 20 networks in CIDR form without host bits, such as "10.0.0.0/8"',
    take=_take_networks,
    blank=(),
    default=(),
)
TRUSTED_PROXIES = keys.whole("trusted_proxies", minimum=0, maximum=10, default=0)
NETWORK_KEYS = (ALLOWED_NETWORKS, TRUSTED_PROXIES)


def _rate(name: str, default: int) -> Key[int]:
    return keys.whole(name, minimum=1, maximum=1_000_000, default=default)


MERCHANT_PER_MINUTE = _rate("merchant_per_minute", 600)
DEVICE_PER_MINUTE = _rate("device_per_minute", 120)
WRONG_CODE_PER_MINUTE = _rate("wrong_code_per_minute", 30)
CITIZEN_PER_MINUTE = _rate("citizen_per_minute", 60)
PACK_PER_HOUR = _rate("pack_per_hour", 20)
SHEET_PER_HOUR = _rate("sheet_per_hour", 10)
COMPLAINT_PER_HOUR = _rate("complaint_per_hour", 10)
ADDRESS_PER_MINUTE = _rate("address_per_minute", 120)
BAD_TOKEN_PER_MINUTE = _rate("bad_token_per_minute", 60)
STAFF_ACCOUNT_PER_QUARTER_HOUR = _rate("staff_account_per_quarter_hour", 10)
STAFF_ADDRESS_PER_QUARTER_HOUR = _rate("staff_address_per_quarter_hour", 60)
LIMITS_KEYS = (
    MERCHANT_PER_MINUTE,
    DEVICE_PER_MINUTE,
    WRONG_CODE_PER_MINUTE,
    CITIZEN_PER_MINUTE,
    PACK_PER_HOUR,
    SHEET_PER_HOUR,
    COMPLAINT_PER_HOUR,
    ADDRESS_PER_MINUTE,
    BAD_TOKEN_PER_MINUTE,
    STAFF_ACCOUNT_PER_QUARTER_HOUR,
    STAFF_ADDRESS_PER_QUARTER_HOUR,
)

REFUSAL_RELEASE_MS = keys.whole(
    "refusal_release_ms", minimum=0, maximum=1000, unit="milliseconds", default=50
)
ANSWERS_KEYS = (REFUSAL_RELEASE_MS,)

VERIFICATION_DAYS = keys.whole(
    "verification_days", minimum=1, maximum=3650, unit="days", default=183
)
ISSUANCE_DAYS = keys.whole("issuance_days", minimum=1, maximum=7300, unit="days", default=3650)
BURN_AFTER_END_H = keys.whole("burn_after_end_h", minimum=72, maximum=744, unit="hours", default=72)
CONSENT_AFTER_END_DAYS = keys.whole(
    "consent_after_end_days", minimum=1, maximum=3650, unit="days", default=1096
)
RETENTION_KEYS = (VERIFICATION_DAYS, ISSUANCE_DAYS, BURN_AFTER_END_H, CONSENT_AFTER_END_DAYS)

SIGN_IN_ISSUER = keys.text(
    "issuer",
    re.compile(
        r"(?:https://[a-z0-9.-]{1,100}|http://127\.0\.0\.1)(?::[0-9]{1,5})?[A-Za-z0-9._~/-]{0,100}"
    ),
    "https address of the OpenID provider, as its discovery document spells it"
    " (http://127.0.0.1:<port> in a demo)",
)
SIGN_IN_CLIENT_ID = keys.text(
    "client_id", re.compile(r"[A-Za-z0-9._~-]{1,100}"), "1 to 100 of A-Z, a-z, 0-9, ., _, ~ and -"
)
WHO_PAYS = keys.tables("who_pays", "up to 6 tables {zh, en}", maximum=6, optional=True)
MERCHANTS_KEYS = (WHO_PAYS,)

SIGN_IN_KIND = keys.choice("kind", ProviderKind, default=ProviderKind.OPENID)


def _claim(name: str) -> Key[str]:
    said = "name of a claim: 1 to 64 of A-Z, a-z, 0-9, _, ., :, / and -"
    return keys.text(name, re.compile(r"[A-Za-z0-9_.:/-]{1,64}"), said, optional=True)


NAME_CLAIM, ADULT_CLAIM = _claim("name_claim"), _claim("adult_claim")
SIGN_IN_KEYS = (SIGN_IN_KIND, SIGN_IN_ISSUER, SIGN_IN_CLIENT_ID, NAME_CLAIM, ADULT_CLAIM)
STAFF_SIGN_IN_KEYS = (SIGN_IN_ISSUER, SIGN_IN_CLIENT_ID)

SECTIONS: Mapping[str, tuple[Key[object], ...]] = {
    "environment": ENVIRONMENT_KEYS,
    "state.toml": STATE_KEYS,
    "agreement.toml": agreement.AGREEMENT_KEYS,
    "members": agreement.MEMBER_KEYS,
    "tiers": agreement.TIER_KEYS,
    'scenarios."<id>"': SCENARIO_KEYS,
    "working_days.toml": working_days.WORKING_DAYS_KEYS,
    "years": working_days.YEAR_KEYS,
    "years.holidays": working_days.HOLIDAY_KEYS,
    "city file": CITY_FILE_KEYS,
    "city": OWN_CITY_KEYS,
    "codes": CODES_KEYS,
    "assessment": ASSESSMENT_KEYS,
    "scenarios": OPEN_KEYS,
    "database": DATABASE_KEYS,
    "network": NETWORK_KEYS,
    "limits": LIMITS_KEYS,
    "answers": ANSWERS_KEYS,
    "retention": RETENTION_KEYS,
    "merchants": MERCHANTS_KEYS,
    "sign_in": SIGN_IN_KEYS,
    "staff_sign_in": STAFF_SIGN_IN_KEYS,
    "scales": scale.SCALE_KEYS,
    "scales.bands": scale.BAND_KEYS,
    "scales.levels": scale.LEVEL_KEYS,
    "catalogue": catalogue.CATALOGUE_KEYS,
    "catalogue.offers": offers.OFFER_KEYS,
    "catalogue.offers.resident": offers.RESIDENT_KEYS,
    "catalogue.offers.visitors": terms.TERMS_KEYS,
    "quota": terms.QUOTA_KEYS,
    "words": words.WORDS_KEYS,
}
"""Every table that is read, for the documentation and its test."""
