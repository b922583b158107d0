"""What an OpenAPI document says of an operation that no function's signature does: who may call it, and the headers
that make a command safe to repeat and safe against another's change.

Who may call it is read off the dependencies that really check it, so that the document cannot say otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

from shared.platform.web.commands import LONGEST_KEY, LONGEST_VERSION
from shared.platform.web.session import COOKIE, CSRF_HEADER, require_role, require_viewer, viewer

SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": f"Of the pages. What changes something needs the form token too, in `{CSRF_HEADER}`.",
    },
}
IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Repeating the request with the same key is safe: it is done once, and answered as it was. The same "
    "key with another content is 422.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
}
IF_MATCH: dict[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "description": "The version that the sender has seen, as the ETag has it, or `*`. Where there is another one by "
    "now, nothing is done: 409 with the present `version`.",
    "schema": {"type": "string", "pattern": rf'^(\*|(W/)?"?[0-9]{{1,{LONGEST_VERSION}}}"?)$'},
}
ETAG: dict[str, Any] = {"ETag": {"description": "The version, for If-Match.", "schema": {"type": "string"}}}
VERSIONED: dict[int | str, dict[str, Any]] = {200: {"headers": ETAG}}
_NEEDED: list[dict[str, list[str]]] = [{name: []} for name in SCHEMES]


def say_who_may(schema: dict[str, Any], routes: Sequence[BaseRoute]) -> None:
    """Write the schemes and each operation's `security` into an OpenAPI document of these routes."""
    schema["components"]["securitySchemes"] = SCHEMES
    for route in iter_route_contexts(routes):
        for method in route.methods or ():
            operation = schema["paths"].get(route.path_format, {}).get(method.lower())
            if operation is not None:
                operation["security"] = _security(route.dependant)


def _security(dependant: Dependant) -> list[dict[str, list[str]]]:
    names = {getattr(call, "__qualname__", "").partition(".")[0] for call in _calls(dependant)}
    if not names.isdisjoint({require_viewer.__name__, require_role.__name__}):
        return _NEEDED
    return [{}, *_NEEDED] if viewer.__name__ in names else []


def _calls(dependant: Dependant) -> Iterator[Any]:
    """The functions on which a route depends; what `require_role` makes is called after it."""
    for inner in dependant.dependencies:
        yield inner.call
        yield from _calls(inner)
