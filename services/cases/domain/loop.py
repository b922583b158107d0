"""The seven steps of the closed loop (notice 六(一)), computed from a case: what everybody draws.

发现问题 → 信息处置 → 移交办理 → 信息公开 → 提级核查 → 重点督导 → 考核通报. The fifth and sixth are reached only in
trouble. The loop is closed when the monthly bulletin that contains the case is published.
"""

from __future__ import annotations

from typing import get_args

from services.cases.domain.case import Case
from shared.contracts.internal.cases import LoopStep, StepName

NAMES: tuple[StepName, ...] = get_args(StepName)
TRIGGER_NAMES = {"overdue": "未按期办结", "idle_after_acceptance": "接而不办", "false_closure": "虚假办结"}


def steps(case: Case) -> tuple[LoopStep, ...]:
    """All seven steps of `case`, in order."""
    return (
        LoopStep("found", "done", case.matter.received_at, _FOUND[case.origin]),
        LoopStep("processed", "done", case.opened_at, "已梳理" if case.origin == "tip" else "已登记"),
        _transferred(case),
        _disclosed(case),
        _escalated(case),
        LoopStep("key_supervision", "not_needed", None, "核查属实后启动"),
        LoopStep("assessed", "due", None, "列入当月考核通报"),
    )


_FOUND = {"tip": "群众举报", "inspection": "督查发现", "unit": "本级发现"}


def _transferred(case: Case) -> LoopStep:
    if case.transferred_at is not None:
        return LoopStep("transferred", "done", case.transferred_at, f"{case.letters[-1]}")
    if case.transfer_deadline is None:
        return LoopStep("transferred", "not_needed", None, "本级发现、本级办理")
    return LoopStep("transferred", "current", case.transfer_deadline.due, "待签发交办书")


def _disclosed(case: Case) -> LoopStep:
    if case.disclosure is not None:
        return LoopStep("disclosed", "due", case.disclosure.due, "办理结果待公开")
    return LoopStep("disclosed", "due", None, "办结后按周公开")


def _escalated(case: Case) -> LoopStep:
    if case.escalations:
        causes = "、".join(dict.fromkeys(TRIGGER_NAMES[trigger] for trigger in case.escalations))
        return LoopStep("escalated", "alarm", case.escalated_at, causes)
    return LoopStep("escalated", "not_needed", None, "未出现须提级核查的情形")
