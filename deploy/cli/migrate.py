"""`bihuan migrate`: the step before the services start. Databases, streams, the installation, first accounts.

Reads BIHUAN_OWNER_DSN_<DATABASE> for each database, BIHUAN_NATS_ADMIN_URL, BIHUAN_CAMPAIGN, and optionally
BIHUAN_ACCOUNTS_FILE, to which the passwords of newly made accounts are appended (mode 0600), and BIHUAN_NATS_CA (see
messaging.trust). Safe to repeat.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import nats
import nats.errors
import psycopg

from services.cases.access.passwords import first_password, hash_password
from shared.kernel.campaign import Campaign, CampaignError, load
from shared.kernel.contracts import SERVICES
from shared.platform.event_store.ids import new_id
from shared.platform.event_store.migrate import STORE, MigrationChanged, migrate, set_installation
from shared.platform.messaging.streams import declare
from shared.platform.messaging.trust import verifying

ROOT = Path(__file__).resolve().parents[2]
_HOUSE = ROOT / "services"
FOLDERS: dict[str, list[Path]] = {
    "access": [_HOUSE / "cases" / "access_migrations"],
    "intake": [STORE, _HOUSE / "intake" / "migrations"],
    "vault": [_HOUSE / "intake" / "vault_migrations"],
    "cases": [STORE, _HOUSE / "cases" / "migrations"],
    "assessment": [STORE, _HOUSE / "assessment" / "migrations"],
    "notify": [STORE, _HOUSE / "notify" / "migrations"],
}
HASHES_AT_ONCE = 4  # each takes 19 MiB while it is made
WITH_INSTALLATION = ("access", "intake", "cases", "assessment", "notify")


def main(argv: list[str]) -> int:
    """Exit 0 when everything is in place, 1 when a step fails, 2 when a variable is missing."""
    parser = argparse.ArgumentParser(prog="bihuan migrate", description="建库、建流、建初始账号；可重复执行。")
    parser.parse_args(argv)
    needed = [f"BIHUAN_OWNER_DSN_{name.upper()}" for name in FOLDERS] + ["BIHUAN_NATS_ADMIN_URL", "BIHUAN_CAMPAIGN"]
    missing = [name for name in needed if not os.environ.get(name)]
    if missing:
        print(f"请设置环境变量：{'、'.join(missing)}", file=sys.stderr)
        return 2
    try:
        campaign = load(Path(os.environ["BIHUAN_CAMPAIGN"]))
        _databases()
        _accounts(campaign)
        created = asyncio.run(_streams())
    except (CampaignError, MigrationChanged, psycopg.Error, nats.errors.Error, OSError) as error:
        print(f"迁移未完成：{error}", file=sys.stderr)
        return 1
    if created:
        print(f"streams: {', '.join(created)}")
    return 0


def _dsn(name: str) -> str:
    return os.environ[f"BIHUAN_OWNER_DSN_{name.upper()}"]


def _databases() -> None:
    for name, folders in FOLDERS.items():
        database = f"bihuan_{name}"
        for applied in migrate(_dsn(name), folders, writer=f"{database}_writer", reader=f"{database}_reader"):
            print(f"{database}: {applied}")
    installation = _installation()
    for name in WITH_INSTALLATION:
        set_installation(_dsn(name), installation)


def _installation() -> UUID:
    with psycopg.connect(_dsn("access")) as connection:
        row = connection.execute("SELECT id FROM installation").fetchone()
    return row[0] if row else new_id()


def _accounts(campaign: Campaign) -> None:
    """One account for each seat of the campaign's people that has none yet."""
    with psycopg.connect(_dsn("access")) as connection:
        known = {name for (name,) in connection.execute("SELECT name FROM accounts").fetchall()}
        seats = [(person, role) for person in campaign.people for role in person.roles]
        missing = {f"{role}-{person.id.removeprefix('p-')}": (person, role) for person, role in seats}
        missing = {name: seat for name, seat in missing.items() if name not in known}
        passwords = [first_password() for _ in missing]
        with ThreadPoolExecutor(HASHES_AT_ONCE) as pool:  # Argon2 is slow on purpose and leaves the interpreter free
            hashes = list(pool.map(hash_password, passwords))
        lines = []
        for (name, (person, role)), password, hashed in zip(missing.items(), passwords, hashes, strict=True):
            connection.execute(
                "INSERT INTO accounts (name, person, role, unit, password_hash) VALUES (%s, %s, %s, %s, %s)",
                (name, person.id, role, seat_unit(campaign, person.id, role), hashed),
            )
            lines.append(f"{name}\t{password}\t{person.name}\t{person.post}\n")
        path = os.environ.get("BIHUAN_ACCOUNTS_FILE")
        if lines and path:  # before the commit: an account whose password nobody knows would be worse than none
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "a", encoding="utf-8") as file:
                file.writelines(lines)


def seat_unit(campaign: Campaign, person: str, role: str) -> str:
    """The unit in which a person holds a role, as tokens carry it: one that handles cases, a group, or `city`."""
    units = set(campaign.handling_units)
    groups = {group.code for group in campaign.groups}
    stations = {station.code for county in campaign.units for station in county.stations}
    for seat in campaign.appointments(person):
        if seat.role == role:
            return seat.unit if seat.unit in units | groups | stations else "city"
    return "city"


async def _streams() -> list[str]:
    authority = os.environ.get("BIHUAN_NATS_CA")
    context = verifying(Path(authority) if authority else None)
    client = await nats.connect(
        os.environ["BIHUAN_NATS_ADMIN_URL"], connect_timeout=10, tls=context, tls_handshake_first=context is not None
    )
    try:
        return await declare(client.jetstream(), SERVICES)
    finally:
        await client.close()
