"""What follows from a finding: accountability (notice 七（三）) and key supervision (重点督导)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from services.cases import rules
from services.cases.domain.case import Case
from services.cases.domain.events.supervising import AccountabilityImposed, KeySupervisionEnded, KeySupervisionStarted
from services.cases.handlers.handling import ANYTIME
from shared.kernel.campaign import UnknownCode
from shared.kernel.commands import Setting, county, term
from shared.platform.event_store.refusal import Invalid
from shared.platform.service.authority import permission
from shared.platform.service.command import Context, Table
from shared.platform.service.fields import Body, Choice, Codes, Day, Label, Line, Text


def _is_a_body(setting: Setting, code: str) -> bool:
    try:
        setting.campaign.unit(code)
    except UnknownCode:
        return False
    return True


BODIES = replace(county(ticks=True), wrong="没有这个单位代码，请核对。", holds=_is_a_body)
"""A form offers the counties; every body of the campaign may be held to account."""
commands = Table()


class ImposeAccountability(Body):
    """Hold units and individuals to account on a ground of the campaign; the actions follow from it.

    `units`: codes of any bodies; if left out, the unit against which the last finding was, else the case's. `people`
    counts individuals, `posts` says which. With `publish` the public is told which units, never of individuals.
    """

    ground: Annotated[Line, Label("追责情形"), term("accountability_grounds")]
    units: Annotated[Codes | None, Label("被追责单位", "不选为最近一次核查属实时的承办单位"), BODIES] = None
    people: Annotated[int, Field(ge=0, le=10_000), Label("被追责人数")] = 0
    posts: Annotated[Text | None, Label("职务", "不对外公布")] = None
    publish: Annotated[bool, Label("对外公布"), Choice(lambda _, __, ___: [("false", "不公布"), ("true", "公布")])] = (
        False
    )


@commands.add(
    "impose-accountability",
    ImposeAccountability,
    permission("追责问责", "director taskforce", ANYTIME, needs="found was_supervised"),
    signs=True,
)
def impose_accountability(context: Context[Setting], case: Case, asked: ImposeAccountability) -> None:
    units = (_neglectful(case),) if asked.units is None else tuple(dict.fromkeys(asked.units))
    if not units and not asked.people:
        raise Invalid("units", "请写明被追责的单位或人数。")
    context.happens(
        case, AccountabilityImposed, ground=asked.ground, actions=context.setting.campaign.actions_for(asked.ground),
        units=units, people=asked.people, posts=asked.posts, publish=asked.publish,
    )  # fmt: skip


def _neglectful(case: Case) -> str:
    """Whose neglect was found last; the letter may have gone elsewhere since."""
    return next((one.unit for one in reversed(case.escalations) if one.outcome == "found"), case.unit)


class StartKeySupervision(Body):
    """A group, by default the one that answers for the unit, supervises the case closely and re-checks by a day."""

    group: Annotated[
        Line | None,
        Label("督导工作组", empty="负责该单位的工作组"),
        Choice(lambda setting, _, locale: [(one.code, one.name(locale)) for one in setting.campaign.groups],
               "请指定一个督导工作组。"),
    ] = None  # fmt: skip
    reason: Annotated[Text, Label("理由")]
    measures: Annotated[Text, Label("督导措施")]
    recheck_by: Annotated[Day, Label("复查日期")]


@commands.add(
    "start-key-supervision",
    StartKeySupervision,
    permission("启动重点督导", "office director", ANYTIME, bars="key_supervision loop_over"),
)
def start_key_supervision(context: Context[Setting], case: Case, asked: StartKeySupervision) -> None:
    campaign = context.setting.campaign
    group = asked.group or case.group
    if group is None:
        raise Invalid("group", "请指定一个督导工作组。", tuple(one.code for one in campaign.groups))
    recheck = rules.a_supervised_case_is_rechecked_by(campaign, context.at, asked.recheck_by)
    context.happens(
        case, KeySupervisionStarted, group=group, reason=asked.reason, measures=asked.measures, recheck=recheck
    )


class EndKeySupervision(Body):
    """The group's conclusion."""

    conclusion: Annotated[Text, Label("结论")]


@commands.add(
    "end-key-supervision",
    EndKeySupervision,
    permission("结束重点督导", "group", ANYTIME, needs="key_supervision", whose="supervisor"),
    signs=True,
)
def end_key_supervision(context: Context[Setting], case: Case, asked: EndKeySupervision) -> None:
    context.happens(case, KeySupervisionEnded, group=context.actor.unit, conclusion=asked.conclusion)
