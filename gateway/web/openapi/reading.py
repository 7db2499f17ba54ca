"""The calls as people read them on ``/api/docs``: lines of text, in one language."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import cast

from gateway.web.openapi.calls import calls
from gateway.web.openapi.model import Answer, Call, Example, JsonSchema, Member, Place, Shape, Text
from gateway.web.openapi.refusals import SAID
from gateway.web.words import Language

_OPTIONAL = Text("可选", "optional")
_UP_TO = Text("最多 {} 个字符", "up to {} characters")
_KINDS = {
    "string": Text("文字", "text"),
    "integer": Text("整数", "integer"),
    "boolean": Text("true 或 false", "true or false"),
    "object": Text("对象", "object"),
    "null": Text("null", "null"),
    "array": Text("数组", "array"),
}
_MAX_PATTERN_CHARS = 80
"""A longer pattern says nothing to people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One member: name (``offers[].id``), form, meaning."""

    name: str
    form: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One example, as text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer."""

    status: int
    says: str
    rows: tuple[Row, ...]
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One call."""

    id: str
    method: str
    path: str
    title: str
    says: str
    who: tuple[str, ...]
    ways: tuple[str, ...]
    parameters: tuple[Row, ...]
    rows: tuple[Row, ...]
    samples: tuple[Sample, ...]
    replies: tuple[Reply, ...]
    refusals: tuple[Reply, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """The calls of one topic."""

    title: str
    entries: tuple[Entry, ...]


def chapters(place: Place, lang: Language) -> tuple[Chapter, ...]:
    """Return every call, topic by topic."""
    return tuple(
        Chapter(title=topic.said(lang), entries=tuple(_entry(call, lang) for call in group))
        for topic, group in groupby(calls(place), key=lambda call: call.topic)
    )


def problem_rows(lang: Language) -> tuple[tuple[str, int, str], ...]:
    """Return code, status and meaning of every problem."""
    return tuple(
        (problem.code, problem.status.value, said.said(lang)) for problem, said in SAID.items()
    )


def _entry(call: Call, lang: Language) -> Entry:
    body = call.body
    return Entry(
        id=call.id,
        method=call.method.upper(),
        path=call.path,
        title=call.title.said(lang),
        says=call.says.said(lang),
        who=tuple(who.value for who in call.who),
        ways=tuple(" + ".join(way) for way in call.ways if way),
        parameters=tuple(_row(each.member, "", lang) for each in call.parameters),
        rows=() if body is None else tuple(_rows(body.shape, lang)),
        samples=() if body is None else _samples(body.examples, lang),
        replies=tuple(_reply(each, lang) for each in call.answers if not each.codes),
        refusals=tuple(_reply(each, lang) for each in call.answers if each.codes),
    )


def _reply(answer: Answer, lang: Language) -> Reply:
    shape = None if answer.codes else answer.shape
    return Reply(
        status=answer.status.value,
        says=answer.says.said(lang),
        rows=() if shape is None else tuple(_rows(shape, lang)),
        samples=_samples(answer.examples, lang),
    )


def _samples(examples: tuple[Example, ...], lang: Language) -> tuple[Sample, ...]:
    return tuple(Sample(name=each.name, text=_printed(each.said(lang))) for each in examples)


def _printed(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


def _rows(shape: Shape, lang: Language, inside: str = "") -> Iterator[Row]:
    for member in shape.members:
        yield _row(member, inside, lang)
        if member.shape is not None:
            name = f"{inside}{member.name}{'[]' if member.many else ''}."
            yield from _rows(member.shape, lang, name)


def _row(member: Member, inside: str, lang: Language) -> Row:
    name = f"{inside}{member.name}{'[]' if member.many else ''}"
    one = {"type": "object"} if member.shape else member.schema
    form = _form(one, lang)
    optional = "" if member.required else f", {_OPTIONAL.said(lang)}"
    return Row(name=name, form=form + optional, says=member.says.said(lang))


def _form(schema: JsonSchema, lang: Language) -> str:
    if "enum" in schema:
        return " | ".join(f'"{word}"' for word in cast("list[str]", schema["enum"]))
    kinds = schema.get("type", "object")
    names = cast("list[str]", kinds) if isinstance(kinds, list) else [str(kinds)]
    said = " | ".join(_KINDS[name].said(lang) for name in names)
    return ", ".join([said, *_limits(schema, lang)])


def _limits(schema: JsonSchema, lang: Language) -> Iterator[str]:
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and len(pattern) <= _MAX_PATTERN_CHARS:
        yield pattern
    if "maxLength" in schema:
        yield _UP_TO.said(lang).format(schema["maxLength"])
    if "maximum" in schema:
        yield f"{schema['minimum']}-{schema['maximum']}"
