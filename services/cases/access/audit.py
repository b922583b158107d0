"""What is written down of every sign-in and of every change to who may sign in: append-only rows, no secrets.

A name that is no account is not written: people type their password into the wrong field.
"""

from __future__ import annotations

from typing import Literal

What = Literal[
    "signed-in", "signed-out", "refused", "rests", "password-changed", "password-set", "account-added", "disabled",
    "enabled", "unlocked", "token-issued", "token-revoked",
]  # fmt: skip
RECORD = """
INSERT INTO access_events (what, by, account, mark)
VALUES (%(what)s, %(by)s, (SELECT name FROM accounts WHERE name = %(account)s), %(mark)s)"""
"""With the values of `entry`."""


def entry(
    what: What, by: Literal["self", "command"], account: str | None, mark: str | None = None
) -> dict[str, object]:
    """The values of one row: what happened, whether its owner or a command did it, to which account and token."""
    return {"what": what, "by": by, "account": account, "mark": mark}
