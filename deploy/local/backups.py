"""What a backup is on disk, and when it may be believed.

    DIR/20261127T204500Z/       one backup, 0700; named by the instant (UTC) at which it began
        cluster/                the cluster with all six databases, see base_backup
        campaign.yaml           the campaign in force
        secrets/                keys and passwords, unless they were sent elsewhere: DIR2/20261127T204500Z/
        manifest.json           written last, whole or not at all: without it the backup is incomplete

The manifest names each file with its size and SHA-256, and each secret by a fingerprint that says whether it is the
right one and nothing else (they are at least 192 random bits). At one time only one
backup writes to a DIR, and one to a DIR2.
"""

import fcntl
import hashlib
import os
import re
import shutil
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from deploy.local.credentials import RANDOM_SECRETS
from deploy.local.layout import DirectoryInUse, DirectoryUnusable, Layout

FORMAT = 1
MANIFEST, CAMPAIGN, CLUSTER, SECRETS = "manifest.json", "campaign.yaml", "cluster", "secrets"
LAST = "last-backup"
NAME = re.compile(r"\d{8}T\d{6}Z")
CHANGING = {"accounts.tsv", "pgpass"}
"""Files among the secrets that are no keys: lists that are written anew."""
KEYS = tuple(f"{service}/{name}" for service, names in RANDOM_SECRETS.items() for name in names)
"""What nothing else can make up for: an installation would start with new ones, and read nothing of before."""
CHUNK = 1 << 20

Told = Callable[[int], None]
"""Given the number of bytes that were done since the last time."""


class Unusable(Exception):
    """This is no backup that could be restored; the message names what is wrong with it."""


class File(msgspec.Struct, frozen=True):
    """A file of the backup."""

    bytes: int
    sha256: str


class Format(msgspec.Struct, frozen=True):
    """What a manifest of any format says."""

    format: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`heads`: service → feed → the sequence up to which every event is in the backup, and perhaps some more.

    `migrations`: database → the names of those that were applied. `clock`: system, or row for simulated time.
    """

    format: int
    created: str
    finished: str
    bihuan: str
    postgres: str
    installation: str
    url: str
    clock: str
    heads: dict[str, dict[str, int]]
    migrations: dict[str, list[str]]
    files: dict[str, File]
    secrets: dict[str, str]


def name_of(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def began(backup: Path) -> datetime:
    """When the backup of this name began."""
    return datetime.strptime(backup.name, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold `folder`, which is made (0700) where it is missing. Raises DirectoryInUse, DirectoryUnusable."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        reason = "不是目录 / it is no folder" if folder.is_file() else error.strerror
        raise DirectoryUnusable(
            f"{folder} 不能使用 / cannot be used: {reason}. Choose a folder that you may write to"
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise DirectoryInUse(f"{folder}: 正在备份 / another backup is being written there: wait for it") from error
    finally:
        os.close(descriptor)


@contextmanager
def interruptible() -> Iterator[None]:
    """Meanwhile SIGTERM and SIGHUP raise KeyboardInterrupt as SIGINT does, so that what was begun is cleaned up; unless
    whoever started us has them ignored (nohup). In the main thread only."""
    numbers = [one for one in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(one) == signal.SIG_DFL]
    for number in numbers:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)


def all_in(folder: Path) -> list[Path]:
    """The backups in `folder`, oldest first, incomplete ones among them."""
    return sorted(path for path in folder.glob("*Z") if NAME.fullmatch(path.name) and path.is_dir())


def complete_in(folder: Path) -> list[Path]:
    return [path for path in all_in(folder) if (path / MANIFEST).is_file()]


def chosen(given: Path) -> Path:
    """The backup that is meant: `given` itself, or the newest complete one in it. Raises Unusable."""
    if (given / MANIFEST).is_file():
        return given
    if not given.is_dir():
        raise Unusable(f"没有目录 {given} / there is no such folder: name the backup, or the folder that holds it")
    if NAME.fullmatch(given.name):
        raise Unusable(
            f"{given} 不完整：没有 {MANIFEST}，备份中途被终止 / is incomplete: it has no {MANIFEST}, so the backup "
            "was ended before it was done. Take an earlier one"
        )
    if complete := complete_in(given):
        return complete[-1]
    if broken := all_in(given):
        raise Unusable(f"{given} 中只有不完整的备份 / holds incomplete backups alone: {broken[-1].name}")
    raise Unusable(f"{given} 中没有备份 / holds no backup")


def read(backup: Path) -> Manifest:
    """Raises Unusable."""
    try:
        raw = (backup / MANIFEST).read_bytes()
        if (found := msgspec.json.decode(raw, type=Format).format) != FORMAT:
            raise Unusable(
                f"{backup}: 格式 {found}，此版本只识 {FORMAT} / is of a newer format ({found}) than this version knows "
                f"({FORMAT}). Update Bihuan (git pull) first"
            )
        return msgspec.json.decode(raw, type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        raise Unusable(f"{backup / MANIFEST} 不能读取 / cannot be read: {error}") from error


def write(backup: Path, manifest: Manifest) -> None:
    """Whole or not at all, and on the disk when it returns."""
    draft = backup / f".{MANIFEST}.new"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(backup / MANIFEST)
    folder = os.open(backup, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def digest(path: Path, told: Told = lambda _: None) -> File:
    """Raises OSError."""
    found, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            found.update(chunk)
            size += len(chunk)
            told(len(chunk))
    return File(size, found.hexdigest())


def check_files(backup: Path, manifest: Manifest, told: Told = lambda _: None) -> None:
    """Every file is there and as it was written. Raises Unusable with the name of the first that is not."""
    for name, wanted in manifest.files.items():
        try:
            found = digest(backup / name, told)
        except OSError as error:
            raise Unusable(f"{backup / name} 不能读取 / cannot be read: {error.strerror}") from error
        if found != wanted:
            raise Unusable(
                f"{backup / name} 已损坏：校验和不符 / is damaged: {found.bytes} bytes with another checksum than the "
                f"{wanted.bytes} that were written. Take another backup"
            )


def fingerprints(secrets: Path) -> dict[str, str]:
    """Secret → what it is known by. Raises OSError."""
    return {
        str(path.relative_to(secrets)): hashlib.sha256(b"bihuan secret\0" + path.read_bytes()).hexdigest()[:32]
        for path in sorted(secrets.rglob("*"))
        if path.is_file() and path.name not in CHANGING
    }


def missing_keys(found: Iterable[str]) -> list[str]:
    """Those of KEYS that are not among the secrets of these names."""
    return sorted(set(KEYS).difference(found))


def check_secrets(secrets: Path, manifest: Manifest) -> None:
    """They are those of the backup, all of them, and no key is missing, whether or not the backup knew of it. Raises
    Unusable with the names of those that are not."""
    try:
        found = fingerprints(secrets) if secrets.is_dir() else {}
    except OSError as error:
        raise Unusable(f"{error.filename} 不能读取 / cannot be read: {error.strerror}") from error
    wanted: dict[str, str | None] = dict.fromkeys(KEYS) | manifest.secrets
    if wrong := [name for name, mark in wanted.items() if name not in found or mark not in (None, found[name])]:
        missing = "缺少 / missing" if all(name not in found for name in wrong) else "不符 / not those of this backup"
        raise Unusable(
            f"{secrets}: {missing}: {', '.join(wrong[:6])}{' …' if len(wrong) > 6 else ''}. 没有密钥无法读取 / "
            "without its keys no tip and no identity can be read: say where they are, --secrets DIR"
        )


def copy_secrets(source: Path, target: Path) -> None:
    """Every file, 0600 in folders of 0700; hidden ones are drafts of somebody who writes just now."""
    for path in sorted(source.rglob("*")):
        copy = target / path.relative_to(source)
        if path.is_file() and not path.name.startswith("."):
            copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(path.read_bytes())
                file.flush()
                os.fsync(file.fileno())


def remember(layout: Layout, backup: Path) -> None:
    """Note in the data directory where its last backup went, for `doctor`."""
    draft = layout.data / ".last-backup.new"
    draft.write_text(f"{backup}\n", "utf-8")
    draft.replace(layout.data / LAST)


def remembered(layout: Layout) -> Path | None:
    """Where the last backup went, whether or not it is there still."""
    path = layout.data / LAST
    return Path(path.read_text("utf-8").strip()) if path.is_file() else None


def prune(folder: Path, secrets: Path | None, keep: int) -> list[Path]:
    """Remove all but the newest `keep` complete backups, and incomplete ones that are older than the newest complete
    one; with their secrets in `secrets`, where they are apart. What was removed."""
    complete = complete_in(folder)
    kept = set(complete[-keep:])
    removed = [path for path in all_in(folder) if path not in kept and complete and path < complete[-1]]
    for path in removed:
        (path / MANIFEST).unlink(missing_ok=True)  # first: what is left of an interrupted removal must not look whole
        shutil.rmtree(path)
        if secrets is not None and (secrets / path.name).is_dir():
            shutil.rmtree(secrets / path.name)
    return removed
