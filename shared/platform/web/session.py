"""Who is asking: EdDSA-signed tokens in a cookie or a bearer header, and the check that a form was ours.

A token is a JWT (RFC 7519) signed with Ed25519 (RFC 8037; named `Ed25519` in the header as RFC 9864 asks). Only
*cases* holds the private key and signs; everybody verifies with the public one, and only that one algorithm, so that
neither `none` nor an HMAC made with the public key passes. Claims: `sub` person, `role`, `unit`, `kind` (session |
api), `iat`, `exp`, `jti`, and of a session `auth_time`: when somebody signed in (OpenID Connect Core section 2).

A bearer header goes before the cookie. The cookie lasts 15 minutes and is renewed by the sign-in pages under the same
`jti`, so that a form opened before a renewal still posts. A request that changes something and is authenticated by
the *cookie* must carry the form token, an HMAC keyed by the `jti` (which only the cookie and the servers know), and
come from our own origin; browsers never attach a bearer header by themselves, so those requests are exempt. Tokens
live by the wall clock, never by the campaign's. A session ends twelve hours after the sign-in, however often it is
renewed. What was revoked before its time is told by `revocation`, and asked at every use.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Literal
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from shared.platform.web.problems import Forbidden, NotSignedIn, Problem, ServiceUnavailable

COOKIE = "bihuan_session"
SESSION_LIFE = timedelta(minutes=15)
LONGEST_SESSION = timedelta(hours=12)
"""From the sign-in; renewals do not go beyond it."""
CSRF_FIELD = "csrf"
CSRF_HEADER = "X-CSRF-Token"
_ALGORITHM = "Ed25519"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_URLENCODED = "application/x-www-form-urlencoded"
_FORM_TYPES = (_URLENCODED, "multipart/form-data")

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

Kind = Literal["session", "api"]
WallClock = Callable[[], float]
"""Seconds since 1970, as `time.time`."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person behind a request. `session` is the token's `jti`, a secret: it keys the form tokens. `began` is when
    the session was signed in to."""

    id: str
    role: str
    unit: str
    kind: Kind
    expires: datetime
    session: str = field(repr=False)
    began: datetime = _LONG_AGO

    @property
    def mark(self) -> str:
        """By what the token is known where it is recorded and revoked."""
        return mark_of(self.session)

    @property
    def seat(self) -> tuple[str, str, str]:
        """Person, role, unit."""
        return self.id, self.role, self.unit


def new_session() -> str:
    """A `jti` for a new token."""
    return secrets.token_urlsafe(24)


@lru_cache(maxsize=4096)
def mark_of(session: str) -> str:
    """The public name of a token: 64 bits of a digest of its `jti`, in hexadecimal; nothing follows from it."""
    return hashlib.sha256(session.encode()).hexdigest()[:16]


def are_halves(private_pem: bytes, public_pem: bytes) -> bool:
    """Whether what is signed with the one is believed by who holds the other."""
    of_private = OKPKey.import_key(private_pem).as_dict(private=False)
    return of_private["x"] == OKPKey.import_key(public_pem).as_dict(private=False)["x"]


class SessionSigner:
    """Makes tokens; held by the service that signs people in, and by the command line."""

    def __init__(self, private_pem: bytes, roles: Collection[str], wall: WallClock = time.time) -> None:
        """`private_pem`: an Ed25519 key in PKCS#8; `roles` are all that there are."""
        self._key = OKPKey.import_key(private_pem)
        self._roles = frozenset(roles)
        self._wall = wall

    def sign(
        self,
        person: str,
        role: str,
        unit: str,
        kind: Kind = "session",
        life: timedelta = SESSION_LIFE,
        session: str | None = None,
        began: datetime | None = None,
    ) -> str:
        """A token for this person; give `session` and `began` to renew an open session under the same `jti`."""
        if role not in self._roles:
            raise ValueError(f"unknown role {role!r}; one of {', '.join(sorted(self._roles))}")
        now = int(self._wall())
        expires = now + int(life.total_seconds())
        claims: dict[str, str | int] = {
            "sub": person,
            "role": role,
            "unit": unit,
            "kind": kind,
            "iat": now,
            "exp": expires,
            "jti": session or new_session(),
        }
        if kind == "session":
            signed_in = int(began.timestamp()) if began is not None else now
            latest = signed_in + int(LONGEST_SESSION.total_seconds())
            claims |= {"auth_time": signed_in, "exp": min(expires, latest)}
        return jwt.encode({"alg": _ALGORITHM, "typ": "JWT"}, claims, self._key, algorithms=[_ALGORITHM])

    def renew(self, viewer: Viewer) -> str:
        """The same session for another quarter of an hour, or what its twelve hours leave."""
        return self.sign(viewer.id, viewer.role, viewer.unit, session=viewer.session, began=viewer.began)


class SessionVerifier:
    """Reads tokens with the public key."""

    def __init__(
        self,
        public_pem: bytes,
        roles: Collection[str],
        wall: WallClock = time.time,
        check: Callable[[Viewer], None] = lambda _: None,
    ) -> None:
        """`public_pem`: an Ed25519 key as SubjectPublicKeyInfo; `roles` are all that there are; `check` refuses
        (NotSignedIn) whose token was revoked."""
        self._key = OKPKey.import_key(public_pem)
        self._roles = frozenset(roles)
        self._wall = wall
        self._check = check
        self._viewer = lru_cache(maxsize=1024)(self._read)  # a good signature stays good; only time runs out

    def verify(self, token: str) -> Viewer:
        """The viewer of a token; raises NotSignedIn when it is expired, revoked, forged, of another algorithm or
        malformed, and ServiceUnavailable while nobody can say what was revoked."""
        viewer = self._viewer(token)
        if viewer.expires.timestamp() <= self._wall():
            raise NotSignedIn("登录已过期，请重新登录。")
        self._check(viewer)
        return viewer

    def _read(self, token: str) -> Viewer:
        try:
            claims = jwt.decode(token, self._key, algorithms=[_ALGORITHM]).claims
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise NotSignedIn("令牌无效，请重新登录。") from error
        viewer = _viewer_from(claims)
        if viewer is None or viewer.role not in self._roles:
            raise NotSignedIn("令牌内容不完整，请重新登录。")
        return viewer


def _viewer_from(claims: dict[str, object]) -> Viewer | None:
    person, role, unit, kind, session = (claims.get(name) for name in ("sub", "role", "unit", "kind", "jti"))
    expires = claims.get("exp")
    began = claims.get("auth_time", claims.get("iat"))
    if not (isinstance(person, str) and person and isinstance(unit, str) and isinstance(session, str) and session):
        return None
    if not isinstance(role, str) or not isinstance(expires, int) or isinstance(expires, bool):
        return None
    if kind == "session" or kind == "api":
        began = began if isinstance(began, int) else 0
        return Viewer(
            person, role, unit, kind, datetime.fromtimestamp(expires, UTC), session, datetime.fromtimestamp(began, UTC)
        )
    return None


def set_session_cookie(response: Response, token: str, *, secure: bool) -> None:
    """Puts the session into the browser; `secure` when the public address is https."""
    response.set_cookie(
        COOKIE, token, max_age=int(SESSION_LIFE.total_seconds()), path="/", httponly=True, samesite="lax", secure=secure
    )


def clear_session_cookie(response: Response, *, secure: bool) -> None:
    """Signs the browser out."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax", secure=secure)


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def viewer_of(request: Request) -> Viewer | None:
    """Who is asking, from the bearer header or else the cookie; None for a visitor.

    A bearer token that is no good raises NotSignedIn. A cookie that is no good counts as none, so that public pages
    stay readable.
    """
    verifier: SessionVerifier = request.app.state.verifier
    token = _bearer(request)
    if token is not None:
        return verifier.verify(token)
    cookie = request.cookies.get(COOKIE)
    if cookie is None:
        return None
    try:
        return verifier.verify(cookie)
    except (NotSignedIn, ServiceUnavailable):
        return None


def greeted(request: Request) -> Viewer | None:
    """Whom a page names in its head: a page that tells of a bad token greets nobody."""
    try:
        return viewer_of(request)
    except Problem:
        return None


async def viewer(request: Request) -> Viewer | None:
    """Dependency: the viewer or None. A change asked for under a cookie is checked for its form token."""
    found = viewer_of(request)
    if found is not None:
        await check_csrf(request, found)
    return found


async def require_viewer(request: Request) -> Viewer:
    """Dependency: the viewer; NotSignedIn (401) for a visitor, with the reason when there was a cookie, or
    ServiceUnavailable (503)."""
    found = await viewer(request)
    if found is not None:
        return found
    cookie = request.cookies.get(COOKIE)
    if cookie is None:
        raise NotSignedIn()
    verifier: SessionVerifier = request.app.state.verifier
    return verifier.verify(cookie)


MaybeViewer = Annotated[Viewer | None, Depends(viewer)]
SignedIn = Annotated[Viewer, Depends(require_viewer)]


def require_role(*roles: str) -> Callable[[Request], Awaitable[Viewer]]:
    """A dependency that lets only these roles through; Forbidden (403) for the others."""

    async def dependency(request: Request) -> Viewer:
        found = await require_viewer(request)
        if found.role not in roles:
            raise Forbidden("当前身份无权办理此事项。如需办理，请换用相应身份登录。", allowed_roles=list(roles))
        return found

    return dependency


def csrf_token(viewer: Viewer | None) -> str:
    """The hidden value of every form of this session; empty for a visitor."""
    if viewer is None:
        return ""
    return hmac.new(viewer.session.encode(), b"bihuan form token v1", hashlib.sha256).hexdigest()


async def check_csrf(request: Request, viewer: Viewer) -> None:
    """Refuses (403) a change under a session cookie that did not come from one of our own forms."""
    if request.method in _SAFE_METHODS or _bearer(request) is not None:
        return
    check_origin(request)
    given = request.headers.get(CSRF_HEADER)
    content_type = request.headers.get("content-type", "").lower()
    if given is None and content_type.startswith(_FORM_TYPES):
        if content_type.startswith(_URLENCODED):
            with suppress(RuntimeError):  # the form was parsed before us, so the bytes are gone already
                await request.body()  # keeps the bytes for a handler that wants the body itself
        value = (await request.form()).get(CSRF_FIELD)
        given = value if isinstance(value, str) else None
    if given is None or not hmac.compare_digest(given.encode(), csrf_token(viewer).encode()):
        raise Forbidden("表单已失效。请返回上一页，刷新后重新提交。")


def check_origin(request: Request) -> None:
    """Refuses (403) a request that a page of another site sent.

    `Sec-Fetch-Site` is the browser's own word; where it is missing (plain http) the `Origin` must be ours. Programs
    send neither.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        ours = site in ("same-origin", "none")
    elif origin is not None:
        ours = origin.partition("://")[2] in (
            request.headers.get("host", ""),
            urlsplit(request.app.state.public_url).netloc,
        )
    else:
        ours = True
    if not ours:
        raise Forbidden("请求来自其他网站的页面，已拒绝。请从本系统页面重新提交。")
