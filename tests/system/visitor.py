"""A browser that looks at every page it finds a link to, and sends every form on them."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

import urllib3

MAX_PAGES = 80
LEAVES = ("/sign-out", "/sign-in", "/staff/sign-out", "/static/", "/api/")
"""Where nobody is sent by following a link."""

SAME_AGAIN = r"[?&](lang|elder)="
"""Another look of a page that is looked at anyway."""

LAST = ("stop", "end", "delete", "sign-out", "revoke", "remove")
"""Forms after which less is possible; they are sent when everything else was."""


@dataclass
class Form:
    """One form, with what it holds."""

    method: str
    action: str
    fields: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    @property
    def last(self) -> int:
        """How late it is to be sent."""
        return next((n + 1 for n, word in enumerate(LAST) if word in self.action), 0)


class Reading(HTMLParser):
    """The links and forms of one page, every field filled in."""

    def __init__(self, path: str, fill: Callable[[str], str | None]) -> None:
        super().__init__()
        self.path, self.fill = path, fill
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(said.get("href", ""))
        elif tag == "form":
            action = said.get("action") or self.path
            self.forms.append(Form(said.get("method", "get").upper(), action))
        elif not self.forms or "disabled" in said:
            return
        elif tag in {"input", "textarea", "button"}:
            self._field(tag, said)
        elif tag == "select":
            self._select = said.get("name")
        elif tag == "option" and self._select and said.get("value"):
            self.forms[-1].fields.append((self._select, said["value"]))
            self._select = None

    def _field(self, tag: str, said: Mapping[str, str]) -> None:
        name, kind = said.get("name"), said.get("type", tag)
        taken = {each for each, _ in self.forms[-1].fields}
        if name is None or (kind in {"radio", "button", "submit"} and name in taken):
            return
        value = said.get("value") or self.fill(name) or "1"
        self.forms[-1].fields.append((name, value))


@dataclass(frozen=True)
class Told:
    """What one request was answered.

    Attributes:
        asked: Method and path.
        language: In which language the browser asked.
        html: The page; empty if it was none.
    """

    asked: str
    status: int
    language: str
    html: str = field(repr=False)


class Visitor:
    """A person's browser, with the cookies it was given."""

    def __init__(
        self,
        url: str,
        cookies: Mapping[str, str],
        fill: Callable[[str], str | None],
        told: list[Told],
        *,
        language: str = "zh-CN",
    ) -> None:
        self.url, self.cookies, self.fill, self.told = url, dict(cookies), fill, told
        self.language = language
        self.http = urllib3.PoolManager(retries=False, timeout=20.0)
        self.seen = set[str]()

    def send(
        self, method: str, path: str, fields: Iterable[tuple[str, str]] = ()
    ) -> urllib3.BaseHTTPResponse:
        """Send one request, without following where it leads."""
        jar = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.http.request(
            method,
            self.url + path,
            body=urlencode(list(fields)) if method == "POST" else None,
            headers={
                "Cookie": jar,
                "Accept-Language": self.language,
                "Content-Type": "application/x-www-form-urlencoded",
            },
            redirect=False,
        )
        for line in answer.headers.getlist("Set-Cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        self.seen.add(f"{method} {path}")
        page = answer.headers.get("Content-Type", "").startswith("text/html")
        html = answer.data.decode() if page else ""
        self.told.append(Told(f"{method} {path}", answer.status, self.language, html))
        return answer

    def look_everywhere(self, *starts: str, within: str = "/", send: bool = True) -> None:
        """Open every page ``within`` that can be reached from ``starts``, then send every form."""
        waiting, forms = list(starts), dict[str, Form]()
        while waiting and len(self.seen) < MAX_PAGES:
            path = waiting.pop(0)
            if f"GET {path}" in self.seen or not path.startswith(within):
                continue
            for form in self._open(path, waiting):
                forms.setdefault(form.action, form)
        for form in sorted(forms.values() if send else (), key=lambda each: each.last):
            self.send(form.method, form.action, form.fields)

    def _open(self, path: str, waiting: list[str]) -> list[Form]:
        answer = self.send("GET", path)
        if target := answer.headers.get("Location"):
            waiting += _ours(self.url, [target])
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            return []
        page = Reading(path, self.fill)
        page.feed(answer.data.decode())
        waiting += _ours(self.url, page.links)
        return [form for form in page.forms if form.method == "POST"]


def _ours(url: str, links: Iterable[str]) -> list[str]:
    """Return the links that stay in this city and lead to a page to look at."""
    paths = [link.removeprefix(url).partition("#")[0] for link in links]
    return [
        path
        for path in paths
        if path.startswith("/")
        and not path.startswith(LEAVES)
        and not re.search(SAME_AGAIN, path)
        and not urlsplit(path).netloc
    ]
