"""Where things are in a data directory, and who may use it now.

    postgres/ nats/ caddy/   the servers' own files
    secrets/                 passwords, keys, peppers: one folder per service, one for PostgreSQL
    logs/ run/               log files; locks and the state file of a running installation

Every folder is 0700. A lock is a flock on a file in run/: the kernel drops it with its holder, so that nothing stale
can stay after a kill -9; it holds on one machine only, so a data directory must not be shared over a network file
system.
"""

import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path

FOLDERS = ("postgres", "nats", "caddy", "secrets", "logs", "run")


class DirectoryInUse(Exception):
    """Another process uses this data directory."""


class DirectoryUnusable(Exception):
    """The data directory cannot be made or written to."""


@dataclass(frozen=True)
class Layout:
    """The folders of one data directory (an absolute path)."""

    data: Path

    @classmethod
    def of(cls, data: Path) -> "Layout":
        return cls(data.expanduser().absolute())

    @property
    def postgres(self) -> Path:
        return self.data / "postgres"

    @property
    def nats(self) -> Path:
        return self.data / "nats"

    @property
    def caddy(self) -> Path:
        return self.data / "caddy"

    @property
    def secrets(self) -> Path:
        return self.data / "secrets"

    @property
    def state_file(self) -> Path:
        return self.data / "run" / "state.json"

    @property
    def targets_file(self) -> Path:
        """What a Prometheus of this machine may scrape, while the installation runs."""
        return self.data / "run" / "targets.json"

    @property
    def simulated(self) -> Path:
        """There once a campaign was played here: such an installation stays on simulated time."""
        return self.data / "simulated-time"

    def log(self, name: str) -> Path:
        return self.data / "logs" / f"{name}.log"

    def create(self) -> None:
        """Raises DirectoryUnusable."""
        try:
            for folder in (self.data, *(self.data / name for name in FOLDERS)):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _unusable(self.data, error) from error


class Lock:
    """An exclusive lock named `name` in a data directory, held until `release` or the end of this process."""

    def __init__(self, layout: Layout, name: str) -> None:
        self._path = layout.data / "run" / f"{name}.lock"
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Raises DirectoryInUse when another process (or another Lock of this one) holds it, and DirectoryUnusable."""
        data = self._path.parent.parent
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise _unusable(data, error) from error
        if not _lock_soon(descriptor):
            os.close(descriptor)
            raise DirectoryInUse(
                f"{data} 正在被使用 / is in use by another process. ./bihuan status --data {data}, or stop it: "
                f"./bihuan down --data {data}"
            )
        os.truncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor

    @property
    def held(self) -> bool:
        return self._descriptor is not None

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def holder(self) -> int | None:
        """The process id of whoever holds the lock now, or None."""
        try:
            with self._path.open() as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return None
        except BlockingIOError:
            return int(self._path.read_text() or "0") or None
        return None


def _lock_soon(descriptor: int) -> bool:
    """Several tries, because `holder` takes a shared lock for a moment to find out."""
    for _ in range(10):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.02)
        else:
            return True
    return False


def _unusable(data: Path, error: OSError) -> DirectoryUnusable:
    return DirectoryUnusable(
        f"{data} 不能使用 / cannot be used: {error.strerror}. Choose a folder that you may write to: --data DIR"
    )
