"""Who runs ./bihuan for the first time …"""

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements.txt").read_text()


@pytest.fixture
def fresh_clone(tmp_path: Path) -> Path:
    """The bootstrap with a lock of no packages, so that a first use needs no network."""
    clone = tmp_path / "clone"
    (clone / "deploy" / "cli").mkdir(parents=True)
    shutil.copy(ROOT / "bihuan", clone)
    shutil.copy(ROOT / "deploy" / "cli" / "bootstrap.py", clone / "deploy" / "cli")
    (clone / "deploy" / "cli" / "__main__.py").write_text("import sys; print('ran', sys.argv[1:], sys.prefix)")
    (clone / "requirements.txt").write_text("# nothing\n")
    return clone


def run(clone: Path, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [str(clone / "bihuan"), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/"
    )


def test_gets_an_environment_of_his_own_and_then_the_command_with_its_arguments(fresh_clone: Path) -> None:
    first = run(fresh_clone, "status", "--data", "two words")
    assert first.communicate()[0] == f"ran ['status', '--data', 'two words'] {fresh_clone / '.venv'}\n"
    second = run(fresh_clone, "status")
    out, err = second.communicate()
    assert (out.startswith("ran"), err) == (True, ""), "and nothing is installed twice"


def test_together_with_another_waits_for_one_installation(fresh_clone: Path) -> None:
    both = [run(fresh_clone, "status") for _ in range(2)]
    outputs = [one.communicate() for one in both]
    assert [out[:3] for out, _ in outputs] == ["ran", "ran"], outputs
    assert sum(".venv" in err for _, err in outputs) == 1


def test_after_an_upgrade_gets_the_new_packages(fresh_clone: Path) -> None:
    run(fresh_clone, "status").communicate()
    (fresh_clone / ".venv" / "left-over").touch()
    (fresh_clone / "requirements.txt").write_text("# nothing, but another nothing\n")
    out, err = run(fresh_clone, "status").communicate()
    assert (out[:3], ".venv" in err) == ("ran", True)
    assert not (fresh_clone / ".venv" / "left-over").exists()


def test_with_a_lock_that_cannot_be_installed_is_told_what_to_check(fresh_clone: Path) -> None:
    forged = hashlib.sha256(b"forged").hexdigest()
    (fresh_clone / "requirements.txt").write_text(f"./none-0-py3-none-any.whl --hash=sha256:{forged}\n")
    failed = run(fresh_clone, "status")
    out, err = failed.communicate()
    assert (out, failed.returncode) == ("", 1)
    assert "pip config list" in err
    (fresh_clone / "requirements.txt").write_text("# nothing\n")
    assert run(fresh_clone, "status").communicate()[0].startswith("ran"), "and can simply try again"


def test_without_a_python_is_told_which_one_to_install(tmp_path: Path) -> None:
    for tool in ("dirname",):
        os.symlink(shutil.which(tool) or f"/usr/bin/{tool}", tmp_path / tool)
    shell = shutil.which("sh") or "/bin/sh"
    done = subprocess.run(
        [shell, str(ROOT / "bihuan"), "up"], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "Python 3.11" in done.stderr


def test_gets_exactly_the_packages_that_were_checked_from_no_named_place() -> None:
    assert not re.findall(r"://|--index|--find-links|--trusted|@ ", LOCK)
    pins = re.findall(r"^([a-z0-9-]+)==\S+ \\\n    --hash=sha256:[0-9a-f]{64}", LOCK, flags=re.MULTILINE)
    names = re.findall(r"^([a-z0-9-]+)", LOCK, flags=re.MULTILINE)
    assert pins == names
    wanted = re.findall(r"^([a-z0-9-]+)", (ROOT / "requirements.in").read_text().lower(), flags=re.MULTILINE)
    assert set(wanted) <= set(pins)


def test_gets_fonts_without_a_plotting_library() -> None:
    assert "mplfonts==" in LOCK
    assert not re.findall(r"^(matplotlib|numpy|fire|fontmeta|fonttools|pillow)==", LOCK, flags=re.MULTILINE)
