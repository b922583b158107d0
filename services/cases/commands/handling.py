"""What the unit does with a case, and the later date that it asks for."""

from __future__ import annotations

from datetime import date

from services.cases.commands.fields import Body, Instant, Items, Short, Text


class AssignHandler(Body):
    """Name the handling officer (a person of the unit), and the station that does the work."""

    officer: Short
    station: Short | None = None


class RecordStep(Body):
    """An evidenced step: `step` is a code of the campaign's handling steps, `evidence` names papers or pictures."""

    step: Short
    text: Text
    evidence: Items = ()
    taken_at: Instant | None = None


class Remark(Body):
    """A remark; it stops no clock."""

    text: Text


class RequestExtension(Body):
    """Ask for a later feedback date: the end of the day `until`."""

    until: date
    reason: Text


class GrantExtension(Body):
    """Grant the asked date."""


class RefuseExtension(Body):
    """Let the original date stand, and say why."""

    text: Text


class ReportInterim(Body):
    """Tell how far the unit is, with the rectification plan and its own last day. No clock moves."""

    text: Text
    plan: Text | None = None
    planned_for: date | None = None


class DecidePenaltyProceeding(Body):
    """Whether a penalty proceeding is opened: its number, or the reason why not."""

    proceeding: bool
    number: Short | None = None
    reason: Text | None = None
