"""Command lanes for tests, and a way to make several commands share one group."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from shared.platform.event_store.lane import CommandLane
from shared.platform.event_store.session import Reactions, Session
from shared.platform.event_store.store import open_store
from tests.support import sample


@asynccontextmanager
async def lane_on(
    dsn: str,
    reactions: Reactions = sample.REACTIONS,
    *,
    committed: Callable[[], None] = lambda: None,
    patience: float = 10.0,
    capacity: int = 5_000,
) -> AsyncIterator[CommandLane]:
    """A running lane with the sample domain, drained at the end."""
    store = await asyncio.to_thread(open_store, dsn)  # the way may be a proxy on this loop
    lane = CommandLane(store, dsn, reactions, committed=committed, patience=patience, capacity=capacity)
    lane.start()
    try:
        yield lane
    finally:
        await lane.close()
        await asyncio.to_thread(store.close)


async def together(lane: CommandLane, *asks: Callable[[], asyncio.Future[Any]]) -> list[Any]:
    """The outcomes (results or exceptions) of commands that the lane finds waiting all at once.

    `asks` submit one command each; they do so while the lane is held up by a command before them.
    """
    holding, gate = threading.Event(), threading.Event()

    def hold_up(_: Session) -> bool:
        holding.set()
        return gate.wait(10)

    first = lane.submit(hold_up)
    await asyncio.to_thread(holding.wait, 10)
    futures = [ask() for ask in asks]
    gate.set()
    outcomes = await asyncio.gather(first, *futures, return_exceptions=True)
    return list(outcomes[1:])
