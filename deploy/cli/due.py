"""`bihuan due`: a due date and its explanation, every day counted or skipped and why.

Either so many working days after a day, or a rule of the campaign from an instant. Nothing has to be running. A date or
instant without an offset is meant in the campaign's zone. Wrong use ends with 2 and a sentence that says what to type.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from shared.kernel.campaign import Campaign, CampaignError, UnknownCode, load
from shared.kernel.campaign.due import DueDate, reckon
from shared.kernel.campaign.explain import why_words
from shared.kernel.campaign.recipes import Count
from shared.kernel.campaign.schedule import due_under
from shared.platform.dates import Locale, weekday_in_words

CAMPAIGN = Path(__file__).parents[1] / "campaigns" / "jincheng-2021.yaml"
YEARS = range(2004, 2101)
MOST_DAYS = 1000


class WrongUse(Exception):
    """The command line cannot be understood; the message says what to type."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise WrongUse(f"命令行有误（{message}）。用法见 ./bihuan due --help")


def main(argv: list[str]) -> int:
    """Prints the due date; 0 when done, 2 when used wrongly."""
    try:
        options = _parser().parse_args(argv)
        campaign = load(options.campaign)
        due = _due(options, campaign)
    except (WrongUse, UnknownCode, CampaignError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if options.json:
        sys.stdout.write(json.dumps(due.as_json(), ensure_ascii=False) + "\n")
    elif sys.stdout.isatty():
        _print_table(due, options.lang)
    else:
        sys.stdout.write(_plain(due, options.lang))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="./bihuan due",
        allow_abbrev=False,
        description="计算期限并逐日说明。/ A due date and why it is that day.",
        epilog="例：./bihuan due --from 2022-01-28 --working-days 5；./bihuan due --rule feedback --at 2022-01-21",
    )
    parser.add_argument("--from", dest="start", metavar="ISO", help="起算日（次日为第 1 日）/ the day after is day 1")
    parser.add_argument("--working-days", metavar="N", help="工作日数 / how many working days")
    parser.add_argument("--rule", metavar="NAME", help="期限规则名，见集中行动定义 / a rule of the campaign file")
    parser.add_argument("--at", metavar="ISO", help="起算时刻 / the instant at which the rule starts")
    parser.add_argument("--circumstance", metavar="CODE", help="情形，如 major / a circumstance that changes the rule")
    parser.add_argument("--campaign", metavar="FILE", default=str(CAMPAIGN), help="集中行动定义文件 / campaign file")
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="说明的语言 / language of the explanation")
    parser.add_argument("--json", action="store_true", help="供脚本读取 / for scripts")
    return parser


def _due(options: argparse.Namespace, campaign: Campaign) -> DueDate:
    by_days = options.start is not None or options.working_days is not None
    by_rule = options.rule is not None or options.at is not None
    if by_days == by_rule:
        raise WrongUse("请写 --from 日期 --working-days 天数，或者写 --rule 规则名 --at 时刻，二者选一")
    if by_rule:
        if options.rule is None or options.at is None:
            raise WrongUse("--rule 和 --at 须同时写，如 --rule feedback --at 2022-01-21T17:31")
        return due_under(campaign, options.rule, _instant("--at", options.at, campaign), options.circumstance)
    if options.start is None or options.working_days is None:
        raise WrongUse("--from 和 --working-days 须同时写，如 --from 2022-01-28 --working-days 5")
    if options.circumstance is not None:
        raise WrongUse("--circumstance 只与 --rule 一起使用")
    start = _instant("--from", options.start, campaign)
    return reckon("working_days", Count(start, _days(options.working_days), "working_days"), campaign.calendar)


def _instant(option: str, text: str, campaign: Campaign) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise WrongUse(f"{option} 写的是“{text}”，不是日期或时刻；请写 2022-01-21 或 2022-01-21T17:31") from None
    if instant.year not in YEARS:
        raise WrongUse(f"{option} 的年份须在 {YEARS[0]} 至 {YEARS[-1]} 之间")
    return instant.replace(tzinfo=campaign.zone) if instant.tzinfo is None else instant.astimezone(campaign.zone)


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_DAYS):
        raise WrongUse(f"--working-days 写的是“{text}”，须为 1 至 {MOST_DAYS} 的整数，如 --working-days 5")
    return int(text)


def _rows(due: DueDate, locale: Locale) -> list[tuple[str, str, str, str]]:
    """Date, weekday, running number when counted, reason."""
    rows, number = [], 0
    for line in due.days:
        number += line.counted
        weekday, nth = weekday_in_words(line.date, locale), str(number) if line.counted else "–"
        rows.append((line.date.isoformat(), weekday, nth, why_words(line.why, locale)))
    return rows


def _plain(due: DueDate, locale: Locale) -> str:
    lines = [f"{due.printed}  {due.rule}", due.words(locale), ""]
    return "\n".join(lines + ["  ".join(row) for row in _rows(due, locale)]) + "\n"


def _print_table(due: DueDate, locale: Locale) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("日期", "星期", "第几日", "理由") if locale == "zh" else ("date", "day", "no.", "why"):
        table.add_column(heading)
    for line, row in zip(due.days, _rows(due, locale), strict=True):
        table.add_row(*row, style=None if line.counted else "dim")
    console = Console(highlight=False)
    console.print(f"[bold]{due.printed}[/bold]  {due.rule}")
    console.print(due.words(locale))
    console.print(table)
