"""`python -m tests.bench.size DIR [--rested]`: bytes per case of an installation that does not run, by part.

PostgreSQL's parts are tables with their indexes, of all databases; the bus's are the files of its streams. DIR is best
a played demo (`./bihuan demo --once --data DIR`). With --rested it is first brought to where retention has it an hour
later: what is behind the relay is packed, what is old enough is deleted, and the files are compacted.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path

import psycopg
from prometheus_client import CollectorRegistry

from deploy.local.postgres import EmbeddedPostgres
from deploy.postgres.roles import DATABASES
from shared.platform.event_store.retention import Retention

_TABLES = """SELECT c.relname, pg_total_relation_size(c.oid) FROM pg_class c
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'"""


def main() -> None:
    """Print bytes per case by part, the largest first."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--rested", action="store_true", help="as retention has it an hour later")
    options = parser.parse_args()
    with EmbeddedPostgres(options.data) as server:
        if options.rested:
            _rest(server)
        with psycopg.connect(server.dsn("bihuan_cases")) as connection:
            row = connection.execute("SELECT count(*) FROM cases").fetchone()
        cases = int(row[0]) if row else 0
        tables = _tables(server)
    bus = Counter({path.parent.parent.name: path.stat().st_size for path in options.data.glob("nats/**/msgs/*.blk")})
    print(f"{cases} cases, bytes per case")
    for name, parts in (("PostgreSQL", tables), ("bus", bus)):
        print(f"{name:<32}{sum(parts.values()) // cases:>8,}")
        for part, size in parts.most_common():
            if size > cases * 50:
                print(f"  {part:<30}{size // cases:>8,}")


def _tables(server: EmbeddedPostgres) -> Counter[str]:
    """Bytes by table, those of the same name in all databases together but for read tables, which are one part."""
    shared = {"stored_events", "public_events", "internal_events", "internal_blocks", "idempotency_keys", "timers"}
    found: Counter[str] = Counter()
    for database in DATABASES:
        with psycopg.connect(server.dsn(database), autocommit=True) as connection:
            connection.execute("VACUUM")
            for table, size in connection.execute(_TABLES).fetchall():
                found[table if table in shared else "read tables and others"] += size
    return found


def _rest(server: EmbeddedPostgres) -> None:
    for database in DATABASES:
        with psycopg.connect(server.dsn(database), autocommit=True) as connection:
            if connection.execute("SELECT to_regclass('internal_blocks')").fetchone() != (None,):
                retention = Retention(server.dsn(database), CollectorRegistry(), packed_after=timedelta(0))
                asyncio.run(retention.round())
            connection.execute("VACUUM FULL")


if __name__ == "__main__":
    main()
