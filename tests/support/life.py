"""The life of a case as *cases* tells it: contracts with plausible dates, for tests of those who listen."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from shared.kernel.contracts.internal import cases

SHANGHAI = ZoneInfo("Asia/Shanghai")
ZEZHOU, GAOPING = "140525", "140581"
OPENED = datetime(2022, 1, 20, 9, 12, tzinfo=SHANGHAI)
TRANSFERRED = datetime(2022, 1, 21, 17, 31, tzinfo=SHANGHAI)
SIGN_FOR_DUE = datetime(2022, 1, 26, tzinfo=SHANGHAI)  # two working days: 24:00 on Tuesday 25 January
FEEDBACK_DUE = datetime(
    2022, 2, 12, tzinfo=SHANGHAI
)  # ten working days over Spring Festival: 24:00 on Friday 11 February


def opened(case: str, unit: str = ZEZHOU, *, danger: bool = False) -> cases.CaseOpened:
    return cases.CaseOpened(
        case=case, unit=unit, state="opened", origin="tip", tip=None, opened_at=OPENED, danger=danger
    )  # fmt: skip


def transferred(case: str, unit: str = ZEZHOU, n: int = 17) -> cases.CaseTransferred:
    return cases.CaseTransferred(
        case=case, unit=unit, state="transferred", letter=f"（特设）移〔2022〕{n}号", transferred_at=TRANSFERRED,
        sign_for_due=SIGN_FOR_DUE, feedback_due=FEEDBACK_DUE,
    )  # fmt: skip


def not_signed_for(case: str, unit: str = ZEZHOU) -> cases.CaseNotSignedFor:
    return cases.CaseNotSignedFor(case=case, unit=unit, state="signed_for")


def signed_for(case: str, unit: str = ZEZHOU, *, deemed: bool = False) -> cases.CaseSignedFor:
    return cases.CaseSignedFor(
        case=case, unit=unit, state="signed_for", deemed=deemed,
        signed_for_at=SIGN_FOR_DUE if deemed else datetime(2022, 1, 24, 8, 40, tzinfo=SHANGHAI),
        first_step_due=datetime(2022, 1, 29, tzinfo=SHANGHAI),
    )  # fmt: skip


def step(case: str, unit: str = ZEZHOU) -> cases.HandlingStepRecorded:
    return cases.HandlingStepRecorded(case=case, unit=unit, state="handling", step="site-inspection")


def reported(case: str, unit: str = ZEZHOU, *, in_time: bool = True) -> cases.ResultReported:
    return cases.ResultReported(
        case=case,
        unit=unit,
        state="reported",
        reported_at=datetime(2022, 2, 8, 16, 0, tzinfo=SHANGHAI),
        in_time=in_time,
    )


def rejected(case: str, unit: str = ZEZHOU) -> cases.ResultRejected:
    return cases.ResultRejected(case=case, unit=unit, state="handling")


def reviewed(case: str, unit: str = ZEZHOU) -> cases.ResultReviewed:
    return cases.ResultReviewed(case=case, unit=unit, state="reviewed")


def closed(case: str, unit: str = ZEZHOU, *, on_time: bool = True) -> cases.CaseClosed:
    return cases.CaseClosed(
        case=case, unit=unit, state="closed", closed_at=datetime(2022, 2, 10, 11, 5, tzinfo=SHANGHAI), on_time=on_time,
        disclosure_due=datetime(2022, 2, 18, tzinfo=SHANGHAI), letter="（特设）移〔2022〕17号", enterprise="甲气站",
        matter="涉嫌充装超期未检气瓶", result="已责令停用并立案。", measures=("suspension", "penalty"),
    )  # fmt: skip


def reopened(case: str, unit: str = ZEZHOU) -> cases.CaseReopened:
    return cases.CaseReopened(
        case=case, unit=unit, state="handling", feedback_due=datetime(2022, 3, 5, tzinfo=SHANGHAI)
    )


def escalated(case: str, trigger: str = "overdue", unit: str = ZEZHOU) -> cases.EscalationRaised:
    return cases.EscalationRaised(
        case=case, unit=unit, state="signed_for", trigger=trigger, raised_at=datetime(2022, 2, 12, tzinfo=SHANGHAI)
    )


def moved(case: str, unit: str = ZEZHOU) -> cases.LoopMoved:
    return cases.LoopMoved(case=case, unit=unit, state="handling", tip=None, version=3, steps=())
