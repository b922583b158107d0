"""`docker compose run --rm restore [NAME]`: empty volumes from the newest backup, or the one of this name; `restore
--prove [NAME]`, once it runs: a proof.

The first step runs before any other: it fills the volume of PostgreSQL and those of the secrets. Nothing may be in
them. The campaign file is the operator's own: it is compared with the one in
the backup. The second asks the running databases and the bus what deploy.cli.proof has to know.
"""

import argparse
import asyncio
import json
import os
import shutil
import sys
from pathlib import Path
from urllib.parse import quote

import nats.errors
import psycopg
from rich.console import Console

from deploy.cli import restore
from deploy.cli.proof import Proof, report, table
from deploy.cli.rebuild import FAILED as NOT_REBUILT
from deploy.compose.volumes import LAYOUT, dsn
from deploy.local import backups
from deploy.local.backups import Manifest, Unusable
from deploy.local.credentials import bus_password
from deploy.local.programs import POSTGRES_MAJOR
from deploy.local.restored import MARK
from deploy.postgres.server import ADMINISTRATOR
from shared.platform.messaging.trust import verifying

BACKUPS, SECRETS = Path("/backups"), Path("/backup-secrets")
VOLUME = Path("/var/lib/postgresql")
CLUSTER = VOLUME / str(POSTGRES_MAJOR) / "docker"
OUR_USER = 10001  # PostgreSQL's entry point takes the cluster over by itself


def main() -> int:
    """Exit 0 restored, or proven; 1 failed, or not all held; 2 refused."""
    parser = argparse.ArgumentParser(prog="docker compose run --rm restore")
    parser.add_argument(
        "name", nargs="?", default="", metavar="NAME", help="哪一份，不写为最新 / which one, or the newest"
    )
    parser.add_argument("--prove", action="store_true", help="对正在运行的查证 / look at what runs")
    parser.add_argument("--json", action="store_true", help="供脚本读取 / for scripts")
    options = parser.parse_args(sys.argv[2:])
    try:
        backup = backups.chosen(BACKUPS / options.name)
        manifest = backups.read(backup)
        if options.prove:
            return _prove(manifest, as_json=options.json)
        _fill(backup, manifest)
    except Unusable as error:
        print(error, file=sys.stderr)
        return 2
    except (*NOT_REBUILT, psycopg.Error, nats.errors.Error, OSError) as error:
        print(f"未完成 / not done: {error}", file=sys.stderr)
        return 1
    campaign = Path(os.environ["BIHUAN_CAMPAIGN"])
    if campaign.read_bytes() != (backup / backups.CAMPAIGN).read_bytes():
        told = f"BIHUAN_CAMPAIGN_FILE={backup.name}/{backups.CAMPAIGN}"
        print(f"行动定义与备份不同，请设 / the campaign is not that of the backup, set: {told}", file=sys.stderr)
    print("已恢复。启动并查证 / restored: docker compose up -d --wait && docker compose run --rm restore --prove")
    return 0


def _fill(backup: Path, manifest: Manifest) -> None:
    """Check, then unpack. Raises Unusable, OSError."""
    restore.check_version(manifest)
    secrets = restore.secrets_of(backup, SECRETS)
    backups.check_secrets(secrets, manifest)
    there = [path for path in LAYOUT.secrets.rglob("*") if path.is_file()]
    if CLUSTER.exists() or there:
        raise Unusable(
            "卷中已有数据 / the volumes are not empty: docker compose down --volumes, or another project (-p)"
        )
    draft = CLUSTER.with_name("docker.new")
    if draft.exists():  # of one that was ended half-way
        shutil.rmtree(draft)
    draft.parent.mkdir(exist_ok=True)
    restore.unpack(backup, manifest, draft, Console(stderr=True))
    backups.copy_secrets(secrets, LAYOUT.secrets)
    (LAYOUT.secrets / MARK).touch(mode=0o600)
    for path in (LAYOUT.secrets, *LAYOUT.secrets.rglob("*")):
        os.chown(path, OUR_USER, OUR_USER)
    os.sync()
    draft.rename(CLUSTER)


def _prove(manifest: Manifest, *, as_json: bool) -> int:
    proof = Proof(dsn("postgres", ADMINISTRATOR), manifest)
    proof.of_the_databases(LAYOUT.secrets / "intake")
    bus = os.environ["BIHUAN_NATS_URL"].replace("://", f"://admin:{quote(bus_password(LAYOUT))}@", 1)
    asyncio.run(proof.of_the_bus(bus, lambda _, __: None, verifying(Path(os.environ["BIHUAN_NATS_CA"]))))
    proof.of_the_timers()
    print(json.dumps({"held": proof.held, "findings": report(proof.findings)}, ensure_ascii=False)
          if as_json else table(proof.findings))  # fmt: skip
    return 0 if proof.held else 1
