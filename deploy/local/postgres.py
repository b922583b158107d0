"""An embedded PostgreSQL 18: one cluster in a data directory, TCP on 127.0.0.1, SCRAM passwords, full durability.

    with EmbeddedPostgres(directory) as postgres:
        psycopg.connect(postgres.dsn("bihuan_cases", "bihuan_cases_writer"))

There is no unix socket: the path of a data directory may be too long for one, and nothing here needs it. A postmaster
that was killed with -9 leaves backends that hold its shared memory; whoever works in the cluster's directory without
our lock is such an orphan and is ended before a start. Only ours: the lock in run/ says that no other installation
uses the directory.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import psycopg

from deploy.local.credentials import role_password, role_password_file
from deploy.local.layout import Layout, Lock
from deploy.local.ports import LOOPBACK, free_port
from deploy.local.privileges import Privileges, choose
from deploy.local.process import end, spawn, tail
from deploy.local.programs import postgres_programs
from deploy.postgres import roles, server
from deploy.postgres.server import ADMINISTRATOR

SETTINGS = server.SETTINGS | {"listen_addresses": LOOPBACK, "unix_socket_directories": ""}
START_SECONDS = 60.0  # recovery after a crash included
ORPHAN_SECONDS = 30.0


class PostgresFailed(Exception):
    """The server could not be made, or did not come up; the message ends with its last words."""


class EmbeddedPostgres:
    """One server over `data_dir` (see layout). `settings` overrides or adds server settings by name."""

    def __init__(
        self,
        data_dir: Path,
        *,
        settings: Mapping[str, str] | None = None,
        port: int | None = None,
        privileges: Privileges | None = None,
    ) -> None:
        self.layout = Layout.of(data_dir)
        self.port = port or free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self._settings = SETTINGS | dict(settings or {}) | {"port": str(self.port)}
        self._privileges = privileges
        self._lock: Lock | None = None

    @property
    def cluster(self) -> Path:
        return self.layout.postgres / "18"

    def password(self, user: str) -> str:
        return role_password(self.layout, user)

    def dsn(self, dbname: str = "postgres", user: str = ADMINISTRATOR) -> str:
        """A connection URI with the password: the administrator's, or any role's of deploy.postgres.roles."""
        return f"postgresql://{user}:{quote(self.password(user))}@{LOOPBACK}:{self.port}/{dbname}"

    def __enter__(self) -> "EmbeddedPostgres":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start and return when Bihuan's databases can be used. Call it from a thread that outlives the server.

        Raises DirectoryInUse, PostgresFailed, privileges.CannotLeaveRoot, programs.ProgramMissing.
        """
        self.layout.create()
        self._lock = Lock(self.layout, "postgres")
        self._lock.acquire()
        try:
            self.prepare()
            self.process = spawn(self.command(), log=self.log, death_signal=signal.SIGQUIT)
            self.await_ready(self.process)
            self.ensure_databases()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, the next start needs no recovery."""
        if self.process is not None:
            end(self.process, polite=signal.SIGINT, seconds=30)
            self.process = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    @property
    def log(self) -> Path:
        return self.layout.log("postgres")

    def prepare(self) -> None:
        """Make the cluster if there is none, and end what a killed server left. The caller holds the directory."""
        self.layout.create()
        end_orphans(self.cluster)
        self._way().give(self.layout.postgres)
        if not self.cluster.exists():
            self._initdb()

    def command(self) -> list[str]:
        """The argv of the server, for a supervisor of its own."""
        program = str(postgres_programs() / "postgres")
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        return [*self._way().prefix, program, "-D", str(self.cluster), *options]

    def await_ready(self, process: subprocess.Popen[bytes] | None = None) -> None:
        """Return when the administrator can connect. Raises PostgresFailed if `process` ends before, or after 60 s."""
        deadline = time.monotonic() + START_SECONDS
        while not self.accepts_connections():
            if process is not None and process.poll() is not None:
                raise PostgresFailed(f"PostgreSQL ended while starting. Its log, {self.log}, ends:\n{tail(self.log)}")
            if time.monotonic() > deadline:
                raise PostgresFailed(
                    f"PostgreSQL did not answer within 60 s. Its log, {self.log}, ends:\n{tail(self.log)}"
                )
            time.sleep(0.03)

    def accepts_connections(self) -> bool:
        try:
            psycopg.connect(self.dsn(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def ensure_databases(self) -> None:
        roles.ensure(self.dsn(), {name: self.password(name) for name in roles.ROLES})

    def _way(self) -> Privileges:
        if self._privileges is None:
            self._privileges = choose(self.layout.postgres, postgres_programs() / "initdb")
        return self._privileges

    def _initdb(self) -> None:
        """Under another name first: an interrupted initdb must not be taken for a cluster."""
        draft = self.cluster.with_name("18.new")
        if draft.exists():
            shutil.rmtree(draft)
        self.password(ADMINISTRATOR)
        command = [
            *self._way().prefix,
            str(postgres_programs() / "initdb"),
            f"--pgdata={draft}",
            f"--username={ADMINISTRATOR}",
            "--auth=scram-sha-256",
            f"--pwfile={role_password_file(self.layout, ADMINISTRATOR)}",
            *server.INITDB,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise PostgresFailed(
                f"initdb could not make a cluster in {self.cluster}:\n{done.stdout[-500:]}{done.stderr[-1500:]}"
            )
        draft.rename(self.cluster)


def end_orphans(cluster: Path) -> None:
    """Kill the PostgreSQL processes that work in `cluster`. Raises PostgresFailed if some are left after 30 s."""
    deadline = time.monotonic() + ORPHAN_SECONDS
    while orphans := processes_of(cluster):
        if time.monotonic() > deadline:
            raise PostgresFailed(
                f"Processes {orphans} of an earlier PostgreSQL in {cluster} cannot be ended: kill -9 them."
            )
        for pid in orphans:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:  # it went by itself
                continue
        time.sleep(0.05)


def processes_of(cluster: Path) -> list[int]:
    """Every PostgreSQL process runs with its cluster as the working directory."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                folder, program = (entry / "cwd").readlink(), (entry / "exe").readlink()
            except OSError:  # ended meanwhile, or another user's
                continue
            if program.name.startswith("postgres") and folder == cluster.resolve():
                found.append(int(entry.name))
    return found
