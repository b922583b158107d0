"""Read tables of *notify*: what each event makes of a row. A projection copies fields and decides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from services.notify.domain import events
from services.notify.domain.values import About
from shared.kernel.contracts.internal import cases
from shared.kernel.measures import NOT_BORNE_OUT
from shared.platform.event_store.rows import Change, insert, update
from shared.platform.service.projector import Projector, Rows, Values

MAJOR = "major"
"""The circumstance of a letter that speaks of a major hazard."""

# --- reminders, planned or sent ---

REMINDERS = Rows("reminders")


def _planned(event: events.DeadlinesNoted | events.RemindersPlanned) -> Iterator[Change]:
    own = event.unit if isinstance(event, events.DeadlinesNoted) else ""
    for one in event.planned:
        yield insert(
            "reminders", key="id", id=UUID(one.id), case_id=event.originator_id, unit=one.unit or own, kind=one.kind,
            to_role=one.to, remind_at=one.at, due=one.due, state="planned", about=one.trigger,
        )  # fmt: skip


def _sent(event: events.ReminderSent) -> Change:
    id_ = UUID(event.reminder)
    if event.planned_for is not None:
        return update("reminders", key="id", id=id_, state="sent", sent_at=event.at)
    return insert(
        "reminders", key="id", id=id_, case_id=event.originator_id, unit=event.unit, kind=event.kind, to_role=event.to,
        remind_at=event.at, due=event.due, state="sent", sent_at=event.at, about=event.trigger,
    )  # fmt: skip


REMINDERS.by(events.DeadlinesNoted, _planned)
REMINDERS.by(events.RemindersPlanned, _planned)
REMINDERS.by(
    events.RemindersStopped,
    lambda e: [update("reminders", key="id", id=UUID(id_), state="stopped") for id_ in e.reminders],
)
REMINDERS.by(events.ReminderSent, _sent)

STANDINGS = Rows("standings", key="case_id")
STANDINGS.new(
    events.CaseFollowed, lambda e: {"unit": e.unit, "closed": False, "doubts": (), "confidential": e.confidential}
)
STANDINGS.on(
    {
        events.StandingNoted: lambda e: {
            "closed": e.closed, "conclusion": e.conclusion, "doubts": e.doubts, "noted_at": e.at,
            **({} if e.closed and e.doubts else {"deferred": None}),
        },
        events.DraftDeferred: lambda e: {"deferred": e.draft.wording.title},
    }
)  # fmt: skip

UNFOUNDED = Rows("unfounded", key="case_id")
UNFOUNDED.new(events.CaseFollowed, lambda e: {})
UNFOUNDED.on({events.UnfoundedCounted: lambda e: {"since": e.at}, events.UnfoundedUncounted: lambda _: {"since": None}})

# --- what goes out: `outgoing` to every channel, `notices` by mail ---

OUTGOING = Rows("outgoing", key="reminder", of=lambda event: UUID(event.reminder))
OUTGOING.new(
    events.ReminderSent,
    lambda e: {
        "case_id": e.originator_id, "unit": e.unit, "kind": e.kind, "to_role": e.to, "sent_at": e.at, "text": e.text,
        "link": e.link or f"/cases/{e.originator_id}",
    },
)  # fmt: skip

NOTICES = Rows("notices")
NOTICES.new(
    events.NoticeQueued,
    lambda e: {
        "unit": e.unit, "recipients": e.recipients, "text": e.text, "link": e.link or f"/cases/{e.case}",
        "queued_at": e.at, "not_before": e.not_before, "state": "waiting", "attempts": 0, "kind": e.kind, "due": e.due,
        "reminder": UUID(e.reminder) if e.reminder is not None else e.originator_id,
    },
)  # fmt: skip
NOTICES.on(
    {
        events.NoticeSent: lambda e: {"state": "sent", "attempts": e.attempt, "reason": None, "again_at": None},
        events.NoticeFailed: lambda e: {
            "state": "failed", "attempts": e.attempt, "reason": e.reason, "again_at": e.again_at,
        },
        events.NoticeDropped: lambda _: {"state": "dropped", "again_at": None},
        events.NoticeRequeued: lambda _: {"state": "waiting", "again_at": None},
    }
)  # fmt: skip

# --- disclosures: as the office works on them, and what the public reads ---


def _about(event: events.DisclosureDrafted | events.DisclosurePublished) -> Values:
    about = event.about
    return {
        "case_id": about.case, "unit": about.unit, "kind": about.kind, **_named(about), "outcomes": event.outcomes,
        **_wording(event),
    }  # fmt: skip


def _named(about: About) -> Values:
    return {"enterprise": about.enterprise, "place": about.place, "violation": about.violation}


def _corrected(event: events.DisclosureCorrected) -> Values:
    outcomes = {} if event.outcomes is None else {"outcomes": event.outcomes}
    return {**_wording(event), **_named(event.about), **outcomes}


def _wording(event: events.DisclosureDrafted | events.DisclosurePublished | events.DisclosureCorrected) -> Values:
    return {"title": event.wording.title, "text": event.wording.text}


DISCLOSURES = Rows("disclosures", version=True)
DISCLOSURES.new(events.DisclosureDrafted, lambda e: {**_about(e), "state": "drafted", "due": e.due, "drafted_at": e.at})
DISCLOSURES.on(
    {
        events.DisclosureChecked: lambda e: {
            **_wording(e), "state": "checked", "outcomes": e.outcomes, "checked_by": e.envelope.actor.id,
            "doubts": e.doubts, "approvers": (),
        },
        events.DisclosureApproved: lambda e: {
            "state": "approved" if e.complete else "checked", "approvers": e.approvers,
        },
        events.ChannelsRecorded: lambda e: {"channels": e.channels},
        events.DisclosurePublished: lambda e: {"state": "published", "published_at": e.at},
        events.CorrectionDrafted: lambda e: {"correction": e.wording, "correction_reason": e.reason},
        events.CorrectionOwed: lambda e: {
            "state": "correcting", "correction": e.wording, "correction_reason": e.reason, "correction_due": e.due,
            "corrected_on": (),
        },
        events.CorrectionChannelsRecorded: lambda e: {"corrected_on": e.channels},
        events.CorrectionPublished: lambda e: {
            "state": "withdrawn" if e.over else "published", "correction_due": None,
        },
        events.DisclosureCorrected: lambda e: {**_corrected(e), "correction": None, "correction_reason": None},
        events.DisclosureWithdrawn: lambda e: {"state": "withdrawn", "reason": e.reason, "correction_due": None},
        events.DisclosureSuperseded: lambda _: {"state": "superseded"},
        events.DisclosureDateMoved: lambda e: {"due": e.due},
    }
)  # fmt: skip

DISCLOSURES.touched_by(events.OfficeClockMissed)

WEEKS = Rows("weeks")
WEEKS.new(events.WeekOpened, lambda e: {"due": e.due, "state": "open"})
WEEKS.on(
    {
        events.WeekReminded: lambda _: {"state": "reminded"},
        events.WeeklyDisclosureMade: lambda _: {"state": "made"},
        events.OfficeClockMissed: lambda e: {"raised_to": e.raised_to},
    }
)

BOARD = Rows("board")
BOARD.new(events.DisclosurePublished, lambda e: {**_about(e), "channels": e.channels, "published_at": e.at})
BOARD.on(
    {
        events.CorrectionOwed: lambda e: {"not_so": e.cause, "not_so_since": e.at, "correction_due": e.due},
        events.DisclosureCorrected: lambda e: {
            **_corrected(e), "corrected_at": e.at, "correction_due": None, "nameless": e.nameless,
        },
        events.CorrectionPublished: lambda e: {"corrected_on": e.channels},
        events.DisclosureWithdrawn: lambda e: {
            "title": "", "text": "", "enterprise": None, "place": None, "violation": None, "outcomes": (),
            "withdrawn_at": e.at, "reason": e.reason, "correction_due": None,
        },
    }
)  # fmt: skip

WORDINGS = Rows("wordings", of=lambda event: f"{event.originator_id}/{event.originator_version}")
WORDINGS.new(
    events.DisclosurePublished, lambda e: {**_wording(e), "disclosure": e.originator_id, "at": e.at, "reason": None}
)
WORDINGS.new(
    events.DisclosureCorrected, lambda e: {**_wording(e), "disclosure": e.originator_id, "at": e.at, "reason": e.reason}
)

# --- the loop of each case, as *cases* draws it ---

LOOPS = Rows("case_loops", key="case_id", of=lambda event: event.case)
LOOPS.new(cases.CaseOpened, lambda e: {"version": 1, "steps": e.steps})
LOOPS.on({cases.LoopMoved: lambda e: {"version": e.version, "steps": e.steps}})

# --- major hazards, of which the sixth outcome item is the rate ---

HAZARDS = Rows("hazards", key="case_id", of=lambda event: event.case)
HAZARDS.new(cases.CaseOpened, lambda e: {"major": False, "confirmed": e.origin != "tip", "rectified": False})
HAZARDS.on(
    {
        cases.CaseTransferred: lambda e: {"major": e.circumstance == MAJOR},
        cases.CaseClosed: lambda e: {
            "confirmed": e.conclusion != NOT_BORNE_OUT, "rectified": e.conclusion != NOT_BORNE_OUT,
        },
        cases.CaseReopened: lambda _: {"rectified": False},
        cases.CaseTakenBack: lambda _: {"major": False},
    }
)  # fmt: skip

# --- what is hidden from those whom it is against ---


def _confidential(event: cases.CaseOpened) -> Iterator[Change]:
    if event.concerned is not None:
        for id_ in filter(None, (event.case, event.tip)):
            yield insert("confidential", key="id", id=UUID(id_), unit=event.concerned)


CONFIDENTIAL = Rows("confidential")
CONFIDENTIAL.by(cases.CaseOpened, _confidential)

PROJECTOR = Projector(
    REMINDERS, OUTGOING, NOTICES, STANDINGS, UNFOUNDED, DISCLOSURES, WEEKS, BOARD, WORDINGS, LOOPS, HAZARDS,
    CONFIDENTIAL,
)  # fmt: skip
