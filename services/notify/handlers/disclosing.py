"""Disclosures on their way to the public: drafted, checked, approved by two, published, corrected, withdrawn."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from services.notify.domain.authority import OPEN
from services.notify.domain.disclosure import DOUBT_NAMES, Disclosure
from services.notify.domain.errors import AlreadyOnChannel, DirectorMissing, NothingDrafted, SamePerson, Unanswered
from services.notify.domain.events import (
    ChannelsRecorded,
    CorrectionChannelsRecorded,
    CorrectionDrafted,
    CorrectionPublished,
    DisclosureApproved,
    DisclosureChecked,
    DisclosureCorrected,
    DisclosurePublished,
    DisclosureWithdrawn,
)
from services.notify.domain.reminders import Reminders
from services.notify.domain.values import CORRECTION_KINDS, About, Doubt, OnChannel, Wording
from services.notify.domain.week import Week
from services.notify.rules.redaction import what_could_identify_somebody
from services.notify.rules.reminding import the_week_ends_with
from services.notify.rules.telling import nobody_is_named_for_what_is_not_so
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.definition import CITY
from shared.kernel.commands import Setting, term
from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.ids import new_id, parse_id
from shared.platform.event_store.refusal import Invalid
from shared.platform.service.authority import permission
from shared.platform.service.command import Context, Table
from shared.platform.service.fields import Body, Choice, Code, Codes, Each, Label, Line, Text
from shared.platform.web.words import translate

UNITS = Choice(
    lambda setting, _, locale: [
        (CITY, "市局"),
        *((county.code, county.name(locale)) for county in setting.campaign.units),
    ],
    "没有这个单位代码。",
)
OUTCOMES = term("outcomes", ticks=True)
drafting = Table()
commands = Table()


class Draft(Body):
    """An item that no closing brings about: an exposure, a progress, a typical case, or a result told anew.

    `kind` is a code of the campaign's kinds of disclosure; the unit is that of the case where one is named, else
    `unit`, else the city. `outcomes` are codes of the campaign's outcome items.
    """

    kind: Annotated[Code, Label("种类"), term("disclosure_kinds")]
    title: Annotated[Line, Label("标题")]
    text: Annotated[Text, Label("内容", rows=6)]
    unit: Annotated[Code | None, Label("查处单位"), UNITS] = None
    case: Annotated[Code | None, Label("交办件编号（可不填）", "交办件页面地址的最后一段。")] = None
    enterprise: Line | None = None
    place: Line | None = None
    violation: Annotated[Code | None, term("violations")] = None
    outcomes: Annotated[Codes, OUTCOMES] = ()


@drafting.add("draft", Draft, permission("拟稿", "office director"))
def draft(context: Context[Setting], _: None, asked: Draft) -> Disclosure:
    unit, case, followed = asked.unit or CITY, None, None
    if asked.case is not None:
        id_ = parse_id(asked.case)
        if id_ is None:
            raise Invalid("case", "没有这个交办件。请核对编号，或从交办件列表复制。")
        followed = context.session.get(Reminders, id_)
        nobody_is_named_for_what_is_not_so(followed)
        case, unit = str(id_), followed.unit
    about = About(
        kind=asked.kind, unit=unit, case=case, enterprise=asked.enterprise, place=asked.place,
        violation=asked.violation,
    )  # fmt: skip
    item = Disclosure.draft(
        context.envelope, id=new_id(), about=about, wording=Wording(asked.title, asked.text),
        outcomes=_in_order(context.setting.campaign, asked.outcomes),
    )  # fmt: skip
    if followed is not None:
        followed.note_item(context.envelope, item.id)
        context.session.save(followed)
    return item


def _case_of(context: Context[Setting], item: Disclosure) -> Reminders | None:
    return context.session.find(Reminders, UUID(item.about.case)) if item.about.case is not None else None


def _may_be_told(context: Context[Setting], item: Disclosure) -> None:
    case = _case_of(context, item)
    if case is not None:
        nobody_is_named_for_what_is_not_so(case)


def _answers(doubts: Mapping[str, str], view: Any) -> Iterator[tuple[str, str, str]]:
    for kind, why in doubts.items():
        yield kind, translate(view["locale"], "为何可以公开：") + translate(view["locale"], DOUBT_NAMES[kind]), why


def _found(view: Any) -> list[tuple[str, str, str]]:
    excerpts: dict[str, list[str]] = {}
    for one in view["found"]:
        excerpts.setdefault(one.kind, []).append(one.excerpt)
    return list(_answers({kind: "、".join(found) for kind, found in excerpts.items()}, view))


Answers = Annotated[
    dict[Code, Line], Field(max_length=20), Label("核对提示", "文字里有下列内容的，写明为何可以公开；没有的不用填。")
]


class Check(Body):
    """The wording was read, and changed where `title`, `text` or `outcomes` are given.

    `answers`: kind of doubt → why what raised it may stand. Without an answer to each, nobody can approve.
    """

    title: Annotated[Line | None, Label("标题", required=True)] = None
    text: Annotated[Text | None, Label("内容", required=True, rows=10)] = None
    outcomes: Annotated[Codes | None, Label("办理结果"), OUTCOMES] = None
    answers: Annotated[Answers, Each(_found)] = {}  # noqa: RUF012 – pydantic copies it


@commands.add("check", Check, permission("核对", "office", "drafted checked"), signs=True)
def check(context: Context[Setting], item: Disclosure, asked: Check) -> None:
    _may_be_told(context, item)
    campaign, wording = context.setting.campaign, _changed(item, asked)
    context.happens(
        item, DisclosureChecked, wording=wording, doubts=_doubts(campaign, wording, asked.answers),
        outcomes=item.outcomes if asked.outcomes is None else _in_order(campaign, asked.outcomes),
    )  # fmt: skip


class Approve(Body):
    """Answer for the wording."""


@commands.add("approve", Approve, permission("审核同意", "office director", "checked"), signs=True)
def approve(context: Context[Setting], item: Disclosure, _: Approve) -> None:
    _may_be_told(context, item)
    _check_answered(item.doubts)
    actor = context.actor
    if actor.id in item.approvers:
        raise SamePerson("您已审核同意此条，须由另一人再审核。")
    approvers = (*item.approvers, actor.id)
    director = actor.role == "director" or item.director_approved
    complete = len(approvers) >= context.setting.campaign.limits.disclosure_approvers
    if complete and not director:
        raise DirectorMissing("审核人中须有办公室主任。请办公室主任审核。")
    context.happens(item, DisclosureApproved, approvers=approvers, by_director=director, complete=complete)


def _channels_left(view: Any) -> list[tuple[str, str, str]]:
    row = view["row"]
    stands, corrected = [{one.channel for one in channels} for channels in (row.channels, row.corrected_on)]
    left = stands - corrected if row.state == "correcting" else {one.code for one in view["campaign"].channels} - stands
    channels = [one for one in view["campaign"].channels if one.code in left]
    return [(one.code, one.name(view["locale"]), one.evidence) for one in channels]


class Publish(Body):
    """The item, or its correction, stands on these channels: code of the channel → what proves it."""

    evidence: Annotated[dict[Code, Line], Field(min_length=1, max_length=20), Label("发布凭据"), Each(_channels_left)]


@commands.add("publish", Publish, permission("登记发布", "office director", "approved correcting"), signs=True)
def publish(context: Context[Setting], item: Disclosure, asked: Publish) -> None:
    channels = tuple(channel.code for channel in context.setting.campaign.channels)
    if not asked.evidence.keys() <= set(channels):
        raise Invalid("evidence", "没有这个公开渠道。", channels)
    if item.state == "correcting":
        _publish_correction(context, item, asked)
        return
    _may_be_told(context, item)
    if any(one.channel in asked.evidence for one in item.channels):
        raise AlreadyOnChannel("此条在所填渠道中已有登记。请只填还没有登记的渠道。")
    added = tuple(OnChannel(channel, text, context.at) for channel, text in asked.evidence.items())
    context.happens(item, ChannelsRecorded, channels=(*item.channels, *added))
    if {one.channel for one in item.channels} >= set(channels):
        context.happens(
            item, DisclosurePublished, about=item.about, wording=item.wording, outcomes=item.outcomes,
            channels=item.channels,
        )  # fmt: skip
        _week_has_its_disclosure(context, item)


def _week_has_its_disclosure(context: Context[Setting], item: Disclosure) -> None:
    campaign = context.setting.campaign
    week = context.session.find(Week, Week.id_of(campaign.id, the_week_ends_with(campaign, context.at)))
    if week is not None:
        week.made(context.envelope, item.id)
        context.session.save(week)


def _publish_correction(context: Context[Setting], item: Disclosure, asked: Publish) -> None:
    if item.correction is not None:
        raise NothingDrafted("更正稿还没有签发。请办公室主任先签发，再登记各渠道凭据。")
    stands = {one.channel for one in item.channels}
    if not asked.evidence.keys() <= stands - {one.channel for one in item.corrected_on}:
        raise AlreadyOnChannel("更正只登记原文所在、尚未登记更正的渠道。请核对所填渠道。")
    added = tuple(OnChannel(channel, text, context.at) for channel, text in asked.evidence.items())
    context.happens(item, CorrectionChannelsRecorded, channels=(*item.corrected_on, *added))
    if {one.channel for one in item.corrected_on} >= stands:
        context.happens(item, CorrectionPublished, channels=item.corrected_on, over=not item.on_board)
        _nobody_waits_for_a_correction(context, item)


def _nobody_waits_for_a_correction(context: Context[Setting], item: Disclosure) -> None:
    case = _case_of(context, item)
    if case is not None:
        for kind in CORRECTION_KINDS:
            case.stop(context.envelope, kind, str(item.id))
        context.session.save(case)


class Correct(Body):
    """The office drafts another wording, with the reason; the director signs it with an empty body, and names in
    `If-Match` the version in which he saw it."""

    title: Annotated[Line | None, Label("标题", required=True)] = None
    text: Annotated[Text | None, Label("内容", required=True, rows=10)] = None
    reason: Annotated[Line | None, Label("更正理由", required=True)] = None
    answers: Annotated[Answers, Each(lambda view: list(_answers(dict.fromkeys(DOUBT_NAMES, ""), view)))] = {}  # noqa: RUF012


def _signs_the_draft(actor: Actor, item: Disclosure, asked: Correct) -> bool:
    return actor.role == "director" and item.correction is not None and not asked.model_fields_set


@commands.add(
    "correct", Correct,
    permission("更正", "office director", "published correcting", drafts={"office": "拟更正稿送签"}),
    signs=True, unseen=_signs_the_draft,
)  # fmt: skip
def correct(context: Context[Setting], item: Disclosure, asked: Correct) -> None:
    if context.actor.role == "director":
        _sign_correction(context, item, asked)
        return
    if asked.reason is None:
        raise Invalid("reason", "请写明更正的理由，它会随更正一并公开。")
    wording = _changed(item, asked)
    if wording == item.wording:
        raise Invalid("text", "更正稿与原文相同，请改动标题或内容。")
    doubts = _doubts(context.setting.campaign, wording, asked.answers)
    _check_answered(doubts)
    context.happens(item, CorrectionDrafted, wording=wording, reason=asked.reason, doubts=doubts)


def _sign_correction(context: Context[Setting], item: Disclosure, asked: Correct) -> None:
    if asked.model_fields_set:
        raise NothingDrafted("更正须由办公室先拟稿，主任签发时不另改文字。请只确认签发，或请办公室重新拟稿。")
    if item.correction is None:
        raise NothingDrafted("还没有拟好的更正。请办公室先拟更正稿，再由主任签发。")
    if context.actor.id == item.correction_by:
        raise SamePerson("更正由您拟稿，须由另一人签发。")
    owed = item.state == "correcting"
    context.happens(
        item, DisclosureCorrected, wording=item.correction, reason=item.correction_reason,
        about=item.corrected_about if owed else item.about, outcomes=item.corrected_outcomes if owed else None,
        nameless=item.cause == "not_borne_out",
    )  # fmt: skip


class Withdraw(Body):
    """Take the item back, with the reason; the reason is published where the item was."""

    reason: Annotated[Line, Label("撤回理由（公开）")]


@commands.add("withdraw", Withdraw, permission("撤回", "director", f"{OPEN} published correcting"), signs=True)
def withdraw(context: Context[Setting], item: Disclosure, asked: Withdraw) -> None:
    context.happens(item, DisclosureWithdrawn, about=item.about, reason=asked.reason, was_public=bool(item.channels))
    _nobody_waits_for_a_correction(context, item)


def found_in(campaign: Campaign, wording: Wording) -> tuple[Doubt, ...]:
    """What in a wording could identify somebody, not answered yet."""
    names = tuple(dict.fromkeys(person.name for person in campaign.people))
    return what_could_identify_somebody(f"{wording.title}\n{wording.text}", names)


def _changed(item: Disclosure, asked: Check | Correct) -> Wording:
    return Wording(asked.title or item.wording.title, asked.text or item.wording.text)


def _doubts(campaign: Campaign, wording: Wording, answers: Mapping[str, str]) -> tuple[Doubt, ...]:
    if not answers.keys() <= DOUBT_NAMES.keys():
        raise Invalid("answers", "没有这一类核对提示。", tuple(DOUBT_NAMES))
    return tuple(Doubt(one.kind, one.excerpt, answers.get(one.kind)) for one in found_in(campaign, wording))


def _check_answered(doubts: Sequence[Doubt]) -> None:
    left = dict.fromkeys(DOUBT_NAMES[one.kind] for one in doubts if one.answer is None)
    if left:
        raise Unanswered(f"核对提示尚未说明：{'、'.join(left)}。请删去有关内容，或逐项说明为何可以公开。")


def _in_order(campaign: Campaign, outcomes: Collection[str]) -> tuple[str, ...]:
    return tuple(code for code in campaign.taxonomy("outcomes").codes if code in outcomes)
