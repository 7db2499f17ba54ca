"""Asking this city's public address as a partner does, and then every partner; nothing is stored.

What a process knows of itself says nothing of the proxy, the certificate and the cache in front
of it: only an answer from outside does.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from gateway.app.checks import Check, failed, passed, skipped, warned
from gateway.app.composition import OpenCity
from gateway.app.doctor_city import SOON_S, span
from gateway.errors import FetchError
from gateway.ids import EntityId, Timestamp
from gateway.services.partner_cycle import CONTENT_TYPE, Cycle, FromNetwork, statement_url
from gateway.services.partner_ports import Fetch, FetchedDocument
from gateway.services.partner_sync import AcceptedBefore
from gateway.trust import entity
from gateway.trust.clock_check import TOLERATED_S
from gateway.trust.cycle import Result, take
from gateway.trust.key_set import KeyKind
from gateway.trust.partners import Partner
from gateway.trust.record import Pins
from gateway.trust.statements import MAX_STATEMENT_CHARS
from gateway.trust.states import FOLLOWED_STATES
from gateway.trust.trusted_city import Role, TrustedCity

UNREACHABLE: Final = "unreachable"
"""Begins what is said of an answer that could not be had: trying again may help."""

_LIST_BYTES: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAddress:
    """What a partner that has pinned this city gets at its public address."""

    fetch: Fetch
    city: OpenCity
    now: Timestamp

    def checks(self) -> Iterator[Check]:
        """Yield the checks."""
        leaf, documents = self.city.leaf, dict[Role, FetchedDocument]()
        for role in Role:
            yield from self._fetched(role, documents)
        yield self._list(leaf)
        known = self._chain(documents)
        yield known[1]
        yield from _lives(known[0], self.now)
        yield self._keys(known[0])
        yield _clock(documents.values())

    def _fetched(self, role: Role, documents: dict[Role, FetchedDocument]) -> Iterator[Check]:
        name, url = f"{role} statement, from outside", statement_url(self.city.leaf, role)
        try:
            found = documents[role] = self._get(url)
            again = self._get(url, found.etag)
        except FetchError as error:
            yield _unreachable(name, error)
            return
        stored = self.city.store.own_statements.all().get(role, "")
        if found.body.decode("ascii", errors="replace") != stored:
            todo = "look for a cache or another server in front; the newest one is not served"
            yield failed(name, "is not the one that was signed last", todo)
        elif found.etag is None or again.status != 304:  # noqa: PLR2004  HTTP 304
            todo = "let the proxy pass ETag and If-None-Match on: partners ask every 45 s"
            yield warned(name, "is served without a strong ETag, or never as 304", todo)
        else:
            yield passed(name, "is the newest, in its content type, with ETag and 304")

    def _get(self, url: str, etag: str | None = None) -> FetchedDocument:
        return self.fetch.get(url, accept=CONTENT_TYPE, max_bytes=MAX_STATEMENT_CHARS, etag=etag)

    def _list(self, leaf: EntityId) -> Check:
        name, url = "list of the anchor", entity.list_endpoint(entity.anchor_of(leaf))
        try:
            found = self.fetch.get(url, accept="application/json", max_bytes=_LIST_BYTES)
        except FetchError as error:
            return _unreachable(name, error)
        if found.body.decode("utf-8", errors="replace").strip() != json.dumps([leaf]):
            return failed(name, "is not exactly this leaf", "look at what answers there")
        return passed(name, "names this leaf")

    def _chain(self, documents: dict[Role, FetchedDocument]) -> tuple[TrustedCity, Check]:
        pins = Pins(
            anchor=entity.anchor_of(self.city.leaf),
            leaf=self.city.leaf,
            division=None,
            anchor_keys=self.city.keys.anchors(),
        )
        known, name = TrustedCity.first(pins), "chain under our own pins"
        for role in Role:
            if role not in documents:
                return known, skipped(name, f"needs the {role} statement")
            token = documents[role].body.decode("ascii", errors="replace")
            update = take(known, role, token, accepted={}, now=self.now)
            known = update.city
            if update.result is not Result.ACCEPTED:
                todo = "docs/federation.md says what the code means"
                return known, failed(name, f"partners refuse the {role}: {update.refusal}", todo)
        return known, passed(name, "stands, as a partner checks it")

    def _keys(self, known: TrustedCity) -> Check:
        name = "keys from outside"
        if known.leaf is None:
            return skipped(name, "needs the chain")
        keys = self.city.vault.keys
        ours = {
            kind: frozenset(key.public.kid for key in keys.announced(kind))
            for kind in (KeyKind.FEDERATION, KeyKind.CODES)
        }
        codes = frozenset(key.public.kid for key in known.leaf.statement.code_keys)
        issues = self.city.settings.issuing is not None
        same = known.leaf.statement.key_ids == ours[KeyKind.FEDERATION]
        if not same or (issues and codes != ours[KeyKind.CODES]):
            todo = "credit-gateway federation publish, then look at the worker"
            return failed(name, "are not those that the vault announces", todo)
        if keys.keys and not ours[KeyKind.FEDERATION] & known.live_federation():
            return failed(name, "none is named by the anchor", "federation request, sign, import")
        return passed(name, "are those of the vault")


def examine_federation(city: OpenCity, now: Timestamp) -> Iterator[Check]:
    """Yield what a partner finds at this city's address, and what this city finds at theirs.

    Raises:
        UnavailableError: the database cannot be read.
    """
    fetch = city.federation.fetch
    yield from OwnAddress(fetch=fetch, city=city, now=now).checks()
    loaded = city.book.all(now)
    for partner in loaded.partners:
        if partner.record.state in FOLLOWED_STATES:
            yield _partner(city, fetch, partner, now)
    for anchor in loaded.tampered:
        todo = "find out who wrote into the database, then restore the row"
        yield failed(f"partner {anchor}", "its row is not as this city signed it", todo)


def _partner(city: OpenCity, fetch: Fetch, partner: Partner, now: Timestamp) -> Check:
    pins = partner.record.pins
    member = next((m for m in city.settings.agreement.members if m.entity_id == pins.leaf), None)
    name = f"partner {member.name_zh if member else pins.leaf}"
    accepted = AcceptedBefore(rows=city.store.partners, anchor=pins.anchor)
    source = FromNetwork(fetch=fetch, leaf=pins.leaf)
    cycle = Cycle(source=source, accepted=accepted, now=now, store=_keep_nothing)
    report = cycle.run(partner.city, {})
    refused = [each for each in report.outcomes if each.problem]
    if any(each.result == UNREACHABLE for each in refused):
        todo = "look at the network; then ask its office by telephone"
        problems = ", ".join(f"{each.role}: {each.problem}" for each in refused)
        return failed(name, f"{UNREACHABLE}: {problems}", todo)
    if refused:
        problems = ", ".join(f"{each.role}: {each.problem}" for each in refused)
        return failed(name, f"refused: {problems}", "docs/federation.md says what to do")
    if report.city.expires_at() <= now:
        return failed(name, "its chain does not stand", "ask its office")
    left = span(report.city.expires_at() - now)
    return passed(name, f"answers, and its chain stands for {left}")


def _keep_nothing(city: TrustedCity, role: Role) -> None:
    del city, role


def _unreachable(name: str, error: FetchError) -> Check:
    todo = "look at the server, the proxy, the name and the certificate"
    return failed(name, f"{UNREACHABLE}: {error.code}", todo)


def _lives(known: TrustedCity, now: Timestamp) -> Iterable[Check]:
    for role in Role:
        life, name = known.life(role), f"{role} statement, age"
        if life is None:
            yield skipped(name, "needs the statement")
            continue
        age, left = span(max(0, now - life.issued_at)), life.expires_at - now
        said = f"signed {age} ago, ends in {span(max(0, left))}"
        if left < SOON_S[role]:
            todo = "docs/keys.md, the anchor's ceremony"
            if role is Role.LEAF:
                todo = "look at the worker: it signs hourly"
            yield warned(name, said, todo)
        else:
            yield passed(name, said)


def _clock(documents: Iterable[FetchedDocument]) -> Check:
    name = "clock of the server"
    offsets = [each.date - each.received_at for each in documents if each.date is not None]
    if not offsets:
        return skipped(name, "no answer said a Date")
    largest = max(offsets, key=abs)
    said = f"at most {largest:+d} s from this machine's"
    if abs(largest) > TOLERATED_S:
        return failed(name, said, "set both clocks (NTP): partners take ours for doubtful")
    return passed(name, said)
