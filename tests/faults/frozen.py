"""python -m tests.faults.frozen [--seconds N]: PostgreSQL and NATS frozen in turn, PostgreSQL stopped, under requests.

Real servers and one process of each service. While a server is away every kind of request goes on coming; each must
be answered, well or with 503, within LONGEST seconds, `/ready` within READY_WITHIN; once the server is back, all must
be ready within BACK_WITHIN. Tips that got 503 are sent again with their keys, and each must be one tip.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx

from deploy.local.postgres import processes_of
from shared.kernel.roles import ROLES
from shared.platform.event_store.ids import new_id
from shared.platform.web.session import SessionSigner
from tests.faults.replicas import Fleet, fleet
from tests.support.waiting import until

LONGEST = 12.0
READY_WITHIN = 2.0
BACK_WITHIN = 10.0
PAUSE = 0.5
PAGE = {"Accept": "text/html"}
ASKED = [
    ("notify", "/public", None),
    ("notify", "/api/notify/v1/events", "director"),
    ("cases", "/api/cases/v1/cases", "director"),
    ("cases", "/cases", "director"),
    ("cases", "/sign-in", None),
    ("assessment", "/api/assessment/v1/counts", "director"),
    ("intake", "/api/intake/v1/receipts/1234567890123456", None),
    ("intake", "/api/intake/v1/tips", "director"),
]


@dataclass
class Seen:
    """The slowest answers in seconds, by what was asked; the answers that nobody should get; how long ready took."""

    slowest: dict[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    unready_after: float | None = None
    back_after: float | None = None

    def note(self, what: str, seconds: float, status: int | str) -> None:
        self.slowest[what] = round(max(self.slowest.get(what, 0.0), seconds), 2)
        self.statuses[f"{status}"] = self.statuses.get(f"{status}", 0) + 1
        if isinstance(status, str) or (status >= 500 and status != 503):
            self.wrong.append(f"{what}: {status}")

    @property
    def longest(self) -> float:
        return max(seconds for what, seconds in self.slowest.items() if not what.startswith("/ready"))

    @property
    def longest_ready(self) -> float:
        return max(seconds for what, seconds in self.slowest.items() if what.startswith("/ready"))


class Crowd:
    """Those who ask, all the while."""

    def __init__(self, found: Fleet) -> None:
        self.fleet = found
        self.tips: dict[str, bool] = {}
        key = (found.postgres.layout.secrets / "cases" / "session_private.pem").read_bytes()
        signed = SessionSigner(key, ROLES).sign("p-director", "director", "city", kind="api", life=timedelta(hours=1))
        self._signed = {"Authorization": f"Bearer {signed}"}
        self._urls = {one.service: one.url for one in found.replicas}

    @asynccontextmanager
    async def asking(self, seen: Seen) -> AsyncIterator[None]:
        """For as long as the block runs; then until all that was asked is answered."""
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(timeout=90, limits=limits) as client:
            over = asyncio.Event()
            asking = [asyncio.create_task(self._ask(client, seen, over))]
            try:
                yield
            finally:
                over.set()
                await asyncio.gather(*asking)

    async def _ask(self, client: httpx.AsyncClient, seen: Seen, over: asyncio.Event) -> None:
        asked = []
        while not over.is_set():
            asked += [asyncio.create_task(one) for one in self._round(client, seen)]
            await asyncio.sleep(PAUSE)
        await asyncio.gather(*asked)

    def _round(self, client: httpx.AsyncClient, seen: Seen):  # type: ignore[no-untyped-def]
        for service, path, role in ASKED:
            headers = self._signed if role else {}
            yield self._get(client, seen, path, f"{self._urls[service]}{path}", headers)
        for service, url in self._urls.items():
            yield self._get(client, seen, f"/ready {service}", f"{url}/ready", {})
        key = f"tip-{len(self.tips)}"
        self.tips[key] = False
        yield self.tip(client, seen, key)
        yield self._sign_in(client, seen)
        yield self._command(client, seen)

    async def _get(self, client: httpx.AsyncClient, seen: Seen, what: str, url: str, headers: dict[str, str]) -> None:
        await _timed(seen, what, client.get(url, headers=headers))

    async def tip(self, client: httpx.AsyncClient, seen: Seen, key: str) -> None:
        body = {"text": f"巴公镇有一家气站一直在给超期没检验的气瓶充装，请查处。第 {key} 次反映。"}
        url = f"{self._urls['intake']}/api/intake/v1/tips"
        answer = await _timed(seen, "POST tip", client.post(url, json=body, headers={"Idempotency-Key": key}))
        self.tips[key] = self.tips[key] or (answer is not None and answer.status_code == 201)

    async def _sign_in(self, client: httpx.AsyncClient, seen: Seen) -> None:
        url, body = f"{self._urls['cases']}/sign-in", {"name": "nobody", "password": "nothing at all"}
        headers = {"Origin": self.fleet.replicas[0].environment["BIHUAN_PUBLIC_URL"]}
        await _timed(seen, "POST sign-in", client.post(url, data=body, headers=headers))

    async def _command(self, client: httpx.AsyncClient, seen: Seen) -> None:
        """One that goes to the lane at once: of a case that there is not."""
        url = f"{self._urls['cases']}/api/cases/v1/cases/{new_id()}/suspect-false-closure"
        body = {"source": "return_visit", "text": "现场仍在充装。", "evidence": ["照片"]}
        await _timed(seen, "POST command", client.post(url, json=body, headers=self._signed))

    async def repeat(self) -> None:
        """Send again what was not acknowledged, with its key."""
        seen = Seen()
        async with httpx.AsyncClient(timeout=30) as client:
            for key in [key for key, done in self.tips.items() if not done]:
                await self.tip(client, seen, key)
        assert all(self.tips.values()), seen

    def stored(self) -> int:
        query = "SELECT count(*) FROM stored_events WHERE topic = 'intake.TipReceived'"
        return int(self.fleet.rows("intake", query)[0][0])


async def _timed(seen: Seen, what: str, asking) -> httpx.Response | None:  # type: ignore[no-untyped-def]
    began = time.monotonic()
    try:
        answer: httpx.Response = await asking
    except httpx.HTTPError as error:
        seen.note(what, time.monotonic() - began, type(error).__name__)
        return None
    seen.note(what, time.monotonic() - began, answer.status_code)
    return answer


@contextmanager
def frozen(processes: Callable[[], list[int]]) -> Iterator[None]:
    """SIGSTOP, the parent first, and SIGCONT at the end."""
    stopped = processes()
    for pid in sorted(stopped):
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in processes():
            os.kill(pid, signal.SIGCONT)


async def all_ready(found: Fleet) -> bool:
    async with httpx.AsyncClient(timeout=3) as client:
        try:
            answers = [await client.get(f"{one.url}/ready") for one in found.replicas]
        except httpx.HTTPError:
            return False
    return all(answer.status_code == 200 for answer in answers)


async def away(found: Fleet, crowd: Crowd, seconds: float, freeze: Callable[[], list[int]]) -> Seen:
    """A server is frozen for so long, under requests; what was seen."""
    seen = Seen()
    async with crowd.asking(seen):
        with frozen(freeze):
            await _unready(found, seen, seconds)
        await _back(found, seen)
    return seen


async def stopped(found: Fleet, crowd: Crowd, seconds: float) -> Seen:
    """PostgreSQL is ended and, after a while, started again; what was seen."""
    seen = Seen()
    async with crowd.asking(seen):
        await asyncio.to_thread(found.postgres.stop)
        await _unready(found, seen, seconds)
        await asyncio.to_thread(found.postgres.start)
        await _back(found, seen)
    return seen


async def _unready(found: Fleet, seen: Seen, seconds: float) -> None:
    """For so long; and when it was first told."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if seen.unready_after is None and not await all_ready(found):
            seen.unready_after = round(time.monotonic() - began, 1)
        await asyncio.sleep(0.2)


async def _back(found: Fleet, seen: Seen) -> None:
    began = time.monotonic()
    await until(lambda: all_ready(found), 120)
    seen.back_after = round(time.monotonic() - began, 1)


async def run(found: Fleet, seconds: float) -> dict[str, Seen]:
    """Everything in turn."""
    await found.ready()
    crowd = Crowd(found)
    postgres, nats = found.postgres, found.nats
    results = {"PostgreSQL frozen": await away(found, crowd, seconds, lambda: processes_of(postgres.cluster))}
    assert nats.process is not None
    pid = nats.process.pid
    results["NATS frozen"] = await away(found, crowd, seconds, lambda: [pid])
    results["PostgreSQL stopped"] = await stopped(found, crowd, seconds)
    await crowd.repeat()
    assert crowd.stored() == len(crowd.tips)
    return results


def main() -> int:
    """Print what was seen; 0 if it is as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=75)
    parser.add_argument("--data", type=Path, help="keep the data directory and its logs here")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, fleet(given.data or Path(folder) / "data", each=1) as found:
        results = asyncio.run(run(found, given.seconds))
    print(json.dumps({name: asdict(seen) for name, seen in results.items()}, indent=2, ensure_ascii=False))
    return 0 if all(is_well(seen) for seen in results.values()) else 1


def is_well(seen: Seen) -> bool:
    """Whether all was answered in time, and all were ready in time."""
    in_time = seen.longest <= LONGEST and seen.longest_ready <= READY_WITHIN
    return in_time and not seen.wrong and seen.back_after is not None and seen.back_after <= BACK_WITHIN


if __name__ == "__main__":
    sys.exit(main())
