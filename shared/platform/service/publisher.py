"""From private events to what others are told: public (thin) and internal contracts.

An event is told by the contracts of its own name, if there are any. A contract's field is filled from what is `Common`
to the aggregate's contracts, else from the event's field of the same name, else as `fields` says. So a new event that
is told as it is needs no line here, and one that is not told at all is named in `private` with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct, structs

from shared.platform.event_store import canonical
from shared.platform.event_store.session import Recorded
from shared.platform.event_store.unit_of_work import Publication

Field = Callable[[Any, Any], Any]
"""From an event and its aggregate after it, the value of one field of a contract."""


class Common(Struct, frozen=True):
    """What all contracts of one aggregate share: their fields, the key by which they keep their order (on the internal
    feed `internal_key`, if given), and whose jurisdiction they fall under."""

    fields: Mapping[str, Any]
    key: str
    jurisdiction: str
    internal_key: str | None = None


class Contracts:
    """The contracts of one feed, by event name. `fields`: contract → field → how it is filled where names do not say
    it. `unless`: contract → whether the event is not told. `_` for a missing field means its default."""

    def __init__(
        self, contracts: Mapping[str, type], fields: Mapping[type, Mapping[str, Field]],
        unless: Mapping[type, Field] | None = None,
    ) -> None:  # fmt: skip
        self.contracts = contracts
        self._fields = fields
        self._unless = unless or {}
        self._plans: dict[type, Callable[[Any, Any, Mapping[str, Any]], Any] | None] = {}

    def tell(self, event: Any, aggregate: Any, common: Mapping[str, Any]) -> Any | None:
        """The contract of an event; None where this feed is not told of it."""
        kind = type(event)
        try:
            plan = self._plans[kind]
        except KeyError:
            plan = self._plans[kind] = self._plan(kind, common)
        return plan(event, aggregate, common) if plan is not None else None

    def _plan(self, kind: type, common: Mapping[str, Any]) -> Callable[[Any, Any, Mapping[str, Any]], Any] | None:
        contract = self.contracts.get(kind.__name__)
        if contract is None:
            return None
        special = self._fields.get(contract, {})
        names = [one.name for one in structs.fields(contract)]
        unshared = [name for name in common if name in special or name not in names]
        own = [name for name in names if name not in special and name not in common and _has(kind, name)]
        unless = self._unless.get(contract)

        def told(event: Any, aggregate: Any, common: Mapping[str, Any]) -> Any:
            if unless is not None and unless(event, aggregate):
                return None
            values = dict(common)
            for name in unshared:
                del values[name]
            for name in own:
                values[name] = getattr(event, name)
            for name, fill in special.items():
                values[name] = fill(event, aggregate)
            return contract(**values)

        return told


def _has(kind: type, name: str) -> bool:
    return any(name in vars(base).get("__annotations__", {}) for base in kind.__mro__)


def publication(event: Any, contract: Any, key: str, jurisdiction: str | None) -> Publication:
    """A contract on its way out; `jurisdiction` None: to our own services."""
    return Publication(
        name=type(contract).__name__, stream=event.originator_id, version=event.originator_version, partitionkey=key,
        jurisdiction=jurisdiction, at=event.at, recorded=event.timestamp,
        data=canonical.encode_checked(contract).decode(),
    )  # fmt: skip


class Publisher:
    """Both feeds of a service. `about` says what an aggregate's contracts share, None for one of which nobody is told;
    `after` adds what follows from a whole save."""

    def __init__(
        self,
        public: Contracts,
        internal: Contracts,
        about: Callable[[Any, Any], Common | None],
        private: frozenset[type],
        after: Callable[[Any, Recorded], Iterator[Publication]] | None = None,
    ) -> None:
        self.public = public
        self.internal = internal
        self.private = private
        self._about = about
        self._after = after

    def publish(self, aggregate: Any, recorded: Recorded) -> Iterator[Publication]:
        """What goes out for the events of one saved aggregate, in their order."""
        for event, _ in recorded:
            common = self._about(aggregate, event)
            if common is None:
                continue
            for feed, key, where in (
                (self.public, common.key, common.jurisdiction),
                (self.internal, common.internal_key or common.key, None),
            ):
                contract = feed.tell(event, aggregate, common.fields)
                if contract is not None:
                    yield publication(event, contract, key, where)
        if self._after is not None:
            yield from self._after(aggregate, recorded)
