"""What can be said about a call: who, where, what goes in, what comes out, with examples."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal, NamedTuple

from gateway.ids import CityId, EntityId, ScenarioId
from gateway.web.admission import Who
from gateway.web.words import Language

JsonSchema = Mapping[str, object]

JSON = "application/json"
HTML = "text/html"
FORM = "application/x-www-form-urlencoded"


class Text(NamedTuple):
    """One text in both languages."""

    zh: str
    en: str

    def said(self, lang: Language) -> str:
        """Return the text in a language."""
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a document is served; what differs from city to city.

    Attributes:
        cities: Every member city, this one included.
        scenarios: Those of the agreement; a request may name a part of one.
        cookies: Name of our cookie in a browser, by kind.
    """

    leaf: EntityId
    city: CityId
    cities: tuple[CityId, ...]
    scenarios: tuple[ScenarioId, ...]
    cookies: tuple[tuple[Who, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member of a JSON object, field of a form, or parameter.

    Attributes:
        schema: JSON Schema of the value; of each item where ``many``.
        shape: The object that the value is, instead of ``schema``.
        many: Whether the value is an array of these.
        at_most: How many an array may have; None is not said.
        alone: Whether each is judged by itself: then one of another form refuses no request.
    """

    name: str
    says: Text
    schema: JsonSchema = field(default_factory=dict[str, object])
    shape: "Shape | None" = None
    many: bool = False
    required: bool = True
    at_most: int | None = None
    alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A JSON object with exactly these members.

    Attributes:
        name: Name among the document's schemas.
        rules: What else holds, as JSON Schema.
        closed: Whether another member is refused, or never comes.
    """

    name: str
    members: tuple[Member, ...]
    rules: JsonSchema = field(default_factory=dict[str, object])
    closed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One body as it is sent.

    Attributes:
        zh: The body; an answer as it comes when Chinese is preferred.
        en: The same where the answer has words.
    """

    name: str
    zh: object
    en: object = None

    def said(self, lang: Language) -> object:
        """Return the body for a language."""
        return self.zh if lang == "zh" or self.en is None else self.en


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a request carries."""

    shape: Shape
    examples: tuple[Example, ...]
    media: str = JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A part of the address."""

    member: Member
    where: Literal["path", "query"]
    example: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer.

    Attributes:
        shape: Shape of the body; None where ``schema`` says it, or where there is no body.
        headers: Names among ``HEADERS``.
        codes: Of a problem: which codes it may have.
    """

    status: HTTPStatus
    says: Text
    shape: Shape | None = None
    schema: JsonSchema | None = None
    media: str = JSON
    examples: tuple[Example, ...] = ()
    headers: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One route with one method.

    Attributes:
        path: As OpenAPI spells it, ``{names}`` in braces.
        who: Exactly whom the route admits; a test compares.
        ways: Ways in, each a set of security schemes that are needed together; () is none.
    """

    method: Literal["get", "post"]
    path: str
    id: str
    topic: Text
    title: Text
    says: Text
    who: tuple[Who, ...]
    ways: tuple[tuple[str, ...], ...]
    answers: tuple[Answer, ...]
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None


def pattern(of: re.Pattern[str]) -> str:
    """Return what ``fullmatch`` asks for, as JSON Schema spells it: anchored, in ECMA's dialect.

    Raises:
        ValueError: the pattern has a group that only Python knows, or a look around.
    """
    if "(?" in of.pattern or "\\Z" in of.pattern:
        raise ValueError("this pattern has no equal in JSON Schema")
    return f"^{of.pattern}$" if "|" not in of.pattern else f"^({of.pattern})$"


def text(of: re.Pattern[str] | None = None, **rules: object) -> JsonSchema:
    """Return the schema of a text, of a form if one is given."""
    form = {} if of is None else {"pattern": pattern(of)}
    return {"type": "string", **form, **rules}


def choice(*values: str) -> JsonSchema:
    """Return the schema of one of some words."""
    return {"type": "string", "enum": list(values)}


def whole(**rules: object) -> JsonSchema:
    """Return the schema of an integer from 0 on."""
    return {"type": "integer", "minimum": 0, **rules}


def scenario(place: Place) -> JsonSchema:
    """Return the schema of a scenario of the agreement, or a part of one."""
    known = "|".join(each.replace(".", r"\.") for each in sorted(place.scenarios))
    return {
        "type": "string",
        "maxLength": 32,
        "pattern": rf"^({known})(\.[a-z][a-z0-9_]*)*$",
    }
