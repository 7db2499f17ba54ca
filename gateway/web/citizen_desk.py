"""What the citizens' pages and calls work with, beside codes, sessions and consents."""

from dataclasses import dataclass

from gateway.services.complaints import Complaints
from gateway.services.consent_stop import StopConsent
from gateway.services.explain import Explain
from gateway.services.issue_pack import IssuePack
from gateway.services.issue_sheet import IssueSheet
from gateway.services.objections import Objections
from gateway.services.own_copy import CopyOwn
from gateway.services.own_erasure import EraseOwn
from gateway.services.own_only import RefuseOthers


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What somebody may ask for about the own person.

    Attributes:
        stop: Ends the consent and everything that rests on it.
        copies: Everything that is kept, to read and to take along.
        erasure: Deletes what may go.
        explain: How the tier comes about.
        others: Refuses what is asked about another.
    """

    stop: StopConsent
    copies: CopyOwn
    erasure: EraseOwn
    explain: Explain
    others: RefuseOthers


@dataclass(frozen=True, slots=True, kw_only=True)
class CitizenDesk:
    """The citizens' use cases.

    Attributes:
        complaints: About merchants of this city, from anybody.
        objections: To the own assessment; None where nothing is issued.
        packs: None where no code may live as long as one of a pack.
        rights: What somebody may ask for about the own person; None where nobody signs in.
        sheets: None where nothing is printed; the office's counter uses them as well.
    """

    complaints: Complaints | None = None
    objections: Objections | None = None
    packs: IssuePack | None = None
    rights: Rights | None = None
    sheets: IssueSheet | None = None
