"""An operator who restores is told what is wrong with a backup before anything is made."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from deploy.cli import restore
from deploy.cli.proof import Finding
from deploy.cli.restore import check_version
from deploy.local import backups, recovery
from deploy.local.backups import CAMPAIGN, KEYS, MANIFEST, SECRETS, Manifest, Unusable
from deploy.local.layout import FOLDERS, Layout, Lock
from deploy.local.programs import POSTGRES_MAJOR
from deploy.local.state import LOCK
from shared.kernel.composition import VERSION
from tests.deploy.small_installation import interrupt, make_keys

BEGAN = datetime(2026, 11, 27, 20, 0, tzinfo=UTC)
Make = Callable[..., Path]


def manifest(**other: object) -> Manifest:
    plain = Manifest(
        format=backups.FORMAT, created="", finished="", bihuan=VERSION, postgres=f"{POSTGRES_MAJOR}.4", installation="",
        url="http://127.0.0.1:8080", clock="system", heads={}, migrations={}, files={}, secrets={},
    )  # fmt: skip
    return msgspec.structs.replace(plain, **other)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A backup without a cluster, `age` days older than the first; incomplete if that is wanted."""

    def made(age: int = 0, *, complete: bool = True, folder: Path = tmp_path / "kept") -> Path:
        one = folder / backups.name_of(BEGAN - timedelta(days=age))
        make_keys(one / SECRETS)
        (one / CAMPAIGN).write_text("of the campaign")
        if complete:
            files = {CAMPAIGN: backups.digest(one / CAMPAIGN)}
            backups.write(one, manifest(files=files, secrets=backups.fingerprints(one / SECRETS)))
        return one

    return made


def refused(backup: Path, *words: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What `restore` says; nothing was made."""
    new = backup.parent / "new"
    before = set(backup.parent.iterdir())
    assert restore.main([str(backup), "--data", str(new), *words]) == 2
    assert set(backup.parent.iterdir()) == before
    return capsys.readouterr().err


def test_a_backup_that_was_killed_is_said_to_be_incomplete(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    assert "incomplete" in refused(make(complete=False), capsys=capsys)


def test_of_a_folder_of_backups_the_newest_complete_one_is_taken(make: Make) -> None:
    make(2)
    newest = make(1)
    make(complete=False)
    assert backups.chosen(newest.parent) == newest


def test_a_folder_without_a_backup_is_said_to_hold_none(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="holds no backup"):
        backups.chosen(tmp_path)


def test_a_folder_that_is_not_there_is_said_not_to_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("backups", "20261127T200000Z"):
        assert "there is no such folder" in refused(tmp_path / name, capsys=capsys)


def test_a_backup_of_a_newer_format_is_said_to_be_one(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever else that format says."""
    one = make()
    (one / MANIFEST).write_text('{"format": 2, "begun": "2027"}')
    assert "of a newer format (2)" in refused(one, capsys=capsys)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "1"}', '{"format": 1}'])
def test_a_manifest_that_is_none_is_named(make: Make, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    one = make()
    (one / MANIFEST).write_text(text)
    assert f"{MANIFEST} 不能读取 / cannot be read" in refused(one, capsys=capsys)


@pytest.mark.parametrize("damage", [b"of the campaigM", b"of the", None])
def test_a_damaged_file_is_named(make: Make, damage: bytes | None) -> None:
    one = make()
    if damage is None:
        (one / CAMPAIGN).unlink()
    else:
        (one / CAMPAIGN).write_bytes(damage)
    with pytest.raises(Unusable, match=CAMPAIGN):
        backups.check_files(one, backups.read(one))


def test_missing_and_wrong_secrets_are_named(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    one = make()
    key = one / SECRETS / "intake" / "vault_kek"
    key.write_bytes(b"x" * 32)
    assert "not those of this backup: intake/vault_kek" in refused(one, capsys=capsys)
    key.unlink()
    assert "missing: intake/vault_kek" in refused(one, capsys=capsys)


def test_the_manifest_knows_keys_by_what_says_nothing_of_them(make: Make) -> None:
    one = make()
    known = json.loads((one / MANIFEST).read_text())["secrets"]["intake/vault_kek"]
    assert known not in ((b"k" * 32).hex(), "")
    assert len(known) == 32


def test_secrets_are_found_where_they_were_sent(make: Make, tmp_path: Path) -> None:
    one = make()
    apart = tmp_path / "apart" / one.name
    backups.copy_secrets(one / SECRETS, apart)
    found = restore.secrets_of(one, tmp_path / "apart")
    assert found == apart
    assert restore.secrets_of(one, apart) == apart
    backups.check_secrets(found, backups.read(one))
    assert oct((apart / "intake" / "vault_kek").stat().st_mode & 0o777) == "0o600"
    assert oct((apart / "intake").stat().st_mode & 0o777) == "0o700"


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"postgres": "17.2"}, "PostgreSQL 17.2"),
        ({"bihuan": "99.0.0"}, "99.0.0"),
        ({"migrations": {"cases": ["cases/9999_of_tomorrow.sql"]}}, "9999_of_tomorrow"),
    ],
)
def test_a_backup_of_another_version_is_refused(other: dict[str, object], told: str) -> None:
    with pytest.raises(Unusable, match=told):
        check_version(manifest(**other))


def test_a_backup_of_this_version_or_an_older_one_is_taken() -> None:
    check_version(manifest(bihuan="0.0.9", migrations={"cases": ["cases/0001_cases.sql"]}))


def test_nothing_is_restored_over_an_installation(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    one = make()
    there = one.parent / "new" / "postgres"
    there.mkdir(parents=True)
    assert "not empty" in refused(one, capsys=capsys)


def test_of_two_restores_into_one_folder_the_second_is_told_of_the_first(
    make: Make, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while the first unpacks, when nothing runs yet."""
    one = make()
    words = [str(one), "--data", str(one.parent / "new")]
    codes = []

    def another_begins(_: Path, __: Path, ___: Manifest, restoring: Layout, ____: object) -> None:
        (restoring.postgres / "half").touch()
        codes.append(restore.main(words))
        assert (restoring.postgres / "half").exists()
        raise OSError("here the first ends")

    monkeypatch.setattr(restore, "_unpack", another_begins)
    assert restore.main(words) == 1
    assert codes == [2]
    assert f"another restore is at work there, process {os.getpid()}" in capsys.readouterr().err


def test_what_was_proven_and_cannot_get_its_name_is_said_to_lie_where_it_is(
    make: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Because somebody filled the folder meanwhile."""
    one = make()
    new = one.parent / "new"

    async def prove(restoring: Layout, *_: object) -> list[Finding]:
        (restoring.postgres / "restored").touch()
        Layout.of(new).create()
        return [Finding("cases", held=True, told="as it must be")]

    monkeypatch.setattr(restore, "_unpack", lambda *_: None)
    monkeypatch.setattr(restore, "_prove", prove)
    assert restore.main([str(one), "--data", str(new)]) == 1
    told = capsys.readouterr().err
    assert f"The data are in {new}.restoring" in told
    assert "as it must be" in told
    assert (one.parent / "new.restoring" / "postgres" / "restored").exists()


def test_a_restore_begins_anew_where_one_was_ended_half_way(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    one = make()
    left = Layout.of(one.parent / "new.restoring")
    left.create()
    (left.postgres / "17").mkdir()
    (left.secrets / "key").touch()
    left.simulated.touch()
    found: list[Path] = []

    def look(_: Path, __: Path, ___: Manifest, restoring: Layout, ____: object) -> None:
        found.extend(path for path in restoring.data.rglob("*") if path.parent != restoring.state_file.parent)
        raise OSError("that is all")

    monkeypatch.setattr(restore, "_unpack", look)
    assert restore.main([str(one), "--data", str(one.parent / "new")]) == 1
    assert sorted(path.name for path in found) == sorted(FOLDERS)


def test_what_runs_where_a_restore_left_it_is_not_removed(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    one = make()
    left = Layout.of(one.parent / "new.restoring")
    left.create()
    (left.postgres / "17").mkdir()
    lock = Lock(left, LOCK)
    lock.acquire()
    assert f"./bihuan down --data {left.data}" in refused(one, capsys=capsys)
    lock.release()
    assert (left.postgres / "17").is_dir()


@pytest.mark.parametrize(
    "words",
    [
        ["--until", "2026-11-27T20:00:00", "--log", "."],
        ["--until", "yesterday", "--log", "."],
        ["--until", "2026-11-27T20:00:00Z"],
        ["--until", "2026-11-27T20:00:00Z", "--log", "no-such-folder"],
    ],
)
def test_an_instant_needs_its_zone_and_a_log(make: Make, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert "--until" in refused(make(), *words, capsys=capsys)


def test_what_is_restored_leaves_the_archive_and_is_aimed_at_an_instant(tmp_path: Path) -> None:
    settings = tmp_path / recovery.SETTINGS
    settings.write_text("archive_mode = 'on'\narchive_command = 'cp %p /archive/%f'\nwork_mem = '8MB'\n")
    recovery.leave_the_archive(tmp_path)
    assert settings.read_text() == "work_mem = '8MB'\n"
    recovery.aim(tmp_path, BEGAN, tmp_path / "of the log")
    wanted = settings.read_text()
    assert f"restore_command = 'cp ''{tmp_path}/of the log''/%f %p'" in wanted
    assert "recovery_target_time = '2026-11-27 20:00:00+00:00'" in wanted
    assert (tmp_path / "recovery.signal").exists()


def test_the_newest_are_kept_with_their_secrets_and_what_was_left_half_done_goes(make: Make, tmp_path: Path) -> None:
    kept = [make(0), make(1)]
    gone = [make(2), make(3, complete=False), make(4)]
    under_way = make(-1, complete=False)
    apart = tmp_path / "apart"
    for one in (*kept, *gone):
        (apart / one.name).mkdir(parents=True)
    assert backups.prune(kept[0].parent, apart, 2) == sorted(gone)
    assert backups.all_in(kept[0].parent) == sorted([*kept, under_way])
    assert sorted(path.name for path in apart.iterdir()) == sorted(one.name for one in kept)


def test_where_no_backup_is_complete_none_is_removed(make: Make) -> None:
    only = make(complete=False)
    assert backups.prune(only.parent, None, 1) == []


@pytest.mark.parametrize("key", KEYS)
def test_a_backup_that_never_knew_of_a_key_is_restored_with_that_key_alone(make: Make, key: str) -> None:
    """As one is that was made while somebody removed its secrets."""
    one = make()
    (one / SECRETS / key).unlink()
    backups.write(one, manifest(secrets=backups.fingerprints(one / SECRETS)))
    with pytest.raises(Unusable, match=f"missing: {key}\\."):
        backups.check_secrets(one / SECRETS, backups.read(one))
    make_keys(one / SECRETS)
    backups.check_secrets(one / SECRETS, backups.read(one))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_restore_that_is_interrupted_while_it_unpacks_says_what_to_do(
    make: Make, number: signal.Signals, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one = make()
    monkeypatch.setattr(restore, "_unpack", lambda *_: interrupt(number))
    assert restore.main([str(one), "--data", str(one.parent / "new")]) == 1
    assert "run it again" in capsys.readouterr().err
    assert not (one.parent / "new").exists()
