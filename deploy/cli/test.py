"""./bihuan test: every check of the project, one after another, and one summary.

Without arguments: ruff, mypy, import-linter, then pytest over all of tests/. All of them run even when one fails, so
that one run shows everything that is wrong. Arguments are pytest's, which then runs alone:
`./bihuan test tests/shared -k letter`. pytest's closing line is printed last.

A run leaves no process behind. This process makes itself the reaper of orphans (Linux, prctl), so whatever a test
started and forgot becomes our child, is named, ended, and makes the run fail.
"""

import argparse
import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parents[2]
CHECKED = ("services", "shared", "deploy", "tests")
PROGRAMS = ("BIHUAN_CHROMIUM", "BIHUAN_PROMTOOL")  # settings of whoever runs the checks
PR_SET_CHILD_SUBREAPER = 36
GRACE_SECONDS = 5.0  # for what a test has told to stop but not waited for
CLOSING = re.compile(r" in \d+\.\d+s\b")
USED_WRONGLY = 4  # how pytest says that it did not understand its arguments

Check = Callable[[], tuple[int, str]]  # exit code, closing line


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one check came to. `closing` is its last line, where that says something."""

    name: str
    code: int
    seconds: float
    closing: str = ""


def main(argv: list[str]) -> int:
    """Run the checks. Returns 0 when all passed, 1 when one did not, 2 when pytest refuses the arguments."""
    parser = argparse.ArgumentParser(
        prog="./bihuan test",
        description="全部检查：风格、类型、架构、测试 / every check: style, types, architecture, tests",
    )
    parser.add_argument(
        "arguments", nargs="*", metavar="ARGS", help="只运行 pytest，参数交给它 / run pytest alone, with these"
    )
    if argv in (["-h"], ["--help"]):
        parser.print_help()
        return 0
    adopt_orphans()
    checks: dict[str, Check] = {} if argv else static_checks()
    checks["pytest"] = partial(run_pytest, argv)
    outcomes = []
    try:
        for number, (name, check) in enumerate(checks.items(), 1):
            heading(f"{number}/{len(checks)} {name}")
            outcomes.append(timed(name, check))
        outcomes.append(timed("无遗留进程 / no process left", partial(end_what_is_left, GRACE_SECONDS)))
    except KeyboardInterrupt:
        say("中断 / interrupted")
        return 1
    summarise(outcomes)
    if any(outcome.code == USED_WRONGLY for outcome in outcomes):
        return 2
    return 1 if any(outcome.code for outcome in outcomes) else 0


def static_checks() -> dict[str, Check]:
    """The checks that read the tree without running it."""
    lint_imports = str(Path(sys.executable).with_name("lint-imports"))
    return {
        "ruff": partial(run, [sys.executable, "-m", "ruff", "check", "."]),
        "mypy": partial(run, [sys.executable, "-m", "mypy", *CHECKED]),
        "import-linter": partial(run, [lint_imports, "--no-logo"]),
    }


def environment() -> dict[str, str]:
    """Ours without what would make a run differ from the next person's: an operator's settings, options of pytest."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name != "PYTEST_ADDOPTS" and (not name.startswith("BIHUAN_") or name in PROGRAMS)
    }
    width = str(shutil.get_terminal_size((120, 24)).columns)
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8", "COLUMNS": width}


def run(command: Sequence[str]) -> tuple[int, str]:
    """Run one check in the root of the project, output as it comes. Returns its exit code and no closing line."""
    return subprocess.run(command, cwd=ROOT, env=environment(), check=False).returncode, ""


def run_pytest(arguments: Sequence[str]) -> tuple[int, str]:
    """Run pytest, output as it comes. Returns its exit code and its closing line.

    It has a session of its own, so that Ctrl-C reaches it once, from us, and its servers are taken down in order.
    """
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT)]
    command += [f"--color={'yes' if sys.stdout.isatty() else 'no'}", *arguments]
    running: list[int] = []

    def pass_on(_number: int, _frame: FrameType | None) -> None:
        for pid in running:
            os.kill(pid, signal.SIGINT)

    # Before the start: pytest would inherit an ignored SIGINT, which is what a shell gives to a background job.
    before = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    running.append(process.pid)
    copied = bytearray()
    copier = threading.Thread(target=copy, args=(process, copied), daemon=True)
    copier.start()
    code = wait_as_reaper(process.pid)
    running.clear()
    process.returncode = code  # it was reaped here, not by subprocess
    for number, handler in before.items():
        signal.signal(number, handler)
    copier.join(1.0)  # an orphan may hold the pipe open; it is dealt with next
    return code, closing_line(bytes(copied).decode(errors="replace"))


def closing_line(told: str) -> str:
    """pytest's line of counts and seconds, which warnings at the exit may follow; else the last that says something."""
    lines = [line for line in told.splitlines() if line.strip()]
    return next((line for line in reversed(lines) if CLOSING.search(line)), lines[-1] if lines else "")


def copy(process: "subprocess.Popen[bytes]", copied: bytearray) -> None:
    """Copy what `process` says to our standard output as it comes, keeping the end of it in `copied`."""
    if process.stdout is None:
        return
    while chunk := os.read(process.stdout.fileno(), 65536):
        sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
        copied += chunk
        del copied[:-4096]


def adopt_orphans() -> None:
    """From now on a process below us whose parent ends becomes our child instead of init's."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def wait_as_reaper(wanted: int) -> int:
    """Wait for the child `wanted`, reaping adopted orphans meanwhile: tests look whether a process has gone, and one
    that nobody reaps never goes. Returns the exit code as subprocess gives it."""
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == wanted:
            return os.waitstatus_to_exitcode(status)


def end_what_is_left(grace: float) -> tuple[int, str]:
    """Wait up to `grace` seconds for remaining children, then name and kill them. Returns code 0 if none had to be."""
    deadline = time.monotonic() + grace
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return 0, ""
        if pid == 0:
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
    while left := children():  # whose own children become ours in turn
        for pid, command in left.items():
            say(f"遗留进程，已结束 / left behind, now ended: {pid} {command}")
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    return 1, ""


def children() -> dict[int, str]:
    """Our living children: process id → command line."""
    found = {}
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            parent = (directory / "stat").read_text(errors="replace").rpartition(")")[2].split()[1]
            if int(parent) == os.getpid():
                command = (directory / "cmdline").read_bytes().replace(b"\0", b" ")
                found[int(directory.name)] = command.decode(errors="replace").strip()
        except (FileNotFoundError, ProcessLookupError):  # it ended while we looked
            continue
    return found


def timed(name: str, check: Check) -> Outcome:
    """Run one check and take its time."""
    start = time.monotonic()
    code, closing = check()
    return Outcome(name, code, time.monotonic() - start, closing)


def summarise(outcomes: Sequence[Outcome]) -> None:
    """One line a check; whatever said a closing line says it last."""
    heading("汇总 / summary")
    for outcome in outcomes:
        verdict = "未通过 FAILED" if outcome.code else "通过 passed"
        say(f"{verdict:<14}{outcome.seconds:>8.1f} s  {outcome.name}")
    for outcome in outcomes:
        if outcome.closing:
            say(outcome.closing)


def heading(words: str) -> None:
    """A line that is found again when scrolling."""
    say(f"\n──── {words} ────")


def say(line: str) -> None:
    """To standard output, in step with the output of the checks."""
    print(line, flush=True)
