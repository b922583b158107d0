"""Internal events of *assessment*: findings that become cases, bulletins that close loops."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class FindingRecorded(Struct, frozen=True):
    """An inspection found a problem: *cases* opens a case from it, under the identifier `finding` (a UUID), so that
    both services know which is which without asking.

    `inspector` is the county code, group code or `city` that inspected; `matter` is the sentence that the letter will
    carry; codes are the campaign's. `major`: a major hazard.
    """

    finding: str
    inspection: str
    unit: str
    inspector: str
    matter: str
    found_at: datetime
    enterprise: str | None = None
    place: str | None = None
    violation: str | None = None
    target: str | None = None
    matters: tuple[str, ...] = ()
    danger: bool = False
    major: bool = False


class BulletinPublished(Struct, frozen=True):
    """A bulletin was published; `cases` are those that it contains, or a page of them: then more come in messages of
    their own. `month` is `YYYY-MM`, or `final`."""

    bulletin: str
    month: str
    published_at: datetime
    cases: tuple[str, ...]
