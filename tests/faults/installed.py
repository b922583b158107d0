"""A whole installation as `./bihuan up` runs it, in a process of its own, and what both sides of its bus hold."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from nats.aio.client import Client

from deploy.local import state
from deploy.local.ports import LOOPBACK, free_port
from deploy.nats.config import STREAMS_ACCOUNT
from shared.kernel.contracts import SERVICES
from shared.platform.messaging import cloudevents
from shared.platform.messaging.streams import PUBLIC_STREAM, internal_stream
from tests.support.bus import everything_in
from tests.support.waiting import address_when_ready

ROOT = str(Path(__file__).resolve().parents[2])
LOUD = ("events are missing on the bus", "the stream is behind")
FEEDS = {"public": "public_events", "internal": "internal_events"}


@dataclass
class Installation:
    """`./bihuan up` in a process of its own."""

    data: Path
    port: int
    process: subprocess.Popen[bytes] = field(init=False)
    tips: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def rows(self, service: str, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(state.read(self.data)["postgres"]["dsn"], dbname=f"bihuan_{service}") as connection:
            return connection.execute(query).fetchall()

    def ready(self) -> bool:
        """Whether all services say that they are."""
        return all(state.is_ready(one["port"]) for one in state.read(self.data)["services"].values())

    def told(self) -> int:
        """How often a service has said that the bus lost something."""
        logs = [(self.data / "logs" / f"{service}.log").read_text() for service in SERVICES]
        return sum(log.count(sentence) for log in logs for sentence in LOUD)

    def streams(self) -> Path:
        return self.data / "nats" / "store" / "jetstream" / STREAMS_ACCOUNT / "streams"

    async def differences(self, bus: Client) -> list[str]:
        """Events that one side has and the other has not, or that were not taken in."""
        found = []
        for service in SERVICES:
            for feed, table in FEEDS.items():
                stored = {number for (number,) in self.rows(service, f"SELECT sequence FROM {table}")}
                stream = PUBLIC_STREAM if feed == "public" else internal_stream(service)
                source = f".{service}."
                sent = {
                    cloudevents.decode(one.data or b"").number
                    for one in await everything_in(bus, stream)
                    if source in str(one.subject)
                }
                if stored != sent:
                    found.append(f"{service} {feed}: {sorted(stored ^ sent)}")
            heads = dict(self.rows(service, "SELECT feed, sequence FROM feed_heads"))
            for reader in SERVICES:
                taken = dict(self.rows(reader, "SELECT producer, sequence FROM consumer_positions"))
                if taken.get(service, heads.get("internal", 0)) != heads.get("internal", 0):
                    found.append(f"{reader} has {taken[service]} of {service}'s {heads['internal']}")
        return found

    def start(self) -> None:
        """Returns once it is ready."""
        log = self.data.with_name("up.log")
        command = [sys.executable, "-P", "-m", "deploy.cli", "up", "--data", str(self.data), "--port", str(self.port)]
        environment = {**os.environ, "PYTHONPATH": ROOT, "BIHUAN_RATE_FACTOR": "10000"}  # one address sends for many
        with log.open("w") as said:
            self.process = subprocess.Popen(command, stdout=said, stderr=said, env=environment)
        address_when_ready(log, self.process)

    def kill_and_start(self) -> None:
        """kill -9 of the supervisor, with whom all others end, and an operator who starts it again."""
        self.process.kill()
        self.process.wait()
        self.start()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


@contextmanager
def installed(data: Path) -> Iterator[Installation]:
    found = Installation(data, free_port())
    found.start()
    try:
        yield found
    finally:
        found.stop()
