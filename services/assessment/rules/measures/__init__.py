"""What every figure counts: one table of pure functions over what is known of one subject (a case, a paper, an
enterprise), each with the sentence that is printed.

A function yields an item for each thing that it counts: whose it is, how many, and the fact behind it. A figure is the
sum of the items of all subjects, and its page lists exactly them. Wherever two measures make a share of the score
(numerator, denominator), every item of the first has one of the second: a share never exceeds one.

Nothing counts against a unit because a tip came in or because it found something: a case counts once it is closed or
neglect of it is proven, once for each unit, by what that unit made of it in the end.
"""

from __future__ import annotations

from collections.abc import Mapping

from services.assessment.rules.lives import IDLE, OVERDUE, Closings, Paper, Visits
from services.assessment.rules.measures import duties, hazards, office, outcomes, standing, tips
from services.assessment.rules.measures.items import Basis, Counting, Item, Measure

__all__ = ["ALL", "MEASURES", "OFFICE", "STANDING", "Basis", "Counting", "Item", "Measure"]

MEASURES: Mapping[str, Measure] = {
    "tips_received": Measure("群众举报立件的交办件，按现在的承办单位计", tips.received),
    "tips_transferred": Measure("签发交办书，每发一次计一件", tips.transferred),
    "closing_due": Measure(
        "已办结的，和经核查属实（未按期办结、接而不办、虚假办结）的，一件只计一次；在办的、逾期办结待核查的不计",
        tips.closing_due,
    ),
    "closed_on_time": Measure(
        "已按期办结、没有经核查属实的问题的；核查不属实的逾期（有正当理由）视同按期", tips.closed_on_time
    ),
    "tips_overdue": Measure("因未按期办结触发提级核查的，核查不属实的除外", tips.escalated("overdue")),
    "tips_idle": Measure("因接而不办触发提级核查的，核查不属实的除外", tips.escalated("idle_after_acceptance")),
    "tips_false": Measure("经核查属实的虚假办结", tips.escalated("false_closure")),
    "hazards_found": Measure("督查检查发现的问题", hazards.hazards_found),
    "hazards_rectified": Measure("督查检查发现的问题中已办结的", hazards.hazards_rectified),
    "major_found": Measure(
        "督查检查认定的重大事故隐患，和按重大事故隐患交办、已办结或经核查属实的", hazards.major_found
    ),
    "major_due": Measure(
        "督查检查认定或按重大事故隐患交办的，已办结或经核查属实（逾期、接而不办）的；整改期内的不计", hazards.major_due
    ),
    "major_rectified": Measure(
        "重大事故隐患（同“到期应整改”的口径）中已办结、最后一次办结未查实虚假的", hazards.major_rectified
    ),
    "major_overdue": Measure(
        "重大事故隐患中超过反馈期限（核查认可正当理由的除外）、现在仍未办结的", hazards.major_overdue
    ),
    "acts_found": Measure("办结时查实、部分查实的非法违法行为；查无实据的不计", outcomes.acts_found),
    "acts_penalised": Measure(
        "查实的非法违法行为中已作出行政处罚（含办结后决定的）、最后一次办结未查实虚假的", outcomes.acts_penalised
    ),
    "proceedings_opened": Measure("决定立案的，每次决定计一起", outcomes.proceedings),
    "orders": Measure("办理措施中登记的监察指令书", outcomes.orders),
    "suspended": Measure(
        "责令停产整顿、最后一次作出该决定的办结未查实虚假的；名称相同的企业只计一家，无名称的一件计一家",
        outcomes.enterprises_carried_out("suspension"),
        Closings,
    ),
    "closure_due": Measure(
        "决定关闭取缔的（含办结后决定的），查实虚假办结的仍计入；名称相同的企业只计一家，无名称的一件计一家",
        outcomes.enterprises_decided_on("closure"),
        Closings,
    ),
    "closed_down": Measure(
        "决定关闭取缔（含办结后决定的）、最后一次作出该决定的办结未查实虚假的；名称相同的企业只计一家，无名称的一件计一家",
        outcomes.enterprises_carried_out("closure"),
        Closings,
    ),
    "licences_revoked": Measure(
        "决定吊销证照的，暂扣的、最后一次办结查实虚假的不计", outcomes.carried_out("licence_revoked")
    ),
    "seriously_dishonest": Measure(
        "决定联合惩戒的，查实虚假办结的仍计入；名称相同的企业只计一家，无名称的一件计一家",
        outcomes.enterprises_decided_on("joint_sanction"),
        Closings,
    ),
    "jointly_sanctioned": Measure(
        "决定联合惩戒、最后一次作出该决定的办结未查实虚假的；名称相同的企业只计一家，无名称的一件计一家",
        outcomes.enterprises_carried_out("joint_sanction"),
        Closings,
    ),
    "accountability_due": Measure("提级核查属实的", outcomes.accountability_due),
    "accountability_done": Measure("提级核查属实、此后已追责问责的", outcomes.accountability_done),
    "accountable_units": Measure("被追责问责的单位，追责一次计一家，计在被追责的单位", outcomes.accountable_units),
    "accountable_people": Measure("追责问责的个人，按交办件所在单位计", outcomes.accountable_people),
    "exposed": Measure("曝光在全部渠道公开的", outcomes.exposed),
    "visits": Measure("登记的检查，每次计一家次", duties.seen(lambda _: 1), Visits, own=True),
    "equipment": Measure("登记的检查中所查设备", duties.seen(lambda event: int(event.equipment)), Visits, own=True),
    "cylinders": Measure("登记的检查中所查气瓶", duties.seen(lambda event: int(event.cylinders)), Visits, own=True),
    "pipelines": Measure("登记的检查中所查压力管道", duties.seen(lambda event: int(event.pipelines)), Visits, own=True),
    "inspectors": Measure("登记的检查出动的人员", duties.seen(lambda event: int(event.inspectors)), Visits, own=True),
    "units_due": Measure("企业名录中按检查覆盖要求应由本单位检查的单位", duties.by_the_register, Visits, own=True),
    "units_inspected": Measure(
        "企业名录中应由本单位检查的单位里，本单位已检查的", duties.units_inspected, Visits, own=True
    ),
    "filings_due": Measure("已按时报送的和到期未报的；听取汇报不计", duties.filings_due, Paper, own=True),
    "filings_on_time": Measure("到期前报送的材料；听取汇报不计", duties.filings_on_time, Paper, own=True),
    "verifications_due": Measure("指定由本组提级核查，已有结论或期限已过的", duties.verifications_due, own=True),
    "verifications_on_time": Measure("指定由本组提级核查，在期限内有结论的", duties.verifications_on_time, own=True),
}
"""Measure code of the campaign → what it counts. A code that is not here has no events yet: its cell is “–”."""

STANDING: Mapping[str, Measure] = {
    "opened": Measure("立件", standing.opened),
    "transferred": Measure("移交", standing.where(standing.sent)),
    "signed_for": Measure("签收", standing.where(standing.signed)),
    "deemed": Measure("视为签收", standing.where(standing.deemed)),
    "running": Measure("在办", standing.where(standing.running)),
    "handling": Measure("办理中", standing.where(standing.handling)),
    "reported": Measure("已反馈", standing.where(standing.reported)),
    "closed": Measure("办结", standing.where(standing.closed)),
    "closed_in_time": Measure("按期办结", standing.where(standing.closed_in_time)),
    "overdue": Measure("未按期办结", standing.late(OVERDUE)),
    "idle": Measure("接而不办", standing.late(IDLE)),
    "false_closure": Measure("虚假办结", standing.false_closure),
    "for_good": Measure("办结且没有待核查", standing.where(standing.closed_for_good)),
}
"""Where cases stand, by code: counted like the measures, but of no annex and no score."""

OFFICE: Mapping[str, Measure] = office.MEASURES
"""How the campaign office keeps its own dates, by code: counted like the measures, for the bulletin's own section."""

ALL: Mapping[str, Measure] = {**MEASURES, **STANDING, **OFFICE}
