"""./bihuan doctor: what is wrong with the installation over --data, and what to type about it.

It looks at the data directory always, and at databases, services and mail server where they run; what it could not look
at it says. What it makes of what it saw is in `judging`. It changes nothing.

Exit: 0 nothing is bad (warnings may be); 1 something is; 2 used wrongly.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from psycopg.conninfo import make_conninfo
from rich.console import Console
from rich.table import Table

from deploy.cli import judging
from deploy.cli.access import UsedWrongly, add_data_option, chosen
from deploy.cli.judging import Line
from deploy.cli.migrate import FOLDERS
from deploy.local import backups, state
from deploy.local.credentials import RANDOM_SECRETS
from deploy.local.layout import Layout
from deploy.local.postgres import EmbeddedPostgres
from deploy.local.services import DEFAULT_CAMPAIGN
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


@dataclass(frozen=True)
class Patient:
    """An installation, and what `status` says of it if it runs."""

    layout: Layout
    running: dict[str, Any] | None

    @property
    def simulated(self) -> bool:
        return self.layout.simulated.exists()

    @property
    def campaign(self) -> Path:
        return Path((self.running or {}).get("campaign") or DEFAULT_CAMPAIGN)

    @contextmanager
    def database(self, name: str) -> Iterator[psycopg.Connection[Any]]:
        """One of its databases, as the administrator. Raises Unseen where nothing runs."""
        if self.running is None:
            raise Unseen
        dsn = make_conninfo(self.running["postgres"]["dsn"], dbname=name, connect_timeout=5)
        with psycopg.connect(dsn, autocommit=True, options="-c statement_timeout=10s") as connection:
            yield connection


class Unseen(Exception):
    """It could not be looked at, because nothing runs."""


Look = Callable[[Patient], list[Line]]


def main(argv: list[str]) -> int:
    """Look at everything, and print a line each."""
    parser = argparse.ArgumentParser(
        prog="./bihuan doctor", description="检查毛病，并说明怎么办 / what is wrong, and what to type"
    )
    add_data_option(parser)
    parser.add_argument("--json", action="store_true", help="供脚本读取 / for scripts")
    options = parser.parse_args(argv)
    try:
        data = chosen(options.data)
    except UsedWrongly as error:
        print(error, file=sys.stderr)
        return 2
    if not data.is_dir():
        print(f"{data} 还没有安装 / nothing is installed there. ./bihuan up --data {data}", file=sys.stderr)
        return 2
    try:
        running = state.status(data)
    except state.NotRunning:
        running = None
    lines = examine(Patient(Layout.of(data), running))
    bad = any(line.state == "bad" for line in lines)
    if options.json:
        print(json.dumps({"healthy": not bad, "lines": [asdict(line) for line in lines]}, ensure_ascii=False))
    else:
        show(lines)
    return 1 if bad else 0


def examine(patient: Patient) -> list[Line]:
    """Every line of the table; what cannot be looked at is a line too."""
    lines = []
    for what, look in LOOKS:
        try:
            lines += look(patient)
        except Unseen:
            lines.append(Line(what, "unseen", "没有在运行，未查看 / not looked at: nothing runs", "./bihuan up"))
        except (OSError, ValueError, psycopg.Error, CampaignError) as error:
            told = f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"
            lines.append(Line(what, "bad", told, "./bihuan status"))
    return lines


def show(lines: list[Line]) -> None:
    """For a person."""
    marks = {"ok": "[green]ok[/]", "warn": "[yellow]注意 warn[/]", "bad": "[red]不好 BAD[/]", "unseen": "未看 unseen"}
    table = Table.grid(padding=(0, 2))
    for line in lines:
        table.add_row(marks[line.state], line.what, line.told)
        if line.do:
            table.add_row("", "", f"→ {line.do}")
    Console(highlight=False, soft_wrap=False).print(table)


# --- what is looked at ---


def _disk(patient: Patient) -> list[Line]:
    usage = shutil.disk_usage(patient.layout.data)
    return [judging.disk(str(patient.layout.data), usage.free, usage.total)]


def _clock(patient: Patient) -> list[Line]:
    with tempfile.NamedTemporaryFile(dir=patient.layout.data) as file:
        others = {"files": datetime.fromtimestamp(os.stat(file.name).st_mtime, UTC)}
    if patient.running is not None:
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
    return [judging.postgres_version(version.split()[0], datetime.now(UTC).date()), judging.migrations(applied, known)]


def _services(patient: Patient) -> list[Line]:
    if patient.running is None:
        raise Unseen
    return [judging.ready({name: entry["ready"] for name, entry in patient.running["services"].items()})]


def _secrets(patient: Patient) -> list[Line]:
    secrets = patient.layout.secrets
    wanted = [secrets / service / name for service, names in RANDOM_SECRETS.items() for name in names]
    wanted += [secrets / "postgres" / role for role in (*ROLES, ADMINISTRATOR)]
    wanted += [secrets / "cases" / "session_private.pem"]
    wanted += [secrets / service / name for service in SERVICES for name in ("session_public.pem", "nats.nk")]
    used = EmbeddedPostgres(patient.layout.data, port=1).cluster.exists()
    missing = [str(path.relative_to(secrets)) for path in wanted if not path.exists()] if used else []
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
    folder = os.environ.get("BIHUAN_CERTIFICATE_FOLDER")
    found = sorted(patient.layout.secrets.rglob("*.crt")) + ([Path(folder) / "tls.crt"] if folder else [])
    lines = []
    for path in found:
        one, key, matches = x509.load_pem_x509_certificate(path.read_bytes()), path.with_suffix(".key"), None
        if key.exists():
            matches = load_pem_private_key(key.read_bytes(), password=None).public_key() == one.public_key()
        until, now = one.not_valid_after_utc, datetime.now(UTC)
        lines.append(judging.certificate(f"certificate {path.name}", until, now, key_matches=matches))
    return lines or [Line("certificates", "ok", "没有使用 / none used")]


def _mail(patient: Patient) -> list[Line]:
    url = _smtp_url(_environment_of_notify(patient))
    parts = urlsplit(url)
    if not parts.hostname:
        return (
            [judging.mail(None, None)] if not url else [judging.mail("BIHUAN_SMTP_URL", "没有主机名 / names no host")]
        )
    port, trouble = parts.port or SMTP_PORTS.get(parts.scheme, 25), None
    try:
        socket.create_connection((parts.hostname, port), MAIL_SECONDS).close()
    except OSError as error:
        trouble = f"不通 / cannot be reached: {error.strerror or error}"
    return [judging.mail(f"{parts.hostname}:{port}", trouble)]


def _environment_of_notify(patient: Patient) -> dict[str, str]:
    """What the running service was told, which need not be what this shell has set."""
    if patient.running is None:
        return dict(os.environ)
    raw = Path(f"/proc/{patient.running['services']['notify']['pid']}/environ").read_bytes()
    return dict(entry.split("=", 1) for entry in raw.decode(errors="replace").split("\0") if "=" in entry)


def _smtp_url(environment: dict[str, str]) -> str:
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
            taken = connection.execute("SELECT producer, sequence FROM consumer_positions").fetchall()
        positions |= {(service, producer): sequence for producer, sequence in taken}
        for feed in ("public", "internal"):
            behind[f"{service} → bus ({feed})"] = max(0, heads[service].get(feed, 0) - sent.get(feed, 0))
    for (service, producer), position in positions.items():
        behind[f"{producer} → {service}"] = max(0, heads[producer].get("internal", 0) - position)
    return [judging.parked(letters, timers), judging.late_timers(late), judging.lag(behind)]


def _domain_now(patient: Patient) -> datetime:
    if not patient.simulated:
        return datetime.now(UTC)
    with patient.database("bihuan_access") as connection:
        ((now,),) = connection.execute(_NOW).fetchall()
    found: datetime = now
    return found


def _backup(patient: Patient) -> list[Line]:
    last = backups.remembered(patient.layout)
    created = backups.began(last) if last else None
    there = last is not None and (last / backups.MANIFEST).is_file()
    return [judging.backup(created, there, datetime.now(UTC))]


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
