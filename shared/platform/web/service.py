"""The skeleton of a service's HTTP application: what all four have in common, so that each adds only its routes.

Order of what a request passes, outermost first: log and metrics, guarding headers, the catcher of unexpected errors,
the body limit, then FastAPI with the problem handlers. No documentation UI is mounted: the usual ones load scripts
from elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from prometheus_client import CollectorRegistry

from shared.platform.web.answers import declare_refusals
from shared.platform.web.described import say_who_may
from shared.platform.web.limits import BodyLimits
from shared.platform.web.observe import GuardingHeaders, Observed
from shared.platform.web.pages import PLAIN, Look, Pages
from shared.platform.web.parameters import only_known_parameters
from shared.platform.web.problem_handlers import install_problem_handlers
from shared.platform.web.readiness import add_probes
from shared.platform.web.session import SessionVerifier
from shared.platform.web.static_files import mount_static

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[Any]]


def create_service_app(
    title: str,
    version: str,
    *,
    verifier: SessionVerifier,
    registry: CollectorRegistry,
    public_url: str,
    lifespan: Lifespan | None = None,
    template_directories: Sequence[Path] = (),
    look: Look = PLAIN,
    larger_bodies: Mapping[str, int] | None = None,
    clock: str = "system",
) -> FastAPI:
    """An application with problem documents, sessions, pages, probes and metrics installed.

    `public_url`: where browsers find the installation; https makes cookies secure (`app.state.secure`).
    `larger_bodies`: bytes allowed by route template, where 1 MiB is too little. `clock`: what `/ready` says of it.
    """
    app = FastAPI(
        title=title, version=version, lifespan=lifespan, docs_url=None, redoc_url=None,
        dependencies=[Depends(only_known_parameters)],
    )  # fmt: skip
    app.state.verifier = verifier
    app.state.public_url = public_url
    app.state.secure = public_url.startswith("https://")
    app.state.pages = Pages(template_directories, look)
    app.state.clock = clock
    app.state.schemas = {}  # of answers that no type of Python describes
    # Each add_middleware wraps what was added before.
    app.add_middleware(BodyLimits, larger=larger_bodies)
    install_problem_handlers(app)
    app.add_middleware(GuardingHeaders, secure=app.state.secure)
    app.add_middleware(Observed, registry=registry)
    mount_static(app)
    add_probes(app, registry)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]  # FastAPI's documented way to change the document
    return app


def _openapi(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI 3.1 document, with problem documents in place of the framework's own error bodies."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, routes=app.routes)
        declare_refusals(schema)
        components = schema["components"]
        components["schemas"] |= app.state.schemas
        say_who_may(schema, app.routes)
        app.openapi_schema = schema
    return app.openapi_schema
