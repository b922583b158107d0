"""The dashboard of an installation as code: rows of panels, each with its queries, laid out from left to right.

`python -m deploy.grafana.dashboard` writes `dashboards/bihuan.json`, which Grafana reads; a test compares them. What is
asked for is told by /metrics of the services and the keeper (docs/operating.md, “Is it well?”), and by Prometheus of
its own rules. Labels are those of the metrics, all of them bounded. How many cases are open or overdue is no metric: it
is on the desk, for those who may see it; here is what the office did about them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("dashboards") / "bihuan.json"
SOURCE = {"type": "prometheus", "uid": "bihuan-prometheus"}
WIDTH = 24  # of Grafana's grid
ASKED_BY_MACHINES = "/ready|/health|/metrics"
STAY_OPEN = ".*(/stream|/events)"
"""Routes whose answer may wait for the next event: how long they took says nothing."""
ALARM: Sequence[tuple[str, float | None]] = (("green", None), ("red", 1))
WELL: Sequence[tuple[str, float | None]] = (("red", None), ("green", 1))


@dataclass(frozen=True)
class Panel:
    """One panel. `queries`: expression → legend. `steps`: colour → from which value on, for kinds that have colours.
    `width` of 24, `height` in grid units."""

    title: str
    queries: Mapping[str, str]
    kind: str = "timeseries"
    unit: str = "short"
    width: int = 8
    height: int = 7
    steps: Sequence[tuple[str, float | None]] = (("green", None),)
    told: str = ""


@dataclass(frozen=True)
class Row:
    """A heading with its panels below."""

    title: str
    panels: Sequence[Panel] = field(default_factory=tuple)


def _requests(*more: str) -> str:
    return "bihuan_http_requests_total{" + ", ".join(more) + "}"


GIVEN = _requests('method="POST"', 'status=~"2xx|3xx"')
FAILED = _requests('status="5xx"', 'route!="/ready"')
TIPS = _requests('service="intake"', 'method="POST"', 'route=~"/api/intake/v1/tips|/"', 'status=~"2xx|3xx"')
ROWS = (
    Row(
        "是否正常 Is it well?",
        (
            Panel("告警 Alerts", {'count(ALERTS{alertstate="firing"}) or vector(0)': ""}, "stat", width=4, steps=ALARM),
            Panel(
                "正在告警 What fires", {'ALERTS{alertstate="firing"}': ""}, "table", width=12,
                told="该输入什么，见 Alerting → Alert rules / what to type: there",
            ),
            Panel("在应答 Answering", {"sum by (service) (up)": "{{service}}"}, "stat", width=8, steps=WELL),
            Panel(
                "就绪 Ready, by check", {"min by (service, check) (bihuan_ready)": "{{service}} {{check}}"},
                "state-timeline", width=24, height=14, steps=WELL,
            ),
        ),
    ),
    Row(
        "流量 Flow",
        (
            Panel("举报 Tips", {f"sum(rate({TIPS}[5m]))": "tips"}, unit="reqps"),
            Panel("命令 Commands", {f"sum by (service) (rate({GIVEN}[5m]))": "{{service}}"}, unit="reqps"),
            Panel(
                "耗时 Latency, 95 %",
                {
                    "histogram_quantile(0.95, sum by (service, le) (rate(bihuan_http_request_seconds_bucket"
                    f'{{route!~"{ASKED_BY_MACHINES}|{STAY_OPEN}"}}[5m])))': "{{service}}",
                },
                unit="s",
            ),
            Panel(
                "失败 Failures",
                {f"sum by (service) (rate({FAILED}[5m]))": "{{service}}"},
                unit="reqps",
            ),
            Panel(
                "发出 Sent to the bus",
                {"sum by (service, feed) (rate(bihuan_relay_events_total[5m]))": "{{service}} {{feed}}"}, unit="eps",
            ),
            Panel(
                "接收 Taken in",
                {"sum by (service, producer) (rate(bihuan_inbox_events_total[5m]))": "{{producer}} → {{service}}"},
                unit="eps",
            ),
        ),
    ),
    Row(
        "滞后 Lag",
        (
            Panel("未发出 Relay", {"max by (service, feed) (bihuan_relay_lag)": "{{service}} {{feed}}"}),
            Panel("未接收 Consumers", {"max by (service, producer) (bihuan_inbox_lag)": "{{producer}} → {{service}}"}),
            Panel("定时迟到 Timers", {"max by (service) (bihuan_timers_late_seconds)": "{{service}}"}, unit="s"),
            Panel("停滞 Standing still", {"max by (service, what) (bihuan_standing_seconds)": "{{service}} {{what}}"},
                  unit="s"),
            Panel("写入等待 Commands wait", {"max by (service) (bihuan_lane_standing_seconds)": "{{service}}"},
                  unit="s"),
            Panel("总线缺少 Missing on the bus",
                  {"max by (service, feed) (bihuan_reconciler_missing)": "{{service}} {{feed}}"}),
        ),
    ),
    Row(
        "搁置 Put aside",
        (
            Panel("事件 Events", {"max by (service) (bihuan_dead_letters)": "{{service}}"}, "stat", steps=ALARM),
            Panel("定时 Timers", {"max by (service) (bihuan_timers_parked)": "{{service}}"}, "stat", steps=ALARM),
            Panel("待补办 Missed by handlers",
                  {"max by (service) (bihuan_inbox_missed)": "{{service}}"}, "stat", steps=ALARM),
        ),
    ),
    Row(
        "办公室的一天 The office's day",
        (
            Panel("今日举报 Tips of 24 h", {f"sum(increase({TIPS}[1d]))": "tips"}, "stat", width=4, height=10),
            Panel(
                "24 小时内的办理 What was done in 24 h",
                {
                    "topk(20, round(sum by (route) (increase("
                    + _requests('service=~"cases|assessment|notify"', 'method="POST"', 'status=~"2xx|3xx"')
                    + "[1d])) > 0))": "{{route}}"
                },
                "bargauge", width=12, height=10,
            ),
            Panel(
                "到期处理与邮件 Deadlines answered, mails", width=8, height=10,
                queries={
                    "sum by (service) (increase(bihuan_timers_fired_total[1h]))": "timers {{service}}",
                    "sum by (outcome) (increase(bihuan_mails_total[1h]))": "mails {{outcome}}",
                },
            ),
        ),
    ),
    Row(
        "安装 The installation",
        (
            Panel("磁盘余量 Room on the disks", {"bihuan_disk_free_bytes / bihuan_disk_size_bytes": "{{what}}"},
                  "stat", "percentunit", 6, steps=(("red", None), ("orange", 0.05), ("green", 0.15))),
            Panel("距上次备份 Since the last backup", {"time() - (bihuan_backup_timestamp_seconds > 0)": "backup"},
                  "stat", "s", 6, steps=(("green", None), ("orange", 26 * 3600), ("red", 7 * 86400))),
            Panel("证书还有 Certificates last", {"bihuan_certificate_ends_timestamp_seconds - time()": "{{whose}}"},
                  "stat", "s", 6, steps=(("red", None), ("orange", 1), ("green", 21 * 86400))),
            Panel("时钟相差 Clocks apart", {"bihuan_clock_apart_seconds": "{{service}}"}, "stat", "s", 6),
            Panel("内存 Memory", {"sum by (service) (process_resident_memory_bytes)": "{{service}}"}, unit="bytes"),
            Panel("处理器 Processor", {"sum by (service) (rate(process_cpu_seconds_total[5m]))": "{{service}}"},
                  unit="percentunit"),
            Panel("空间 Bytes free", {"bihuan_disk_free_bytes": "{{what}}"}, unit="bytes"),
        ),
    ),
)  # fmt: skip


def expressions() -> list[str]:
    """Everything that the dashboard asks Prometheus."""
    return [expression for row in ROWS for panel in row.panels for expression in panel.queries]


def dashboard() -> dict[str, Any]:
    """In Grafana's dashboard JSON."""
    return {
        "uid": "bihuan", "title": "闭环 Bihuan", "schemaVersion": 39, "version": 1, "editable": False,
        "tags": ["bihuan"], "timezone": "browser", "refresh": "30s", "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": []}, "annotations": {"list": []}, "panels": list(_laid_out()),
    }  # fmt: skip


def _laid_out() -> Iterator[dict[str, Any]]:
    """Rows one below another; the panels of a row from left to right, as many lines as they need."""
    number = y = 0
    for row in ROWS:
        number += 1
        yield {
            "id": number, "type": "row", "title": row.title, "collapsed": False, "panels": [],
            "gridPos": {"x": 0, "y": y, "w": WIDTH, "h": 1},
        }  # fmt: skip
        y += 1
        x = height = 0
        for panel in row.panels:
            if x + panel.width > WIDTH:
                x, y, height = 0, y + height, 0
            number += 1
            yield _panel(panel, number, {"x": x, "y": y, "w": panel.width, "h": panel.height})
            x, height = x + panel.width, max(height, panel.height)
        y += height


def _panel(panel: Panel, number: int, place: Mapping[str, int]) -> dict[str, Any]:
    instant = panel.kind in ("stat", "table", "bargauge")
    colours = [{"color": colour, "value": value} for colour, value in panel.steps]
    targets = [
        {
            "refId": chr(ord("A") + n), "datasource": SOURCE, "expr": expression, "legendFormat": legend,
            "instant": instant, "range": not instant, **({"format": "table"} if panel.kind == "table" else {}),
        }
        for n, (expression, legend) in enumerate(panel.queries.items())
    ]  # fmt: skip
    return {
        "id": number, "type": panel.kind, "title": panel.title, "description": panel.told, "gridPos": place,
        "datasource": SOURCE, "targets": targets, "options": _OPTIONS.get(panel.kind, {}),
        "fieldConfig": {
            "defaults": {
                "unit": panel.unit, **({"min": 0} if panel.kind == "timeseries" else {}),
                "color": {"mode": "palette-classic" if panel.kind == "timeseries" else "thresholds"},
                "thresholds": {"mode": "absolute", "steps": colours},
            },
            "overrides": [],
        },
    }  # fmt: skip


_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "stat": {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value", "textMode": "value_and_name"},
    "bargauge": {"reduceOptions": {"calcs": ["lastNotNull"]}, "orientation": "horizontal"},
    "state-timeline": {"showValue": "never", "mergeValues": True},
}


def text() -> str:
    """As it is written: a panel a line."""
    whole = dashboard()
    panels = ",\n".join(json.dumps(panel, ensure_ascii=False) for panel in whole.pop("panels"))
    return f'{json.dumps(whole, ensure_ascii=False)[:-1]}, "panels": [\n{panels}\n]}}\n'


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
