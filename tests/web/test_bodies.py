"""How large a body may be: both sides of every edge, whole and in chunks."""

import io
import json
from collections.abc import Callable

import pytest

from tests.web.site import Site
from tests.world import HOTEL, RESTAURANT

VERIFICATION, OTHER = 64 * 1024, 16 * 1024


def verification(text: str, *, escaped: bool) -> bytes:
    body = {"code": text, "scenario": HOTEL, "venue": "hall", "request_id": "r" * 64}
    return json.dumps(body, ensure_ascii=escaped).encode()


def whole(site: Site, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    answer = site.client.post(url, data=body, content_type="application/json", headers=headers)
    members = answer.get_json(force=True)
    return answer.status_code, str(members.get("code") or members.get("outcome"))


def in_chunks(site: Site, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    answer = site.client.post(
        url,
        input_stream=io.BytesIO(body),
        content_type="application/json",
        headers=headers | {"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    members = answer.get_json(force=True)
    return answer.status_code, str(members.get("code") or members.get("outcome"))


Sent = Callable[[Site, str, bytes, dict[str, str]], tuple[int, str]]
WAYS: dict[str, Sent] = {"whole": whole, "in chunks": in_chunks}


@pytest.mark.parametrize("escaped", [True, False], ids=["escaped", "raw"])
@pytest.mark.parametrize("character", ["x", "码", "😀", "\x01"])
@pytest.mark.parametrize("way", WAYS)
def test_any_text_of_4096_characters_is_answered_and_one_more_is_too_large(
    way: str, character: str, *, escaped: bool
) -> None:
    site = Site()
    texts = [character * 4096, character * 4097]

    answers = [
        WAYS[way](
            site,
            "/api/v1/verifications",
            verification(text, escaped=escaped),
            site.as_merchant(),
        )
        for text in texts
    ]

    assert answers == [(200, "not_a_code"), (413, "too_large")]


def padded(members: dict[str, object], size: int) -> bytes:
    body = json.dumps(members).encode()
    return body + b" " * (size - len(body))


@pytest.mark.parametrize("way", WAYS)
def test_a_verification_may_have_64_kib_and_not_one_byte_more(way: str) -> None:
    site = Site()
    asked: dict[str, object] = {"code": "x", "scenario": RESTAURANT}
    bodies = [padded(asked, VERIFICATION), padded(asked, VERIFICATION + 1)]

    answers = [
        WAYS[way](site, "/api/v1/verifications", body, site.as_merchant()) for body in bodies
    ]

    assert answers == [(200, "not_a_code"), (413, "too_large")]


@pytest.mark.parametrize("way", WAYS)
def test_another_body_may_have_16_kib_and_not_one_byte_more(way: str) -> None:
    site = Site()
    asked: dict[str, object] = {"kind": "?"}
    bodies = [padded(asked, OTHER), padded(asked, OTHER + 1)]

    answers = [WAYS[way](site, "/api/v1/codes", body, site.as_citizen()) for body in bodies]

    assert answers == [(400, "invalid_request"), (413, "too_large")]
