"""Keeps one program running: starts it, waits for its end, starts it again with a growing pause.

The pause doubles from 0.2 s to 5 s while the program keeps ending soon, and falls back once it has lived 10 s. A
Keeper works on one event loop in a thread that lives as long as its program should (launch.py: the program dies with
that thread).
"""

import asyncio
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.process import ended, spawn

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
SETTLED_SECONDS = 10.0


@dataclass(frozen=True)
class Program:
    """What to run and how to end it. `before_restart` may block: it clears away what a crash left."""

    name: str
    command: list[str]
    log: Path
    environment: Mapping[str, str] | None = None
    before_restart: Callable[[], None] | None = None
    death_signal: signal.Signals = signal.SIGKILL
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0


@dataclass
class Keeper:
    """One program and its process of now. `said` gets a line for each unwanted end; a start calls `changed`."""

    program: Program
    said: Callable[[str], None]
    changed: Callable[[], None]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0  # monotonic
    early_ends: int = 0  # ends in a row that came within SETTLED_SECONDS
    _stopping: bool = False
    _task: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    def start(self) -> None:
        self._spawn()
        self._task = asyncio.get_running_loop().create_task(self._keep(), name=f"keep {self.program.name}")

    def kill(self) -> None:
        """End it without asking; it will be started again."""
        if self.process is not None:
            self.process.kill()

    async def stop(self) -> None:
        """End it politely, and by force once its time is over."""
        self._stopping = True
        if self._task is None or self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(self.program.stop_signal)
        try:
            await asyncio.wait_for(ended(self.process), self.program.stop_seconds)
        except TimeoutError:
            self.said(f"{self.program.name} 未按时停止，强制结束 / did not stop in time: killed")
            self.process.kill()
            self.process.wait()
        self._task.cancel()
        await asyncio.wait({self._task})

    def _spawn(self) -> None:
        program, self.started_at = self.program, time.monotonic()
        self.process = spawn(
            program.command, log=program.log, environment=program.environment, death_signal=program.death_signal
        )
        self.changed()

    async def _keep(self) -> None:
        pause = FIRST_PAUSE
        while self.process is not None:
            code = await ended(self.process)
            if self._stopping:
                return
            if time.monotonic() - self.started_at >= SETTLED_SECONDS:
                pause, self.early_ends = FIRST_PAUSE, 0
            self.early_ends += 1
            self.said(
                f"{self.program.name} 意外结束（{describe_end(code)}），{pause:.1f} 秒后重启 / ended unexpectedly, "
                f"restarting; log: {self.program.log}"
            )
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)
            await self._clear_away()
            if self._stopping:
                return
            try:
                self._spawn()
            except (
                OSError
            ) as error:  # no disk, no memory, no descriptor: the next round finds the old end and tries again
                self.said(f"{self.program.name} 不能启动 / cannot be started: {error}")

    async def _clear_away(self) -> None:
        if self.program.before_restart is None:
            return
        try:
            await asyncio.to_thread(self.program.before_restart)
        except Exception as error:  # noqa: BLE001 - the program is tried all the same, and says itself what is wrong
            self.said(f"{self.program.name}: {error}")


def describe_end(code: int) -> str:
    """An exit code of subprocess in words: "signal 9 SIGKILL" or "exit 1"."""
    if code < 0:
        return f"signal {-code} {signal.Signals(-code).name}"
    return f"exit {code}"
