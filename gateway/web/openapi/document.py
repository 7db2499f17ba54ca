"""The calls of a city as one OpenAPI 3.1 document, encoded once for all readers."""

import functools
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import gateway
from gateway.jose import strict_json
from gateway.web.openapi.calls import calls
from gateway.web.openapi.model import Answer, Call, Example, JsonSchema, Member, Place, Shape, Text
from gateway.web.openapi.security import schemes

_HEADERS: Final[dict[str, tuple[str, JsonSchema]]] = {
    "Cache-Control": ("How long the answer may be kept.", {"type": "string"}),
    "ETag": ("Changes with the answer.", {"type": "string"}),
    "Retry-After": ("Seconds to wait before the next try.", {"type": "integer", "minimum": 1}),
    "WWW-Authenticate": ("How to sign in.", {"type": "string"}),
}
_ABOUT: Final = (
    "Verify credit codes that citizens of partner cities show, and grant the same benefit that "
    "residents get. Every problem has a stable code. Members that are not listed are refused."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """A document as it is sent."""

    body: bytes
    etag: str


@functools.lru_cache(maxsize=8)
def encoded(place: Place) -> Encoded:
    """Return the document of a place; the same one for every request."""
    body = strict_json.encode(document(place))
    return Encoded(body=body, etag=hashlib.sha256(body).hexdigest()[:32])


def document(place: Place) -> dict[str, object]:
    """Return the OpenAPI document of a place."""
    said = calls(place)
    paths: dict[str, dict[str, object]] = {}
    for call in said:
        paths.setdefault(call.path, {})[call.method] = _operation(call)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Credit-code gateway",
            "version": gateway.__version__,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": place.leaf}],
        "tags": [{"name": topic.en} for topic in dict.fromkeys(call.topic for call in said)],
        "paths": paths,
        "components": {
            "schemas": {shape.name: _object(shape) for shape in _shapes(said)},
            "securitySchemes": {
                each.name: {**each.fields, "description": _sentence(each.says)}
                for each in schemes(place)
            },
        },
    }


def schema_of(member: Member) -> JsonSchema:
    """Return the JSON Schema of a member's value."""
    one = member.schema if member.shape is None else _ref(member.shape)
    if not member.many:
        return one
    anything: JsonSchema = {}
    items: JsonSchema = {"anyOf": [one, anything]} if member.alone else one
    bound = {} if member.at_most is None else {"maxItems": member.at_most}
    return {"type": "array", "items": items, **bound}


def _operation(call: Call) -> dict[str, object]:
    said: dict[str, object] = {
        "operationId": call.id,
        "tags": [call.topic.en],
        "summary": call.title.en,
        "description": call.says.en,
        "security": [{scheme: list[str]() for scheme in way} for way in call.ways],
        "responses": {str(each.status.value): _response(each) for each in call.answers},
    }
    if call.parameters:
        said["parameters"] = [
            {
                "name": each.member.name,
                "in": each.where,
                "required": each.member.required,
                "description": each.member.says.en,
                "schema": schema_of(each.member),
                "example": each.example,
            }
            for each in call.parameters
        ]
    if call.body is not None:
        content = _content(_ref(call.body.shape), call.body.examples)
        said["requestBody"] = {"required": True, "content": {call.body.media: content}}
    return said


def _response(answer: Answer) -> dict[str, object]:
    said: dict[str, object] = {"description": _sentence(answer.says)}
    if answer.headers:
        said["headers"] = {name: _header(name) for name in answer.headers}
    schema = answer.schema if answer.shape is None else _ref(answer.shape)
    if schema is not None:
        said["content"] = {answer.media: _content(_narrowed(schema, answer), answer.examples)}
    return said


def _narrowed(schema: JsonSchema, answer: Answer) -> JsonSchema:
    """Return the schema with exactly the codes that this answer may have."""
    if not answer.codes:
        return schema
    own = {"status": {"const": answer.status.value}, "code": {"enum": list(answer.codes)}}
    return {"allOf": [schema, {"properties": own}]}


def _content(schema: JsonSchema, examples: tuple[Example, ...]) -> dict[str, object]:
    return {"schema": schema, "examples": {each.name: {"value": each.zh} for each in examples}}


def _header(name: str) -> dict[str, object]:
    says, schema = _HEADERS[name]
    return {"description": says, "required": True, "schema": schema}


def _object(shape: Shape) -> JsonSchema:
    properties = {
        each.name: {**schema_of(each), "description": _sentence(each.says)}
        for each in shape.members
    }
    return {
        "type": "object",
        "properties": properties,
        "required": [each.name for each in shape.members if each.required],
        **({"additionalProperties": False} if shape.closed else {}),
        **shape.rules,
    }


def _shapes(said: tuple[Call, ...]) -> Iterator[Shape]:
    """Yield every shape that a call names, with those inside; one may come twice."""
    for call in said:
        outer = [answer.shape for answer in call.answers]
        for shape in [None if call.body is None else call.body.shape, *outer]:
            if shape is not None:
                yield from _with_inner(shape)


def _with_inner(shape: Shape) -> Iterator[Shape]:
    yield shape
    for member in shape.members:
        if member.shape is not None:
            yield from _with_inner(member.shape)


def _ref(shape: Shape) -> JsonSchema:
    return {"$ref": f"#/components/schemas/{shape.name}"}


def _sentence(says: Text) -> str:
    return f"{says.en[:1].upper()}{says.en[1:]}."
