"""How the domain of intake says no, where it is not the table of authority that does."""

from __future__ import annotations

from shared.platform.event_store.refusal import Invalid, Refusal


class OutsidePeriod(Refusal):
    """The campaign takes in nothing outside its period."""

    rule = "a_tip_falls_into_the_period"


class Revealing(Invalid):
    """A text that leaves intake holds something that could identify a tipster."""

    rule = "nothing_that_leaves_intake_identifies_a_tipster"
