"""python -m tests.faults.flipped [--flips 20] [--seeds 3]: bytes of the bus's files are flipped while everything runs.

An installation as `./bihuan up` runs it, under a few tips a second. Bytes at random places of the streams' files, also
of their indices, are changed in one bit; the server goes on with what it has in memory, or is killed and reads what is
there. Both sides must be equal within a minute, and who is not well must have said so.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

import httpx

from deploy.local import state
from tests.faults.installed import Installation, installed
from tests.faults.replicas import PLACES, TEXT, UNTOLD
from tests.support.servers import connect
from tests.support.waiting import until

RATE = 4.0
WITHIN = 60.0
_OPENED = "SELECT convert_from(state, 'UTF8')::json->'data'->>'tip' FROM stored_events WHERE topic = 'cases.CaseOpened'"


@dataclass
class Outcome:
    """What was done; seconds until both sides were equal and all were ready; what is wrong."""

    seed: int
    killed: bool
    files: dict[str, int]
    equal_after: float = 0.0
    said: int = 0
    wrong: list[str] = field(default_factory=list)


async def send_tips(found: Installation, enough: asyncio.Event) -> None:
    """Each until it is answered."""
    async with httpx.AsyncClient(base_url=found.url, timeout=5.0, trust_env=False) as client:
        while not enough.is_set():
            n = len(found.tips)
            body = {"text": TEXT.format(place=PLACES[n % len(PLACES)], n=n)}
            answer = None
            while answer is None or answer.status_code >= 500:
                try:
                    answer = await client.post(
                        "/api/intake/v1/tips", json=body, headers={"Idempotency-Key": f"tip-{n}"}
                    )
                except UNTOLD:
                    await asyncio.sleep(0.2)
            found.tips.append(answer.json()["tip"])
            await asyncio.sleep(1 / RATE)


def flip(found: Installation, flips: int, draw: random.Random, pattern: str = "*/msgs/*") -> dict[str, int]:
    """One bit each, in files that match; how often in files of which kind."""
    where: Counter[str] = Counter()
    for _ in range(flips):
        files = [one for one in sorted(found.streams().glob(pattern)) if one.is_file() and one.stat().st_size > 5000]
        path = draw.choice(files)
        with path.open("r+b") as file:
            place = draw.randrange(path.stat().st_size)
            file.seek(place)
            (byte,) = file.read(1)
            file.seek(place)
            file.write(bytes([byte ^ (1 << draw.randrange(8))]))
        where[path.suffix] += 1
    return dict(where)


def kill_the_bus(found: Installation) -> None:
    os.kill(state.read(found.data)["servers"]["nats"]["pid"], signal.SIGKILL)


async def try_it(found: Installation, flips: int, seed: int, kill: bool) -> Outcome:
    draw, enough = random.Random(seed), asyncio.Event()
    bus = await connect(state.read(found.data)["nats"]["url"])
    sending = asyncio.create_task(send_tips(found, enough))
    await asyncio.sleep(20)
    told = found.told()
    outcome = Outcome(seed, kill, flip(found, flips, draw))
    if kill:
        kill_the_bus(found)
    began = time.monotonic()

    async def all_is_well() -> bool:
        return await asyncio.to_thread(found.ready) and not await found.differences(bus)

    try:
        await asyncio.sleep(5)
        enough.set()
        await sending
        await until(all_is_well, WITHIN - (time.monotonic() - began))
    except TimeoutError:
        outcome.wrong += [one[:300] for one in await found.differences(bus)] or ["not ready"]
    outcome.equal_after, outcome.said = round(time.monotonic() - began, 1), found.told() - told
    await bus.close()
    cases = Counter(tip for (tip,) in found.rows("cases", _OPENED))
    if cases.keys() != set(found.tips) or set(cases.values()) != {1}:
        outcome.wrong.append(
            f"{len(found.tips)} tips, {len(cases)} of them cases, {max(cases.values())} at most of one"
        )
    return outcome


def main() -> int:
    """0 if all healed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flips", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    wrong = False
    for seed in range(1, given.seeds + 1):
        for kill in (True, False):
            with tempfile.TemporaryDirectory() as folder, installed(Path(folder) / "data") as found:
                outcome = asyncio.run(try_it(found, given.flips, seed, kill))
            print(json.dumps(asdict(outcome), ensure_ascii=False), flush=True)
            wrong = wrong or bool(outcome.wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
