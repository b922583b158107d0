"""Turns what was raised into an answer: a problem document for programs, a page for people.

A request is a person's when its `Accept` names text/html. A person who is not signed in and only wanted to look is
sent to the sign-in page, which brings them back. Framework errors (404, 405, validation, …) become problems here too,
and so does a database that does not answer, wherever that was met;
anything else is a defect of ours: it is logged by type and frames under a reference, and the answer carries only that
reference.
"""

from __future__ import annotations

import json
import re
import uuid
from typing import Any
from urllib.parse import urlencode

import psycopg
import structlog
from eventsourcing import persistence
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.platform.event_store.lane import Unavailable
from shared.platform.web.answers import MEDIA_TYPE
from shared.platform.web.logs import describe_exception
from shared.platform.web.pages import locale_of, render
from shared.platform.web.problems import (
    Invalid,
    MalformedJson,
    MethodNotAllowed,
    NotSignedIn,
    OfStatus,
    Problem,
    ServiceUnavailable,
    Unexpected,
)
from shared.platform.web.words import Locale, translate

NO_ANSWER = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    persistence.OperationalError,
    persistence.InterfaceError,
    Unavailable,
)
_log = structlog.get_logger("shared.platform.web")
_QUOTED = re.compile(r"'([^']*)'")
UNWRITABLE = "含有不能保存、印制或比对的字符（{characters}），请删除后重试。"
_MESSAGES = {
    "unwritable": UNWRITABLE,
    "missing": "缺少此项，请补上。",
    "extra_forbidden": "没有这一项，请去掉。",
    "string_too_short": "太短：至少 {min_length} 个字。",
    "string_too_long": "太长：至多 {max_length} 个字。",
    "too_short": "太少：至少 {min_length} 项。",
    "too_long": "太多：至多 {max_length} 项。",
    "greater_than": "应大于 {gt}。",
    "greater_than_equal": "应不小于 {ge}。",
    "less_than": "应小于 {lt}。",
    "less_than_equal": "应不大于 {le}。",
    "string_pattern_mismatch": "格式不符，应合于 {pattern}。",
    "timezone_aware": "时间应带时区，例如 2022-01-21T17:31:00+08:00。",
}
_EXPECTED = {
    "string": "应为文字。",
    "int": "应为整数。",
    "float": "应为数字。",
    "bool": "应为 true 或 false。",
    "date": "应为日期，例如 2022-01-21。",
    "datetime": "应为时间，例如 2022-01-21T17:31:00+08:00。",
    "list": "应为列表。",
    "dict": "应为对象。",
    "model": "应为对象。",
    "uuid": "应为 UUID。",
}


def document(problem: Problem, locale: Locale = "zh") -> dict[str, Any]:
    """The members of a problem document (RFC 9457 section 3)."""
    return {
        "type": f"/problems/{problem.type}",
        "title": translate(locale, problem.title),
        "status": problem.status,
        "detail": detail_in(problem, locale),
        **{key: value for key, value in problem.extras.items() if value is not None},
    }


def detail_in(problem: Problem, locale: Locale) -> str:
    """The problem's sentence in the language, its places filled."""
    sentence = translate(locale, problem.detail)
    return sentence.format(**problem.values) if problem.values else sentence


def wants_page(request: Request) -> bool:
    """True when a person's browser asks."""
    return "text/html" in request.headers.get("accept", "")


def problem_response(request: Request, problem: Problem) -> Response:
    """The answer to this request."""
    if not wants_page(request):
        body = json.dumps(document(problem, locale_of(request)), ensure_ascii=False, default=str)
        headers = {"Cache-Control": "no-store", **problem.headers}
        return Response(body, problem.status, headers, media_type=MEDIA_TYPE)
    if (
        isinstance(problem, NotSignedIn)
        and request.method == "GET"
        and not request.scope["path"].startswith("/sign-in")
    ):
        query = request.scope["query_string"].decode("latin-1")
        back = request.scope["path"] + (f"?{query}" if query else "")
        return RedirectResponse(f"/sign-in?{urlencode({'next': back})}", 303, {"Cache-Control": "no-store"})
    page = render(
        request,
        "error.html",
        status=problem.status,
        no_store=True,
        problem=problem,
        detail=detail_in(problem, locale_of(request)),
    )
    page.headers.update(problem.headers)
    return page


def install_problem_handlers(app: FastAPI) -> None:
    """Answers every raised problem, framework error and unexpected exception of this application."""

    async def on_problem(request: Request, error: Exception) -> Response:
        return problem_response(request, _as_problem(request, error))

    for kind in (Problem, HTTPException, RequestValidationError, *NO_ANSWER):
        app.add_exception_handler(kind, on_problem)
    app.add_middleware(UnexpectedErrors)


def _as_problem(request: Request, error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, RequestValidationError):
        return _from_validation(request, error)
    if isinstance(error, NO_ANSWER):
        _log.warning("a database does not answer", **describe_exception(error))
        return ServiceUnavailable("服务暂不可用，请稍后重试。")
    if not isinstance(error, HTTPException):
        raise TypeError(f"no problem for {type(error).__name__}")
    if error.status_code == 405:
        return MethodNotAllowed(_methods_of(request))
    return OfStatus(error.status_code, headers=dict(error.headers or {}))


def _methods_of(request: Request) -> list[str]:
    """Every method of this address: a framework's 405 names those of the first route that matches it."""
    path = request.scope["path"]
    routes = (one for one in iter_route_contexts(request.app.routes) if one.path_regex.match(path))
    return sorted({method for one in routes for method in one.methods or ()})


def _from_validation(request: Request, error: RequestValidationError) -> Problem:
    found = error.errors()
    for one in found:
        if one["type"] == "json_invalid":
            return MalformedJson(
                "请求体在第 {position} 个字符处不是合法的 JSON，请更正后重试。", values={"position": one["loc"][-1]}
            )
        if one["loc"] == ("body",) and one["type"] == "model_attributes_type" and not _says_json(request):
            return OfStatus(415, "此处只接受 JSON。请加上请求头 Content-Type: application/json。")
    locale = locale_of(request)
    return Invalid([_field_error(one, locale) for one in found])


def _says_json(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().endswith(("/json", "+json"))


def _field_error(error: Any, locale: Locale) -> dict[str, Any]:
    """One of `errors`: `pointer` (RFC 6901) into the body or `parameter`, `detail`, and `allowed` when enumerable."""
    place, *path = error["loc"]
    steps = [str(step).replace("~", "~0").replace("/", "~1") for step in path]
    where = (
        {"pointer": "#" + "".join(f"/{step}" for step in steps)} if place == "body" else {"parameter": ".".join(steps)}
    )
    context = error.get("ctx") or {}
    expected = context.get("expected")
    if isinstance(expected, str) and error["type"] in ("literal_error", "enum"):
        allowed = _QUOTED.findall(expected)
        detail = translate(locale, "只能是：{allowed}。").format(allowed="、".join(allowed))
        return {**where, "detail": detail, "allowed": allowed}
    return {**where, "detail": _field_detail(error["type"], context, locale)}


def _field_detail(kind: str, context: dict[str, Any], locale: Locale) -> str:
    if kind in _MESSAGES:
        return translate(locale, _MESSAGES[kind]).format(**context)
    if kind == "value_error" and isinstance(context.get("error"), ValueError):
        return translate(locale, str(context["error"]))
    stem = kind.removesuffix("_type").removesuffix("_parsing").removesuffix("_attributes")
    for name in (stem, stem.split("_")[0]):
        if name in _EXPECTED:
            return translate(locale, _EXPECTED[name])
    return translate(locale, "填写有误（{kind}）。").format(kind=kind)


class UnexpectedErrors:
    """ASGI middleware: an exception that nobody expected ends here, logged without its message."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            reference = uuid.uuid4().hex[:12]
            _log.error("unexpected error", reference=reference, **describe_exception(error))
            if started:
                raise
            await problem_response(Request(scope, receive), Unexpected(reference))(scope, receive, send)
