"""A refused form is kept for its page alone: sealed, for whoever sent it, until it is shown again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from psycopg_pool import AsyncConnectionPool
from starlette.requests import Request

from shared.platform.service.refused import Failed, RefusedForms
from shared.platform.web.session import Viewer
from tests.support.servers import Database

TYPED = "张三的电话 13500001234，蓝色卡车"
FAILED = Failed(
    "record-step", "须附证据。", {"text": TYPED, "版本": "3"}, {"evidence": "请填写。"}, 3, ("有新的备注。",)
)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def somebody(person: str = "p-1", role: str = "county", unit: str = "140525") -> Viewer:
    return Viewer(person, role, unit, "session", NOW, "s")


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[AsyncConnectionPool]:
    async with AsyncConnectionPool(database.writer, min_size=1, max_size=2, open=False) as opened:
        yield opened


async def sent(forms: RefusedForms, page: str = "/cases/1") -> str:
    """The token of the page to which the browser is sent."""
    answer = await forms.back(somebody(), FAILED, page)
    assert answer.status_code == 303
    where = urlsplit(answer.headers["location"])
    assert (where.path, where.fragment) == ("/cases/1", "refused")
    return parse_qs(where.query)["refused"][0]


def asks(token: str) -> Request:
    return Request({"type": "http", "query_string": f"refused={token}".encode(), "headers": []})


async def test_the_page_shows_all_that_was_typed_however_often_it_is_loaded(pool: AsyncConnectionPool) -> None:
    forms = RefusedForms(pool)
    token = await sent(forms, "/cases/1?queue=review")
    for _ in range(2):
        assert await forms.of(asks(token), somebody()) == FAILED


async def test_nobody_else_is_shown_it_and_no_other_word_opens_it(pool: AsyncConnectionPool) -> None:
    forms = RefusedForms(pool)
    token = await sent(forms)
    for other in (somebody("p-2"), somebody(role="principal"), somebody(unit="140581")):
        assert await forms.of(asks(token), other) is None
    for wrong in ("", "x", token[:-1], token[::-1], f"{token}=", "%", "甲", "A" * 43):
        assert await forms.of(asks(wrong), somebody()) is None


async def test_what_was_typed_is_not_to_be_read_in_the_database(database: Database, pool: AsyncConnectionPool) -> None:
    await sent(RefusedForms(pool))
    ((id_, sealed),) = database.rows("SELECT id, sealed FROM refused_forms")
    assert TYPED.encode() not in bytes(sealed)
    assert len(bytes(id_)) == 32
