"""The stage: an installation on simulated time. It stands still until the play moves it on.

Moving on waits for *quiet*: every relay has copied what its service wrote, every consumer has taken in what the bus
holds for it, and no timer is due. Then nothing but the play can cause anything, so what happens does not depend on who
was quicker, or was killed and came back.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from shared.platform.event_store.timers import CLOCK_MOVED

PATIENCE = 180.0
PAUSE = 0.01
_STATE = """
SELECT (SELECT coalesce(jsonb_object_agg(feed, sequence), '{}') FROM feed_heads WHERE feed IN ('public', 'internal'))
         AS heads,
       (SELECT coalesce(jsonb_object_agg(feed, sequence), '{}') FROM relay_positions) AS relayed,
       (SELECT coalesce(jsonb_object_agg(producer, sequence), '{}') FROM consumer_positions) AS taken,
       (SELECT count(*) FROM timers WHERE fired IS NULL AND NOT stopped AND due <= %(now)s) AS due,
       (SELECT min(due) FROM timers WHERE fired IS NULL AND NOT stopped AND due > %(now)s) AS next"""


class NotQuiet(Exception):
    """The installation did not come to rest; the message says what was left to do."""


@dataclass(frozen=True, slots=True)
class State:
    """Where one service stands: heads of its feeds, what of them is on the bus, what it took in of others', how many
    timers are due, and when the next one is."""

    heads: dict[str, int]
    relayed: dict[str, int]
    taken: dict[str, int]
    due: int
    next: datetime | None


class Stage:
    """`services` maps each service to a DSN that may read its database, `access` is one that may set the clock."""

    def __init__(self, services: Mapping[str, str], access: str) -> None:
        self._services = dict(services)
        self._access = access
        self._connections: dict[str, psycopg.Connection[Any]] = {}
        self.now: datetime | None = None

    def move(self, instant: datetime) -> None:
        """Set everybody's clock, and let it stand."""
        self._set(instant, running=False)
        self.now = instant

    def let_run(self) -> None:
        """From here on the clock runs at the speed of the world."""
        if self.now is not None:
            self._set(self.now, running=True)

    def settle(self) -> datetime | None:
        """Wait for quiet; the instant of the next timer. Raises NotQuiet after three minutes."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                states: dict[str, State] = {}
                left: list[str] = []
                for name in self._services:  # who is not at rest makes it needless to ask the others
                    states[name] = self._state(name)
                    left = left or left_of_own(name, states[name])
                    if left:
                        break
                left = left or left_of_others(states)
                if not left:
                    return min((state.next for state in states.values() if state.next is not None), default=None)
            except psycopg.OperationalError as error:  # killed: it comes back
                self._connections.clear()
                left = [str(error)]
            if time.monotonic() > deadline:
                raise NotQuiet(f"三分钟仍未静止 / not at rest after three minutes: {'; '.join(left)}")
            time.sleep(PAUSE)

    def holds_tips(self) -> bool:
        """Whether anything was ever heard here: then it is no empty stage."""
        row = self._connection("intake", self._services["intake"]).execute("SELECT FROM stored_events LIMIT 1")
        return row.fetchone() is not None

    def dead_letters(self) -> int:
        """How many events the services have put aside."""
        count = 0
        for name, dsn in self._services.items():
            query = "SELECT count(*) FROM dead_letters WHERE replayed IS NULL"
            row = self._connection(name, dsn).execute(query).fetchone()
            count += row[0] if row else 0
        return count

    def close(self) -> None:
        """Give the connections back."""
        for connection in self._connections.values():
            connection.close()

    def _set(self, instant: datetime, *, running: bool) -> None:
        statement = "UPDATE clock SET instant = %s, running = %s, set_at = clock_timestamp()"
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self._connection("access", self._access).execute(statement, (instant, running))
                for name, dsn in self._services.items():
                    self._connection(name, dsn).execute(f"NOTIFY {CLOCK_MOVED}")
                return
            except psycopg.OperationalError:
                self._connections.clear()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def _state(self, name: str) -> State:
        connection = self._connection(name, self._services[name])
        with connection.cursor(row_factory=class_row(State)) as cursor:
            found = cursor.execute(_STATE, {"now": self.now}, prepare=True).fetchone()
        if found is None:
            raise LookupError(f"{name}: no state")
        return found

    def _connection(self, name: str, dsn: str) -> psycopg.Connection[Any]:
        if name not in self._connections or self._connections[name].closed:
            self._connections[name] = psycopg.connect(dsn, autocommit=True, application_name="demo", connect_timeout=5)
        return self._connections[name]


def left_of_own(name: str, state: State) -> list[str]:
    """What a service has still to do by itself, in words."""
    left = [f"{name}: {state.due} timers are due"] if state.due else []
    return left + [f"{name}: {feed} feed" for feed, head in state.heads.items() if state.relayed.get(feed, 0) < head]


def left_of_others(states: Mapping[str, State]) -> list[str]:
    """What services have still to take in of each other, in words."""
    left: list[str] = []
    for name, state in states.items():
        for producer, sequence in state.taken.items():
            if sequence < states[producer].heads.get("internal", 0):
                left.append(f"{name}: events of {producer}")
    return left
