"""The published events of each service: the only thing that one service knows of another.

`public` is for outsiders: thin (identifiers, state, jurisdiction, dates, a link), changed only by adding optional
fields. `internal` is for the other three services. A contract's class name is the event's name on the bus.
"""

from __future__ import annotations

from importlib import import_module

from msgspec import Struct

SERVICES = ("intake", "cases", "assessment", "notify")
"""Every service, in the order in which a tip meets them."""


def public_contracts(service: str) -> dict[str, type]:
    """Event name → contract of the public events of `service`."""
    return _contracts(f"shared.kernel.contracts.public.{service}")


def internal_contracts(service: str) -> dict[str, type]:
    """Event name → contract of the internal events of `service`."""
    return _contracts(f"shared.kernel.contracts.internal.{service}")


def told_to(service: str) -> dict[str, dict[str, type]]:
    """Producer → event name → contract of everything that the other services tell `service`."""
    return {producer: internal_contracts(producer) for producer in SERVICES if producer != service}


def _contracts(module: str) -> dict[str, type]:
    members = vars(import_module(module)).items()
    return {
        name: member
        for name, member in members
        if isinstance(member, type) and issubclass(member, Struct) and member.__module__ == module and name[0] != "_"
    }
