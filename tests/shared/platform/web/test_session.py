"""Who is believed to be who, and which forms are believed to be ours."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Response
from joserfc import jwt
from joserfc.jwk import OKPKey

from shared.kernel.roles import ROLES
from shared.platform.web.problems import NotSignedIn
from shared.platform.web.session import (
    COOKIE,
    SessionSigner,
    SessionVerifier,
    clear_session_cookie,
    csrf_token,
    set_session_cookie,
)

NOW = 1_642_757_460.0
FORM = {"content-type": "application/x-www-form-urlencoded"}


def part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    honest = {"sub": "p-1", "role": "admin", "unit": "city", "kind": "api", "iat": now, "exp": now + 600, "jti": "j"}
    return honest | changes


def test_a_signed_person_is_read_back_with_role_unit_kind_and_end(keys: Any) -> None:
    signer, verifier = SessionSigner(keys.private, ROLES, lambda: NOW), SessionVerifier(keys.public, ROLES, lambda: NOW)
    viewer = verifier.verify(signer.sign("p-zezhou-1", "county", "140525"))
    assert (viewer.id, viewer.role, viewer.unit, viewer.kind) == ("p-zezhou-1", "county", "140525", "session")
    assert viewer.expires.timestamp() == int(NOW) + 15 * 60


def test_a_session_ends_after_fifteen_minutes_to_the_second(keys: Any) -> None:
    token = SessionSigner(keys.private, ROLES, lambda: NOW).sign("p-1", "office", "city")
    SessionVerifier(keys.public, ROLES, lambda: NOW + 899).verify(token)
    with pytest.raises(NotSignedIn, match="登录已过期"):
        SessionVerifier(keys.public, ROLES, lambda: NOW + 900).verify(token)


def test_a_renewed_session_keeps_its_form_token_and_a_new_one_does_not(keys: Any) -> None:
    signer, verifier = SessionSigner(keys.private, ROLES, lambda: NOW), SessionVerifier(keys.public, ROLES, lambda: NOW)
    first = verifier.verify(signer.sign("p-1", "office", "city"))
    renewed = verifier.verify(signer.renew(first))
    other = verifier.verify(signer.sign("p-1", "office", "city"))
    assert csrf_token(renewed) == csrf_token(first)
    assert csrf_token(other) != csrf_token(first)


def test_the_session_secret_is_not_shown_when_a_viewer_is_printed(keys: Any) -> None:
    token = SessionSigner(keys.private, ROLES).sign("p-1", "office", "city")
    viewer = SessionVerifier(keys.public, ROLES).verify(token)
    assert viewer.session not in repr(viewer)


def test_a_role_that_does_not_exist_is_not_signed(keys: Any) -> None:
    with pytest.raises(ValueError, match="unknown role"):
        SessionSigner(keys.private, ROLES).sign("p-1", "emperor", "city")


def test_an_unsigned_token_is_refused(keys: Any) -> None:
    with pytest.raises(NotSignedIn):
        SessionVerifier(keys.public, ROLES).verify(f"{part({'alg': 'none'})}.{part(claims())}.")


def test_an_hmac_made_with_the_public_key_is_refused(keys: Any) -> None:
    signed = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims())}"
    mac = hmac.new(keys.public, signed.encode(), hashlib.sha256).digest()
    with pytest.raises(NotSignedIn):
        SessionVerifier(keys.public, ROLES).verify(f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}")


def test_a_token_of_another_installation_is_refused(keys: Any) -> None:
    stranger = type(keys)()
    with pytest.raises(NotSignedIn):
        SessionVerifier(keys.public, ROLES).verify(SessionSigner(stranger.private, ROLES).sign("p-1", "admin", "city"))


def test_a_token_whose_role_was_changed_after_signing_is_refused(keys: Any) -> None:
    head, _, signature = SessionSigner(keys.private, ROLES).sign("p-1", "county", "140525").split(".")
    with pytest.raises(NotSignedIn):
        SessionVerifier(keys.public, ROLES).verify(f"{head}.{part(claims())}.{signature}")


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "....", "é.é.é", "null.null.null"])
def test_what_is_no_token_at_all_is_refused(keys: Any, text: str) -> None:
    with pytest.raises(NotSignedIn):
        SessionVerifier(keys.public, ROLES).verify(text)


@pytest.mark.parametrize(
    "lacking",
    [
        {"role": "emperor"},
        {"sub": ""},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": True},
        {"kind": "root"},
        {"jti": None},
    ],
)
def test_a_well_signed_token_with_a_lacking_claim_is_refused(keys: Any, lacking: dict[str, Any]) -> None:
    key = OKPKey.import_key(keys.private)
    token = jwt.encode({"alg": "Ed25519"}, claims(**lacking), key, algorithms=["Ed25519"])
    with pytest.raises(NotSignedIn, match="不完整"):
        SessionVerifier(keys.public, ROLES).verify(token)


async def test_a_bearer_header_goes_before_the_cookie(client: httpx.AsyncClient, token: Callable[..., str]) -> None:
    client.cookies.set(COOKIE, token("county"))
    answer = await client.get("/desk", headers={"authorization": f"Bearer {token('office', 'city', kind='api')}"})
    assert answer.json() == "p-1 office city api"
    assert (await client.get("/desk")).json() == "p-1 county 140525 session"


async def test_a_bad_bearer_token_is_401_even_where_visitors_are_welcome(client: httpx.AsyncClient) -> None:
    assert (await client.get("/board", headers={"authorization": "Bearer nonsense"})).status_code == 401


async def test_a_public_page_stays_readable_with_an_old_cookie(
    client: httpx.AsyncClient, token: Callable[..., str]
) -> None:
    client.cookies.set(COOKIE, token(life=timedelta(seconds=-1)))
    assert (await client.get("/board")).json() == "visitor"


async def test_a_change_under_a_cookie_needs_the_form_token(
    client: httpx.AsyncClient, keys: Any, token: Callable[..., str]
) -> None:
    session = token()
    client.cookies.set(COOKIE, session)
    form_token = csrf_token(SessionVerifier(keys.public, ROLES).verify(session))
    assert (await client.post("/change", content="a=1", headers=FORM)).status_code == 403
    assert (await client.post("/change", content="a=1&csrf=wrong", headers=FORM)).status_code == 403
    sent = f"a=1&csrf={form_token}"
    answer = await client.post("/change", content=sent, headers=FORM)
    assert (answer.status_code, answer.json()) == (200, len(sent))
    assert (await client.post("/mark", files={"csrf": (None, form_token)})).status_code == 200
    assert (await client.post("/mark", files={"csrf": (None, "wrong")})).status_code == 403
    assert (await client.post("/change", headers={"x-csrf-token": form_token})).status_code == 200


async def test_the_form_token_of_another_session_does_not_help(
    client: httpx.AsyncClient, keys: Any, token: Callable[..., str]
) -> None:
    client.cookies.set(COOKIE, token())
    stranger = csrf_token(SessionVerifier(keys.public, ROLES).verify(token()))
    assert (await client.post("/change", headers={"x-csrf-token": stranger})).status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://bihuan.example"}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
    ],
)
async def test_a_form_from_another_site_is_refused_whatever_token_it_carries(
    client: httpx.AsyncClient, keys: Any, token: Callable[..., str], headers: dict[str, str], status: int
) -> None:
    session = token()
    client.cookies.set(COOKIE, session)
    form_token = csrf_token(SessionVerifier(keys.public, ROLES).verify(session))
    answer = await client.post("/change", headers={"x-csrf-token": form_token, **headers})
    assert answer.status_code == status


async def test_a_bearer_request_needs_no_form_token(client: httpx.AsyncClient, token: Callable[..., str]) -> None:
    answer = await client.post("/change", headers={"authorization": f"Bearer {token(kind='api')}"})
    assert answer.status_code == 200


def test_the_cookie_is_hidden_from_script_and_from_other_sites_and_secure_under_https() -> None:
    plain, secure, gone = Response(), Response(), Response()
    set_session_cookie(plain, "t", secure=False)
    set_session_cookie(secure, "t", secure=True)
    clear_session_cookie(gone, secure=True)
    assert plain.headers["set-cookie"] == f"{COOKIE}=t; HttpOnly; Max-Age=900; Path=/; SameSite=lax"
    assert secure.headers["set-cookie"].endswith("; Secure")
    assert "Max-Age=0" in gone.headers["set-cookie"]


# --- when a session ends ---


def test_a_session_ends_twelve_hours_after_the_sign_in_however_often_it_is_renewed(keys: Any) -> None:
    hours = 12 * 3600
    now = NOW
    signer, verifier = SessionSigner(keys.private, ROLES, lambda: now), SessionVerifier(keys.public, ROLES, lambda: now)
    token = signer.sign("p-1", "office", "city")
    while now + 600 < NOW + hours:
        now += 600
        token = signer.renew(verifier.verify(token))
    assert verifier.verify(token).expires.timestamp() == int(NOW) + hours
    now = NOW + hours
    with pytest.raises(NotSignedIn, match="登录已过期"):
        verifier.verify(token)
    with pytest.raises(NotSignedIn, match="登录已过期"):
        verifier.verify(signer.renew(SessionVerifier(keys.public, ROLES, lambda: NOW).verify(token)))


def test_a_token_of_an_earlier_version_began_when_it_was_issued(keys: Any) -> None:
    key = OKPKey.import_key(keys.private)
    token = jwt.encode({"alg": "Ed25519"}, claims(kind="session", iat=int(NOW)), key, algorithms=["Ed25519"])
    assert SessionVerifier(keys.public, ROLES).verify(token).began.timestamp() == int(NOW)


def test_the_mark_of_a_token_does_not_give_its_secret_away(keys: Any) -> None:
    viewer = SessionVerifier(keys.public, ROLES).verify(
        SessionSigner(keys.private, ROLES).sign("p-1", "office", "city")
    )
    assert len(viewer.mark) == 16
    assert viewer.mark not in viewer.session
    assert viewer.mark not in csrf_token(viewer)


def refusing(_: Any) -> None:
    raise NotSignedIn("已终止。")


async def test_what_was_revoked_is_a_visitor_by_cookie_and_401_by_header(
    app: FastAPI, client: httpx.AsyncClient, keys: Any, token: Callable[..., str]
) -> None:
    app.state.verifier = SessionVerifier(keys.public, ROLES, check=refusing)
    client.cookies.set(COOKIE, token())
    assert (await client.get("/board")).json() == "visitor"
    assert (await client.get("/desk")).status_code == 401
    assert (await client.post("/mark")).status_code == 401
    client.cookies.clear()
    headers = {"authorization": f"Bearer {token(kind='api')}"}
    for path in ("/board", "/desk"):
        assert (await client.get(path, headers=headers)).status_code == 401


async def test_a_bad_bearer_token_of_a_program_that_wants_pages_is_told_so_on_a_page(
    client: httpx.AsyncClient,
) -> None:
    headers = {"authorization": "Bearer nonsense", "accept": "text/html"}
    answer = await client.post("/mark", headers=headers)
    assert answer.status_code == 401
    assert "令牌无效" in answer.text
