"""What the campaign office itself owes in time: the names that campaign files and contracts have for it."""

from __future__ import annotations

from typing import Literal

Clock = Literal[
    "triage",
    "transfer",
    "return_answer",
    "plan_answer",
    "extension_answer",
    "review",
    "closing",
    "appointment",
    "disclosure",
    "weekly_disclosure",
]
"""What the office itself has a date for. Each runs under the rule (a window or a filing) of the same name."""
RaisedTo = Literal["director", "taskforce"]
"""To whom a clock is raised that the office missed: first the one, then the other."""
