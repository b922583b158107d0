"""What `bihuan due` prints, and what it says to somebody who typed something else."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.cli.due import main

ROOT = Path(__file__).parents[4]
LANJIANG = str(ROOT / "tests" / "support" / "campaigns" / "lanjiang-2023.yaml")


def test_a_script_reads_the_due_date_and_every_day(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--from", "2022-01-28", "--working-days", "5", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"due", "rule", "provisional", "days"}
    assert (found["due"], found["rule"], found["provisional"]) == ("2022-02-09T23:59:59+08:00", "working_days", False)
    assert [day["date"] for day in found["days"] if day["counted"]] == [
        "2022-01-29",
        "2022-01-30",
        "2022-02-07",
        "2022-02-08",
        "2022-02-09",
    ]
    assert {"date": "2022-02-04", "counted": False, "why": "spring_festival"} in found["days"]


def test_a_rule_of_the_campaign_is_counted_from_its_instant(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--rule", "feedback", "--at", "2022-01-21T17:31", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["due"] == "2022-02-09T23:59:59+08:00"
    assert main(["--rule", "feedback", "--at", "2022-01-21T17:31", "--circumstance", "major", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["due"] == "2022-02-23T23:59:59+08:00"


def test_an_instant_of_another_zone_is_counted_from_its_day_in_shanghai(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--from", "2022-01-27T16:30:00Z", "--working-days", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["days"][0]["date"] == "2022-01-29"


def test_another_campaign_gives_another_date(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--rule", "feedback", "--at", "2023-07-06", "--json"]
    assert main(asked) == 0
    first = json.loads(capsys.readouterr().out)["due"]
    assert main([*asked, "--campaign", LANJIANG]) == 0
    assert json.loads(capsys.readouterr().out)["due"] == "2023-07-18T23:59:59+08:00" != first


def test_a_person_reads_the_sentence_and_one_line_a_day(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--from", "2022-01-28", "--working-days", "5"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "2022-02-09T23:59:59+08:00  working_days"
    assert lines[1].startswith("第 5 个工作日为 2022年2月9日（周三）24:00")
    assert "2022-01-30  周日  2  调休上班" in lines
    assert "2022-02-04  周五  –  春节" in lines
    assert len(lines) == 3 + 12


def test_the_same_can_be_read_in_english(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--rule", "commitment", "--at", "2022-01-05", "--lang", "en"]) == 0
    assert "the last working day of the month is Sun, 30 Jan 2022 15:00" in capsys.readouterr().out


def test_beyond_the_last_arrangement_the_date_says_that_it_is_provisional(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--from", "2026-12-28", "--working-days", "5", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["provisional"] is True


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ([], "二者选一"),
        (["--from", "2022-01-28", "--rule", "feedback"], "二者选一"),
        (["--from", "2022-01-28"], "--working-days 5"),
        (["--working-days", "5"], "--from 2022-01-28"),
        (["--rule", "feedback"], "--at 2022-01-21"),
        (["--from", "2022-02-30", "--working-days", "5"], "2022-02-30"),
        (["--from", "1850-01-01", "--working-days", "5"], "2004"),
        (["--from", "2022-01-28", "--working-days", "0"], "1 至 1000"),
        (["--from", "2022-01-28", "--working-days", "-3"], "1 至 1000"),
        (["--from", "2022-01-28", "--working-days", "five"], "1 至 1000"),
        (["--from", "2022-01-28", "--working-days", "5", "--circumstance", "major"], "--rule"),
        (["--rule", "feedbak", "--at", "2022-01-21"], "是不是“feedback”"),
        (["--rule", "feedback", "--at", "2022-01-21", "--circumstance", "majr"], "是不是“major”"),
        (["--rule", "feedback", "--at", "2022-01-21", "--campaign", "nowhere.yaml"], "nowhere.yaml"),
        (["--form", "2022-01-28"], "due --help"),
    ],
)
def test_wrong_use_ends_with_2_and_a_sentence_that_says_what_to_type(
    capsys: pytest.CaptureFixture[str], typed: list[str], said: str
) -> None:
    assert main(typed) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err


def test_help_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert "--working-days" in capsys.readouterr().out


def test_nothing_has_to_be_running_and_only_one_country_is_imported() -> None:
    code = (
        "import sys; from deploy.cli.due import main; main(['--from', '2022-01-28', '--working-days', '5']);"
        "sys.exit(sum(name.startswith('holidays.countries') for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2022-02-09T23:59:59+08:00")
