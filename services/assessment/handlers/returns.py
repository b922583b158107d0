"""Weekly returns: computed from the facts, signed by the county's principal or the group's leader (notice 七（四）)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from services.assessment.domain.authority import FILED, SENT_BACK, UNFILED
from services.assessment.domain.errors import FiguresMoved, NotInTurn, NotLeader, NotOver
from services.assessment.domain.events.filing import ReturnCorrected, ReturnSentBack, ReturnSubmitted
from services.assessment.domain.filing import Filing
from services.assessment.domain.values import Return
from services.assessment.handlers.setting import AssessmentSetting
from services.assessment.rules.schedule import WEEKLY
from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.refusal import NotNamed
from shared.platform.service.authority import permission
from shared.platform.service.command import Address, Context, Table
from shared.platform.service.fields import Body, Label, Line, Text

commands = Table()


UNNAMED = "所签的数字不在本次提交中。请先读取本周报送（computed），再在 digest 中写明所看到的摘要。"
MOVED = "您看到的数字在此期间有了变化，尚未签字。请核对新的数字后再签。"
Digest = Annotated[Line | None, Field(description="SHA-256 of the figures that were seen: `digest` of the GET")]


class SubmitReturn(Body):
    """Sign the week's computed figures, those of `digest`; nothing is filled in. `note` goes along. A week in which
    nothing happened is reported as nil."""

    digest: Digest = None
    note: Annotated[Text | None, Label("说明（可不填）")] = None


class CorrectReturn(Body):
    """Sign the figures as they are computed now, those of `digest`, after the office sent the return back."""

    digest: Digest = None
    note: Annotated[Text | None, Label("说明（可不填）")] = None


class SendBackReturn(Body):
    """Ask for a corrected return, with the reason."""

    reason: Annotated[Text, Label("理由")]


async def figures(
    setting: AssessmentSetting, address: Address, asked: SubmitReturn | CorrectReturn, _: Actor
) -> Return:
    """What is to be signed. Raises FiguresBehind while events are known to be missing."""
    await setting.check_complete("cases")
    return await setting.return_now(address["unit"], setting.week(address["week"]), asked.note)


@commands.add(
    "submit", SubmitReturn, permission("报送本周情况", "principal group", UNFILED), prepare=figures, signs=True
)
def submit(context: Context[AssessmentSetting], filing: Filing, asked: SubmitReturn) -> None:
    _check_signer(context, filing)
    _check_follows(context, filing)
    _check_seen(context, asked)
    filing.file(ReturnSubmitted, context.envelope, signed=context.prepared)


@commands.add(
    "correct", CorrectReturn, permission("更正报送", "principal group", SENT_BACK), prepare=figures, signs=True
)
def correct(context: Context[AssessmentSetting], filing: Filing, asked: CorrectReturn) -> None:
    _check_signer(context, filing)
    _check_follows(context, filing)
    _check_seen(context, asked)
    context.happens(filing, ReturnCorrected, **filing.names, signed=context.prepared)


@commands.add("send-back", SendBackReturn, permission("退回更正", "office director", FILED), signs=True)
def send_back(context: Context[AssessmentSetting], filing: Filing, asked: SendBackReturn) -> None:
    _check_is_the_last(context, filing)
    context.happens(filing, ReturnSentBack, **filing.names, reason=asked.reason)


def _check_signer(context: Context[AssessmentSetting], filing: Filing) -> None:
    """Raise NotLeader, and NotOver for a week that is still to come."""
    actor, setting = context.actor, context.setting
    if actor.role == "group" and actor.id != (leader := setting.campaign.group(actor.unit).leader):
        name = setting.campaign.person(leader).name
        raise NotLeader(f"督导组每周情况须由组长{name}签字报送，请转组长办理。")
    if context.at < setting.schedule.weeks[int(filing.period)].start:
        raise NotOver("这一周还没有开始，不能报送。")


def _check_follows(context: Context[AssessmentSetting], filing: Filing) -> None:
    """Each return begins where the last signed one ends. Raise NotInTurn where a later one is signed or an earlier one
    waits for its correction, and FiguresMoved where another one was signed meanwhile."""
    _check_is_the_last(context, filing)
    signed: list[str] = []
    for week, other in _returns(context, filing):
        if week < int(filing.period) and other.state == "sent_back":
            raise NotInTurn(f"第 {week} 周的报送已被退回，请先更正第 {week} 周，再签本周：各周的数字前后相接。")
        if week < int(filing.period) and other.signed is not None:
            signed.append(other.period)
    if context.prepared.after != (signed[-1] if signed else None):
        raise FiguresMoved(MOVED)


def _check_is_the_last(context: Context[AssessmentSetting], filing: Filing) -> None:
    for week, other in _returns(context, filing):
        if week > int(filing.period) and other.signed is not None:
            raise NotInTurn(
                f"第 {week} 周已经签字报送，它从上一期的截止时间算起，此前各周未计入的都已在其中。"
                f"需要更正的，请办理第 {week} 周。"
            )


def _returns(context: Context[AssessmentSetting], filing: Filing) -> Iterator[tuple[int, Filing]]:
    """The returns of the unit, by week."""
    schedule = context.setting.schedule
    ids = {week: schedule.filing_id(WEEKLY, filing.unit, str(week)) for week in sorted(schedule.weeks)}
    context.session.expect(ids.values())
    for week, id_ in ids.items():
        other = context.session.find(Filing, id_)
        if other is not None:
            yield week, other


def _check_seen(context: Context[AssessmentSetting], asked: SubmitReturn | CorrectReturn) -> None:
    """Raise NotNamed, and FiguresMoved where others are computed now than those that were seen."""
    if asked.digest is None:
        raise NotNamed(UNNAMED)
    if asked.digest != context.prepared.digest:
        raise FiguresMoved(MOVED)
