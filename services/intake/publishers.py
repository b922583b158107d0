"""From the private events of a tip to what others are told: public (thin) and internal contracts.

Nothing that a tipster wrote is in either; where a field is not called as in the event, it stands here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from services.intake.domain import events
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.definition import CITY, NOWHERE
from shared.kernel.campaign.due import printed
from shared.kernel.campaign.office import done_by
from shared.kernel.contracts import internal_contracts, public_contracts
from shared.kernel.contracts.internal import intake as internal
from shared.kernel.contracts.public import intake as public
from shared.platform.event_store.session import Recorded
from shared.platform.event_store.unit_of_work import Publication
from shared.platform.service.publisher import Common, Contracts, Field, Publisher, publication

_AT: Field = lambda e, _: e.at  # noqa: E731 – one of a table's cells


def _of_lead(name: str) -> Field:
    return lambda event, _: getattr(event.lead, name)


def _of_tip(name: str) -> Field:
    return lambda _, tip: getattr(tip, name)


_LEAD = ("unit", "matter", "enterprise", "place", "violation", "target", "matters", "danger", "against_officials")
PUBLIC = Contracts(
    public_contracts("intake"),
    {
        public.TipReceived: {"state": lambda _, __: "received", "received_at": _AT},  # it may be triaged already
        public.TipTriaged: {"unit": _of_lead("unit"), "triaged_at": _AT},
        public.OfficeClockMissed: {
            "case": lambda _, __: None,
            "unit": lambda _, __: CITY,
            "due": lambda e, _: printed(e.due),
            "missed_at": _AT,
            "link": lambda _, tip: f"/triage/{tip.id}",
        },
    },
)
INTERNAL = Contracts(
    internal_contracts("intake"),
    {
        internal.TipReceived: {"received_at": _AT},
        internal.TriageDueSoon: {"danger": _of_tip("danger")},
        internal.OfficeClockMissed: {
            "done_is_told": lambda _, __: True,
            "unit": lambda _, __: CITY,
            "missed_at": _AT,
            "danger": _of_tip("danger"),
        },
        internal.TipTriaged: {
            **{name: _of_lead(name) for name in _LEAD},
            **{name: _of_tip(name) for name in ("source", "received_at", "external_no", "in_period")},
            "triaged_at": _AT,
        },
    },
)
PRIVATE: frozenset[type] = frozenset(
    {
        events.IdentitySealed,  # who gave a tip is for the vault alone
        events.TipSupplemented,  # what somebody wrote; what follows from it goes out with the triage
        events.MessageFromTipster,  # between the tipster and the office
        events.MessageToTipster,  # as above
    }
)


def publisher_of(campaign: Campaign) -> Publisher:
    """The feeds of *intake*. A triaged tip is the unit's, or the city's where it is against the unit's officials;
    before that, and where it ends without a case, it is nobody's territory."""

    def about(tip: Any, event: Any) -> Common:
        where = NOWHERE
        if isinstance(event, events.TipTriaged):
            lead = event.lead
            where = CITY if lead.against_officials else campaign.jurisdiction_of(lead.unit)
        elif isinstance(event, events.OfficeClockMissed):
            where = CITY
        return Common({"tip": str(tip.id), "state": tip.state}, str(tip.id), where)

    return Publisher(PUBLIC, INTERNAL, about, PRIVATE, _done)


def _done(tip: Any, recorded: Recorded) -> Iterator[Publication]:
    """That an officer has triaged it: derived, not stored."""
    dates = [tip.triage_done] if tip.triage_done is not None else []
    for event, one in done_by(recorded, dates):
        told = internal.OfficeClockDone(
            tip=str(tip.id), unit=CITY, clock=one.clock, due=one.due, done_at=one.done_at
        )  # fmt: skip
        yield publication(event, told, told.tip, None)
