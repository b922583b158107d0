"""What a doctor looks at in an installation, however it runs: facts, which `judging` makes lines of.

Each look is on its own: one that fails is a line that says so, and hinders no other. Nothing is changed.
"""

from __future__ import annotations

import os
import shutil
import socket
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from psycopg.conninfo import make_conninfo

from deploy.cli import judging
from deploy.cli.judging import EMBEDDED, NIGHTLY, Line, Typed
from deploy.cli.migrate import FOLDERS
from deploy.local import backups
from deploy.local.credentials import RANDOM_SECRETS
from deploy.local.layout import Layout
from deploy.postgres.roles import ROLES
from deploy.postgres.server import ADMINISTRATOR
from shared.kernel.campaign import CampaignError, load
from shared.kernel.contracts import SERVICES
from shared.platform.event_store.timers import OPEN_AND_PARKED
from shared.platform.messaging import seals

MAIL_SECONDS = 3.0
SMTP_PORTS = {"smtp": 25, "smtps": 465}
_NOW = "SELECT CASE WHEN running THEN instant + (clock_timestamp() - set_at) ELSE instant END FROM clock"
_LETTERS = "SELECT count(*) FROM dead_letters WHERE replayed IS NULL"
_TIMERS = f"SELECT count(*) FROM timers WHERE {OPEN_AND_PARKED}"  # noqa: S608 – a constant
_LATE = """
SELECT count(*), coalesce(max(%(now)s - due), interval '0') FROM timers
WHERE due <= %(now)s AND fired IS NULL AND NOT stopped AND parked IS NULL
  AND (retry_at IS NULL OR retry_at <= clock_timestamp())"""
_TAKEN = "SELECT producer, sequence FROM consumer_positions WHERE producer = ANY(%s)"
"""Not how far handlers have come with what they missed, which is counted there as well."""
_FAILED_MAIL = """
SELECT count(*), (array_agg(reason ORDER BY number DESC))[1] FROM notices
WHERE state = 'failed' AND again_at IS NOT NULL
"""


@dataclass(frozen=True)
class Patient:
    """An installation, as far as it is seen from here.

    `disks`: folders whose disks it needs. `used`: whether there was ever a database. `administrator` and `ready` (by
    service): None where nothing runs. `smtp_url`: of the running service, empty where none is set; `reaches_mail`:
    whether that server can be reached from here. `backup`: the folder of the last one, `every`: how often there is one.
    """

    layout: Layout
    disks: tuple[Path, ...]
    campaign: Path
    simulated: bool
    used: bool
    administrator: str | None
    ready: Mapping[str, bool] | None
    certificates: tuple[Path, ...]
    smtp_url: Callable[[], str]
    reaches_mail: bool = True
    backup: Path | None = None
    every: timedelta = NIGHTLY
    typed: Typed = EMBEDDED

    @contextmanager
    def database(self, name: str) -> Iterator[psycopg.Connection[Any]]:
        """One of its databases, as the administrator. Raises Unseen where nothing runs."""
        if self.administrator is None:
            raise Unseen
        dsn = make_conninfo(self.administrator, dbname=name, connect_timeout=5)
        with psycopg.connect(dsn, autocommit=True, options="-c statement_timeout=10s") as connection:
            yield connection


class Unseen(Exception):
    """It could not be looked at, because nothing runs."""


Look = Callable[[Patient], list[Line]]


def examine(patient: Patient) -> list[Line]:
    """Every line of the table; what cannot be looked at is a line too."""
    lines = []
    for what, look in LOOKS:
        try:
            lines += look(patient)
        except Unseen:
            lines.append(Line(what, "unseen", "没有在运行，未查看 / not looked at: nothing runs", patient.typed.start))
        except (OSError, ValueError, psycopg.Error, CampaignError) as error:
            told = f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"
            lines.append(Line(what, "bad", told, patient.typed.look))
    return lines


# --- what is looked at ---


def _disk(patient: Patient) -> list[Line]:
    by_disk = {folder.stat().st_dev: folder for folder in reversed(patient.disks)}
    usages = {folder: shutil.disk_usage(folder) for folder in reversed(by_disk.values())}
    return [judging.disk(str(folder), usage.free, usage.total) for folder, usage in usages.items()]


def _clock(patient: Patient) -> list[Line]:
    others = {}
    if os.access(patient.layout.data, os.W_OK):
        with tempfile.NamedTemporaryFile(dir=patient.layout.data) as file:
            others["files"] = datetime.fromtimestamp(os.stat(file.name).st_mtime, UTC)
    if patient.administrator is not None:
        with patient.database("postgres") as connection:
            ((others["postgres"],),) = connection.execute("SELECT clock_timestamp()").fetchall()
    return [judging.clock(datetime.now(UTC), others)]


def _calendar(patient: Patient) -> list[Line]:
    campaign = load(patient.campaign)
    today = datetime.now(campaign.zone).date()
    return [judging.calendar(today, campaign.calendar.published, simulated=patient.simulated)]


def _versions(patient: Patient) -> list[Line]:
    known = {
        name: [f"{folder.parent.name}/{path.name}" for folder in folders for path in folder.glob("*.sql")]
        for name, folders in FOLDERS.items()
    }
    applied = {}
    for name in FOLDERS:
        with patient.database(f"bihuan_{name}") as connection:
            applied[name] = [row[0] for row in connection.execute("SELECT name FROM schema_migrations")]
            ((version,),) = connection.execute("SHOW server_version").fetchall()
    today = datetime.now(UTC).date()
    return [
        judging.postgres_version(version.split()[0], today, patient.typed),
        judging.migrations(applied, known, patient.typed),
    ]


def _services(patient: Patient) -> list[Line]:
    if patient.ready is None:
        raise Unseen
    return [judging.ready(patient.ready, patient.typed)]


def _secrets(patient: Patient) -> list[Line]:
    secrets = patient.layout.secrets
    wanted = [secrets / service / name for service, names in RANDOM_SECRETS.items() for name in names]
    wanted += [secrets / "postgres" / role for role in (*ROLES, ADMINISTRATOR)]
    wanted += [secrets / "cases" / "session_private.pem"]
    wanted += [secrets / service / name for service in SERVICES for name in ("session_public.pem", "nats.nk")]
    missing = [str(path.relative_to(secrets)) for path in wanted if not path.exists()] if patient.used else []
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in sorted(secrets.rglob("*")) if path.is_file()}
    lax = {str(path): mode for path, mode in modes.items() if mode & 0o077}
    return [judging.missing_secrets(missing), judging.open_secrets(lax)]


def _key_pairs(patient: Patient) -> list[Line]:
    secrets, wrong = patient.layout.secrets, []
    private = secrets / "cases" / "session_private.pem"
    if private.exists():
        public = load_pem_private_key(private.read_bytes(), password=None).public_key()
        ours = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        for path in (secrets / service / "session_public.pem" for service in SERVICES):
            if path.exists() and path.read_bytes() != ours:
                wrong.append(str(path.relative_to(secrets)))
    for producer, reader in permutations(SERVICES, 2):
        to, from_ = secrets / producer / f"{seals.TO}{reader}", secrets / reader / f"{seals.FROM}{producer}"
        if to.exists() and from_.exists() and to.read_bytes() != from_.read_bytes():
            wrong.append(str(from_.relative_to(secrets)))
    return [judging.halves(wrong)]


def _certificates(patient: Patient) -> list[Line]:
    lines = []
    for path in patient.certificates:
        one, key, matches = x509.load_pem_x509_certificate(path.read_bytes()), path.with_suffix(".key"), None
        if key.exists():
            matches = load_pem_private_key(key.read_bytes(), password=None).public_key() == one.public_key()
        until, now = one.not_valid_after_utc, datetime.now(UTC)
        name = f"certificate {path.name}"
        lines.append(judging.certificate(name, until, now, key_matches=matches, typed=patient.typed))
    return lines or [Line("certificates", "ok", "没有使用 / none used")]


def _mail(patient: Patient) -> list[Line]:
    url = patient.smtp_url()
    parts = urlsplit(url)
    if not parts.hostname:
        return (
            [judging.mail(None, None)] if not url else [judging.mail("BIHUAN_SMTP_URL", "没有主机名 / names no host")]
        )
    port, trouble = parts.port or SMTP_PORTS.get(parts.scheme, 25), None
    if patient.reaches_mail:
        try:
            socket.create_connection((parts.hostname, port), MAIL_SECONDS).close()
        except OSError as error:
            trouble = f"不通 / cannot be reached: {error.strerror or error}"
    if trouble is None and patient.administrator is not None:
        with patient.database("bihuan_notify") as connection:
            ((failed, reason),) = connection.execute(_FAILED_MAIL).fetchall()
        trouble = f"{failed} 封未发出 / mails failed and wait: {reason}" if failed else None
    return [judging.mail(f"{parts.hostname}:{port}", trouble)]


def smtp_url(environment: Mapping[str, str]) -> str:
    """As *notify* reads it; empty where none is set. Raises OSError."""
    if path := environment.get("BIHUAN_SMTP_URL_FILE"):
        return Path(path).read_text().strip()
    return environment.get("BIHUAN_SMTP_URL", "")


def _flow(patient: Patient) -> list[Line]:
    """What was put aside, what is late, and what is behind."""
    letters, timers, late, behind, heads = {}, {}, {}, {}, {}
    now = _domain_now(patient)
    positions: dict[tuple[str, str], int] = {}
    for service in SERVICES:
        with patient.database(f"bihuan_{service}") as connection:
            ((letters[service],),) = connection.execute(_LETTERS).fetchall()
            ((timers[service],),) = connection.execute(_TIMERS).fetchall()
            (late[service],) = connection.execute(_LATE, {"now": now}).fetchall()
            heads[service] = dict(connection.execute("SELECT feed, sequence FROM feed_heads").fetchall())
            sent = dict(connection.execute("SELECT feed, sequence FROM relay_positions").fetchall())
            taken = connection.execute(_TAKEN, (list(SERVICES),)).fetchall()
        positions |= {(service, producer): sequence for producer, sequence in taken}
        for feed in ("public", "internal"):
            behind[f"{service} → bus ({feed})"] = max(0, heads[service].get(feed, 0) - sent.get(feed, 0))
    for (service, producer), position in positions.items():
        behind[f"{producer} → {service}"] = max(0, heads[producer].get("internal", 0) - position)
    typed = patient.typed
    return [judging.parked(letters, timers, typed), judging.late_timers(late, typed), judging.lag(behind)]


def _domain_now(patient: Patient) -> datetime:
    if not patient.simulated:
        return datetime.now(UTC)
    with patient.database("bihuan_access") as connection:
        ((now,),) = connection.execute(_NOW).fetchall()
    found: datetime = now
    return found


def _backup(patient: Patient) -> list[Line]:
    last = patient.backup
    created = backups.began(last) if last else None
    there = last is not None and (last / backups.MANIFEST).is_file()
    return [judging.backup(created, there, datetime.now(UTC), patient.every, patient.typed)]


LOOKS: list[tuple[str, Look]] = [
    ("disk", _disk),
    ("clock", _clock),
    ("calendar", _calendar),
    ("version", _versions),
    ("ready", _services),
    ("secrets", _secrets),
    ("key pairs", _key_pairs),
    ("certificates", _certificates),
    ("mail", _mail),
    ("flow", _flow),
    ("backup", _backup),
]
