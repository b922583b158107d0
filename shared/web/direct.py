"""The direct way to a busy route: a visitor's JSON goes to its handler without the framework in between.

The framework's way (routing, dependencies, exit stacks) costs several times what such a handler does itself. Only the
plain case goes the direct way: exactly this method and path, declared as JSON, neither signed in nor refused by the
body's model. Everything else is answered by the framework's own route, to which the body is handed on; so what is
refused, and how, is decided in one place. A direct route is always the second way to a route of the framework, which
also describes it.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.web.problem_handlers import problem_response
from shared.web.problems import Problem

B = TypeVar("B", bound=BaseModel)
_SIGNED_IN = frozenset({b"authorization", b"cookie"})


@dataclass(frozen=True, slots=True)
class DirectRoute:
    """A path without parameters, its body's model, and who answers a visitor."""

    path: str
    model: type[BaseModel]
    answer: Callable[[Request, Any], Awaitable[Response]]


def answer_directly(
    app: FastAPI, method: str, path: str, model: type[B], answer: Callable[[Request, B], Awaitable[Response]]
) -> None:
    """Let visitors' requests for this route of the application go the direct way. `answer` may raise problems."""
    app.state.direct[method, path] = DirectRoute(path, model, answer)


class Direct:
    """ASGI middleware, the innermost one: the direct way where there is one."""

    def __init__(self, app: ASGIApp, routes: dict[tuple[str, str], DirectRoute]) -> None:
        self._app = app
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._routes.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if route is None or not _is_a_visitors_json(scope):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            content = await request.body()
        except ClientDisconnect:  # nobody is there to be answered
            return
        try:
            body = route.model.model_validate(json.loads(content))
        except (ValueError, RecursionError):  # no JSON, or not what the model asks for
            await self._app(scope, _again(content, receive), send)
            return
        scope["route"] = route
        try:
            response = await route.answer(request, body)
        except Problem as problem:
            response = problem_response(request, problem)
        await response(scope, receive, send)


def _is_a_visitors_json(scope: Scope) -> bool:
    json_declared = False
    for name, value in scope["headers"]:
        if name in _SIGNED_IN:
            return False
        if name == b"content-type":
            json_declared = value == b"application/json"
    return json_declared


def _again(content: bytes, receive: Receive) -> Receive:
    """The channel of a request whose body was read already: the body once more, then what follows."""
    told = False

    async def channel() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": content, "more_body": False}

    return channel
