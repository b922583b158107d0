"""What was missed, suspected and verified, and what followed from it."""

from __future__ import annotations

from services.cases.domain.events import escalating, missing, supervising
from services.cases.domain.loop import TRIGGER_NAMES, outcome_in_words
from services.cases.handlers.escalating import SOURCES
from services.cases.web.timeline.teller import ALARM, Sentence, Sentences, Teller

RAISED_TO = {"director": "办公室主任", "taskforce": "专项工作组"}


def raised(event: escalating.EscalationRaised, teller: Teller) -> Sentence:
    return teller.tell(f"提级核查：{TRIGGER_NAMES[event.trigger]}", _missed(event, teller), kind=ALARM)


def _missed(event: escalating.EscalationRaised, teller: Teller) -> str:
    if event.missed is None:
        return teller.say("申辩期满，疑点未消除。由办公室提级核查。")
    day = teller.day(event.missed.due_date.last_day)
    if event.trigger == "overdue":
        return teller.say("反馈期限 {day} 24:00 已过，未收到主要负责人签字的办理结果。由办公室提级核查。", day=day)
    return teller.say("至 {day} 24:00 没有附证据的实质性办理记录，备注不计。由办公室提级核查。", day=day)


def suspected(event: escalating.FalseClosureSuspected, teller: Teller) -> Sentence:
    told = teller.together(teller.ended(event.text), teller.evidence(event.evidence))
    return teller.tell(
        "虚假办结疑点",
        teller.say("{source}：{text}——{by}。", source=teller.said(SOURCES[event.source]), text=told),
        teller.say("承办单位可在 {until}前申辩。", until=teller.until(event.reply)),
        kind=ALARM,
    )


def replied(event: escalating.ReplyGiven, teller: Teller) -> Sentence:
    text = teller.together(teller.ended(event.text), teller.evidence(event.evidence))
    return teller.tell("申辩", teller.say("{text}——{by}", text=text))


def verification_assigned(event: escalating.VerificationAssigned, teller: Teller) -> Sentence:
    return teller.tell(
        "指定核查单位",
        teller.say(
            "{trigger}：由{verifier}核查，{until}前作出结论。——{by}", trigger=teller.said(TRIGGER_NAMES[event.trigger]),
            verifier=teller.unit(event.verifier), until=teller.until(event.deadline),
        ),
    )  # fmt: skip


def found(event: escalating.EscalationFound, teller: Teller) -> Sentence:
    title = f"核查属实：{TRIGGER_NAMES[event.trigger]}"
    return teller.tell(title, _concluded(event, teller), teller.anew(event.feedback), kind=ALARM)


def cleared(event: escalating.EscalationCleared, teller: Teller) -> Sentence:
    title = f"核查结论：{outcome_in_words(event.trigger, found=False, lapsed=event.lapsed)}"
    return teller.tell(title, _concluded(event, teller), teller.anew(event.feedback))


def _concluded(event: escalating.EscalationFound | escalating.EscalationCleared, teller: Teller) -> str:
    text = teller.together(teller.ended(event.text), teller.evidence(event.evidence))
    return teller.say("{text}——{by}。" if event.in_time else "{text}——{by}（已超过核查期限）。", text=text)


def office_clock_missed(event: missing.OfficeClockMissed, teller: Teller) -> Sentence:
    what, whom = teller.campaign.rule(event.clock).name(teller.locale), teller.said(RAISED_TO[event.raised_to])
    said = "{what}：期限 {until} 已过，尚未办理，报{whom}。"
    return teller.tell(
        "市局办公室逾期", teller.say(said, what=what, until=teller.end(event.due), whom=whom), kind=ALARM
    )


def first_report_missed(event: missing.FirstReportMissed, teller: Teller) -> Sentence:
    return teller.tell(
        "未按期首次报告",
        teller.say("危及生命，至 {until}没有首次报告（阶段性反馈或办理措施）。", until=teller.until(event.missed)),
        teller.say("告知主要负责人和市局办公室，不作提级核查。"),
        kind=ALARM,
    )


def accountability_imposed(event: supervising.AccountabilityImposed, teller: Teller) -> Sentence:
    whom = [teller.unit(code) for code in event.units]
    whom += [teller.say("{n} 人", n=event.people)] if event.people else []
    posts = teller.say("（{posts}）", posts=event.posts) if event.posts else ""
    actions = teller.listed(teller.term("accountability_actions", code) for code in event.actions)
    ground = teller.term("accountability_grounds", event.ground)
    public = "{ground}：对{whom}{posts}{actions}，对外公布。——{by}"
    silent = "{ground}：对{whom}{posts}{actions}，不对外公布。——{by}"
    said = teller.say(
        public if event.publish else silent, ground=ground, whom=teller.listed(whom), posts=posts, actions=actions
    )
    return teller.tell("追责问责", said, kind=ALARM)


def key_supervision_started(event: supervising.KeySupervisionStarted, teller: Teller) -> Sentence:
    group, recheck = teller.unit(event.group), teller.until(event.recheck)
    measures = teller.say("措施：{measures}", measures=teller.ended(event.measures))
    return teller.tell(
        "重点督导",
        teller.say("由{group}督导，{until}前复查。", group=group, until=recheck),
        teller.say("{text}——{by}", text=teller.together(teller.ended(event.reason), measures)),
    )


def key_supervision_ended(event: supervising.KeySupervisionEnded, teller: Teller) -> Sentence:
    return teller.tell("重点督导结束", teller.say("{text}——{by}", text=teller.ended(event.conclusion)))


SENTENCES: Sentences = {
    escalating.EscalationRaised: raised,
    escalating.FalseClosureSuspected: suspected,
    escalating.ReplyGiven: replied,
    escalating.VerificationAssigned: verification_assigned,
    escalating.EscalationFound: found,
    escalating.EscalationCleared: cleared,
    missing.OfficeClockMissed: office_clock_missed,
    missing.FirstReportMissed: first_report_missed,
    supervising.AccountabilityImposed: accountability_imposed,
    supervising.KeySupervisionStarted: key_supervision_started,
    supervising.KeySupervisionEnded: key_supervision_ended,
}
