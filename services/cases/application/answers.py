"""What the giver of a command is told."""

from __future__ import annotations

from services.cases.application.base import Told
from services.cases.domain.case import Case


def told(case: Case) -> Told:
    """What the giver of a command is told."""
    answer: Told = {"case": str(case.id), "version": case.version, "state": case.state, "unit": case.unit}
    if case.letter is not None:
        answer["letter"] = case.letters[-1]
    if case.feedback is not None:
        answer["due"] = case.feedback.printed
    return answer
