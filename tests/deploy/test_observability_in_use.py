"""What rules and dashboard ask for is there: an installation as a person starts it, and what it tells Prometheus."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from deploy.grafana import dashboard
from deploy.local import backups
from deploy.local.layout import Layout, Lock
from deploy.local.ports import free_port
from deploy.local.state import LOCK
from deploy.nats import certificates
from shared.kernel.contracts import SERVICES
from tests.deploy.test_observability import EXPRESSIONS, NOW, ROOT, rules
from tests.deploy.waiting import eventually
from tests.support.waiting import address_when_ready

TIP = {"text": "巴公镇一家气体充装站给超期没检验的气瓶充装，夜里装车拉走。"}
SELECTED = re.compile(r"\b(bihuan_\w+|process_\w+|up)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')
OF_THE_TARGET = {"service", "instance"}
OF_PROMETHEUS = {"up", "ALERTS"}
COMES = {"status": {"5xx", "3xx"}}
"""Values of labels that a series gets once something happens which did not happen here."""


@dataclass(frozen=True)
class Told:
    """By metric: its series, each as label → value, with the service's name among them."""

    series: dict[str, list[dict[str, str]]]

    def names(self, metric: str) -> set[str]:
        return {label for one in self.series[metric] for label in one}

    def values(self, metric: str, label: str) -> set[str]:
        return {one.get(label, "") for one in self.series[metric]}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """What a Prometheus of this machine is told by everything that it finds, after a tip by each way."""
    folder = tmp_path_factory.mktemp("observed")
    data, log = folder / "data", folder / "up.log"
    (folder / "tls.crt").write_bytes(certificates.authority(certificates.new_key(), b"", NOW))
    mail = {"BIHUAN_SMTP_URL": f"smtp://127.0.0.1:{free_port()}", "BIHUAN_SMTP_SENDER": "bihuan@jincheng.example"}
    given = os.environ | mail | {"BIHUAN_CERTIFICATE_FOLDER": str(folder), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-P", "-m", "deploy.cli", "up", "--data", str(data), "--port", str(free_port())]
    with log.open("w") as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, cwd=ROOT, env=given)
    lock = Lock(Layout.of(data), LOCK)
    try:
        url = address_when_ready(log, process)
        backups.remember(Layout(data), folder / backups.name_of(NOW))
        with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
            assert client.post("/api/intake/v1/tips", json=TIP).status_code == 201
            assert client.post("/", data=TIP | {"once": "one"}).status_code == 201
        targets = Layout.of(data).targets_file
        eventually(lambda: "bihuan_relay_lag" in scraped(targets))  # of the first events
        yield Told(scraped(targets))
    finally:
        process.terminate()
        process.wait(60)
        eventually(lambda: lock.holder() is None)
    assert not Layout.of(data).targets_file.exists(), "who has stopped is no target"


def scraped(targets: Path) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for entry in json.loads(targets.read_text()):
        (address,) = entry["targets"]
        text = httpx.get(f"http://{address}/metrics", trust_env=False, timeout=30).text
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                found.setdefault(sample.name, []).append({**sample.labels, **entry["labels"]})
    return found


def everything_asked() -> list[str]:
    return [*EXPRESSIONS.values(), *dashboard.expressions()]


def test_everybody_is_a_target_also_beside_docker_compose(told: Told) -> None:
    assert told.values("bihuan_ready", "service") == set(SERVICES)
    assert told.values("bihuan_disk_free_bytes", "service") == {"keeper"}
    (job,) = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())["scrape_configs"]
    assert set(job["dns_sd_configs"][0]["names"]) == {*SERVICES, "keeper"}
    asked = re.findall(r'up\{service="(\w+)"\}', EXPRESSIONS["BihuanServiceDown"])
    assert set(asked) == {*SERVICES, "keeper"}


@pytest.mark.parametrize("expression", everything_asked())
def test_every_metric_that_is_asked_for_is_told_with_these_labels(told: Told, expression: str) -> None:
    for metric, matchers in SELECTED.findall(expression):
        if metric in OF_PROMETHEUS:
            continue
        assert metric in told.series, f"{metric}: nobody tells it"
        for label, operator, value in MATCHER.findall(matchers):
            assert label in told.names(metric), f"{metric} has no label {label}"
            if not operator.startswith("!"):
                wanted = set(value.split("|")) if operator == "=~" else {value}
                assert wanted - COMES.get(label, set()) <= told.values(metric, label), f"{metric}: {label}"


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alert_names_what_its_metric_has(told: Told, rule: dict[str, str]) -> None:
    metrics = [metric for metric, _ in SELECTED.findall(rule["expr"]) if metric not in OF_PROMETHEUS]
    known = OF_THE_TARGET.union(*(told.names(metric) for metric in metrics))
    for kept in re.findall(r"by \(([^)]*)\)", rule["expr"]):
        known &= set(kept.replace(" ", "").split(","))
    assert set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"]))) <= known


def test_every_check_of_readiness_has_its_alert(told: Told) -> None:
    watched = re.findall(r'bihuan_ready\{check="([^"]+)"\} == 0', " ".join(EXPRESSIONS.values()))
    assert sorted(watched) == sorted(told.values("bihuan_ready", "check"))


def test_labels_are_bounded(told: Told) -> None:
    own = {name: series for name, series in told.series.items() if name.startswith("bihuan_")}
    labels = {label for series in own.values() for one in series for label in one}
    assert labels <= {
        "check", "feed", "le", "method", "name", "outcome", "producer", "route", "service", "status", "table", "what",
        "whose",
    }  # fmt: skip
    assert not re.search(r"\d{4}", "".join(told.values("bihuan_http_requests_total", "route")))
