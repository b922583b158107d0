"""An operator who is called by an alert, or looks at the dashboard …"""

from __future__ import annotations

import json
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.cli import examination, judging
from deploy.compose import setup
from deploy.compose.volumes import configuration
from deploy.grafana import dashboard
from deploy.local import backups
from deploy.local.figures import Figures
from deploy.local.layout import Layout
from deploy.nats import certificates
from tests.support.promtool import promtool

ROOT = Path(__file__).resolve().parents[2]
PROMETHEUS, GRAFANA = ROOT / "deploy" / "prometheus", ROOT / "deploy" / "grafana"
RULES, TESTS = sorted(PROMETHEUS.glob("rules/*.yml")), sorted(PROMETHEUS.glob("tests/*.yml"))
NOW = datetime(2026, 11, 27, tzinfo=UTC)
COVERED = {  # a line of `doctor` → the alerts that say the same
    "disk": {"BihuanDiskFull", "BihuanDiskFills"},
    "clock": {"BihuanClockApart"},
    "calendar": {"BihuanCalendarEnds"},
    "version": {"BihuanPostgresBehind"},
    "ready": {"BihuanServiceDown", "BihuanDatabaseAway", "BihuanPartEnded"},
    "secrets": {"BihuanServiceDown", "BihuanVaultClosed"},  # without them a service ends, or says that of its vault
    "key pairs": {"BihuanServiceDown", "BihuanEventsSentAgain"},
    "certificates": {"BihuanCertificateEndsSoon", "BihuanCertificateEnded"},
    "mail": {"BihuanMailFails"},
    "flow": {"BihuanRelayLags", "BihuanConsumerLags", "BihuanEventsParked", "BihuanTimersParked", "BihuanTimersLate"},
    "backup": {"BihuanNoBackup", "BihuanBackupOld", "BihuanBackupVeryOld"},
}


def rules() -> list[dict[str, Any]]:
    return [rule for path in RULES for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]]


EXPRESSIONS = {rule["alert"]: " ".join(rule["expr"].split()) for rule in rules()}


def told(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([promtool(), *map(str, arguments)], capture_output=True, text=True, check=False)


# --- the rules ---


def test_has_rules_that_prometheus_accepts() -> None:
    for arguments in (("config", PROMETHEUS / "prometheus.yml"), ("rules", "--lint-fatal", *RULES)):
        checked = told("check", *arguments)
        assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_is_called_when_something_is_wrong_and_not_otherwise(path: Path) -> None:
    checked = told("test", "rules", path)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_rule_whose_limit_was_changed_is_noticed(tmp_path: Path) -> None:
    for path in (*RULES, *TESTS):
        copy = tmp_path / path.parent.name / path.name
        copy.parent.mkdir(exist_ok=True)
        copy.write_text(path.read_text().replace("> 1000", "> 2000"))
    assert told("test", "rules", tmp_path / "tests" / "flow.yml").returncode != 0


def test_every_alert_was_seen_to_fire_in_a_test() -> None:
    fired = {name for path in TESTS for name in re.findall(r'{alertname="(\w+)"', path.read_text())}
    assert fired == set(EXPRESSIONS)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_is_told_in_both_languages_what_is_wrong_and_what_to_type(rule: dict[str, Any]) -> None:
    assert rule["labels"] in ({"severity": "critical"}, {"severity": "warning"})
    summary, runbook = rule["annotations"]["summary"], rule["annotations"]["runbook"]
    assert rule["annotations"].keys() == {"summary", "runbook"}
    chinese, _, english = summary.partition(" / ")
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert re.search(r"[a-z]{3}", english)
    assert re.search(r"docker |df -h|timedatectl|journalctl|docs/operating\.md", runbook)


def test_is_called_about_all_that_the_doctor_looks_at() -> None:
    assert {name for name, _ in examination.LOOKS} == set(COVERED)
    assert set().union(*COVERED.values()) <= set(EXPRESSIONS)


def test_is_called_at_the_limits_of_the_doctor() -> None:
    (major,) = judging.POSTGRES_SECURITY
    limits = {
        "BihuanRelayLags": f"> {judging.LAGGING}",
        "BihuanConsumerLags": f"> {judging.LAGGING}",
        "BihuanTimersLate": f"> {judging.LATE.seconds}",
        "BihuanClockApart": f"> {judging.CLOCKS_APART.seconds}",
        "BihuanDiskFull": f"< {judging.LEAST_FREE // judging.GIB} * 1024 ^ 3",
        "BihuanDiskFills": f"< {judging.LITTLE_FREE // judging.GIB} * 1024 ^ 3",
        "BihuanCertificateEndsSoon": f"< {judging.CERTIFICATE_SOON.days} * 86400",
        "BihuanPostgresBehind": f"< {major * 10000 + judging.POSTGRES_SECURITY[major][0]}",
    }
    assert {name: limit in EXPRESSIONS[name] for name, limit in limits.items()} == dict.fromkeys(limits, True)


# --- the dashboard ---


def test_sees_the_dashboard_that_the_code_describes() -> None:
    assert dashboard.FILE.read_text("utf-8") == dashboard.text(), "python -m deploy.grafana.dashboard"
    (source,) = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text())["datasources"]
    assert source["uid"] == dashboard.SOURCE["uid"]


def test_sees_no_panel_upon_another() -> None:
    taken: set[tuple[int, int]] = set()
    panels = json.loads(dashboard.text())["panels"]
    for panel in panels:
        place = panel["gridPos"]
        own = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not own & taken, panel["title"]
        assert place["x"] + place["w"] <= dashboard.WIDTH
        taken |= own
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_has_a_dashboard_whose_questions_prometheus_understands(tmp_path: Path) -> None:
    asked = [{"record": f"asked:{n}", "expr": expression} for n, expression in enumerate(dashboard.expressions())]
    (tmp_path / "asked.yml").write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": asked}]}))
    checked = told("check", "rules", tmp_path / "asked.yml")
    assert checked.returncode == 0, checked.stdout + checked.stderr


# --- beside docker compose ---


def test_has_a_password_of_his_own_for_grafana_that_stays(tmp_path: Path) -> None:
    found = set()
    for folder in ("here", "here", "elsewhere"):
        setup.make(Layout(tmp_path / folder), NOW)
        path = configuration(Layout(tmp_path / folder), "grafana") / "password"
        assert path.stat().st_mode & 0o777 == 0o600
        found.add(path.read_text())
    assert len(found) == 2
    assert min(map(len, found)) >= 32


# --- what no service can know ---


def figures_of(told: Figures) -> dict[str, float]:
    """Name, and label where there is one → value."""
    return {
        f"{sample.name}{''.join(f' {value}' for value in sample.labels.values())}": sample.value
        for family in told.collect()
        for sample in family.samples
    }


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    path = tmp_path / "tls.crt"
    path.write_bytes(certificates.authority(certificates.new_key(), b"", NOW))
    return path


def test_is_told_of_disks_certificates_and_the_last_backup(tmp_path: Path, certificate: Path) -> None:
    told = Figures({"data": tmp_path}, {"gateway": certificate}, Layout(tmp_path), pytest.fail)
    found = figures_of(told)
    assert 0 < found["bihuan_disk_free_bytes data"] < found["bihuan_disk_size_bytes data"]
    ends = NOW + certificates.AUTHORITY_LIFE
    assert found["bihuan_certificate_ends_timestamp_seconds gateway"] == ends.timestamp()
    assert found["bihuan_backup_timestamp_seconds"] == 0
    backups.remember(Layout(tmp_path), Path("/backups") / backups.name_of(NOW))
    assert figures_of(told)["bihuan_backup_timestamp_seconds"] == NOW.timestamp()
    assert found["bihuan_figures_unreadable"] == 0


def test_is_told_that_a_figure_is_not_known_and_once_why(tmp_path: Path) -> None:
    (tmp_path / "broken.crt").write_text("no certificate")
    (tmp_path / backups.LAST).write_text("/backups/yesterday")
    said: list[str] = []
    whose = {"gateway": tmp_path / "broken.crt", "bus": tmp_path / "none.crt"}
    told = Figures({"nats": tmp_path / "none"}, whose, Layout(tmp_path), said.append)
    for _ in range(2):
        assert figures_of(told) == {"bihuan_figures_unreadable": 4}
    assert len(said) == 4
