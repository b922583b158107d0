"""Where a tip is, in the plain words of the tracking page: who has it, by when an answer is due, what comes next, what
the sender can do. The date of the office's letter is never said to be that of the answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from services.intake.web.tracking import Phase, Tracked
from services.intake.web.words import length
from shared.kernel.campaign import Campaign
from shared.kernel.names import unit_name
from shared.platform.web.words import Locale, translate, until_in_words

HEADINGS: dict[Phase, str] = {
    "received": "正在梳理",
    "letter": "将由{unit}办理",
    "another_letter": "正在另行交办",
    "to_sign_for": "已转{unit}",
    "handling": "由{unit}办理",
    "to_review": "{unit}已答复，办公室正在审核",
    "to_close": "{unit}已答复，等待办结",
    "closed": "已由{unit}办结",
    "disclosed": "已由{unit}办结",
    "not_disclosed": "已由{unit}办结",
    "dismissed": "已了结",
    "referred_elsewhere": "已转专门渠道",
}
OFFICE = "市局办公室"
HAS_IT: dict[Phase, str] = {
    "to_sign_for": "{unit}，待签收",
    "handling": "{unit}",
    "closed": "已办结，结果由市局办公室公开",
    "disclosed": "已办结",
    "not_disclosed": "已办结",
    "dismissed": "已了结，没有单位在办",
    "referred_elsewhere": "专门渠道",
}
"""Who has it, where that is not our office."""
ANSWERS: dict[Phase, str] = {
    "received": "转办后告知。{when} 前确定由哪个单位办理",
    "letter": "转办后告知。{when} 前签发交办书",
    "another_letter": "转办后告知。原单位已退回，{when} 前另行签发交办书",
    "to_sign_for": "{when} 前由{unit}答复",
    "handling": "{when} 前由{unit}答复",
    "to_review": "单位已答复，{when} 前审核完毕",
    "to_close": "单位已答复，审核已通过，{when} 前办结",
    "closed": "已答复，{when} 前公开办理结果",
    "disclosed": "已答复，办理结果已公开",
    "not_disclosed": "已答复，涉及工作人员，不公开",
}
"""By when an answer is due; of what ended without a case none is."""
LATE: dict[Phase, str] = {
    "received": "转办后告知。应在 {when} 前确定由哪个单位办理，已超期",
    "letter": "转办后告知。应在 {when} 前签发交办书，已超期",
    "another_letter": "转办后告知。应在 {when} 前另行签发交办书，已超期",
    "to_sign_for": "应在 {when} 前由{unit}答复，已超期",
    "handling": "应在 {when} 前由{unit}答复，已超期",
    "to_review": "单位已答复，应在 {when} 前审核完毕，已超期",
    "to_close": "单位已答复，应在 {when} 前办结，已超期",
    "closed": "已答复，应在 {when} 前公开办理结果，已超期",
}
UNDATED: dict[Phase, str] = {
    "letter": "转办后告知",
    "another_letter": "转办后告知。原单位已退回，正在另行签发交办书",
    "to_sign_for": "事故调查启动后确定",
    "handling": "事故调查启动后确定",
    "to_review": "单位已答复，正在审核",
    "to_close": "单位已答复，提级核查有结论后办结",
    "closed": "已答复，办理结果待公开",
}
NEXT: dict[Phase, str] = {
    "received": "梳理后转给负责的单位，由它现场核实、处理并答复。",
    "letter": "交办书发出后，这里会写明{unit}在哪一天前答复。",
    "another_letter": "交办书发出后，这里会写明由哪个单位办理、在哪一天前答复。",
    "to_sign_for": "{unit}签收后现场核实、处理并答复，再由市局办公室审核。",
    "handling": "{unit}答复后，市局办公室在 {review}内审核，通过后 {closing}内办结，办结后 {disclosure}内公开结果。",
    "to_review": "审核通过后 {closing}内办结，办结后 {disclosure}内公开结果；不通过的，退回单位重新办理。",
    "to_close": "办结后 {disclosure}内公开结果。",
    "closed": "公开后可在“信息公开”中看到，不会出现能认出您的内容。",
    "disclosed": "可在“信息公开”中看到，其中没有能认出您的内容。",
    "not_disclosed": "纳入当月考核通报。",
    "dismissed": "不再办理。",
    "referred_elsewhere": "由该渠道办理和答复。",
}
ESCALATED = "市局已提级核查：由市局的督导工作组核实单位有没有认真办，结论出来后写在这里。"
_OVER = ("closed", "disclosed", "not_disclosed")
_WRITE = "在本页下方补充情况、回答办公室的询问"
_CALL = "着急的，拨打 {number} 催问"
_NOT_SOLVED = "认为没有解决的，在本页下方写明，或拨打 {number}，可以重新核查"
_AGAIN = "有新的情况，请重新举报，并写明曾经举报过"
_DANGER = "有人受伤、泄漏或着火，先离开危险处，拨打 {emergency}"
SAID = (ESCALATED, OFFICE, _WRITE, _CALL, _NOT_SOLVED, _AGAIN, _DANGER)


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The sentences. `answer` is None where no answer is owed; `late`: what is owed should have been done."""

    heading: str
    has_it: str
    answer: str | None
    late: bool
    next: tuple[str, ...]
    can: tuple[str, ...]


def whereabouts(found: Tracked, campaign: Campaign, now: datetime, locale: Locale) -> Whereabouts:
    """Where a tip is at `now`, as its sender reads it."""
    phase, due = found.phase, found.due
    late = due is not None and due <= now
    answer = UNDATED.get(phase, ANSWERS.get(phase)) if due is None else (LATE if late else ANSWERS).get(phase)
    values = {
        "unit": unit_name(campaign, found.unit, locale) if found.unit else "",
        "when": until_in_words(due, locale) if due is not None else "",
        "number": campaign.hotline.number,
        "emergency": translate(locale, "、").join(campaign.triage.emergency_numbers),
        **{name: length(campaign.window(name), locale) for name in ("review", "closing", "disclosure")},
    }
    escalated = any(step.name == "escalated" and step.state in ("current", "alarm") for step in found.steps)

    def say(sentence: str) -> str:
        return translate(locale, sentence).format(**values)

    return Whereabouts(
        heading=say(HEADINGS[phase]),
        has_it=say(HAS_IT.get(phase, OFFICE)),
        answer=say(answer) if answer is not None else None,
        late=late,
        next=tuple(say(one) for one in ([ESCALATED] if escalated else []) + [NEXT[phase]]),
        can=tuple(say(one) for one in _what_the_sender_can_do(phase)),
    )


def _what_the_sender_can_do(phase: Phase) -> Iterator[str]:
    if phase in ("dismissed", "referred_elsewhere"):
        yield _AGAIN
    else:
        yield _NOT_SOLVED if phase in _OVER else _WRITE
        if phase not in _OVER:
            yield _CALL
    yield _DANGER
