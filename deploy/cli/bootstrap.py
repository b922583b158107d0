"""Makes .venv from requirements.txt when it is missing or no longer matches it, then becomes `python -m deploy.cli`.

A stand-alone script with the standard library only. The lock file has every package with its hash, so pip is told not
to look for dependencies (--no-deps): mplfonts is installed for its fonts without what it would draw in. A stamp in
.venv holds the hash of the lock, written last: an interrupted installation is done again. Two
first uses at the same time wait for each other by a flock on requirements.txt itself.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "requirements.txt"
STAMP = VENV / "installed-requirements"


class InstallationFailed(Exception):
    """Says what to do before the next try."""


def wanted_stamp() -> str:
    return f"{hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()}\n"


def installed() -> bool:
    # .exists() follows the link to the interpreter, which an upgrade of the system may have taken away
    return PYTHON.exists() and STAMP.exists() and STAMP.read_text() == wanted_stamp()


def install() -> None:
    with REQUIREMENTS.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if installed():  # by the one we waited for
            return
        if VENV.exists():
            say("依赖已变或上次没有装完，重建 .venv / requirements changed, or not all installed: making .venv again")
            shutil.rmtree(VENV)
        else:
            say("首次使用，正在准备 .venv（约一两分钟）/ first use: preparing .venv, a minute or two")
        make_venv()
        run_pip()
        STAMP.write_text(wanted_stamp())


def make_venv() -> None:
    try:
        venv.create(VENV, with_pip=True)
    except PermissionError as error:
        raise InstallationFailed(f"{ROOT} cannot be written to. Run ./bihuan once as the user who owns it.") from error
    except subprocess.CalledProcessError as error:
        raise InstallationFailed(
            "This Python cannot make a virtual environment. Install its venv module "
            "(for example: apt install python3-venv) and try again."
        ) from error


def run_pip() -> None:
    """Installs everything from the lock, with one line for each package."""
    count = sum(1 for line in REQUIREMENTS.read_text().splitlines() if "==" in line and not line.startswith((" ", "#")))
    command = [str(PYTHON), "-I", "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-deps"]
    # nkeys is published as source alone (pure Python); nothing else may need a compiler here
    command += ["--only-binary=:all:", "--no-binary=nkeys", "--require-hashes", "--requirement", str(REQUIREMENTS)]
    said: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        seen = 0
        for line in pip.stdout or ():
            said.append(line)
            if line.startswith(("Collecting ", "Processing ")):
                seen += 1
                say(f"  {seen}/{count} {re.split('[=-]', Path(line.split()[1]).name)[0]}", again=True)
            elif line.startswith("Installing collected"):
                say(f"  正在安装 {count} 个包 / installing {count} packages", again=True)
    if sys.stderr.isatty():
        say("")
    if pip.returncode != 0:
        raise InstallationFailed(
            f"{''.join(said[-8:])}pip could not install the packages of requirements.txt. "
            "Check that its package index can be reached (pip config list), then run ./bihuan again."
        )


def say(sentence: str, *, again: bool = False) -> None:
    """To standard error: standard output belongs to the command. On a terminal, progress overwrites its own line."""
    if again and sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{sentence}")
    else:
        sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


def main() -> None:
    try:
        if not installed():
            install()
    except InstallationFailed as failure:
        sys.exit(str(failure))
    except KeyboardInterrupt:
        sys.exit("中断。再次运行 ./bihuan 即可继续 / interrupted: run ./bihuan again")
    os.environ["PYTHONPATH"] = str(ROOT)
    # -P: the folder in which the user stands must not shadow a module
    command = [str(PYTHON), "-P", "-m", "deploy.cli", *sys.argv[1:]]
    os.execv(PYTHON, command)  # noqa: S606 - a fixed program; a shell would only be in the way


if __name__ == "__main__":
    main()
