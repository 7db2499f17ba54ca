"""A bounded POST and its answer, byte by byte."""

import pytest

from gateway.errors import FetchError
from gateway.remote.errors import (
    AnswerHeadError,
    BodyTooLargeError,
    ContentEncodingError,
    ContentTypeError,
    LengthError,
    RedirectError,
)
from gateway.remote.json_post import JsonPost, post
from gateway.remote.lines import Lines
from gateway.remote.wire import Deadline
from tests.remote.peers import answer, peer, saying

JSON = "application/json"


def asked(said: bytes) -> tuple[int, bytes, bytes]:
    """Return status, body and what was sent, of a peer that says exactly this."""
    with peer(saying(said)) as running:
        what = JsonPost(
            url=f"http://127.0.0.1:{running.port}/people",
            fields={"Content-Type": JSON},
            body=b'{"a":1}',
            max_bytes=10,
        )
        lines = Lines((), allow_http_loopback=True)
        found = post(lines, what, Deadline(10.0))
    return found.status, found.body, running.requests[0]


def test_head_and_body_go_at_once_and_ask_for_no_more_than_needed() -> None:
    status, body, sent = asked(answer(b'{"b":2}', content_type=JSON))

    assert (status, body) == (200, b'{"b":2}')
    assert sent.startswith(b"POST /people HTTP/1.1\r\n")
    assert sent.endswith(b'\r\n\r\n{"a":1}')
    for line in (b"Accept-Encoding: identity", b"Connection: close", b"Accept: application/json"):
        assert line in sent


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", 'application/json;charset="UTF-8"']
)
def test_json_may_say_that_it_is_utf_8(kind: str) -> None:
    assert asked(answer(b"{}", content_type=kind))[0] == 200


def test_a_refusal_is_read_whatever_its_type() -> None:
    assert asked(answer(b"no", "401 Unauthorized", content_type="text/html"))[:2] == (401, b"no")


def chunked(*chunks: bytes) -> bytes:
    cut = b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in chunks)
    head = answer(b"", content_type=JSON, transfer_encoding="chunked", drop=("Content-Length",))
    return head + cut


REFUSALS: dict[str, tuple[bytes, type[FetchError]]] = {
    "another protocol": (b"SSH-2.0-x\r\n", AnswerHeadError),
    "a web page": (answer(b"{}", content_type="text/html"), ContentTypeError),
    "another alphabet": (answer(b"{}", content_type=f"{JSON}; charset=gbk"), ContentTypeError),
    "elsewhere": (answer(b"", "307 Temporary Redirect", location="/x"), RedirectError),
    "too much": (answer(b"9" * 11, content_type=JSON), BodyTooLargeError),
    "too much in chunks": (chunked(b"9" * 6, b"9" * 5) + b"0\r\n\r\n", BodyTooLargeError),
    "chunks without an end": (chunked(b"9"), LengthError),
    "less than stated": (answer(b"{}", content_type=JSON, content_length="5"), LengthError),
    "no length": (answer(b"{}", content_type=JSON, drop=("Content-Length",)), LengthError),
    "compressed": (
        answer(b"{}", content_type=JSON, content_encoding="gzip"),
        ContentEncodingError,
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_an_answer_out_of_form_is_refused(name: str) -> None:
    said, error = REFUSALS[name]

    with pytest.raises(error):
        asked(said)
