"""Many pages follow, one question a commit is asked for all of them, and they end when the service stops."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from uuid import UUID

import pytest

from shared.platform.event_store.ids import new_id
from shared.platform.messaging import follower as following
from shared.platform.messaging.follower import Follower
from tests.support.waiting import until


class Engine:
    """Commits when the test says so."""

    def __init__(self) -> None:
        self.commits = 0
        self.stopping = False
        self._commit = asyncio.Event()

    async def next_commit(self, timeout: float, since: int | None = None) -> None:
        while since == self.commits:
            await asyncio.wait_for(self._commit.wait(), timeout)

    def commit(self) -> None:
        self.commits += 1
        self._commit.set()
        self._commit = asyncio.Event()

    def stop(self) -> None:
        self.stopping = True
        self.commit()


class Table:
    """The versions as they are now, and how often they were asked for."""

    def __init__(self, ids: Sequence[UUID]) -> None:
        self.versions = dict.fromkeys(ids, 1)
        self.questions: list[int] = []

    async def look(self, ids: Sequence[UUID]) -> dict[UUID, int]:
        self.questions.append(len(ids))
        return {id_: self.versions[id_] for id_ in ids}


async def test_a_hundred_pages_cost_one_question_a_commit_and_each_hears_of_its_own_alone() -> None:
    ids = [new_id() for _ in range(100)]
    engine, table = Engine(), Table(ids)
    follower = Follower(engine, table.look)
    told: dict[UUID, list[int | None]] = {id_: [] for id_ in ids}

    async def page(id_: UUID) -> None:
        async for version in follower.follow(id_, 1):
            told[id_].append(version)

    def was_told(version: int) -> bool:
        return told[ids[0]][-1:] == [version]

    pages = [asyncio.create_task(page(id_)) for id_ in ids]
    await until(lambda: table.questions)
    for version in (2, 3):
        table.versions[ids[0]] = version
        engine.commit()
        await until(partial(was_told, version))
    assert len(table.questions) == 3
    assert table.questions[1:] == [100, 100]
    assert all(told[id_] == [] for id_ in ids[1:])
    engine.stop()
    await asyncio.wait_for(asyncio.gather(*pages), 2)


async def test_what_is_committed_while_it_asks_is_asked_for_again() -> None:
    id_ = new_id()
    engine, table = Engine(), Table([id_])

    async def look(ids: Sequence[UUID]) -> dict[UUID, int]:
        found = await table.look(ids)
        if len(table.questions) == 1:
            table.versions[id_] = 2
            engine.commit()
        return found

    news = Follower(engine, look).follow(id_, 1)
    assert await asyncio.wait_for(anext(news), 3) == 2
    await news.aclose()


async def test_a_page_that_hears_nothing_is_told_so_and_one_that_closes_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(following, "QUIET", 0.1)
    monkeypatch.setattr(following, "REST", 0.0)
    id_ = new_id()
    table = Table([id_])
    engine = Engine()

    async def quiet(timeout: float, since: int | None = None) -> None:
        await asyncio.sleep(timeout)

    monkeypatch.setattr(engine, "next_commit", quiet)
    follower = Follower(engine, table.look)
    news = follower.follow(id_, 1)
    assert await asyncio.wait_for(anext(news), 2) is None
    await news.aclose()
    await asyncio.sleep(0.2)
    asked = len(table.questions)
    await asyncio.sleep(0.3)
    assert len(table.questions) == asked
