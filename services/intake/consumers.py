"""What *intake* hears: one table, producer → event → handler. The loop of a tip's case is drawn as *cases* says."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from shared.kernel.contracts.internal import cases
from shared.platform.event_store.rows import insert, update
from shared.platform.event_store.session import Session
from shared.platform.messaging.engine import Handlers
from shared.platform.messaging.inbox import Handler, Received


def a_case_came_of_a_tip(session: Session, event: cases.CaseOpened, _: Received) -> None:
    """From now on the receipt shows the case's loop."""
    if event.tip is not None:
        row = {"tip": UUID(event.tip), "unit": event.unit, "state": event.state, "version": 1, "steps": event.steps}
        session.write(insert("tip_loops", key="case_id", case_id=event.case, **row))


def the_loop_moved(session: Session, event: cases.LoopMoved, _: Received) -> None:
    """Seven steps, as they are now; of a case without a tip there is no row to change."""
    row = {"unit": event.unit, "state": event.state, "version": event.version, "steps": event.steps}
    session.write(update("tip_loops", key="case_id", case_id=event.case, **row))


def a_letter_went_out(session: Session, event: cases.CaseTransferred, _: Received) -> None:
    """The receipt says by when the unit has to answer."""
    _answer_by(session, event.case, event.feedback_due)


def the_case_runs_again(session: Session, event: cases.CaseReopened, _: Received) -> None:
    """A new date to answer by."""
    _answer_by(session, event.case, event.feedback_due)


def _answer_by(session: Session, case: str, due: datetime) -> None:
    session.write(update("tip_loops", key="case_id", case_id=case, feedback_due=due))


def handlers() -> Handlers:
    """All reactions to other services' events."""
    return {
        "cases": {
            "CaseOpened": Handler(cases.CaseOpened, a_case_came_of_a_tip),
            "CaseTransferred": Handler(cases.CaseTransferred, a_letter_went_out),
            "CaseReopened": Handler(cases.CaseReopened, the_case_runs_again),
            "LoopMoved": Handler(cases.LoopMoved, the_loop_moved),
        }
    }
