"""Signing in and out, and changing a password. The session is a signed cookie of 15 minutes, renewed here while
somebody works, for twelve hours at most and only while its account may.

A first password opens nothing but the page that changes it: with it nobody gets a session.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.cases.access.accounts import Account, Accounts
from services.cases.access.passwords import SHORTEST, WeakPassword
from shared.platform.web.pages import render
from shared.platform.web.revocation import Revocations
from shared.platform.web.session import (
    LONGEST_SESSION,
    MaybeViewer,
    SessionSigner,
    SignedIn,
    Viewer,
    check_origin,
    clear_session_cookie,
    greeted,
    set_session_cookie,
)

RENEW_BEFORE = timedelta(minutes=10)
_WRONG = "现在的密码不对，或该账号因多次输错暂停一分钟。请核对后再试。"
_DIFFER = "两次输入的新密码不一样，请重新输入。"
_SAME = "新密码与现在的密码相同，请换一个。"
_MEANWHILE = "账号刚刚有变动，请重新登录。"


def mount_access(app: FastAPI, accounts: Accounts, signer: SessionSigner) -> None:
    """Serve `/sign-in`, `/sign-out` and `/password`, and renew sessions on the way."""
    revocations: Revocations = app.state.revocations

    async def signed_in(request: Request, account: Account, to: str) -> Response:
        session = await accounts.sign_in(account)
        if session is None:
            return _failed(request, account.name, to)
        response = RedirectResponse(own_path(to), 303, {"Cache-Control": "no-store"})
        token = signer.sign(account.person, account.role, account.unit, session=session)
        set_session_cookie(response, token, secure=request.app.state.secure)
        return response

    @app.get("/sign-in", include_in_schema=False)
    async def form(
        request: Request, next: str = "/desk", name: Annotated[str, Query(alias="as", max_length=100)] = ""
    ) -> Response:
        return render(request, "sign_in.html", no_store=True, to=own_path(next), name=name, failed=False)

    @app.post("/sign-in", include_in_schema=False)
    async def sign_in(request: Request) -> Response:
        check_origin(request)
        name, password, to = await _typed(request, "name", "password", "next")
        account = await accounts.check(name, password, address_of(request))
        if account is None:
            return _failed(request, name, to)
        if account.must_change:
            return _password_page(request, account.name, to)
        return await signed_in(request, account, to)

    @app.post("/sign-out", include_in_schema=False)
    async def sign_out(request: Request, viewer: SignedIn) -> Response:
        if viewer.kind == "session":
            await accounts.sign_out(viewer)
            revocations.revoke_here([viewer.mark])
        response = RedirectResponse("/sign-in", 303)
        clear_session_cookie(response, secure=request.app.state.secure)
        return response

    @app.get("/password", include_in_schema=False)
    async def password_form(request: Request, viewer: SignedIn) -> Response:
        return _password_page(request, await _own_account(viewer), "/desk")

    @app.post("/password", include_in_schema=False)
    async def change(request: Request, viewer: MaybeViewer) -> Response:
        name, current, new, again, to = await _typed(request, "name", "current", "new", "again", "next")
        if viewer is None:  # with a first password
            check_origin(request)
        else:
            name = await _own_account(viewer)
        account = await accounts.check(name, current, address_of(request))
        if account is None:
            return _password_page(request, name, to, _WRONG)
        if new != again:
            return _password_page(request, name, to, _DIFFER)
        if new == current:
            return _password_page(request, name, to, _SAME)
        try:
            changed = await accounts.change_password(account, new)
        except WeakPassword as error:
            return _password_page(request, name, to, str(error))
        if changed is None:
            return _password_page(request, name, to, _MEANWHILE)
        account, ended = changed
        revocations.revoke_here(ended)
        return await signed_in(request, account, to)

    async def _own_account(viewer: Viewer) -> str:
        """The name of the account behind a session; nobody's for an API token."""
        account = await accounts.account_of(viewer)
        return account.name if account is not None else ""

    app.add_middleware(Renewal, accounts=accounts, signer=signer)


async def _typed(request: Request, *fields: str) -> list[str]:
    given = await request.form()
    return [str(given.get(field, "")) for field in fields]


def _failed(request: Request, name: str, to: str) -> Response:
    return render(request, "sign_in.html", status=401, no_store=True, to=own_path(to), name=name.strip(), failed=True)


def _password_page(request: Request, name: str, to: str, error: str | None = None) -> Response:
    return render(
        request, "password.html", status=422 if error else 200, no_store=True, name=name, to=own_path(to), error=error,
        first=greeted(request) is None, shortest=SHORTEST,
    )  # fmt: skip


def address_of(request: Request) -> str:
    """The address that asks, for the count of failures alone; the gateway vouches for it."""
    return request.client.host if request.client else ""


class Renewal:
    """Gives a page's answer a fresh session cookie when the old one is a third through. Streams pass untouched."""

    def __init__(self, app: ASGIApp, accounts: Accounts, signer: SessionSigner) -> None:
        self._app = app
        self._accounts = accounts
        self._signer = signer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return

        async def renewing(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200 and not _is_stream(message):
                request = Request(scope)
                viewer = greeted(request) if "authorization" not in request.headers else None
                if viewer is not None and _is_due(viewer) and await self._accounts.may_renew(viewer):
                    cookie = Response()
                    set_session_cookie(cookie, self._signer.renew(viewer), secure=request.app.state.secure)
                    cookies = [header for header in cookie.raw_headers if header[0] == b"set-cookie"]
                    message["headers"] = [*message["headers"], *cookies]
            await send(message)

        await self._app(scope, receive, renewing)


def _is_stream(message: Message) -> bool:
    """A page that is only left open keeps nobody signed in."""
    return Headers(raw=message["headers"]).get("content-type", "").startswith("text/event-stream")


def _is_due(viewer: Viewer) -> bool:
    soon = viewer.expires - datetime.now(UTC) < RENEW_BEFORE
    return viewer.kind == "session" and soon and viewer.expires < viewer.began + LONGEST_SESSION


def own_path(to: str) -> str:
    """A path of this installation: never another site's."""
    return to if to.isprintable() and re.match(r"/(?![/\\])", to) else "/desk"
