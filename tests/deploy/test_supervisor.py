"""Who keeps an installation running on one machine …"""

import contextlib
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.cli import down
from deploy.local import probe
from deploy.local.layout import DirectoryInUse
from deploy.local.nats import EmbeddedNats
from deploy.local.ports import free_port
from deploy.local.postgres import EmbeddedPostgres
from deploy.local.services import DEFAULT_CAMPAIGN, Settings
from deploy.local.supervisor import Supervisor
from shared.kernel.contracts import SERVICES
from tests.deploy.installation import Installation, installed, is_running
from tests.deploy.waiting import eventually


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(tmp_path_factory.mktemp("machine") / "data") as installation:
        assert installation.await_ready() == f"ready {installation.url}\n", installation.said
        yield installation


def test_sees_what_runs_where(running: Installation) -> None:
    found = running.status()
    assert found["http"] == running.url
    assert found["campaign"] == str(DEFAULT_CAMPAIGN)
    assert found["nats"]["url"].startswith("nats://admin:")
    with psycopg.connect(found["postgres"]["dsn"]) as connection:
        assert connection.execute("SELECT current_setting('is_superuser')").fetchone() == ("on",)
    assert set(found["services"]) == set(SERVICES)
    for service in found["services"].values():
        assert service["ready"] is True
        assert service["rss_bytes"] > 1_000_000
        assert is_running(service["pid"])
        with socket.create_connection(("127.0.0.1", service["port"])):
            pass


@pytest.mark.parametrize("name", [*SERVICES, "gateway", "nats", "postgres"])
def test_gets_a_killed_child_back_on_its_port(running: Installation, name: str) -> None:
    def port() -> int:
        found = running.status()
        return int({**found["servers"], **found["services"]}[name]["port"])

    before = port()
    assert is_running(running.kill_child(name))
    assert port() == before
    assert f"{name} 意外结束（signal 9 SIGKILL）" in running.said
    eventually(lambda: probe.status(f"{running.url}/ready") == 200)
    eventually(lambda: accepts_connections(running.status()["postgres"]["dsn"]))


def accepts_connections(dsn: str) -> bool:
    try:
        psycopg.connect(dsn).close()
    except psycopg.OperationalError:
        return False
    return True


def test_gets_a_service_back_that_is_there_but_answers_nobody(running: Installation) -> None:
    frozen = running.children()["assessment"]
    assert running.post("/api/assessment/v1/freeze", b"")[0] == 200
    assert is_running(running.replaced("assessment", frozen))
    assert not is_running(frozen)


def test_is_told_who_uses_the_directory_already(running: Installation) -> None:
    with installed(running.data) as second:
        assert second.process.wait() == 2
        assert f"./bihuan down --data {running.data}" in second.said
    assert running.get("/ready")[0] == 200


def test_cannot_start_one_of_its_servers_a_second_time(running: Installation) -> None:
    before = running.children()
    for server in (EmbeddedPostgres(running.data), EmbeddedNats(running.data)):
        with pytest.raises(DirectoryInUse):
            server.start()
    assert running.children() == before
    assert accepts_connections(running.status()["postgres"]["dsn"])


def test_is_told_which_other_port_to_take(running: Installation, tmp_path: Path) -> None:
    with installed(tmp_path / "data", running.port) as second:
        assert second.process.wait() == 2
        assert "./bihuan up --port " in second.said
        suggested = int(second.said.split("--port ")[1].split()[0])
        assert suggested != running.port


def test_finds_the_credentials_readable_by_himself_alone(running: Installation) -> None:
    files = [
        running.data,
        *running.data.glob("secrets/**/*"),
        *running.data.glob("run/*"),
        *running.data.glob("logs/*"),
    ]
    assert len(files) > 30
    assert [file for file in files if file.stat().st_mode & 0o077] == []


def test_can_stop_and_start_and_keeps_every_secret(tmp_path: Path) -> None:
    def secrets() -> dict[str, bytes]:
        folder = tmp_path / "data" / "secrets"
        return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}

    with installed(tmp_path / "data") as first:
        assert first.await_ready()
        made, children = secrets(), first.children().values()
        assert down.main(["--data", str(first.data)]) == 0
        assert first.process.wait() == 0
        assert not [pid for pid in children if is_running(pid)]
    with installed(tmp_path / "data") as second:
        assert second.await_ready()
        assert secrets() == made
        assert second.end(signal.SIGINT) == 0


def test_leaves_nothing_behind_when_he_is_killed_himself_and_can_start_at_once(tmp_path: Path) -> None:
    with installed(tmp_path / "data") as first:
        assert first.await_ready()
        children = first.children()
        backends = [int(pid) for pid in postgres_children(children["postgres"])]
        assert backends
        first.end(signal.SIGKILL)
        with installed(tmp_path / "data") as second:
            assert second.await_ready(), second.said
            eventually(lambda: not [pid for pid in [*children.values(), *backends] if is_running(pid)])


def postgres_children(postmaster: int) -> list[str]:
    return Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()


def test_can_give_up_while_it_is_still_starting(tmp_path: Path) -> None:
    with installed(tmp_path / "data") as installation:
        eventually((tmp_path / "data" / "run" / "up.lock").exists)
        eventually(lambda: (tmp_path / "data" / "logs" / "nats.log").exists())
        assert installation.end() == 0
        assert installation.await_ready() == ""
    assert not [pid for pid in processes_mentioning(tmp_path) if is_running(pid)]


def processes_mentioning(folder: Path) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            if str(folder).encode() in (process / "cmdline").read_bytes():
                found.append(int(process.name))
    return found


@pytest.mark.parametrize(
    ("wrong", "reason"), [("migrations", "table cases is locked"), ("notify", "notify has no letter paper")]
)
def test_is_told_why_it_did_not_come_up(tmp_path: Path, wrong: str, reason: str) -> None:
    with installed(tmp_path / "data", wrong=wrong) as installation:
        assert installation.await_ready() == ""
        assert installation.process.wait() == 1
        assert reason in installation.said


def test_draws_ports_that_no_outgoing_connection_can_take() -> None:
    lowest_outgoing = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert all(1024 < free_port() < lowest_outgoing for _ in range(50))


def test_starts_the_real_services_and_migrations_unless_told_otherwise(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    assert settings.command("cases") == [sys.executable, "-P", "-m", "services.cases"]
    assert Supervisor(settings, print)._migrate == [sys.executable, "-P", "-m", "deploy.cli", "migrate"]
