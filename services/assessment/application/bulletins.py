"""Bulletins: drawn from the facts when the month is over, published by the director, one after another."""

from __future__ import annotations

from services.assessment.application.office import Office, Told
from services.assessment.domain.authority import check_may
from services.assessment.domain.bulletin import Bulletin
from services.assessment.domain.errors import NotDrawn, NotOver, NotOwed
from services.assessment.domain.values import Content
from services.assessment.rules.schedule import Month, the_campaign_has_ended
from shared.kernel.campaign.definition import CITY
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.session import Session


class Bulletins(Office):
    """Commands of bulletins."""

    def draw_bulletin(self, session: Session, envelope: Envelope, month: str, content: Content) -> Told:
        """The office takes what was computed from the facts (notice 六（五）)."""
        check_may("draw-bulletin", envelope.actor, CITY)
        self._check_over(self._month(month), envelope)
        bulletin = session.find(Bulletin, self.schedule.bulletin_id(month))
        if bulletin is None:
            bulletin = Bulletin.open(envelope, self.schedule.bulletin_id(month), month)
        bulletin.draw(envelope, content, self._earlier(session, month))
        session.save(bulletin)
        return _told(bulletin)

    def publish_bulletin(self, session: Session, envelope: Envelope, month: str) -> Told:
        """The director publishes it: the loops of the cases in it close."""
        check_may("publish-bulletin", envelope.actor, CITY)
        self._month(month)
        bulletin = session.find(Bulletin, self.schedule.bulletin_id(month))
        if bulletin is None:
            raise NotDrawn("通报还没有拟制。请先拟制并核对，再发布。")
        bulletin.issue(envelope)
        session.save(bulletin)
        return _told(bulletin)

    def _month(self, key: str) -> Month:
        month = self.schedule.months.get(key)
        if month is None:
            raise NotOwed("没有这一期通报。请核对月份，如 2022-01；综合考核写 final。")
        return month

    def _check_over(self, month: Month, envelope: Envelope) -> None:
        over = the_campaign_has_ended(self.campaign, envelope.at) if month.end is None else envelope.at >= month.end
        if not over:
            raise NotOver("这个月（集中行动）还没有结束，不能拟制通报。请在结束后办理。")

    def _earlier(self, session: Session, month: str) -> list[Bulletin]:
        found = []
        for key in self.schedule.months:
            if key == month:
                break
            bulletin = session.find(Bulletin, self.schedule.bulletin_id(key))
            if bulletin is None:
                raise NotDrawn(f"{key} 的考核通报还没有拟制。请按月依次拟制、发布。")
            found.append(bulletin)
        return found


def _told(bulletin: Bulletin) -> Told:
    return {
        "bulletin": str(bulletin.id), "month": bulletin.month, "cases": len(bulletin.cases),
        "state": "published" if bulletin.published_at else "drawn", "version": bulletin.version,
        "rankings": [
            {
                "kind": ranking.kind,
                "placings": [{"unit": one.unit, "rank": one.rank, "score": one.score} for one in ranking.placings],
            }
            for ranking in bulletin.rankings
        ],
    }  # fmt: skip
