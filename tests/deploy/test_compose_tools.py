"""An operator types `docker compose run --rm tools …` …"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from deploy.cli import accounts, deadletters, rebuild, token, tokens
from deploy.compose import setup, tools
from deploy.compose.installation import SERVICES_PORT, Composed
from deploy.local.layout import Layout
from deploy.local.ports import free_port
from deploy.local.state import NotRunning
from shared.kernel.campaign import load
from shared.kernel.contracts import SERVICES
from shared.kernel.roles import ROLES
from shared.platform.web.problems import NotSignedIn
from shared.platform.web.session import SessionVerifier

NOW = datetime(2026, 11, 27, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
CAMPAIGN = ROOT / "deploy/campaigns/jincheng-2021.yaml"
(OTHER_CAMPAIGN,) = (ROOT / "tests/support/campaigns").glob("*.yaml")


@dataclass(frozen=True)
class Reached(Composed):
    """The containers' installation, whose services are reached at one address here."""

    address: str = ""

    def url(self, service: str) -> str:
        return self.address


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """The volumes after setup, and no server anywhere."""
    setup.make(Layout(tmp_path), NOW)
    monkeypatch.setenv("BIHUAN_CAMPAIGN", str(CAMPAIGN))
    monkeypatch.setenv("PGHOST", "127.0.0.1")
    monkeypatch.setenv("PGPORT", str(free_port()))
    return Layout(tmp_path)


@contextmanager
def services(layout: Layout) -> Iterator[Reached]:
    """Four services that know the keys in their folders, and have no dead letters."""
    keys = {name: (layout.secrets / name / "session_public.pem").read_bytes() for name in SERVICES}
    verifiers = {name: SessionVerifier(key, ROLES) for name, key in keys.items()}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status = 200
            body: dict[str, Any] = {"items": [], "next": None}
            try:
                verifiers[self.path.split("/")[2]].verify(self.headers["Authorization"].removeprefix("Bearer "))
            except NotSignedIn as error:
                status, body = 401, {"detail": error.detail}
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            """Silent."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Reached(layout, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()


def test_is_told_which_commands_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert tools.main(["acounts"]) == tools.main([]) == 2
    assert capsys.readouterr().err.count("docker compose run --rm tools token|tokens|accounts") == 2


@pytest.mark.parametrize("command", tools.COMMANDS)
def test_reads_of_each_command_what_to_type_here_and_of_no_data_directory(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="0"):
        tools.main([command, "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert f"docker compose run --rm tools {command}" in told
    assert "--data" not in told
    assert "./bihuan" not in told


@pytest.mark.parametrize("main", [token.main, tokens.main, accounts.main, deadletters.main, rebuild.main])
def test_finds_the_same_options_as_without_containers(
    main: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    options = []
    for given in ((), (Composed(),)):
        for action in ([], ["list"]):
            with pytest.raises(SystemExit):
                main([*action, "--help"], *given)
        options.append(set(re.findall(r"--\w+", capsys.readouterr().out)) - {"--data", "--rm"})
    assert options[0] == options[1]


def test_who_has_not_started_anything_is_told_to(tmp_path: Path) -> None:
    with pytest.raises(NotRunning, match="docker compose up -d --wait"):
        Composed(Layout(tmp_path)).dsn("bihuan_access")


def test_who_has_not_started_anything_gets_no_token(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BIHUAN_CAMPAIGN", str(CAMPAIGN))
        assert token.main(["--role", "office"], Composed(Layout(tmp_path))) == 2
        assert deadletters.main(["list"], Composed(Layout(tmp_path))) == 2
    assert capsys.readouterr().err.count("first: docker compose up -d --wait") == 2


def test_asks_each_database_as_its_owner(layout: Layout) -> None:
    told = psycopg.conninfo.conninfo_to_dict(Composed(layout).dsn("bihuan_access"))
    password = (layout.secrets / "postgres" / "bihuan_access_owner").read_text()
    assert (told["user"], told["password"]) == ("bihuan_access_owner", password)
    assert "host" not in told


def test_asks_each_service_where_it_listens() -> None:
    for service in SERVICES:
        assert Composed().url(service) == f"http://{service}:{SERVICES_PORT}"
        assert COMPOSE[service]["environment"]["BIHUAN_HTTP_PORT"] == str(SERVICES_PORT)


def test_is_shown_the_units_of_the_campaign_that_is_mounted(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BIHUAN_CAMPAIGN", str(OTHER_CAMPAIGN))
    assert token.main(["--role", "county", "--unit", "140525"], Composed(layout)) == 2
    told = capsys.readouterr().err
    assert all(f"  {county.code}  " in told for county in load(OTHER_CAMPAIGN).units)
    assert "  140525  " not in told


def test_is_given_no_token_that_a_database_which_does_not_answer_could_not_record(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    with services(layout) as installation:
        assert token.main(["--role", "office"], installation) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "127.0.0.1" in told.err


@pytest.mark.parametrize("service", SERVICES)
def test_is_told_which_service_holds_half_of_another_key_instead_of_getting_a_token_for_401(
    service: str, layout: Layout, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = Layout(tmp_path_factory.mktemp("elsewhere"))
    setup.make(elsewhere, NOW)
    half = Path(service) / "session_public.pem"
    (layout.secrets / half).write_bytes((elsewhere.secrets / half).read_bytes())
    with services(layout) as installation:
        assert token.main(["--role", "office"], installation) == 1
        told = capsys.readouterr()
        assert deadletters.main(["list", "--service", service], installation) == 1
        also = capsys.readouterr()
    assert told.out == also.out == ""
    assert f"{service}: session_public.pem" in told.err
    assert "docker compose down && docker compose up -d --wait" in told.err
    assert also.err == told.err


def test_lists_what_is_parked(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    with services(layout) as installation:
        assert deadletters.main(["list", "--json"], installation) == 0
    assert json.loads(capsys.readouterr().out) == {"items": []}
