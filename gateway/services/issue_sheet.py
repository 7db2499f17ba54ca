"""Hand out a sheet of printed codes: to a person at a counter, to a relative, or on the own page.

At a counter an officer says who stands there and has looked at the ID; a consent is recorded with
how it was given. The ledger names the officer and the sheet, and no person. Of a sheet only the
places of its codes are stored: neither name, city nor scenario, and no code.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Protocol

from gateway.clock import china_day, china_midnight
from gateway.errors import GatewayError, RefusedError
from gateway.ids import CityId, ScenarioId, Timestamp
from gateway.ledger.entries import Note
from gateway.services.audit import Acting
from gateway.services.catalogue_view import CatalogueUnavailableError, UnknownCityError
from gateway.services.consent import Channel, ConsentMissingError
from gateway.services.identity import masked
from gateway.services.issue import NoIncentive
from gateway.services.issue_printed import IssuePrinted, MaskedNameError, Order, PrintedLifeError
from gateway.services.issue_scenario import ScenarioNotOfferedError
from gateway.services.revoke import RevokeCodes, SheetUnknownError, check_subject

CODES: Final = 6
"""On one sheet."""

DAYS: Final = (7, 14, 30)
"""How long a sheet may be good, from tomorrow on: with the rest of today 31 days at most."""

COUNTER: Final[tuple[Channel, ...]] = ("counter", "relative")

_DAY_S: Final = 24 * 3600


class NotIdentifiedError(RefusedError):
    """The officer did not say that who is there was identified, is 18 and agreed."""

    code = "sheet_not_identified"


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetOrder:
    """What somebody asks for.

    Attributes:
        subject: As the assessment source names the person.
        name: Name or family name; all but its first character is dropped.
        city: Where the codes are good.
        scenario: For what.
        days: One of ``DAYS``.
        channel: Where it is handed out.
        acting: Who hands it out.
    """

    subject: str = field(repr=False)
    name: str = field(repr=False)
    city: CityId
    scenario: ScenarioId
    days: int
    channel: Channel
    acting: Acting


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What is drawn; it exists nowhere else.

    Attributes:
        name: For revoking it, 16 characters.
        holder: Masked name.
        last_day: Last day on which its codes are good, as ``china_day`` counts.
        texts: Wire texts.
    """

    name: str
    city: CityId
    scenario: ScenarioId
    holder: str = field(repr=False)
    last_day: int
    texts: tuple[str, ...] = field(repr=False)


class Agreements(Protocol):
    """Knows who agreed; ``Consents`` does."""

    def give(self, subject: str, now: Timestamp, channel: Channel) -> object:
        """Store that and how a person agreed, unless a consent to the same words holds."""
        ...

    def check(self, subject: str) -> None:
        """Return if the person has agreed.

        Raises:
            ConsentMissingError: not, or it was ended.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueSheet:
    """The use case.

    Attributes:
        printed: Issues the codes.
        consents: Whether the person agreed.
        revoke: Ends a sheet whose consent ended meanwhile, and signs the lists.
        append: Writes an entry into the ledger.
        cities: The member cities, in the order of the agreement.
        hotline: Whom to call when a sheet is lost.
    """

    printed: IssuePrinted
    consents: Agreements
    revoke: RevokeCodes
    append: Callable[[Note], None]
    cities: Sequence[CityId]
    hotline: str

    @property
    def days(self) -> tuple[int, ...]:
        """How many days can be asked for here."""
        longest_s = self.printed.code_lifetime_max_s
        return tuple(each for each in DAYS if (each + 1) * _DAY_S <= longest_s)

    def choices(self, now: Timestamp) -> Mapping[CityId, tuple[ScenarioId, ...]]:
        """Return for what a sheet can be had now; a city whose catalogue is missing has nothing."""
        found = dict[CityId, tuple[ScenarioId, ...]]()
        for city in self.cities:
            try:
                found[city] = self.printed.scenarios(city, now)
            except CatalogueUnavailableError:
                found[city] = ()
        return found

    def issue(self, order: SheetOrder, now: Timestamp) -> Sheet | NoIncentive:
        """Return a sheet, or that there are no incentives for this person.

        Earlier sheets of the person for this city and scenario are revoked.

        Raises:
            SubjectFormError, MaskedNameError, PrintedLifeError, UnknownCityError,
                ScenarioNotOfferedError, CatalogueUnavailableError: as they say; nothing was done.
            ConsentMissingError: the person has not agreed, or ended it while this was done.
            GatewayError: as ``IssuePrinted.printed``.
        """
        # (1) Is it an order at all?
        printing = self._printing(order, now)
        # (2) Who looks somebody up at a counter is written down, whatever comes of it.
        if order.channel in COUNTER:
            self.append(order.acting.note("sheet.asked", "citizen", channel=order.channel))
            self.consents.give(order.subject, now, order.channel)
        # (3) Did the person agree?
        self.consents.check(order.subject)
        # (4) The codes; earlier sheets for the same purpose end with it.
        done = self.printed.printed(printing, now)
        if isinstance(done, NoIncentive):
            return done
        # (5) Did the person stop everything while they were made? Then this ends as well.
        self._check_again(order, done.sheet)
        self._sign()
        return Sheet(
            name=done.sheet,
            city=order.city,
            scenario=order.scenario,
            holder=printing.masked_name,
            last_day=china_day(now) + order.days,
            texts=done.texts,
        )

    def _printing(self, order: SheetOrder, now: Timestamp) -> Order:
        holder = masked(order.name)
        check_subject(order.subject)
        if holder is None:
            raise MaskedNameError("a name begins with a letter")
        if order.days not in self.days:
            raise PrintedLifeError("a sheet is good for one of the offered numbers of days")
        if order.city not in self.cities:
            raise UnknownCityError("no member city has this code")
        if order.scenario not in self.printed.scenarios(order.city, now):
            raise ScenarioNotOfferedError("nothing is offered there for such a printed code")
        # To the end of a day, as people read a date; and all sheets of a day end together.
        end = china_midnight(china_day(now) + order.days + 1)
        return Order(
            subject=order.subject,
            masked_name=holder,
            city=order.city,
            scenario=order.scenario,
            life_s=end - now,
            codes=CODES,
            channel=order.channel,
            acting=order.acting,
        )

    def _check_again(self, order: SheetOrder, sheet: str) -> None:
        try:
            self.consents.check(order.subject)
        except ConsentMissingError:
            # The stop may have revoked it already.
            with suppress(SheetUnknownError):
                self.revoke.sheet(sheet, order.acting)
            raise

    def _sign(self) -> None:
        try:
            self.revoke.publish()
        except GatewayError:
            return  # What was revoked is durable; the worker signs as soon as it can.
