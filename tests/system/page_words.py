"""What a page says, and in which language it says that it says it."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser

SAID = frozenset({"aria-label", "alt", "title", "placeholder", "content", "label"})
"""Attributes that are read to somebody, beside those in which page code finds its words."""

VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source"})
SILENT = frozenset({"script", "style", "code", "pre", "svg"})
HAN = re.compile(r"[\u3400-\u9fff]")
LATIN = re.compile(r"(?<![\w./:@#-])(?=[A-Z]*[a-z])[A-Za-z]{3,}(?![\w/:@-]|\.\w)")
"""A word, which has a small letter; what stands in an address, an id or a receipt is none."""

DATA = re.compile(
    r"演示\w+ Demo [a-z ]+|示例说明 illustrative|\{\w+\}|[\u3400-\u9fff]\*"
    r"|.* → .*|(officer|staff|console):[\w-]+( \(illustrative\))?"
)
"""What people typed in, what the ledger says word for word, and blanks that page code fills."""


class Words(HTMLParser):
    """Collects every piece of text with the language it is in."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[tuple[str, str]] = []
        self._open: list[tuple[str, str, bool]] = [("", "", False)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        _, language, silent = self._open[-1]
        language, silent = said.get("lang", language)[:2], silent or tag in SILENT
        for name, value in said.items():
            if (name in SAID and tag != "meta") or name.startswith("data-"):
                self.pieces += [(language, text) for text in _texts(value)]
        if tag in {"input", "button"} and said.get("type") in {"submit", "button"}:
            self.pieces.append((language, said.get("value", "")))
        if tag not in VOID:
            self._open.append((tag, language, silent))

    def handle_endtag(self, tag: str) -> None:
        while len(self._open) > 1 and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        _, language, silent = self._open[-1]
        if not silent and data.strip():
            self.pieces.append((language, data.strip()))


def _texts(value: str) -> Iterator[str]:
    """Give the words of an attribute, which may hold them as JSON."""
    if value.startswith(('{"', "[")):
        yield from _strings(json.loads(value))
    else:
        yield value


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)


def strays(html: str, allowed: frozenset[str]) -> set[str]:
    """Return every piece of Chinese in English text, and of English in Chinese text."""
    words = Words()
    words.feed(html)
    found = set[str]()
    for language, piece in words.pieces:
        text = DATA.sub("", piece)
        if language == "en" and HAN.search(text):
            found.add(text)
        sentence = HAN.search(text) or " " in text.strip()
        if language == "zh" and sentence and set(LATIN.findall(text)) - allowed:
            found.add(text)
    return found
