"""How the campaign ended: the table that `demo` prints, and the invariants that must hold whatever happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from deploy.demo.cast import Cast

TRIGGERS = ("overdue", "idle_after_acceptance", "false_closure")
FEEDS = ("intake", "cases", "assessment", "notify")


def feed(cast: Cast, service: str) -> list[dict[str, Any]]:
    """A service's whole public feed, in its order."""
    found: list[dict[str, Any]] = []
    while True:
        after = int(found[-1]["sequence"]) if found else 0
        page = cast.get(f"/api/{service}/v1/events", after=after, limit=500)["items"]
        if not page:
            return found
        found += page


def table(cast: Cast, seed: str, months: list[str]) -> dict[str, Any]:
    """The table of a campaign, from what the services' lists say."""
    rows = cast.every("/api/cases/v1/cases", limit=200)
    verifications: Counter[str] = Counter()
    raised: Counter[str] = Counter()
    for row in rows:
        if row["overdue"] or row["idle_after_acceptance"] or row["false_closure"] or row["escalated"]:
            for one in cast.get(f"/api/cases/v1/cases/{row['case']}")["verifications"]:
                raised[one["trigger"]] += 1
                verifications[one["outcome"] or "open"] += 1
    counted = cast.get("/api/assessment/v1/counts")["total"]
    rankings = [cast.get(f"/api/assessment/v1/rankings/{month}") for month in months]
    return {
        "seed": seed,
        "tips": len(cast.every("/api/intake/v1/tips", limit=200)),
        "cases": len(rows),
        "transferred": sum(1 for row in rows if row["transferred_at"]),
        "closed_on_time": counted["closed_on_time"],
        "overdue": sum(1 for row in rows if row["overdue"]),
        "escalations": {trigger: raised[trigger] for trigger in TRIGGERS},
        "found": verifications["found"],
        "cleared": verifications["cleared"],
        "closed": sum(1 for row in rows if row["state"] == "closed"),
        "disclosed": sum(1 for row in rows if row["disclosed_at"]),
        "rankings": [_order(month, one) for month, found in zip(months, rankings, strict=True)
                     for one in found["rankings"]],
    }  # fmt: skip


def _order(month: str, ranking: Mapping[str, Any]) -> dict[str, Any]:
    return {"month": month, "kind": ranking["kind"], "order": [one["unit"] for one in ranking["placings"]]}


def invariants(cast: Cast, dead_letters: int) -> dict[str, bool]:
    """What must be so at the end."""
    feeds = {service: feed(cast, service) for service in FEEDS}
    rows = cast.every("/api/cases/v1/cases", limit=200)
    opened = Counter(e["data"]["case"] for e in feeds["cases"] if e["type"] == "bihuan.cases.CaseOpened.v1")
    triaged = {e["data"]["tip"] for e in feeds["intake"] if e["type"] == "bihuan.intake.TipTriaged.v1"}
    cases_of_tips = Counter(row["tip"] for row in rows if row["tip"])
    counted = cast.get("/api/assessment/v1/counts")["total"]
    waiting = [cast.get(f"/api/cases/v1/cases/{row['case']}") for row in rows if not row["assessed_in"]]
    return {
        "feeds_have_no_gaps": all(
            [int(e["sequence"]) for e in events] == list(range(1, len(events) + 1)) for events in feeds.values()
        ),
        "every_triaged_tip_is_exactly_one_case": cases_of_tips == Counter(triaged),
        "every_case_was_opened_once": opened == Counter(row["case"] for row in rows),
        "assessment_counts_every_case": counted["opened"] == len(rows),
        "nothing_was_put_aside": dead_letters == 0,
        "no_command_was_refused": not cast.refused,
        "nobody_is_named_for_what_is_not_so": _nobody_is_named(cast, feeds),
        "papers_were_filed": any(e["type"] == "bihuan.assessment.PaperFiled.v1" for e in feeds["assessment"]),
        "every_loop_is_closed_or_says_what_it_waits_for": all(
            one["closed_loop"] or one["waits_for"] for one in waiting
        ),
    }


def _nobody_is_named(cast: Cast, feeds: Mapping[str, list[dict[str, Any]]]) -> bool:
    """No public item names an enterprise for what was not borne out, and what was found not to be so is corrected on
    every channel by its date."""
    items = cast.every("/api/notify/v1/disclosures", state="published,correcting", limit=200)
    conclusions: dict[str, str | None] = {}
    for event in feeds["cases"]:
        if event["type"] == "bihuan.cases.CaseClosed.v1":
            conclusions[event["data"]["case"]] = event["data"].get("conclusion")
    last = max(event["time"] for event in feeds["notify"]) if feeds["notify"] else ""
    late = [one for one in items if one["state"] == "correcting" and _utc(one["correction_due"]) < _utc(last)]
    named = [one for one in items if one["state"] == "published" and one["enterprise"]
             and conclusions.get(one["case"]) == "not_borne_out"]  # fmt: skip
    return not late and not named


def _utc(instant: str) -> datetime:
    return datetime.fromisoformat(instant).astimezone(UTC)
