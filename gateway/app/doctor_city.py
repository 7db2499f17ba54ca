"""The checks of a city whose settings, keys and database are well: do they fit together?"""

import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from gateway.app.assessments import service_check
from gateway.app.checks import Check, failed, passed, skipped, warned
from gateway.app.documents import SEAL as CATALOGUE_SEAL
from gateway.app.noted_rows import FILE as ROWS_FILE
from gateway.app.noted_rows import FileRows, NotedRowsError
from gateway.app.own import own_lives, own_published, own_seal
from gateway.app.stopping import sealed_stops
from gateway.codes import budget
from gateway.errors import CodeError
from gateway.ids import EntityId, ScenarioId, Timestamp
from gateway.policy.published import PublishedCatalogue, content_of
from gateway.policy.scenarios import Scenario
from gateway.policy.working_days import LONGEST_WORKING_DAYS, WorkingDays
from gateway.remote.assessments import FileAssessments
from gateway.services.catalogue_book import CatalogueBook
from gateway.services.own_statements import OwnPublished
from gateway.services.partner_book import CheckedRows, Loaded, load_partners
from gateway.services.partner_sync import last_sample
from gateway.services.ports import PartnerRows
from gateway.services.stops import StopState
from gateway.settings import Issuing, Settings, StateKind
from gateway.settings import Role as CityRole
from gateway.storage.store import Store
from gateway.trust.clock_check import SAMPLE_LIFE_S, TOLERATED_S, clock_doubtful
from gateway.trust.states import PartnerState
from gateway.trust.trusted_city import Role
from gateway.vault import ANCHORS, Vault
from gateway.vault import Role as KeyRole

HOUR_S: Final = 3600
DAY_S: Final = 24 * HOUR_S

SOON_S: Final = {Role.ANCHOR: 30 * DAY_S, Role.SUBORDINATE: 30 * DAY_S, Role.LEAF: 20 * HOUR_S}
"""From so long before its end on, a statement should have been signed anew."""

_OTHERS = 0o077
_SHOWN = 3


def examine_city(settings: Settings, vault: Vault, store: Store, now: Timestamp) -> Iterable[Check]:
    """Yield the checks.

    Raises:
        UnavailableError: the database went away meanwhile.
    """
    own = own_published(settings, vault, store.own_statements)
    noted = FileRows(path=settings.state_dir / ROWS_FILE)
    loaded = load_partners(store.partners, CheckedRows(own_seal(settings, vault), noted))
    yield from statement_checks(own, now)
    yield _announced(settings, vault, own)
    yield _code_size(settings, now)
    yield from address_checks(settings.city.leaf)
    yield working_days_check(settings.working_days, now)
    yield _catalogue(settings, vault, store, now)
    if settings.issuing:
        yield assessments_check(settings.issuing, settings, now)
    yield _rows(loaded, noted)
    sealed = sealed_stops(settings, vault, store)
    yield _stops(sealed.standing(store.stops.get(), now))
    yield clock_check(store.partners, loaded, now)
    if settings.kind is StateKind.PRODUCTION:
        yield from _production(settings, vault)


def statement_checks(own: OwnPublished, now: Timestamp) -> Iterable[Check]:
    """Yield whether each own statement is in force, and for how long."""
    lives = own_lives(own)
    for role in Role:
        name, life = f"{role} statement", lives.get(role)
        todo = _how_to_sign(role)
        if life is None:
            why = f"; refused: {', '.join(own.refused)}" if own.refused else ""
            yield failed(name, f"nothing that this city signed is published{why}", todo)
        elif not life.holds(now):
            yield failed(name, f"ended {span(now - life.expires_at)} ago", todo)
        elif life.expires_at - now < SOON_S[role]:
            yield warned(name, f"ends in {span(life.expires_at - now)}", todo)
        else:
            yield passed(name, f"in force, ends in {span(life.expires_at - now)}")


def address_checks(leaf: EntityId) -> Iterable[Check]:
    """Yield what an address with a path asks of the proxy in front."""
    path = urlsplit(leaf).path
    if path:
        todo = (
            f"let the proxy strip {path} and hand on the rest; pages link from the root, so"
            " citizens, merchants and staff need an entity_id without a path"
        )
        yield warned("address", f"{leaf} has a path, and routes are at the root", todo)


def working_days_check(known: WorkingDays, now: Timestamp) -> Check:
    """Are the holidays known of every year in which a time limit set today may end?"""
    due = known.due(now, LONGEST_WORKING_DAYS)
    if not due.missing:
        return passed("working days", f"known until {due.last_day}, where the longest limit ends")
    years = ", ".join(map(str, due.missing))
    todo = "add what the State Council has announced to working_days.toml, beside the agreement"
    return warned("working days", f"{years} is missing: Monday to Friday are counted", todo)


def span(seconds: int) -> str:
    """Return a duration in the largest unit that says enough: 35 s, 12 min, 23 h, 89 d."""
    if seconds < 2 * 60:
        return f"{seconds} s"
    if seconds < 2 * HOUR_S:
        return f"{seconds // 60} min"
    if seconds < 2 * DAY_S:
        return f"{seconds // HOUR_S} h"
    return f"{seconds // DAY_S} d"


def _how_to_sign(role: Role) -> str:
    if role is Role.LEAF:
        return "run credit-gateway federation publish; the worker does it every hour"
    return "credit-gateway federation request, anchor sign where K1 is, federation import"


def _announced(settings: Settings, vault: Vault, own: OwnPublished) -> Check:
    """Are the keys that sign here the ones that partners were told?"""
    name, todo = "published keys", "run credit-gateway federation publish"
    leaf, pins = own.entity.leaf, own.pins
    if leaf is None or pins is None:
        return skipped(name, "needs published statements")
    if pins.anchor_kids != frozenset(vault.public(role).kid for role in ANCHORS):
        restore = "restore database and keys of the same city"
        return failed(name, "the anchor statement is that of other anchor keys", restore)
    ours = {key.signer.public.kid for key in vault.code_keys()}
    announced = {key.public.kid for key in leaf.code_keys}
    if settings.issuing and vault.public(KeyRole.CODES).kid not in announced:
        return failed(name, "the code key that signs is not announced", todo)
    if settings.issuing and not ours <= announced:
        return warned(name, "the next code key is not announced", todo)
    return passed(name, "are those of the vault")


def _code_size(settings: Settings, now: Timestamp) -> Check:
    if settings.issuing is None:
        return skipped("code size", "this city does not issue")
    try:
        budget.check_general(settings.city.division_code, now=now)
    except CodeError as error:
        return failed("code size", str(error), "shorter ids are needed: docs/protocol/codes.md")
    return passed("code size", "this city's codes fit their QR versions")


def _catalogue(settings: Settings, vault: Vault, store: Store, now: Timestamp) -> Check:
    """Is what the city file states what was published?"""
    name = "catalogue"
    if CityRole.VERIFIER not in settings.city.roles:
        return skipped(name, "this city does not verify")
    scenarios = settings.agreement.scenarios
    book = CatalogueBook(
        rows=store.catalogues, seal_key=vault.secret(CATALOGUE_SEAL), scenarios=scenarios
    )
    versions, refused = book.versions()
    if refused:
        return failed(name, f"stored versions are refused: {', '.join(refused)}", "see the alarms")
    present, known = versions.in_force(now), {each.version: each for each in versions.published}
    for stated in filter(None, (settings.catalogue, settings.next_catalogue)):
        published = known.get(stated.version)
        if published is None:
            return passed(name, f"version {stated.version} is published once a worker runs")
        if content_of(stated, scenarios, {})["scenarios"] != _scenarios(published, scenarios):
            other = "give the changed offers a new version: what was published stays"
            return warned(name, f"version {stated.version} was published otherwise", other)
    coming = versions.next(now)
    later = f", {coming.version} in {span(coming.valid_from - now)}" if coming else ""
    return passed(name, f"{present.version if present else 'none'} is in force{later}")


def _scenarios(published: PublishedCatalogue, scenarios: Mapping[ScenarioId, Scenario]) -> object:
    return content_of(published.catalogue, scenarios, {})["scenarios"]


def assessments_check(issuing: Issuing, settings: Settings, now: Timestamp) -> Check:
    """Return whether the source can say who stands where.

    A file on disk is judged: a running worker may still have the last good one. A service is
    asked once.
    """
    source = issuing.assessment
    if source.service is not None:
        return service_check(source.service, settings, now)
    if source.path is None:
        return failed("assessments", "no source is named", "docs/configuration.md")
    return _file_check(source.path, issuing, now)


def _file_check(path: Path, issuing: Issuing, now: Timestamp) -> Check:
    name, file = "assessments", FileAssessments(path, issuing.scales)
    file.refresh(now)
    state = file.state()
    if state.rows is None or state.written_at is None:
        todo = (
            "let the assessment system write it whole and on this scale, then rename it into place"
        )
        return failed(name, f"{path}: {state.problem}", todo)
    age_s = max(0, now - state.written_at)
    said = f"{path}, people in it: {state.rows}, written {span(age_s)} ago"
    if stat.S_IMODE(path.stat().st_mode) & _OTHERS:
        return warned(name, f"{said}: is open to others", f"chmod 600 {path}")
    if not state.rows:
        return warned(name, said, "no citizen can be given a code")
    if age_s > issuing.assessment.max_age_days * DAY_S:
        todo = "nobody in it is given a code any more: the assessment system should write a new one"
        return warned(name, said, todo)
    return passed(name, said)


def _rows(loaded: Loaded, noted: FileRows) -> Check:
    try:
        noted.noted()
    except NotedRowsError as error:
        return failed("partner rows", str(error), "restore it: docs/operations.md, Backup")
    if loaded.tampered:
        named = ", ".join(loaded.tampered)
        todo = "find out who wrote into the database, then restore these rows from a backup"
        return failed("partner rows", f"not as this city signed them: {named}", todo)
    return passed("partner rows", f"{len(loaded.partners)}, each as this city signed it")


def _stops(standing: StopState) -> Check:
    name, count = "stops", len(standing.order.stops)
    if not standing.intact:
        todo = "find out who wrote into the database or stops.json; then stop restore"
        return failed(name, "stored and noted are not the newest that this city wrote", todo)
    return passed(
        name, f"{count} in force, as this city ordered" if count else "nothing is stopped"
    )


def clock_check(rows: PartnerRows, loaded: Loaded, now: Timestamp) -> Check:
    """Return whether active partners' clocks agree with ours, as far as they told lately."""
    active = [
        partner.record.pins.anchor
        for partner in loaded.partners
        if partner.record.state is PartnerState.ACTIVE
    ]
    found = (last_sample(rows.contact(anchor)) for anchor in active)
    samples = [each for each in found if each and abs(now - each.sampled_at) <= SAMPLE_LIFE_S]
    if not samples:
        return skipped("clock", "no partner told the time within the last 10 minutes")
    largest = max((each.offset_s for each in samples), key=abs)
    said = f"at most {largest:+d} s from partners' ({len(samples)} told theirs)"
    if clock_doubtful(samples, active_partners=len(active), now=now):
        return failed("clock", said, "set this machine's clock (NTP); until then nothing is signed")
    if abs(largest) > TOLERATED_S:
        return warned("clock", said, "tell that partner, or look at this machine's clock")
    return passed("clock", said)


def _production(settings: Settings, vault: Vault) -> Iterable[Check]:
    here = [role for role in ANCHORS if vault.has_private(role)]
    if here:
        todo = "credit-gateway anchor take DIR, then two safes: docs/keys.md"
        yield warned("anchor keys", f"{len(here)} of 2 lie on this machine", todo)
    else:
        yield passed("anchor keys", "offline")
    if settings.network.trusted_proxies:
        yield passed("visitors' addresses", f"trusted proxies: {settings.network.trusted_proxies}")
    else:
        todo = "say how many proxies stand in front: [network] trusted_proxies"
        yield warned("visitors' addresses", "all are the proxy's, if there is one", todo)
    marked = settings.illustrative
    if marked:
        more = f" and {len(marked) - _SHOWN} more" if len(marked) > _SHOWN else ""
        todo = "replace them by what the city has published, with the source"
        yield warned("illustrative data", ", ".join(marked[:_SHOWN]) + more, todo)
    else:
        yield passed("illustrative data", "none")
