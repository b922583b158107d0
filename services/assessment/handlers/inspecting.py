"""Inspections: recorded with their findings, which become cases, and may contradict a commitment (`contradicting`)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from services.assessment.domain.authority import ACTING_FOR_ALL, AREA, check_actor
from services.assessment.domain.inspection import Inspection
from services.assessment.domain.values import Finding, Seen
from services.assessment.handlers.contradicting import Contradictions
from services.assessment.handlers.setting import AssessmentSetting
from shared.kernel.campaign.definition import CITY
from shared.kernel.commands import county, term
from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.ids import new_id
from shared.platform.event_store.refusal import Invalid
from shared.platform.service.authority import permission, why_not
from shared.platform.service.command import Context, Table
from shared.platform.service.fields import Body, Codes, Label, Line, Past, Text

WHERE = "请写明被检查单位所在的县级单位。"
Count = Annotated[int, Field(ge=0, le=1_000_000)]
commands = Table()


class FoundProblem(Body):
    """A problem that an inspection found; it becomes a case. `major`: a major hazard."""

    matter: Annotated[Text, Label("情况")]
    violation: Annotated[Line | None, Label("违法行为", empty="没有或不确定"), term("violations")] = None
    matters: Annotated[Codes, term("matters")] = ()
    major: Annotated[bool, Label("重大事故隐患")] = False
    danger: Annotated[bool, Label("危及生命")] = False


class RecordInspection(Body):
    """Record an inspection with its findings; each finding becomes a case of the same identifier. `unit` is the
    county-level unit where the enterprise is (a county's own by default), `grade` its grade of supervision, `at` when
    it took place (now by default); the counts go into Annex 1."""

    enterprise: Annotated[Line, Label("单位名称")]
    unit: Annotated[Line | None, Label("所在县（市、区）"), replace(county(), wrong=WHERE)] = None
    place: Annotated[Line | None, Label("地址")] = None
    target: Annotated[Line | None, Label("检查对象", empty="不确定"), term("targets")] = None
    grade: Annotated[Line | None, Label("监管等级", empty="不确定"), term("enterprise_grades")] = None
    equipment: Annotated[Count, Label("检查设备（台、套）")] = 0
    cylinders: Annotated[Count, Label("检查气瓶（只）")] = 0
    pipelines: Annotated[Count, Label("检查压力管道（公里）")] = 0
    inspectors: Annotated[Count, Label("出动检查人员（人次）")] = 0
    findings: Annotated[
        tuple[FoundProblem, ...],
        Field(max_length=50),
        Label("发现的问题", "没有发现问题的，留空。登记后自动立件交办。"),
    ] = ()
    at: Past | None = None


def units_of(setting: AssessmentSetting, actor: Actor) -> list[str]:
    """The counties in which the actor may record inspections."""
    return [
        one.code
        for one in setting.campaign.units
        if why_not(lambda unit=one.code: check_actor(RECORD, actor, unit, setting.group_of(unit))) is None  # type: ignore[misc]
    ]


RECORD = permission("登记检查", "county principal group office director", whose=AREA)


@commands.add("", RecordInspection, RECORD)
def record(context: Context[AssessmentSetting], _: None, asked: RecordInspection) -> Inspection:
    """An enterprise was inspected (notice 五（四）). One of the register has the name that it has there, however it is
    written: coverage is taken of the register."""
    actor, setting = context.actor, context.setting
    counties = setting.campaign.county_codes
    unit = asked.unit or actor.unit
    if unit not in counties:
        raise Invalid("unit", WHERE, counties)
    check_actor(RECORD, actor, unit, setting.group_of(unit))
    inspected_at = asked.at or context.at
    names = setting.counting.names
    inspection = Inspection.record(
        context.envelope, id=new_id(), unit=unit, inspector=CITY if actor.role in ACTING_FOR_ALL else actor.unit,
        enterprise=names.of_register(unit, asked.enterprise), place=asked.place, target=asked.target, grade=asked.grade,
        findings=tuple(Finding(str(new_id()), **one.model_dump()) for one in asked.findings),
        inspected_at=inspected_at,
        seen=Seen(asked.equipment, asked.cylinders, asked.pipelines, asked.inspectors),
    )  # fmt: skip
    context.session.save(inspection)
    Contradictions(setting.campaign, setting.schedule, names).inspected(context.session, context.envelope, inspection)
    return inspection
