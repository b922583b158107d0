"""What units owe: asked for by the campaign, filed in time or late, missed exactly once, also after a downtime."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from services.assessment.domain.errors import (
    AnotherUnit,
    NotOwed,
)
from services.assessment.domain.facts import AN_INSTANT
from services.assessment.rules.figures import sums_of
from shared.platform.event_store.refusal import Invalid
from shared.platform.service.authority import WrongRole
from tests.services.assessment.bureau import (
    COUNTING,
    COUNTY,
    GAOPING,
    MEMBER,
    OFFICE,
    PRINCIPAL,
    SCHEDULE,
    TASKFORCE,
    ZEZHOU,
    Bureau,
    at,
)
from tests.services.assessment.conftest import PARTS
from tests.support.running import case_id

CASE = case_id(1)
PAPER = {"title": "实施方案", "text": "方案全文。"}
TYPICAL = {"title": "泽州局查处甲气站无证充装案", "keywords": ["无证", "充装", "取缔"], "parts": PARTS}


def told(bureau: Bureau, *names: str) -> Counter[str]:
    return Counter(name for name, _ in bureau.messages(public=True) if not names or name in names)


# --- the calendar ---


def test_the_campaign_asks_for_every_paper_of_every_unit_once() -> None:
    asked = Counter(owed.rule for owed in SCHEDULE.owed)
    assert asked == {"local_plan": 7, "liaison": 7, "weekly_return": 13 * 11, "typical_case": 13 * 7,
                     "commitment": 4 * 7, "briefing": 4 * 11, "summary": 11}  # fmt: skip
    assert len({owed.id for owed in SCHEDULE.owed}) == len(SCHEDULE.owed)


@pytest.mark.parametrize(
    ("rule", "period", "due"),
    [
        ("local_plan", "once", "2021-12-29 17:00"),
        ("weekly_return", "1", "2021-12-31 15:00"),
        ("commitment", "2021-12", "2021-12-31 15:00"),
        ("commitment", "2022-01", "2022-01-30 15:00"),  # a Sunday that is worked
        ("weekly_return", "6", "2022-02-07 15:00"),  # Friday 4 February is off
    ],
)
def test_a_paper_is_due_when_the_notice_and_the_calendar_say(rule: str, period: str, due: str) -> None:
    bureau = Bureau()
    row = bureau.filing(rule, ZEZHOU, period)
    assert row["due"] == at(due)
    assert row["deadline"].days, "it explains itself"


def test_asking_again_opens_nothing_twice() -> None:
    bureau = Bureau()
    assert bureau.open_filings() == {"opened": 0}
    assert len(bureau.tables["filings"]) == len(SCHEDULE.owed)


def test_what_fell_due_before_the_installation_began_is_owed_by_nobody() -> None:
    bureau = Bureau(at("2022-03-25 16:00"))
    left = Counter(row["rule"] for row in bureau.tables["filings"].values())
    assert left == {"commitment": 7, "briefing": 11, "summary": 11}
    with pytest.raises(NotOwed):
        bureau.submit(PRINCIPAL, ZEZHOU, 1)


def test_after_the_campaign_there_is_nothing_to_ask_for() -> None:
    with pytest.raises(NotOwed):
        Bureau(at("2022-04-20 09:00"))


# --- the clock ---


@pytest.mark.parametrize("away", [False, True])
def test_a_paper_that_is_not_there_is_missed_once_also_over_a_downtime(away: bool) -> None:
    bureau = Bureau()
    bureau.submit(PRINCIPAL, ZEZHOU, 1)
    bureau.wait_until("2022-01-04 09:00", away=away)
    bureau.wait_until("2022-01-05 09:00")
    assert told(bureau, "ReturnMissed", "CommitmentMissed") == {"ReturnMissed": 10, "CommitmentMissed": 7}
    assert bureau.filing("weekly_return", ZEZHOU, "1")["state"] == "filed"
    assert bureau.filing("weekly_return", GAOPING, "1")["state"] == "missed"
    missed = [one for one in bureau.messages(public=True) if one[0] == "ReturnMissed"]
    assert missed[0][1]["due"] == "2021-12-31T15:00:00+08:00"


def test_a_figure_counts_a_missed_paper_from_its_date_whenever_the_clock_was_heard() -> None:
    bureau = Bureau()
    due = [bureau.tally(text).figure("filings_due", "g4") for text in ("2021-12-31 14:59", "2021-12-31 15:00")]
    assert due == [0, 1]


def test_a_paper_that_is_missed_with_the_end_of_a_month_is_missed_in_that_month() -> None:
    """As one that is filed on that day counts in it: the summary is due on 31 March at 24:00."""
    bureau = Bureau()
    (due,) = {owed.due.due for owed in SCHEDULE.owed if owed.rule == "summary"}
    assert due == at("2022-04-01 00:00")
    before, after = (sums_of(bureau.facts(), COUNTING, until) for until in (due - AN_INSTANT, due))
    assert after.figure("filings_due", "g4") - before.figure("filings_due", "g4") == 1


def test_a_timer_that_is_answered_twice_misses_once() -> None:
    bureau = Bureau()
    timers = [timer for timer in bureau.timers.values() if timer.due == at("2021-12-29 17:00")]
    bureau.wait_until("2021-12-29 17:00")
    for timer in timers:
        bureau.fire(timer)
    assert told(bureau) == {"PaperMissed": 14}


def test_a_late_paper_is_accepted_and_marked_and_stays_missed_in_the_figures() -> None:
    bureau = Bureau()
    bureau.wait_until("2022-01-04 09:00")
    assert bureau.submit(PRINCIPAL, ZEZHOU, 1)["in_time"] is False
    row = bureau.filing("weekly_return", ZEZHOU, "1")
    assert (row["state"], row["in_time"]) == ("filed", False)
    tally = bureau.tally("2022-01-05 00:00")
    assert (tally.figure("filings_due", ZEZHOU), tally.figure("filings_on_time", ZEZHOU)) == (5, 0)


def test_a_paper_that_comes_late_before_the_clock_was_heard_is_missed_first() -> None:
    bureau = Bureau()
    bureau.clock.set(at("2022-01-04 09:00"))
    bureau.sign(PRINCIPAL, ZEZHOU, "2021-12")
    bureau.wait_until("2022-01-04 10:00")
    names = [name for name, data in bureau.messages(public=True) if data.get("unit") == ZEZHOU and "Comm" in name]
    assert names == ["CommitmentMissed", "CommitmentSigned"]


def test_the_instant_of_the_date_is_late() -> None:
    early, late = Bureau(at("2021-12-31 14:59")), Bureau()
    late.clock.set(at("2021-12-31 15:00"))
    assert early.submit(PRINCIPAL, ZEZHOU, 1)["in_time"] is True
    assert late.submit(PRINCIPAL, ZEZHOU, 1)["in_time"] is False


# --- other papers ---


def test_each_kind_of_paper_is_filed_by_its_own_command() -> None:
    bureau = Bureau()
    assert bureau.file(COUNTY, "plan", ZEZHOU, **PAPER)["in_time"] is True
    assert bureau.file(COUNTY, "typical-case", ZEZHOU, period="1", **TYPICAL)["state"] == "filed"
    assert bureau.file(MEMBER, "summary", "g1", **PAPER)["state"] == "filed"
    assert bureau.hold(TASKFORCE, "g1", "2021-12")["state"] == "filed"
    for kind in ("return", "commitment", "briefing"):
        with pytest.raises(NotOwed):
            bureau.file(COUNTY, kind, ZEZHOU, **PAPER)


@pytest.mark.parametrize(
    ("by", "kind", "unit", "fields", "refused"),
    [
        (MEMBER, "plan", "g1", PAPER, NotOwed),
        (COUNTY, "poem", ZEZHOU, PAPER, NotOwed),
        (COUNTY, "typical-case", ZEZHOU, TYPICAL, NotOwed),
        (COUNTY, "typical-case", ZEZHOU, TYPICAL | {"period": "14"}, NotOwed),
        (COUNTY, "typical-case", ZEZHOU, TYPICAL | {"period": "1", "keywords": ["无证", "充装"]}, Invalid),
        (COUNTY, "typical-case", ZEZHOU, TYPICAL | {"period": "1", "parts": PARTS[1:]}, Invalid),
        (COUNTY, "plan", ZEZHOU, {"title": "方案"}, Invalid),
        (COUNTY, "plan", GAOPING, PAPER, AnotherUnit),
        (OFFICE, "plan", ZEZHOU, PAPER, WrongRole),
    ],
)
def test_what_nobody_asked_for_or_what_is_incomplete_is_refused(
    by: Any, kind: str, unit: str, fields: dict[str, Any], refused: type[Exception]
) -> None:
    with pytest.raises(refused):
        Bureau().file(by, kind, unit, **fields)
