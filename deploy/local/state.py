"""The state file of a running installation: what `status` and `down` know of it.

It is written whole under another name and renamed, readable by its owner alone because it holds the administrator's
credentials. That an installation runs is told by the lock "up", not by this file, which a kill -9 leaves behind.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deploy.local import probe
from deploy.local.layout import Layout, Lock
from deploy.local.ports import LOOPBACK

LOCK = "up"
PLACES = (Path(".bihuan"), Path(".bihuan-demo"))
"""Where `up` and `demo` put an installation unless they are told otherwise."""


class NotRunning(Exception):
    """No installation runs over this data directory, or it has not got far enough to be asked."""


class SeveralRun(Exception):
    """Nobody said which of the installations that run here is meant."""


def chosen(given: Path | None) -> Path:
    """The data directory that a command is about: the one that was named, else where something runs, of the places that
    `up` and `demo` take by default; where nothing runs, what is installed. Raises SeveralRun."""
    if given is not None:
        return given
    running = [place for place in PLACES if Lock(Layout.of(place), LOCK).holder() is not None]
    if len(running) > 1:
        named = " 或 / or ".join(f"--data {place}" for place in running)
        raise SeveralRun(f"有两套在运行，请指明 / two installations run here, say which one is meant: {named}")
    installed = [place for place in PLACES if place.is_dir()]
    return (*running, *installed, *PLACES)[0]


def write(layout: Layout, state: Mapping[str, Any]) -> None:
    _write(layout.state_file, state)


def write_targets(layout: Layout, ports: Mapping[str, int]) -> None:
    """Ports of this machine by service, as Prometheus reads them (file_sd_configs)."""
    targets = [{"targets": [f"{LOOPBACK}:{port}"], "labels": {"service": name}} for name, port in ports.items()]
    _write(layout.targets_file, targets)


def _write(path: Path, content: Any) -> None:
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file, indent=2)
    draft.replace(path)


def read(data: Path) -> dict[str, Any]:
    """The state of the installation that runs over `data`. Raises NotRunning."""
    layout = Layout.of(data)
    if Lock(layout, LOCK).holder() is None:
        raise NotRunning(f"{data} 没有在运行 / nothing runs over {data}. Start it: ./bihuan up --data {data}")
    if not layout.state_file.exists():
        raise NotRunning(f"{data} 正在启动，请稍候再问 / {data} is being started: ask again in a moment")
    state: dict[str, Any] = json.loads(layout.state_file.read_text())
    return state


def status(data: Path) -> dict[str, Any]:
    """What `./bihuan status --json` prints: http, nats, postgres, services, the servers beneath. Raises NotRunning."""
    state = read(data)
    services = {
        name: {**entry, "rss_bytes": rss_bytes(entry["pid"]), "ready": is_ready(entry["port"])}
        for name, entry in state["services"].items()
    }
    servers = {name: {**entry, "rss_bytes": rss_bytes(entry["pid"])} for name, entry in state["servers"].items()}
    return {**state, "services": services, "servers": servers}


def is_ready(port: int) -> bool:
    return probe.status(f"http://{LOOPBACK}:{port}/ready") == 200


def rss_bytes(pid: int) -> int:
    """Resident memory of a process, 0 if it has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
