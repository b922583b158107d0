"""An operator who reads docker-compose.yml before he trusts it …"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from deploy.compose import keep, setup
from deploy.compose.volumes import NOTED
from deploy.local.layout import Layout
from deploy.local.programs import POSTGRES_MAJOR
from deploy.postgres import roles, server
from services.assessment import config as assessment
from services.cases import config as cases
from services.intake import config as intake
from services.notify import config as notify
from shared.kernel.contracts import SERVICES
from shared.platform.messaging import settings

NOW = datetime(2026, 11, 27, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
ONE_SHOTS = ("setup", "migrate")
ON_DEMAND = ("demo", "tools", "doctor", "rebuild", "backup", "restore")
OBSERVABILITY = ("prometheus", "grafana")
WRITTEN = {
    "backup": {"/backups", "/backup-secrets", "/bihuan/noted"},
    "restore": {"/bihuan/secrets", "/var/lib/postgresql"},
}
"""Where what is asked for may write: what is made by it, and what is restored."""
LASTING = tuple(name for name in CONTAINERS if name not in (*ONE_SHOTS, *ON_DEMAND))
RAISED = {  # capabilities beyond none, each with its reason in the file
    "postgres": {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"},
    "gateway": {"NET_BIND_SERVICE"},
    "restore": {"CHOWN", "DAC_OVERRIDE", "FOWNER"},
}
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|KEY|PEPPER|KEK")
READERS: dict[str, Callable[[Mapping[str, str]], Any]] = {
    "intake": intake.read, "cases": cases.read, "assessment": assessment.read, "notify": notify.read,
}  # fmt: skip


def unset(value: str) -> str:
    """A value as Compose reads it for an operator who has set nothing: ${NAME:-default}, inner ones first."""
    while (filled := re.sub(r"\$\{\w+:-([^${}]*)\}", r"\1", value)) != value:
        value = filled
    return value


def environment(container: str) -> dict[str, str]:
    return {name: unset(value) for name, value in CONTAINERS[container].get("environment", {}).items()}


def mounts(container: str) -> dict[str, str]:
    """What it has mounted: target → volume or folder."""
    mounted = [unset(mount).split(":") for mount in CONTAINERS[container].get("volumes", [])]
    return {target: source for source, target, *_ in mounted}


def networks(container: str) -> set[str]:
    return set(CONTAINERS[container].get("networks", []))


def test_finds_the_containers_of_an_installation() -> None:
    assert set(CONTAINERS) == {
        *ONE_SHOTS, "postgres", "nats", "keeper", "rebuilder", "nightly", *SERVICES, "gateway", *ON_DEMAND,
        *OBSERVABILITY,
    }  # fmt: skip


@pytest.mark.parametrize("name", LASTING)
def test_sees_that_each_container_is_watched_and_comes_back(name: str) -> None:
    container = CONTAINERS[name]
    assert container["healthcheck"]["test"][0] == "CMD"
    assert container["restart"] == "always", "unless-stopped: an engine that crashed stops them, and leaves them so"


@pytest.mark.parametrize("name", CONTAINERS)
def test_sees_that_no_container_can_take_the_machine(name: str) -> None:
    container = CONTAINERS[name]
    assert container["deploy"]["resources"]["limits"].keys() == {"cpus", "memory", "pids"}
    assert container["logging"]["options"].keys() == {"max-size", "max-file"}


@pytest.mark.parametrize("name", ONE_SHOTS)
def test_sees_that_a_step_runs_once_and_is_waited_for(name: str) -> None:
    waiting = [each for each in CONTAINERS.values() if isinstance(each.get("depends_on"), dict)]
    conditions = [each["depends_on"][name]["condition"] for each in waiting if name in each["depends_on"]]
    assert CONTAINERS[name]["restart"] == "no"
    assert set(conditions) == {"service_completed_successfully"}, "else `up --wait` takes its end for a failure"


@pytest.mark.parametrize("name", CONTAINERS)
def test_sees_that_a_container_has_no_rights_that_it_does_not_need(name: str) -> None:
    container = CONTAINERS[name]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert set(container.get("cap_add", [])) == RAISED.get(name, set())
    assert container["security_opt"] == ["no-new-privileges:true"]


def test_sees_that_only_the_gateway_has_a_door_and_only_on_this_machine_unless_told_otherwise() -> None:
    assert {name for name, container in CONTAINERS.items() if container.get("ports")} == {"gateway", "grafana"}
    assert CONTAINERS["grafana"]["ports"] == ["127.0.0.1:${BIHUAN_GRAFANA_PORT:-3000}:3000"], "on this machine, always"
    assert CONTAINERS["gateway"]["ports"] == ["${BIHUAN_BIND:-127.0.0.1}:${BIHUAN_PORT:-8080}:8080"]


def test_sees_that_servers_are_reached_by_services_alone_and_tipsters_service_calls_nobody() -> None:
    inside = {name for name, network in COMPOSE["networks"].items() if network.get("internal")}
    assert inside == {"inner", "gateway", "observed"}
    assert networks("postgres") == networks("nats") == networks("migrate") == networks("restore") == {"inner"}
    assert CONTAINERS["setup"]["network_mode"] == "none"
    assert {name for name in CONTAINERS if not networks(name) <= inside} == {"notify", "gateway", "grafana"}
    assert "inner" not in networks("gateway")


@pytest.mark.parametrize("name", CONTAINERS)
def test_finds_no_secret_in_an_environment(name: str) -> None:
    for setting, value in environment(name).items():
        if "://" in value:
            assert urlsplit(value).password is None, setting
        elif SECRET.search(setting):
            assert value.startswith("/run/bihuan"), f"{setting} is to name a file"


@pytest.mark.parametrize("service", SERVICES)
def test_sees_that_a_service_has_its_own_secrets_and_connections_alone(service: str) -> None:
    volume = f"{service}-secrets"
    # demo and tools speak for everybody, with tokens that they sign; backups have all, and a doctor looks at all
    others = {"demo", "tools"} if service == "cases" else set()
    others |= {"backup", "nightly", "restore", "doctor"}
    assert {name for name in CONTAINERS if volume in mounts(name).values()} == {"setup", service} | others
    assert f"{volume}:/run/bihuan:ro" in CONTAINERS[service]["volumes"]
    given = {key: value for key, value in environment(service).items() if key.endswith("_DSN")}
    wanted = roles.connections(service).items()
    assert given == {setting: f"postgresql://{role}@postgres/{database}" for setting, (database, role) in wanted}


def test_sees_that_the_administrators_passwords_are_with_the_steps_and_what_is_asked_for_alone() -> None:
    having = {name for name in CONTAINERS if "administration" in mounts(name).values()}
    assert having == {*ONE_SHOTS, *ON_DEMAND, "nightly"} - {"rebuild"}
    assert CONTAINERS["nightly"]["profiles"] == ["nightly"], "it is there for who asks for it"


def test_sees_that_who_builds_read_tables_anew_has_what_that_needs_and_neither_vault_nor_accounts(
    tmp_path: Path,
) -> None:
    for name in ("rebuilder", "rebuild"):
        assert CONTAINERS[name]["volumes"] == ["rebuilder-secrets:/bihuan/secrets:ro"]
        assert networks(name) == {"inner"}
    assert mounts("setup")["/bihuan/configuration/rebuilder"] == "rebuilder-secrets"
    setup.make(Layout(tmp_path), NOW)
    given, secrets = tmp_path / "configuration" / "rebuilder", tmp_path / "secrets"
    files = {str(path.relative_to(given)) for path in given.rglob("*") if path.is_file()}
    assert files == {f"postgres/bihuan_{service}_owner" for service in SERVICES} | {
        "intake/receipt_pepper", "intake/receipt_lookup_pepper",
    }  # fmt: skip
    assert all((given / name).read_bytes() == (secrets / name).read_bytes() for name in files)


@pytest.mark.parametrize("name", ON_DEMAND)
def test_sees_that_what_is_asked_for_starts_only_then_and_starts_nothing(name: str) -> None:
    container = CONTAINERS[name]
    assert container["profiles"] == [name]
    assert container["restart"] == "no"
    assert "depends_on" not in container, "it would start services again that were set otherwise"
    written = {unset(mount).split(":")[1] for mount in container["volumes"] if not mount.endswith(":ro")}
    allowed = WRITTEN.get(name, set())
    assert {target for target in written if not any(target.startswith(place) for place in allowed)} == set()


def test_sees_that_observability_starts_when_asked_for_and_learns_what_is_measured_alone() -> None:
    asked_for = {name for name, container in CONTAINERS.items() if container.get("profiles") == ["observability"]}
    assert asked_for == set(OBSERVABILITY)
    assert networks("prometheus") == {"inner", "observed"}
    assert networks("grafana") == {"observed", "grafana"}, "it reaches Prometheus, and no server or service"
    assert all(mount.endswith(":ro") for mount in CONTAINERS["grafana"]["volumes"])
    for name in OBSERVABILITY:
        assert re.search(r":v?\d+\.\d+\.\d+$", CONTAINERS[name]["image"]), "what it understands changes with versions"
        shown = {source for source in mounts(name).values() if not source.startswith(".")}
        assert shown <= {"prometheus", "grafana-configuration"}


def test_sees_that_grafana_lets_nobody_in_without_the_password_that_was_made() -> None:
    told = environment("grafana")
    assert told["GF_AUTH_ANONYMOUS_ENABLED"] == told["GF_USERS_ALLOW_SIGN_UP"] == "false"
    assert told["GF_SECURITY_ADMIN_PASSWORD__FILE"] == "/run/bihuan/password"
    assert mounts("grafana")["/run/bihuan"] == mounts("setup")["/bihuan/configuration/grafana"]
    assert told["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"].startswith("/dashboards/")
    assert (ROOT / mounts("grafana")["/dashboards"] / "bihuan.json").is_file()


def test_sees_that_what_backup_completed_is_known_to_the_keeper() -> None:
    assert mounts("backup")[str(NOTED.data)] == mounts("keeper")[str(NOTED.data)]
    assert {name for name in CONTAINERS if "noted" in mounts(name).values()} == {"setup", "backup", "nightly", "keeper"}


@pytest.mark.parametrize("service", SERVICES)
def test_starts_a_service_that_understands_its_settings(service: str, tmp_path: Path) -> None:
    setup.make(Layout(tmp_path), NOW)
    told = environment(service) | {"BIHUAN_SECRETS": str(tmp_path / "secrets" / service)}
    if "BIHUAN_SMTP_URL_FILE" in told:  # what is mounted there for who has set nothing
        told["BIHUAN_SMTP_URL_FILE"] = mounts(service)[told["BIHUAN_SMTP_URL_FILE"]]
    found = READERS[service](told).settings
    assert (found.service, found.http_host, found.clock) == (service, setup.EVERYWHERE, "system")
    assert str(found.campaign) in mounts(service)
    assert told["BIHUAN_FONTS"] in mounts(service)
    assert found.public_url == "http://127.0.0.1:8080"
    for name in ("PGPASSFILE", "BIHUAN_NATS_NKEY_FILE", "BIHUAN_NATS_CA"):
        assert (found.secrets / Path(told[name]).name).is_file()


def test_who_has_half_of_another_key_is_told_so_when_the_service_starts(tmp_path: Path) -> None:
    for folder in ("here", "elsewhere"):
        setup.make(Layout(tmp_path / folder), NOW)
    here, elsewhere = (tmp_path / folder / "secrets/cases" for folder in ("here", "elsewhere"))
    told = environment("cases") | {"BIHUAN_SECRETS": str(here)}
    (here / "session_public.pem").write_bytes((elsewhere / "session_public.pem").read_bytes())
    with pytest.raises(settings.SettingMissing, match=r"other half of session_private\.pem; stop .* and start it"):
        cases.read(told)
    (here / "session_public.pem").unlink()
    with pytest.raises(settings.SettingMissing, match=r"session_public\.pem alone is made anew"):
        cases.read(told)


def test_gives_the_gateway_the_address_of_each_service() -> None:
    told = environment("gateway")
    for service in SERVICES:
        port = environment(service)["BIHUAN_HTTP_PORT"]
        assert told[f"BIHUAN_{service.upper()}"] == f"{service}:{port}"
        assert networks("gateway") & networks(service)


def test_sees_that_services_believe_the_gateway_alone_where_a_request_came_from() -> None:
    address = ip_address(unset(CONTAINERS["gateway"]["networks"]["gateway"]["ipv4_address"]))
    (pool,) = COMPOSE["networks"]["gateway"]["ipam"]["config"]
    assert address in ip_network(unset(pool["subnet"]))
    taken_by_docker = ("172.16.0.0/12", "192.168.0.0/16")
    assert not any(address in ip_network(one) for one in taken_by_docker), "else it is taken before us, now and then"
    assert address not in ip_network(unset(pool["ip_range"])), "else another container may have it before the gateway"
    for service in SERVICES:
        told = environment(service) | {"BIHUAN_SECRETS": "/nowhere"}
        assert settings.read(service, told).gateway == str(address)


def test_gives_the_servers_what_the_embedded_ones_get() -> None:
    postgres, nats = CONTAINERS["postgres"], CONTAINERS["nats"]
    assert postgres["environment"]["POSTGRES_INITDB_ARGS"].split() == [*server.INITDB, "--auth-host=scram-sha-256"]
    assert mounts("setup")["/bihuan/configuration/postgres"] == mounts("postgres")["/run/bihuan"]
    assert mounts("setup")["/bihuan/configuration/nats"] == mounts("nats")["/run/bihuan"]
    assert mounts("setup")["/bihuan/nats"] == mounts("nats")["/bihuan/nats"]
    assert str(setup.NATS_MONITOR_PORT) in nats["healthcheck"]["test"]
    assert nats["init"], "else its health check cannot end it"
    assert mounts("keeper") == {
        "/bihuan/nats": "nats", "/run/bihuan": "nats-configuration", str(NOTED.data): "noted",
        str(keep.POSTGRES): "postgres",
    }  # fmt: skip
    assert all(mount.endswith(":ro") for mount in CONTAINERS["keeper"]["volumes"])
    assert str(setup.NATS_READS) in mounts("nats")
    assert {environment(name)["BIHUAN_NATS_URL"] for name in (*SERVICES, "migrate")} == {
        f"nats://nats:{setup.NATS_PORT}"
    }


def test_sees_the_step_before_the_services_trust_the_bus_by_its_authority(tmp_path: Path) -> None:
    setup.make(Layout(tmp_path), NOW)
    authority = Path(environment("migrate")["BIHUAN_NATS_CA"]).relative_to("/bihuan/secrets")
    assert mounts("migrate")["/bihuan/secrets"] == mounts("setup")["/bihuan/secrets"]
    assert (tmp_path / "secrets" / authority).is_file()


def test_finds_the_major_version_of_the_embedded_database_and_its_files_in_the_volume() -> None:
    postgres = CONTAINERS["postgres"]
    assert postgres["image"] == f"postgres:{POSTGRES_MAJOR}"
    data = environment("postgres")["PGDATA"]
    assert data == f"/var/lib/postgresql/{POSTGRES_MAJOR}/docker", "where the image looks for an older version's files"
    assert "/var/lib/postgresql" in mounts("postgres"), "else the files are in a volume that goes with its container"


def test_finds_every_volume_of_the_first_step_prepared_in_the_image() -> None:
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text()
    prepared = {folder.replace("/volumes", "/bihuan") for folder in re.findall(r"/volumes/[\w/]+", dockerfile)}
    volumes = set(mounts("setup")) - {"/campaign.yaml"}
    assert volumes <= prepared, "else root owns the volume, and the first step may not write"


def test_uses_named_volumes_that_exist() -> None:
    used = {source for name in CONTAINERS for source in mounts(name).values() if not source.startswith((".", "/"))}
    assert used == set(COMPOSE["volumes"])
