"""The public feed (Atom, RFC 4287): what was published, corrected or withdrawn, the latest change first.

Links are absolute, by the installation's public address. A withdrawn item stays in the feed with the reason, so that
whoever took the text over learns of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from xml.etree import ElementTree

from services.notify.queries.board import BoardRow
from shared.kernel.campaign import Campaign

ENTRIES = 50
MEDIA_TYPE = "application/atom+xml; charset=utf-8"
_ATOM = "http://www.w3.org/2005/Atom"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML 1.0 document may hold (its section 2.2)."""


def atom(rows: Sequence[BoardRow], campaign: Campaign, public_url: str) -> bytes:
    """The feed as UTF-8. An empty one was last changed when the campaign began."""
    began = datetime.combine(campaign.period.start, datetime.min.time(), campaign.zone)
    kinds = campaign.taxonomy("disclosure_kinds")
    feed = ElementTree.Element("feed", {"xmlns": _ATOM, "xml:lang": "zh-CN"})
    address = f"{public_url}/public"
    _text(feed, "id", address)
    _text(feed, "title", f"{campaign.short_name.zh} · 信息公开")
    _text(feed, "updated", _instant(max((row.changed_at for row in rows), default=began), campaign))
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
        _text(entry, "content", content).set("type", "text")
    document: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return document


def _text(parent: ElementTree.Element, name: str, text: str) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, name)
    child.text = _NOT_XML.sub("", text)
    return child


def _instant(value: datetime, campaign: Campaign) -> str:
    return value.astimezone(campaign.zone).isoformat(timespec="seconds")
