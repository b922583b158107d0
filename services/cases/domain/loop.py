"""The seven steps of the closed loop (notice 六(一)), computed from a case: what everybody draws.

发现问题 → 信息处置 → 移交办理 → 信息公开 → 提级核查 → 重点督导 → 考核通报. The fifth and sixth are reached only in
trouble. Between the third and the fourth the case is with the unit, then its result with the office: the stage of the
third says which, and until when. The loop is closed when every step is done or not needed: the result is disclosed,
what was escalated is decided, key supervision has ended, and the monthly bulletin that contains the case is published.
A suspicion that was not yet raised moves no step: it is nobody's business outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import get_args

from services.cases.domain.case import Case
from services.cases.domain.events.concluding import TAKEN_BACK
from services.cases.domain.values import Deadline, Escalation
from shared.kernel.campaign import Campaign
from shared.kernel.contracts.steps import LoopStage, LoopStep, StepName

NAMES: tuple[StepName, ...] = get_args(StepName)
TRIGGER_NAMES = {"overdue": "未按期办结", "idle_after_acceptance": "接而不办", "false_closure": "虚假办结"}
OUTCOME_NAMES = {"found": "属实", "cleared": "不属实"}
EXCUSED = "逾期属实，有正当理由，不予追责"
FINAL = "final"


def steps(case: Case, campaign: Campaign) -> tuple[LoopStep, ...]:
    """All seven steps of `case`, in order; the campaign names the units."""
    if case.state == TAKEN_BACK:
        return (*_begun(case), *_NEVER)
    return (
        *_begun(case), _transferred(case), _disclosed(case), _escalated(case, campaign), _supervised(case, campaign),
        _assessed(case),
    )  # fmt: skip


def first_steps(case: Case) -> tuple[LoopStep, ...]:
    """All seven steps of a case that was just opened: nothing is disclosed, in trouble or assessed yet."""
    return (*_begun(case), _transferred(case), _disclosed(case), *_AHEAD)


def is_closed(found: Sequence[LoopStep]) -> bool:
    """Whether the loop of these steps is closed."""
    return all(step.state in ("done", "not_needed") for step in found)


def waits_for(found: Sequence[LoopStep]) -> list[tuple[str, str]]:
    """What an unclosed loop waits for, step by step, each with its note."""
    return [(_WAITING[step.name], step.note) for step in found if step.state not in ("done", "not_needed")]


_FOUND = {"tip": "群众举报", "inspection": "督查发现", "unit": "本级发现"}
_WAITING = {
    "transferred": "移交办理",
    "disclosed": "信息公开",
    "escalated": "提级核查",
    "key_supervision": "重点督导",
    "assessed": "考核通报",
}


_TO_BE_DISCLOSED = LoopStep("disclosed", "due", None, "办结后按周公开")
_NOT_ESCALATED = LoopStep("escalated", "not_needed", None, "未出现须提级核查的情形")
_NOT_SUPERVISED = LoopStep("key_supervision", "not_needed", None, "核查属实后启动")
_TO_BE_ASSESSED = LoopStep("assessed", "due", None, "列入当月考核通报")
_NEVER = tuple(LoopStep(name, "not_needed", None, "来源已不存在，交办件已撤销") for name in NAMES[2:])
_AHEAD = (_NOT_ESCALATED, _NOT_SUPERVISED, _TO_BE_ASSESSED)


def _begun(case: Case) -> tuple[LoopStep, LoopStep]:
    return (
        LoopStep("found", "done", case.matter.received_at, _FOUND[case.origin]),
        LoopStep("processed", "done", case.opened_at, "已梳理" if case.origin == "tip" else "已登记"),
    )


def _transferred(case: Case) -> LoopStep:
    if case.transferred_at is not None:
        return LoopStep("transferred", "done", case.transferred_at, f"{case.letters[-1]}", _stage(case))
    if case.transfer_deadline is None:
        return LoopStep("transferred", "not_needed", None, "本级发现、本级办理", _stage(case))
    waiting = "已退回，待另行交办" if case.letters else "待签发交办书"
    return LoopStep("transferred", "current", case.transfer_deadline.due, waiting)


def _stage(case: Case) -> LoopStage | None:
    """What is under way once the letter is out. A feedback date that stands still is no date."""
    if case.state == "transferred":
        return LoopStage("to_sign_for", _instant(case.signing))
    if case.state in ("signed_for", "handling"):
        return LoopStage("handling", None if case.awaits_investigation else _instant(case.feedback))
    if case.state == "reported":
        return LoopStage("to_review", _instant(case.review))
    if case.state == "reviewed":
        return LoopStage("to_close", _instant(case.closing))
    return None


def _instant(deadline: Deadline | None) -> datetime | None:
    return deadline.due if deadline is not None else None


def _disclosed(case: Case) -> LoopStep:
    if case.matter.concerned is not None:
        return LoopStep("disclosed", "not_needed", None, "涉及工作人员，不公开")
    if case.disclosed_at is not None:
        return LoopStep("disclosed", "done", case.disclosed_at, "办理结果已公开")
    if case.disclosure is not None:
        return LoopStep("disclosed", "due", case.disclosure.due, "办理结果待公开")
    return _TO_BE_DISCLOSED


def _escalated(case: Case, campaign: Campaign) -> LoopStep:
    if not case.escalations:
        return _NOT_ESCALATED
    if case.unappointed:
        causes = "、".join(dict.fromkeys(TRIGGER_NAMES[one.trigger] for one in case.undecided))
        return LoopStep("escalated", "alarm", case.unappointed[-1].raised_at, causes)
    running = [(one, one.deadline) for one in case.undecided if one.deadline is not None]
    if running:
        first, deadline = min(running, key=lambda pair: pair[1].due)
        return LoopStep(
            "escalated", "current", deadline.due, f"{_name(campaign, first.verifier)}核查中，至{_last(deadline)}"
        )
    decided = [one.decided_at for one in case.escalations if one.decided_at is not None]
    said = "、".join(dict.fromkeys(map(_outcome, case.escalations)))
    return LoopStep("escalated", "done", max(decided), said)


def _outcome(one: Escalation) -> str:
    return outcome_in_words(one.trigger, found=one.outcome == "found", lapsed=one.lapsed)


def outcome_in_words(trigger: str, *, found: bool, lapsed: bool = False) -> str:
    """domain 3.3: what a verification says of what was raised. It is raised as overdue only once the date has passed,
    so to clear that is to accept the reason, not to say that it was not so."""
    name = TRIGGER_NAMES[trigger]
    if lapsed:
        return f"{name}因交办书退回而失效"
    return EXCUSED if trigger == "overdue" and not found else f"{name}{OUTCOME_NAMES['found' if found else 'cleared']}"


def _supervised(case: Case, campaign: Campaign) -> LoopStep:
    key = case.key_supervision
    if key is None and case.escalations and not case.undecided:
        found = any(one.outcome == "found" for one in case.escalations)
        excused = any(one.trigger == "overdue" and not one.lapsed for one in case.escalations)
        why = "核查属实，未启动" if found else EXCUSED if excused else "核查不属实"
        return LoopStep("key_supervision", "not_needed", None, why)
    if key is None:
        return _NOT_SUPERVISED
    if key.ended_at is not None:
        return LoopStep("key_supervision", "done", key.ended_at, f"{_name(campaign, key.group)}督导结束")
    note = f"{_name(campaign, key.group)}督导中，至{_last(key.recheck)}"
    return LoopStep("key_supervision", "current", key.recheck.due, note)


def _assessed(case: Case) -> LoopStep:
    if case.assessed_in is None:
        return _TO_BE_ASSESSED
    return LoopStep("assessed", "done", case.assessed_at, bulletin_name(case.assessed_in))


def bulletin_name(month: str) -> str:
    """`2022-01` → 2022年1月考核通报."""
    if month == FINAL:
        return "综合考核通报"
    year, number = month.split("-")
    return f"{year}年{int(number)}月考核通报"


def _name(campaign: Campaign, unit: str | None) -> str:
    return campaign.unit(str(unit)).zh


def _last(deadline: Deadline) -> str:
    last = deadline.due_date.last_day
    return f"{last.month}月{last.day}日"
