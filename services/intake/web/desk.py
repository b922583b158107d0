"""The officers' pages: tips that wait for a person, and one tip with what may be done to it.

Tips about danger to life, the others, and those of senders over their limit lie on heaps with pages of their own, so
that no number of one kind hides another.

What the rules recognised stands beside the tipster's words as a suggestion, with the doubts that kept it from going
out by itself. A refused form is shown again with what was typed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from services.intake.domain.authority import OFFICERS, STATE_NAMES, may_read_text
from services.intake.handlers import TIP
from services.intake.handlers.triaging import Triage
from services.intake.queries import Heap, Queries, TipRow, Waiting
from services.intake.reception import Intake, Written
from services.intake.rules import keywords
from services.intake.rules.triage import DOUBTS, public_enterprise
from services.intake.web.api import tip_row
from services.intake.web.words import left
from shared.kernel.campaign import Campaign
from shared.kernel.names import term_name
from shared.kernel.restored import Restored
from shared.platform.event_store.envelope import Actor
from shared.platform.service.dispatch import Dispatch
from shared.platform.service.fields import Body
from shared.platform.service.forms import allowed_commands, form_of, read_form, take
from shared.platform.service.refused import Failed
from shared.platform.web import problems
from shared.platform.web.pages import locale_of, render
from shared.platform.web.session import Viewer, require_role
from shared.platform.web.words import Locale, translate

Officer = Annotated[Viewer, Depends(require_role(*OFFICERS.split()))]
Page = Annotated[int, Query(ge=1, le=1_000_000)]
HEAP_TITLES: dict[Heap, str] = {"danger": "危及生命", "others": "其他举报", "flood": "同一来源大量反映"}
HEAP_REASONS: dict[Heap, str] = {
    "danger": "须立即电话核实。",
    "others": "",
    "flood": "都反映危及生命的情况，但同一来源短时间内过多，排在最后，仍须核实。",
}
RAISED_TO = {"director": "逾期未处置，已报办公室主任", "taskforce": "逾期未处置，已报专项工作组"}
NEXT = "/triage/next"
EXCERPT = 60
_EMPTIABLE = ("enterprise", "place", "violation", "target")


def mount_desk(app: FastAPI, dispatch: Dispatch[Intake], queries: Queries, restored: Restored) -> None:
    """Serve `/triage`, each tip, and the one that comes next."""
    setting, reception = dispatch.setting, dispatch.setting.reception

    @app.get("/triage", include_in_schema=False)
    async def waiting(
        request: Request, viewer: Officer, danger: Page = 1, others: Page = 1, flood: Page = 1,
        source: Annotated[str, Query()] = "",
    ) -> Response:  # fmt: skip
        now, locale = dispatch.now(), locale_of(request)
        sources = setting.campaign.taxonomy("tip_sources")
        if source and source not in sources:
            raise problems.Invalid.parameter("source", "没有这个来件渠道。", sources.codes)
        found = await queries.waiting({"danger": danger, "others": others, "flood": flood}, source or None)
        opened = await reception.accounts([row for heap in found for row in heap.rows])
        heaps = [
            {
                "of": heap, "title": HEAP_TITLES[heap.heap], "why": HEAP_REASONS[heap.heap],
                "last": heap.first + len(heap.rows) - 1,
                "lines": [_line(row, opened[row.id], setting.campaign, now, locale) for row in heap.rows],
                "before": _page(found, heap, heap.number - 1, source),
                "after": _page(found, heap, heap.number + 1, source),
            }
            for heap in found
        ]  # fmt: skip
        return render(
            request, "triage_list.html", no_store=True, here="triage", now=now, heaps=heaps, sources=sources.terms,
            source=source, total=sum(heap.total for heap in found), locale=locale, restored=restored.path,
            to_check=await restored.waiting(viewer),
        )  # fmt: skip

    @app.get(NEXT, include_in_schema=False)
    async def following(viewer: Officer) -> Response:
        heaps = await queries.waiting({"danger": 1, "others": 1, "flood": 1}, None)
        first = next((row for heap in heaps for row in heap.rows), None)
        return RedirectResponse(f"/triage/{first.id}" if first is not None else "/triage", 303)

    @app.get("/triage/{tip}", include_in_schema=False)
    async def one(request: Request, tip: str, viewer: Officer) -> Response:
        return await tip_page(request, tip, viewer, await dispatch.refused.of(request, viewer))

    @app.post("/triage/{tip}/{command}", include_in_schema=False)
    async def act(request: Request, tip: str, command: str, viewer: Officer) -> Response:
        back = f"/triage/{tip}" if command in ("message", "supplement") else NEXT
        return await take(
            request, viewer, dispatch, TIP, command, {"tip": tip}, back=lambda _: back, read=as_it_was_filled_in,
            page=f"/triage/{tip}",
        )  # fmt: skip

    async def tip_page(request: Request, tip: str, viewer: Viewer, failed: Failed | None) -> Response:
        row = await tip_row(queries, tip, setting.campaign, viewer)
        readable = may_read_text(viewer.role, row.state)
        opened = await reception.account(row) if readable else None
        texts = await reception.texts(row.id) if readable else []
        view = tip_view(
            row, opened, texts, dispatch.actor_of(viewer), setting, dispatch.now(), locale_of(request), failed
        )  # fmt: skip
        return render(request, "triage.html", no_store=True, here="triage", **view)


def _page(found: list[Waiting], heap: Waiting, number: int, source: str) -> str | None:
    """The address at which this heap shows another page and the others what they show; None where it has none."""
    if not 1 <= number <= heap.pages:
        return None
    pages = {one.heap: number if one is heap else one.number for one in found}
    query: dict[str, object] = {name: page for name, page in pages.items() if page > 1}
    return f"/triage?{urlencode(query | ({'source': source} if source else {}))}#{heap.heap}"


def tip_view(
    row: TipRow, opened: Written | None, texts: list[Written], actor: Actor, setting: Intake, now: datetime,
    locale: Locale, failed: Failed | None = None,
) -> dict[str, Any]:  # fmt: skip
    """What the page of one tip shows. In the forms stands what the rules suggest."""
    given = {"triage": _suggested(row, opened), "refer-elsewhere": {"channel": _channel(row)}}
    forms = [
        form_of(TIP.commands[name], setting, row, {}, locale, failed, given.get(name))
        for name, command in allowed_commands(TIP, actor, row, setting).items()
        if command["allowed"]
    ]
    return {
        "now": now, "row": row, "opened": opened, "texts": texts, "failed": failed, "doubts": _doubts(row),
        "state": STATE_NAMES[row.state], "late": _is_late(row, now), "left": left(row.triage_due, now, locale),
        "raised_to": RAISED_TO.get(row.raised_to or ""),
        "names": _names(row, setting.campaign, locale), "forms": forms,
    }  # fmt: skip


def _suggested(row: TipRow, opened: Written | None) -> dict[str, str]:
    found = row.suggestion
    given = {
        "unit": found.unit, "matter": found.matter, "place": found.place, "violation": found.violation,
        "target": found.target, "matters": found.matters[0] if found.matters else None,
        "enterprise": public_enterprise(opened.fields.get("enterprise", ""), None, None) if opened else None,
        "danger": "true" if row.danger else "false",
    }  # fmt: skip
    return {name: value for name, value in given.items() if value is not None}


def _channel(row: TipRow) -> str:
    return row.kind if row.kind != keywords.TIP else row.suggestion.kind


def as_it_was_filled_in(body: type[Body], form: FormData) -> dict[str, Any]:
    """What was emptied in the form of triage is said not to be known; other empty fields are not given."""
    values = read_form(body, form)
    if body is Triage:
        emptied = [name for name in _EMPTIABLE if name in form and name not in values]
        values |= dict.fromkeys(emptied) | ({} if "matters" in values else {"matters": []})
    return values


def _line(row: TipRow, opened: Written, campaign: Campaign, now: datetime, locale: Locale) -> dict[str, Any]:
    """One waiting tip in the list."""
    text = " ".join(opened.text.split())
    excerpt = text[:EXCERPT] + ("…" if len(text) > EXCERPT else "")
    facts = [campaign.taxonomy("tip_sources").term(row.source).name(locale)]
    facts += [campaign.county(unit).name(locale) for unit in row.suggestion.units]
    facts += [translate(locale, doubt) for doubt in _doubts(row)]
    facts += [translate(locale, RAISED_TO[row.raised_to])] if row.raised_to else []
    return {
        "id": str(row.id),
        "title": excerpt or translate(locale, "（内容已销毁）"),
        "facts": facts,
        "danger": row.danger,
        "alarm": _is_late(row, now),
        "left": left(row.triage_due, now, locale),
        "received_at": row.received_at,
    }


def _is_late(row: TipRow, now: datetime) -> bool:
    return row.state == "received" and row.triage_due <= now


def _doubts(row: TipRow) -> list[str]:
    return [DOUBTS.get(doubt, doubt) for doubt in row.suggestion.doubts]


def _names(row: TipRow, campaign: Campaign, locale: Locale) -> dict[str, str]:
    """The codes of a tip in words, as far as it has them."""
    terms = {
        "source": ("tip_sources", row.source), "kind": ("tip_kinds", row.kind), "mode": ("identity_modes", row.mode),
        "reason": ("return_reasons", row.reason), "channel": ("tip_kinds", row.channel),
    }  # fmt: skip
    found = {name: term_name(campaign, taxonomy, code, locale) for name, (taxonomy, code) in terms.items() if code}
    if row.unit is not None:
        found["unit"] = campaign.county(row.unit).name(locale)
    return found
