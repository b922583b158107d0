"""A small domain for tests of the event store and the bus: lifts that are registered, inspected and scrapped.

It has what a service has: events with stored names, an aggregate that refuses, a projection, publications in both
feeds, a timer (the next inspection), and one function per command that the lane can run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from eventsourcing.domain import Aggregate

from shared.platform.event_store import canonical
from shared.platform.event_store.envelope import Actor, Envelope
from shared.platform.event_store.events import EnvelopedCreation, EnvelopedEvent, begin, stored
from shared.platform.event_store.rows import Change, insert, update
from shared.platform.event_store.session import Reactions, Recorded, Session
from shared.platform.event_store.unit_of_work import Publication

AT = datetime(2022, 1, 21, 17, 31, tzinfo=ZoneInfo("Asia/Shanghai"))
INSPECTOR = Actor(id="u-7", role="station", unit="140525")
REMARK_THAT_NO_ROW_TAKES = "nul\x00"


class LiftIsScrapped(Exception):
    """A scrapped lift is not inspected any more."""


@dataclass(frozen=True)
class Address:
    street: str
    number: int


@stored("sample.LiftRegistered")
class LiftRegistered(EnvelopedCreation):
    aggregate_topic = "sample.Lift"
    county: str
    address: Address | None = None
    inspect_by: datetime | None = None

    def apply(self, lift: Lift) -> None:
        lift.county = self.county
        lift.inspect_by = self.inspect_by


@stored("sample.LiftInspected")
class LiftInspected(EnvelopedEvent):
    remark: str
    inspect_by: datetime | None = None

    def apply(self, lift: Lift) -> None:
        lift.remarks = [*lift.remarks, self.remark]
        lift.inspect_by = self.inspect_by


@stored("sample.LiftScrapped")
class LiftScrapped(EnvelopedEvent):
    def apply(self, lift: Lift) -> None:
        lift.scrapped = True
        lift.inspect_by = None


@stored("sample.Lift")
class Lift(Aggregate):
    county: str
    remarks: list[str]
    inspect_by: datetime | None
    scrapped: bool

    def __init__(self) -> None:
        self.remarks = []
        self.scrapped = False

    @classmethod
    def register(
        cls,
        envelope: Envelope,
        id_: UUID,
        county: str,
        *,
        address: Address | None = None,
        inspect_by: datetime | None = None,
    ) -> Lift:
        return begin(
            cls, LiftRegistered, id=id_, envelope=envelope, county=county, address=address, inspect_by=inspect_by
        )

    def inspect(self, envelope: Envelope, remark: str, inspect_by: datetime | None = None) -> None:
        if self.scrapped:
            raise LiftIsScrapped(f"lift {self.id} is scrapped: register the new one")
        self.trigger_event(LiftInspected, envelope=envelope, remark=remark, inspect_by=inspect_by)

    def scrap(self, envelope: Envelope) -> None:
        self.trigger_event(LiftScrapped, envelope=envelope)


def envelope(key: str = "k", at: datetime = AT) -> Envelope:
    return Envelope(at=at, actor=INSPECTOR, command_key=key, campaign="sample", campaign_version=1)


def in_days(days: int) -> datetime:
    return AT + timedelta(days=days)


# --- commands, as the lane runs them ---

Command = Callable[[Session], dict[str, Any]]


def register(id_: UUID, county: str = "140525", *, inspect_by: datetime | None = None, saying: str = "") -> Command:
    """Register a lift; with `saying`, inspect it at once in the same command."""

    def command(session: Session) -> dict[str, Any]:
        lift = Lift.register(envelope(), id_, county, inspect_by=inspect_by)
        if saying:
            lift.inspect(envelope(), saying, inspect_by)
        session.save(lift)
        return {"lift": str(id_), "version": lift.version}

    return command


def inspect(id_: UUID, remark: str = "fine", *, inspect_by: datetime | None = None) -> Command:
    def command(session: Session) -> dict[str, Any]:
        lift = session.get(Lift, id_)
        lift.inspect(envelope(), remark, inspect_by)
        session.save(lift)
        return {"lift": str(id_), "version": lift.version}

    return command


def scrap(id_: UUID) -> Command:
    def command(session: Session) -> dict[str, Any]:
        lift = session.get(Lift, id_)
        lift.scrap(envelope())
        session.save(lift)
        return {"lift": str(id_), "version": lift.version}

    return command


def inspect_and_then_refuse(id_: UUID) -> Command:
    """Stages events, rows and publications, and is refused after that."""

    def command(session: Session) -> dict[str, Any]:
        lift = session.get(Lift, id_)
        lift.inspect(envelope(), "must leave no trace")
        session.save(lift)
        raise LiftIsScrapped("refused after staging")

    return command


def remarks_of(id_: UUID) -> Callable[[Session], list[str]]:
    return lambda session: list(session.get(Lift, id_).remarks)


# --- what the sample service does with its own events ---


def project(event: Any) -> Iterable[Change]:
    match event:
        case LiftRegistered():
            yield insert("lifts", key="id", id=event.originator_id, county=event.county, inspections=0)
        case LiftInspected():
            count = event.originator_version - 1
            yield update("lifts", key="id", id=event.originator_id, inspections=count, remark=event.remark)
        case LiftScrapped():
            yield update("lifts", key="id", id=event.originator_id, scrapped=True)


def publish(lift: Lift, recorded: Recorded) -> Iterator[Publication]:
    """Everything goes out internally; to the public all but inspections."""
    for event, stored_event in recorded:
        told = {"lift": str(lift.id), "county": lift.county, "remark": getattr(event, "remark", None)}
        data = canonical.encode(told).decode()
        for jurisdiction in (None, lift.county):
            if jurisdiction is None or not isinstance(event, LiftInspected):
                yield Publication(
                    name=type(event).__name__,
                    stream=lift.id,
                    version=stored_event.originator_version,
                    partitionkey=str(lift.id),
                    jurisdiction=jurisdiction,
                    at=event.at,
                    recorded=event.timestamp,
                    data=data,
                )


def timers(lift: Lift) -> Mapping[str, datetime]:
    return {"inspection": lift.inspect_by} if lift.inspect_by else {}


REACTIONS = Reactions(project=project, publish=publish, timers=timers)
