"""Starts one child process: no terminal, its own session, output into a log file, and an end when we end.

A child of its own session does not see the Ctrl-C that a person types at the supervisor, which therefore decides the
order in which things stop. `spawn` must be called from a thread that lives as long as the child should: see
launch.py.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

LAUNCHER = Path(__file__).with_name("launch.py")


def spawn(
    argv: Sequence[str],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    death_signal: signal.Signals = signal.SIGKILL,
) -> subprocess.Popen[bytes]:
    """Start `argv`; its standard output and error are appended to `log` (created readable by us alone).

    `environment` None means ours. `death_signal` is what the child gets when the calling thread ends.
    """
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(LAUNCHER), str(int(death_signal)), str(os.getpid()), *argv],
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
    finally:
        os.close(descriptor)


async def ended(process: subprocess.Popen[bytes]) -> int:
    """Wait for the end of `process` without a thread and without polling; its exit code, as subprocess gives it."""
    if process.poll() is None:
        descriptor, seen, loop = os.pidfd_open(process.pid), asyncio.Event(), asyncio.get_running_loop()
        loop.add_reader(descriptor, seen.set)
        try:
            await seen.wait()
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)
    return process.wait()


def end(process: subprocess.Popen[bytes], *, polite: signal.Signals, seconds: float) -> None:
    """Send `polite`, wait up to `seconds`, then SIGKILL. Returns when the process is gone."""
    if process.poll() is not None:
        return
    process.send_signal(polite)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def tail(log: Path, lines: int = 5) -> str:
    """The last lines of a log, for a sentence that says why something did not start."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 8192))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
