"""python -m tests.faults.put_back [--seeds N] [--seconds N]: databases put back to an earlier state under load.

Real PostgreSQL and NATS, two processes of every service, tips by a schedule. A copy of one database, or of all four,
is made at some instant; some seconds later it takes the place of the database, while everybody works on and the bus
keeps what it has. After healing, every tip that *intake* still knows to be triaged is exactly one case, no case is
without its tip unless a person was asked to look at it, both sides of the bus agree, the read tables are what a rebuild
makes of the events, and what was taken back is listed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx

from deploy.cli import rebuild
from shared.kernel.contracts import SERVICES
from shared.platform.messaging import cloudevents
from shared.platform.messaging.streams import PUBLIC_STREAM, internal_stream
from shared.platform.messaging.timelines import FIRST, Timelines
from tests.faults.replicas import Fleet, Traffic, fleet
from tests.support.bus import everything_in
from tests.support.restoring import copied, put_back
from tests.support.servers import Database, connect
from tests.support.waiting import until

RATE = 25.0
HEALED_WITHIN = 60.0
CHOICES: tuple[tuple[str, ...], ...] = (*((service,) for service in SERVICES), SERVICES)
_TIPS = """SELECT DISTINCT originator_id::text FROM stored_events WHERE topic = 'intake.TipTriaged'"""
_CASES = """SELECT tip, state, id::text FROM cases WHERE tip IS NOT NULL"""
_LEFT = "SELECT stream::text FROM taken_back WHERE reason IS NOT NULL"


@dataclass
class Healed:
    """What was done, and what is wrong afterwards: nothing, if all is well."""

    seed: int
    services: tuple[str, ...]
    tips: int
    healed_after: float
    taken_back: dict[str, int] = field(default_factory=dict)
    for_a_person: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


async def try_it(found: Fleet, seed: int, services: tuple[str, ...], seconds: float) -> Healed:
    """Load, a copy, `seconds` of which nothing will be known, the copy in place, load, healing."""
    draw = random.Random(seed)
    await found.ready()
    clients = [httpx.AsyncClient(base_url=one.url, timeout=3.0) for one in found.of("intake")]
    traffic, start, over = Traffic(), time.monotonic(), asyncio.Event()

    async def load() -> None:
        sending: list[asyncio.Task[None]] = []
        while not over.is_set():
            at = start + len(sending) / RATE
            sending.append(asyncio.create_task(traffic.send(clients, seed * 10_000 + len(sending), at)))
            await asyncio.sleep(max(0.0, at - time.monotonic()))
        await asyncio.gather(*sending)

    loading = asyncio.create_task(load())
    with ExitStack() as stack:
        await asyncio.sleep(draw.uniform(2, 4))
        databases = [Database(found.postgres, f"bihuan_{service}") for service in services]
        copies = await asyncio.to_thread(lambda: [stack.enter_context(copied(one)) for one in databases])
        await asyncio.sleep(seconds)
        for database, copy in zip(databases, copies, strict=True):
            await asyncio.to_thread(put_back, database, copy)
        put_back_at = time.monotonic()
        await asyncio.sleep(draw.uniform(2, 4))
    over.set()
    async with asyncio.timeout(HEALED_WITHIN):
        await loading
    for client in clients:
        await client.aclose()
    outcome = Healed(seed, services, len(traffic.due), 0.0)
    try:
        await until(lambda: not found.behind() and not _unequal(found), HEALED_WITHIN)
    except TimeoutError:
        outcome.wrong += [*found.behind(), *_unequal(found)]
    outcome.healed_after = round(time.monotonic() - put_back_at, 1)
    outcome.wrong += await asyncio.to_thread(_not_rebuilt, found)
    outcome.wrong += await _bus_differs(found)
    for service in SERVICES:
        for reason, n in found.rows(service, "SELECT reason IS NULL, count(*) FROM taken_back GROUP BY 1"):
            (outcome.taken_back if reason else outcome.for_a_person)[service] = n
    void = found.rows("cases", "SELECT count(*) FROM stored_events WHERE topic = 'cases.CaseTakenBack'")[0][0]
    if void != outcome.taken_back.get("cases", 0):
        outcome.wrong.append(f"{void} cases are void, {outcome.taken_back.get('cases', 0)} are listed")
    return outcome


def _unequal(found: Fleet) -> list[str]:
    """Tips without their one case, and cases without their tip."""
    tips = {tip for (tip,) in found.rows("intake", _TIPS)}
    cases = found.rows("cases", _CASES)
    left = {stream for (stream,) in found.rows("cases", _LEFT)}
    live = Counter(str(tip) for tip, state, _ in cases if state != "taken_back")
    orphans = [id_ for tip, state, id_ in cases if state != "taken_back" and str(tip) not in tips and id_ not in left]
    wrong = [f"tip {tip} has {live[tip]} cases" for tip in sorted(tips) if live[tip] != 1]
    return [*wrong[:5], *[f"case {id_} has no tip" for id_ in orphans[:5]]]


def _not_rebuilt(found: Fleet) -> list[str]:
    """Put the read tables right as an operator does; then what differs all the same."""
    databases = {service: found.postgres.dsn(f"bihuan_{service}") for service in SERVICES}
    secrets = found.postgres.layout.secrets / "intake"
    wrong = []
    for swap in (True, False):
        chosen = Namespace(services=[], swap=swap, json=True)
        result = rebuild.perform(chosen, databases, secrets)
        if result != 0:
            wrong.append(f"rebuild with swap={swap} ends with {result}")
    for service in SERVICES:
        if waiting := found.rows(service, "SELECT producer FROM producer_timelines WHERE rebuilt IS NULL"):
            wrong.append(f"{service} still says that its rows of {waiting} are to be rebuilt")
    return wrong


async def _bus_differs(found: Fleet) -> list[str]:
    """Feeds of which the bus does not hold each event as the database has it."""
    bus, wrong = await connect(found.nats.admin_url), []
    public = [cloudevents.decode(one.data or b"") for one in await everything_in(bus, PUBLIC_STREAM)]
    for service in SERVICES:
        begun = found.rows(service, "SELECT number, public_after, internal_after FROM timelines")
        internal = [
            cloudevents.decode(one.data or b"")
            for one in await everything_in(bus, internal_stream(service))
            if b'"specversion"' in (one.data or b"")
        ]
        sides: dict[str, tuple[list[Any], Timelines]] = {
            "public": (
                [one for one in public if one.type.startswith(f"bihuan.{service}.")],
                Timelines((number, after) for number, after, _ in begun),
            ),
            "internal": (internal, Timelines((number, after) for number, _, after in begun)),
        }
        for name, (events, timelines) in sides.items():
            there = {
                one.number: (one.id, one.recordedtime) for one in events if timelines.hold(one.number, one.timeline)
            }
            query = f"SELECT sequence, name || ':' || stream || ':' || version, recorded FROM {name}_events"
            ours = {}
            for sequence, id_, recorded in found.rows(service, query):
                timeline, _ = timelines.of(sequence)
                ours[sequence] = (id_ if timeline == FIRST else f"{id_}@{timeline}", recorded)
            if there != ours:
                differing = sorted(n for n in ours.keys() | there.keys() if ours.get(n) != there.get(n))
                wrong.append(f"{service} {name}: {len(differing)} events differ, from {differing[:3]} on")
    await bus.close()
    return wrong


def run(seeds: Sequence[int], seconds: float, choices: Sequence[tuple[str, ...]] = CHOICES) -> list[Healed]:
    """One installation for each seed."""
    outcomes = []
    for n, seed in enumerate(seeds):
        with tempfile.TemporaryDirectory() as folder, fleet(Path(folder) / "data") as found:
            outcome = asyncio.run(try_it(found, seed, choices[n % len(choices)], seconds))
        print(json.dumps(asdict(outcome), ensure_ascii=False), file=sys.stderr, flush=True)
        outcomes.append(outcome)
    return outcomes


def main() -> int:
    """0 if all healed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=20.0)
    given = parser.parse_args()
    outcomes = run(range(given.first, given.first + given.seeds), given.seconds)
    return 1 if any(one.wrong for one in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
