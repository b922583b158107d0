"""An operator with Docker types `docker compose up -d --wait` …

Needs Docker with Compose and the images that docker-compose.yml names, and takes minutes: the ordinary run does not
collect this file. By name:

    ./bihuan test tests/deploy/compose_on_docker.py
"""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import httpx
import pytest

from shared.kernel.campaign import load
from shared.kernel.contracts import SERVICES
from tests.deploy.stack import ROOT, Stack
from tests.deploy.waiting import eventually

HEALTHY_SECONDS = 90
SERVICES_MIB = 700
ENDS = {"cases": "kill -9 -1", "nats": "kill 1"}  # a service runs below an init, which goes when it has gone
LOOK_INTO_THE_VAULT = """
import psycopg
password = open("/run/bihuan/pgpass").readline().strip().rsplit(":", 1)[1]
psycopg.connect(host="postgres", dbname="bihuan_vault", user="bihuan_notify_writer", password=password)
"""

GREET_THE_BUS = """
import socket, ssl
context = ssl.create_default_context(cafile="/run/bihuan/nats_ca.pem")
with context.wrap_socket(socket.create_connection(("nats", 4222)), server_hostname="nats") as connection:
    print("verified", connection.version())
"""


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    stack = Stack()
    stack.compose("build")
    try:
        stack.up()
        yield stack
    finally:
        stack.compose("down", "--volumes", "--remove-orphans")
        stack.docker("image", "rm", stack.image)


def test_has_everything_healthy_within_90_seconds(stack: Stack) -> None:
    print(f"\nhealthy after {stack.seconds_to_healthy:.1f} s")
    for name in (*SERVICES, "postgres", "nats", "gateway"):
        assert stack.inspect(name, ".State.Health.Status") == "healthy"
    assert stack.seconds_to_healthy < HEALTHY_SECONDS


def test_finds_a_tip_go_round_to_the_public_feed(stack: Stack) -> None:
    with stack.signed_in() as client:
        before = len(stack.cases_opened(client))
        receipt = stack.post_tip()["receipt"]
        opened = eventually(lambda: stack.cases_opened(client)[before:])
        assert len(opened) == 1
        assert client.get(f"/cases/{opened[0]['subject']}").status_code == 200
        assert client.get(f"/api/intake/v1/receipts/{receipt}").status_code == 200


def test_spends_less_than_700_mebibytes_on_the_four_services(stack: Stack) -> None:
    said = stack.docker("stats", "--no-stream", "--format", "{{.MemUsage}}", *(map(stack.container, SERVICES)))
    units = {"KiB": 1 / 1024, "MiB": 1.0, "GiB": 1024.0}
    used = [float(number) * units[unit] for number, unit in re.findall(r"^([\d.]+)(\w+) /", said, re.MULTILINE)]
    print(f"\n{dict(zip(SERVICES, used, strict=True))} MiB")
    assert sum(used) < SERVICES_MIB


def test_gets_services_that_can_write_nothing_and_read_their_own_secrets_alone(stack: Stack) -> None:
    assert stack.run_in("notify", "id", "-u").strip() == "10001"
    with pytest.raises(AssertionError, match="Read-only file system"):
        stack.run_in("notify", "touch", "/run/bihuan/nats.nk")
    events = {f"events_{way}_{other}" for way in ("to", "from") for other in SERVICES if other != "notify"}
    own = {"address_pepper", "nats.nk", "nats_ca.pem", "pgpass", "session_public.pem"}
    assert set(stack.run_in("notify", "ls", "/run/bihuan").split()) == own | events
    with pytest.raises(AssertionError, match="permission denied for database"):
        stack.run_in("notify", "python", "-c", LOOK_INTO_THE_VAULT)


def test_has_a_bus_whose_authority_other_agencies_are_given(stack: Stack, tmp_path: Path) -> None:
    stack.compose("cp", "cases:/run/bihuan/nats_ca.pem", str(tmp_path))
    assert (tmp_path / "nats_ca.pem").read_text() == stack.run_in("notify", "cat", "/run/bihuan/nats_ca.pem")
    assert "verified TLSv1.3" in stack.run_in("intake", "python", "-c", GREET_THE_BUS)


def test_shows_no_password_to_who_may_look_at_containers_and_logs(stack: Stack) -> None:
    passwords = [line.split("\t")[1] for line in stack.accounts().splitlines()]
    passwords.append(stack.run_in("postgres", "cat", "/run/bihuan/password"))
    for service in SERVICES:
        passwords += [line.rsplit(":", 1)[1] for line in stack.run_in(service, "cat", "/run/bihuan/pgpass").split()]
    everybody = stack.compose("ps", "--all", "--quiet").split()
    shown = stack.docker("inspect", *everybody) + stack.compose("logs")
    assert len(passwords) > len(SERVICES)
    assert not [password for password in passwords if password in shown]


def test_has_a_killed_service_back_without_doing_anything(stack: Stack) -> None:
    def restarted(service: str) -> bool:
        return bool(stack.inspect(service, ".RestartCount") == 1)

    for service, command in ENDS.items():
        with suppress(AssertionError):  # the container may be gone before its shell has said that all is well
            stack.run_in(service, "sh", "-c", command)
        eventually(partial(restarted, service))
    eventually(lambda: all(stack.inspect(name, ".State.Health.Status") == "healthy" for name in ENDS))
    with stack.signed_in() as client:
        before = len(stack.cases_opened(client))
        stack.post_tip()
        eventually(lambda: len(stack.cases_opened(client)) == before + 1)


def test_has_the_operators_commands_in_a_container(stack: Stack) -> None:
    def asked(service: str, token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{stack.url}/api/{service}/v1/dead-letters"
        return httpx.get(url, headers=headers, trust_env=False, timeout=30).status_code

    given = json.loads(stack.tools("token", "--role", "admin", "--name", "for a look", "--json"))
    assert {service: asked(service, given["token"]) for service in SERVICES} == dict.fromkeys(SERVICES, 200)
    listed = json.loads(stack.tools("tokens", "list", "--json"))["tokens"]
    assert [one["state"] for one in listed if one["id"] == given["id"]] == ["active"]
    stack.tools("tokens", "revoke", given["id"])
    eventually(lambda: all(asked(service, given["token"]) == 401 for service in SERVICES))
    assert json.loads(stack.tools("deadletters", "list", "--json")) == {"items": []}
    names = {one["name"] for one in json.loads(stack.tools("accounts", "list", "--json"))["accounts"]}
    assert names == {line.split("\t")[0] for line in stack.accounts().splitlines()}
    added = json.loads(stack.tools("accounts", "add", "second", "--person", "p-zezhou-1", "--role", "county", "--json"))
    assert added["unit"] == "140525"
    with pytest.raises(AssertionError, match="there is an account second already"):
        stack.tools("accounts", "add", "second", "--person", "p-zezhou-1", "--role", "county")


def test_is_shown_the_units_of_his_own_campaign_by_the_command_for_tokens(stack: Stack) -> None:
    (other,) = (ROOT / "tests/support/campaigns").glob("*.yaml")
    units = [county.code for county in load(other).units]
    stack.environment["BIHUAN_CAMPAIGN_FILE"] = str(other)
    try:
        given = json.loads(stack.tools("token", "--role", "county", "--unit", units[0], "--json"))
    finally:
        del stack.environment["BIHUAN_CAMPAIGN_FILE"]
    assert given["unit"] == units[0]


def test_is_told_which_services_hold_half_of_another_key_and_a_new_start_mends_it(stack: Stack) -> None:
    stack.compose("run", "--rm", "--entrypoint", "rm", "setup", "/bihuan/secrets/cases/session_private.pem")
    stack.compose("run", "--rm", "setup")  # the services run on with what they have read
    with pytest.raises(AssertionError, match=r"intake、cases、assessment、notify: session_public\.pem"):
        stack.tools("token", "--role", "office")
    stack.compose("down")
    stack.up()
    assert stack.tools("token", "--role", "office").count(".") == 2


def test_is_told_why_a_real_installation_is_never_played_into(stack: Stack) -> None:
    with pytest.raises(AssertionError, match=r"BIHUAN_CLOCK=row docker compose up -d --wait"):
        stack.compose("run", "--rm", "--no-TTY", "demo")


def test_sees_the_whole_campaign_played_on_simulated_time(stack: Stack) -> None:
    simulated = Stack("simulated", BIHUAN_CLOCK="row")
    simulated.image = stack.image
    try:
        simulated.up()
        found = json.loads(simulated.compose("run", "--rm", "--no-TTY", "demo", "--json"))
        assert found["tips"] > 200
        assert all(found["invariants"].values()), found["invariants"]
        with pytest.raises(AssertionError, match="There are tips here already"):
            simulated.compose("run", "--rm", "--no-TTY", "demo")
    finally:
        simulated.compose("down", "--volumes", "--remove-orphans")


def test_who_takes_it_down_and_up_again_has_what_there_was(stack: Stack) -> None:
    accounts = stack.accounts()
    with stack.signed_in() as client:
        before = stack.cases_opened(client)
    stack.compose("down")
    stack.up()
    assert stack.accounts() == accounts
    with stack.signed_in() as client:
        assert before == stack.cases_opened(client) != []


def test_who_destroys_it_all_leaves_nothing_behind_also_of_what_was_asked_for_and_never_ended(stack: Stack) -> None:
    stack.compose("run", "--no-TTY", "tools", "accounts", "list")  # without --rm
    stack.compose("run", "--detach", "--entrypoint", "sleep", "tools", "300")
    stack.destroy()
    assert stack.left_behind() == ""
