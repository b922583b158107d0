"""The table of a campaign, counted again from nothing but the public feeds: by who subscribes, knowing no service."""

from __future__ import annotations

from collections import Counter
from typing import Any

TRIGGERS = ("overdue", "idle_after_acceptance", "false_closure")


def recount(feeds: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Every number of the demo's table but the seed. `feeds` maps each service to its public CloudEvents in order."""
    intake, cases = _named(feeds["intake"]), _named(feeds["cases"])
    last_closing: dict[str, bool] = {}
    disclosed: set[str] = set()
    for name, data in cases:
        case = data["case"]
        if name == "CaseClosed":
            last_closing[case] = data["on_time"]
        elif name == "CaseReopened" or (name == "EscalationFound" and data["state"] != "closed"):
            last_closing.pop(case, None)
            disclosed.discard(case)
        elif name == "CaseDisclosed":
            disclosed.add(case)
    raised = Counter(data["trigger"] for name, data in cases if name == "EscalationRaised")
    return {
        "tips": sum(name == "TipReceived" for name, _ in intake),
        "cases": sum(name == "CaseOpened" for name, _ in cases),
        "transferred": len({data["case"] for name, data in cases if name == "CaseTransferred"}),
        "closed_on_time": sum(last_closing.values()),
        "overdue": len(
            {data["case"] for name, data in cases if (name, data.get("trigger")) == ("EscalationRaised", "overdue")}
        ),
        "escalations": {trigger: raised[trigger] for trigger in TRIGGERS},
        "found": sum(name == "EscalationFound" for name, _ in cases),
        "cleared": sum(name == "EscalationCleared" for name, _ in cases),
        "closed": len(last_closing),
        "disclosed": len(disclosed),
        "rankings": [
            {"month": data["month"], "kind": ranking["kind"], "order": [one["unit"] for one in ranking["placings"]]}
            for name, data in _named(feeds["assessment"])
            if name == "BulletinPublished"
            for ranking in data["rankings"]
        ],
    }


def _named(events: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    return [(event["type"].split(".")[2], event["data"]) for event in events]
