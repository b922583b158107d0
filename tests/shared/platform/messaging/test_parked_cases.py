"""A case is parked until its letters are replayed, by whichever process; then it flows again, in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest

from shared.platform.event_store.ids import new_id
from shared.platform.event_store.session import Session
from shared.platform.messaging.handler import Handler, Received
from shared.platform.messaging.inbox import Inbox, Replay
from tests.support.lanes import lane_on
from tests.support.mirror import (
    HANDLERS,
    POISON,
    PRODUCER,
    LiftChanged,
    delivery,
    history,
    inbox_on,
    remarks,
    take_until,
)
from tests.support.sample import inspect
from tests.support.servers import Database

LETTERS = "SELECT sequence FROM dead_letters ORDER BY sequence"


async def test_a_case_stays_parked_after_a_restart_until_its_letters_are_replayed(database: Database) -> None:
    lift = new_id()
    async with lane_on(database.writer) as lane:
        async with inbox_on(database, lane) as inbox:
            await take_until(inbox, history(lift, POISON), 100, 2)
        async with inbox_on(database, lane) as inbox:
            await inbox.take([delivery(3, "LiftInspected", lift, "behind it")])
            for number in (2, 3):
                await lane.submit(partial(Session.mark_replayed, producer=PRODUCER, sequence=number))
            await inbox.load()
            await inbox.take([delivery(4, "LiftInspected", lift, "free again")])
    assert [row[0] for row in database.rows(LETTERS)] == [2, 3]
    assert remarks(database) == {lift: ["free again"]}


def mend(monkeypatch: pytest.MonkeyPatch) -> None:
    """The handler takes in the poison now, like anything else."""

    def lenient(session: Session, event: LiftChanged, _: Received) -> None:
        inspect(event.lift, str(event.remark))(session)

    monkeypatch.setitem(HANDLERS, "LiftInspected", Handler(LiftChanged, lenient))


@asynccontextmanager
async def two_processes(database: Database) -> AsyncIterator[tuple[Inbox, Inbox]]:
    """The one that takes in, and another one of the same service."""
    async with (
        lane_on(database.writer) as one,
        lane_on(database.writer) as other,
        inbox_on(database, one) as first,
        inbox_on(database, other) as second,
    ):
        yield first, second


async def test_a_case_flows_again_as_soon_as_another_process_has_replayed_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    lift = new_id()
    async with two_processes(database) as (reading, other):
        await take_until(reading, history(lift, POISON, "behind"), 100, 3)
        mend(monkeypatch)
        replay = await other.replay(str(lift))
        assert (replay.replayed, replay.left) == ([2, 3], 0)
        await reading.take([delivery(4, "LiftInspected", lift, "next")])
    assert remarks(database) == {lift: [POISON, "behind", "next"]}
    assert [row[0] for row in database.rows(LETTERS)] == [2, 3]


async def test_two_processes_that_replay_the_same_letters_take_each_in_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    lift = new_id()
    behind = [f"{n}" for n in range(20)]
    async with two_processes(database) as (one, other):
        await take_until(one, history(lift, POISON, *behind), 100, 22)
        mend(monkeypatch)
        replays = await asyncio.gather(one.replay(str(lift)), other.replay(str(lift)))
        assert sorted(replays[0].replayed + replays[1].replayed) == list(range(2, 23))
    assert remarks(database) == {lift: [POISON, *behind]}


async def test_an_event_that_is_put_behind_letters_just_replayed_elsewhere_does_not_stay_there(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    lift = new_id()
    async with two_processes(database) as (reading, other):
        await take_until(reading, history(lift, POISON), 100, 2)
        mend(monkeypatch)
        original = reading._commit_each

        async def too_late(ready: Any) -> None:
            """It has looked, and found the case parked."""
            await other.replay(str(lift))
            await original(ready)

        monkeypatch.setattr(reading, "_commit_each", too_late)
        await reading.take([delivery(3, "LiftInspected", lift, "put behind")])
        assert await other.replay(str(lift)) == Replay([], None, 0)
    assert [row[0] for row in database.rows(LETTERS)] == [2, 3]
    assert remarks(database) == {lift: [POISON, "put behind"]}


async def test_what_a_killed_replay_has_left_behind_is_taken_in_by_whoever_reads_next(database: Database) -> None:
    lift = new_id()
    async with lane_on(database.writer) as lane:
        async with inbox_on(database, lane) as inbox:
            await take_until(inbox, history(lift, POISON, "a", "b"), 100, 4)
            await lane.submit(lambda session: session.mark_replayed(PRODUCER, 2))
        async with inbox_on(database, lane):
            assert remarks(database) == {lift: ["a", "b"]}
