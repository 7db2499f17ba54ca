"""The environment: where the files of this city are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gateway.policy.errors import Problem
from gateway.policy.tables import Key, Table
from gateway.settings import schema
from gateway.settings.errors import ENVIRONMENT, Findings

CREDENTIALS_DIRECTORY = "CREDENTIALS_DIRECTORY"
"""Set by systemd for a unit with ``LoadCredential=`` (systemd.exec(5))."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Where things are; None where the environment does not say it rightly.

    Attributes:
        city_file: City file.
        agreement_file: Agreement; by default ``agreement.toml`` in the folder above the city
            file's.
        state_dir: Runtime state.
        keys_dir: Own keys.
        passphrase_file: Passphrase of the keys.
        sign_in_secret_file: Secret of this gateway at the citizens' OpenID provider.
        staff_sign_in_secret_file: The same at the staff provider.
        assessment_secret_file: The same at the assessment service.
        database_url: SQLAlchemy URL; by default a SQLite file in the state directory.
        redis_url: Where requests are counted; by default in each worker.
    """

    city_file: Path | None
    agreement_file: Path | None
    state_dir: Path | None
    keys_dir: Path | None
    passphrase_file: Path | None
    sign_in_secret_file: Path | None
    staff_sign_in_secret_file: Path | None
    assessment_secret_file: Path | None
    database_url: str | None = field(repr=False)
    redis_url: str | None = field(repr=False)

    @property
    def working_days_file(self) -> Path | None:
        """Working days: beside the agreement, since every member city counts alike."""
        agreement = self.agreement_file
        return None if agreement is None else agreement.parent / "working_days.toml"


def read_environment(environ: Mapping[str, str], findings: Findings) -> Environment:
    """Return what ``environ`` says; relative paths start where the process was started.

    Variables that start with ``CREDIT_GATEWAY_`` and are not known are findings.
    """
    ours = {name: value for name, value in environ.items() if name.startswith(schema.PREFIX)}
    problems: list[Problem] = []
    table = Table(ours, schema.ENVIRONMENT_KEYS, where="", problems=problems)
    city_file, state_dir = _path(table, schema.CITY_FILE), _path(table, schema.STATE_DIR)
    agreement_file = _path(table, schema.AGREEMENT_FILE)
    if schema.AGREEMENT_FILE not in table and city_file:
        agreement_file = city_file.parent.parent / "agreement.toml"
    database_url = table.find(schema.DATABASE_URL)
    if database_url is None and state_dir:
        database_url = f"sqlite:///{state_dir / 'gateway.db'}"
    environment = Environment(
        city_file=city_file,
        agreement_file=agreement_file,
        state_dir=state_dir,
        keys_dir=_path(table, schema.KEYS_DIR),
        passphrase_file=_passphrase_file(table, environ.get(CREDENTIALS_DIRECTORY)),
        sign_in_secret_file=_path(table, schema.SIGN_IN_SECRET_FILE),
        staff_sign_in_secret_file=_path(table, schema.STAFF_SIGN_IN_SECRET_FILE),
        assessment_secret_file=_path(table, schema.ASSESSMENT_SECRET_FILE),
        database_url=database_url,
        redis_url=table.find(schema.REDIS_URL),
    )
    findings.add(ENVIRONMENT, problems)
    return environment


def _path(table: Table, key: Key[str]) -> Path | None:
    text = table.find(key) if key.optional else table.read(key)
    return Path(text).absolute() if text else None


def _passphrase_file(table: Table, credentials: str | None) -> Path | None:
    key = schema.PASSPHRASE_FILE
    if key in table or not credentials:
        if key not in table:
            table.note("policy_missing", key.name, "is missing", key.allowed)
        return _path(table, key)
    return Path(credentials).absolute() / "key-passphrase"
