"""Loading: environment, files and state are read together, and believed together or not at all."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.ids import CityId, Timestamp
from gateway.policy.agreement import DIVISION_CODE, Agreement, AgreementParts
from gateway.policy.errors import Problem
from gateway.policy.tables import Key, Table
from gateway.policy.working_days import WorkingDays
from gateway.settings import schema
from gateway.settings.city import CityFile, CityReader
from gateway.settings.environment import Environment, read_environment
from gateway.settings.errors import ENVIRONMENT, Findings, WrongSettingsError
from gateway.settings.files import read_toml
from gateway.settings.values import (
    Database,
    Settings,
    SignInProvider,
    StatedProvider,
    StateKind,
)

STATE_FILE = "state.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    kind: StateKind
    division_code: CityId | None
    created_at: Timestamp | None


def load(environ: Mapping[str, str]) -> Settings:
    """Return the settings of the city that ``environ`` points at.

    Reads the city file, the agreement and ``state.toml``; of other files and directories only
    looks whether they are there.

    Raises:
        WrongSettingsError: Naming everything that is missing or wrong.
    """
    findings = Findings()
    environment = read_environment(environ, findings)
    if environment.keys_dir and not environment.keys_dir.is_dir():
        said = "a directory; `credit-gateway init` makes it"
        findings.note(ENVIRONMENT, schema.KEYS_DIR.name, "names no directory", said)
    return _load(environment, _read_state(environment.state_dir, findings), findings)


def load_process() -> Settings:
    """Return the settings that the environment of this process points at.

    Raises:
        WrongSettingsError: Naming everything that is missing or wrong.
    """
    return load(os.environ)


def load_for_init(environ: Mapping[str, str], kind: StateKind) -> Settings:
    """Return the settings with which ``init`` may make a state directory of ``kind``.

    As ``load``, but state and key directories need not be there, and ``state.toml`` is not read.

    Raises:
        WrongSettingsError: Naming everything that is missing or wrong.
    """
    findings = Findings()
    environment = read_environment(environ, findings)
    state = _State(kind=kind, division_code=None, created_at=None)
    return _load(environment, state, findings)


def _load(environment: Environment, state: _State | None, findings: Findings) -> Settings:
    _check_passphrase_file(environment, findings)
    agreement = _read_parts(environment.agreement_file, findings)
    city = _read_city(environment, agreement, findings)
    if state and city:
        _check_state(environment.state_dir, state, city, findings)
    if state:
        _check_addresses(environment.agreement_file, state, agreement, findings)
        _check_service(environment.city_file, state, city, findings)
    city = _with_secret(environment, city, findings)
    providers = _providers(environment, state, city, findings)
    days = _read_working_days(environment.working_days_file, findings)
    settings = _build(environment, state, agreement.whole, city, providers, days)
    if settings is None or findings.problems:
        raise WrongSettingsError(findings.problems)
    return settings


def _build(  # noqa: PLR0913, PLR0917  # one part of the settings each
    environment: Environment,
    state: _State | None,
    agreement: Agreement | None,
    city: CityFile | None,
    providers: tuple[SignInProvider | None, SignInProvider | None],
    working_days: WorkingDays,
) -> Settings | None:
    """Return the settings if every part is there; what is missing was noted before."""
    url, passphrase_file = environment.database_url, environment.passphrase_file
    state_dir, keys_dir = environment.state_dir, environment.keys_dir
    if not (state and agreement and city and url and passphrase_file and state_dir and keys_dir):
        return None
    if city.catalogue is None:
        return None
    return Settings(
        kind=state.kind,
        created_at=state.created_at,
        agreement=agreement,
        city=city.city,
        open_scenarios=city.open_scenarios,
        catalogue=city.catalogue,
        next_catalogue=city.next_catalogue,
        issuing=city.issuing,
        database=Database(url=url, synchronous=city.synchronous),
        network=city.network,
        rates=city.rates,
        redis_url=environment.redis_url,
        retention=city.retention,
        refusal_release_ms=city.refusal_release_ms,
        who_pays=city.who_pays,
        state_dir=state_dir,
        keys_dir=keys_dir,
        passphrase_file=passphrase_file,
        sign_in=providers[0],
        staff_sign_in=providers[1],
        working_days=working_days,
    )


def _providers(
    environment: Environment, state: _State | None, city: CityFile | None, findings: Findings
) -> tuple[SignInProvider | None, SignInProvider | None]:
    """Return where citizens sign in, and where staff does."""
    if city is None:
        return None, None
    demo = state is None or state.kind is StateKind.DEMO
    found = list[SignInProvider | None]()
    for section, asked, path, key in (
        (schema.SIGN_IN, city.sign_in, environment.sign_in_secret_file, schema.SIGN_IN_SECRET_FILE),
        (
            schema.STAFF_SIGN_IN,
            city.staff_sign_in,
            environment.staff_sign_in_secret_file,
            schema.STAFF_SIGN_IN_SECRET_FILE,
        ),
    ):
        if asked and asked.issuer and not demo and not asked.issuer.startswith("https://"):
            said, where = "an https address in production", f"{section.name}.issuer"
            findings.note(str(environment.city_file), where, "is for a demo only", said)
        found.append(_provider(asked, path, key, findings))
    return found[0], found[1]


def _provider(
    asked: StatedProvider | None, path: Path | None, key: Key[str], findings: Findings
) -> SignInProvider | None:
    if asked is None:
        return None
    if path is None or not path.is_file():
        findings.note(ENVIRONMENT, key.name, "names no file", key.allowed)
        return None
    return SignInProvider(stated=asked, secret_file=path)


def _check_service(
    path: Path | None, state: _State, city: CityFile | None, findings: Findings
) -> None:
    service = None if city is None or city.issuing is None else city.issuing.assessment.service
    if service is None or state.kind is StateKind.DEMO:
        return
    for name, address in (("url", service.url), ("token_url", service.token_url)):
        if address.startswith("http:"):
            said = "an https address in production"
            findings.note(str(path), f"assessment.{name}", "is for a demo only", said)


def _with_secret(
    environment: Environment, city: CityFile | None, findings: Findings
) -> CityFile | None:
    """Return the city file with the place of its assessment service's secret."""
    issuing = None if city is None else city.issuing
    if city is None or issuing is None or issuing.assessment.service is None:
        return city
    key, secret = schema.ASSESSMENT_SECRET_FILE, environment.assessment_secret_file
    if secret is None or not secret.is_file():
        findings.note(ENVIRONMENT, key.name, "names no file", key.allowed)
    service = replace(issuing.assessment.service, secret_file=secret)
    assessment = replace(issuing.assessment, service=service)
    return replace(city, issuing=replace(issuing, assessment=assessment))


def _check_passphrase_file(environment: Environment, findings: Findings) -> None:
    path = environment.passphrase_file
    if path is not None and not path.is_file():
        said = schema.PASSPHRASE_FILE.allowed
        findings.note(ENVIRONMENT, schema.PASSPHRASE_FILE.name, "names no file", said)


def read_agreement(path: Path | None, findings: Findings) -> Agreement | None:
    """Return the agreement in a file, or None after noting in ``findings`` what is wrong."""
    return _read_parts(path, findings).whole


def _read_parts(path: Path | None, findings: Findings) -> AgreementParts:
    document = read_toml(path, findings) if path else None
    if document is None:
        return AgreementParts()
    problems: list[Problem] = []
    parts = AgreementParts.read(document, problems)
    findings.add(str(path), problems)
    return parts


def _read_working_days(path: Path | None, findings: Findings) -> WorkingDays:
    """Return what is known of working days: nothing without a file, which ``doctor`` says."""
    document = read_toml(path, findings) if path and path.exists() else None
    if document is None:
        return WorkingDays()
    problems: list[Problem] = []
    days = WorkingDays.read(document, problems)
    findings.add(str(path), problems)
    return days


def _read_city(
    environment: Environment, agreement: AgreementParts, findings: Findings
) -> CityFile | None:
    path = environment.city_file
    document = read_toml(path, findings) if path else None
    if document is None:
        return None
    reader = CityReader(document, agreement, environment.state_dir or Path())
    city = reader.read()
    findings.add(str(path), reader.problems)
    return city


def _read_state(state_dir: Path | None, findings: Findings) -> _State | None:
    if state_dir is None:
        return None
    path = state_dir / STATE_FILE
    if not path.is_file():
        said = "a directory that `credit-gateway init` made"
        findings.note(ENVIRONMENT, schema.STATE_DIR.name, f"holds no {STATE_FILE}", said)
        return None
    document = read_toml(path, findings)
    if document is None:
        return None
    problems: list[Problem] = []
    table = Table(document, schema.STATE_KEYS, where="", problems=problems)
    state = _State(
        kind=table.read(schema.STATE_KIND),
        division_code=CityId(table.read(DIVISION_CODE)),
        created_at=table.read(schema.CREATED_AT),
    )
    findings.add(str(path), problems)
    return state if table.sound else None


def kind_of(state_dir: Path) -> StateKind | None:
    """Return what a state directory is; None if ``state.toml`` is missing or wrong."""
    state = _read_state(state_dir, Findings())
    return None if state is None else state.kind


def _check_state(state_dir: Path | None, state: _State, city: CityFile, findings: Findings) -> None:
    own = city.city.division_code
    if own and state.division_code not in {None, own}:
        said = "the state directory of the city in the city file"
        file = str((state_dir or Path()) / STATE_FILE)
        findings.note(file, DIVISION_CODE.name, "is that of another city", said)


def _check_addresses(
    path: Path | None, state: _State, agreement: AgreementParts, findings: Findings
) -> None:
    if state.kind is StateKind.DEMO:
        return
    for number, member in enumerate(agreement.members or (), start=1):
        if not member.entity_id.startswith("https://"):
            key = f"members.#{number}.entity_id"
            findings.note(str(path), key, "is for a demo only", "an https address in production")
