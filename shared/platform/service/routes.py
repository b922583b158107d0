"""The API of commands: a route for each row of a table, described by the row's name and its body's docstring."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Request
from fastapi.responses import JSONResponse

from shared.platform.service.answers import answer_of
from shared.platform.service.command import Command, Resource, Told
from shared.platform.service.dispatch import Dispatch
from shared.platform.web.described import ETAG, IDEMPOTENCY_KEY, IF_MATCH
from shared.platform.web.session import SignedIn, Viewer

_PARTS = re.compile(r"{(\w+)}")


def mount_commands(
    router: APIRouter,
    dispatch: Dispatch[Any],
    resource: Resource,
    *,
    headers: Mapping[str, str] | None = None,
    parts: Mapping[str, type] | None = None,
    location: Callable[[Told], str] | None = None,
) -> None:
    """Serve the commands of a resource below its path; the answer carries the version as ETag, as far as there is one.

    `parts`: the type of each part of the path that is no text. `location`: where what was made is found. What is made
    is answered with 201, and a command without a name lies at the path itself.
    """
    for command in resource.commands:
        router.post(
            f"{resource.path}/{command.name}".rstrip("/"),
            status_code=_status(resource),
            response_model=answer_of(resource.told),
            summary=command.permission.name,
            description=command.body.__doc__,
            responses={_status(resource): {"headers": ETAG}},
            openapi_extra={"parameters": [IDEMPOTENCY_KEY] if resource.find is None else [IDEMPOTENCY_KEY, IF_MATCH]},
        )(_endpoint(dispatch, resource, command, headers or {}, parts or {}, location))


def _status(resource: Resource) -> int:
    return 201 if resource.find is None else 200


def _endpoint(
    dispatch: Dispatch[Any],
    resource: Resource,
    command: Command,
    headers: Mapping[str, str],
    types: Mapping[str, type],
    location: Callable[[Told], str] | None,
) -> Callable[..., Awaitable[JSONResponse]]:
    parts = _PARTS.findall(resource.path)
    body_type = command.body
    optional = all(not field.is_required() for field in body_type.model_fields.values())

    async def endpoint(request: Request, viewer: Viewer, body: Any, **given: Any) -> JSONResponse:
        address = {name: str(part) for name, part in given.items()}
        told = await dispatch.give(request, viewer, resource, command.name, address, body)
        more = dict(headers)
        if "version" in told:
            more["ETag"] = f'"{told["version"]}"'
        if location is not None:
            more["Location"] = location(told)
        return JSONResponse(told, _status(resource), headers=more)

    def parameter(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
        return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)

    endpoint.__name__ = (command.name or f"open_{resource.path.strip('/')}").replace("-", "_")
    endpoint.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # FastAPI's way to be told of parameters
        [
            parameter("request", Request),
            parameter("viewer", SignedIn),
            parameter("body", body_type, Body(default_factory=body_type) if optional else Body()),
            *(parameter(name, Annotated[types.get(name, str), Path()]) for name in parts),
        ]
    )
    return endpoint
