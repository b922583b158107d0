"""The commands that are committed together, what they wrote, and how they ended."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from shared.platform.event_store.rows import Statement
from shared.platform.event_store.session import Session
from shared.platform.event_store.snapshots import Snapshot
from shared.platform.event_store.unit_of_work import UnitOfWork

R = TypeVar("R")
Command = Callable[[Session], R]


@dataclass(slots=True)
class Item:
    """One command on its way; `outcome` is its result or, if it `failed`, what it raised.

    `streams` are those that it will look at, as far as they were announced; `since` is when it came (monotonic
    seconds). `given_up`: whoever waited was told that it did not end in time."""

    command: Command[Any]
    key: str | None
    fingerprint: bytes
    future: asyncio.Future[Any]
    streams: Sequence[UUID] = ()
    since: float = field(default_factory=time.monotonic)
    given_up: bool = False
    outcome: Any = None
    failed: bool = False

    def fail(self, error: BaseException) -> None:
        """Let the command end with an error."""
        self.outcome, self.failed = error, True


class Group:
    """What one transaction will hold. `answer` gives its `ids` once it is sent and committed; `error` is why it failed.

    `events` are the staged events by stream, `touched` the aggregates that its commands looked at,
    `keys` the idempotency keys it makes.
    """

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.work = UnitOfWork()
        self.events: dict[UUID, list[Any]] = {}
        self.touched: set[UUID] = set()
        self.keys: dict[str, tuple[bytes, bytes]] = {}
        self.snapshots: list[Snapshot] = []
        self.ids: list[int] = []
        self.statements: list[Statement] = []
        self.answer: Iterator[list[int]] | None = None
        self.error: Exception | None = None

    def add(self, item: Item, session: Session) -> None:
        """Take in what an accepted command staged."""
        for id_, touched in session.touched.items():
            self.touched.add(id_)
            if touched.events:
                self.events.setdefault(id_, []).extend(touched.events)
        self.work.merge(session.work)
        self.items.append(item)
