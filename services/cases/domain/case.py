"""The case: what may be done to it, by subject.

Every command method checks the table of authority and its own rules, then triggers events; it never asks for the time
(the envelope has it) and never computes a date (deadlines are given, because they follow the campaign's calendar).
"""

from __future__ import annotations

from services.cases.domain.concluding import Concluding
from services.cases.domain.escalating import Escalating
from services.cases.domain.handling import Handling
from services.cases.domain.state import CaseState
from services.cases.domain.supervising import Supervising
from services.cases.domain.transferring import Transferring
from shared.platform.event_store.events import stored


@stored("cases.Case")
class Case(Transferring, Handling, Concluding, Escalating, Supervising):
    """One problem on its way through the closed loop."""

    def __init__(self) -> None:
        CaseState.__init__(self)  # not super(): the library gives each class between the two a dataclass's constructor
