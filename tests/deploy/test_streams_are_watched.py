"""Given a bus that loses streams, or hangs, whoever watches it …"""

import asyncio
import shutil
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from nats.aio.client import Client

from deploy.local.nats import Condition, EmbeddedNats
from deploy.nats import watch
from shared.kernel.contracts import SERVICES
from shared.platform.messaging import streams
from tests.support.servers import connect

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedNats]:
    with EmbeddedNats(tmp_path) as running:
        yield running


@pytest.fixture
async def admin(server: EmbeddedNats) -> AsyncIterator[Client]:
    client = await connect(server.admin_url)
    await streams.declare(client.jetstream(), SERVICES)
    yield client
    await client.close()


async def look_twice(admin: Client, server: EmbeddedNats) -> list[str]:
    said: list[str] = []
    gone = await watch.look(admin.jetstream(), server.store, frozenset(), said.append)
    await watch.look(admin.jetstream(), server.store, gone, said.append)
    return said


async def consumers(admin: Client) -> dict[str, int]:
    return {str(one.config.name): one.state.consumer_count for one in await admin.jetstream().streams_info()}


async def test_leaves_alone_what_is_there(server: EmbeddedNats, admin: Client) -> None:
    assert await look_twice(admin, server) == []


async def test_declares_a_stream_and_its_consumers_that_somebody_deleted(server: EmbeddedNats, admin: Client) -> None:
    before = await consumers(admin)
    await admin.jetstream().delete_stream("BIHUAN_CASES")
    await admin.jetstream().delete_consumer("BIHUAN_INTAKE", "notify")
    assert len(await look_twice(admin, server)) == 1
    assert await consumers(admin) == before


async def test_declares_anew_a_stream_whose_files_were_deleted_under_the_server(
    server: EmbeddedNats, admin: Client
) -> None:
    await admin.jetstream().publish("bihuan.int.v1.cases.0.Happened", b"1")
    shutil.rmtree(next(server.store.glob("**/BIHUAN_CASES")))
    said = await look_twice(admin, server)
    assert [one.split()[0] for one in said] == ["BIHUAN_CASES", "消息流已重新声明"]
    assert (await admin.jetstream().stream_info("BIHUAN_CASES")).state.messages == 0
    await admin.jetstream().publish("bihuan.int.v1.cases.0.Happened", b"1")
    assert await look_twice(admin, server) == []


async def test_goes_on_when_the_server_comes_back(server: EmbeddedNats, admin: Client) -> None:
    looked = asyncio.Event()
    said: list[str] = []
    task = asyncio.create_task(watch.watch(server.admin_url, server.store, said.append, looked.set))
    await asyncio.wait_for(looked.wait(), 20)
    await asyncio.to_thread(server.stop)
    shutil.rmtree(server.store)
    await asyncio.to_thread(server.start)
    looked.clear()
    await asyncio.wait_for(looked.wait(), 20)
    task.cancel()
    assert set(await consumers(admin)) == set(watch.STREAMS)


class Monitor(BaseHTTPRequestHandler):
    """The server's monitor in a condition: what each address is answered; None is never. `why` is its body."""

    answers: ClassVar[dict[str, int | None]] = {}
    why: ClassVar[bytes] = b""
    stopped = threading.Event()

    def do_GET(self) -> None:
        status = self.answers[self.path]
        if status is None:
            self.stopped.wait(10)
            return
        self.send_response(status)
        self.end_headers()
        self.wfile.write(self.why)

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@contextmanager
def monitor(why: bytes = b"", **answers: int | None) -> Iterator[int]:
    Monitor.why = why
    Monitor.answers = {f"/{name}": status for name, status in answers.items()}
    Monitor.stopped.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Monitor)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    Monitor.stopped.set()
    server.shutdown()
    server.server_close()


FULL = b'{"error":"JetStream stream \'BIHUAN > BIHUAN_INTAKE\' write error: no space left on device"}'
CONDITIONS: dict[Condition, dict[str, Any]] = {
    Condition.CANNOT_WRITE: {"healthz": 503, "jsz": 200, "why": FULL},
    Condition.WELL: {"healthz": 200, "jsz": 200},
    Condition.HANGS: {"healthz": 200, "jsz": None},
    Condition.RESTORING: {"healthz": 503, "jsz": None},
    Condition.SILENT: {"healthz": None, "jsz": None},
}


ASKS = '''
"""As BusyBox's wget and nc: wget names the status even if it is told to be quiet, nc shows the whole answer."""
import sys, urllib.error, urllib.request
wget = sys.argv[-1].startswith("http")
url = sys.argv[-1] if wget else f"http://{sys.argv[-2]}:{sys.argv[-1]}{sys.stdin.readline().split()[1]}"
try:
    answer = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=2)
except urllib.error.HTTPError as refusal:
    if wget:
        sys.exit(f"wget: server returned error: HTTP/1.1 {refusal.code}")
    answer = refusal
except OSError:
    sys.exit(1)
sys.stdout.write(f"HTTP/1.0 {answer.status} .\\r\\n\\r\\n{answer.read().decode()}")
'''
DEBIANS = ("awk", "bash", "cat", "df", "mv", "rm", "timeout", "wc")
"""Programs that the script takes where there is no BusyBox."""


@pytest.mark.parametrize("condition", CONDITIONS)
def test_is_told_how_the_server_is(condition: Condition, tmp_path: Path) -> None:
    with monitor(**CONDITIONS[condition]) as port:
        assert EmbeddedNats(tmp_path, monitor_port=port).condition() is condition


@pytest.mark.parametrize("image", ["alpine", "debian"])
@pytest.mark.parametrize(
    ("condition", "survives"),
    [(Condition.WELL, 20), (Condition.HANGS, 2), (Condition.RESTORING, 14), (Condition.CANNOT_WRITE, 0)],
)
def test_in_a_container_ends_a_server_that_hangs_and_puts_aside_what_it_cannot_read(
    condition: Condition, survives: int, image: str, tmp_path: Path
) -> None:
    (tmp_path / "jetstream").mkdir()
    standin = subprocess.Popen(["sleep", "60"])
    (tmp_path / "asks.py").write_text(ASKS)
    asks = f'exec {sys.executable} -I {tmp_path}/asks.py "$@"'
    programs = {"pidof": f"echo {standin.pid}"} | ({"wget": asks, "nc": asks} if image == "alpine" else {})
    for name, body in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o700)
    for name in DEBIANS:
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    environment = {
        "PATH": str(tmp_path), "NATS_FOLDER": str(tmp_path), "NATS_FAILURES": str(tmp_path / "f"),
    }  # fmt: skip
    with monitor(**CONDITIONS[condition]) as port:
        script = ["/bin/sh", str(ROOT / "deploy/compose/nats_health.sh"), str(port)]
        codes = [subprocess.run(script, env=environment, check=False).returncode for _ in range(survives)]
        assert standin.poll() is None
        assert set(codes) <= {0 if condition is Condition.WELL else 1}
        if condition is not Condition.WELL:
            subprocess.run(script, env=environment, check=False)
            assert standin.wait(5) == -9
    standin.kill()
    standin.wait()
    assert (tmp_path / "jetstream.damaged").exists() is (condition is Condition.RESTORING)
