"""How the domain of intake says no. Each sentence tells the reader what to do instead."""

from __future__ import annotations

from shared.platform.event_store.refusal import Invalid, NotAllowed, Refusal, StaleVersion

__all__ = ["Invalid", "NotInThisState", "OutsidePeriod", "Revealing", "StaleVersion", "WrongRole"]


class WrongRole(NotAllowed):
    """The role may not give this command."""

    rule = "role_may_give_this_command"


class NotInThisState(Refusal):
    """The tip is past this step."""

    rule = "lifecycle"
    clause = "通知六（一）"


class OutsidePeriod(Refusal):
    """The campaign takes in nothing outside its period."""

    rule = "a_tip_falls_into_the_period"


class Revealing(Invalid):
    """A text that leaves intake holds something that could identify a tipster."""

    rule = "nothing_that_leaves_intake_identifies_a_tipster"
