"""What `doctor` makes of what it saw: one pure function a line of its table.

Each is given plain facts and answers with lines: ok, warn (look at it soon), bad (mend it now), or unseen (it could not
be looked at). A line that is not ok says what to type. The limits are those at which there is still time to act.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

State = Literal["ok", "warn", "bad", "unseen"]

POSTGRES_SECURITY = {18: (6, date(2026, 8, 13))}
"""Major → the minor of the last release with security fixes that was known when this was written, and its date:
postgresql.org/support/security"""
RELEASES = (2, 5, 8, 11)
"""Months in which PostgreSQL is released by its calendar, on the second Thursday: postgresql.org/developer/roadmap"""
GIB = 1 << 30
LEAST_FREE, LITTLE_FREE = 1 * GIB, 5 * GIB
CLOCKS_APART = timedelta(seconds=5)
LATE = timedelta(minutes=2)
LAGGING = 1000
NIGHTLY = timedelta(hours=24)
CERTIFICATE_SOON = timedelta(days=21)


@dataclass(frozen=True)
class Line:
    """One line of the table. `do`: what to type, or to see to."""

    what: str
    state: State
    told: str
    do: str = ""


@dataclass(frozen=True)
class Typed:
    """What a person types, by how the installation runs. `why` and `revive`: of a service, {0}."""

    start: str
    look: str
    update: str
    restart: str
    why: str
    revive: str
    deadletters: str
    backup: str
    renew: str


EMBEDDED = Typed(
    start="./bihuan up",
    look="./bihuan status",
    update="git pull && ./bihuan up",
    restart="./bihuan down && ./bihuan up",
    why="curl $URL/ready; logs/{0}.log",
    revive="logs/{0}.log; ./bihuan down && ./bihuan up",
    deadletters="./bihuan deadletters list",
    backup="./bihuan backup DIR --secrets DIR2 --keep 14",
    renew="重启网关 / restart the gateway",
)
COMPOSED = Typed(
    start="docker compose up -d --wait",
    look="docker compose ps",
    update="git pull && docker compose pull postgres nats gateway && docker compose up -d --wait --build",
    restart="docker compose up -d --wait --build",
    why="docker compose logs --tail 50 {0}",
    revive="docker compose logs --tail 50 {0}; docker compose restart {0}",
    deadletters="docker compose run --rm tools deadletters list",
    backup="docker compose run --rm backup --keep 14; COMPOSE_PROFILES=nightly",
    renew="docker compose up -d --wait && docker compose restart nats gateway",
)


def disk(folder: str, free: int, total: int) -> Line:
    """The disk of a folder, in bytes."""
    told = f"{free / GIB:.1f} GiB 空闲 free of {total / GIB:.0f} ({folder})"
    if free < LEAST_FREE:
        return Line("disk", "bad", told, "腾出空间 / make room now: below 1 GiB nothing can be promised. df -h; du -sh")
    if free < LITTLE_FREE or free < total // 20:
        return Line("disk", "warn", told, "腾出空间或换更大的盘 / make room, or move to a larger disk")
    return Line("disk", "ok", told)


def clock(now: datetime, others: Mapping[str, datetime]) -> Line:
    """This process's clock against others' of the same moment (the file system's, PostgreSQL's)."""
    apart = {name: at - now for name, at in others.items()}
    name, most = max(apart.items(), key=lambda item: abs(item[1]), default=("", timedelta()))
    if abs(most) > CLOCKS_APART:
        told = f"{name} 相差 {most.total_seconds():+.0f} s / is apart from this process"
        return Line("clock", "bad", told, "校时 / set the clock, and let it be kept: timedatectl set-ntp true")
    return Line("clock", "ok", f"{now.astimezone().isoformat(timespec='seconds')} ({', '.join(others) or 'alone'})")


def calendar(today: date, published: Iterable[int], *, simulated: bool) -> Line:
    """Whether the working days of this year, and from December on of the next, are known."""
    years = frozenset(published)
    wanted = [today.year] + ([today.year + 1] if today.month == 12 else [])
    if simulated:
        return Line("calendar", "ok", "模拟时间 / on simulated time")
    if missing := [str(year) for year in wanted if year not in years]:
        do = (
            "国务院公布后更新 holidays 或写入行动定义 / once it is published: update Bihuan, or name it in the campaign"
        )
        state: State = "bad" if str(today.year) in missing else "warn"
        return Line("calendar", state, f"{', '.join(missing)}: 放假安排未知 / arrangement not known", do)
    return Line("calendar", "ok", f"{', '.join(map(str, wanted))} 已公布 published")


def postgres_version(version: str, today: date, typed: Typed = EMBEDDED) -> Line:
    """Against the last security release that was known here, and the calendar of those after it. Never bad: nobody but
    the services reaches the server, and a newer one may not be had as a wheel yet."""
    major, minor = (int(part) for part in version.split(".")[:2])
    update = f"更新 / update: {typed.update}"
    if major not in POSTGRES_SECURITY:
        return Line("postgres", "warn", f"{version}: 未知 / no release of this one is known here", update)
    known, of = POSTGRES_SECURITY[major]
    if minor < known:
        return Line("postgres", "warn", f"{version} 落后 / is behind {major}.{known} of {of} (security)", update)
    if minor == known and (due := _next_release(of)) <= today:
        return Line("postgres", "warn", f"{version} 之后应已有新版 / a newer one was due on {due}", update)
    return Line("postgres", "ok", version)


def _next_release(after: date) -> date:
    """The second Thursday of the next month of RELEASES."""
    year, month = next(
        (year, month) for year in (after.year, after.year + 1) for month in RELEASES
        if (year, month) > (after.year, after.month)
    )  # fmt: skip
    first = date(year, month, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7 + 7)


def migrations(
    applied: Mapping[str, Iterable[str]], known: Mapping[str, Iterable[str]], typed: Typed = EMBEDDED
) -> Line:
    """By database: what was applied to it, against what this version has."""
    newer = sorted(name for database, names in applied.items() for name in set(names) - set(known.get(database, ())))
    older = sorted(name for database, names in known.items() for name in set(names) - set(applied.get(database, ())))
    if newer:
        told = f"数据库比此版本新 / the databases are of a newer Bihuan: {newer[0]}"
        return Line("version", "bad", told, f"更新程序 / update it: {typed.update}")
    if older:
        told = f"尚未升级 / not brought up to date yet: {older[0]}"
        return Line("version", "warn", told, f"重启即升级 / a restart does it: {typed.restart}")
    return Line("version", "ok", "数据库与程序一致 / databases and program agree")


def ready(states: Mapping[str, bool], typed: Typed = EMBEDDED) -> Line:
    """Service → whether it says that it is ready."""
    if away := [service for service, is_ready in states.items() if not is_ready]:
        told = f"未就绪 / not ready: {', '.join(away)}"
        return Line("ready", "bad", told, f"看原因 / why: {typed.why.format(away[0])}")
    return Line("ready", "ok", "全部就绪 / all services")


def missing_secrets(missing: Sequence[str]) -> Line:
    """Names of secrets that are not there although the installation was used."""
    if missing:
        do = "不要启动，先从备份取回 / do not start it: put them back from a backup's secrets, else new ones are made"
        return Line("secrets", "bad", f"缺少 / missing: {_few(missing)}", do)
    return Line("secrets", "ok", "齐全 / all there")


def open_secrets(files: Mapping[str, int]) -> Line:
    """File → mode, of those that others than their owner may read."""
    if files:
        do = "chmod 600 " + " ".join(list(files)[:3])
        return Line("permissions", "bad", f"他人可读 / others may read: {_few(list(files))}", do)
    return Line("permissions", "ok", "0600")


def halves(wrong: Sequence[str]) -> Line:
    """Names of keys whose other half, in another service's folder, is not theirs."""
    if wrong:
        do = "从同一备份取回，或轮换 / put both back from one backup, or rotate the pair: docs/operating.md"
        return Line("key pairs", "bad", f"两半不符 / halves do not match: {_few(wrong)}", do)
    return Line("key pairs", "ok", "两半相符 / halves match")


def certificate(
    name: str, until: datetime, now: datetime, *, key_matches: bool | None, typed: Typed = EMBEDDED
) -> Line:
    """`key_matches`: None where there is no key beside it."""
    if key_matches is False:
        return Line(
            name, "bad", "与私钥不符 / is not the key's beside it", "换成一对 / put a certificate and its own key there"
        )
    told = f"至 / until {until.date()}"
    if until <= now:
        return Line(name, "bad", f"{told}: 已过期 / has expired", f"更新证书 / renew it: {typed.renew}")
    if until - now < CERTIFICATE_SOON:
        return Line(name, "warn", f"{told}: 将过期 / expires soon", f"更新证书 / renew it: {typed.renew}")
    return Line(name, "ok", told)


def mail(server: str | None, trouble: str | None) -> Line:
    """`server`: host:port, None where none is set; `trouble`: why it could not be reached, or takes no mail."""
    if server is None:
        return Line("mail", "ok", "未设置 / not set: reminders are read on the desk alone")
    if trouble:
        return Line(
            "mail", "bad", f"{server}: {trouble}", "检查地址与网络 / check BIHUAN_SMTP_URL and the network; mail waits"
        )
    return Line("mail", "ok", server)


def parked(letters: Mapping[str, int], timers: Mapping[str, int], typed: Typed = EMBEDDED) -> Line:
    """Service → events and timers that were put aside and wait for somebody."""
    found = [f"{service} {n} 事件 events" for service, n in letters.items() if n]
    found += [f"{service} {n} 定时 timers" for service, n in timers.items() if n]
    if found:
        return Line("parked", "warn", ", ".join(found), typed.deadletters)
    return Line("parked", "ok", "无 / none")


def late_timers(late: Mapping[str, tuple[int, timedelta]], typed: Typed = EMBEDDED) -> Line:
    """Service → how many open timers are past their time, and by how much the oldest is."""
    found = {service: (n, by) for service, (n, by) in late.items() if n and by > LATE}
    if found:
        told = ", ".join(f"{service} {n} ({by})" for service, (n, by) in found.items())
        return Line("timers", "bad", f"迟到 / late: {told}", f"看日志 / see {typed.revive.format(next(iter(found)))}")
    return Line("timers", "ok", "准时 / on time")


def lag(behind: Mapping[str, int]) -> Line:
    """Who → how many events of a feed it has not sent, or not taken in."""
    most = max(behind.values(), default=0)
    if most > LAGGING:
        told = ", ".join(f"{who} {n}" for who, n in behind.items() if n > LAGGING)
        return Line(
            "lag", "bad", f"落后 / behind: {told}", "过一分钟再看；不减则看日志 / look again in a minute, then the logs"
        )
    return Line("lag", "ok", f"≤ {most}")


def backup_overdue(age: timedelta, every: timedelta) -> bool:
    """Whether the next one should be complete, if one begins each `every` and the last began `age` ago."""
    return age > every + max(every / 12, timedelta(minutes=15))


def backup(
    created: datetime | None, there: bool, now: datetime, every: timedelta = NIGHTLY, typed: Typed = EMBEDDED
) -> Line:
    """When the last one began; `there`: whether it is still where it was written."""
    do = typed.backup
    if created is None:
        return Line("backup", "warn", "从未备份 / never backed up", do)
    age, told = now - created, f"{created.astimezone().isoformat(timespec='minutes')}"
    if not there:
        return Line("backup", "warn", f"{told}: 已不在原处 / is no longer where it was written", do)
    if backup_overdue(age, every):
        state: State = "bad" if age > 7 * every else "warn"
        return Line("backup", state, f"{told}: {age.days * 24 + age.seconds // 3600} h 前 ago", do)
    return Line("backup", "ok", told)


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + (" …" if len(names) > 4 else "")
