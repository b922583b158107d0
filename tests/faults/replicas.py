"""python -m tests.faults.replicas [--kills N] [--freezes N]: two processes of every service at once, under load.

Real PostgreSQL and NATS, eight processes behind no gateway. Tips come by a schedule, alternately to both processes of
*intake*; whoever gets no answer repeats its request, with its key, at the other. Meanwhile processes taken at random
are killed with -9 and started again, or frozen for longer than a lease lasts. Every tip must become one case and one
`CaseOpened` on the public stream, in a flow without long gaps, and at the end everybody must have taken in everything.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import psycopg
from nats.aio.msg import Msg

from deploy.local.credentials import make_secrets
from deploy.local.nats import EmbeddedNats
from deploy.local.ports import free_port
from deploy.local.postgres import EmbeddedPostgres
from deploy.local.process import end, spawn, tail
from deploy.local.services import Settings, migration_environment, module_command, service_environment
from deploy.local.state import is_ready
from deploy.local.supervisor import MIGRATE
from shared.kernel.contracts import SERVICES
from tests.support.servers import connect
from tests.support.waiting import until

REPLICAS = 2
RATE = 30.0
FROZEN = 12.0
SETTLE = 60.0
PLACES = ("巴公镇", "北留镇", "礼义镇", "马村镇", "端氏镇")
TEXT = "{place}有一家气站一直在给超期没检验的气瓶充装，夜里装车拉走，请查处。第 {n} 次反映。"
UNTOLD = (httpx.TransportError, TimeoutError)


@dataclass
class Replica:
    """One process of a service."""

    service: str
    number: int
    port: int
    log: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.process = spawn(module_command(self.service), log=self.log, environment=self.environment)

    def signal(self, what: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(what)

    def kill(self) -> None:
        """kill -9, and start it again as a supervisor would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.start()


@dataclass
class Fleet:
    """The servers and all processes."""

    postgres: EmbeddedPostgres
    nats: EmbeddedNats
    replicas: list[Replica]

    def of(self, service: str) -> list[Replica]:
        return [one for one in self.replicas if one.service == service]

    async def ready(self) -> None:
        """Return once all are ready, whoever holds the leases. Raises TimeoutError."""
        for one in self.replicas:
            try:
                await until(partial(asyncio.to_thread, is_ready, one.port), 90)
            except TimeoutError as error:
                raise TimeoutError(f"{one.service}-{one.number} is not ready:\n{tail(one.log, 20)}") from error

    def rows(self, service: str, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.postgres.dsn(f"bihuan_{service}"), autocommit=True) as connection:
            return connection.execute(query).fetchall()

    def behind(self) -> list[str]:
        """Who has not taken in, or not sent, all that there is."""
        heads = {one: dict(self.rows(one, "SELECT feed, sequence FROM feed_heads")) for one in SERVICES}
        found = []
        for one in SERVICES:
            for producer, position in self.rows(one, "SELECT producer, sequence FROM consumer_positions"):
                if position != heads[producer].get("internal", 0):
                    found.append(f"{one} has {position} of {producer}'s {heads[producer].get('internal', 0)}")
            sent = dict(self.rows(one, "SELECT feed, sequence FROM relay_positions"))
            found += [
                f"{one} sent {sent.get(name, 0)} of {heads[one][name]} ({name})"
                for name in ("public", "internal")
                if sent.get(name, 0) != heads[one].get(name, 0)
            ]
        return found


@contextmanager
def fleet(data: Path, each: int = REPLICAS) -> Iterator[Fleet]:
    """So many processes of every service on servers of their own; started, not waited for."""
    with ExitStack() as stack:
        settings = Settings(data, port=free_port())
        postgres = stack.enter_context(EmbeddedPostgres(data))
        nats = stack.enter_context(EmbeddedNats(data))
        make_secrets(postgres.layout)
        subprocess.run(MIGRATE, env=migration_environment(settings, postgres, nats), check=True, capture_output=True)
        replicas = []
        for number in range(1, each + 1):
            for service in SERVICES:
                port = free_port()
                environment = service_environment(service, port, settings, postgres, nats)
                environment["BIHUAN_RATE_FACTOR"] = "10000"  # one address sends for many
                log = postgres.layout.log(f"{service}-{number}")
                replicas.append(Replica(service, number, port, log, environment))
        for one in replicas:
            one.start()
            stack.callback(_end, one)
        yield Fleet(postgres, nats, replicas)


def _end(one: Replica) -> None:
    assert one.process is not None
    one.process.send_signal(signal.SIGCONT)
    end(one.process, polite=signal.SIGTERM, seconds=10)


@dataclass
class Trouble:
    """What is done to whom, in a fixed order for a seed: `pauses` seconds apart."""

    kills: int
    freezes: int = 0
    seed: int = 1
    pauses: tuple[float, float] = (2.0, 5.0)
    done: list[str] = field(default_factory=list)

    async def make(self, replicas: list[Replica]) -> None:
        draw = random.Random(self.seed)
        deeds = ["kill"] * self.kills + ["freeze"] * self.freezes
        draw.shuffle(deeds)
        for deed in deeds:
            await asyncio.sleep(draw.uniform(*self.pauses))
            victim = draw.choice(replicas)
            self.done.append(f"{deed} {victim.service}-{victim.number}")
            if deed == "kill":
                await asyncio.to_thread(victim.kill)
            else:
                victim.signal(signal.SIGSTOP)
                await asyncio.sleep(FROZEN)
                victim.signal(signal.SIGCONT)


@dataclass(frozen=True)
class Outcome:
    """`lost`: answered tips without a case; `doubled`: with more than one case, or more than one `CaseOpened`.

    `gap`: the longest time, in seconds, between two arrivals of `CaseOpened`; `slowest`: from the instant for which a
    tip was scheduled to its `CaseOpened`; `behind`: what was not taken in or sent at the end; `parked`: dead letters.
    """

    tips: int
    troubles: list[str]
    lost: int
    doubled: int
    gap: float
    median: float
    slowest: float
    repeated: int
    parked: int
    behind: list[str]


@dataclass
class Traffic:
    """What was sent, when, and what came of it."""

    due: dict[str, float] = field(default_factory=dict)
    opened: dict[str, list[float]] = field(default_factory=dict)
    repeated: int = 0

    async def arrived(self, message: Msg) -> None:
        now = time.monotonic()
        self.opened.setdefault(json.loads(message.data)["data"]["tip"], []).append(now)

    async def send(self, clients: list[httpx.AsyncClient], n: int, at: float) -> None:
        """Until it is answered, at one process and the other in turn."""
        await asyncio.sleep(max(0.0, at - time.monotonic()))
        body = {"text": TEXT.format(place=PLACES[n % len(PLACES)], n=n)}
        attempt = n
        while True:
            client = clients[attempt % len(clients)]
            try:
                answer = await client.post("/api/intake/v1/tips", json=body, headers={"Idempotency-Key": f"tip-{n}"})
            except UNTOLD:
                pass
            else:
                if answer.status_code == 201:
                    self.due[answer.json()["tip"]] = at
                    return
                if answer.status_code < 500:
                    raise AssertionError(f"tip {n}: {answer.status_code} {answer.text}")
            attempt += 1
            self.repeated += 1
            await asyncio.sleep(0.1)


async def run(found: Fleet, trouble: Trouble, *, rate: float = RATE, quiet: float = 5.0) -> Outcome:
    """Load while trouble is made, and `quiet` seconds before and after it."""
    await found.ready()
    traffic = Traffic()
    bus = await connect(found.nats.admin_url)
    subject = "bihuan.pub.v1.cases.*.CaseOpened"
    await bus.jetstream().subscribe(subject, stream="BIHUAN_PUBLIC", cb=traffic.arrived, ordered_consumer=True)
    clients = [httpx.AsyncClient(base_url=one.url, timeout=3.0) for one in found.of("intake")]
    start = time.monotonic()

    async def make_trouble() -> None:
        await asyncio.sleep(quiet)
        await trouble.make(found.replicas)
        await asyncio.sleep(quiet)

    making = asyncio.create_task(make_trouble())
    sending: list[asyncio.Task[None]] = []
    while not making.done():
        sending.append(asyncio.create_task(traffic.send(clients, len(sending), start + len(sending) / rate)))
        await asyncio.sleep(max(0.0, start + len(sending) / rate - time.monotonic()))
    await making
    async with asyncio.timeout(SETTLE):
        await asyncio.gather(*sending)
    try:
        await until(lambda: traffic.due.keys() <= traffic.opened.keys() and not found.behind(), SETTLE)
    except TimeoutError:
        print("not everything arrived", file=sys.stderr)  # the outcome says what
    for client in clients:
        await client.aclose()
    await bus.close()
    return outcome(found, trouble, traffic)


def outcome(found: Fleet, trouble: Trouble, traffic: Traffic) -> Outcome:
    query = """SELECT convert_from(state, 'UTF8')::json->'data'->>'tip' FROM stored_events
               WHERE topic = 'cases.CaseOpened'"""
    cases = Counter(tip for (tip,) in found.rows("cases", query))
    arrivals = sorted(at for times in traffic.opened.values() for at in times)
    late = sorted(min(traffic.opened[tip]) - at for tip, at in traffic.due.items() if tip in traffic.opened)
    return Outcome(
        tips=len(traffic.due),
        troubles=trouble.done,
        lost=sum(1 for tip in traffic.due if not cases[tip] or tip not in traffic.opened),
        doubled=sum(1 for n in cases.values() if n > 1) + sum(1 for times in traffic.opened.values() if len(times) > 1),
        gap=round(max((b - a for a, b in pairwise(arrivals)), default=float("inf")), 2),
        median=round(late[len(late) // 2], 3) if late else float("inf"),
        slowest=round(late[-1], 2) if late else float("inf"),
        repeated=traffic.repeated,
        parked=sum(found.rows(service, "SELECT count(*) FROM dead_letters")[0][0] for service in SERVICES),
        behind=found.behind(),
    )


def main() -> int:
    """Print the outcome; 0 if it is as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--freezes", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, help="keep the data directory and its logs here")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, fleet(given.data or Path(folder) / "data") as found:
        result = asyncio.run(run(found, Trouble(given.kills, given.freezes, given.seed)))
    print(json.dumps(asdict(result), indent=2))
    return 0 if not (result.lost or result.doubled or result.behind or result.parked or result.gap > 10) else 1


if __name__ == "__main__":
    sys.exit(main())
