"""What people may order of *assessment*, by subject: body, permission and function of each command, in one table for
each address; a paper and a bulletin are addressed by whose they are and for when.

`heard` is what time does, `setting` what is decided with.
"""

from __future__ import annotations

from typing_extensions import TypedDict

from services.assessment.domain import authority
from services.assessment.domain.bulletin import Bulletin
from services.assessment.domain.filing import BRIEFING, COMMITMENT, Filing
from services.assessment.domain.inspection import Inspection
from services.assessment.handlers import bulletins, inspecting, papers, returns
from services.assessment.rules.schedule import WEEKLY
from shared.platform.event_store.envelope import Actor
from shared.platform.service.answers import Id
from shared.platform.service.authority import Permission
from shared.platform.service.command import Resource


class ToldOfPaper(TypedDict):
    """A paper after a command."""

    filing: Id
    kind: str
    unit: str
    period: str
    state: str
    in_time: bool | None
    version: int


class PlaceOnly(TypedDict):
    """A unit's place; the score in hundredths of a point."""

    unit: str
    rank: int
    score: int


class PlacesOnly(TypedDict):
    """A ranking of one kind of unit, best first."""

    kind: str
    placings: list[PlaceOnly]


class ToldOfBulletin(TypedDict):
    """A bulletin after a command: how many cases are in it, and its rankings."""

    bulletin: Id
    month: str
    cases: int
    state: str
    version: int
    digest: str | None
    rankings: list[PlacesOnly]


class ToldOfInspection(TypedDict):
    """What was recorded; each finding has the identifier of the case that it becomes."""

    inspection: Id
    unit: str
    findings: list[Id]


def told_of_paper(filing: Filing) -> ToldOfPaper:
    return {
        "filing": str(filing.id), "kind": filing.kind, "unit": filing.unit, "period": filing.period,
        "state": filing.state, "in_time": filing.in_time, "version": filing.version,
    }  # fmt: skip


def told_of_bulletin(bulletin: Bulletin) -> ToldOfBulletin:
    return {
        "bulletin": str(bulletin.id), "month": bulletin.month, "cases": len(bulletin.cases),
        "state": bulletin.state, "version": bulletin.version,
        "digest": bulletin.content.digest if bulletin.content else None,
        "rankings": [
            {
                "kind": ranking.kind,
                "placings": [{"unit": one.unit, "rank": one.rank, "score": one.score} for one in ranking.placings],
            }
            for ranking in bulletin.rankings
        ],
    }  # fmt: skip


def told_of_inspection(inspection: Inspection) -> ToldOfInspection:
    return {
        "inspection": str(inspection.id),
        "unit": inspection.unit,
        "findings": [one.id for one in inspection.findings],
    }


def may_at_all(row: Permission, actor: Actor, filing: Filing | None, _: object) -> None:
    if filing is None:
        authority.AUTHORITY.check_role(row, actor)
    else:
        authority.check_actor(row, actor, filing.unit)


def may_now(row: Permission, _: Actor, filing: Filing | None, __: object) -> None:
    if filing is not None:
        authority.check_paper(row, filing.state)


def has_the_role(row: Permission, actor: Actor, _: object, __: object) -> None:
    authority.AUTHORITY.check_role(row, actor)


def may_now_with_the_bulletin(row: Permission, _: Actor, bulletin: Bulletin | None, __: object) -> None:
    authority.check_bulletin(row, bulletin.state if bulletin is not None else "open")


RETURNS = Resource(
    "/returns/{unit}/{week}", returns.commands, told_of_paper, may_at_all, may_now,
    lambda context: papers.owed(context, WEEKLY, context.address["week"]),
)  # fmt: skip
COMMITMENTS = Resource(
    "/commitments/{unit}/{month}", papers.commitments, told_of_paper, may_at_all, may_now,
    lambda context: papers.monthly(context, COMMITMENT),
)  # fmt: skip
BRIEFINGS = Resource(
    "/briefings/{unit}/{month}", papers.briefings, told_of_paper, may_at_all, may_now,
    lambda context: papers.monthly(context, BRIEFING),
)  # fmt: skip
WRITTEN = Resource("/filings/{kind}/{unit}", papers.written, told_of_paper, may_at_all, may_now, lambda _: None)
BULLETIN = Resource(
    "/bulletins/{month}", bulletins.commands, told_of_bulletin, has_the_role, may_now_with_the_bulletin, bulletins.find
)
INSPECTION = Resource("/inspections", inspecting.commands, told_of_inspection, has_the_role)
RESOURCES = (INSPECTION, RETURNS, COMMITMENTS, WRITTEN, BRIEFINGS, BULLETIN)
