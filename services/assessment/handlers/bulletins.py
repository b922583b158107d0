"""Bulletins: drawn from the facts when the month is over, published by the director, one after another."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from services.assessment.domain.bulletin import Bulletin
from services.assessment.domain.errors import FiguresMoved, NotDrawn, NotOver, NotOwed
from services.assessment.domain.events.bulletins import BulletinPublished
from services.assessment.domain.values import Content
from services.assessment.handlers.setting import AssessmentSetting
from services.assessment.rules.schedule import the_campaign_has_ended
from shared.platform.event_store.envelope import Actor
from shared.platform.service.authority import permission
from shared.platform.service.command import Address, Context, Table
from shared.platform.service.fields import Body, Line

commands = Table()


def find(context: Context[AssessmentSetting]) -> Bulletin | None:
    """The month's bulletin, None before it is drawn. Raises NotOwed."""
    month, schedule = context.address["month"], context.setting.schedule
    if month not in schedule.months:
        raise NotOwed("没有这一期通报。请核对月份，如 2022-01；综合考核写 final。")
    return context.session.find(Bulletin, schedule.bulletin_id(month))


class PublishBulletin(Body):
    """Publish the drawn bulletin: it does not change any more, and the loops of its cases close. What was seen is named
    by its version (`If-Match`) or by its `digest`."""

    digest: Annotated[Line | None, Field(description="SHA-256 of the bulletin that was seen: `digest` of the GET")] = (
        None
    )


@commands.add(
    "publish", PublishBulletin, permission("发布考核通报", "director", "drawn"), signs=True,
    unseen=lambda _, __, asked: asked.digest is None,
)  # fmt: skip
def publish(context: Context[AssessmentSetting], bulletin: Bulletin, asked: PublishBulletin) -> None:
    if asked.digest is not None and (bulletin.content is None or asked.digest != bulletin.content.digest):
        raise FiguresMoved("您看到的通报已重新拟制，尚未发布。请核对新的通报后再发布。")
    context.happens(bulletin, BulletinPublished, month=bulletin.month)


class DrawBulletin(Body):
    """Compute the bulletin from everything that happened before the end of the month (notice 六（五）)."""


async def content(setting: AssessmentSetting, address: Address, _: DrawBulletin, __: Actor) -> Content:
    """What is to be published. Raises FiguresBehind while events are known to be missing."""
    await setting.check_complete("intake", "cases", "notify")
    return await setting.content_now(setting.month(address["month"]))


@commands.add("draw", DrawBulletin, permission("拟制考核通报", "office director", "open drawn"), prepare=content)
def draw(context: Context[AssessmentSetting], bulletin: Bulletin | None, _: DrawBulletin) -> Bulletin:
    setting, key = context.setting, context.address["month"]
    end = setting.schedule.months[key].end
    over = the_campaign_has_ended(setting.campaign, context.at) if end is None else context.at >= end
    if not over:
        raise NotOver("这个月（集中行动）还没有结束，不能拟制通报。请在结束后办理。")
    earlier = _earlier(context, key)
    if bulletin is None:
        bulletin = Bulletin.open(context.envelope, setting.schedule.bulletin_id(key), key)
    bulletin.draw(context.envelope, context.prepared, earlier)
    return bulletin


def _earlier(context: Context[AssessmentSetting], month: str) -> list[Bulletin]:
    found = []
    for key in context.setting.schedule.months:
        if key == month:
            break
        bulletin = context.session.find(Bulletin, context.setting.schedule.bulletin_id(key))
        if bulletin is None:
            raise NotDrawn(f"{key} 的考核通报还没有拟制。请按月依次拟制、发布。")
        found.append(bulletin)
    return found
