"""What the demo prints at the end: the table, and what to look at first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from shared.kernel.campaign import Campaign

_LINES = (
    ("tips", "举报 / tips"),
    ("cases", "交办件 / cases"),
    ("transferred", "移交 / transferred"),
    ("closed_on_time", "按期办结 / closed on time"),
    ("overdue", "未按期办结 / overdue"),
    ("found", "核查属实 / found"),
    ("cleared", "核查不属实 / cleared"),
    ("closed", "办结 / closed"),
    ("disclosed", "公开 / disclosed"),
)
_TRIGGERS = {
    "overdue": "提级核查：未按期办结 / escalated: overdue",
    "idle_after_acceptance": "提级核查：接而不办 / escalated: idle after acceptance",
    "false_closure": "提级核查：虚假办结 / escalated: false closure",
}
_SHOWPIECE = "      瞒报亡人一件：交办书、提级核查的缘由、闭环 / the concealed fatality: letter, escalation, loop"
_INVARIANTS = {
    "feeds_have_no_gaps": "公开事件序号连续 / feeds have no gaps",
    "every_triaged_tip_is_exactly_one_case": "一件举报一件交办 / every triaged tip is exactly one case",
    "every_case_was_opened_once": "每件只立一次 / every case was opened once",
    "assessment_counts_every_case": "考核计数与台账一致 / assessment counts every case",
    "no_command_was_refused": "没有未获准的操作 / no command was refused",
    "nobody_is_named_for_what_is_not_so": "不实的不点名 / nobody is named for what is not so",
    "papers_were_filed": "材料按期报送 / papers were filed",
    "nothing_was_put_aside": "没有搁置的事件 / nothing was put aside",
    "every_loop_is_closed_or_says_what_it_waits_for": "均已闭环或写明所等 / loops are closed or say what they wait for",
}


def show_table(found: Mapping[str, Any], campaign: Campaign) -> None:
    """Print the table on standard output."""
    console = Console()
    table = Table(title=f"{campaign.name()} · seed {found['seed']}")
    table.add_column("")
    table.add_column("", justify="right")
    for key, name in _LINES:
        table.add_row(name, str(found[key]))
    for trigger, count in found["escalations"].items():
        table.add_row(_TRIGGERS.get(trigger, trigger), str(count))
    console.print(table)
    names = {county.code: county.name() for county in campaign.units} | {g.code: g.name() for g in campaign.groups}
    for ranking in found["rankings"]:
        kind = "县（市、区）" if ranking["kind"] == "county" else "督导组"
        console.print(f"{ranking['month']} {kind}：" + " › ".join(names.get(one, one) for one in ranking["order"]))
    for name, held in found["invariants"].items():
        console.print(f"{'[green]✓[/]' if held else '[red]✗[/]'} {_INVARIANTS.get(name, name)}")


def show_tour(url: str, accounts: str, showpiece: str | None) -> None:
    """Say what to look at first. `accounts`: where names and passwords are; `showpiece`: the case to begin with."""
    console = Console(stderr=True)
    first = f"\n  {url}/cases/{showpiece}\n{_SHOWPIECE}" if showpiece else ""
    console.print(
        f"""
先看这些 / look at these first:
  {url}/tour                        导览：一件瞒报事故从举报到通报，八站，各用哪个账号 / a tour, eight stops{first}
  {url}/public                      公开栏：本周公开的办理结果 / what the public was told
  {url}/cases?escalated=any         提级核查过的 / what was escalated
  {url}/assessment                  各县情况和月度考核 / the counties, and the monthly ranking
  {url}/desk                        我的待办 / what needs me
登录账号 / accounts to sign in with: {accounts}""",
        soft_wrap=True,
    )
