"""An office in memory with all that its officers decide about one partner."""

from dataclasses import dataclass, field, replace

from gateway.ids import CityId, KeyId, Timestamp
from gateway.jose.keys import SoftwareSigner
from gateway.services.acts import RESUME_PARTNER, resume_facts
from gateway.services.audit import Acting
from gateway.services.partner_acts import partner_acts
from gateway.services.partner_protect import PartnerProtection, ProtectPartners
from gateway.services.proposal_ports import Proposal
from gateway.services.ratify import Ratifications
from gateway.trust.decisions import Decision
from gateway.trust.states import PartnerState
from tests.services.offices import NOON, Office, at
from tests.services.proposals import MemoryProposals, eyes
from tests.world import agreement

LIN = Decision(officer="Lin", reason="key lost", at=NOON)


def acting(officer: str, now: int = 0) -> Acting:
    return Acting(by=f"officer:{officer}", at=at(now))


class Uses:
    """Counts what it is told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[CityId, KeyId, Timestamp]] = []

    def recognised_with(self, issuer: CityId, key_id: KeyId, since: Timestamp) -> int:
        self.asked.append((issuer, key_id, since))
        return 17


@dataclass
class Desk:
    """Jinhua's office, whose partner is Wenzhou."""

    ours: Office
    theirs: Office
    rows: MemoryProposals = field(default_factory=MemoryProposals)
    uses: Uses = field(default_factory=Uses)

    def __post_init__(self) -> None:
        book = self.ours.book
        acts = partner_acts(self.ours.federation, book, agreement(), lambda: None)
        self.eyes = eyes(self.rows, acts)
        self.protect = ProtectPartners(book=book, uses=self.uses)
        protection = PartnerProtection(book=book)
        self.ratify = Ratifications(four_eyes=self.eyes, protections={"partner": protection})

    def suspend(self, officer: str = "Lin") -> tuple[Proposal, ...]:
        decided = replace(LIN, officer=officer)
        self.protect.stop(self.theirs.anchor, PartnerState.SUSPENDED, decided)
        return self.ratify.ask(acting(officer))

    def resume(self, now: int = 0) -> Proposal:
        leaf = self.theirs.leaf
        facts = resume_facts(self.ours.book, leaf, "new key", at(now))
        return self.eyes.propose(RESUME_PARTNER, leaf, facts, acting("Lin", now))

    def block(self, key: SoftwareSigner) -> tuple[Proposal, ...]:
        self.protect.block(self.theirs.anchor, key.public.kid, NOON, LIN)
        return self.ratify.ask(acting("Lin"))

    def approve(self, proposal: Proposal, officer: str, now: int = 1) -> Proposal:
        return self.eyes.approve(proposal.id, acting(officer, now), proposal.digest)

    def usable(self) -> set[KeyId]:
        [partner] = self.ours.book.all(NOON).partners
        return {key.public.kid for key in partner.usable_keys()}

    def told(self) -> list[str]:
        return [note.act for note in self.ours.rows.notes]
