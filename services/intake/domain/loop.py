"""The seven steps of the closed loop as a tip sees them before *cases* draws them (notice 六(一)).

Same picture, same defaults as a case's, so that nothing jumps when the case is opened. A tip that ends without a case
leaves the loop; the steps that it never reaches are not needed.
"""

from __future__ import annotations

from datetime import datetime
from typing import get_args

from shared.kernel.contracts.steps import LoopStep, StepName, StepState

NAMES: tuple[StepName, ...] = get_args(StepName)
LEFT = "未进入交办环节"


def steps(state: str, received_at: datetime, triage_due: datetime, triaged_at: datetime | None) -> tuple[LoopStep, ...]:
    """All seven steps, in order. `triage_due` is exclusive."""
    found = LoopStep("found", "done", received_at, "群众举报")
    if state == "received":
        return (found, LoopStep("processed", "current", triage_due, "正在梳理"), *_ahead("due"))
    if state == "triaged":
        return (found, LoopStep("processed", "done", triaged_at, "已梳理"), *_ahead("current"))
    note = "已转专门渠道" if state == "referred_elsewhere" else "已了结"
    left = (LoopStep(name, "not_needed", None, LEFT) for name in NAMES[2:])
    return (found, LoopStep("processed", "done", triaged_at, note), *left)


def _ahead(transfer: StepState) -> tuple[LoopStep, ...]:
    return (
        LoopStep("transferred", transfer, None, "待签发交办书" if transfer == "current" else ""),
        LoopStep("disclosed", "due", None, "办结后按周公开"),
        LoopStep("escalated", "not_needed", None, "未出现须提级核查的情形"),
        LoopStep("key_supervision", "not_needed", None, "核查属实后启动"),
        LoopStep("assessed", "due", None, "列入当月考核通报"),
    )
