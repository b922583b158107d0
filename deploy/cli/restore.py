"""./bihuan restore DIR --data NEW: an installation from a backup, which ends by proving itself.

DIR is a backup, or a folder of them, of which the newest complete one is taken. What is damaged, incomplete, of a newer
version or without its secrets is refused before anything is made. With --until the log that was archived since is
replayed up to an instant. Everything is built beside NEW, as NEW.restoring, which one restore holds at a time, and
gets its name once the proof is through (see proof): a restore that was ended half-way is never mistaken for an
installation, and the next one begins anew. No mail goes out meanwhile.

Exit: 0 restored and proven; 1 it failed, or a proof did not hold (the installation is then there, to be looked at); 2
refused.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.cli.access import UsedWrongly
from deploy.cli.migrate import FOLDERS
from deploy.cli.proof import Finding, Proof, report, table
from deploy.cli.rebuild import FAILED as NOT_REBUILT
from deploy.cli.up import FAILED as NOT_UP
from deploy.local import backups, base_backup, recovery, state
from deploy.local.backups import Manifest, Unusable
from deploy.local.layout import DirectoryInUse, DirectoryUnusable, Layout, Lock
from deploy.local.ports import free_port
from deploy.local.postgres import PostgresFailed
from deploy.local.programs import POSTGRES_MAJOR
from deploy.local.restored import begin_timelines
from deploy.local.services import DEFAULT_CAMPAIGN, Settings
from deploy.local.supervisor import Supervisor
from shared.kernel.composition import VERSION
from shared.kernel.contracts import SERVICES

REFUSED = (UsedWrongly, Unusable, DirectoryInUse, DirectoryUnusable)
MAIL = ("BIHUAN_SMTP_URL", "BIHUAN_SMTP_URL_FILE")


def main(argv: list[str]) -> int:
    """Refuse, or restore and prove."""
    options = _parser().parse_args(argv)
    try:
        with backups.interruptible(), ExitStack() as held:
            return _restore(options, Console(stderr=True), held)
    except (KeyboardInterrupt, asyncio.CancelledError):
        print(f"中断，再次运行即从头开始 / interrupted: {options.data} is not there yet, run it again", file=sys.stderr)
        return 1


def _restore(options: argparse.Namespace, console: Console, held: ExitStack) -> int:
    """The exit code; `held` gets what is to be let go of at the end."""
    start = time.monotonic()
    try:
        until = _instant(options)
        backup = backups.chosen(options.folder.absolute())
        secrets = secrets_of(backup, options.secrets)
        manifest = backups.read(backup)
        check_version(manifest)
        backups.check_secrets(secrets, manifest)
        restoring = held.enter_context(_room(options.data))
        _unpack(backup, secrets, manifest, restoring, console)
        if until is not None:
            recovery.aim(restoring.postgres / str(POSTGRES_MAJOR), until, options.log)
            console.print(f"重放归档日志 / replaying the archived log, up to {until}", highlight=False)
            console.print(recovery.recover(restoring), highlight=False)
    except REFUSED as error:
        print(error, file=sys.stderr)
        return 2
    except (recovery.NotReached, PostgresFailed, OSError) as error:
        print(f"恢复未完成 / not restored: {error}", file=sys.stderr)
        return 1
    for name in MAIL:
        os.environ.pop(name, None)
    try:
        findings = asyncio.run(_prove(restoring, manifest, console))
    except (*NOT_UP, *NOT_REBUILT) as error:
        print(f"未能自证，见 {restoring.data} / could not be proven, look there: {error}", file=sys.stderr)
        return 1
    try:
        data = _put_in_place(restoring, options.data)
    except OSError as error:
        print(
            f"已恢复，但不能移到 {options.data} / restored, but could not be given its name: {error.strerror}. The "
            f"data are in {restoring.data}: move them to a name that is free, mv {restoring.data} NEW",
            file=sys.stderr,
        )
        print(table(findings), file=sys.stderr)
        return 1
    proven, seconds = all(one.held for one in findings), time.monotonic() - start
    if options.json:
        print(json.dumps({
            "backup": str(backup), "data": str(data), "held": proven, "seconds": round(seconds, 1),
            "findings": report(findings), "start": start_command(data, manifest),
        }, ensure_ascii=False))  # fmt: skip
    else:
        print(table(findings))
        verdict = (
            "已恢复并自证 / restored and proven"
            if proven
            else "已恢复，但有不符 / restored, but not all is as it must be"
        )
        print(f"{verdict}: {data}  {seconds:.1f} s\n启动 / start: {start_command(data, manifest)}")
    return 0 if proven else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./bihuan restore",
        description="由备份恢复到空目录，并自证 / an installation from a backup, which proves itself",
        epilog="例 / e.g.: ./bihuan restore /srv/backups --secrets /mnt/key/backups --data .bihuan",
    )
    parser.add_argument(
        "folder", type=Path, metavar="DIR", help="一份备份，或其所在目录（取最近一份）/ or a folder of them"
    )
    parser.add_argument(
        "--data", type=Path, required=True, metavar="NEW", help="空的数据目录 / an empty data directory"
    )
    parser.add_argument("--secrets", type=Path, metavar="DIR2", help="另存的密钥 / where the secrets were sent")
    parser.add_argument("--until", metavar="INSTANT", help="重放归档日志至此刻 / replay the archived log up to it")
    parser.add_argument("--log", type=Path, metavar="DIR3", help="归档日志所在 / where archive_command put the log")
    parser.add_argument("--json", action="store_true", help="供脚本读取 / for scripts")
    return parser


def _instant(options: argparse.Namespace) -> datetime | None:
    """Raises UsedWrongly: an instant needs its zone, and the log that leads there."""
    if options.until is None:
        return None
    try:
        until = datetime.fromisoformat(options.until)
    except ValueError:
        until = datetime.min
    if until.tzinfo is None:
        raise UsedWrongly(f"--until {options.until}: 如 / such as 2026-11-27T20:45:00+08:00")
    if options.log is None or not options.log.is_dir():
        raise UsedWrongly("--until: 请加 --log 归档目录 / add --log with the folder of the archived log")
    return until


def secrets_of(backup: Path, apart: Path | None) -> Path:
    """Where the secrets of `backup` are: in it, or in `apart` under the same name, or `apart` itself."""
    if apart is None:
        return backup / backups.SECRETS
    below = apart.absolute() / backup.name
    return below if below.is_dir() else apart.absolute()


def check_version(manifest: Manifest) -> None:
    """This Bihuan and its PostgreSQL can read it. Raises Unusable."""
    major = manifest.postgres.split(".")[0]
    if major != str(POSTGRES_MAJOR):
        raise Unusable(
            f"备份出自 PostgreSQL {manifest.postgres}，此版本用 {POSTGRES_MAJOR} / it is of another PostgreSQL "
            "than ours: restore it with the version of Bihuan that made it, and dump it from there"
        )
    ours = {
        f"{folder.parent.name}/{path.name}" for folders in FOLDERS.values() for folder in folders
        for path in folder.glob("*.sql")
    }  # fmt: skip
    newer = sorted({name for applied in manifest.migrations.values() for name in applied} - ours)
    if newer or _numbers(manifest.bihuan) > _numbers(VERSION):
        what = f"Bihuan {manifest.bihuan}" + (f" ({newer[0]})" if newer else "")
        raise Unusable(f"备份出自更新的版本 / it was made by a newer version: {what}. Update Bihuan (git pull) first")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


@contextmanager
def _room(data: Path) -> Iterator[Layout]:
    """An empty place beside `data`, which must hold nothing; nobody else restores there meanwhile. Raises Unusable,
    DirectoryInUse, DirectoryUnusable."""
    wanted = Layout.of(data)
    if wanted.data.exists() and (not wanted.data.is_dir() or any(wanted.data.iterdir())):
        raise Unusable(f"{data} 不是空目录 / is not empty: name one that does not exist yet, --data NEW")
    restoring = Layout.of(wanted.data.with_name(f"{wanted.data.name}.restoring"))
    restoring.create()
    lock = Lock(restoring, "restore")
    try:
        lock.acquire()
    except DirectoryInUse as error:
        raise DirectoryInUse(
            f"{restoring.data}: 进程 {lock.holder()} 正在恢复，请等它结束 / another restore is at work there, process "
            f"{lock.holder()}: wait for it, or name another folder, --data NEW"
        ) from error
    try:
        if (holder := Lock(restoring, state.LOCK).holder()) is not None:
            raise DirectoryInUse(
                f"{restoring.data} 正在运行 / runs, process {holder}. Stop it: ./bihuan down --data {restoring.data}"
            )
        _clear(restoring)
        yield restoring
    finally:
        lock.release()


def _clear(restoring: Layout) -> None:
    """Remove what one that was ended half-way left, but not the locks."""
    for name in restoring.data.iterdir():
        if name.is_dir() and name != restoring.state_file.parent:
            shutil.rmtree(name)
        elif not name.is_dir():
            name.unlink()
    restoring.create()


def _unpack(backup: Path, secrets: Path, manifest: Manifest, restoring: Layout, console: Console) -> None:
    """Check every byte, then make the files of the installation. Raises Unusable, OSError."""
    unpack(backup, manifest, restoring.postgres / str(POSTGRES_MAJOR), console)
    backups.copy_secrets(secrets, restoring.secrets)
    shutil.copyfile(backup / backups.CAMPAIGN, restoring.data / backups.CAMPAIGN)
    if manifest.clock == "row":
        restoring.simulated.touch()
    os.sync()


def unpack(backup: Path, manifest: Manifest, cluster: Path, console: Console) -> None:
    """The checked cluster, with progress. Raises Unusable, OSError."""
    columns = (TextColumn("{task.description:<16}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        packed = sum(file.bytes for file in manifest.files.values())
        task = progress.add_task("校验 checksums", total=packed)
        backups.check_files(backup, manifest, lambda done: progress.advance(task, done))
        tar = manifest.files[f"{backups.CLUSTER}/{base_backup.BASE}"].bytes
        unpacking = progress.add_task("解开 unpacking", total=tar)
        copy = backup / backups.CLUSTER
        base_backup.unpack(copy, cluster, lambda done: progress.advance(unpacking, done))
        size = sum(path.stat().st_size for path in cluster.rglob("*") if path.is_file())
        verifying = progress.add_task("核对 verifying", total=size)
        base_backup.verify(copy, cluster, lambda done: progress.advance(verifying, done))
        progress.update(verifying, completed=size)
    recovery.leave_the_archive(cluster)


async def _prove(restoring: Layout, manifest: Manifest, console: Console) -> list[Finding]:
    """Start everything over what was restored, look, and stop it again. Raises up.FAILED, rebuild.FAILED."""
    proofs: list[Proof] = []

    def prepared(supervisor: Supervisor) -> None:
        begin_timelines({name: supervisor.postgres.dsn(f"bihuan_{name}") for name in SERVICES})
        proofs.append(Proof(supervisor.postgres.dsn(), manifest))
        proofs[0].of_the_databases(restoring.secrets / "intake")

    supervisor = Supervisor(
        Settings(
            restoring.data, free_port(), restoring.data / backups.CAMPAIGN, manifest.clock, public_url=manifest.url
        ),
        lambda sentence: console.print(sentence, highlight=False),
        prepared=prepared,
    )
    proving = asyncio.ensure_future(_run(supervisor, proofs, console))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, proving.cancel)
    try:
        await proving
    finally:
        await supervisor.stop()
    return proofs[0].findings


async def _run(supervisor: Supervisor, proofs: list[Proof], console: Console) -> None:
    await supervisor.start()
    columns = (TextColumn("{task.description:<16}"), BarColumn(), MofNCompleteColumn(), TextColumn("消息 messages"))
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("重建总线 bus", total=None)
        await proofs[0].of_the_bus(
            supervisor.nats.admin_url, lambda done, total: progress.update(task, completed=done, total=total)
        )
    await asyncio.to_thread(proofs[0].of_the_timers)


def _put_in_place(restoring: Layout, data: Path) -> Path:
    wanted = Layout.of(data).data
    restoring.data.rename(wanted)  # an empty folder is replaced, one that was filled meanwhile is not
    return wanted


def start_command(data: Path, manifest: Manifest) -> str:
    """What to type now: with the backup's campaign, unless it is the one that everybody gets."""
    campaign = data / backups.CAMPAIGN
    same = campaign.read_bytes() == DEFAULT_CAMPAIGN.read_bytes()
    port = manifest.url.rpartition(":")[2]
    options = f" --port {port}" if port.isdecimal() and port != "8080" else ""
    return f"./bihuan up --data {data}{options}" + ("" if same else f" --campaign {campaign}")
