"""The facts, read and folded: what rankings, bulletins, returns and figures are computed from.

All units' facts are read, because a score needs the mean of its kind; whoever asks decides who may look at the outcome.
Limit: every question reads the facts of the whole campaign anew.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

from services.assessment.domain.facts import KINDS, Fact
from services.assessment.queries.reading import Reading
from services.assessment.rules import lives
from services.assessment.rules.lives import Book
from shared.platform.event_store import typed

_QUERY = "SELECT id, at, what, event::text FROM facts WHERE at < %s ORDER BY at, number"


class BookQueries(Reading):
    """Books of facts."""

    async def book(self, until: datetime) -> Book:
        """Everything that happened before `until`."""
        async with self.reading(None) as connection:
            rows = await (await connection.execute(_QUERY, (until,))).fetchall()
        return await asyncio.to_thread(_fold, rows, until)


def _fold(rows: list[tuple[str, datetime, str, str]], until: datetime) -> Book:
    facts = (Fact(id_, at, typed.decode(event, KINDS[what])) for id_, at, what, event in rows)
    return lives.read(facts, until)
