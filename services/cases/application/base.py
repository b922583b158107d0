"""What every part of the application needs: the campaign, the clock, checks of codes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.cases import rules
from services.cases.domain.case import Case
from services.cases.domain.errors import Invalid
from services.cases.domain.values import Deadline
from shared.kernel.campaign import Campaign
from shared.platform.event_store.envelope import Envelope, system
from shared.platform.messaging.engine import Clock
from shared.platform.messaging.inbox import Received

Told = dict[str, Any]


class Base:
    """The campaign and its words."""

    def __init__(self, campaign: Campaign, clock: Clock) -> None:
        self.campaign = campaign
        self._clock = clock
        self._counties = dict.fromkeys(county.code for county in campaign.units)

    def _system(self, rule: str, at: datetime, cause: str, correlation: str | None) -> Envelope:
        return Envelope(
            at=at, actor=system(rule), command_key=cause, campaign=self.campaign.id,
            campaign_version=self.campaign.version, causation=cause, correlation=correlation, rule=rule,
        )  # fmt: skip

    def _heard(self, rule: str, received: Received, correlation: str | None) -> Envelope:
        """The envelope of what follows from another service's event. The clock may be behind the event's."""
        cause = f"{received.producer}:{received.sequence}"
        return self._system(rule, max(self._clock.now(), received.at), cause, correlation)

    def _first_step(self, case: Case, signed_for: datetime) -> Deadline:
        if case.feedback is None:
            raise Invalid("case", "此件没有反馈期限，请联系系统管理员。")
        return rules.a_unit_that_signed_for_a_letter_must_act(self.campaign, signed_for, case.feedback)

    def _new_window(self, case: Case, at: datetime) -> tuple[Deadline, Deadline]:
        """A new feedback date under the circumstance of the old one, and that of the first step."""
        circumstance = case.feedback.circumstance if case.feedback else None
        feedback = rules.the_unit_answers_by_the_letters_date(self.campaign, at, circumstance, None)
        return feedback, rules.a_unit_that_signed_for_a_letter_must_act(self.campaign, at, feedback)

    def _check_unit(self, unit: str | None) -> None:
        if unit not in self._counties:
            text = "没有这个单位代码。" if unit else "请写明问题所在的县级单位。"
            raise Invalid("unit", text, tuple(self._counties))

    def _check_past(self, field: str, moment: datetime | None, envelope: Envelope) -> None:
        if moment is not None and moment > envelope.at:
            raise Invalid(field, "时间晚于现在，请核对。")

    def _term(self, taxonomy: str, field: str, code: str | None) -> str | None:
        if code is None:
            return None
        known = self.campaign.taxonomy(taxonomy)
        if code not in known:
            raise Invalid(field, f"{known.zh}里没有这个代码。", known.codes)
        return code
