"""The envelope inside every stored event: who, when twice, by which command, under which rules.

`at` is the domain clock, given by the command; it is the only time that rules see. The wall clock is added when the
event is made (`recorded`). Names are never in here: an actor is an identifier, resolved when shown.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class Actor(Struct, frozen=True, omit_defaults=True):
    """Who acts. `unit` is a county code, `g1`…, or `city`; `signed_by` the second person where one is required."""

    id: str
    role: str
    unit: str
    on_behalf_of: str | None = None
    signed_by: str | None = None


def system(rule: str) -> Actor:
    """The actor of a timer or an automatic decision: `system:<rule>`."""
    return Actor(id=f"system:{rule}", role="system", unit="city")


class Envelope(Struct, frozen=True, omit_defaults=True):
    """What every event of one command shares. What is absent is not stored."""

    at: datetime
    actor: Actor
    command_key: str
    campaign: str
    campaign_version: int
    causation: str | None = None
    correlation: str | None = None
    rule: str | None = None
