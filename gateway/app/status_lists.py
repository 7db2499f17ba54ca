"""Status lists of one process: given out, signed, fetched, asked."""

from dataclasses import dataclass
from pathlib import Path

from gateway.app.documents import Documents
from gateway.app.noted_places import FILE, FilePlaces
from gateway.ids import EntityId
from gateway.services.status_fetch import FetchStatusLists
from gateway.services.status_indexes import StatusIndexes
from gateway.services.status_publish import PublishStatusLists
from gateway.services.status_view import StatusView
from gateway.services.trust_view import TrustView
from gateway.storage.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusLists:
    """Everything about status lists that one process works with.

    Attributes:
        view: The lists of all cities, to ask.
        publish: Signs own ones.
        fetch: Fetches partners' ones; for the worker.
        indexes: Gives codes their places.
    """

    view: StatusView
    publish: PublishStatusLists
    fetch: FetchStatusLists
    indexes: StatusIndexes


def open_status_lists(  # noqa: PLR0913 (each is a part of the composition)
    leaf: EntityId,
    store: Store,
    trust: TrustView,
    documents: Documents,
    *,
    state_dir: Path,
    issues: bool,
    order_key: bytes,
) -> StatusLists:
    """Return the status lists of the city whose leaf this is.

    Raises:
        UnavailableError: the database cannot be read.
    """
    return StatusLists(
        view=StatusView(documents.view, trust, store.seen_status),
        publish=PublishStatusLists(
            rows=store.status_lists,
            documents=store.own_documents,
            publish=documents.publish,
            issues=issues,
            clock_doubtful=lambda: trust.keyring.clock_doubtful,
        ),
        fetch=FetchStatusLists(documents=documents.fetch, seen=store.seen_status),
        indexes=StatusIndexes(
            leaf=leaf,
            rows=store.status_lists,
            noted=FilePlaces(path=state_dir / FILE),
            order_key=order_key,
        ),
    )
