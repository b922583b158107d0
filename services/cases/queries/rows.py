"""One line of a list of cases, and where a list goes on."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

UNDECIDED = "FROM escalations AS e WHERE e.case_id = cases.id AND e.outcome IS NULL"
APPOINT = f"(SELECT min(e.appoint_due) {UNDECIDED} AND e.verifier IS NULL)"
VERIFY = f"(SELECT min(e.verify_due) {UNDECIDED} AND %(own)s IN ('', e.verifier))"
OWN_CLOCKS = """least(CASE WHEN state = 'opened' THEN due END, return_due, answer_due, review_due, closing_due,
CASE WHEN state = 'closed' AND disclosed_at IS NULL THEN disclosure_due END)"""
"""The first date by which the office owes something on a case, but for the appointment of verifiers. As an index has it
(migration 0007)."""
OFFICE = f"least({OWN_CLOCKS}, {APPOINT})"


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One line of a list of cases. Due instants are exclusive; `due` is the date of the letter, before it that of the
    transfer. `escalated`: an escalation is undecided; `verify_due` is when the first of them that the viewer's group
    verifies (all, for others) is to be decided; `office_due` is when the office first owes something."""

    id: UUID
    tip: str | None
    origin: str
    unit: str
    state: str
    version: int
    matter: str
    enterprise: str | None
    source: str
    danger: bool
    in_period: bool
    letter: str | None
    handler: str | None
    draft: str | None
    overdue: bool
    idle: bool
    false_closure: bool
    key_group: str | None
    received_at: datetime
    opened_at: datetime
    transferred_at: datetime | None
    reported_at: datetime | None
    closed_at: datetime | None
    disclosed_at: datetime | None
    assessed_in: str | None
    due: datetime | None
    awaits_investigation: bool
    first_step_due: datetime | None
    disclosure_due: datetime | None
    return_asked: datetime | None
    extension_asked: datetime | None
    reply_due: datetime | None
    recheck_due: datetime | None
    escalated: bool
    verify_due: datetime | None
    return_due: datetime | None
    answer_due: datetime | None
    review_due: datetime | None
    closing_due: datetime | None
    appoint_due: datetime | None
    office_due: datetime | None

    @property
    def owed(self) -> datetime | None:
        """When the result is owed, or before the letter when the office sends it; None once it was reported, and while
        the date stands still."""
        stands_still = self.awaits_investigation and self.state != "opened"
        return self.due if self.reported_at is None and not stands_still else None


_OF_ESCALATIONS = {
    "escalated": "of.escalated", "verify_due": "of.verify_due", "appoint_due": "of.appoint_due",
    "office_due": f"least({OWN_CLOCKS}, of.appoint_due)",
}  # fmt: skip
"""The fields of a row that are no columns of the table."""
_COLUMNS = ", ".join(
    f"{_OF_ESCALATIONS[field.name]} AS {field.name}" if field.name in _OF_ESCALATIONS else field.name
    for field in fields(CaseRow)
)


def lines(cases: str) -> str:
    """The rows of some cases (a SELECT of all columns), each with what is undecided of its escalations."""
    return f"""SELECT {_COLUMNS} FROM ({cases}) AS cases, LATERAL (
      SELECT count(*) > 0 AS escalated, min(e.appoint_due) FILTER (WHERE e.verifier IS NULL) AS appoint_due,
             min(e.verify_due) FILTER (WHERE %(own)s IN ('', e.verifier)) AS verify_due
      {UNDECIDED}
    ) AS of"""  # noqa: S608 – fixed parts


@dataclass(frozen=True, slots=True)
class Place:
    """Between two lines of a list: behind the case `id` that stands at the date `at` (None: without one), or before it,
    if `back`."""

    at: datetime | None
    id: UUID
    back: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list: how many cases the whole list has, at most one more than are `counted`; and where the pages
    before and after it are, None where there is none."""

    rows: list[CaseRow]
    total: int
    counted: int
    before: Place | None
    after: Place | None
