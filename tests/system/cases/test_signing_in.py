"""Who may come in: first passwords, sign-out, renewals, failures by account and address, and what is written down."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx
import psycopg
import pytest

from services.cases.access.accounts import Accounts
from services.cases.access.administration import Administration
from services.cases.access.attempts import Attempts
from shared.kernel.roles import ROLES
from shared.platform.web.session import COOKIE, SessionSigner, SessionVerifier, Viewer
from tests.support.running import PRIVATE_PEM, PUBLIC_PEM
from tests.support.waiting import until
from tests.system.cases.house import STEP, House

GOOD = "corecht batterij paard"
BETTER = "vier schapen in de mist"
CASES = "/api/cases/v1/cases"
CSRF = re.compile(r'name="csrf" value="([0-9a-f]+)"')
_numbers = count(1)


@pytest.fixture
def access(house: House) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(house.database.server.dsn("bihuan_access"), autocommit=True) as connection:
        yield connection


@pytest.fixture
def desk(access: psycopg.Connection[Any]) -> Administration:
    return Administration(access, b"p" * 32)


@pytest.fixture
def name(desk: Administration) -> str:
    """An account with a password of its own."""
    made = f"county-test-{next(_numbers)}"
    desk.add(made, f"p-of-{made}", "county", "140525")
    desk.set_password(made, GOOD)
    return made


async def sign_in(house: House, name: str, password: str = GOOD, address: str = "192.0.2.1") -> httpx.Response:
    async with house.client() as client:
        fields = {"name": name, "password": password, "next": "/cases"}
        return await client.post("/sign-in", data=fields, headers={"X-Forwarded-For": address})


async def cookie_of(house: House, name: str) -> str:
    answer = await sign_in(house, name)
    assert answer.status_code == 303
    return answer.cookies[COOKIE]


async def get(house: House, cookie: str, path: str = CASES) -> httpx.Response:
    async with house.client() as client:
        return await client.get(path, headers={"Cookie": f"{COOKIE}={cookie}"})


async def post(house: House, cookie: str, path: str, **fields: str) -> httpx.Response:
    csrf = CSRF.search((await get(house, cookie, "/desk")).text)
    sent = fields | {"csrf": csrf[1] if csrf else ""}
    async with house.client() as client:
        return await client.post(path, data=sent, headers={"Cookie": f"{COOKIE}={cookie}"})


def viewer_of(cookie: str) -> Viewer:
    return SessionVerifier(PUBLIC_PEM, ROLES).verify(cookie)


def nearly_over(cookie: str) -> str:
    """The same session with a cookie that asks to be renewed."""
    viewer = viewer_of(cookie)
    return SessionSigner(PRIVATE_PEM, ROLES).sign(
        *viewer.seat, life=timedelta(minutes=2), session=viewer.session, began=viewer.began
    )


def said(access: psycopg.Connection[Any], name: str) -> list[str]:
    found = access.execute("SELECT what FROM access_events WHERE account = %s ORDER BY id", (name,))
    return [what for (what,) in found]


# --- sessions ---


async def test_a_session_that_was_signed_out_is_over_whoever_kept_its_cookie(
    house: House, name: str, access: psycopg.Connection[Any]
) -> None:
    cookie = await cookie_of(house, name)
    assert (await get(house, cookie)).status_code == 200
    assert (await post(house, cookie, "/sign-out")).status_code == 303
    assert (await get(house, cookie)).status_code == 401
    assert COOKIE not in (await get(house, nearly_over(cookie), "/desk")).cookies
    assert said(access, name)[-2:] == ["signed-in", "signed-out"]


async def test_who_works_is_renewed_and_whose_account_is_disabled_is_not(
    house: House, name: str, desk: Administration
) -> None:
    cookie = await cookie_of(house, name)
    old = nearly_over(cookie)
    renewed = (await get(house, old, "/cases")).cookies[COOKIE]
    assert viewer_of(renewed).expires > viewer_of(old).expires
    assert viewer_of(renewed).began == viewer_of(cookie).began
    desk.disable(name)

    async def shut_out() -> bool:
        return (await get(house, renewed)).status_code == 401

    assert COOKIE not in (await get(house, old, "/cases")).cookies  # not even before the list has come round
    await until(shut_out, 1.5)
    assert (await post(house, renewed, f"{CASES}")).status_code == 401
    assert (await sign_in(house, name)).status_code == 401


async def test_a_session_that_nobody_recorded_is_not_renewed(house: House) -> None:
    made_up = SessionSigner(PRIVATE_PEM, ROLES).sign("p-zezhou-1", "county", "140525", life=timedelta(minutes=2))
    answer = await get(house, made_up, "/cases")
    assert answer.status_code == 200
    assert COOKIE not in answer.cookies


async def test_a_session_in_its_last_minutes_is_not_renewed_beyond_its_twelve_hours(house: House, name: str) -> None:
    viewer = viewer_of(await cookie_of(house, name))
    began = datetime.now(UTC) - timedelta(hours=11, minutes=58)
    late = SessionSigner(PRIVATE_PEM, ROLES).sign(*viewer.seat, session=viewer.session, began=began)
    answer = await get(house, late, "/cases")
    assert answer.status_code == 200
    assert COOKIE not in answer.cookies


async def test_an_open_page_hears_nothing_more_once_its_session_has_ended_and_keeps_nobody_signed_in(
    house: House, name: str
) -> None:
    case = await house.open()
    cookie = await cookie_of(house, name)
    headers = {"Cookie": f"{COOKIE}={nearly_over(cookie)}"}
    heard: list[str] = []
    async with house.client() as client, client.stream("GET", f"/cases/{case}/live", headers=headers) as answer:
        assert answer.status_code == 200
        assert COOKIE not in answer.cookies
        lines = answer.aiter_lines()
        heard.append(await anext(lines))
        await asyncio.sleep(0.5)  # it has looked once
        await post(house, cookie, "/sign-out")
        await house.give(case, "record-step", "county", **STEP)
        async with asyncio.timeout(20):
            heard += [line async for line in lines]
    assert "data: 2" not in heard


# --- passwords ---


async def test_a_first_password_opens_nothing_but_the_page_that_changes_it(house: House, desk: Administration) -> None:
    fresh = f"county-test-{next(_numbers)}"
    first = desk.add(fresh, "p-fresh", "county", "140525")
    answer = await sign_in(house, fresh, first)
    assert (answer.status_code, COOKIE in answer.cookies) == (200, False)
    assert 'action="/password"' in answer.text
    fields = {"name": fresh, "current": first, "new": BETTER, "again": BETTER, "next": "/cases"}
    async with house.client() as client:
        for change in ({"current": "wrong"}, {"again": "other"}, {"new": "short", "again": "short"}):
            assert (await client.post("/password", data=fields | change)).status_code == 422
        assert (await client.post("/password", data=fields | {"new": first, "again": first})).status_code == 422
        changed = await client.post("/password", data=fields)
    assert (changed.status_code, changed.headers["location"]) == (303, "/cases")
    assert (await get(house, changed.cookies[COOKIE])).status_code == 200
    assert (await sign_in(house, fresh, first)).status_code == 401
    assert (await sign_in(house, fresh, BETTER)).status_code == 303


async def test_a_changed_password_ends_the_other_sessions_of_the_account_and_not_its_own(
    house: House, name: str
) -> None:
    mine, other = await cookie_of(house, name), await cookie_of(house, name)
    fields = {"current": GOOD, "new": BETTER, "again": BETTER, "next": "/desk"}
    assert (await post(house, mine, "/password", **fields | {"current": "wrong"})).status_code == 422
    changed = await post(house, mine, "/password", **fields)
    assert changed.status_code == 303
    for ended in (mine, other):
        assert (await get(house, ended)).status_code == 401
    assert (await get(house, changed.cookies[COOKIE])).status_code == 200


async def test_nobody_changes_the_password_of_an_account_by_naming_it_in_his_own_form(
    house: House, name: str, desk: Administration
) -> None:
    victim = f"county-test-{next(_numbers)}"
    desk.add(victim, "p-victim", "county", "140525")
    desk.set_password(victim, GOOD)
    fields = {"name": victim, "current": GOOD, "new": BETTER, "again": BETTER}
    assert (await post(house, await cookie_of(house, name), "/password", **fields)).status_code == 303
    assert (await sign_in(house, victim)).status_code == 303


# --- failures ---


async def test_five_failures_shut_an_address_out_of_an_account_and_nobody_else(
    house: House, name: str, desk: Administration, access: psycopg.Connection[Any]
) -> None:
    for _ in range(6):
        assert (await sign_in(house, name, "wrong")).status_code == 401
    assert (await sign_in(house, name)).status_code == 401
    assert (await sign_in(house, name, address="198.51.100.7")).status_code == 303
    assert next(one for one in desk.accounts() if one.name == name).state == "locked"
    assert said(access, name)[-6:] == ["refused"] * 4 + ["rests", "signed-in"]
    desk.unlock(name)
    assert (await sign_in(house, name)).status_code == 303


async def test_who_guesses_once_a_minute_for_ever_does_not_keep_the_owner_out(
    house: House, name: str, access: psycopg.Connection[Any]
) -> None:
    await take(house, name, *["192.0.2.1"] * 5)
    for _ in range(10):
        access.execute("UPDATE attempts SET since = now() - interval '1 minute'")
        assert (await sign_in(house, name, "wrong")).status_code == 401
    assert (await sign_in(house, name, address="198.51.100.7")).status_code == 303


async def take(house: House, name: str, *addresses: str) -> None:
    """A failure from each address, without the work that a password makes."""
    attempts = Attempts(b"p" * 32)
    dsn = house.database.server.dsn("bihuan_access", "bihuan_access_writer")
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        for address in addresses:
            await attempts.take(connection, name, address)
            await connection.execute("UPDATE attempts SET since = now() + interval '1 hour'")  # nothing comes back


async def test_who_guesses_as_fast_as_he_can_from_one_place_does_not_keep_the_owner_out(
    house: House, name: str
) -> None:
    await take(house, name, *["192.0.2.1"] * 150)
    assert (await sign_in(house, name, address="192.0.2.1")).status_code == 401
    assert (await sign_in(house, name, address="198.51.100.7")).status_code == 303


@pytest.mark.parametrize(("addresses", "status"), [(98, 303), (100, 401)])
async def test_a_hundred_addresses_together_slow_an_account_down(
    house: House, name: str, addresses: int, status: int
) -> None:
    await take(house, name, *(f"203.0.113.{n}" for n in range(addresses)))
    assert (await sign_in(house, name, address="198.51.100.9")).status_code == status


async def test_an_address_that_tries_many_names_is_slowed_down(house: House, name: str) -> None:
    for n in range(60):
        await take(house, f"nobody-{n}", "203.0.113.200")
    assert (await sign_in(house, name, address="203.0.113.200")).status_code == 401
    assert (await sign_in(house, name, address="203.0.113.201")).status_code == 303


async def test_a_name_that_is_none_costs_the_same_statements_and_is_not_written_down(
    house: House, name: str, access: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[Any] = []
    execute = psycopg.AsyncCursor.execute

    async def noted(self: Any, query: Any, *arguments: Any, **more: Any) -> Any:
        statements.append(query)
        return await execute(self, query, *arguments, **more)

    monkeypatch.setattr(psycopg.AsyncCursor, "execute", noted)
    accounts = Accounts(house.database.server.dsn("bihuan_access", "bihuan_access_writer"), b"p" * 32)
    await accounts.open()
    asked = {}
    for typed in (name, "nobody-at-all"):
        statements.clear()
        assert await accounts.check(typed, "wrong", "203.0.113.220") is None
        asked[typed] = list(statements)
    await accounts.close()
    assert asked[name] == asked["nobody-at-all"] != []
    assert said(access, name)[-1] == "refused"
    row = access.execute("SELECT what, account FROM access_events ORDER BY id DESC LIMIT 1").fetchone()
    assert row == ("refused", None)


@pytest.mark.parametrize("typed", ["a\0b", "x" * 5000, "", "' OR 1=1 --", "名" * 300])
async def test_no_name_that_can_be_typed_is_more_than_wrong(house: House, typed: str) -> None:
    assert (await sign_in(house, typed, "a\0b", "203.0.113.230")).status_code == 401
