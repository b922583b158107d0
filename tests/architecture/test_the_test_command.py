"""Who runs ./bihuan test …"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.cli.test import CHECKED
from tests.architecture.tree import ROOT, files
from tests.support.chromium import ChromiumMissing, chromium
from tests.support.promtool import PromtoolMissing, promtool

PASSING = "def test_it():\n    pass\n"
FAILING = "def test_it():\n    raise RuntimeError('no')\n"
LITTERING = """
import subprocess
def test_it(tmp_path):
    # the shell ends at once: what it started belongs to nobody, as a server does whose supervisor was killed
    subprocess.run(["setsid", "-f", "sleep", "61234"], check=True)
"""


def bihuan_test(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli", "test", *arguments],
        cwd="/",
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "test_something.py"


def test_has_the_types_of_every_folder_checked() -> None:
    assert set(CHECKED) == {name.partition("/")[0] for name in files() if name.endswith(".py")}


def test_on_tests_that_pass_sees_their_closing_line_last(written: Path) -> None:
    written.write_text(PASSING)
    told = bihuan_test(written)
    assert (told.returncode, "1 passed" in told.stdout.splitlines()[-1]) == (0, True), told.stdout


def test_on_tests_that_complain_after_their_end_sees_the_closing_line_all_the_same(written: Path) -> None:
    written.write_text(f"import atexit, os\natexit.register(os.write, 2, b'one more thing\\n')\n{PASSING}")
    told = bihuan_test(written)
    assert ("one more thing" in told.stdout, "1 passed" in told.stdout.splitlines()[-1]) == (True, True), told.stdout


def test_on_a_test_that_fails_is_told_so_in_the_exit_code_and_the_last_line(written: Path) -> None:
    written.write_text(FAILING)
    told = bihuan_test(written)
    assert (told.returncode, "1 failed" in told.stdout.splitlines()[-1]) == (1, True), told.stdout


def test_on_a_test_that_leaves_a_process_behind_fails_and_has_it_ended(written: Path) -> None:
    written.write_text(LITTERING)
    told = bihuan_test(written)
    named = re.search(r"(\d+) sleep 61234", told.stdout)
    assert told.returncode == 1, told.stdout
    assert named, told.stdout
    assert not Path("/proc", named[1]).exists()


def test_with_options_that_pytest_does_not_know_has_used_it_wrongly() -> None:
    assert bihuan_test("--no-such-option").returncode == 2


def test_with_an_operators_settings_gets_the_same_result_as_anybody(written: Path) -> None:
    written.write_text("import os\ndef test_it():\n    assert 'BIHUAN_PUBLIC_URL' not in os.environ\n")
    told = bihuan_test(written, BIHUAN_PUBLIC_URL="https://bihuan.example", PYTEST_ADDOPTS="--no-such-option")
    assert told.returncode == 0, told.stdout


# --- the browser of the browser walk, and what tests the alert rules ---


def program(path: Path) -> Path:
    path.touch(mode=0o755)
    return path


def test_has_the_browser_that_he_names(tmp_path: Path) -> None:
    named, found = program(tmp_path / "my-browser"), program(tmp_path / "chromium")
    assert chromium({"BIHUAN_CHROMIUM": str(named), "PATH": str(tmp_path)}) == named
    assert chromium({"PATH": str(tmp_path)}) == found


@pytest.mark.parametrize("environment", [{"PATH": ""}, {"PATH": "", "BIHUAN_CHROMIUM": "/no/such/browser"}])
def test_without_a_browser_is_told_what_to_do(environment: dict[str, str]) -> None:
    with pytest.raises(ChromiumMissing, match="BIHUAN_CHROMIUM"):
        chromium(environment)


def test_has_the_promtool_that_he_names(tmp_path: Path) -> None:
    named, found = program(tmp_path / "my-promtool"), program(tmp_path / "promtool")
    assert promtool({"BIHUAN_PROMTOOL": str(named), "PATH": str(tmp_path)}) == named
    assert promtool({"PATH": str(tmp_path)}) == found


@pytest.mark.parametrize("environment", [{"PATH": ""}, {"PATH": "", "BIHUAN_PROMTOOL": "/no/such/promtool"}])
def test_without_promtool_is_told_what_to_do(environment: dict[str, str]) -> None:
    with pytest.raises(PromtoolMissing, match="BIHUAN_PROMTOOL"):
        promtool(environment)
