"""Opening cases, sending letters, signing for them, sending them back."""

from __future__ import annotations

from datetime import date

from services.cases.commands.fields import Body, Instant, Items, Short, Text


class Open(Body):
    """A problem found without a tip: by an inspection of the city or a group, or by the unit itself."""

    matter: Text
    unit: Short | None = None
    enterprise: Short | None = None
    place: Short | None = None
    violation: Short | None = None
    target: Short | None = None
    matters: Items = ()
    danger: bool = False
    found_at: Instant | None = None


class Transfer(Body):
    """Sign a letter off (director) or draft it (office). What is left out follows the campaign's rules.

    `circumstance`: major | mixed, which lengthen the window; `feedback_by`: this letter's own last day.
    """

    unit: Short | None = None
    matter: Text | None = None
    enterprise: Short | None = None
    supervising: Short | None = None
    circumstance: Short | None = None
    feedback_by: date | None = None
    attachments: Items = ()


class SignFor(Body):
    """Sign for the letter."""


class RequestReturn(Body):
    """Ask the office to take the letter back: `reason` is a code of the campaign's return reasons."""

    reason: Short
    text: Text


class AcceptReturn(Body):
    """Take the letter back; the case then waits for another letter."""


class RefuseReturn(Body):
    """Leave the letter where it is, and say why."""

    text: Text
