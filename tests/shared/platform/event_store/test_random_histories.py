"""Any interleaving of commands, refusals, repeated keys, two processes, lost connections and restarts is a history.

I1: every accepted command has exactly its events. I2: versions are gapless and unique. And both feeds count from 1
without a gap, per jurisdiction too, in the order of the events.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from shared.platform.event_store.ids import new_id
from shared.platform.event_store.lane import CommandLane, KeyReused
from shared.platform.event_store.session import NotFound, Session
from tests.support.lanes import lane_on
from tests.support.proxy import Proxy
from tests.support.sample import Lift, LiftIsScrapped, inspect, register, scrap
from tests.support.servers import Database


class AlreadyThere(Exception):
    """A lift is registered once."""


LIFTS = 4
COUNTIES = ("140525", "140581")
EXPECTED = (LiftIsScrapped, NotFound, KeyReused, AlreadyThere)


@dataclass(frozen=True)
class Do:
    """One request: to which process, on which lift, with which key (None: without)."""

    what: str
    lift: int
    process: int
    key: int | None


requests = st.builds(
    Do,
    st.sampled_from(["register", "inspect", "inspect", "inspect", "scrap", "refuse"]),
    st.integers(0, LIFTS - 1),
    st.integers(0, 1),
    st.none() | st.integers(0, 5),
)
losses = st.sampled_from([Proxy.lose_request, Proxy.lose_answer])
words = st.sampled_from([b"BEGIN", b"pg_current_xact_id", b"COMMIT", b"max(notification_id)"])
steps = st.lists(
    st.lists(requests, min_size=1, max_size=12)
    | st.tuples(losses, words)
    | st.sampled_from(["kill the connections", "restart"]),
    min_size=2,
    max_size=8,
)


@dataclass
class Told:
    """What the requesters were told."""

    versions: dict[UUID, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    by_key: dict[str, Any] = field(default_factory=dict)


class Run:
    """One example: two lanes on one database, through one proxy each."""

    def __init__(self, database: Database, proxies: list[Proxy]) -> None:
        self.database = database
        self.proxies = proxies
        self.lifts = [new_id() for _ in range(LIFTS)]
        self.prefix = str(new_id())
        self.told = Told()
        self.lanes: list[CommandLane] = []
        self.counter = 0

    async def play(self, script: list[Any]) -> None:
        for part in self.parts(script):
            async with (
                lane_on(self.database.writer_through(self.proxies[0].port)) as one,
                lane_on(self.database.writer_through(self.proxies[1].port)) as other,
            ):
                self.lanes = [one, other]
                for step in part:
                    await self.step(step)
                for proxy in self.proxies:
                    proxy.disarm()

    @staticmethod
    def parts(script: list[Any]) -> list[list[Any]]:
        """The script, cut at every restart."""
        parts: list[list[Any]] = [[]]
        for step in script:
            if step == "restart":
                parts.append([])
            else:
                parts[-1].append(step)
        return parts

    async def step(self, step: Any) -> None:
        if isinstance(step, tuple):
            lose, word = step
            lose(self.proxies[0], word)
        elif step == "kill the connections":
            for proxy in self.proxies:
                proxy.cut()
        else:
            await asyncio.gather(*[self.ask(do) for do in step])

    async def ask(self, do: Do) -> None:
        lift, county = self.lifts[do.lift], COUNTIES[do.lift % 2]
        self.counter += 1
        remark = f"remark {self.counter}"
        commands = {
            "register": self.registering(lift, county),
            "inspect": inspect(lift, remark),
            "scrap": scrap(lift),
            "refuse": self.refusing(lift, remark),
        }
        key = None if do.key is None else f"{self.prefix} {do.key}"
        fingerprint = f"{do.what} {do.lift}".encode()
        try:
            answer = await self.lanes[do.process].submit(commands[do.what], key=key, fingerprint=fingerprint)
        except EXPECTED:
            return
        if key is not None and key in self.told.by_key:
            assert self.told.by_key[key] == answer
            return
        if key is not None:
            self.told.by_key[key] = answer
        self.told.versions[lift][answer["version"]] += 1

    @staticmethod
    def registering(lift: UUID, county: str) -> Any:
        def command(session: Session) -> dict[str, Any]:
            if session.find(Lift, lift) is not None:
                raise AlreadyThere
            return register(lift, county)(session)

        return command

    @staticmethod
    def refusing(lift: UUID, remark: str) -> Any:
        def command(session: Session) -> None:
            inspect(lift, remark)(session)
            raise LiftIsScrapped("refused after staging")

        return command

    def check(self) -> None:
        for lift in self.lifts:
            versions = [version for version, _ in self.database.events_of(lift)]
            assert versions == list(range(1, len(versions) + 1))  # I2
            assert self.told.versions[lift] == Counter(versions)  # I1: each accepted command one event, no other event
        check_feeds(self.database)


def check_feeds(database: Database) -> None:
    for table in ("internal_events", "public_events"):
        rows = database.rows(f"SELECT sequence, stream, version FROM {table} ORDER BY sequence")
        assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    stored = database.rows("SELECT originator_id, originator_version FROM stored_events ORDER BY notification_id")
    assert database.rows("SELECT stream, version FROM internal_events ORDER BY sequence") == stored
    for county in COUNTIES:
        query = "SELECT jurisdictionsequence FROM public_events WHERE jurisdiction = %s ORDER BY sequence"
        numbers = [row[0] for row in database.rows(query, (county,))]
        assert numbers == list(range(1, len(numbers) + 1))
    uncounted = "SELECT count(*) FROM lifts l WHERE inspections <> (SELECT count(*) FROM stored_events s WHERE "
    uncounted += "s.originator_id = l.id AND topic = 'sample.LiftInspected')"
    assert database.one(uncounted) == 0


@pytest.mark.parametrize("lossy", [False, True], ids=["on a good day", "with lost connections"])
def test_every_history_is_exactly_what_people_were_told(database: Database, lossy: bool) -> None:
    quiet = st.lists(st.lists(requests, min_size=1, max_size=12) | st.just("restart"), min_size=2, max_size=8)

    @settings(
        max_examples=15,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(steps if lossy else quiet)
    def holds_for(script: list[Any]) -> None:
        asyncio.run(play_and_check(script))

    async def play_and_check(script: list[Any]) -> None:
        async with Proxy(database.server.port) as first, Proxy(database.server.port) as second:
            run = Run(database, [first, second])
            await run.play(script)
            await asyncio.to_thread(run.check)

    holds_for()
