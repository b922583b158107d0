"""What *notify* does where something that it was told is no more (see `turning_back`).

Of a case that is no more nobody is reminded, and what was only drafted of it is void. What was sent cannot be unsent,
nor what was published be unread: a person is told, who writes to whom it concerns. Where a case is still there but its
letter is not, the letter's reminders stop, until there is another letter. Where something else of it is not, its dates
are to be looked at; so are they where the letter is one of several and its date was put off afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.notify.domain.disclosure import Disclosure
from services.notify.domain.notice import Notice
from services.notify.domain.reminders import Reminders
from shared.kernel.campaign import Campaign
from shared.kernel.commands import by_rule
from shared.platform.clock import Clock
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.session import Session
from shared.platform.messaging.turning_back import Abandoned, Followed

SENT = "这份通知已发出或正在发出，不能撤回：请告知收件人"
PUBLISHED = "这项信息已审核或公开，不能自动撤回：请更正或撤下"
DATES = "提醒所依据的部分事件已不存在，提醒可能缺少或多出：期限以交办件页上的为准，请告知承办单位"
_NOTED = "notify.DeadlinesNoted"


@dataclass(frozen=True, slots=True)
class TakingBack:
    """Called for one stream after another."""

    campaign: Campaign
    clock: Clock

    def __call__(self, session: Session, followed: Followed, why: Abandoned) -> str | None:
        envelope = by_rule(
            self.campaign, "what_is_no_more_is_not_told_of", self.clock.now(), why.cause, str(followed.stream)
        )
        reminders = session.find(Reminders, followed.stream)
        if reminders is not None:
            return self._no_reminder(session, reminders, followed, envelope)
        draft = session.find(Disclosure, followed.stream)
        if draft is not None:
            return self._no_draft(session, draft, envelope)
        notice = session.find(Notice, followed.stream)
        return SENT if notice is None else self._no_mail(session, notice, envelope)

    @staticmethod
    def _no_reminder(
        session: Session, reminders: Reminders, followed: Followed, envelope: Envelope
    ) -> str | None:  # fmt: skip
        if followed.began_so:
            reminders.stop_all(envelope)
        elif _letter_is_no_more(reminders, followed):
            reminders.stop_letter(envelope)
        else:
            return DATES
        session.save(reminders)
        return DATES if reminders.planned else None

    @staticmethod
    def _no_mail(session: Session, notice: Notice, envelope: Envelope) -> str | None:
        notice.drop(envelope)
        if not notice.pending_events:
            return SENT
        session.save(notice)
        return None

    @staticmethod
    def _no_draft(session: Session, draft: Disclosure, envelope: Envelope) -> str | None:
        draft.supersede(envelope)
        if not draft.pending_events:
            return PUBLISHED
        session.save(draft)
        return None


def _letter_is_no_more(reminders: Reminders, followed: Followed) -> bool:
    """A case's first dates are those of its letter, and only a letter has a date for signing: a later feedback date
    clears it."""
    noted = [gone for name, gone in zip(followed.events, followed.abandoned, strict=True) if name == _NOTED]
    return bool(noted) and (noted[0] or (noted[-1] and reminders.sign_for_due is not None))
