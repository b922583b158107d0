"""What follows from a finding: accountability (notice 七（三）) and key supervision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.cases.domain.events.base import CaseEvent
from services.cases.domain.values import Deadline, KeySupervision
from shared.platform.event_store.events import stored

if TYPE_CHECKING:
    from services.cases.domain.case import Case


@stored("cases.AccountabilityImposed")
class AccountabilityImposed(CaseEvent):
    """Units and individuals (`people` counts them, `posts` says which) were held to account on a ground of the
    campaign, by the actions that follow from it. `publish`: the public is told, never of individuals."""

    ground: str
    actions: tuple[str, ...]
    units: tuple[str, ...]
    people: int
    publish: bool
    posts: str | None = None

    def apply(self, case: Case) -> None:
        """Nothing of the case follows from it."""


@stored("cases.KeySupervisionStarted")
class KeySupervisionStarted(CaseEvent):
    """A group supervises the case closely until it concludes; it re-checks by `recheck`."""

    moves_the_loop = True
    group: str
    reason: str
    measures: str
    recheck: Deadline

    def apply(self, case: Case) -> None:
        case.key_supervision = KeySupervision(self.group, self.recheck)


@stored("cases.KeySupervisionEnded")
class KeySupervisionEnded(CaseEvent):
    """The group concluded."""

    moves_the_loop = True
    group: str
    conclusion: str

    def apply(self, case: Case) -> None:
        if case.key_supervision is not None:
            case.key_supervision = KeySupervision(self.group, case.key_supervision.recheck, self.at)
