"""Signing in and out. The session is a signed cookie of 15 minutes, renewed here while somebody works."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.cases.access import Accounts
from shared.platform.web.pages import render
from shared.platform.web.session import (
    SessionSigner,
    SignedIn,
    check_origin,
    clear_session_cookie,
    set_session_cookie,
    viewer_of,
)

RENEW_BEFORE = timedelta(minutes=10)


def mount_access(app: FastAPI, accounts: Accounts, signer: SessionSigner) -> None:
    """Serve `/sign-in` and `/sign-out`, and renew sessions on the way."""

    @app.get("/sign-in", include_in_schema=False)
    async def form(request: Request, next: str = "/desk") -> Response:
        return render(request, "sign_in.html", no_store=True, to=own_path(next), name="", failed=False)

    @app.post("/sign-in", include_in_schema=False)
    async def sign_in(request: Request) -> Response:
        check_origin(request)
        given = await request.form()
        name, password, to = (str(given.get(field, "")) for field in ("name", "password", "next"))
        account = await accounts.check(name.strip(), password)
        if account is None:
            return render(
                request, "sign_in.html", status=401, no_store=True, to=own_path(to), name=name.strip(), failed=True
            )
        response = RedirectResponse(own_path(to), 303)
        token = signer.sign(account.person, account.role, account.unit)
        set_session_cookie(response, token, secure=request.app.state.secure)
        return response

    @app.post("/sign-out", include_in_schema=False)
    async def sign_out(request: Request, _: SignedIn) -> Response:
        response = RedirectResponse("/sign-in", 303)
        clear_session_cookie(response, secure=request.app.state.secure)
        return response

    app.add_middleware(Renewal, signer=signer)


class Renewal:
    """Gives a page's answer a fresh session cookie when the old one is a third through. Streams pass untouched."""

    def __init__(self, app: ASGIApp, signer: SessionSigner) -> None:
        self._app = app
        self._signer = signer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return

        async def renewing(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                request = Request(scope)
                viewer = viewer_of(request) if "authorization" not in request.headers else None
                now = datetime.now(UTC)
                if viewer is not None and viewer.kind == "session" and viewer.expires - now < RENEW_BEFORE:
                    cookie = Response()
                    set_session_cookie(cookie, self._signer.renew(viewer), secure=request.app.state.secure)
                    cookies = [header for header in cookie.raw_headers if header[0] == b"set-cookie"]
                    message["headers"] = [*message["headers"], *cookies]
            await send(message)

        await self._app(scope, receive, renewing)


def own_path(to: str) -> str:
    """A path of this installation: never another site's."""
    return to if to.isprintable() and re.match(r"/(?![/\\])", to) else "/desk"
