"""Given a data directory, the embedded PostgreSQL …"""

import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.local import privileges
from deploy.local.layout import DirectoryInUse
from deploy.local.postgres import EmbeddedPostgres, processes_of
from deploy.local.privileges import AMBIENT_CAPABILITY, DIRECT, USER_NAMESPACE, CannotLeaveRoot, Privileges
from deploy.postgres.roles import DATABASES, ROLES, ensure, role
from tests.deploy.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
# root has two ways; a plain user has one
WAYS = (
    {"user namespace": USER_NAMESPACE, "ambient capability": AMBIENT_CAPABILITY} if os.geteuid() == 0 else {"": DIRECT}
)


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(tmp_path_factory.mktemp("installation")) as server:
        yield server


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_runs_below_a_folder_that_only_its_owner_may_enter(tmp_path: Path, way: Privileges) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    with EmbeddedPostgres(private / "data", privileges=way) as server, psycopg.connect(server.dsn()) as connection:
        connection.execute("CREATE TABLE kept (x int)")
        connection.execute("INSERT INTO kept VALUES (7)")
    assert server.cluster.stat().st_uid == way.owner
    assert server.cluster.stat().st_mode & 0o077 == 0
    with EmbeddedPostgres(private / "data") as again, psycopg.connect(again.dsn()) as connection:
        assert connection.execute("SELECT x FROM kept").fetchone() == (7,), "whichever way it is run next"


def test_runs_for_a_plain_user(tmp_path: Path) -> None:
    script = textwrap.dedent("""
        import sys, os, psycopg
        from pathlib import Path
        from deploy.local.postgres import EmbeddedPostgres
        from deploy.local.privileges import DIRECT
        with EmbeddedPostgres(Path(sys.argv[1])) as server:
            assert server._privileges == DIRECT
            print(os.getuid(), psycopg.connect(server.dsn()).execute("SELECT 7").fetchone()[0])
    """)
    home, user = tmp_path / "home", os.getuid()
    home.mkdir()
    become: list[str] = []
    if user == 0:
        user = 65534
        # the right to read stands for a repository and an interpreter that everybody may read
        rights = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
        become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *rights]
        os.chown(home, user, user)
    done = subprocess.run(
        [*become, sys.executable, "-P", "-c", script, str(home / "data")],
        env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == (f"{user} 7\n", 0), done.stderr


def test_comes_back_with_every_committed_row_after_a_kill_9_of_the_postmaster(tmp_path: Path) -> None:
    first = EmbeddedPostgres(tmp_path)
    first.start()
    with psycopg.connect(first.dsn()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS x")
    busy = psycopg.connect(first.dsn())
    backend = busy.info.backend_pid
    # a backend that computes does not notice that its postmaster has gone, and holds the shared memory
    endless = "SELECT count(*) FROM generate_series(1, 1000000000000)"

    def compute() -> None:
        with pytest.raises(psycopg.OperationalError):
            busy.execute(endless)

    thread = threading.Thread(target=compute)
    thread.start()
    with psycopg.connect(first.dsn()) as watcher:
        active = "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND state = 'active'"
        eventually(lambda: watcher.execute(active, [backend]).fetchone())
    assert first.process is not None
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait()
    assert backend in processes_of(first.cluster)
    first.stop()

    with EmbeddedPostgres(tmp_path) as second, psycopg.connect(second.dsn()) as connection:
        thread.join()
        assert backend not in processes_of(second.cluster)
        assert connection.execute("SELECT x FROM kept").fetchone() == (7,)


def test_does_not_take_an_interrupted_initdb_for_a_cluster(tmp_path: Path) -> None:
    half_made = tmp_path / "postgres" / "18.new"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(tmp_path) as server:
        assert server.accepts_connections()


def test_refuses_a_directory_that_another_one_uses(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(DirectoryInUse, match="down"):
        EmbeddedPostgres(postgres.layout.data).start()
    assert postgres.accepts_connections()


def test_takes_settings_by_name(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path, settings={"max_connections": "20"}) as server:
        rows = psycopg.connect(server.dsn()).execute(
            "SELECT name, setting FROM pg_settings WHERE name IN ('max_connections', 'fsync', 'synchronous_commit')"
        )
        assert dict(rows.fetchall()) == {"max_connections": "20", "fsync": "on", "synchronous_commit": "on"}


@pytest.mark.parametrize("database", DATABASES)
def test_opens_each_database_to_its_own_roles_and_to_no_other(postgres: EmbeddedPostgres, database: str) -> None:
    others = [other for other in DATABASES if other != database]
    for kind in ("owner", "writer", "reader"):
        with psycopg.connect(postgres.dsn(database, role(database, kind))) as connection:
            assert connection.execute("SELECT current_database()").fetchone() == (database,)
        for other in [*others, "postgres", "template1"]:
            with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                psycopg.connect(postgres.dsn(other, role(database, kind)))


def test_lets_only_the_owner_make_tables(postgres: EmbeddedPostgres) -> None:
    with psycopg.connect(postgres.dsn("bihuan_cases", "bihuan_cases_owner")) as connection:
        connection.execute("CREATE TABLE made_by_owner (x int)")
    for kind in ("writer", "reader"):
        with (
            psycopg.connect(postgres.dsn("bihuan_cases", role("bihuan_cases", kind))) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("CREATE TABLE made_by_another (x int)")


def test_knows_passwords_and_nobody_gets_in_without(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(postgres.dsn().replace(postgres.password("postgres"), "guess"))
    log = postgres.log.read_text()
    assert not [name for name in ("postgres", "bihuan_cases_writer") if postgres.password(name) in log]
    for file in (postgres.layout.secrets / "postgres").iterdir():
        assert file.stat().st_mode & 0o077 == 0


def test_tells_root_what_to_do_where_neither_way_is_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forbidden = Privileges(("false",), os.getuid())
    absent = Privileges(("no-such-program",), os.getuid())
    monkeypatch.setattr(privileges, "WAYS_OF_ROOT", (forbidden, absent))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(CannotLeaveRoot, match="as a plain user"):
        privileges.choose(tmp_path, Path("/bin/true"))


def test_gives_a_database_that_was_put_back_to_its_owner_again(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    """Whoever copies one makes it his own, and open to everybody."""
    passwords = {name: f"password of {name}" for name in ROLES}
    ensure(postgres.dsn(), passwords)
    database, copy = DATABASES[0], "copy"
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{database}"')
        connection.execute(f'DROP DATABASE "{database}" WITH (FORCE)')
        connection.execute(f'ALTER DATABASE "{copy}" RENAME TO "{database}"')
        ensure(postgres.dsn(), passwords)
        for name in ROLES:
            allowed = connection.execute(
                "SELECT has_database_privilege(%s, %s, 'CONNECT')", (name, database)
            ).fetchone()
            assert allowed == (name.startswith(f"{database}_"),), name
