"""The physical copy of a running cluster: taken over the replication protocol, unpacked, and checked file by file.

All six databases lie in one cluster, so one base backup is one instant for all of them: what was committed before it
ended is in it, in every database. BASE_BACKUP (PostgreSQL, chapter "Streaming Replication Protocol") sends a tar with
the log that makes it consistent, and its own list of files (backup_manifest). We ask for it ourselves, as pg_basebackup
does, because beside docker compose the container that knows the manifest has none of PostgreSQL's programs. The list is
checked as pg_verifybackup does it, checksum by checksum, and then the log by pg_waldump where there is one: the
pg_verifybackup of the wheel ends with a segmentation fault at once.
"""

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import zlib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from psycopg.conninfo import make_conninfo
from psycopg.pq import ConnStatus, ExecStatus, PGconn, abc

from deploy.local.backups import CHUNK, Told, Unusable
from deploy.local.programs import ProgramMissing, postgres_programs

BASE, LIST = "base.tar.gz", "backup_manifest"
FILES = (BASE, LIST)
_COMMAND = b"""BASE_BACKUP (LABEL 'bihuan', PROGRESS true, CHECKPOINT 'fast', WAL true, MANIFEST 'yes',
  MANIFEST_CHECKSUMS 'SHA256')"""
_CHECKSUM_LINE = b'"Manifest-Checksum"'

Progress = Callable[[int, int], None]
"""Told (bytes done, bytes in all), both before compression."""


class BackupFailed(Exception):
    """The server did not send it to the end; the message is the server's."""


def take(dsn: str, folder: Path, progress: Progress = lambda _, __: None) -> None:
    """Make `folder` with FILES in it. `dsn` is a superuser's. Raises BackupFailed, OSError."""
    folder.mkdir(mode=0o700)
    connection = PGconn.connect(make_conninfo(dsn, replication="true").encode())
    try:
        if connection.status != ConnStatus.OK:
            raise BackupFailed(connection.get_error_message())
        # the log of before the end must be there at the end, however long that takes
        slot = f"CREATE_REPLICATION_SLOT bihuan_backup_{os.getpid()} TEMPORARY PHYSICAL (RESERVE_WAL true)"
        _checked(connection, connection.exec_(slot.encode()))
        connection.send_query(_COMMAND)
        _receive(connection, folder, progress)
    finally:
        connection.finish()
    for name in FILES:
        with (folder / name).open("rb") as file:
            os.fsync(file.fileno())


def _receive(connection: abc.PGconn, folder: Path, progress: Progress) -> None:
    """The answer to BASE_BACKUP: where the log begins, how much there is, the files, where the log ends."""
    total = 0
    with _ours(folder / BASE) as file, gzip.GzipFile(fileobj=file, mode="wb", compresslevel=1) as archive:
        while (answer := connection.get_result()) is not None:
            _checked(connection, answer)
            if answer.status == ExecStatus.COPY_OUT:
                with _ours(folder / LIST) as listed:
                    _copy(connection, {b"n": cast(BinaryIO, archive), b"m": listed}, partial(_told, progress, total))
            elif answer.fname(2) == b"size":
                total = sum(int(answer.get_value(row, 2) or 0) for row in range(answer.ntuples)) * 1024


def _ours(path: Path) -> BinaryIO:
    """A new file that nobody else may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _told(progress: Progress, total: int, done: int) -> None:
    progress(done, total)


def _copy(connection: abc.PGconn, targets: Mapping[bytes, BinaryIO], told: Told) -> None:
    """One message at a time: n and m say what follows, d is a piece of it, p how much has been read."""
    target = targets[b"n"]
    while True:
        size, message = connection.get_copy_data(0)
        if size < 0:
            return
        kind = bytes(message[:1])
        if kind == b"d":
            target.write(message[1:])
        elif kind == b"p":
            told(int.from_bytes(message[1:9], "big"))
        else:
            target = targets[kind]


def _checked(connection: abc.PGconn, answer: abc.PGresult) -> None:
    if answer.status not in (ExecStatus.TUPLES_OK, ExecStatus.COPY_OUT, ExecStatus.COMMAND_OK):
        raise BackupFailed(connection.get_error_message())


def unpack(backup: Path, cluster: Path, told: Told = lambda _: None) -> None:
    """Make `cluster`, which must not exist, from the tar; `told` counts compressed bytes. Raises Unusable, OSError."""
    cluster.mkdir(mode=0o700)
    with (backup / BASE).open("rb") as file:
        reader = cast(BinaryIO, _Counted(file, told))
        try:
            with gzip.GzipFile(fileobj=reader) as plain, tarfile.open(fileobj=plain, mode="r|") as archive:
                for member in archive:
                    _extract(archive, member, cluster)
        except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise Unusable(f"{backup / BASE} 不能解开 / cannot be unpacked: {error}") from error


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
    try:
        waldump = postgres_programs() / "pg_waldump"
    except ProgramMissing:  # in a container that has no servers: PostgreSQL's first start reads the log
        return
    for needed in listed["WAL-Ranges"]:
        command = [
            str(waldump),
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
