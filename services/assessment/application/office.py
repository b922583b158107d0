"""What all commands of *assessment* need: the campaign, its calendar, and envelopes of what happens by itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.assessment.domain.errors import Invalid
from services.assessment.rules.schedule import Schedule
from shared.kernel.campaign import Campaign, UnknownCode
from shared.platform.event_store.envelope import Envelope, system

Told = dict[str, Any]


class Office:
    """The campaign and its schedule."""

    def __init__(self, campaign: Campaign, schedule: Schedule) -> None:
        self.campaign = campaign
        self.schedule = schedule

    def group_of(self, unit: str) -> str | None:
        """The group that answers for a county; None for what is no county."""
        try:
            return self.campaign.group_of(unit).code
        except UnknownCode:
            return None

    def system(self, rule: str, at: datetime, cause: str) -> Envelope:
        """The envelope of what follows from a rule."""
        return Envelope(
            at=at, actor=system(rule), command_key=cause, campaign=self.campaign.id,
            campaign_version=self.campaign.version, causation=cause, rule=rule,
        )  # fmt: skip

    def term(self, taxonomy: str, field: str, code: str | None) -> str | None:
        """The code, if the campaign's list knows it. Raises Invalid naming the field and what is allowed."""
        known = self.campaign.taxonomy(taxonomy)
        if code is not None and code not in known:
            raise Invalid(field, f"{known.zh}里没有这个代码。", known.codes)
        return code
