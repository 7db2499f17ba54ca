"""Signed documents in memory, and a kind of document that is only for tests."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gateway.errors import GatewayError
from gateway.ids import EntityId, Timestamp
from gateway.services.document_kinds import DocumentKind
from gateway.services.document_ports import DocumentKey, OwnDocument, PartnerDocument, digest_of
from gateway.services.document_view import DocumentSources, DocumentView
from gateway.services.own_documents import PublishDocument
from gateway.services.partner_documents import FetchDocuments
from gateway.services.partner_ports import Fetch
from gateway.services.trust_ports import NotNewerError
from gateway.services.trust_view import TrustView
from gateway.trust.documents import Document, DocumentType
from tests.services.offices import DAY, NOON, MemoryRevision, Office, UnreachableError
from tests.services.offices import Document as Fetched


class SampleError(GatewayError):
    """A sample says what no sample may."""

    code = "sample_refused"


def read_sample(_name: str, document: Document) -> str:
    said = document.members.text("said")
    if said == "nonsense":
        raise SampleError("nonsense")
    return said


def check_sample(stored: object, offered: object) -> None:
    if (stored, offered) == ("b", "a"):
        raise SampleError("back")


SAMPLE = DocumentKind(
    names=re.compile("catalogue|status-[1-9]"),
    type=DocumentType(typ="credit-sample+jwt", max_chars=2000, longest_s=DAY),
    media_type="application/jwt",
    path=lambda name: f"/sample/{name}",
    read=read_sample,
    check_successor=check_sample,
)


class MemoryOwnDocuments:
    """Own documents; ``reads`` counts the tokens that were read."""

    def __init__(self, revision: MemoryRevision) -> None:
        self._revision = revision
        self.rows: dict[str, OwnDocument] = {}
        self.reads = 0

    def put(self, name: str, token: str, issued_at: Timestamp, now: Timestamp) -> None:
        if name in self.rows and self.rows[name].issued_at >= issued_at:
            raise NotNewerError("not newer")
        self.rows[name] = OwnDocument(token=token, issued_at=issued_at)
        self._revision.bump()

    def withdraw(self, name: str, now: Timestamp) -> None:
        if name in self.rows:
            self.rows[name] = replace(self.rows[name], token="")
            self._revision.bump()

    def get(self, name: str) -> OwnDocument | None:
        self.reads += 1
        return self.rows.get(name)

    def digests(self) -> Mapping[str, str]:
        return {name: digest_of(row.token) for name, row in self.rows.items() if row.token}


class MemoryPartnerDocuments:
    """Documents of partners; ``reads`` counts the tokens that were read."""

    def __init__(self, revision: MemoryRevision) -> None:
        self._revision = revision
        self.rows: dict[DocumentKey, PartnerDocument] = {}
        self.reads = 0

    def put(self, document: PartnerDocument) -> None:
        self.rows[document.anchor_id, document.name] = document
        self._revision.bump()

    def get(self, anchor_id: EntityId, name: str) -> PartnerDocument | None:
        self.reads += 1
        return self.rows.get((anchor_id, name))

    def of(self, anchor_id: EntityId) -> tuple[PartnerDocument, ...]:
        return tuple(
            replace(row, token="") for key, row in self.rows.items() if key[0] == anchor_id
        )

    def digests(self) -> Mapping[DocumentKey, str]:
        return {key: digest_of(row.token) for key, row in self.rows.items() if row.token}


@dataclass
class Shelf:
    """What a partner serves by URL: bytes, or the status instead.

    Attributes:
        asked: Every validator that was sent, in order.
    """

    bodies: dict[str, bytes | int] = field(default_factory=dict[str, bytes | int])
    asked: list[str | None] = field(default_factory=list[str | None])

    def get(self, url: str, *, accept: str, max_bytes: int, etag: str | None = None) -> Fetched:
        self.asked.append(etag)
        body = self.bodies.get(url, 404)
        if isinstance(body, int):
            error = UnreachableError(f"status {body}")
            error.status = body
            raise error
        current = f'"{digest_of(body.decode("latin-1"))}"'
        same = etag == current
        return Fetched(
            status=304 if same else 200,
            body=b"" if same else body,
            etag=current,
            date=None,
            received_at=NOON,
        )


class Archive:
    """The documents of one office: its own, and those of its partners."""

    def __init__(self, office: Office, *kinds: DocumentKind) -> None:
        self.office, self.kinds = office, kinds or (SAMPLE,)
        self.own = MemoryOwnDocuments(office.revision)
        self.partners = MemoryPartnerDocuments(office.revision)
        self.shelf = Shelf()
        self.keys = office.keys()
        self.trust: TrustView = office.view()

    @property
    def publish(self) -> PublishDocument:
        return PublishDocument(leaf=self.office.leaf, keys=self.keys, documents=self.own)

    def say(self, said: str, now: Timestamp = NOON, name: str = "catalogue") -> str:
        return self.publish.publish(
            name, SAMPLE, {"said": said}, life_s=DAY, now=now, clock_doubtful=False
        )

    def fetch(self, source: Fetch | None = None) -> FetchDocuments:
        return FetchDocuments(
            rows=self.partners,
            fetch=source or self.shelf,
            kinds=self.kinds,
            alarm=self.office.rows.alarm,
        )

    def view(self, now: Timestamp = NOON) -> DocumentView:
        sources = DocumentSources(
            leaf=self.office.leaf,
            own=self.own,
            partners=self.partners,
            own_keys=self.keys.federation_public,
            trust=lambda: self.trust.snapshot,
            revision=self.office.revision,
            kinds=self.kinds,
            alarm=self.office.rows.alarm,
        )
        return DocumentView(sources, now)
