"""What was signed, published and disclosed in an installation, counted again from its raw events: for an auditor.

    PYTHONPATH=. python -m tests.deploy.recount DATA deploy/campaigns/jincheng-2021.yaml

It says where it and the product disagree; then it ends with status 1. It shares no code with the product and works
another way: the product folds the life of each case into dated changes of figures and adds those up; here every figure
is a list over plain events (tests/deploy/recount_figures.py), asked anew for each instant. It reads the internal feed
of *cases*, the stored events of *assessment* (papers, inspections, what was signed and drawn), of *notify* (what was
disclosed) and of *intake* (triage), and the campaign file.

Limits: a case that was taken back, a return that was sent back and a register of enterprises are refused rather than
guessed at. That everything is in the raw events is not asked here: the feeds' own checks say so.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import yaml

from tests.deploy.recount_figures import FALSE, MEASURES, OWN, Event, Known, Raw, figure
from tests.deploy.recount_office import of_the_office

OTHERS = ("LoopMoved", "OfficeClockMissed", "OfficeClockDone")
"""Events of *cases* that repeat others, or are about the city's own clocks."""
CORRECTED = ("CorrectionPublished", "DisclosureCorrected", "DisclosureWithdrawn")


def read(data: Path, campaign: Path) -> Raw:
    """Read the databases of the running installation in the directory `data`."""
    server = json.loads((data / "run" / "state.json").read_text())["postgres"]["dsn"]

    def rows(database: str, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(server, dbname=database) as connection:
            return connection.execute(query).fetchall()

    def stored(service: str) -> list[Event]:
        query = "SELECT notification_id, topic, state, originator_id FROM stored_events ORDER BY notification_id"
        states = ((n, topic, json.loads(bytes(state)), of) for n, topic, state, of in rows(f"bihuan_{service}", query))
        return [
            Event(
                n, topic.split(".")[1], datetime.fromisoformat(state["at"]), str(of), state["data"],
                state["actor"]["role"],
            )
            for n, topic, state, of in states
        ]  # fmt: skip

    def told(service: str) -> list[Event]:
        query = """SELECT sequence, name, at, data, stream, convert_from(state, 'UTF8')::json #>> '{actor,role}'
                   FROM internal_events
                   JOIN stored_events ON originator_id = stream AND originator_version = version ORDER BY sequence"""
        feed = ((*row, json.loads(data), of, by) for *row, data, of, by in rows(f"bihuan_{service}", query))
        return [
            Event(n, name, datetime.fromisoformat(at), body.get("case") or str(of), body, by)
            for n, name, at, body, of, by in feed
        ]

    cases, intake, notify = (told(service) for service in ("cases", "intake", "notify"))
    raw = Raw(
        yaml.safe_load(campaign.read_text()), [event for event in cases if event.name not in OTHERS],
        stored("assessment"), stored("notify"), stored("intake"),
        [event for event in (*cases, *intake, *notify) if event.name == "OfficeClockMissed"],
    )  # fmt: skip
    unknown = {e.name for e in (*raw.cases, *raw.assessment)} & {"CaseTakenBack", "ReturnSentBack", "ReturnCorrected"}
    if unknown or raw.campaign.get("enterprises"):
        raise SystemExit(
            f"recount: it does not know how to count {unknown or 'a register of enterprises'}; see its head"
        )
    return raw


def of_returns(raw: Raw) -> Iterator[str]:
    """Annex 1, line by line; the weeks, which add up to the whole. Annex 2: each closing in one return; what runs.

    A return has what had been told by then, that of its very instant with it; of *cases*, up to its place in the feed.
    Annex 2 has the closings from one return's place to the next one's, so that none is in two returns or in none."""
    for unit, returns in raw.returns().items():
        sums: Counter[str] = Counter()
        before = 0
        for event in returns:
            signed, where = event.data["signed"], f"return {event.data['period']} of {unit}"
            until = datetime.fromisoformat(signed["until"]) + timedelta(microseconds=1)
            k = Known(raw, until, signed["through"], event.n)
            if other := (MEASURES | OWN).keys() ^ {line["measure"] for line in signed["figures"]}:
                yield f"{where}: one of us has no {sorted(other)}"
            for line in signed["figures"]:
                measure, total = line["measure"], line["total"]
                sums[measure] += line["week"]
                if total != (here := figure(k, measure, unit)):
                    yield f"{where}: {measure} is {total}, here {here}"
                if total != sums[measure]:
                    yield f"{where}: the weeks of {measure} add up to {sums[measure]}, not to {total}"
            told = {e.of: e for e in raw.cases if e.n <= signed["through"]}
            runs = {of for of, e in told.items() if e.data["unit"] in raw.under(unit) and e.data["state"] != "closed"}
            since = [e for e in raw.cases if before < e.n <= signed["through"] and e.data["unit"] in raw.under(unit)]
            closed = {e.of for e in since if e.name == "CaseClosed"}
            if Counter(act["case"] for act in signed["acts"]) != Counter(closed | runs):
                yield f"{where}: Annex 2 is not, each once, what was closed since the last return and what runs"
            if {act["case"] for act in signed["acts"] if act["running"]} - runs:
                yield f"{where}: Annex 2 says that what is closed runs"
            before = signed["through"]


def score(rules: dict[str, Any], kind: str, count: Callable[[str], int]) -> int:
    """“得分是各项做到比例的加权平均……”, in hundredths: `formula` in the campaign file."""
    points, weight = Fraction(rules["start_score"] * rules["start_points"]), Fraction(rules["start_points"])
    for component in rules["components"]:
        due = count(component["denominator"])
        if kind in component["of"] and due:
            weighs = Fraction(component["points"] * due, due + rules["shrinkage"])
            points += weighs * 100 * Fraction(count(component["numerator"]), due)
            weight += weighs
    return int(points / weight * 100 + Fraction(1, 2))


def of_bulletins(raw: Raw) -> Iterator[str]:
    """Scores, ranks, the five batches and the office's own clocks of what was published."""
    rules, zone = raw.campaign["assessment"], ZoneInfo(raw.campaign["timezone"])
    for said in raw.bulletins():
        where, content = f"bulletin {said['month']}", said["content"]
        first = "2000-01" if said["month"] == "final" else said["month"]
        k = Known(raw, datetime.fromisoformat(content["until"]))
        begin = Known(raw, datetime.fromisoformat(f"{first}-01").replace(tzinfo=zone))
        for ranking in content["rankings"]:
            kind, said_here = ranking["kind"], [(p["score"], p["rank"], p["unit"]) for p in ranking["placings"]]
            listed = raw.campaign["units" if kind == "county" else "groups"]
            scores = [(score(rules, kind, partial(figure, k, unit=one["code"])), one["code"]) for one in listed]
            here: list[tuple[int, int, str]] = []
            for place, (points, unit) in enumerate(sorted(scores, key=lambda one: -one[0]), 1):
                tied = here and here[-1][0] - points < rules["tied_within"]
                here.append((points, here[-1][1] if tied else place, unit))
            if sorted(said_here) != sorted(here):
                yield f"{where}: (score, rank, unit) are {said_here}, here {here}"
        counts = {(b["batch"], b["measure"], b["unit"]): (b["month"], b["total"]) for b in content["batches"]}
        cells = [
            (b["code"], m, u["code"]) for b in rules["batches"] for m in b["counts"] for u in raw.campaign["units"]
        ]
        for batch, measure, unit in sorted({*counts, *cells}):
            total = figure(k, measure, unit)
            ours = total - figure(begin, measure, unit), total
            if counts.get((batch, measure, unit)) != ours:
                yield f"{where}: {measure} of {unit} is {counts.get((batch, measure, unit))}, here {ours}"

        yield from of_the_office(raw, said, k.until, begin.until)


def of_disclosures(raw: Raw) -> Iterator[str]:
    """Nobody is named for what was not borne out, or found false, and not corrected by its date."""
    names = {e.of: e.data["enterprise"] for e in raw.cases if e.name == "CaseClosed"}
    now = max((e.at for e in raw.notify), default=datetime.min)
    for item in (e for e in raw.notify if e.name == "DisclosurePublished"):
        case, words = item.data["about"]["case"], json.dumps(item.data, ensure_ascii=False)
        if not (item.data["about"]["enterprise"] or (names.get(case) and names[case] in words)):
            continue
        later = [e for e in raw.notify if e.of == item.of and e.n > item.n]
        owed = [e for e in later if e.name == "CorrectionOwed" and datetime.fromisoformat(e.data["due"]) > now]
        mended = owed or [e for e in later if e.name in CORRECTED]
        closings = [e for e in raw.cases if e.of == case and e.name == "CaseClosed"]
        told_of = [e for e in closings if e.at <= item.at]
        found = [
            e for e in raw.cases if e.of == case and e.name == "EscalationFound" and told_of and e.n > told_of[-1].n
        ]
        false = any(e.data["trigger"] == FALSE for e in found)
        if (false or (closings and closings[-1].data["conclusion"] == "not_borne_out")) and not mended:
            yield f"disclosure {item.of} names somebody in case {case} for what is not so"


def disagreements(raw: Raw) -> list[str]:
    return [*of_returns(raw), *of_bulletins(raw), *of_disclosures(raw)]


def main(data: Path, campaign: Path) -> int:
    raw = read(data, campaign)
    wrong = disagreements(raw)
    lines = sum(len(one.data["signed"]["figures"]) for unit in raw.returns().values() for one in unit)
    items = sum(e.name == "DisclosurePublished" for e in raw.notify)
    print(f"{lines} lines of returns, {len(raw.bulletins())} bulletins and {items} disclosures were counted again")
    print("\n".join(wrong) or "all agree")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
