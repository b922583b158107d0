"""How a case reads on a page: the entries of its timeline, what may be done and why not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.cases import rules
from services.cases.domain.authority import AUTHORITY, why_not
from services.cases.domain.case import Case
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.bodies import AnyUnit
from shared.kernel.visibility import home_unit
from shared.platform.event_store.envelope import Actor
from shared.platform.web.session import Viewer


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the timeline. `kind` is remark, alarm or empty."""

    version: int
    at: datetime
    title: str
    text: str
    kind: str
    rule: str | None
    sequence: int
    sha256: str
    stored: str


def allowed_commands(case: Case, viewer: Viewer, campaign: Campaign) -> dict[str, Any]:
    """Every command of the viewer's role: whether it may be given now, and if not why."""
    unit = home_unit(campaign, viewer.unit)
    actor = Actor(viewer.id, viewer.role, unit)
    parties, situations = case.parties, case.situations
    found = {}
    for command, permission in AUTHORITY.items():
        if viewer.role in permission.roles:
            why = why_not(command, actor, case.state, parties, situations)
            found[command] = {"name": permission.name, "allowed": why is None, "why": why}
    return found


def verifiers(campaign: Campaign) -> list[AnyUnit]:
    """The bodies that may be appointed to verify."""
    return [campaign.unit(code) for code in rules.who_may_verify(campaign)]
