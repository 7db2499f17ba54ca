"""Issue printed codes: for one scenario of one city, for days, each with a place to revoke it by.

A sheet is what is handed out together; its name is on it, so that it can be revoked when it is
lost. The place of each code is durable before a signature leaves, as the day row is. The masked
name goes into the code and nowhere else.
"""

import secrets
from dataclasses import dataclass, field
from typing import Final

from gateway.clock import china_day
from gateway.codes import grammar
from gateway.codes.budget import ScenarioIds, check_printed
from gateway.codes.claims import CreditClaims, StatusReference
from gateway.codes.errors import NotACodeError
from gateway.codes.reading import MAX_LIFETIME_S, STATUS_FROM_S
from gateway.errors import RefusedError
from gateway.ids import CityId, CodeId, ScenarioId, Timestamp
from gateway.jose import base64url
from gateway.services.audit import Acting
from gateway.services.catalogue_view import Destination, Destinations
from gateway.services.fitting_ids import FittingIds
from gateway.services.issue import IssueCode, NoIncentive
from gateway.services.issue_scenario import ScenarioNotOfferedError
from gateway.services.sheet_names import new_name, purpose_of
from gateway.services.status_indexes import StatusIndexes
from gateway.services.status_ports import HandOut

MAX_CODES: Final = 12
"""Codes on one sheet."""

_CODE_ID_BYTES: Final = 12


class MaskedNameError(RefusedError):
    """A masked name is one to four characters of the family name, and one ``*``; not repeated."""

    code = "masked_name"


class PrintedLifeError(RefusedError):
    """A printed code lives over an hour, at most 31 days, and not longer than its city says."""

    code = "printed_life"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be printed.

    Attributes:
        subject: As the assessment source names the person.
        masked_name: Family name and one ``*``.
        city: Where the codes are good.
        scenario: For what.
        life_s: How long, from now.
        codes: How many, 1 to 12.
        channel: Where it is handed out; for the ledger.
        acting: Who hands it out.
    """

    subject: str = field(repr=False)
    masked_name: str = field(repr=False)
    city: CityId
    scenario: ScenarioId
    life_s: int
    codes: int = 1
    channel: str
    acting: Acting


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedSheet:
    """The codes of one sheet.

    Attributes:
        sheet: Its name, for ``citizens revoke --sheet``.
        texts: Wire texts, one a code.
        expires_at: First moment at which they are refused.
    """

    sheet: str
    texts: tuple[str, ...] = field(repr=False)
    expires_at: Timestamp


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuePrinted:
    """The use case, on top of that of live codes.

    Attributes:
        issue: What all codes have in common.
        destinations: What each city offers.
        indexes: Gives each code its place in a status list.
        code_lifetime_max_s: The longest life that this city announces.
        sheet_key: 32 bytes, outside the database, behind the names of sheets.
    """

    issue: IssueCode
    destinations: Destinations
    indexes: StatusIndexes
    code_lifetime_max_s: int
    sheet_key: bytes = field(repr=False)
    _fitting: FittingIds = field(default_factory=FittingIds, init=False, repr=False, compare=False)

    def printed(self, order: Order, now: Timestamp) -> PrintedSheet | NoIncentive:
        """Return the codes of a sheet, or that there are none for this person.

        Earlier sheets of the same person for the same city and scenario are revoked with it.

        Raises:
            PrintedLifeError, MaskedNameError: as they say; nothing was asked or kept.
            UnknownCityError: no member has this code.
            CatalogueUnavailableError: what that city offers is not known now.
            ScenarioNotOfferedError: it offers nothing for exactly this scenario now, or only
                what has a quota, which needs a live code.
            StatusListsFullError: there is no place any more.
            GatewayError: as ``IssueCode.general``.
        """
        expires_at = Timestamp(now + order.life_s)
        # (1) Is this a printed code at all, and whose name is on it?
        self._check_order(order, now)
        # (2) May this city sign something that lives so long?
        start = self.issue.begin(now, life_s=order.life_s)
        # (3) What does that city grant for this scenario, in the version that is in force?
        there = self.destinations.at(order.city, now)
        min_tier = self._offered(there, order.scenario, now)
        # (4) What does our city say of this person? Below the tier is like without one.
        standing = self.issue.standing(order.subject, now)
        if standing is None or standing.tier < min_tier:
            return NoIncentive()
        # (5) Count them and take their places, durably, before a signature leaves.
        pseudonym = self.issue.tags.subject_pseudonym(order.subject)
        self.issue.log.count_issue(
            pseudonym,
            china_day(now),
            "printed",
            standing,
            order.codes,
        )
        purpose = purpose_of(self.sheet_key, pseudonym, order.city, order.scenario)
        sheet = new_name(purpose)
        handing = HandOut(purpose=purpose, channel=order.channel, acting=order.acting)
        places = self.indexes.allocate(pseudonym, sheet, expires_at, order.codes, handing)
        # (6) Sign.
        version = there.published.version
        codes = (
            start.key.signer.sign(self._claims(order, now, version=version, place=place))
            for place in places
        )
        return PrintedSheet(sheet=sheet, texts=tuple(codes), expires_at=expires_at)

    def scenarios(self, city: CityId, now: Timestamp) -> tuple[ScenarioId, ...]:
        """Return what can be printed for a city now, in the order of its catalogue.

        Raises:
            UnknownCityError, CatalogueUnavailableError: as ``printed``.
        """
        there = self.destinations.at(city, now)
        return tuple(each for each in there.published.names if self._can(there, each, now))

    def _can(self, there: Destination, scenario: ScenarioId, now: Timestamp) -> bool:
        try:
            self._offered(there, scenario, now)
        except ScenarioNotOfferedError:
            return False
        return True

    def _check_order(self, order: Order, now: Timestamp) -> None:
        longest_s = min(MAX_LIFETIME_S, self.code_lifetime_max_s)
        if not STATUS_FROM_S < order.life_s <= longest_s:
            raise PrintedLifeError(f"a printed code lives over an hour, at most {longest_s} s")
        if not 1 <= order.codes <= MAX_CODES:
            raise PrintedLifeError(f"a sheet has 1 to {MAX_CODES} codes")
        place = StatusReference(index=0, uri=f"{self.indexes.leaf}/status/1")
        claims = self._claims(order, now, version="-", place=place)
        try:
            fits = grammar.parse(grammar.serialise(claims)) == claims
        except NotACodeError:
            fits = False
        if not fits:
            raise MaskedNameError("a family name of one to four characters, and one *")

    def _offered(self, there: Destination, scenario: ScenarioId, now: Timestamp) -> int:
        """Return the tier that the offers ask for: all have one, or the catalogue is none."""
        offers = there.offers(scenario, now)
        ids = ScenarioIds(
            issuer=self.issue.city,
            destination=there.city,
            scenario=scenario,
            policy_version=there.published.version,
        )

        def measure() -> None:
            check_printed(ids, self.indexes.leaf, now=now)

        if not offers or offers[0].quota is not None or not self._fitting.fit(ids, measure):
            raise ScenarioNotOfferedError("nothing is offered there for such a printed code")
        return offers[0].min_tier

    def _claims(
        self, order: Order, now: Timestamp, *, version: str, place: StatusReference
    ) -> CreditClaims:
        return CreditClaims(
            issuer=self.issue.city,
            issued_at=now,
            expires_at=Timestamp(now + order.life_s),
            code_id=CodeId(base64url.encode(secrets.token_bytes(_CODE_ID_BYTES))),
            destination=order.city,
            scenario=order.scenario,
            policy_version=version,
            masked_name=order.masked_name,
            status=place,
        )
