"""What the page of one case shows, from the case and its events alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from services.cases.domain import loop, office
from services.cases.domain.authority import STATE_NAMES
from services.cases.domain.case import Case
from services.cases.domain.events.concluding import TAKEN_BACK
from services.cases.handlers import CASE
from services.cases.handlers.measures import decision_in_words
from services.cases.queries import HistoryEntry
from services.cases.web.next_step import next_steps
from services.cases.web.sheets import LetterSheet, result_sheet
from services.cases.web.timeline import RAISED_TO, RULES, sentence
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.due import DueDate
from shared.kernel.campaign.explain import remaining, span
from shared.kernel.campaign.office import LEVELS
from shared.kernel.commands import Setting
from shared.kernel.day_grid import day_cells
from shared.kernel.loopbar import steps_in_words
from shared.kernel.names import person_name, person_with_unit, term_name, unit_name
from shared.kernel.roles import CITY_ROLES, ROLE_NAMES
from shared.platform.event_store.envelope import Actor
from shared.platform.service.answers import PossibleCommand
from shared.platform.service.command import Command
from shared.platform.service.forms import Form, allowed_commands, form_of
from shared.platform.service.refused import Failed
from shared.platform.web.words import Locale, translate, when_in_words

IN_THE_STRIP = 2
"""Fields."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the timeline. `kind` is remark, alarm or empty."""

    version: int
    at: datetime
    title: str
    text: str
    kind: str
    rule: str | None
    sequence: int
    sha256: str
    stored: str


def case_view(
    case: Case,
    entries: Sequence[Entry],
    actor: Actor,
    campaign: Campaign,
    now: datetime,
    *,
    last: int,
    failed: Failed | None = None,
    locale: Locale = "zh",
    letter: LetterSheet | None = None,
    do: str | None = None,
) -> dict[str, Any]:
    """Everything that `case.html` needs besides the shell. `entries`, oldest first, end where `case` stands; `last` is
    the version of the case now: an earlier one is looked at, not acted on, and its dates as they were then. `do` is the
    command whose form was asked for."""
    if case.version < last:
        now = entries[-1].at
    version = case.version
    found = loop.steps(case, campaign)
    violation = case.matter.violation
    waiting = case.feedback if case.reported_at is None and case.state != "closed" else None
    unit = unit_name(campaign, case.unit, locale)
    commands = allowed_commands(CASE, actor, case, Setting(campaign)) if version == last else {}
    about = {"case": case, "unit": unit, "now": now, "locale": locale, "campaign": campaign}
    if failed is not None and failed.seen is not None:
        failed = msgspec.structs.replace(failed, since=_since(entries, failed.seen, now, locale))
    return {
        "now": now,
        "case": case,
        "void": case.state == TAKEN_BACK,
        "version": version,
        "last": last,
        "entries": list(reversed(entries)),
        "steps": steps_in_words(found, locale, now),
        "waits_for": [
            translate(locale, "{step}（{note}）").format(step=translate(locale, step), note=translate(locale, note))
            for step, note in ([] if loop.is_closed(found) else loop.waits_for(found))
        ],
        "locale": locale,
        "unit": unit,
        "group": campaign.group(case.group).name(locale) if case.group else None,
        "state": STATE_NAMES[case.state],
        "violation": term_name(campaign, "violations", violation, locale) if violation else None,
        "penalty_pending": bool(case.penalty_proceeding) and not _penalised(case, campaign),
        "reinspected": [decision_in_words(campaign, one, locale) for one in case.decisions if one.outcome],
        "handler": person_with_unit(campaign, case.handler, locale) if case.handler else None,
        "due": waiting.due_date if waiting else None,
        "due_words": remaining(waiting.due_date, now, locale) if waiting else None,
        "days": day_cells(waiting.due_date, waiting.start, now.date(), locale) if waiting else [],
        "alarm": bool(waiting and (waiting.due <= now or case.undecided)),
        "other_dates": _other_dates(case),
        "office_dates": [] if case.state == TAKEN_BACK else _office_dates(case, campaign, now, locale),
        "office_late": [
            (campaign.rule(one.clock).name(locale), span(one.done_at - one.due, locale))
            for one in case.office_done
            if one.late
        ],
        "failed": failed,
        "to_disclose": case.state == "closed" and not case.matter.against_officials and actor.role in CITY_ROLES,
        "letter": letter,
        "result": result_sheet(campaign, case, locale),
        "act": _act(case, actor, campaign, commands, about, failed, do, proposed=letter is not None),
    }


@dataclass(frozen=True, slots=True)
class Act:
    """What this person may do now. `first` is the next lawful step, or what was asked for. `ready`: one button gives it
    as it is on the screen, and its form is for whoever changes something first; `drafted`: it stands in the case, so
    the button says no more than the version. `beside` and `rest` open one at a time; those without fields are forms at
    once. `not_now`: what is not possible, and why. `step` is what the next lawful step is called, if there is one."""

    first: Form | None
    ready: bool
    drafted: bool
    beside: Sequence[Form]
    rest: Sequence[Form]
    not_now: Sequence[tuple[str, str | None]]
    step: str | None

    @property
    def in_the_strip(self) -> bool:
        """Whether the first form is short enough for a narrow column."""
        return self.first is not None and len(self.first.fields) <= IN_THE_STRIP


def _act(
    case: Case, actor: Actor, campaign: Campaign, commands: Mapping[str, PossibleCommand], about: dict[str, Any],
    failed: Failed | None, do: str | None, *, proposed: bool,
) -> Act:  # fmt: skip
    allowed = {name: one["name"] for name, one in commands.items() if one["allowed"]}
    steps = next_steps(case, actor.role, allowed)
    asked = failed.form if failed is not None and failed.form in allowed else do if do in allowed else None
    first = asked or steps.first
    forms = {
        name: form_of(CASE.commands[name], Setting(campaign), case, about, about["locale"], failed, title=title)
        for name, title in allowed.items()
    }
    drafted = first is not None and _stands(CASE.commands[first], actor, case)
    others = (*([steps.first] if steps.first is not None else []), *steps.beside)
    return Act(
        first=forms[first] if first is not None else None,
        ready=asked is None and (drafted or (proposed and first == "transfer")),
        drafted=drafted,
        beside=[forms[name] for name in others if name != first],
        rest=[forms[name] for name in steps.rest if name != first],
        not_now=[(one["name"], one["why"]) for one in commands.values() if not one["allowed"]],
        step=allowed[steps.first] if steps.first is not None else None,
    )


def _stands(command: Command, actor: Actor, case: Case) -> bool:
    """Whether what is signed stands in the case alone, so that a button without fields signs it."""
    return command.unseen is not None and command.unseen(actor, case, command.body())


def _penalised(case: Case, campaign: Campaign) -> bool:
    """Whether the penalty proceeding came to a decision."""
    return any(campaign.taxonomy("measures").term(one.measure).proceeding for one in case.taken)


def entry_of(event: Any, stored: HistoryEntry, campaign: Campaign, locale: Locale = "zh") -> Entry:
    """One entry of the timeline: the event as it reads, and what is stored of it."""
    title, text, kind = sentence(event, campaign, locale)
    shown = msgspec.json.format(msgspec.json.encode(stored.state), indent=2).decode()
    named = event.envelope.rule
    rule = RULES.get(named, named) if named else None
    return Entry(stored.version, event.at, title, text, kind, rule, stored.sequence, stored.sha256, shown)


def _since(entries: Sequence[Entry], seen: int, now: datetime, locale: Locale) -> tuple[str, ...]:
    """What has happened since a version was on the screen: when, what, who."""
    colon = translate(locale, "：")
    return tuple(
        f"{when_in_words(one.at, locale, now)} {one.title}{colon}{one.text}" for one in entries if one.version > seen
    )


@dataclass(frozen=True, slots=True)
class OfficeDuty:
    """What the office owes: what, who, until when; `raised_to` whom it was raised, once it is missed."""

    name: str
    owner: str
    due: DueDate
    left: str
    raised_to: tuple[str, ...]


def _office_dates(case: Case, campaign: Campaign, now: datetime, locale: Locale) -> list[OfficeDuty]:
    found = []
    for key, deadline in office.owed(case).items():
        clock = office.clock_of(key)
        entry, due = campaign.office_clock(clock), deadline.due_date
        owner = translate(locale, ROLE_NAMES[entry.owner])
        if entry.person is not None:
            owner = f"{owner} {person_name(campaign, entry.person)}"
        raised = tuple(translate(locale, RAISED_TO[one]) for one in LEVELS[: case.office[key].raised])
        left = remaining(due, now, locale).split(" · ")[0]
        found.append(OfficeDuty(campaign.rule(clock).name(locale), owner, due, left, raised))
    return found


def _other_dates(case: Case) -> list[tuple[str, DueDate]]:
    """What runs beside the feedback date: name on the screen, date."""
    found = [("核查期限", one.deadline) for one in case.undecided]
    if case.suspicion is not None:
        found.append(("申辩期限", case.suspicion.reply))
    if case.key_supervision is not None and case.is_supervised:
        found.append(("重点督导复查", case.key_supervision.recheck))
    if case.disclosure is not None and case.disclosed_at is None:
        found.append(("公开期限", case.disclosure))
    if case.first_report is not None:
        found.append(("危及生命首次报告", case.first_report))
    return [(name, deadline.due_date) for name, deadline in found if deadline is not None]
