"""Following what changes: one question a commit for all pages that are open, not one for each of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

import psycopg
import structlog

QUIET = 15.0
REST = 0.2
log = structlog.get_logger("follower")

Versions = Callable[[Sequence[UUID]], Awaitable[Mapping[UUID, int]]]


class Commits(Protocol):
    """The engine, as far as it tells of commits."""

    commits: int
    stopping: bool

    async def next_commit(self, timeout: float, since: int | None = None) -> None:
        """Return at the next one after `since`, when the service stops, or after `timeout` seconds."""


class Follower:
    """Asks `versions` for the present version of each aggregate that somebody follows, at most every REST seconds."""

    def __init__(self, engine: Commits, versions: Versions) -> None:
        self._engine = engine
        self._versions = versions
        self._followed: Counter[UUID] = Counter()
        self._known: dict[UUID, int] = {}
        self._news = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    async def follow(self, id_: UUID, seen: int) -> AsyncGenerator[int | None, None]:
        """Each version other than the one `seen` last; None when QUIET seconds brought none. Ends with the service."""
        self._followed[id_] += 1
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            while not self._engine.stopping:
                version = await self._next(id_, seen)
                if version is not None:
                    seen = version
                yield version
        finally:
            self._followed[id_] -= 1
            if not self._followed[id_]:
                del self._followed[id_]
                self._known.pop(id_, None)

    async def _next(self, id_: UUID, seen: int) -> int | None:
        try:
            async with asyncio.timeout(QUIET):
                while self._known.get(id_, seen) == seen and not self._engine.stopping:
                    await self._news.wait()
        except TimeoutError:
            return None
        version = self._known.get(id_, seen)
        return version if version != seen else None

    async def _look(self) -> None:
        """While anybody follows anything."""
        while self._followed and not self._engine.stopping:
            before = self._engine.commits
            try:
                self._known = dict(await self._versions(list(self._followed)))
            except (psycopg.Error, OSError) as error:
                log.warning("following interrupted", error=type(error).__name__)
            self._tell()
            await asyncio.sleep(REST)
            await self._engine.next_commit(QUIET, before)
        self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
