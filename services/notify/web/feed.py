"""The public feed (Atom, RFC 4287): what was published, corrected or withdrawn, the latest change first.

Links are absolute, by the installation's public address. A withdrawn item stays in the feed with the reason, so that
whoever took the text over learns of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree

from services.notify.queries.board import BoardRow
from shared.kernel.campaign import Campaign

ENTRIES = 50
MEDIA_TYPE = "application/atom+xml; charset=utf-8"
_ATOM = "http://www.w3.org/2005/Atom"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML 1.0 document may hold (its section 2.2)."""


def atom(
    rows: Sequence[BoardRow], unfounded: Sequence[tuple[date, Sequence[datetime]]], campaign: Campaign, public_url: str
) -> bytes:
    """The feed as UTF-8. An empty one was last changed when the campaign began. `unfounded`: last day of a week →
    when in it each allegation was counted that was not borne out, the last one first."""
    began = datetime.combine(campaign.period.start, datetime.min.time(), campaign.zone)
    kinds = campaign.taxonomy("disclosure_kinds")
    feed = ElementTree.Element("feed", {"xmlns": _ATOM, "xml:lang": "zh-CN"})
    address = f"{public_url}/public"
    _text(feed, "id", address)
    _text(feed, "title", f"{campaign.short_name.zh} · 信息公开")
    _text(
        feed,
        "updated",
        _instant(max([began, *(row.changed_at for row in rows), *(since[0] for _, since in unfounded)]), campaign),
    )
    _text(ElementTree.SubElement(feed, "author"), "name", campaign.notice.issuer)
    ElementTree.SubElement(feed, "link", {"rel": "alternate", "type": "text/html", "href": address})
    self_link = {"rel": "self", "type": "application/atom+xml", "href": f"{address}/feed.xml"}
    ElementTree.SubElement(feed, "link", self_link)
    for row in rows:
        kind = kinds.term(row.kind)
        entry = ElementTree.SubElement(feed, "entry")
        _text(entry, "id", f"urn:uuid:{row.id}")
        _text(entry, "title", row.title or "（已撤回）")
        _text(entry, "published", _instant(row.published_at, campaign))
        _text(entry, "updated", _instant(row.changed_at, campaign))
        link = {"rel": "alternate", "type": "text/html", "href": f"{address}/{row.id}"}
        ElementTree.SubElement(entry, "link", link)
        ElementTree.SubElement(entry, "category", {"term": row.kind, "label": kind.zh})
        content = row.text if row.withdrawn_at is None else f"此条已撤回。理由：{row.reason}"
        if row.waits_for_correction:
            content = f"经查明，此条所述不实，正在更正。\n{content}"
        _text(entry, "content", content).set("type", "text")
    for last, since in unfounded:
        entry = ElementTree.SubElement(feed, "entry")
        _text(entry, "id", f"urn:uuid:{uuid5(NAMESPACE_URL, f'{address}/unfounded/{last}')}")
        _text(entry, "title", f"截至{last.year}年{last.month}月{last.day}日的一周：经核查不属实的举报 {len(since)} 件")
        _text(entry, "updated", _instant(since[0], campaign))
        ElementTree.SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": address})
        _text(entry, "content", "经核查不属实的，只公布件数，不点名。").set("type", "text")
    document: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return document


def _text(parent: ElementTree.Element, name: str, text: str) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, name)
    child.text = _NOT_XML.sub("", text)
    return child


def _instant(value: datetime, campaign: Campaign) -> str:
    return value.astimezone(campaign.zone).isoformat(timespec="seconds")
