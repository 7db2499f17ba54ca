import pytest

from gateway.ids import CityId, EntityId
from gateway.trust import entity
from gateway.trust.errors import EntityIdError

LEAF = EntityId("https://credit.wenzhou.example")


@pytest.mark.parametrize(
    "text",
    [
        "https://credit.wenzhou.example",
        "https://credit.wenzhou.example:8443",
        "https://gov.example/credit/wz_1.0~x",
        "https://h.example/" + "a" * (512 - len("https://h.example/")),
    ],
)
def test_an_https_url_is_an_entity_identifier(text: str) -> None:
    assert entity.parse_entity_id(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "credit.wenzhou.example",
        "http://credit.wenzhou.example",
        "HTTPS://credit.wenzhou.example",
        "https://Credit.wenzhou.example",
        "https://user@credit.wenzhou.example",
        "https://credit.wenzhou.example/",
        "https://credit.wenzhou.example//x",
        "https://credit.wenzhou.example?x=1",
        "https://credit.wenzhou.example#x",
        "https://credit.wenzhou.example/%41",
        "https://credit.wenzhou.example\n",
        "https://温州.example",
        "https://h.example/.",
        "https://h.example/../x",
        "https://h.example/x/..",
        "https://h.example:",
        "https://h.example/" + "a" * (513 - len("https://h.example/")),
        "http://127.0.0.1:8000",
    ],
)
def test_twins_and_other_urls_are_no_entity_identifiers(text: str) -> None:
    with pytest.raises(EntityIdError):
        entity.parse_entity_id(text)


def test_a_name_that_begins_with_dots_is_a_path_segment_like_any_other() -> None:
    assert entity.parse_entity_id("https://h.example/...a")


def test_loopback_is_an_entity_only_where_it_is_allowed() -> None:
    loopback = "http://127.0.0.1:8000/wenzhou"

    assert entity.parse_entity_id(loopback, allow_loopback=True) == loopback
    with pytest.raises(EntityIdError):
        entity.parse_entity_id(loopback)


@pytest.mark.parametrize(
    "text", ["http://127.0.0.1", "http://127.0.0.2:80", "http://localhost:80", "http://127.1:80"]
)
def test_no_other_plain_http_is_loopback(text: str) -> None:
    with pytest.raises(EntityIdError):
        entity.parse_entity_id(text, allow_loopback=True)


def test_hints_may_name_loopback_entities() -> None:
    assert entity.is_entity_id("http://127.0.0.1:1/anchor")
    assert not entity.is_entity_id("ftp://h.example")


def test_the_anchor_stands_above_the_leaf() -> None:
    anchor = entity.anchor_of(LEAF)

    assert anchor == "https://credit.wenzhou.example/anchor"
    assert entity.leaf_of(anchor) == LEAF


def test_what_is_no_anchor_has_no_leaf() -> None:
    with pytest.raises(EntityIdError):
        entity.leaf_of(LEAF)


def test_urls_follow_from_the_identifier() -> None:
    anchor = entity.anchor_of(LEAF)

    assert entity.probe_url(LEAF, CityId("330700")) == f"{LEAF}/federation/probe?aud=330700"
    assert entity.configuration_url(LEAF) == f"{LEAF}/.well-known/openid-federation"
    assert entity.fetch_endpoint(anchor) == f"{LEAF}/anchor/fetch"
    assert entity.list_endpoint(anchor) == f"{LEAF}/anchor/list"
    assert entity.subordinate_url(LEAF) == (
        f"{LEAF}/anchor/fetch?sub=https%3A%2F%2Fcredit.wenzhou.example"
    )
