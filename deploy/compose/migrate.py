"""The step between servers and services: databases and roles, then what `deploy.cli migrate` does everywhere."""

import os
import sys
from urllib.parse import quote

import psycopg

from deploy.cli import migrate
from deploy.compose.volumes import LAYOUT, dsn
from deploy.local.credentials import accounts_file, bus_password, role_password
from deploy.local.layout import Layout
from deploy.local.restored import MARK, begin_timelines
from deploy.postgres import roles
from deploy.postgres.server import ADMINISTRATOR
from shared.kernel.contracts import SERVICES


def main() -> int:
    """Needs PGHOST and BIHUAN_NATS_URL, where the servers are. Returns the exit code."""
    try:
        passwords = {name: role_password(LAYOUT, name) for name in roles.ROLES}
        roles.ensure(dsn("postgres", ADMINISTRATOR), passwords)
    except psycopg.OperationalError as error:
        print(
            f"不能以管理员身份连接数据库：{error}\n"
            "如为密码不符：postgres 与 administration 两个卷须一并恢复 / the administrator cannot connect. If it is "
            "the password: the volumes postgres and administration belong together, restore both.",
            file=sys.stderr,
        )
        return 1
    os.environ.update(environment(LAYOUT, os.environ["BIHUAN_NATS_URL"]))
    return migrate.main([]) or _tell_what_was_restored()


def _tell_what_was_restored() -> int:
    mark = LAYOUT.secrets / MARK
    if mark.exists():
        owner = {name: dsn(f"bihuan_{name}", roles.role(f"bihuan_{name}", "owner")) for name in SERVICES}
        begin_timelines(owner)
        mark.unlink()
    return 0


def environment(layout: Layout, nats_url: str) -> dict[str, str]:
    """What `deploy.cli migrate` is told beside the campaign."""
    owners = {name: dsn(*connection, layout) for name, connection in roles.owners().items()}
    return owners | {
        "BIHUAN_NATS_ADMIN_URL": nats_url.replace("://", f"://admin:{quote(bus_password(layout))}@", 1),
        "BIHUAN_ACCOUNTS_FILE": str(accounts_file(layout)),
    }
