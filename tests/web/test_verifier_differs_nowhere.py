"""The pages' verifier and the server's judge the same showings, and differ where they have to."""

from dataclasses import dataclass, replace
from pathlib import Path
from random import Random  # noqa: TID251  (to be drawn again from a seed)
from typing import Final

from gateway.codes import status_list
from gateway.codes.status_list import StatusList
from gateway.ids import CityId, OfferId, ScenarioId, Timestamp
from gateway.policy.stops import StopOrder
from gateway.policy.versions import Versions
from gateway.services.verdicts import Verdict
from gateway.trust import bundle
from tests.web.odd_showings import (
    LIST,
    MOMENTS,
    PARTS,
    REVOKED,
    SCENARIOS,
    Odd,
    published,
)
from tests.web.page_verifier import Asked, ask_page
from tests.world import (
    DAY,
    HOTEL,
    HOUR,
    HUZHOU,
    JIAXING,
    JINHUA,
    NOON,
    Desk,
    agreement,
    merchant,
)

SEED, SHOWINGS, CATALOGUES = 20_261_126, 800, 12

KNOWN_DIFFERENCES: Final = {
    # A key that is left out of a bundle is not known to be held down or over.
    ("key_not_usable", "no_key"): "present_again",
    # The city may know a version that this device never saw.
    ("version_not_in_force", "version_unknown"): "undetermined",
}
"""Reason online and on the page, and the outcome on the page."""


@dataclass(frozen=True)
class Known:
    """Versions of a catalogue that the server knows."""

    versions: Versions


@dataclass(frozen=True)
class Held:
    """One status list of Jinhua."""

    held: StatusList

    def find(self, issuer: CityId, uri: str) -> StatusList | None:
        return self.held if (issuer, uri) == (JINHUA.code, LIST) else None


class Counter:
    """A merchant's counter that has a network, and one that has none."""

    def __init__(self) -> None:
        self.odd = Odd(Random(SEED))  # noqa: S311  (to be drawn again)
        ending = JIAXING.key(expires_at=Timestamp(NOON + 60), not_before=Timestamp(NOON - DAY))
        self.desk = Desk(
            JINHUA.issuer(),
            JIAXING.issuer(ending, code_lifetime_max_s=120),
            HUZHOU.issuer(scenarios=frozenset({HOTEL}), statements_expire_at=Timestamp(NOON + 60)),
        )
        packed = status_list.pack(REVOKED)
        self.list = {
            "iat": NOON - 900 - 6 * 3600,
            "exp": NOON + DAY - 900 - 6 * 3600,
            **status_list.payload(uri=LIST, packed=packed),
        }
        shelf = [
            [
                self.odd.catalogue("2026.1", NOON - 40 * DAY),
                self.odd.catalogue("2026.2", NOON - 30),
                self.odd.catalogue("2026.3", NOON + 30),
            ]
            for _ in range(CATALOGUES)
        ]
        self.shelf = [
            (each, Known(Versions.of([published(one, agreement()) for one in each])))
            for each in shelf
        ]
        status = Held(status_list.parse(self.list, uri=LIST))
        self.online = replace(self.desk.verify, status=status)

    def showing(self) -> tuple[Asked, Verdict]:
        """Return one showing as a page is asked, and what the server says of it."""
        pick = self.odd.random.choice
        catalogues, known = pick(self.shelf)
        now = Timestamp(NOON + pick((0, 0, 0, *MOMENTS)))
        venue = pick((None, None, None, "hall", "other"))
        text, scenario = self.odd.code(("2026.1", "2026.2", "2026.2", "2026.3", "2025.9"))
        if self.odd.random.random() < 0.3:
            scenario = pick((*SCENARIOS, PARTS[0], ScenarioId("culture.museum")))
        stopped = pick((frozenset(), frozenset({OfferId("lodging-hotel-0")})))
        verdict = self._asked(text, scenario, venue, now, known, stopped)
        # Members in either order: what is held is no list in time.
        trust = {
            "bundle": self._bundle(),
            "catalogues": catalogues[::-1],
            "statusLists": {LIST: self.list},
        }
        showing = {"text": text, "scenario": scenario, "venue": venue, "nowS": now}
        return {"do": "judge", **showing, "facts": self._facts(stopped), "trust": trust}, verdict

    def _asked(  # noqa: PLR0913, PLR0917  (the parts of a showing)
        self,
        text: str,
        scenario: ScenarioId,
        venue: str | None,
        now: Timestamp,
        known: Known,
        stopped: frozenset[OfferId],
    ) -> Verdict:
        stops = StopOrder(offers=stopped)
        online = replace(self.online, catalogues=known, stops=stops)
        self.desk.log.burned_tags.clear()
        self.desk.log.spent.clear()
        return online.verify(Desk.showing(text, scenario, venue=venue), merchant(), now)

    def _bundle(self) -> Asked:
        made = bundle.build(self.desk.trust.keyring, {JINHUA.code: (LIST,)}, NOON)
        return {"iat": NOON - HOUR, "exp": NOON + DAY - HOUR, **made.payload()}

    def _facts(self, stopped: frozenset[OfferId]) -> Asked:
        issuers = self.desk.trust.keyring.issuers
        shop = merchant()
        venues = [
            {"id": each.id, "scenarios": each.scenarios and sorted(each.scenarios)}
            for each in shop.venues
        ]
        agreed = {city: sorted(issuer.scenarios) for city, issuer in issuers.items()}
        return {
            "division": "330300",
            "scenarios": sorted(shop.scenarios),
            "venues": venues,
            "agreed": agreed,
            "lifetimeMax": {city: each.code_lifetime_max_s for city, each in issuers.items()},
            "stoppedOffers": sorted(stopped),
        }


def _of_server(verdict: Verdict) -> Asked:
    offers = [
        {
            name: getattr(each, name)
            for name in ("id", "version", "kind", "value", "cap", "zh", "en")
        }
        for each in verdict.offers
    ]
    return {
        "outcome": verdict.outcome.value,
        "reason": verdict.reason,
        "hint": verdict.hint and verdict.hint.value,
        "offers": offers,
        "holder": verdict.holder,
        "valid_until": verdict.valid_until,
    }


def _of_page(said: Asked) -> Asked:
    offers = [{name: each[name] for name in each if name != "offline"} for each in said["offers"]]
    return {
        "outcome": said["outcome"],
        "reason": said["reason"],
        "hint": said.get("hint"),
        "offers": offers,
        "holder": said.get("holder"),
        "valid_until": said.get("validUntil"),
    }


def test_both_verifiers_judge_odd_and_broken_codes_alike(tmp_path: Path) -> None:
    counter = Counter()
    showings = [counter.showing() for _ in range(SHOWINGS)]

    said = ask_page([asked for asked, _ in showings], tmp_path)

    differences = []
    reasons: set[str] = set()
    for number, ((asked, verdict), page) in enumerate(zip(showings, said, strict=True)):
        online, offline = _of_server(verdict), _of_page(page)
        reasons.add(offline["reason"])
        if online == offline:
            continue
        known = KNOWN_DIFFERENCES.get((online["reason"], offline["reason"]))
        if known != offline["outcome"]:
            differences.append((number, asked["text"], online, offline))
    assert differences == []
    # Of every kind there was something to agree on.
    assert reasons >= {
        "recognised",
        "not_a_code",
        "newer_form",
        "not_a_member",
        "no_key",
        "key_not_usable",
        "code_bad_signature",
        "issuer_not_active",
        "code_life",
        "code_lifetime",
        "code_outlives_key",
        "code_status_rule",
        "other_destination",
        "other_scenario",
        "merchant_scenario",
        "scenario_not_agreed",
        "status_unlisted",
        "status_too_old",
        "status_index",
        "revoked",
        "no_offer",
        "ticket_missing",
    }
