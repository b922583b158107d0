"""Results, reviews, closing and reopening."""

from __future__ import annotations

from datetime import date

from services.cases.commands.fields import Body, Items, Text


class ReportResult(Body):
    """The result. The handling officer's waits for the principal; the principal's is signed. A principal may leave
    `text` out to sign what was drafted. `measures` are codes of the campaign's ten measures (Annex 4)."""

    text: Text | None = None
    measures: Items = ()
    evidence: Items = ()


class ReviewResult(Body):
    """Accept the result."""

    opinion: Text = "同意办结"


class RejectResult(Body):
    """Send the result back, with the reason."""

    reason: Text


class Close(Body):
    """Close the case."""


class Reopen(Body):
    """Let a closed case run again, with the reason."""

    reason: Text
    feedback_by: date | None = None
