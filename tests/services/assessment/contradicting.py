"""What *cases* tells that may contradict a commitment: a case with what it is about."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.assessment.domain.filing import Filing
from shared.kernel.contracts.internal import cases
from tests.services.assessment.bureau import SCHEDULE, ZEZHOU, Bureau, at

MAJOR = {"matter": "安全阀失效", "major": True}


def subject(
    enterprise: str | None = "甲气站", *, violation: str | None = "unlicensed", major: bool = False,
    origin: str = "tip",
    found: str | datetime = "2022-01-10 09:00", letter: str | datetime | None = None, place: str | None = None,
) -> cases.Subject:  # fmt: skip
    """Told when the letter came, a day after it was found where it is not said."""
    found_at = at(found) if isinstance(found, str) else found
    told_at = at(letter) if isinstance(letter, str) else letter or found_at
    return cases.Subject(
        origin=origin, found_at=found_at, told_at=told_at, enterprise=enterprise, place=place, violation=violation,
        major=major,
    )  # fmt: skip


def opened(
    case: str, enterprise: str | None, when: str | datetime, *, unit: str = ZEZHOU, violation: str | None = None,
    major: bool = True,
) -> cases.CaseOpened:  # fmt: skip
    """What the unit found itself."""
    opened_at = at(when) if isinstance(when, str) else when
    about = subject(enterprise, violation=violation, major=major, origin="unit", found=opened_at)
    return cases.CaseOpened(
        case=case, unit=unit, state="signed_for", origin="unit", tip=None, opened_at=opened_at, subject=about
    )


def closed(
    case: str, conclusion: str | None = "borne_out", *, unit: str = ZEZHOU, origin: str = "tip",
    about: cases.Subject | None = None,
) -> cases.CaseClosed:  # fmt: skip
    when = at("2022-02-01 10:00")
    return cases.CaseClosed(
        case=case, unit=unit, state="closed", closed_at=when, on_time=True, disclosure_due=when, conclusion=conclusion,
        subject=about or subject(origin=origin),
    )  # fmt: skip


def found_false(
    case: str, when: str | datetime, about: cases.Subject | None = None, *, trigger: str = "false_closure"
) -> cases.EscalationFound:  # fmt: skip
    found_at = at(when) if isinstance(when, str) else when
    return cases.EscalationFound(
        case=case, unit=ZEZHOU, state="handling", trigger=trigger, verifier="g1", found_at=found_at, in_time=True,
        feedback_due=found_at, subject=about or subject(),
    )  # fmt: skip


def taken_back(case: str) -> cases.CaseTakenBack:
    return cases.CaseTakenBack(case=case, unit=ZEZHOU, state="taken_back")


def inspect(bureau: Bureau, by: Any, finding: dict[str, Any] = MAJOR, enterprise: str = "甲气站", **fields: Any) -> str:
    told = bureau.inspect(by, unit=ZEZHOU, enterprise=enterprise, findings=[finding], **fields)
    return str(told["findings"][0])


def broken(bureau: Bureau, month: str = "2021-12") -> list[str]:
    filing: Filing = bureau.aggregate(SCHEDULE.filing_id("commitment", ZEZHOU, month))
    assert bureau.filing("commitment", ZEZHOU, month).get("broken_by") == next(reversed(filing.broken_by), None)
    return list(filing.broken_by)
