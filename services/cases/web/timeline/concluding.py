"""Results, reviews, the closing and what comes after it."""

from __future__ import annotations

from services.cases.domain.events import concluding
from services.cases.domain.loop import bulletin_name
from services.cases.domain.values import Decision
from services.cases.handlers.concluding import LEVELS
from services.cases.handlers.measures import decision_in_words, result_in_words
from services.cases.web.timeline.teller import Sentence, Sentences, Teller
from shared.platform.web.words import local_day

RESULT = "办理结果已在各渠道公开：{day}。"
DISCLOSED = {
    "exposure": "此件已在各渠道曝光：{day}。",
    "number": "反映的问题不属实，不点名，已计入公开的不属实件数：{day}。",
}
"""What became public of a case that is no result."""


def _result(event: concluding.ResultDrafted | concluding.ResultReported, teller: Teller) -> str:
    return teller.ended(result_in_words(teller.campaign, event.result, teller.locale))


def result_drafted(event: concluding.ResultDrafted, teller: Teller) -> Sentence:
    return teller.tell("拟办理结果", teller.say("{by} 拟好办理结果，待主要负责人签字。"), _result(event, teller))


def result_reported(event: concluding.ResultReported, teller: Teller) -> Sentence:
    signed = "{result}——{by} 签字。" if event.in_time else "{result}——{by} 签字（已超过反馈期限）。"
    return teller.tell("反馈办理结果", teller.say(signed, result=_result(event, teller)))


def result_reviewed(event: concluding.ResultReviewed, teller: Teller) -> Sentence:
    return teller.tell("审核通过", teller.say("{text}——{by}", text=teller.said(event.opinion)))


def result_rejected(event: concluding.ResultRejected, teller: Teller) -> Sentence:
    text = teller.say("{text}——{by}。", text=teller.ended(event.reason))
    return teller.tell("审核退回", text, teller.stands(event.feedback))


def closed(_: concluding.CaseClosed, teller: Teller) -> Sentence:
    return teller.tell("办结", teller.say("{by} 批准办结，待公开办理结果。"))


def decision_recorded(event: concluding.DecisionRecorded, teller: Teller) -> Sentence:
    said = decision_in_words(teller.campaign, Decision(event.decision, event.outcome), teller.locale)
    return teller.tell("办结后的决定", teller.say("{text}——{by}", text=teller.ended(said)))


def accident_investigation_opened(event: concluding.AccidentInvestigationOpened, teller: Teller) -> Sentence:
    opened = "{by} 启动{level}事故调查，文号 {number}。" if event.number else "{by} 启动{level}事故调查。"
    return teller.tell(
        "启动事故调查",
        teller.say(opened, level=teller.said(LEVELS[event.level]), number=event.number),
        teller.stands(event.feedback) if event.feedback else "",
    )


def taken_back(_: concluding.CaseTakenBack, teller: Teller) -> Sentence:
    gone = "数据库恢复后，这一交办件的来源已不存在，且无人办理过，予以撤销。来源重新登记后将另行立件。"
    return teller.tell("撤销", teller.say(gone))


def reopened(event: concluding.CaseReopened, teller: Teller) -> Sentence:
    return teller.tell("重新办理", teller.say("{text}——{by}", text=teller.ended(event.reason)))


def disclosed(event: concluding.CaseDisclosed, teller: Teller) -> Sentence:
    day = teller.day(local_day(event.published_at))
    return teller.tell("信息公开", teller.say(DISCLOSED.get(event.kind, RESULT), day=day))


def assessed(event: concluding.CaseAssessed, teller: Teller) -> Sentence:
    return teller.tell("考核通报", teller.say("已列入{bulletin}。", bulletin=teller.said(bulletin_name(event.month))))


SENTENCES: Sentences = {
    concluding.ResultDrafted: result_drafted,
    concluding.ResultReported: result_reported,
    concluding.ResultReviewed: result_reviewed,
    concluding.ResultRejected: result_rejected,
    concluding.CaseClosed: closed,
    concluding.DecisionRecorded: decision_recorded,
    concluding.AccidentInvestigationOpened: accident_investigation_opened,
    concluding.CaseTakenBack: taken_back,
    concluding.CaseReopened: reopened,
    concluding.CaseDisclosed: disclosed,
    concluding.CaseAssessed: assessed,
}
