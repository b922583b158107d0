"""Whether the public may be told of a case by name (notice 六(三)): the one place that says no, to people and system.

Asked when an item about a case is drafted, checked, approved and published. A correction is never kept back: what is
public and not so goes first.
"""

from __future__ import annotations

from services.notify.domain.errors import AgainstOfficials, InDoubt, NotBorneOut
from services.notify.domain.reminders import Reminders
from services.notify.domain.values import Situation
from shared.platform.event_store.refusal import Refusal

DOUBT_SENTENCES = {
    "overdue": "未按期办结正在提级核查",
    "idle_after_acceptance": "接而不办正在提级核查",
    "false_closure": "涉嫌虚假办结尚未查清",
}
WHY: dict[Situation, str] = {
    "against_officials": "举报涉及工作人员，不得公开。请勿拟稿，线索由纪检监察机关处理。",
    "in_doubt": "此件还有未作结论的核查，暂不公开。请待核查作出结论后再办理。",
    "not_borne_out": "此件反映的问题经核查不属实，不点名公开，只计入当周不属实件数。请撤回此稿。",
}
"""What stands beside an item that waits, and in the refusal of who goes on with it."""
TOWARDS_THE_PUBLIC = frozenset({"check", "approve", "publish"})
"""The commands that bring an item nearer to the public."""
_REFUSALS: dict[Situation, type[Refusal]] = {
    "against_officials": AgainstOfficials,
    "in_doubt": InDoubt,
    "not_borne_out": NotBorneOut,
}


def nobody_is_named_for_what_is_not_so(case: Reminders) -> None:
    """Raise the refusal that says why the public is not told of this case now."""
    if case.situation is not None:
        raise _REFUSALS[case.situation](WHY[case.situation])
