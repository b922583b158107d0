"""A person at the command line …"""

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.cli import __main__ as commands
from deploy.cli import down, status, up

ROOT = Path(__file__).resolve().parents[2]


def test_sees_every_command_with_a_line_about_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["--help"]) == 0
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    told = {words[0]: words[1] for words in lines if len(words) == 2}
    assert told.keys() >= commands.COMMANDS.keys()


def test_who_mistypes_a_command_is_told_the_nearest_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["statsu"]) == 2
    assert "./bihuan status" in capsys.readouterr().err


def test_who_types_nonsense_is_told_where_the_list_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["qqqq"]) == 2
    assert "./bihuan --help" in capsys.readouterr().err


def test_who_types_nothing_gets_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main([]) == 2
    assert "status" in capsys.readouterr().err


def test_can_use_the_other_commands_when_one_is_broken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setitem(commands.COMMANDS, "broken", ("deploy.cli.no_such_module", "broken"))
    assert commands.main(["down", "--data", str(tmp_path)]) == 0
    with pytest.raises(ModuleNotFoundError):
        commands.main(["broken"])


def test_who_asks_about_a_directory_where_nothing_runs_is_told_how_to_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status.main(["--data", str(tmp_path)]) == 1
    assert f"./bihuan up --data {tmp_path}" in capsys.readouterr().err


def test_who_stops_what_does_not_run_has_what_he_wanted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert down.main(["--data", str(tmp_path)]) == 0
    assert str(tmp_path) in capsys.readouterr().out


def test_who_names_a_campaign_that_is_not_there_is_told_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        up.main(["--data", str(tmp_path), "--campaign", str(tmp_path / "none.yaml")])
    assert refused.value.code == 2
    assert "none.yaml" in capsys.readouterr().err


def test_who_names_a_campaign_that_cannot_be_is_told_why_before_anything_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    campaign = tmp_path / "campaign.yaml"
    campaign.write_text("unit: {}\n", "utf-8")
    data = tmp_path / "data"
    assert up.main(["--data", str(data), "--campaign", str(campaign)]) == 2
    assert "unit" in capsys.readouterr().err
    assert not data.exists()


def test_who_names_a_port_that_cannot_be_is_told_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    campaign = tmp_path / "campaign.yaml"
    campaign.touch()
    with pytest.raises(SystemExit) as refused:
        up.main(["--data", str(tmp_path), "--port", "70000", "--campaign", str(campaign)])
    assert refused.value.code == 2
    assert "70000" in capsys.readouterr().err


def test_may_stand_in_a_folder_whose_files_look_like_modules(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('shadowed')")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "deploy.cli", "down", "--data", str(tmp_path / "data")],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
