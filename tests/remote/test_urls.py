import pytest

from gateway.remote.errors import FetchUrlError
from gateway.remote.urls import FetchUrl

GOOD = {
    "https://credit.wenzhou.gov.cn": ("credit.wenzhou.gov.cn", 443, "/"),
    "https://credit.wenzhou.gov.cn/anchor/fetch?sub=https%3A%2F%2Fcredit.wenzhou.gov.cn": (
        "credit.wenzhou.gov.cn",
        443,
        "/anchor/fetch?sub=https%3A%2F%2Fcredit.wenzhou.gov.cn",
    ),
    "https://a.b:8443/.well-known/openid-federation": (
        "a.b",
        8443,
        "/.well-known/openid-federation",
    ),
    "https://a.b:65535/...": ("a.b", 65535, "/..."),
    "http://127.0.0.1:1/x": ("127.0.0.1", 1, "/x"),
    "https://a.b/" + "a" * 2036: ("a.b", 443, "/" + "a" * 2036),
}
BAD = {
    "too long": "https://a.b" + "a" * 2037,
    "host too long": "https://" + "a." * 126 + "ab",
    "label too long": "https://" + "a" * 64 + ".cn",
    "other scheme": "ftp://a.b",
    "file": "file:///etc/passwd",
    "no scheme": "a.b/x",
    "upper case": "https://A.b",
    "single label": "https://localhost",
    "loopback over https": "https://127.0.0.1",
    "http to a name": "http://a.b",
    "http loopback without port": "http://127.0.0.1",
    "another loopback": "http://127.0.0.2:80",
    "dotted quad": "https://8.8.8.8",
    "decimal host": "https://2130706433",
    "octal host": "https://0177.0.0.1",
    "hexadecimal host": "https://0x7f000001",
    "hexadecimal last label": "https://127.0.0.0x1",
    "shortened host": "https://127.1",
    "IPv6 literal": "https://[::1]",
    "IPv6-mapped literal": "https://[::ffff:127.0.0.1]",
    "trailing dot": "https://a.b.",
    "user info": "https://user@a.b",
    "user info that looks like a host": "https://a.b@c.d",
    "backslash": "https://a.b\\@c.d",
    "fragment": "https://a.b#x",
    "empty query": "https://a.b?",
    "trailing slash": "https://a.b/x/",
    "dot segment": "https://a.b/./x",
    "parent segment": "https://a.b/../x",
    "parent segment at the end": "https://a.b/x/..",
    "parent segment before a query": "https://a.b/..?x",
    "line break": "https://a.b/x\r\nHost: c.d",
    "line break at the end": "https://a.b/x\n",
    "space": "https://a.b/ x",
    "percent in the path": "https://a.b/%2e%2e/x",
    "not ASCII": "https://温州.cn",
    "full-width digits": "https://a.b:\uff18\uff10",
    "port zero": "https://a.b:0",
    "port with a zero in front": "https://a.b:0443",
    "port too large": "https://a.b:65536",
    "empty port": "https://a.b:",
    "hyphen first": "https://-a.b",
    "empty": "",
}


@pytest.mark.parametrize(("url", "parts"), GOOD.items())
def test_a_url_in_the_grammar_is_taken_apart(url: str, parts: tuple[str, int, str]) -> None:
    place = FetchUrl.parse(url, allow_http_loopback=True)

    assert (place.host, place.port, place.target) == parts


@pytest.mark.parametrize("url", BAD.values(), ids=BAD)
def test_a_url_outside_the_grammar_is_refused(url: str) -> None:
    with pytest.raises(FetchUrlError):
        FetchUrl.parse(url, allow_http_loopback=True)


def test_loopback_over_http_needs_the_demo() -> None:
    with pytest.raises(FetchUrlError):
        FetchUrl.parse("http://127.0.0.1:8000/x", allow_http_loopback=False)
