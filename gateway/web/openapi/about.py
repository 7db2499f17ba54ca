"""Calls about the gateway itself: is it well, and what are its calls?"""

from http import HTTPStatus
from typing import Final

from gateway.web.admission import Who
from gateway.web.openapi.model import (
    HTML,
    Answer,
    Call,
    Example,
    Member,
    Place,
    Shape,
    Text,
    choice,
    text,
)

TOPIC: Final = Text("关于网关", "About the gateway")

_ALIVE: Final = Shape(
    name="Alive",
    members=(Member(name="status", schema=choice("ok"), says=Text("在运行", "it runs")),),
)
_READY: Final = Shape(
    name="Ready",
    members=(
        Member(
            name="status", schema=choice("ok", "not_ready"), says=Text("能否工作", "can it work?")
        ),
        Member(
            name="checks",
            schema={"type": "object", "additionalProperties": {"type": "boolean"}},
            says=Text("每项检查的结果", "each check by name"),
        ),
    ),
)


def calls(_: Place) -> tuple[Call, ...]:
    """Return the calls about the gateway."""
    return (_alive(), _ready(), _document(), _docs())


def _public(path: str, name: str, title: Text, says: Text, answers: tuple[Answer, ...]) -> Call:
    return Call(
        method="get",
        path=path,
        id=name,
        topic=TOPIC,
        title=title,
        says=says,
        who=(Who.PUBLIC,),
        ways=((),),
        answers=answers,
    )


def _alive() -> Call:
    return _public(
        "/healthz",
        "healthz",
        Text("进程在运行", "The process runs"),
        Text("给监控用。", "For monitoring."),
        (
            Answer(
                status=HTTPStatus.OK,
                says=Text("在运行", "it runs"),
                shape=_ALIVE,
                examples=(Example(name="ok", zh={"status": "ok"}),),
            ),
        ),
    )


def _ready() -> Call:
    return _public(
        "/readyz",
        "readyz",
        Text("能够工作", "It can do its work"),
        Text("给负载均衡用;逐项说明。", "For load balancers; names each check."),
        (
            Answer(
                status=HTTPStatus.OK,
                says=Text("全部正常", "every check passes"),
                shape=_READY,
                examples=(Example(name="ok", zh={"status": "ok", "checks": {"database": True}}),),
            ),
            Answer(
                status=HTTPStatus.SERVICE_UNAVAILABLE,
                says=Text("有一项不正常", "a check fails"),
                shape=_READY,
                examples=(
                    Example(
                        name="not_ready", zh={"status": "not_ready", "checks": {"database": False}}
                    ),
                ),
            ),
        ),
    )


def _document() -> Call:
    return _public(
        "/api/v1/openapi.json",
        "openapi",
        Text("本文档,OpenAPI 3.1", "This document, OpenAPI 3.1"),
        Text("给程序读;带 ETag。", "For programs; with an ETag."),
        (
            Answer(
                status=HTTPStatus.OK,
                says=Text("OpenAPI 文档", "the OpenAPI document"),
                schema={
                    "type": "object",
                    "required": ["openapi", "info", "paths"],
                    "properties": {"openapi": {"const": "3.1.0"}},
                },
                examples=(Example(name="start", zh={"openapi": "3.1.0", "info": {}, "paths": {}}),),
                headers=("Cache-Control", "ETag"),
            ),
            Answer(
                status=HTTPStatus.NOT_MODIFIED,
                says=Text("与 If-None-Match 相同", "the same as If-None-Match says"),
                headers=("ETag",),
            ),
        ),
    )


def _docs() -> Call:
    return _public(
        "/api/docs",
        "docs",
        Text("本页", "This page"),
        Text("给人读,中文或英文。", "For people, in Chinese or English."),
        (
            Answer(
                status=HTTPStatus.OK,
                says=Text("网页", "a page"),
                schema=text(),
                media=HTML,
                examples=(Example(name="page", zh="<!doctype html>"),),
            ),
        ),
    )
