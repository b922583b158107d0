"""An operator who backs up gets all of it or nothing, and what was there before stays."""

from __future__ import annotations

import shlex
import signal
from pathlib import Path

import psycopg
import pytest

from deploy.cli import backup, restore
from deploy.local import backups, base_backup
from deploy.local.backups import KEYS
from deploy.local.layout import DirectoryInUse, Layout
from deploy.local.ports import free_port
from deploy.local.programs import POSTGRES_MAJOR
from tests.deploy.small_installation import interrupt, make_keys


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> backup.Source:
    """An installation of secrets and a campaign alone: of its databases nothing is asked, and no byte is copied."""
    make_keys(tmp_path / "data" / "secrets")
    (tmp_path / "campaign.yaml").touch()
    told = {"heads": {}, "migrations": {}, "installation": "", "postgres": f"{POSTGRES_MAJOR}.4"}
    monkeypatch.setattr(backup, "_asked", lambda _: told)
    monkeypatch.setattr(backup, "_copy_cluster", lambda *_: None)
    monkeypatch.setattr(backup, "_digests", lambda *_: {})
    return backup.Source("", tmp_path / "data" / "secrets", tmp_path / "campaign.yaml", "", "system")


@pytest.mark.parametrize("words", [["kept"], ["kept/below"], ["elsewhere", "--secrets", "kept"]])
def test_a_backup_does_not_go_onto_a_file(
    source: backup.Source, tmp_path: Path, words: list[str], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("kept").write_text("a file")
    assert backup.perform(backup.parser().parse_args(words), source) == 1
    told = capsys.readouterr().err
    assert "Choose a folder" in told
    assert "Errno" not in told
    assert Path("kept").read_text() == "a file"


def test_two_backups_are_not_written_to_one_folder_at_a_time(tmp_path: Path) -> None:
    with backups.alone_in(tmp_path), pytest.raises(DirectoryInUse), backups.alone_in(tmp_path):
        pass


def test_a_backup_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    campaign, secrets = tmp_path / "campaign.yaml", tmp_path / "secrets"
    campaign.touch()
    secrets.mkdir()
    (secrets / "key").write_bytes(b"k")
    source = backup.Source(f"postgresql://nobody@127.0.0.1:{free_port()}/none", secrets, campaign, "", "system")
    with pytest.raises(psycopg.OperationalError):
        backup.back_up(source, tmp_path / "kept", tmp_path / "apart", None)
    assert backups.all_in(tmp_path / "kept") == []
    assert list((tmp_path / "apart").iterdir()) == []


def test_two_backups_at_once_do_not_share_a_folder_of_secrets(
    source: backup.Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though they go to different folders, and began in the same second."""
    refusals = []

    def another_begins(*_: object) -> None:
        with pytest.raises((DirectoryInUse, FileExistsError)) as refusal:
            backup.back_up(source, tmp_path / "second", tmp_path / "apart", None)
        refusals.append(refusal.type)

    monkeypatch.setattr(backup, "_copy_cluster", another_begins)
    monkeypatch.setattr(backups, "name_of", lambda _: "20261127T200000Z")
    done = backup.back_up(source, tmp_path / "first", tmp_path / "apart", None)
    assert refusals == [DirectoryInUse]
    backups.check_secrets(done.secrets, done.manifest)
    assert backups.missing_keys(done.manifest.secrets) == []
    assert backups.all_in(tmp_path / "second") == []


def test_a_backup_that_fails_leaves_the_secrets_that_it_found(
    source: backup.Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "name_of", lambda _: "20261127T200000Z")
    make_keys(tmp_path / "apart" / "20261127T200000Z")
    with pytest.raises(FileExistsError):
        backup.back_up(source, tmp_path / "kept", tmp_path / "apart", None)
    assert backups.missing_keys(backups.fingerprints(tmp_path / "apart" / "20261127T200000Z")) == []
    assert backups.all_in(tmp_path / "kept") == []


@pytest.mark.parametrize("key", KEYS)
def test_a_backup_without_a_key_is_not_complete(source: backup.Source, tmp_path: Path, key: str) -> None:
    (source.secrets / key).unlink()
    with pytest.raises(base_backup.BackupFailed, match=key):
        backup.back_up(source, tmp_path / "kept", None, None)
    assert backups.all_in(tmp_path / "kept") == []


@pytest.mark.parametrize("apart", [[], ["--secrets", "of the keys"]])
def test_the_line_to_try_a_backup_with_is_not_refused(
    source: backup.Source, tmp_path: Path, apart: list[str], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    options = backup.parser().parse_args(["of the databases", *apart])
    assert backup.perform(options, source, Layout(tmp_path / "data")) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "try it" in line]
    words = shlex.split(line.partition("./bihuan restore ")[2])
    unpacked: list[Path] = []

    def unpack(one: Path, *_: object) -> None:
        unpacked.append(one)
        raise OSError("far enough")

    monkeypatch.setattr(restore, "_unpack", unpack)
    assert restore.main(words) == 1
    assert unpacked == backups.complete_in(tmp_path / "of the databases")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["kept", "--secrets", "data/../kept"], "leave --secrets out"),
        (["data/backups"], "name a folder elsewhere"),
        (["data"], "name a folder elsewhere"),
        (["linked"], "name a folder elsewhere"),
        (["kept", "--secrets", "data/secrets"], "name a folder elsewhere"),
    ],
)
def test_a_backup_does_not_go_among_its_secrets_or_into_the_data_directory(
    source: backup.Source, tmp_path: Path, words: list[str], told: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "linked").symlink_to("data", target_is_directory=True)
    before = sorted(tmp_path.rglob("*"))
    assert backup.perform(backup.parser().parse_args(words), source, Layout(tmp_path / "data")) == 2
    assert told in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_backup_that_is_interrupted_says_so_and_leaves_nothing_behind(
    source: backup.Source, tmp_path: Path, number: signal.Signals, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    monkeypatch.setattr(backup, "_copy_cluster", lambda *_: interrupt(number))
    options = backup.parser().parse_args([str(tmp_path / "kept"), "--secrets", str(tmp_path / "apart")])
    assert backup.perform(options, source) == 1
    assert "interrupted" in capsys.readouterr().err
    assert list((tmp_path / "kept").iterdir()) == list((tmp_path / "apart").iterdir()) == []
    assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


def test_who_backs_up_where_nothing_runs_is_told_how_to_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert backup.main([str(tmp_path / "kept"), "--data", str(tmp_path / "data")]) == 1
    assert "./bihuan up" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
