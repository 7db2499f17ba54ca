"""Signed documents: the newest own ones, and the last good ones of partners."""

from dataclasses import replace

import pytest
from sqlalchemy import text as sql

from gateway.ids import EntityId, Timestamp
from gateway.services.document_ports import OwnDocument, PartnerDocument, digest_of
from gateway.services.ports import NotNewerError
from gateway.storage.store import Store
from tests.storage.rows import NOON

HUZHOU = EntityId("https://credit.huzhou.example/anchor")
JIAXING = EntityId("https://credit.jiaxing.example/anchor")
DOCUMENT = PartnerDocument(
    anchor_id=HUZHOU,
    name="catalogue",
    token="token-1",
    issued_at=Timestamp(10),
    obtained_at=NOON,
    etag='"strong"',
)


def test_the_newest_own_document_of_each_name_is_kept(store: Store) -> None:
    documents = store.own_documents
    documents.put("catalogue", "one", Timestamp(10), NOON)
    documents.put("bundle", "other", Timestamp(5), NOON)
    documents.put("catalogue", "two", Timestamp(11), NOON)

    assert documents.get("catalogue") == OwnDocument(token="two", issued_at=Timestamp(11))
    assert documents.get("status-1") is None
    assert documents.digests() == {"catalogue": digest_of("two"), "bundle": digest_of("other")}


@pytest.mark.parametrize("issued_at", [9, 10])
def test_an_own_document_never_goes_back(store: Store, issued_at: int) -> None:
    store.own_documents.put("catalogue", "one", Timestamp(10), NOON)
    before = store.revision.current()

    with pytest.raises(NotNewerError):
        store.own_documents.put("catalogue", "zero", Timestamp(issued_at), NOON)

    assert store.own_documents.digests() == {"catalogue": digest_of("one")}
    assert store.revision.current() == before


def test_a_withdrawn_document_is_gone_but_its_time_is_remembered(store: Store) -> None:
    documents = store.own_documents
    documents.put("catalogue-next", "one", Timestamp(10), NOON)
    put = store.revision.current()

    for _ in range(2):
        documents.withdraw("catalogue-next", NOON)

    assert documents.digests() == {}
    assert documents.get("catalogue-next") == OwnDocument(token="", issued_at=Timestamp(10))
    assert store.revision.current() == put + 1


def test_a_document_of_a_partner_is_read_back_alike(store: Store) -> None:
    documents = store.partner_documents
    failing = replace(
        DOCUMENT, name="status-1", obtained_at=None, etag=None, last_error="fetch_tls", failures=3
    )
    for each in (failing, DOCUMENT, replace(DOCUMENT, anchor_id=JIAXING, token="")):
        documents.put(each)

    assert documents.get(HUZHOU, "catalogue") == DOCUMENT
    assert documents.get(HUZHOU, "bundle") is None
    assert documents.of(HUZHOU) == (replace(DOCUMENT, token=""), replace(failing, token=""))
    digest = digest_of("token-1")
    assert documents.digests() == {(HUZHOU, "catalogue"): digest, (HUZHOU, "status-1"): digest}


def test_only_another_token_raises_the_revision(store: Store) -> None:
    changes = (
        DOCUMENT,
        replace(DOCUMENT, obtained_at=Timestamp(NOON + 1)),
        replace(DOCUMENT, last_error="fetch_tls", failures=1),
        replace(DOCUMENT, token="token-2"),
        replace(DOCUMENT, token=""),
    )
    raised = list[int]()
    for change in changes:
        before = store.revision.current()
        store.partner_documents.put(change)
        raised.append(store.revision.current() - before)

    assert raised == [1, 0, 0, 1, 1]


def test_a_worker_that_lost_its_lease_in_the_middle_of_a_fetch_does_not_undo_what_came_since(
    store: Store,
) -> None:
    newer = replace(DOCUMENT, token="token-2", issued_at=Timestamp(DOCUMENT.issued_at + 1))
    store.partner_documents.put(newer)
    before = store.revision.current()

    store.partner_documents.put(DOCUMENT)

    assert store.partner_documents.get(HUZHOU, "catalogue") == newer
    assert store.revision.current() == before


# PostgreSQL keeps the types itself.
@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
def test_rows_that_a_hand_spoiled_are_not_there(store: Store) -> None:
    store.own_documents.put("catalogue", "one", Timestamp(10), NOON)
    store.partner_documents.put(DOCUMENT)
    with store.engine.begin() as connection:
        connection.execute(sql("update own_document set token = x'ff', digest = x'ff'"))
        connection.execute(sql("update partner_document set failures = 'x', digest = x'ff'"))

    assert store.own_documents.get("catalogue") is None
    assert store.own_documents.digests() == {}
    assert store.partner_documents.get(HUZHOU, "catalogue") is None
    assert store.partner_documents.of(HUZHOU) == ()
    assert store.partner_documents.digests() == {}
    store.partner_documents.put(DOCUMENT)
    assert store.partner_documents.get(HUZHOU, "catalogue") == DOCUMENT
