"""python -m tests.faults.kills [--kills 200] [--seed N]: everything that runs is killed at random, under load.

A whole installation as `./bihuan up` runs it, 25 tips a second through its gateway, and counties that sign for letters
and remark on cases. Again and again one of the processes gets kill -9: a service, the gateway, PostgreSQL, NATS, and
now and then the supervisor itself, which is then started again as an operator would. Whoever got no answer repeats the
request with its key. Nobody waits for healing before the next kill, but every tenth time, when all must be ready within
a minute. At the end the invariants are looked at, in the databases, the streams and the files:

I1 every acknowledged command has exactly its events · I2 versions are gapless and unique · I3 each tip is one case,
each reminder was sent once, everybody has taken in everything · I4 a rebuild finds nothing to put right · I6 the
streams hold what the feeds hold · I7 who gave the tips stands nowhere but in the vault as ciphertext · I8 ready within
60 s.
(I5 speaks of sealed events: there is no ledger yet.)
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psycopg

from deploy.cli import rebuild, reconcile
from deploy.local import state
from shared.kernel.campaign import load
from shared.kernel.contracts import SERVICES
from shared.kernel.roles import ROLES
from shared.platform.web.session import SessionSigner
from tests.faults.installed import Installation, installed
from tests.faults.replicas import PLACES, TEXT, UNTOLD
from tests.support.canary import found_in
from tests.support.servers import connect
from tests.support.waiting import until

RATE = 25.0
HANDLED_EVERY = 5
"""Of so many cases one is signed for and remarked on."""
HEALED_WITHIN = 60.0
WAIT_EVERY = 10
PAUSES = (1.0, 4.0)
NOTICED = 2.5
"""Seconds until `/ready` knows what has just happened."""
CITY = "city"
SERVERS = ("postgres", "nats", "gateway")
NAME, PHONE = "欧阳漫舟", "13900007654"
_RECEIVED = "SELECT originator_id::text, count(*) FROM stored_events WHERE topic = 'intake.TipReceived' GROUP BY 1"
_DONE = """
SELECT originator_id::text, topic, count(*) FROM stored_events
WHERE topic IN ('cases.CaseTransferred', 'cases.CaseSignedFor', 'cases.RemarkAdded') GROUP BY 1, 2"""
_HOLES = """
SELECT originator_id::text FROM stored_events
GROUP BY 1 HAVING min(originator_version) <> 1 OR max(originator_version) <> count(*)"""
_OPENED = """
SELECT convert_from(state, 'UTF8')::jsonb->'data'->>'tip', count(*) FROM stored_events
WHERE topic = 'cases.CaseOpened' GROUP BY 1"""
_WAITING = "SELECT id::text, unit FROM cases WHERE state = 'opened' ORDER BY id"
_REMINDED = """
SELECT count(*) - count(DISTINCT convert_from(state, 'UTF8')::jsonb->>'causation') FROM stored_events
WHERE topic = 'notify.NoticeSent'"""


@dataclass
class Outcome:
    """What was done and seen; `wrong` is empty where all held. Times in seconds."""

    seed: int
    killed: dict[str, int]
    tips: int = 0
    commands: int = 0
    repeated: int = 0
    lost: int = 0
    doubled: int = 0
    slowest_answer: float = 0.0
    ready_again: list[float] = field(default_factory=list)
    equal_after: float = 0.0
    wrong: list[str] = field(default_factory=list)


class Users:
    """Citizens, the office and counties. `tips`: what was acknowledged; `handled`: the cases of which all commands
    were."""

    def __init__(self, found: Installation) -> None:
        self._found = found
        self._campaign = load(Path(state.read(found.data)["campaign"]))
        self._signer = SessionSigner((found.data / "secrets" / "cases" / "session_private.pem").read_bytes(), ROLES)
        self.tips: set[str] = set()
        self.handled: list[str] = []
        self.repeated = 0
        self.slowest = 0.0

    async def tips_by_schedule(self, client: httpx.AsyncClient, over: asyncio.Event) -> None:
        """RATE a second, whatever becomes of the earlier ones."""
        start, sending = time.monotonic(), list[asyncio.Task[None]]()
        while not over.is_set():
            sending.append(asyncio.create_task(self._tip(client, len(sending))))
            await asyncio.sleep(max(0.0, start + len(sending) / RATE - time.monotonic()))
        await asyncio.gather(*sending)

    async def _tip(self, client: httpx.AsyncClient, n: int) -> None:
        body = {
            "text": TEXT.format(place=PLACES[n % len(PLACES)], n=n),
            "identity": {"name": NAME, "phone": PHONE, "mode": "open" if n % 2 else "confidential"},
        }
        key = f"kills-tip-{n}"
        answer = await self._until_answered(client, "/api/intake/v1/tips", body, key, {})
        if answer.status_code != 201:
            raise AssertionError(f"tip {n}: {answer.status_code} {answer.text}")
        self.tips.add(answer.json()["tip"])

    async def handling(self, client: httpx.AsyncClient, over: asyncio.Event) -> None:
        """Of the cases that were opened some are transferred, signed for and remarked on."""
        seen: set[str] = set()
        while not over.is_set():
            await asyncio.sleep(1.0)
            try:
                rows = await asyncio.to_thread(self._found.rows, "cases", _WAITING)
            except (psycopg.Error, state.NotRunning):  # it was killed: the next look
                continue
            new = [row for row in rows if row[0] not in seen][::HANDLED_EVERY]
            seen |= {case for case, _ in rows}
            await asyncio.gather(*[self._handle(client, case, unit) for case, unit in new])

    async def _handle(self, client: httpx.AsyncClient, case: str, unit: str) -> None:
        version = 0
        for n, (role, seat, command, body) in enumerate(
            (
                ("office", CITY, "transfer", {}),
                ("director", CITY, "transfer", {}),
                ("county", unit, "sign-for", {}),
                ("county", unit, "remark", {"text": "已派员前往。"}),
            )
        ):
            headers = {"Authorization": f"Bearer {self._token(role, seat)}"}
            if n == 1:  # the letter that was drafted
                headers["If-Match"] = f'"{version}"'
            path = f"/api/cases/v1/cases/{case}/{command}"
            answer = await self._until_answered(client, path, body, f"kills-{n}-{case}", headers)
            if answer.status_code != 200:
                raise AssertionError(f"{command}: {answer.status_code} {answer.text}")
            version = answer.json()["version"]
        self.handled.append(case)

    def _token(self, role: str, unit: str) -> str:
        person = self._campaign.people_with(role, unit if unit != CITY else None)[0].id
        return self._signer.sign(person, role, unit, kind="api", life=timedelta(hours=3))

    async def _until_answered(
        self, client: httpx.AsyncClient, path: str, body: dict[str, Any], key: str, headers: dict[str, str]
    ) -> httpx.Response:
        began = time.monotonic()
        while True:
            try:
                answer = await client.post(path, json=body, headers={"Idempotency-Key": key, **headers})
                if answer.status_code < 500:
                    self.slowest = max(self.slowest, time.monotonic() - began)
                    return answer
            except UNTOLD:
                pass
            self.repeated += 1
            await asyncio.sleep(0.3)


async def kill_at_random(
    found: Installation, outcome: Outcome, kills: int, draw: random.Random, pauses: tuple[float, float],
    restart: Callable[[], Awaitable[None]],
) -> None:  # fmt: skip
    """One after another; every tenth time all must become ready."""
    for n in range(1, kills + 1):
        await asyncio.sleep(draw.uniform(*pauses))
        victim = draw.choice([*SERVICES, *SERVERS, *(("supervisor",) if draw.random() < 0.3 else ())])
        if victim == "supervisor":
            await restart()
        else:
            await until(partial(_killed, found, victim), HEALED_WITHIN)
        outcome.killed[victim] = outcome.killed.get(victim, 0) + 1
        if n % WAIT_EVERY == 0:
            await asyncio.sleep(NOTICED)
            outcome.ready_again.append(await seconds_until_ready(found))
            print(f"{n} kills, ready after {outcome.ready_again[-1]} s", file=sys.stderr, flush=True)


def _killed(found: Installation, name: str) -> bool:
    """Whether there was such a process to kill."""
    told = state.read(found.data)
    entry = (told["services"] | told["servers"]).get(name)
    if not entry or not entry["pid"]:
        return False
    try:
        os.kill(entry["pid"], signal.SIGKILL)
    except ProcessLookupError:  # it is just being started again
        return False
    return True


async def seconds_until_ready(found: Installation) -> float:
    """Raises TimeoutError where that takes more than HEALED_WITHIN."""
    began = time.monotonic()
    await until(lambda: asyncio.to_thread(_all_ready, found), HEALED_WITHIN)
    return round(time.monotonic() - began, 1)


def _all_ready(found: Installation) -> bool:
    try:
        return found.ready()
    except state.NotRunning:
        return False


async def survive(
    found: Installation, kills: int, seed: int, pauses: tuple[float, float], restart: Callable[[], Awaitable[None]]
) -> Outcome:
    """The load, the kills, then the invariants."""
    outcome, draw, users, over = Outcome(seed, {}), random.Random(seed), Users(found), asyncio.Event()
    limits = httpx.Limits(max_connections=200)
    patience = httpx.Timeout(8, pool=None)
    async with httpx.AsyncClient(base_url=found.url, timeout=patience, limits=limits, trust_env=False) as client:
        working = [
            asyncio.create_task(users.tips_by_schedule(client, over)),
            asyncio.create_task(users.handling(client, over)),
        ]
        try:
            await kill_at_random(found, outcome, kills, draw, pauses, restart)
            outcome.ready_again.append(await seconds_until_ready(found))
        except TimeoutError:
            outcome.wrong.append(f"I8: not ready within {HEALED_WITHIN:.0f} s")
        over.set()
        async with asyncio.timeout(HEALED_WITHIN):
            await asyncio.gather(*working)
    outcome.tips, outcome.commands = len(users.tips), 4 * len(users.handled)
    outcome.repeated, outcome.slowest_answer = users.repeated, round(users.slowest, 1)
    bus, ended = await connect(state.read(found.data)["nats"]["url"]), time.monotonic()
    try:
        await until(lambda: _none_missing(found, users), HEALED_WITHIN)
        await until(lambda: _is_true(found.differences(bus)), HEALED_WITHIN)
    except TimeoutError:
        outcome.wrong += [f"I3, I6: {one[:300]}" for one in await found.differences(bus)]
    outcome.equal_after = round(time.monotonic() - ended, 1)
    await bus.close()
    cases: Counter[str] = Counter(dict(found.rows("cases", _OPENED)))
    outcome.lost = sum(1 for tip in users.tips if not cases[tip])
    outcome.doubled = sum(1 for n in cases.values() if n > 1)
    outcome.wrong += _commands_without_their_events(found, users) + _holes(found)
    outcome.wrong += await asyncio.to_thread(_rebuild_and_reconcile, found)
    outcome.wrong += [f"I7: {secret} in {place}" for secret, place in sorted(found_in(_files(found), [NAME, PHONE]))]
    return outcome


def _none_missing(found: Installation, users: Users) -> bool:
    return bool(users.tips) and users.tips <= {tip for tip, _ in found.rows("cases", _OPENED)}


async def _is_true(differences: Awaitable[list[str]]) -> bool:
    return not await differences


def _commands_without_their_events(found: Installation, users: Users) -> list[str]:
    received = dict(found.rows("intake", _RECEIVED))
    wrong = [f"I1: tip {tip} was received {received.get(tip, 0)} times" for tip in users.tips if received.get(tip) != 1]
    if unknown := received.keys() - users.tips:
        wrong.append(f"I1: {len(unknown)} tips that nobody was told of")
    done = {(case, topic): n for case, topic, n in found.rows("cases", _DONE)}
    for case in users.handled:
        times = [done.get((case, f"cases.{event}")) for event in ("CaseTransferred", "CaseSignedFor", "RemarkAdded")]
        if times != [1, 1, 1]:
            wrong.append(f"I1: {case} was transferred, signed for, remarked on {times} times")
    return wrong[:5]


def _holes(found: Installation) -> list[str]:
    wrong = [f"I2: {service} {stream}" for service in SERVICES for (stream,) in found.rows(service, _HOLES)]
    again = found.rows("notify", _REMINDED)[0][0]
    parked = {service: found.rows(service, "SELECT count(*) FROM dead_letters")[0][0] for service in SERVICES}
    if again:
        wrong.append(f"I3: {again} notices were sent again")
    return [*wrong[:5], *[f"I3: {service} has parked {n}" for service, n in parked.items() if n]]


def _rebuild_and_reconcile(found: Installation) -> list[str]:
    wrong = []
    for name, command in (("I4: rebuild", rebuild.main), ("I6: reconcile", reconcile.main)):
        with redirect_stdout(io.StringIO()) as said:
            code = command(["--data", str(found.data), "--json"])
        if code != 0:
            wrong.append(f"{name} ends with {code}: {said.getvalue()[:300]}")
    return wrong


def _files(found: Installation) -> dict[str, bytes]:
    """All that the installation has written, and its metrics."""
    files = {str(path): path.read_bytes() for path in found.data.rglob("*") if path.is_file()}
    for name, one in state.read(found.data)["services"].items():
        files[f"metrics of {name}"] = httpx.get(f"http://127.0.0.1:{one['port']}/metrics", timeout=30).content
    return files


def run(data: Path, kills: int, seed: int, pauses: tuple[float, float] = PAUSES) -> Outcome:
    """An installation of its own over `data`."""
    with installed(data) as found:

        async def restart() -> None:
            await asyncio.to_thread(found.kill_and_start)

        return asyncio.run(survive(found, kills, seed, pauses, restart))


def main() -> int:
    """Print the outcome; 0 if it is as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, help="keep the data directory and its logs here")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = run(given.data or Path(folder) / "data", given.kills, given.seed)
    print(json.dumps(asdict(outcome), indent=2, ensure_ascii=False))
    return 1 if outcome.wrong or outcome.lost or outcome.doubled else 0


if __name__ == "__main__":
    sys.exit(main())
