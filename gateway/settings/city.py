"""The city file: which city this is, how it issues, and what it offers."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.ids import CityId, EntityId, ScenarioId
from gateway.policy import agreement as agreement_keys
from gateway.policy import catalogue as catalogues
from gateway.policy.agreement import AgreementParts, open_in
from gateway.policy.catalogue import Catalogue
from gateway.policy.errors import PolicyFileError, Problem
from gateway.policy.parity import ParityError
from gateway.policy.scale import Scales
from gateway.policy.scenarios import Phase
from gateway.policy.tables import Key, Table
from gateway.policy.words import Words
from gateway.services.identity import AskedClaims
from gateway.services.rates import Rate, Rates
from gateway.settings import schema
from gateway.settings.assessment import read_assessment
from gateway.settings.values import (
    AssessmentSource,
    Issuing,
    Lifetimes,
    Network,
    OwnCity,
    Retention,
    Role,
    StatedProvider,
    Synchronous,
)

MAX_ISSUER_CHARS = 36
"""Longest leaf whose status lists fit a printed code: ``<leaf>/status/9999`` is 48 characters."""

_MINUTE_S = 60
_QUARTER_HOUR_S = 900
_HOUR_S = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class CityFile:
    """What the city file says; see ``Settings`` for the meaning of each.

    Where a problem was noted a value stands for nothing, and nobody is given settings.
    """

    city: OwnCity
    open_scenarios: frozenset[ScenarioId]
    catalogue: Catalogue | None
    next_catalogue: Catalogue | None
    issuing: Issuing | None
    synchronous: Synchronous
    network: Network
    rates: Rates
    retention: Retention
    refusal_release_ms: int
    who_pays: tuple[Words, ...]
    sign_in: StatedProvider | None
    staff_sign_in: StatedProvider | None


class CityReader:
    """Reads one city file against the agreement, noting everything wrong in ``problems``."""

    def __init__(
        self, document: Mapping[str, object], agreement: AgreementParts, state_dir: Path
    ) -> None:
        self.problems: list[Problem] = []
        self._agreement, self._state_dir = agreement, state_dir
        self._root = Table(document, schema.CITY_FILE_KEYS, where="", problems=self.problems)

    def read(self) -> CityFile:
        """Return the file's content, also beside problems: so that none hides another."""
        city = self._read_city()
        issuing = self._read_issuing(city.roles)
        opened = self._read_open()
        catalogue = self._read_catalogue(schema.CATALOGUE, opened, city.division_code)
        next_catalogue = self._read_next(catalogue, opened, city.division_code)
        database = self._section(schema.DATABASE, schema.DATABASE_KEYS)
        answers = self._section(schema.ANSWERS, schema.ANSWERS_KEYS)
        merchants = self._section(schema.MERCHANTS, schema.MERCHANTS_KEYS)
        synchronous = database.read(schema.SYNCHRONOUS)
        network, rates = self._read_network(), self._read_rates()
        refusal_release_ms = answers.read(schema.REFUSAL_RELEASE_MS)
        retention, sign_in = self._read_retention(), self._read_sign_in(city.roles)
        staff_sign_in = self._read_staff_sign_in()
        return CityFile(
            city=city,
            open_scenarios=opened,
            catalogue=catalogue,
            next_catalogue=next_catalogue,
            issuing=issuing,
            synchronous=synchronous,
            network=network,
            rates=rates,
            retention=retention,
            refusal_release_ms=refusal_release_ms,
            who_pays=Words.read_each(merchants, schema.WHO_PAYS),
            sign_in=sign_in,
            staff_sign_in=staff_sign_in,
        )

    def _section(self, key: Key[Mapping[str, object]], keys: tuple[Key[object], ...]) -> Table:
        raw = self._root.find(key) if key.optional else self._root.read(key)
        return Table({} if raw is None else raw, keys, where=key.name, problems=self.problems)

    def _read_city(self) -> OwnCity:
        table = self._section(schema.CITY, schema.OWN_CITY_KEYS)
        code = CityId(table.read(agreement_keys.DIVISION_CODE))
        leaf = EntityId(table.read(agreement_keys.ENTITY_ID))
        roles = frozenset(Role(role) for role in table.read(schema.ROLES))
        contacts = table.read(schema.CONTACTS)
        if Role.ISSUER in roles and len(leaf) > MAX_ISSUER_CHARS:
            said = f"at most {MAX_ISSUER_CHARS} characters for an issuer"
            table.note("policy_not_allowed", "entity_id", "is too long for printed codes", said)
        member = self._agreement.member(code)
        if self._agreement.members is not None and table.sound:
            if member is None:
                said = "the code of a member in agreement.toml"
                table.note("city_not_member", "division_code", "is no member", said)
            elif member.entity_id != leaf:
                said = "the entity_id of this city in agreement.toml"
                table.note("city_not_member", "entity_id", "differs from the agreement", said)
        return OwnCity(
            division_code=code,
            name_zh=member.name_zh if member else "",
            name_en=member.name_en if member else "",
            slug=member.slug if member else "",
            leaf=leaf,
            contacts=contacts,
            roles=roles,
        )

    def _read_issuing(self, roles: frozenset[Role]) -> Issuing | None:
        parts: tuple[Key[object], ...] = (schema.CODES, schema.ASSESSMENT, schema.SCALES)
        if Role.ISSUER not in roles:
            for key in parts if roles else ():
                if key in self._root:
                    what = "has no use without the role issuer"
                    self._root.note("policy_not_allowed", key.name, what, "nothing here")
            return None
        codes = self._section(schema.CODES, schema.CODES_KEYS)
        lifetimes = Lifetimes(
            live_s=codes.read(schema.LIVE_S),
            refresh_s=codes.read(schema.REFRESH_S),
            code_lifetime_max_s=codes.read(schema.CODE_LIFETIME_MAX_S),
        )
        if codes.sound and lifetimes.refresh_s >= lifetimes.live_s:
            said = "fewer seconds than live_s"
            codes.note("policy_not_allowed", "refresh_s", "is not before the end", said)
        assessment, scales = self._read_assessment(), self._read_scales()
        if scales is None:
            return None
        hotline = codes.find(schema.HOTLINE)
        return Issuing(lifetimes=lifetimes, scales=scales, assessment=assessment, hotline=hotline)

    def _read_assessment(self) -> AssessmentSource:
        table = self._section(schema.ASSESSMENT, schema.ASSESSMENT_KEYS)
        return read_assessment(table, self._state_dir)

    def _read_scales(self) -> Scales | None:
        raws = self._root.read(schema.SCALES)
        try:
            return Scales.parse(raws)
        except PolicyFileError as error:
            self.problems.extend(error.problems)
            return None

    def _read_open(self) -> frozenset[ScenarioId]:
        table = self._section(schema.SCENARIOS, schema.OPEN_KEYS)
        listed = frozenset(ScenarioId(name) for name in table.read(schema.SECOND_PHASE))
        scenarios = self._agreement.scenarios
        if scenarios is None:
            return frozenset()
        for name in sorted(listed):
            scenario = scenarios.get(name)
            if scenario is None or scenario.phase is not Phase.SECOND:
                what = f"{name} is not of phase 2"
                table.note("scenario_not_agreed", "second_phase", what, schema.SECOND_PHASE.allowed)
        return open_in(scenarios, listed)

    def _read_catalogue(
        self, section: Key[Mapping[str, object]], opened: frozenset[ScenarioId], own: CityId
    ) -> Catalogue | None:
        raw, parts, where = self._root.read(section), self._agreement, section.name
        if section not in self._root:
            return None
        if parts.whole is None:
            self.problems += catalogues.faults(
                raw, parts=parts, open_scenarios=opened, own=own, where=where
            )
            return None
        try:
            return Catalogue.parse(raw, agreement=parts.whole, open_scenarios=opened, where=where)
        except PolicyFileError as error:
            self.problems.extend(error.problems)
        except ParityError as error:
            self.problems.extend(error.report.problems(where))
        return None

    def _read_next(
        self, present: Catalogue | None, opened: frozenset[ScenarioId], own: CityId
    ) -> Catalogue | None:
        """Return the version that is to follow: another one, which begins later."""
        section = schema.NEXT_CATALOGUE
        if section not in self._root:
            return None
        following = self._read_catalogue(section, opened, own)
        if present is None or following is None:
            return following
        if following.version == present.version:
            said = "another version than that of [catalogue]"
            self._root.note("catalogue_next", f"{section.name}.version", "is the same", said)
        if following.valid_from <= present.valid_from:
            said = "a later moment than that of [catalogue]"
            self._root.note("catalogue_next", f"{section.name}.valid_from", "is not later", said)
        return following

    def _read_sign_in(self, roles: frozenset[Role]) -> StatedProvider | None:
        if schema.SIGN_IN in self._root and roles and Role.ISSUER not in roles:
            what = "has no use without the role issuer"
            self._root.note("policy_not_allowed", schema.SIGN_IN.name, what, "nothing here")
        if schema.SIGN_IN not in self._root:
            return None
        table = self._section(schema.SIGN_IN, schema.SIGN_IN_KEYS)
        name, adult = table.find(schema.NAME_CLAIM), table.find(schema.ADULT_CLAIM)
        return StatedProvider(
            kind=table.read(schema.SIGN_IN_KIND),
            issuer=table.read(schema.SIGN_IN_ISSUER),
            client_id=table.read(schema.SIGN_IN_CLIENT_ID),
            asked=AskedClaims(name=name, adult=adult),
        )

    def _read_staff_sign_in(self) -> StatedProvider | None:
        if schema.STAFF_SIGN_IN not in self._root:
            return None
        table = self._section(schema.STAFF_SIGN_IN, schema.STAFF_SIGN_IN_KEYS)
        return StatedProvider(
            issuer=table.read(schema.SIGN_IN_ISSUER),
            client_id=table.read(schema.SIGN_IN_CLIENT_ID),
        )

    def _read_network(self) -> Network:
        table = self._section(schema.NETWORK, schema.NETWORK_KEYS)
        return Network(
            allowed_networks=table.read(schema.ALLOWED_NETWORKS),
            trusted_proxies=table.read(schema.TRUSTED_PROXIES),
        )

    def _read_rates(self) -> Rates:
        table = self._section(schema.LIMITS, schema.LIMITS_KEYS)

        def rate(key: Key[int], period_s: int = _MINUTE_S) -> Rate:
            return Rate(count=table.read(key), period_s=period_s)

        return Rates(
            merchant=rate(schema.MERCHANT_PER_MINUTE),
            device=rate(schema.DEVICE_PER_MINUTE),
            wrong_code=rate(schema.WRONG_CODE_PER_MINUTE),
            citizen=rate(schema.CITIZEN_PER_MINUTE),
            pack=rate(schema.PACK_PER_HOUR, _HOUR_S),
            sheet=rate(schema.SHEET_PER_HOUR, _HOUR_S),
            complaint=rate(schema.COMPLAINT_PER_HOUR, _HOUR_S),
            address=rate(schema.ADDRESS_PER_MINUTE),
            bad_token=rate(schema.BAD_TOKEN_PER_MINUTE),
            staff_account=rate(schema.STAFF_ACCOUNT_PER_QUARTER_HOUR, _QUARTER_HOUR_S),
            staff_address=rate(schema.STAFF_ADDRESS_PER_QUARTER_HOUR, _QUARTER_HOUR_S),
        )

    def _read_retention(self) -> Retention:
        table = self._section(schema.RETENTION, schema.RETENTION_KEYS)
        return Retention(
            verification_days=table.read(schema.VERIFICATION_DAYS),
            issuance_days=table.read(schema.ISSUANCE_DAYS),
            burn_after_end_h=table.read(schema.BURN_AFTER_END_H),
            consent_after_end_days=table.read(schema.CONSENT_AFTER_END_DAYS),
        )
