"""The fields that public contracts share, described once: this is what a subscriber reads in their JSON Schema.

An enumeration here is the code's own and closed: one value more would break every subscriber, so it comes only with
another type (`.v2`). Codes that a campaign defines (sources, reasons, steps, kinds of papers, …) are plain strings.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from shared.kernel.measures import Conclusion, Reinspected

_UUID = {"format": "uuid"}
_INSTANT = {"format": "date-time"}

CaseId = Annotated[str, Meta(description="The case.", extra_json_schema=_UUID)]
TipId = Annotated[str, Meta(description="The tip. It says nothing of who gave it.", extra_json_schema=_UUID)]
DisclosureId = Annotated[str, Meta(description="The published item.", extra_json_schema=_UUID)]
InspectionId = Annotated[str, Meta(description="The inspection.", extra_json_schema=_UUID)]
FindingId = Annotated[str, Meta(description="The finding, and the case that it becomes.", extra_json_schema=_UUID)]
BulletinId = Annotated[str, Meta(description="The bulletin.", extra_json_schema=_UUID)]
CaseOrNone = Annotated[str, Meta(description="The case that the item is about; empty where it is about no single one.")]
Unit = Annotated[
    str, Meta(description="The unit that it concerns: a county's code (GB/T 2260), `g1`… for a group, or `city`.")
]
Group = Annotated[str, Meta(description="The supervising group: `g1`….")]
Verifier = Annotated[str, Meta(description="Who verifies: a group, or a unit that may stand in for it.")]
Link = Annotated[
    str,
    Meta(
        description="Where the details are, for who may see them: a path below the installation's address.",
        extra_json_schema={"format": "uri-reference"},
    ),
]
PrintedInstant = Annotated[
    str,
    Meta(
        description="The end of a deadline as it is printed: the last second that counts, `…T23:59:59+08:00`.",
        extra_json_schema=_INSTANT,
    ),
]
Month = Annotated[str, Meta(description="A calendar month, `YYYY-MM`.", pattern=r"^[0-9]{4}-[0-9]{2}$")]
BulletinMonth = Annotated[
    str,
    Meta(
        description="The bulletin's month, `YYYY-MM`, or `final` for the last one.",
        pattern=r"^([0-9]{4}-[0-9]{2}|final)$",
    ),
]
Week = Annotated[int, Meta(description="The week of the campaign, from 1.", ge=1)]
InTime = Annotated[bool, Meta(description="Whether it came before its date was over.")]
PaperKind = Annotated[
    str,
    Meta(description="The kind of paper, a code of the campaign: `plan`, `liaison`, `typical-case`, `briefing`, …"),
]
Instant = Annotated[datetime, Meta(tz=True)]
Count = Annotated[int, Meta(ge=0)]

CaseState = Annotated[
    Literal["opened", "transferred", "signed_for", "handling", "reported", "reviewed", "closed"],
    Meta(description="Where the case stands after this event."),
]
TakenBack = Annotated[Literal["taken_back"], Meta(description="The case is void.")]
Origin = Annotated[
    Literal["tip", "inspection", "unit"],
    Meta(description="What the case comes from: a tip, an inspection by others, or the unit's own finding."),
]
Trigger = Annotated[
    Literal["overdue", "idle_after_acceptance", "false_closure"],
    Meta(description="Why the case is under escalated verification."),
]
ConclusionOrNone = Annotated[
    Conclusion | None,
    Meta(description="What the result comes to; empty for one that was signed before a result had a conclusion."),
]
ReinspectedOrNone = Annotated[
    Reinspected | None, Meta(description="How the re-inspection of a suspension ended, where the decision is one.")
]
InvestigationLevel = Annotated[Literal["city", "county"], Meta(description="Who investigates the accident.")]
