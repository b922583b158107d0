"""An embedded NATS server with JetStream: 127.0.0.1, credentials from the data directory's secrets.

Used as `with EmbeddedNats(directory) as server:`, then
`nats.connect(server.admin_url)`, or as a service with its rights and nothing more
`nats.connect(server.url, nkeys_seed=str(server.seed_file(name)), inbox_prefix=inbox_prefix(name).encode())`.
"""

import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from enum import Enum, auto
from pathlib import Path
from types import TracebackType

from deploy.local import probe
from deploy.local.credentials import bus_password, nkey_public_keys, nkey_seed_file
from deploy.local.layout import Layout, Lock
from deploy.local.ports import LOOPBACK, free_port
from deploy.local.process import end, spawn, tail
from deploy.local.programs import nats_server
from deploy.nats.config import render

HANGS_SECONDS = 3.0
ROOM = 16 << 20
"""Bytes free, with which a bus that met a full disk begins anew."""
START_SECONDS = 60.0  # reading back a large store included


class NatsFailed(Exception):
    """The server did not come up; the message ends with its last words."""


class Condition(Enum):
    """SILENT: not there yet, or frozen. RESTORING: it reads its files back; damaged ones can keep it there. HANGS: it
    says that it is well and does not tell of its streams, which damaged files can bring about as well. CANNOT_WRITE:
    the disk was full, and to the stream that met it nothing is written again before a restart."""

    SILENT = auto()
    RESTORING = auto()
    CANNOT_WRITE = auto()
    HANGS = auto()
    WELL = auto()


class EmbeddedNats:
    """One server over `data_dir` (see layout). `settings` overrides values: see deploy.nats.config.render."""

    def __init__(
        self,
        data_dir: Path,
        *,
        settings: Mapping[str, str] | None = None,
        port: int | None = None,
        monitor_port: int | None = None,
    ) -> None:
        self.layout = Layout.of(data_dir)
        self.port = port or free_port()
        self.monitor_port = monitor_port or free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self._settings = dict(settings or {})
        self._lock: Lock | None = None

    @property
    def url(self) -> str:
        """Without credentials."""
        return f"nats://{LOOPBACK}:{self.port}"

    @property
    def admin_url(self) -> str:
        """With the administrator's credentials: every right in the account that holds the streams."""
        return f"nats://admin:{bus_password(self.layout)}@{LOOPBACK}:{self.port}"

    @property
    def monitor_url(self) -> str:
        return f"http://{LOOPBACK}:{self.monitor_port}"

    @property
    def log(self) -> Path:
        return self.layout.log("nats")

    def seed_file(self, service: str) -> Path:
        """The service's nkey seed, made at first use."""
        return nkey_seed_file(self.layout, service)

    def __enter__(self) -> "EmbeddedNats":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start and return when JetStream can be used. Call it from a thread that outlives the server.

        Raises DirectoryInUse, NatsFailed, programs.ProgramMissing.
        """
        self.layout.create()
        self._lock = Lock(self.layout, "nats")
        self._lock.acquire()
        try:
            self.prepare()
            self.process = spawn(self.command(), log=self.log)
            self.await_ready(self.process)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Writes everything out and ends."""
        if self.process is not None:
            end(self.process, polite=signal.SIGTERM, seconds=15)
            self.process = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    @property
    def _configuration(self) -> Path:
        return self.layout.nats / "nats.conf"

    def prepare(self) -> None:
        """Make the secrets and write the configuration, which holds one. The caller holds the directory."""
        self.layout.create()
        text = render(
            host=LOOPBACK,
            port=self.port,
            monitor_port=self.monitor_port,
            store=str(self.store),
            admin_password=bus_password(self.layout),
            nkeys=nkey_public_keys(self.layout),
            settings=self._settings,
        )
        self._configuration.touch(mode=0o600)
        self._configuration.write_text(text, encoding="utf-8", errors="surrogateescape")

    def command(self) -> list[str]:
        """The argv of the server, for a supervisor of its own."""
        return [str(nats_server()), "--config", str(self._configuration)]

    def await_ready(self, process: subprocess.Popen[bytes] | None = None) -> None:
        """Return when JetStream is ready. Raises NatsFailed if `process` ends before, or after 60 s."""
        deadline = time.monotonic() + START_SECONDS
        while not self.healthy():
            if process is not None and process.poll() is not None:
                raise NatsFailed(f"NATS ended while starting. Its log, {self.log}, ends:\n{tail(self.log)}")
            if time.monotonic() > deadline:
                raise NatsFailed(f"NATS did not answer within 60 s. Its log, {self.log}, ends:\n{tail(self.log)}")
            time.sleep(0.03)

    def healthy(self) -> bool:
        """The server's own answer about itself and JetStream."""
        return probe.status(f"{self.monitor_url}/healthz") == 200

    def condition(self) -> Condition:
        """How the server is. May take some seconds."""
        told, why = probe.answer(f"{self.monitor_url}/healthz")
        if told is None:
            return Condition.SILENT
        if told != 200:
            return Condition.CANNOT_WRITE if b"write error" in why else Condition.RESTORING
        return Condition.WELL if probe.status(f"{self.monitor_url}/jsz", HANGS_SECONDS) == 200 else Condition.HANGS

    def has_room(self) -> bool:
        """Whether there is room to go on writing."""
        return shutil.disk_usage(self.store).free > ROOM

    def set_store_aside(self) -> None:
        """Let the next start begin without the streams; their files stay beside, until the next time."""
        damaged = self.store.with_name("store.damaged")
        shutil.rmtree(damaged, ignore_errors=True)
        if self.store.exists():
            self.store.rename(damaged)

    @property
    def store(self) -> Path:
        """JetStream's folder."""
        return self.layout.nats / "store"
