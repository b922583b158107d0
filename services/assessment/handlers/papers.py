"""Papers: commitment letters, briefings, and what a unit writes (plans, liaisons, typical cases, summaries)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from services.assessment.domain.authority import UNFILED, check_actor, check_paper
from services.assessment.domain.errors import NotOver, NotOwed
from services.assessment.domain.events.filing import BriefingHeld, CommitmentSigned, PaperFiled, TypicalCaseSubmitted
from services.assessment.domain.filing import BRIEFING, COMMITMENT, RETURN, TYPICAL_CASE, Filing
from services.assessment.handlers.setting import AssessmentSetting
from services.assessment.rules.schedule import ONCE
from shared.kernel.campaign import Campaign
from shared.platform.event_store.refusal import Invalid
from shared.platform.service.authority import permission
from shared.platform.service.command import Context, Table
from shared.platform.service.fields import Body, Label, Line, Lines, Text
from shared.platform.web.words import translate

OWN_COMMAND = frozenset({RETURN, COMMITMENT, BRIEFING})
"""Kinds of paper that are filed by a command of their own."""
commitments, briefings, written = Table(), Table(), Table()


def owed(context: Context[AssessmentSetting], rule: str, period: str) -> Filing:
    """The paper that a unit owes under a rule for a period. Raises NotOwed."""
    id_ = context.setting.schedule.filing_id(rule, context.address["unit"], period)
    filing = context.session.find(Filing, id_)
    if filing is None:
        raise NotOwed("没有这一期报送事项，请从本单位报送页面进入，核对周次或月份。")
    return filing


def monthly(context: Context[AssessmentSetting], kind: str) -> Filing:
    """The paper of this kind that a unit owes for a month. Raises NotOwed."""
    return owed(context, _rule(context, kind), context.address["month"])


def _rule(context: Context[AssessmentSetting], kind: str) -> str:
    unit, setting = context.address["unit"], context.setting
    by = "group" if any(group.code == unit for group in setting.campaign.groups) else "county"
    rules = [rule.code for rule in setting.schedule.rules_of(kind) if by in rule.by]
    if not rules:
        raise NotOwed("本次行动没有要求这个单位报送这类材料，请核对种类和单位。")
    return rules[0]


def _check_begun(context: Context[AssessmentSetting]) -> None:
    month = context.setting.schedule.months.get(context.address["month"])
    if month is not None and context.at < month.start:
        raise NotOver("这个月还没有开始，不能办理。")


def _statements(view: Any) -> str:
    """What a county's commitment letter says."""
    campaign, locale = view["campaign"], view["locale"]
    known = campaign.taxonomy("commitment_statements")
    names = (known.term(code).name(locale) for code in campaign.commitment("county").statements)
    said = translate(locale, "；").join(names)
    return f"{translate(locale, '本人承诺：')}{said}{translate(locale, '。').rstrip()}"


class SignCommitment(Body):
    """Sign the month's commitment letter: all statements that the campaign asks of the level (notice 六（四）)."""


@commitments.add("sign", SignCommitment, permission("签署承诺书", "principal", UNFILED), notice=_statements, signs=True)
def sign(context: Context[AssessmentSetting], filing: Filing, _: SignCommitment) -> None:
    _check_begun(context)
    statements = context.setting.campaign.commitment("county").statements
    filing.file(CommitmentSigned, context.envelope, statements=statements)


class HoldBriefing(Body):
    """Record that the head of the task force heard the unit (notice 七（一）)."""

    text: Annotated[Text, Label("记录")]


@briefings.add("hold", HoldBriefing, permission("记录听取汇报", "taskforce office director", UNFILED))
def hold(context: Context[AssessmentSetting], filing: Filing, asked: HoldBriefing) -> None:
    _check_begun(context)
    filing.file(BriefingHeld, context.envelope, text=asked.text)


def _keywords(view: Any) -> str:
    limits = view["campaign"].limits
    words = translate(view["locale"], "{least} 至 {most} 个，每行一个")
    return words.format(least=limits.keywords_min, most=limits.keywords_max)


def _parts(view: Any) -> str:
    locale = view["locale"]
    parts = translate(locale, "、").join(translate(locale, part) for part in parts_of_a_typical_case(view["campaign"]))
    return translate(locale, "每行一部分，依次为：") + parts


def parts_of_a_typical_case(campaign: Campaign) -> tuple[str, ...]:
    """The parts of Annex 4 after title and keywords."""
    return tuple(campaign.annexes.typical_case.parts[2:])


class FilePaper(Body):
    """File a paper: plan, liaison, typical-case, summary. `period` is the week's number, for a paper that goes along
    with the weekly return.

    A typical case has keywords and the other parts of Annex 4 (要旨 … 举一反三工作建议), in their order; it may name a
    case.
    """

    title: Annotated[Line, Label("标题")]
    text: Annotated[Text | None, Label("内容", required=True)] = None
    period: Line | None = None
    keywords: Annotated[Lines, Label("关键词", _keywords, required=True)] = ()
    parts: Annotated[tuple[Text, ...], Field(max_length=10), Label("各部分内容", _parts, required=True)] = ()
    case: Line | None = None


FILE = permission("报送材料", "county principal group", UNFILED)


@written.add("file", FilePaper, FILE)
def file(context: Context[AssessmentSetting], _: None, asked: FilePaper) -> Filing:
    """Which paper it is, is said by the body too: so whose it is and how it stands is asked here."""
    kind = context.address["kind"]
    if kind in OWN_COMMAND:
        raise NotOwed("这类事项有单独的办理入口，请从本单位报送页面办理。")
    filing = owed(context, _rule(context, kind), asked.period or ONCE)
    check_actor(FILE, context.actor, filing.unit)
    check_paper(FILE, filing.state)
    if kind == TYPICAL_CASE:
        _check_typical_case(context.setting.campaign, asked)
        filing.file(
            TypicalCaseSubmitted, context.envelope, title=asked.title, keywords=asked.keywords, parts=asked.parts,
            case=asked.case,
        )  # fmt: skip
    elif asked.text is None:
        raise Invalid("text", "请填写报送内容。")
    else:
        filing.file(PaperFiled, context.envelope, title=asked.title, text=asked.text)
    return filing


def _check_typical_case(campaign: Campaign, asked: FilePaper) -> None:
    limits, wanted = campaign.limits, parts_of_a_typical_case(campaign)
    if not limits.keywords_min <= len(asked.keywords) <= limits.keywords_max:
        raise Invalid("keywords", f"关键词须为 {limits.keywords_min} 至 {limits.keywords_max} 个。")
    if len(asked.parts) != len(wanted):
        raise Invalid("parts", f"须依次写明：{'、'.join(wanted)}。")
