"""Who somebody is in the tables: three keyed hashes, so that no table leads to another."""

from dataclasses import dataclass

from gateway.services.consent import Consents
from gateway.services.rights_ports import Person
from gateway.services.sessions import CitizenSessions
from gateway.services.tags import Tags


@dataclass(frozen=True, slots=True, kw_only=True)
class Persons:
    """Knows the keys; only who has them finds a person's rows."""

    consents: Consents
    sessions: CitizenSessions
    tags: Tags

    def of(self, subject: str) -> Person:
        """Return what stands for a subject."""
        return Person(
            consents=self.consents.owner(subject),
            sessions=self.sessions.owner(subject),
            issuing=self.tags.subject_pseudonym(subject),
        )
