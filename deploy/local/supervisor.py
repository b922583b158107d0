"""Runs a whole installation on this machine: in which order things start and stop, what happens when one dies.

    PostgreSQL, NATS and Caddy at once → databases and roles → migrations → four services at once → ready
    stop: services (drain, 10 s) → Caddy → NATS → PostgreSQL

Every child is kept by a Keeper and comes back on its own port. Services are also asked for /health from outside,
because a process may be there and answer nobody: five failures in a row, and it is killed and started again. NATS is
killed where it says that it is well but hangs in a stream, and where it does not get through its files. Otherwise the
servers are left alone: a frozen NATS is the services' affair to survive, and killing PostgreSQL for being slow would
make it slower. Streams that are lost are declared again (deploy.nats.watch). All children end with this process, also
when it is killed with -9.
"""

import asyncio
import errno
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from deploy.local import figures, logs, probe, state
from deploy.local.children import Keeper, Program
from deploy.local.credentials import accounts_file, make_secrets
from deploy.local.layout import Layout, Lock
from deploy.local.nats import Condition, EmbeddedNats
from deploy.local.ports import LOOPBACK, bind_error, free_port
from deploy.local.postgres import EmbeddedPostgres
from deploy.local.process import end, ended, spawn, tail
from deploy.local.programs import caddy
from deploy.local.services import (
    ROOT,
    Settings,
    gateway_environment,
    inherited_environment,
    migration_environment,
    service_environment,
)
from deploy.nats.watch import watch
from shared.kernel.contracts import SERVICES

T = TypeVar("T")
GATEWAY_FILE = ROOT / "deploy" / "gateway" / "Caddyfile"
START_SECONDS = 180.0
HOPELESS_ENDS = 5  # ends in a row while starting, after which waiting longer would not help
PROBE_SECONDS = 2.0
PROBE_TIMEOUT = 2.0
HOPELESS_PROBES = 5
MAY_START_SECONDS = 60.0  # a service that has not yet answered once is left alone this long
NATS_PROBE_SECONDS = 3.0
HOPELESS_NATS_PROBES = 3
NATS_RESTORE_SECONDS = 30.0  # a million events take a few
ROTATE_SECONDS = 5.0
READ_TABLES_SECONDS = 5.0
POLL_SECONDS = 0.05


class PortTaken(Exception):
    """The gateway's port cannot be used."""


class StartFailed(Exception):
    """Something did not come up; the message names its log and how that ends."""


REBUILD = [sys.executable, "-P", "-m", "deploy.cli", "rebuild"]
MIGRATE = [sys.executable, "-P", "-m", "deploy.cli", "migrate"]


class Supervisor:
    """One installation. `said` gets the lines that a person reads; the command `migrate` is replaced in tests.
    `prepared` is called once the databases are ready, before any service starts.

    `start` returns once every service is ready; then call `stop`. Both belong to one event loop, in the main thread.
    """

    def __init__(
        self,
        settings: Settings,
        said: Callable[[str], None],
        migrate: list[str] = MIGRATE,
        prepared: Callable[["Supervisor"], None] = lambda _: None,
    ) -> None:
        self.settings = settings
        self.layout = Layout.of(settings.data)
        self.said = said
        self.postgres = EmbeddedPostgres(settings.data)
        self.nats = EmbeddedNats(settings.data)
        self.ports = {service: free_port() for service in SERVICES}
        self.keepers: dict[str, Keeper] = {}
        self._migrate = migrate
        self._prepared = prepared
        # the servers' own locks too: a tool that starts one of them alone must not take ours for an orphan
        self._locks = [Lock(self.layout, name) for name in (state.LOCK, "postgres", "nats")]
        self._tasks: list[asyncio.Task[None]] = []
        self._stop_figures: Callable[[], None] = lambda: None
        self._threads = ThreadPoolExecutor(8, "supervisor")
        self._began_at = datetime.now().astimezone().isoformat(timespec="seconds")
        self._began = time.monotonic()

    async def start(self) -> None:
        """Raises PortTaken, DirectoryInUse, StartFailed, or what a server's prepare() raises; call `stop` after any."""
        self.layout.create()
        for lock in self._locks:
            lock.acquire()
        self._check_port()
        self.layout.state_file.unlink(missing_ok=True)
        make_secrets(self.layout)
        await _together(self._start_postgres(), self._start_nats(), self._start_gateway())
        await self._run_migrations()
        await self._blocking(self._prepared, self)
        for service in SERVICES:
            self._keep(self._service_program(service))
        self._start_watching()
        self._stop_figures = figures.tell(self.layout, self.ports, self.said)
        await _together(*(self._await_service(service) for service in SERVICES))
        await self._until("gateway", lambda: probe.status(f"{self.settings.url}/ready") == 200)

    async def stop(self) -> None:
        """Stop what was started, in order; harmless when little or nothing was."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(keeper.stop() for name, keeper in self.keepers.items() if name in SERVICES))
        for name in ("gateway", "nats", "postgres"):
            if name in self.keepers:
                await self.keepers[name].stop()
        self._stop_figures()
        self._threads.shutdown()  # an initdb under way still writes to the directory
        if self._locks[0].held:
            self.layout.state_file.unlink(missing_ok=True)
        for lock in reversed(self._locks):
            lock.release()

    def _check_port(self) -> None:
        port = self.settings.port
        if (error := bind_error(port)) is None:
            return
        in_use = error.errno == errno.EADDRINUSE
        reason = "已被占用 / is in use" if in_use else f"不能使用 / cannot be used: {error.strerror}"
        raise PortTaken(f"端口 {port} {reason}。换一个 / take another: ./bihuan up --port {free_port_near(port)}")

    async def _start_postgres(self) -> None:
        await self._blocking(self.postgres.prepare)
        program = Program(
            "postgres",
            self.postgres.command(),
            self.postgres.log,
            before_restart=self.postgres.prepare,
            death_signal=signal.SIGQUIT,  # ends its backends too
            stop_signal=signal.SIGINT,  # fast: roll back, no recovery at the next start
            stop_seconds=30,
        )
        self._keep(program)
        await self._until("postgres", self.postgres.accepts_connections)
        await self._blocking(self.postgres.ensure_databases)
        self._tell("数据库就绪 / PostgreSQL is up")

    async def _start_nats(self) -> None:
        await self._blocking(self.nats.prepare)
        self._keep(Program("nats", self.nats.command(), self.nats.log, stop_seconds=15))
        self._tasks.append(asyncio.get_running_loop().create_task(self._watch_nats(), name="watch nats"))
        await self._until("nats", self.nats.healthy)
        self._tell("消息总线就绪 / NATS is up")

    async def _start_gateway(self) -> None:
        command = [str(caddy()), "run", "--adapter", "caddyfile", "--config", str(GATEWAY_FILE)]
        environment = gateway_environment(self.settings, self.layout, self.ports)
        self._keep(Program("gateway", command, self.layout.log("gateway"), environment=environment))

    async def _run_migrations(self) -> None:
        log = self.layout.log("migrate")
        process = spawn(
            self._migrate, log=log, environment=migration_environment(self.settings, self.postgres, self.nats)
        )
        try:
            code = await ended(process)
        finally:  # told to stop meanwhile
            end(process, polite=signal.SIGTERM, seconds=10)
        if code != 0:
            raise StartFailed(f"数据库升级失败 / migrations failed. {log}:\n{tail(log, 12)}")
        self._tell("表与消息流已是最新 / migrations are done")
        if (accounts := accounts_file(self.layout)).exists():
            self.said(f"初始账号与密码 / first accounts and passwords: {accounts}")

    def _service_program(self, service: str) -> Program:
        environment = service_environment(service, self.ports[service], self.settings, self.postgres, self.nats)
        return Program(service, self.settings.command(service), self.layout.log(service), environment=environment)

    async def _await_service(self, service: str) -> None:
        await self._until(service, lambda: state.is_ready(self.ports[service]))
        self._tell(f"{service} 就绪 / is ready")

    async def _blocking(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(work, *arguments))

    def _keep(self, program: Program) -> None:
        keeper = Keeper(program, said=self.said, changed=self._write_state)
        self.keepers[program.name] = keeper
        keeper.start()

    async def _until(self, name: str, answers: Callable[[], bool]) -> None:
        """Wait for a child that was started, as long as it is worth it."""
        keeper, deadline = self.keepers[name], time.monotonic() + START_SECONDS
        while not await self._blocking(answers):
            if keeper.early_ends >= HOPELESS_ENDS or time.monotonic() > deadline:
                log = keeper.program.log
                raise StartFailed(f"{name} 未能启动 / did not come up. {log}:\n{tail(log, 12)}")
            await asyncio.sleep(POLL_SECONDS)

    def _start_watching(self) -> None:
        loop = asyncio.get_running_loop()
        self._tasks += [loop.create_task(self._watch(service), name=f"watch {service}") for service in SERVICES]
        self._tasks.append(loop.create_task(self._rotate_logs(), name="rotate logs"))
        self._tasks.append(loop.create_task(self._watch_read_tables(), name="watch read tables"))
        streams = watch(self.nats.admin_url, self.nats.store, self.said, looked=lambda: None)
        self._tasks.append(loop.create_task(streams, name="watch streams"))

    async def _watch(self, service: str) -> None:
        """Kill a service that is there and does not answer."""
        keeper, url = self.keepers[service], f"http://{LOOPBACK}:{self.ports[service]}/health"
        failures, answered_as = 0, None
        while True:
            await asyncio.sleep(PROBE_SECONDS)
            pid = keeper.pid
            if await self._blocking(probe.status, url, PROBE_TIMEOUT) == 200:
                failures, answered_as = 0, pid
                continue
            starting = pid != answered_as and time.monotonic() - keeper.started_at < MAY_START_SECONDS
            failures = 0 if starting else failures + 1
            if failures >= HOPELESS_PROBES:
                self.said(f"{service} 连续 {failures} 次无应答，强制重启 / does not answer: killed, to be restarted")
                keeper.kill()
                failures = 0

    async def _watch_read_tables(self) -> None:
        """Rebuild those that show what another service has forgotten, after its database was put back."""
        while True:
            await asyncio.sleep(READ_TABLES_SECONDS)
            for service in SERVICES:
                checks = await self._blocking(probe.checks, f"http://{LOOPBACK}:{self.ports[service]}/ready")
                if checks.get("read tables", "ok") != "ok":
                    self.said(f"{service} 的查询表正在重建 / the read tables are built anew")
                    await self._rebuild(service)

    async def _rebuild(self, service: str) -> None:
        log = self.layout.log("rebuild")
        process = spawn(
            [*REBUILD, service, "--swap", "--data", str(self.settings.data)],
            log=log,
            environment=inherited_environment(),
        )
        try:
            code = await ended(process)
        finally:  # told to stop meanwhile
            end(process, polite=signal.SIGTERM, seconds=10)
        if code != 0:
            self.said(f"{service} 的查询表未能重建 / could not be built anew, see {log}")

    async def _watch_nats(self) -> None:
        """Kill a bus that hangs in a stream, or met a full disk, once there is room; one that does not get through its
        files, after putting them aside."""
        keeper, failures = self.keepers["nats"], 0
        while True:
            await asyncio.sleep(NATS_PROBE_SECONDS)
            condition = await self._blocking(self.nats.condition)
            failures = failures + 1 if condition is Condition.HANGS else 0
            if failures >= HOPELESS_NATS_PROBES:
                self.said("nats 卡在某个消息流，强制重启 / hangs in a stream: killed, to be restarted")
                keeper.kill()
                failures = 0
            elif condition is Condition.CANNOT_WRITE and await self._blocking(self.nats.has_room):
                self.said("磁盘已有空间，重启 nats / there is room on the disk again: nats is restarted")
                keeper.kill()
            elif condition is Condition.RESTORING and time.monotonic() - keeper.started_at > NATS_RESTORE_SECONDS:
                self.said(
                    "nats 读不完消息文件，另存后重启 / does not get through its files: put aside, to be restarted"
                )
                await self._blocking(self.nats.set_store_aside)
                keeper.kill()

    async def _rotate_logs(self) -> None:
        while True:
            await asyncio.sleep(ROTATE_SECONDS)
            for keeper in self.keepers.values():
                try:
                    await self._blocking(logs.rotate, keeper.program.log)
                except OSError as error:
                    self.said(f"日志不能轮转 / a log cannot be rotated: {error}")

    def _write_state(self) -> None:
        def entry(name: str, port: int) -> dict[str, Any]:
            return {"pid": self.keepers[name].pid, "port": port}

        servers = {"postgres": self.postgres.port, "nats": self.nats.port, "gateway": self.settings.port}
        content = {
            "http": self.settings.url,
            "campaign": str(self.settings.campaign.absolute()),
            "nats": {"url": self.nats.admin_url, "monitor": self.nats.monitor_url},
            "postgres": {"dsn": self.postgres.dsn()},
            "services": {name: entry(name, port) for name, port in self.ports.items() if name in self.keepers},
            "servers": {name: entry(name, port) for name, port in servers.items() if name in self.keepers},
            "supervisor": {"pid": os.getpid(), "started": self._began_at, "data": str(self.layout.data)},
        }
        try:
            state.write(self.layout, content)
        except OSError as error:  # a full disk must not end the one who keeps everything running
            self.said(f"状态文件不能写入 / the state file cannot be written: {error}")

    def _tell(self, sentence: str) -> None:
        self.said(f"{sentence} ({time.monotonic() - self._began:.1f} s)")


async def _together(*steps: Coroutine[Any, Any, None]) -> None:
    """All at once; when one fails, or we are told to stop, the others end too."""
    tasks = [asyncio.create_task(step) for step in steps]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def free_port_near(port: int) -> int:
    """The next port that could be used instead, for a sentence that says what to type."""
    candidates = range(max(port + 1, 1024), 65536)
    return next((candidate for candidate in candidates if bind_error(candidate) is None), 8080)
