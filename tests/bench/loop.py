"""`bihuan bench loop`: 60 tips a second for 60 seconds through a whole installation, as citizens would send them.

Open loop: tips are sent by a schedule, whether or not earlier ones were answered, and a latency counts from the
scheduled instant to the arrival of the case's `CaseOpened` at a subscriber of the public stream. So a stall is counted
against every tip that had to wait in it. Every tip must become exactly one case and one `CaseOpened`.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import nats
import psycopg
import uvloop
from nats.aio.msg import Msg
from psycopg.rows import tuple_row
from rich.progress import Progress

from deploy.local.ports import free_port
from deploy.local.state import status
from tests.bench.http import Client
from tests.bench.report import Row, exactly, latency

ROOT = Path(__file__).resolve().parents[2]
RATE = 60
SECONDS = 60
WARM_UP = 120
SETTLE = 15.0
PLACES = ("巴公镇", "北留镇", "礼义镇", "马村镇", "端氏镇")
TEXT = "{place}有一家气站一直在给超期没检验的气瓶充装，夜里装车拉走，请查处。第 {n} 次反映。"


class Installation:
    """A whole Bihuan of its own, started as an operator would."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self._log = (data.parent / "up.log").open("w")
        command = [sys.executable, "-m", "deploy.cli", "up", "--data", str(data), "--port", str(free_port())]
        many = os.environ | {"BIHUAN_RATE_FACTOR": "10000"}  # this one address sends for many
        self._process = subprocess.Popen(command, stdout=self._log, stderr=subprocess.STDOUT, cwd=ROOT, env=many)

    def wait(self) -> dict[str, Any]:
        """What `status` says once everything is ready. Raises RuntimeError with the log if it does not come up."""
        log = self.data.parent / "up.log"
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and self._process.poll() is None:
            if any(line.startswith("ready ") for line in log.read_text("utf-8").splitlines()):
                return dict(status(self.data) or {})
            time.sleep(0.2)
        raise RuntimeError(f"the installation did not come up:\n{log.read_text('utf-8')[-2000:]}")

    def stop(self) -> None:
        """Stop everything."""
        self._process.terminate()
        self._process.wait(60)
        self._log.close()


def run(progress: Progress | None = None) -> list[Row]:
    """One run; the rows with their goals."""
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder) / "data")
        try:
            found = installation.wait()
            task = progress.add_task("loop", total=RATE * SECONDS) if progress else None
            tick = (lambda: progress.advance(task)) if progress and task is not None else (lambda: None)
            sent, opened = uvloop.run(_measure(found["http"], found["nats"]["url"], tick))
            cases = _cases(found["postgres"]["dsn"], set(sent))
        finally:
            installation.stop()
    late = sorted((opened[tip][0] - sent[tip]) * 1000 for tip in sent if tip in opened)
    once = sum(1 for tip in sent if len(opened.get(tip, ())) == 1)
    quantiles = statistics.quantiles(late, n=100) if len(late) > 1 else [float("inf")] * 99
    return [
        exactly("tips accepted", len(sent), expected=RATE * SECONDS),
        exactly("tips with exactly one case", sum(1 for tip in sent if cases[tip] == 1), expected=RATE * SECONDS),
        exactly("tips with exactly one CaseOpened on the public stream", once, expected=RATE * SECONDS),
        latency("tip to CaseOpened, median", quantiles[49], goal=50),
        latency("tip to CaseOpened, 99 %", quantiles[98], goal=300),
    ]


async def _measure(http: str, bus: str, tick: Any) -> tuple[dict[str, float], dict[str, list[float]]]:
    """Send on schedule; when each tip was to be sent, and when its `CaseOpened` arrived (monotonic seconds)."""
    opened: dict[str, list[float]] = {}
    sent: dict[str, float] = {}

    async def arrived(message: Msg) -> None:
        now = time.perf_counter()
        opened.setdefault(json.loads(message.data)["data"]["tip"], []).append(now)

    client = await nats.connect(bus)
    stream = client.jetstream()
    subject = "bihuan.pub.v1.cases.*.CaseOpened"
    await stream.subscribe(subject, stream="BIHUAN_PUBLIC", cb=arrived, ordered_consumer=True)
    web = Client(http)

    async def send(n: int, at: float) -> None:
        await asyncio.sleep(max(0.0, at - time.perf_counter()))
        status, answer = await web.post(
            "/api/intake/v1/tips", {"text": TEXT.format(place=PLACES[n % len(PLACES)], n=n)}
        )
        if status == 201:
            sent[answer["tip"]] = at
        tick()

    start = time.perf_counter()
    await asyncio.gather(*(send(n, start + n / RATE) for n in range(WARM_UP)))
    await asyncio.sleep(1)
    sent.clear()
    start = time.perf_counter()
    await asyncio.gather(*(send(n, start + n / RATE) for n in range(RATE * SECONDS)))
    end = time.perf_counter() + SETTLE
    while time.perf_counter() < end and any(tip not in opened for tip in sent):
        await asyncio.sleep(0.2)
    web.close()
    await client.close()
    return sent, opened


def _cases(administrator: str, tips: set[str]) -> Counter[str]:
    """How many cases each tip has, from the event store itself."""
    dsn = administrator.rsplit("/", 1)[0] + "/bihuan_cases"
    query = "SELECT state FROM stored_events WHERE topic = 'cases.CaseOpened'"
    with psycopg.connect(dsn, row_factory=tuple_row) as connection:
        found = [json.loads(bytes(state))["data"].get("tip") for (state,) in connection.execute(query)]
    return Counter(tip for tip in found if tip in tips)
