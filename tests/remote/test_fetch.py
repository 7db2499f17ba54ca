import gzip

import pytest

from gateway.errors import FetchError
from gateway.remote.fetch import Fetched
from tests.remote.peers import (
    JWT,
    NOON,
    Call,
    Script,
    answer,
    demo_fetcher,
    peer,
    saying,
)

MAX = 1000
CANARY = "canary-of-the-partner"


def fetch(script: Script, etag: str | None = None) -> Fetched:
    with peer(script) as partner:
        return demo_fetcher().get(partner.url, accept=JWT, max_bytes=MAX, etag=etag)


def refusal(script: Script, etag: str | None = None) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetch(script, etag)
    return caught.value


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    head = answer(b"", drop=["Content-Length"], transfer_encoding="chunked")
    return head + b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + end


def test_a_document_comes_with_its_validator_the_partners_date_and_our_time() -> None:
    fetched = fetch(saying(answer(b"statement")))

    assert fetched == Fetched(
        status=200, body=b"statement", etag='"v1"', date=NOON, received_at=NOON
    )


def test_the_request_names_one_type_no_encoding_and_nothing_about_us() -> None:
    with peer(saying(answer())) as partner:
        demo_fetcher().get(partner.url, accept=JWT, max_bytes=MAX, etag='"v0"')

    assert partner.requests == [
        (
            "GET /.well-known/openid-federation HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{partner.port}\r\n"
            "User-Agent: credit-code-gateway\r\n"
            f"Accept: {JWT}\r\n"
            "Accept-Encoding: identity\r\n"
            "Cache-Control: no-cache\r\n"
            "Connection: close\r\n"
            'If-None-Match: "v0"\r\n'
            "\r\n"
        ).encode()
    ]


@pytest.mark.parametrize("etag", ['W/"v0"', '"a b"', "v0", '"v0"\r\nX: y', '"' + "a" * 127 + '"'])
def test_a_stored_validator_that_is_not_strong_is_not_sent(etag: str) -> None:
    with peer(saying(answer())) as partner:
        demo_fetcher().get(partner.url, accept=JWT, max_bytes=MAX, etag=etag)

    assert b"If-None-Match" not in partner.requests[0]


def test_an_unchanged_document_is_304_under_the_validator_that_was_sent() -> None:
    head = answer(b"", status="304 Not Modified", drop=["Content-Type"], etag='"other"')

    fetched = fetch(saying(head), etag='"v0"')

    assert (fetched.status, fetched.body, fetched.etag) == (304, b"", '"v0"')


def test_a_chunked_body_is_put_together() -> None:
    assert fetch(saying(chunked(b"state", b"ment"))).body == b"statement"


@pytest.mark.parametrize("size", [0, 1, MAX])
def test_a_body_up_to_the_limit_is_taken(size: int) -> None:
    assert len(fetch(saying(answer(b"a" * size))).body) == size
    assert len(fetch(saying(chunked(*[b"a"] * size))).body) == size


def test_a_connection_that_stays_open_after_the_body_is_no_lie() -> None:
    def keep_open(call: Call) -> None:
        call.sock.sendall(answer())
        call.hold()

    assert fetch(keep_open).body == b"statement"


@pytest.mark.parametrize("length", [1, 126])
def test_a_strong_validator_has_up_to_128_characters(length: int) -> None:
    etag = f'"{"a" * length}"'

    assert fetch(saying(answer(etag=etag))).etag == etag


@pytest.mark.parametrize(
    "etag",
    [
        'W/"v1"',
        '""',
        '"a"b"',
        "v1",
        '"a b"',
        '"\x7f"',
        f'"{"a" * 127}"',
        f'"{"a" * 10_000}"',
        '"v1"\r\nETag: "v2"',
    ],
)
def test_a_weak_or_odd_validator_is_ignored(etag: str) -> None:
    assert fetch(saying(answer(etag=etag))).etag is None


@pytest.mark.parametrize(
    "date",
    [
        "Sat, 24 Oct 2026 12:00:00 +0000",
        "Saturday, 24-Oct-26 12:00:00 GMT",
        "Sat Oct 24 12:00:00 2026",
        "Sat, 24 Foo 2026 12:00:00 GMT",
        "Sat, 31 Feb 2026 12:00:00 GMT",
        "Sat, 24 Oct 2026 12:00:60 GMT",
        "Sat, 24 Oct 2026 12:00:00 GMT\r\nDate: Sat, 24 Oct 2026 12:00:00 GMT",
        "",
    ],
)
def test_a_date_in_another_form_is_no_sample_of_the_partners_clock(date: str) -> None:
    assert fetch(saying(answer(date=date))).date is None


REFUSALS: dict[str, tuple[bytes, str]] = {
    "redirect": (answer(status="302 Found", location="https://x.test/"), "fetch_redirect"),
    "permanent redirect": (answer(status="308 Gone Elsewhere"), "fetch_redirect"),
    "lowest redirect": (answer(status="300 Choose"), "fetch_redirect"),
    "304 that was not asked for": (answer(b"", status="304 Same"), "fetch_status"),
    "not found": (answer(status="404 Not Found"), "fetch_status"),
    "server error": (answer(status="500 Oops"), "fetch_status"),
    "no content": (answer(b"", status="204 Empty"), "fetch_status"),
    "partial": (answer(status="206 Partial"), "fetch_status"),
    "switching": (answer(status="101 Switching"), "fetch_status"),
    "html": (answer(content_type="text/html"), "fetch_content_type"),
    "charset parameter": (answer(content_type=f"{JWT}; charset=utf-8"), "fetch_content_type"),
    "no type": (answer(drop=["Content-Type"]), "fetch_content_type"),
    "two types": (answer(content_type=f"{JWT}\r\nContent-Type: {JWT}"), "fetch_content_type"),
    "gzip": (answer(content_encoding="gzip"), "fetch_encoding"),
    "gzip bomb": (
        answer(gzip.compress(bytes(8_000_000)), content_encoding="gzip"),
        "fetch_encoding",
    ),
    "gzip bomb under no name": (answer(gzip.compress(bytes(8_000_000))), "fetch_too_large"),
    "identity named as an encoding": (answer(content_encoding="identity"), "fetch_encoding"),
    "one byte too large": (answer(b"a" * (MAX + 1)), "fetch_too_large"),
    "huge body": (answer(b"a" * 10_000_000), "fetch_too_large"),
    "huge stated length": (answer(b"a", content_length="9" * 16), "fetch_too_large"),
    "length of 5,000 digits": (answer(b"a", content_length="9" * 5000), "fetch_length"),
    "length too long": (answer(b"a", content_length="2"), "fetch_length"),
    "length too short": (answer(b"ab", content_length="1"), "fetch_length"),
    "length zero with a body": (answer(b"ab", content_length="0"), "fetch_length"),
    "second answer in one": (answer() + answer(), "fetch_length"),
    "no length": (answer(drop=["Content-Length"]), "fetch_length"),
    "negative length": (answer(content_length="-1"), "fetch_length"),
    "length with a sign": (answer(content_length="+9"), "fetch_length"),
    "length with a zero in front": (answer(content_length="09"), "fetch_length"),
    "two lengths": (answer(content_length="9\r\nContent-Length: 9"), "fetch_length"),
    "length and chunks": (answer(transfer_encoding="chunked"), "fetch_length"),
    "gzip as transfer": (answer(transfer_encoding="gzip, chunked"), "fetch_length"),
    "chunks too large": (chunked(b"a" * (MAX + 1)), "fetch_too_large"),
    "chunks without end": (chunked(*[b"a" * 100] * 500), "fetch_too_large"),
    "chunk extension without end": (
        chunked(end=b"1;" + b"a" * 60_000 + b"\r\na\r\n0\r\n\r\n"),
        "fetch_too_large",
    ),
    "trailers without end": (chunked(b"a", end=b"0\r\n" + b"a: b\r\n" * 5000), "fetch_too_large"),
    "chunk shorter than stated": (chunked(end=b"5\r\nabc"), "fetch_length"),
    "chunk of negative size": (chunked(end=b"-5\r\nabc\r\n0\r\n\r\n"), "fetch_length"),
    "chunk of no size": (chunked(end=b"xyz\r\nabc\r\n0\r\n\r\n"), "fetch_length"),
    "no last chunk": (chunked(b"abc", end=b""), "fetch_length"),
    "endless fields": (answer(x_filler="a" * 60_000), "fetch_head"),
    "endless field line": (answer(x_filler="a" * 1_000_000), "fetch_head"),
    "101 fields": (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 101 + b"\r\n", "fetch_head"),
    "endless 100 Continue": (b"HTTP/1.1 100 Continue\r\n\r\n" * 5000, "fetch_head"),
    "line that is no field": (answer(x="y\r\nno field here"), "fetch_head"),
    "no HTTP": (b"SSH-2.0-banner\r\n\r\n", "fetch_head"),
    "HTTP/0.9": (b"statement", "fetch_head"),
    "HTTP/2 preface": (b"HTTP/2 200\r\n\r\n", "fetch_head"),
    "nothing": (b"", "fetch_head"),
}


@pytest.mark.parametrize(("data", "code"), REFUSALS.values(), ids=REFUSALS)
def test_any_other_answer_is_refused_by_name(data: bytes, code: str) -> None:
    assert refusal(saying(data)).code == code


def test_a_refusal_carries_the_status_but_no_byte_of_the_partner() -> None:
    data = answer(CANARY.encode(), status=f"418 {CANARY}", content_type=CANARY, etag=CANARY)

    error = refusal(saying(data))

    assert str(error) == "status 418"


@pytest.mark.parametrize("data", [data for data, _ in REFUSALS.values()], ids=REFUSALS)
def test_no_refusal_logs_anything(
    data: bytes, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    refusal(saying(data))

    assert (caplog.text, capfd.readouterr()) == ("", ("", ""))
