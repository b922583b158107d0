"""Rows with an instant that Python's calendar does not have."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from deploy.local.postgres import EmbeddedPostgres
from shared.platform.event_store.instants import FIRST, LAST, read_every_instant
from shared.platform.web.words import day_in_words, until_in_words, when_in_words


async def read(server: EmbeddedPostgres, written: str) -> Any:
    async with await psycopg.AsyncConnection.connect(server.dsn()) as connection:
        await read_every_instant(connection)
        return (await (await connection.execute("SELECT %s::timestamptz", (written,))).fetchone() or [None])[0]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("9999-12-31T23:59:59-12:00", LAST),
        ("infinity", LAST),
        ("0001-01-01T00:00:00+14:00", FIRST),
        ("0044-03-15 BC", FIRST),
        ("-infinity", FIRST),
        ("2022-01-21T17:31:00+08:00", datetime(2022, 1, 21, 9, 31, tzinfo=UTC)),
        (None, None),
    ],
)
async def test_are_read_as_the_first_or_the_last_that_can_be_shown(
    postgres: EmbeddedPostgres, written: str, expected: datetime | None
) -> None:
    assert await read(postgres, written) == expected


@pytest.mark.parametrize(
    "instant",
    [
        FIRST, LAST, datetime.fromisoformat("9999-12-31T23:59:59-12:00"),
        datetime.fromisoformat("0001-01-01T00:00:00+14:00"), datetime.fromisoformat("0001-01-01T00:00:00-08:00"),
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("locale", ["zh", "en"])
def test_are_shown(instant: datetime, locale: Any) -> None:
    for words in (day_in_words, when_in_words, until_in_words):
        assert words(instant, locale)
