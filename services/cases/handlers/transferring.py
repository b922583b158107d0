"""Letters: drafted, signed off, signed for, sent back."""

from __future__ import annotations

from typing import Annotated, Any

from services.cases import letters, rules
from services.cases.domain.case import Case
from services.cases.domain.errors import AlreadyDrafted, OftenEnough, TooLate
from services.cases.domain.events.escalating import EscalationCleared
from services.cases.domain.events.transferring import (
    CaseReturned,
    CaseSignedFor,
    CaseTransferred,
    LetterDrafted,
    ReturnRefused,
    ReturnRequested,
)
from services.cases.domain.letter_register import LetterRegister
from shared.kernel.campaign.office import the_office_acts_in_time
from shared.kernel.commands import Setting, county, term
from shared.platform.event_store.envelope import Actor
from shared.platform.service.authority import permission
from shared.platform.service.command import Context, Table
from shared.platform.service.fields import Body, Choice, Day, Label, Line, Lines, Text
from shared.platform.text import code_points
from shared.platform.web.words import translate

CIRCUMSTANCES = Choice(
    lambda setting, _, locale: [
        (code, setting.campaign.taxonomy("circumstances").term(code).name(locale))
        for code in ("major", "mixed", "danger")
    ]
)
"""What of a matter sets the window of its letter."""
SUPERVISING = Choice(
    lambda setting, _, __: [(person.id, person.name) for person in letters.supervisors(setting.campaign)],
    "督办人须为办公室工作人员。",
)
OUT = "transferred signed_for handling"
commands = Table()


def _drafted(view: Any) -> str:
    letter, locale = view["case"].draft_letter, view["locale"]
    if letter is None:
        return ""
    said = translate(locale, "下面是办公室已拟好的交办书，可以修改；签发的是下面所写的内容。")
    if characters := letters.unprintable(letter):
        named = translate(locale, "{name}（{facts}）").format(name=characters, facts=code_points(characters))
        said += translate(locale, "（有文书字体里没有的字，签发前请改正：{characters}）").format(characters=named)
    return said


def _as_drafted(view: Any) -> dict[str, str]:
    """Every part of the letter as it was drafted; without a draft, what the case knows."""
    case: Case = view["case"]
    letter, by = case.draft_letter, case.draft_feedback_by
    if letter is None:
        circumstance = rules.danger_to_life_comes_before_everything(case.matter, None) or ""
        return {"matter": case.matter.text, "enterprise": case.matter.enterprise or "", "circumstance": circumstance}
    return {
        "matter": letter.matter, "unit": letter.unit, "enterprise": letter.enterprise or "",
        "supervising": letter.supervising.id, "circumstance": case.draft_circumstance or "",
        "feedback_by": by.isoformat() if by else "", "attachments": "\n".join(letter.attachments),
    }  # fmt: skip


def _signs_the_draft(actor: Actor, case: Case, asked: Transfer) -> bool:
    return actor.role == "director" and case.draft_letter is not None and asked.model_fields_set != LETTER


class Transfer(Body):
    """Sign a letter off (director) or draft it (office). What is left out is as it was drafted, and then the version in
    which that was seen is named in `If-Match`; without a draft it follows the campaign's rules.

    `circumstance`: major | mixed, which lengthen the window, or danger, which shortens it and comes before both;
    `feedback_by`: this letter's own last day.
    """

    matter: Annotated[
        Text | None,
        Label("事由", lambda view: translate(view["locale"], "留空则用：") + view["case"].matter.text),
    ] = None
    unit: Annotated[
        Line | None,
        Label("承办单位", empty=lambda view: translate(view["locale"], "按属地：") + view["unit"]),
        county(),
    ] = None
    enterprise: Annotated[Line | None, Label("单位名称")] = None
    supervising: Annotated[Line | None, Label("督办人", empty="按承办单位轮派"), SUPERVISING] = None
    circumstance: Annotated[Line | None, Label("影响期限的情形", empty="一般"), CIRCUMSTANCES] = None
    feedback_by: Annotated[Day | None, Label("反馈期限", "留空则按规则计算")] = None
    attachments: Annotated[Lines, Label("附件", "每行一件")] = ()


LETTER = frozenset(Transfer.model_fields)


@commands.add(
    "transfer", Transfer, permission("签发交办书", "office director", "opened", drafts={"office": "拟交办书送签"}),
    notice=_drafted, signs=True, unseen=_signs_the_draft, filled=_as_drafted,
)  # fmt: skip
def transfer(context: Context[Setting], case: Case, asked: Transfer) -> None:
    """The office drafts the letter; the director signs it off, and with that it is numbered and dispatched."""
    campaign, session = context.setting.campaign, context.session
    if not case.matter.against_officials:
        rules.a_letter_goes_to_a_county(campaign, asked.unit or case.unit)
    untouched = not asked.model_fields_set
    wanted = letters.wanted(case, asked.model_dump(exclude_unset=True))
    letter = case.draft_letter if untouched and case.draft_letter else letters.compose(campaign, case, wanted)
    circumstance = rules.danger_to_life_comes_before_everything(case.matter, wanted.circumstance)
    feedback = rules.the_unit_answers_by_the_letters_date(campaign, context.at, circumstance, wanted.feedback_by)
    case.check_receiver(letter)
    year = context.at.astimezone(campaign.zone).year
    if context.actor.role != "director":
        letters.check(letter, campaign.letter_number(letter.form, year, 1), feedback.due_date.last_day, context.at)
        if case.draft_letter is not None:
            raise AlreadyDrafted("交办书已拟好，待办公室主任签发；如需改动，请主任签发时一并修改。")
        context.happens(case, LetterDrafted, letter=letter, circumstance=circumstance, feedback_by=wanted.feedback_by)
        return
    register = session.find(LetterRegister, LetterRegister.id_of(campaign.id, letter.form, year))
    if register is None:
        register = LetterRegister.open(context.envelope, campaign.id, letter.form, year)
    number = campaign.letter_number(letter.form, year, register.next)
    letters.check(letter, number, feedback.due_date.last_day, context.at)
    context.happens(
        case,
        CaseTransferred,
        letter=letter,
        number=number,
        signed_off_by=letters.officer(campaign, campaign.office(campaign.letter_form(letter.form).office).director),
        feedback=feedback,
        signing=rules.a_letter_is_signed_for_in_time(campaign, context.at, circumstance),
        returnable=rules.a_letter_may_be_sent_back_in_time(campaign, context.at),
        first_report=rules.a_danger_to_life_is_reported_on_the_next_working_day(campaign, context.at, case.matter),
    )
    register.give(context.envelope, number, case.id)
    session.save(register)


class SignFor(Body):
    """Sign for the letter."""


@commands.add("sign-for", SignFor, permission("签收", "county principal", "transferred"), signs=True)
def sign_for(context: Context[Setting], case: Case, _: SignFor) -> None:
    first_step = rules.the_first_step_follows_the_letter(context.setting.campaign, case, context.at)
    context.happens(case, CaseSignedFor, deemed=False, first_step=first_step)


class RequestReturn(Body):
    """Ask the office, and nobody else, to take the letter back: `reason` is a code of the campaign's return reasons.
    Until it answers, the clock of the first step stands still; the feedback date does not."""

    reason: Annotated[Line, Label("退回理由"), term("return_reasons")]
    text: Annotated[Text, Label("说明", "等待答复期间不计首次办理时限，反馈期限照常计算")]


@commands.add(
    "request-return",
    RequestReturn,
    permission("申请退回", "county principal", "transferred signed_for", bars="return_requested"),
)
def request_return(context: Context[Setting], case: Case, asked: RequestReturn) -> None:
    at_most = context.setting.campaign.limits.returns_per_case
    if case.returnable is None:
        raise TooLate("此件没有交办书可退；不能办理的，请与市局办公室联系。")
    if case.returnable.due <= context.at:
        raise TooLate("申请退回的时限已过，请继续办理；确实不能办理的，请与市局办公室联系。")
    if case.returns >= at_most:
        raise OftenEnough(f"每件只能申请退回 {at_most} 次，请继续办理；确实不能办理的，请与市局办公室联系。")
    answer = the_office_acts_in_time(context.setting.campaign, "return_answer", context.at)
    context.happens(case, ReturnRequested, reason=asked.reason, text=asked.text, answer=answer)


class AcceptReturn(Body):
    """Take the letter back; the case then waits for another letter. What was escalated meanwhile has lapsed."""


@commands.add(
    "accept-return",
    AcceptReturn,
    permission("同意退回", "office director", OUT, needs="return_requested"),
    signs=True,
)
def accept_return(context: Context[Setting], case: Case, _: AcceptReturn) -> None:
    campaign = context.setting.campaign
    for one in case.undecided:
        context.happens(
            case, EscalationCleared, n=one.n, trigger=one.trigger, verifier=context.actor.unit,
            text="交办书退回获准，此项提级核查失效。", evidence=(), in_time=True,
        )  # fmt: skip
    anew = rules.a_returned_case_is_transferred_anew_in_time(campaign, context.at, case.matter)
    context.happens(case, CaseReturned, transfer=anew)


class RefuseReturn(Body):
    """Leave the letter where it is, and say why. What was left of the date of the first step when the unit asked is
    left to it now, and two days at least."""

    text: Annotated[Text, Label("理由")]


@commands.add(
    "refuse-return",
    RefuseReturn,
    permission("不同意退回", "office director", OUT, needs="return_requested"),
    signs=True,
)
def refuse_return(context: Context[Setting], case: Case, asked: RefuseReturn) -> None:
    campaign = context.setting.campaign
    context.happens(
        case, ReturnRefused, text=asked.text, recounted=True,
        first_step=rules.the_first_step_waited_for_the_offices_answer(campaign, case, context.at),
        first_report=rules.a_first_report_waited_for_the_offices_answer(campaign, case, context.at),
    )  # fmt: skip
