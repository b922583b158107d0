"""How many pages follow at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from shared.platform.web.problems import TooManyRequests
from shared.platform.web.streams import Streams


@pytest.fixture
def streams() -> Streams:
    return Streams(each=2, all_=3)


@pytest.fixture
def over(app: FastAPI, streams: Streams) -> asyncio.Event:
    """Streams of each person at `/live/<person>`, all of which end when this is set."""
    ended = asyncio.Event()

    async def events() -> AsyncIterator[str]:
        yield "data: 1\n\n"
        await ended.wait()

    @app.get("/live/{person}")
    async def live(person: str) -> StreamingResponse:
        return streams.answer(person, events())

    return ended


Watch = Callable[[str], Any]


@pytest.fixture
def watch(client: httpx.AsyncClient) -> Watch:
    """Open a stream and leave it open; the answer comes when it is over."""

    async def begin(person: str) -> asyncio.Task[httpx.Response]:
        task = asyncio.create_task(client.get(f"/live/{person}"))
        for _ in range(20):
            await asyncio.sleep(0)
        return task

    return begin


async def test_a_person_has_so_many_and_no_more_until_one_is_closed(
    client: httpx.AsyncClient, over: asyncio.Event, watch: Watch
) -> None:
    first, second = await watch("p-1"), await watch("p-1")
    third = await client.get("/live/p-1")
    assert (third.status_code, third.headers["retry-after"]) == (429, "30")
    assert third.json()["detail"].endswith("。")
    over.set()
    assert [(await one).status_code for one in (first, second)] == [200, 200]
    assert (await client.get("/live/p-1")).status_code == 200


async def test_a_process_has_so_many_and_no_more(client: httpx.AsyncClient, over: asyncio.Event, watch: Watch) -> None:
    open_ = [await watch(person) for person in ("p-1", "p-1", "p-2")]
    fourth = await client.get("/live/p-3")
    assert (fourth.status_code, fourth.headers["retry-after"]) == (503, "30")
    over.set()
    assert [(await one).status_code for one in open_] == [200] * 3


async def test_a_page_that_is_closed_gives_its_place_back(
    client: httpx.AsyncClient, over: asyncio.Event, watch: Watch, streams: Streams
) -> None:
    for _ in range(5):
        gone = await watch("p-1")
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
    with streams.place("p-1"), streams.place("p-1"), pytest.raises(TooManyRequests), streams.place("p-1"):
        pass
    over.set()
    answer = await client.get("/live/p-1")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
