"""The tour of a played campaign: one concealed accident from the tip to the bulletin, through the eyes of those who had
to do with it. It exists where time is simulated, and nowhere else; it names no secret, only whose account each stop
needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import FastAPI, Request, Response
from psycopg_pool import AsyncConnectionPool

from services.cases.web.page import Page
from shared.kernel.campaign import Campaign
from shared.kernel.names import unit_name
from shared.platform.web import problems
from shared.platform.web.pages import locale_of, render

_SHOWPIECE = """
SELECT c.id, c.tip, c.unit, c.assessed_in, (
  SELECT e.verifier FROM escalations AS e WHERE e.case_id = c.id AND e.verifier IS NOT NULL ORDER BY e.n LIMIT 1
) AS verifier
FROM stored_events AS s JOIN cases AS c ON c.id = s.originator_id
WHERE s.topic = 'cases.AccidentInvestigationOpened' AND c.state = 'closed' AND c.tip IS NOT NULL
ORDER BY c.false_closure DESC, s.notification_id LIMIT 1"""


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop: what is to be seen, where, and with which account (None: anybody's)."""

    title: str
    text: str
    href: str
    account: str | None


def mount_tour(app: FastAPI, page: Page, pool: AsyncConnectionPool[Any]) -> None:
    """Serve `/tour`."""

    @app.get("/tour", include_in_schema=False)
    async def tour(request: Request) -> Response:
        async with pool.connection() as connection:
            row = await (await connection.execute(_SHOWPIECE)).fetchone()
        if row is None:
            raise problems.NotFound("演示还没有走到可以导览的地方，请等演示结束。")
        stops = stops_of(page.campaign, *row)
        unit = unit_name(page.campaign, row[2], locale_of(request))
        return render(request, "tour.html", here="", stops=stops, unit=unit, enter=through_sign_in)


def stops_of(
    campaign: Campaign, case: UUID, tip: str, unit: str, assessed_in: str | None, verifier: str | None
) -> list[Stop]:
    """The stops, in the order in which the campaign went."""
    here, told = f"/cases/{case}", f"/public/drafts?case={case}"
    director, office = _account(campaign, "director", None), _account(campaign, "office", None)
    principal, group = _account(campaign, "principal", unit), _account(campaign, "group", verifier)
    stops = [
        Stop("一通举报电话", "热线接到的举报：原文只在梳理时可见，身份从不离开保险库。", f"/triage/{tip}", office),
        Stop("致县政府的交办函", "先看到全文，再签发；编号连续，作废的也留着。", f"{here}#letter", director),
        Stop("县局看到的同一件", "签收、每一步办理和证据、期限怎样数出来，一目了然。", here, principal),
        Stop("第一次办结，其实是假的", "拖动时间轴，回到它看上去已经办结的那一天。", f"{here}?as_of=10", director),
        Stop("提级核查", "与此件无关的一组去核实，写下结论和证据。", here, group or director),
        Stop("向社会公开了什么", "公开稿：谁拟、谁核对、谁批准，在哪个渠道发布。", told, office),
        Stop("公开栏", "公众看到的，不需要登录。", "/public", None),
    ]
    if assessed_in is not None:
        said = "这一件列入的考核通报：每个数字都能点开到它的来由。"
        stops.append(Stop("考核通报", said, f"/assessment/bulletins/{assessed_in}", director))
    return stops


def through_sign_in(stop: Stop) -> str:
    """Where a stop is entered: through the sign-in page, where it needs an account."""
    return f"/sign-in?{urlencode({'next': stop.href, 'as': stop.account})}" if stop.account else stop.href


def _account(campaign: Campaign, role: str, unit: str | None) -> str | None:
    """The first account of a role (in a unit): its name is the role's and the person's."""
    people = campaign.people_with(role, unit) if unit is not None else campaign.people_with(role)
    return f"{role}-{people[0].id.removeprefix('p-')}" if people else None
