"""./bihuan backup DIR: everything that cannot be made again, while the installation runs.

A new folder in DIR, named by the instant, gets the cluster with all six databases as they are at one moment, the
campaign in force, the secrets and a manifest, written last. The bus is not in it: a restore fills it from the
databases. Whoever holds the cluster and the secrets can read sealed identities, so --secrets DIR2 sends the secrets to
another place. --keep N removes older backups once this one is complete.

Exit: 0 complete; 1 nothing runs, or it could not be finished; 2 used wrongly.
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.cli.access import UsedWrongly, add_data_option, chosen, told
from deploy.cli.migrate import FOLDERS
from deploy.local import backups, base_backup, state
from deploy.local.backups import Manifest
from deploy.local.layout import DirectoryInUse, DirectoryUnusable, Layout
from shared.kernel.composition import VERSION
from shared.kernel.contracts import SERVICES

FAILED = (state.NotRunning, base_backup.BackupFailed, DirectoryInUse, DirectoryUnusable, psycopg.Error, OSError)
_HEADS = "SELECT feed, sequence FROM feed_heads WHERE feed IN ('public', 'internal')"


@dataclass(frozen=True)
class Source:
    """What is to be backed up: `dsn` is the administrator's, `secrets` and `campaign` are where they lie."""

    dsn: str
    secrets: Path
    campaign: Path
    url: str
    clock: str


@dataclass(frozen=True)
class Done:
    """A complete backup."""

    folder: Path
    secrets: Path
    manifest: Manifest
    removed: list[Path]
    seconds: float

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.manifest.files.values())


@told
def main(argv: list[str]) -> int:
    """Of the installation that runs over --data."""
    options = parser().parse_args(argv)
    data = chosen(options.data)
    running, layout = state.read(data), Layout.of(data)
    source = Source(
        dsn=running["postgres"]["dsn"],
        secrets=layout.secrets,
        campaign=Path(running["campaign"]),
        url=running["http"],
        clock="row" if layout.simulated.exists() else "system",
    )
    return perform(options, source, layout)


def parser() -> argparse.ArgumentParser:
    """What may be asked."""
    found = argparse.ArgumentParser(
        prog="./bihuan backup",
        description="在运行中备份全部数据库、行动定义与密钥 / back everything up while it runs",
        epilog="例 / e.g.: ./bihuan backup /srv/backups --secrets /mnt/key/backups --keep 14",
    )
    found.add_argument("folder", type=Path, metavar="DIR", help="备份放在其中的新目录 / gets a new folder for it")
    found.add_argument("--secrets", type=Path, metavar="DIR2", help="密钥另存于此 / the secrets go there instead")
    found.add_argument("--keep", type=int, metavar="N", help="只留最近 N 份 / older ones than the newest N are removed")
    add_data_option(found)
    found.add_argument("--json", action="store_true", help="供脚本读取 / for scripts")
    return found


def perform(options: argparse.Namespace, source: Source, layout: Layout | None = None) -> int:
    """Back up, say what came of it, and note in `layout` where it went. Returns the exit code."""
    if options.keep is not None and options.keep < 1:
        print(f"--keep {options.keep}: 至少 1 / at least 1", file=sys.stderr)
        return 2
    try:
        _check_places(options.folder, options.secrets, layout)
        with backups.interruptible():
            done = back_up(source, options.folder, options.secrets, options.keep)
        if layout is not None:
            backups.remember(layout, done.folder)
    except UsedWrongly as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(
            "中断，未完成的已删除，请再次运行 / interrupted: what was incomplete is removed, run it again",
            file=sys.stderr,
        )
        return 1
    except FAILED as error:
        print(f"备份未完成 / the backup was not completed: {error}", file=sys.stderr)
        return 1
    print(json.dumps(report(done), ensure_ascii=False) if options.json else table(done))
    if layout is not None and not options.json:
        print(f"试恢复 / try it: {restore_command(done)}")
    return 0


def _check_places(folder: Path, secrets: Path | None, layout: Layout | None) -> None:
    """Backup and secrets do not lie among each other, or among what is backed up. Raises UsedWrongly."""
    if secrets is not None and secrets.resolve() == folder.resolve():
        raise UsedWrongly(
            f"--secrets {secrets}: 与备份同处，请换一处，或不写 / is where the backup goes: name another folder for "
            "the secrets, or leave --secrets out and they go into the backup"
        )
    for place in (folder, secrets):
        if place is not None and layout is not None and place.resolve().is_relative_to(layout.data.resolve()):
            raise UsedWrongly(
                f"{place}: 在数据目录 {layout.data} 之内，请换一处 / is in the data directory, and would be lost with "
                "it: name a folder elsewhere, on another disk if there is one"
            )


def restore_command(done: Done) -> str:
    """What to type to restore it."""
    apart = [] if done.secrets.is_relative_to(done.folder) else ["--secrets", str(done.secrets)]
    return shlex.join(["./bihuan", "restore", str(done.folder), *apart, "--data", "NEW"])


def back_up(source: Source, folder: Path, secrets: Path | None, keep: int | None) -> Done:
    """One backup in a new folder in `folder`. What is left of one that fails is removed. Raises FAILED."""
    start, began = time.monotonic(), datetime.now(UTC)
    backup = folder.absolute() / backups.name_of(began)
    copies = secrets.absolute() / backup.name if secrets is not None else backup / backups.SECRETS
    with ExitStack() as held:
        for place in (folder, secrets):
            if place is not None:
                held.enter_context(backups.alone_in(place))
        with ExitStack() as undo:  # what this run made, and nothing that was there
            for made in (backup, copies):
                made.mkdir(mode=0o700)
                undo.callback(shutil.rmtree, made, ignore_errors=True)
            backups.copy_secrets(source.secrets, copies)
            shutil.copyfile(source.campaign, backup / backups.CAMPAIGN)
            found = _asked(source.dsn)
            with _progress() as progress:
                _copy_cluster(source.dsn, backup, progress)
                files = _digests(backup, progress)
            marks = backups.fingerprints(copies)
            if missing := backups.missing_keys(marks):
                raise base_backup.BackupFailed(
                    f"{source.secrets} 缺少密钥 / lacks keys, without which nothing can be restored: "
                    f"{', '.join(missing)}. ./bihuan doctor"
                )
            manifest = Manifest(
                format=backups.FORMAT, created=began.isoformat(timespec="seconds"),
                finished=datetime.now(UTC).isoformat(timespec="seconds"), bihuan=VERSION, url=source.url,
                clock=source.clock, files=files, secrets=marks, **found,
            )  # fmt: skip
            backups.write(backup, manifest)
            undo.pop_all()
        removed = backups.prune(folder.absolute(), secrets, keep) if keep is not None else []
    return Done(backup, copies, manifest, removed, time.monotonic() - start)


def _asked(dsn: str) -> dict[str, Any]:
    """What the databases say of themselves just before they are copied."""
    heads, migrations = {}, {}
    for name in FOLDERS:
        with psycopg.connect(make_conninfo(dsn, dbname=f"bihuan_{name}"), autocommit=True) as connection:
            applied = connection.execute("SELECT name FROM schema_migrations ORDER BY name").fetchall()
            migrations[name] = [one for (one,) in applied]
            if name in SERVICES:
                heads[name] = {"public": 0, "internal": 0} | dict(connection.execute(_HEADS).fetchall())
            elif name == "access":
                ((installation,),) = connection.execute("SELECT id::text FROM installation").fetchall()
                ((version,),) = connection.execute("SHOW server_version").fetchall()
    return {"heads": heads, "migrations": migrations, "installation": installation, "postgres": version.split()[0]}


def _progress() -> Progress:
    columns = (TextColumn("{task.description:<16}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True))


def _copy_cluster(dsn: str, backup: Path, progress: Progress) -> None:
    task = progress.add_task("备份 copying", total=None)

    def shown(done: int, total: int) -> None:
        progress.update(task, completed=done, total=max(done, total))

    base_backup.take(dsn, backup / backups.CLUSTER, progress=shown)


def _digests(backup: Path, progress: Progress) -> dict[str, backups.File]:
    """Of what was just written, read again from where it lies."""
    names = (*(f"{backups.CLUSTER}/{name}" for name in base_backup.FILES), backups.CAMPAIGN)
    task = progress.add_task("校验 checksums", total=sum((backup / name).stat().st_size for name in names))
    return {name: backups.digest(backup / name, lambda done: progress.advance(task, done)) for name in names}


def report(done: Done) -> dict[str, Any]:
    """For scripts."""
    return {
        "backup": str(done.folder), "secrets": str(done.secrets), "bytes": done.bytes,
        "seconds": round(done.seconds, 1), "heads": done.manifest.heads,
        "removed": [path.name for path in done.removed],
    }  # fmt: skip


def table(done: Done) -> str:
    """For a person."""
    lines = [f"备份完成 / complete: {done.folder}  {done.bytes / 1e6:.1f} MB, {done.seconds:.1f} s"]
    if done.secrets.is_relative_to(done.folder):
        lines.append(
            "密钥也在其中：得到它的人可以读出举报人身份。用 --secrets DIR2 另存 / the secrets are in it: whoever gets "
            "it can read who gave a tip. --secrets DIR2 sends them elsewhere"
        )
    else:
        lines.append(f"密钥 / secrets: {done.secrets}")
    lines += [f"已删除 / removed: {path.name}" for path in done.removed]
    return "\n".join(lines)
