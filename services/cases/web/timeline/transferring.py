"""From the opening to the letter that is signed for, or sent back."""

from __future__ import annotations

from services.cases.domain.events import transferring
from services.cases.web.timeline.teller import Sentence, Sentences, Teller

ORIGINS = {"tip": "群众举报", "inspection": "督查发现", "unit": "本级发现"}


def opened(event: transferring.CaseOpened, teller: Teller) -> Sentence:
    origin = teller.said(ORIGINS[event.origin])
    return teller.tell("立件", teller.say("{origin}：{matter}", origin=origin, matter=event.matter.text))


def drafted(event: transferring.LetterDrafted, teller: Teller) -> Sentence:
    matter = teller.ended(event.letter.matter)
    return teller.tell("拟稿", teller.say("{by} 拟好交办书，待办公室主任签发。事由：{matter}", matter=matter))


def transferred(event: transferring.CaseTransferred, teller: Teller) -> Sentence:
    letter, last = event.letter, event.feedback.due_date.last_day
    return teller.tell(
        "移交办理",
        teller.say("交办书{number}发{addressee}，督办人{officer}。", number=event.number,
                   addressee=teller.said(letter.addressee), officer=letter.supervising.name),
        teller.say("反馈期限 {day}。", day=teller.day(last)),
        teller.say("{name} 签发。", name=event.signed_off_by.name),
    )  # fmt: skip


def not_signed_for(_: transferring.CaseNotSignedFor, teller: Teller) -> Sentence:
    return teller.tell("催办", teller.say("未按期签收，已催办承办单位主要负责人。"))


def signed_for(event: transferring.CaseSignedFor, teller: Teller) -> Sentence:
    if event.deemed:
        return teller.tell("签收", teller.say("逾期未签收，视为签收。"))
    return teller.tell("签收", teller.say("{by} 签收交办书，期限自交办次日起算。"))


def return_requested(event: transferring.ReturnRequested, teller: Teller) -> Sentence:
    reason = teller.term("return_reasons", event.reason)
    return teller.tell(
        "申请退回",
        teller.say("{by}：{reason}。", reason=reason),
        teller.ended(event.text),
        teller.say("待市局办公室答复，其间不计首次办理时限。"),
    )


def returned(event: transferring.CaseReturned, teller: Teller) -> Sentence:
    until = teller.until(event.transfer)
    return teller.tell("同意退回", teller.say("{by} 同意退回，原交办书期限作废，{until}前另行交办。", until=until))


def return_refused(event: transferring.ReturnRefused, teller: Teller) -> Sentence:
    step = event.first_step
    return teller.tell(
        "不同意退回",
        teller.say("{text}——{by}。", text=teller.ended(event.text)),
        teller.say("反馈期限不变。"),
        teller.say("首次办理须在 {until}前。", until=teller.until(step)) if step else "",
    )


SENTENCES: Sentences = {
    transferring.CaseOpened: opened,
    transferring.LetterDrafted: drafted,
    transferring.CaseTransferred: transferred,
    transferring.CaseNotSignedFor: not_signed_for,
    transferring.CaseSignedFor: signed_for,
    transferring.ReturnRequested: return_requested,
    transferring.CaseReturned: returned,
    transferring.ReturnRefused: return_refused,
}
