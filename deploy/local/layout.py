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
from dataclasses import dataclass
from pathlib import Path

FOLDERS = ("postgres", "nats", "caddy", "secrets", "logs", "run")


class DirectoryInUse(Exception):
    """Another process uses this data directory."""


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

    def log(self, name: str) -> Path:
        return self.data / "logs" / f"{name}.log"

    def create(self) -> None:
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in FOLDERS:
            (self.data / folder).mkdir(mode=0o700, exist_ok=True)


class Lock:
    """An exclusive lock named `name` in a data directory, held until `release` or the end of this process."""

    def __init__(self, layout: Layout, name: str) -> None:
        self._path = layout.data / "run" / f"{name}.lock"
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Raises DirectoryInUse when another process (or another Lock of this one) holds it."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise DirectoryInUse(f"{self._path.parent.parent} is in use by another process.") from error
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    @property
    def held_by_another(self) -> bool:
        if not self._path.exists():
            return False
        try:
            self.acquire()
        except DirectoryInUse:
            return True
        self.release()
        return False
