"""The physical copy of a running cluster: made by pg_basebackup, unpacked, and checked file by file.

All six databases lie in one cluster, so one base backup is one instant for all of them: what was committed before it
ended is in it, in every database. It comes as gzipped tars with the write-ahead log that makes it consistent, and with
the server's own list of files (backup_manifest). That list is checked here as pg_verifybackup does it, checksum by
checksum and then the log by pg_waldump: the pg_verifybackup of the wheel ends with a segmentation fault at once.
"""

import gzip
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from deploy.local.backups import CHUNK, Told, Unusable
from deploy.local.process import LAUNCHER
from deploy.local.programs import postgres_programs

BASE, LOG, LIST = "base.tar.gz", "pg_wal.tar.gz", "backup_manifest"
FILES = (BASE, LOG, LIST)
_PROGRESS = re.compile(rb"(\d+)/(\d+) kB")
_CHECKSUM_LINE = b'"Manifest-Checksum"'

Progress = Callable[[int, int], None]
"""Told (bytes done, bytes in all), both before compression."""


class BackupFailed(Exception):
    """pg_basebackup did not finish; the message ends with its last words."""


def take(dsn: str, folder: Path, programs: Path | None = None, progress: Progress = lambda _, __: None) -> None:
    """Make `folder` with FILES in it. `dsn` is a superuser's. Raises BackupFailed, programs.ProgramMissing."""
    password = str(conninfo_to_dict(dsn).get("password", ""))
    command = [
        str((programs or postgres_programs()) / "pg_basebackup"),
        f"--dbname={make_conninfo(dsn, password=None)}",  # the list of processes is everybody's, an environment is not
        f"--pgdata={folder}",
        "--format=tar",
        "--wal-method=stream",
        "--compress=client-gzip:1",
        "--checkpoint=fast",
        "--manifest-checksums=SHA256",
        "--label=bihuan",
        "--progress",
    ]
    launched = [sys.executable, "-I", "-S", str(LAUNCHER), str(int(signal.SIGTERM)), str(os.getpid()), *command]
    said = bytearray()
    with subprocess.Popen(
        launched, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, env=os.environ | {"PGPASSWORD": password}
    ) as process:
        assert process.stderr is not None
        while chunk := os.read(process.stderr.fileno(), 4096):
            said += chunk
            if found := _PROGRESS.findall(chunk):
                done, total = found[-1]
                progress(int(done) * 1024, int(total) * 1024)
    if process.returncode != 0:
        raise BackupFailed(f"pg_basebackup: {said.decode(errors='replace')[-800:].strip()}")


def unpack(backup: Path, cluster: Path, told: Told = lambda _: None) -> None:
    """Make `cluster`, which must not exist, from the tars; `told` counts compressed bytes. Raises Unusable, OSError."""
    cluster.mkdir(mode=0o700)
    for name, target in ((BASE, cluster), (LOG, cluster / "pg_wal")):
        with (backup / name).open("rb") as file:
            reader = cast(BinaryIO, _Counted(file, told))
            try:
                # GzipFile, because pg_basebackup writes the log as several gzip members
                with gzip.GzipFile(fileobj=reader) as plain, tarfile.open(fileobj=plain, mode="r|") as archive:
                    for member in archive:
                        _extract(archive, member, target)
            except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
                raise Unusable(f"{backup / name} 不能解开 / cannot be unpacked: {error}") from error


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    """A file or a folder, ours alone, inside `target`; nothing else has a place in a cluster without tablespaces."""
    path = Path(os.path.normpath(target / member.name))
    if not path.is_relative_to(target) or not (member.isfile() or member.isdir()):
        raise Unusable(f"{member.name}: 不属于数据库文件 / is no file of a cluster")
    if member.isdir():
        path.mkdir(mode=0o700, exist_ok=True)
        return
    source = archive.extractfile(member)
    assert source is not None
    with source, os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        shutil.copyfileobj(source, file, CHUNK)


class _Counted:
    """A reader that tells how much was read of it."""

    def __init__(self, file: BinaryIO, told: Told) -> None:
        self._file, self._told = file, told

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(size)
        self._told(len(chunk))
        return chunk


def verify(backup: Path, cluster: Path, told: Told = lambda _: None) -> None:
    """Every file of the server's list is in `cluster` as it was, and the log that it needs can be read. `told` counts
    bytes. Raises Unusable with the name of what is wrong."""
    raw = (backup / LIST).read_bytes()
    body, found, _ = raw.rpartition(_CHECKSUM_LINE)
    try:
        listed = json.loads(raw)
        wanted = listed["Manifest-Checksum"]
    except (ValueError, KeyError) as error:
        raise Unusable(f"{backup / LIST} 不能读取 / cannot be read") from error
    if not found or hashlib.sha256(body).hexdigest() != wanted:
        raise Unusable(f"{backup / LIST} 已损坏 / is damaged")
    for entry in listed["Files"]:
        _verify_file(cluster / entry["Path"], entry, told)
    for needed in listed["WAL-Ranges"]:
        command = [
            str(postgres_programs() / "pg_waldump"),
            "--quiet",
            f"--path={cluster / 'pg_wal'}",
            f"--timeline={needed['Timeline']}",
            f"--start={needed['Start-LSN']}",
            f"--end={needed['End-LSN']}",
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Unusable(f"预写日志不完整 / the write-ahead log cannot be read: {done.stderr.strip()[-300:]}")


def _verify_file(path: Path, entry: dict[str, object], told: Told) -> None:
    found = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                found.update(chunk)
                told(len(chunk))
    except OSError as error:
        raise Unusable(f"{entry['Path']} 不能读取 / is missing from the unpacked backup: {error.strerror}") from error
    if path.stat().st_size != entry["Size"] or found.hexdigest() != entry["Checksum"]:
        raise Unusable(f"{entry['Path']}: 与数据库所列不符 / is not what the server's list says it was")
