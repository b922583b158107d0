"""What commands of all services have of the campaign: as whom a viewer acts, what every event carries, and the choices
that the campaign offers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from shared.kernel.campaign import Campaign
from shared.kernel.visibility import home_unit
from shared.platform.event_store.envelope import Actor, Envelope, system
from shared.platform.messaging.engine import Engine
from shared.platform.messaging.handler import Received
from shared.platform.service.command import Address
from shared.platform.service.dispatch import Dispatch
from shared.platform.service.fields import Choice
from shared.platform.web.commands import Asked
from shared.platform.web.session import Viewer


@dataclass(frozen=True, slots=True)
class Setting:
    """What a service decides with; a service that needs more than the campaign has a setting of its own."""

    campaign: Campaign


S = TypeVar("S", bound=Setting)


def dispatch_of(engine: Engine, setting: S, signers: Collection[str]) -> Dispatch[S]:
    """The way of commands into this service. A station acts within its county; the acts of `signers` are signed."""
    campaign = setting.campaign

    def actor_of(viewer: Viewer) -> Actor:
        signed_by = viewer.id if viewer.role in signers else None
        return Actor(viewer.id, viewer.role, home_unit(campaign, viewer.unit), signed_by=signed_by)

    def envelope(actor: Actor, at: datetime, asked: Asked, address: Address) -> Envelope:
        return Envelope(
            at=at, actor=actor, command_key=asked.key, campaign=campaign.id, campaign_version=campaign.version,
            correlation=address.get("tip", asked.key),
        )  # fmt: skip

    return Dispatch(engine, setting, actor_of, envelope)


def by_rule(campaign: Campaign, rule: str, at: datetime, cause: str, correlation: str | None = None) -> Envelope:
    """The envelope of what the system does by a rule, because of `cause`."""
    return Envelope(
        at=at, actor=system(rule), command_key=cause, campaign=campaign.id, campaign_version=campaign.version,
        causation=cause, correlation=correlation, rule=rule,
    )  # fmt: skip


def because_of(
    campaign: Campaign, rule: str, received: Received, now: datetime, correlation: str | None = None
) -> Envelope:
    """The envelope of what follows from another service's event. The clock may be behind the event's."""
    return by_rule(campaign, rule, max(now, received.at), received.reference, correlation)


def term(taxonomy: str, *, ticks: bool = False) -> Choice:
    """A code of one of the campaign's lists."""
    return Choice(
        lambda setting, _, locale: [(one.code, one.name(locale)) for one in setting.campaign.taxonomy(taxonomy).terms],
        lambda setting: f"{setting.campaign.taxonomy(taxonomy).zh}里没有这个代码。",
        ticks,
        holds=lambda setting, code: code in setting.campaign.taxonomy(taxonomy),
    )


def county(*, ticks: bool = False) -> Choice:
    """A county-level unit of the campaign."""
    return Choice(
        lambda setting, _, locale: [(one.code, one.name(locale)) for one in setting.campaign.units],
        "没有这个单位代码。",
        ticks,
    )
