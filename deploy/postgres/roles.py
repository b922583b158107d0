"""The six databases and the three roles of each; the embedded installation and docker compose both make them here.

    bihuan_cases            owned, with its schema public, by bihuan_cases_owner: migrations run as it
    bihuan_cases_writer     the service's own connection; what it may do to which table, migrations grant
    bihuan_cases_reader     read transactions under row-level security (assurance: a second wall)

Nobody else but an administrator may connect to a database, so that a service that leaks its password leaks its own
alone, and the identity vault is reached by intake only. `ensure` may be repeated at every start: it makes what is
missing and sets the passwords again (as SCRAM verifiers computed on this side: no password reaches the server's log).
"""

from collections.abc import Mapping

import psycopg
from psycopg import sql

DATABASES = ("bihuan_intake", "bihuan_vault", "bihuan_cases", "bihuan_assessment", "bihuan_notify", "bihuan_access")
KINDS = ("owner", "writer", "reader")


def role(database: str, kind: str) -> str:
    """The name of a database's role: role("bihuan_cases", "writer") is bihuan_cases_writer."""
    return f"{database}_{kind}"


ROLES = tuple(role(database, kind) for database in DATABASES for kind in KINDS)


def connections(service: str) -> dict[str, tuple[str, str]]:
    """The database connections of a service: the setting that tells it, and (database, role)."""
    own, access = f"bihuan_{service}", "writer" if service == "cases" else "reader"
    found = {
        "BIHUAN_POSTGRES_DSN": (own, role(own, "writer")),
        "BIHUAN_POSTGRES_READER_DSN": (own, role(own, "reader")),
        "BIHUAN_ACCESS_DSN": ("bihuan_access", role("bihuan_access", access)),
    }
    if service == "intake":
        found["BIHUAN_VAULT_DSN"] = ("bihuan_vault", role("bihuan_vault", "writer"))
    return found


def owners() -> dict[str, tuple[str, str]]:
    """The connections of the migration step: the setting that tells it, and (database, role)."""
    return {
        f"BIHUAN_OWNER_DSN_{database.removeprefix('bihuan_').upper()}": (database, role(database, "owner"))
        for database in DATABASES
    }


def ensure(administrator_dsn: str, passwords: Mapping[str, str]) -> None:
    """Make the roles and databases: `administrator_dsn` is a superuser's; `passwords` has one for every role."""
    with psycopg.connect(administrator_dsn, autocommit=True) as connection:
        _ensure_roles(connection, passwords)
        present = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
        # else every service role could connect to these two
        connection.execute("REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC")
        for database in DATABASES:
            if database not in present:
                _create(connection, database)
            _set_rights(connection, administrator_dsn, database)  # always: a start may have been killed in between


def _ensure_roles(connection: psycopg.Connection, passwords: Mapping[str, str]) -> None:
    present = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
    with connection.transaction():
        for name in ROLES:
            verifier = connection.pgconn.encrypt_password(passwords[name].encode(), name.encode(), b"scram-sha-256")
            verb = sql.SQL("ALTER" if name in present else "CREATE")
            statement = sql.SQL("{} ROLE {} LOGIN PASSWORD {}")
            connection.execute(statement.format(verb, sql.Identifier(name), sql.Literal(verifier.decode())))


def _create(connection: psycopg.Connection, database: str) -> None:
    name, owner = sql.Identifier(database), sql.Identifier(role(database, "owner"))
    connection.execute(sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(name, owner))


def _set_rights(connection: psycopg.Connection, administrator_dsn: str, database: str) -> None:
    """Also where somebody has put a copy in its place, which is an administrator's and open to everybody."""
    name = sql.Identifier(database)
    owner, writer, reader = (sql.Identifier(role(database, kind)) for kind in KINDS)
    connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(name, owner))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}, {}").format(name, writer, reader))
    with psycopg.connect(administrator_dsn, dbname=database, autocommit=True) as inside:
        inside.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(owner))
        inside.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        inside.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}, {}").format(writer, reader))
