"""Escalated verification, and what follows from a finding."""

from __future__ import annotations

from datetime import date
from typing import Literal

from services.cases.commands.fields import Body, Items, People, Short, Text

Trigger = Literal["overdue", "idle_after_acceptance", "false_closure"]


class SuspectFalseClosure(Body):
    """An independent check contradicts the closure. `source`: who checked."""

    text: Text
    source: Literal["group", "return_visit", "new_tip", "inspection", "tipster"]
    evidence: Items = ()


class Reply(Body):
    """The unit's reply to the suspicion."""

    text: Text
    evidence: Items = ()


class AppointVerification(Body):
    """Appoint who verifies: by default the oldest escalation that waits, and whom the campaign's rule names."""

    trigger: Trigger | None = None
    verifier: Short | None = None


class VerifyEscalation(Body):
    """The verifier's conclusion: `found` where the escalation is borne out."""

    found: bool
    text: Text
    evidence: Items = ()
    trigger: Trigger | None = None


class ImposeAccountability(Body):
    """Hold units and individuals to account on a ground of the campaign; the actions follow from it.

    `units`: codes, the case's unit if left out; `people` counts individuals, `posts` says which. With `publish` the
    public is told, never of individuals.
    """

    ground: Short
    units: Items | None = None
    people: People = 0
    posts: Text | None = None
    publish: bool = False


class StartKeySupervision(Body):
    """A group, by default the one that answers for the unit, supervises the case closely and re-checks by a day."""

    reason: Text
    measures: Text
    recheck_by: date
    group: Short | None = None


class EndKeySupervision(Body):
    """The group's conclusion."""

    conclusion: Text
