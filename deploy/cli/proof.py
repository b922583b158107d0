"""What a restored installation has to show before it is believed, and how each of it is found out.

Before any service starts: every feed is contiguous and reaches what the manifest promises, every stream has all its
versions, and the read tables are what the events make of them. Then the services run over an empty bus: it must be
filled to the end of each feed, everybody must have taken in everything, and no timer that had been answered may be
answered again (its row keeps its instant, and no stream gets a second event of the same timer).
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import permutations
from pathlib import Path
from typing import Any
from uuid import UUID

import nats
import nats.js.errors
import psycopg
from nats.js import JetStreamContext
from psycopg.conninfo import make_conninfo
from rich.cells import cell_len, set_cell_size

from deploy.cli.rebuild import projectors, rebuild_all
from deploy.local.backups import Manifest
from shared.kernel.contracts import SERVICES
from shared.platform.messaging import cloudevents
from shared.platform.messaging.streams import PUBLIC_STREAM, internal_stream

PATIENCE = 60.0
"""Seconds in which nothing moves, after which the bus is not waited for any longer."""
_FIRED = "SELECT id, fired FROM timers WHERE fired IS NOT NULL"
_TWICE = """
SELECT originator_id, topic, cause FROM (
  SELECT originator_id, topic, convert_from(state, 'UTF8')::json->>'causation' AS cause FROM stored_events
  WHERE position('"timer:'::bytea IN state) > 0) AS caused
WHERE cause LIKE 'timer:%' GROUP BY 1, 2, 3 HAVING count(*) > 1"""
_BROKEN_STREAMS = """
SELECT count(*) FROM (
  SELECT FROM stored_events GROUP BY originator_id
  HAVING count(*) <> max(originator_version) - min(originator_version) + 1) AS broken"""
_LAST_LETTERS = """
SELECT DISTINCT ON (originator_id) convert_from(state, 'UTF8')::json->'data'->>'number' FROM stored_events
WHERE topic IN ('cases.LetterNumbered', 'cases.LetterNumberVoided')
ORDER BY originator_id, originator_version DESC"""
_TAKEN = "SELECT producer, sequence FROM consumer_positions WHERE producer = ANY(%s)"
"""Not how far handlers have come with what they missed, which is counted there as well."""
_PUBLIC = "SELECT count(*), coalesce(max(sequence), 0) FROM public_events"
_JURISDICTIONS = """
SELECT 'public/' || jurisdiction, count(*), max(jurisdictionsequence) FROM public_events GROUP BY 1"""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: whether it is as it must be, and in numbers what was seen."""

    what: str
    held: bool
    told: str


@dataclass
class Proof:
    """Of the installation whose administrator is `dsn`. `findings` grow as it goes on."""

    dsn: str
    manifest: Manifest
    findings: list[Finding] = field(default_factory=list)
    _fired: dict[str, dict[UUID, datetime]] = field(default_factory=dict)
    _twice: dict[str, set[Any]] = field(default_factory=dict)

    @property
    def held(self) -> bool:
        return all(finding.held for finding in self.findings)

    def of_the_databases(self, intake_secrets: Path) -> None:
        """Before any service starts. Raises rebuild.FAILED."""
        for service in SERVICES:
            with self._connected(service) as connection:
                self._contiguous(service, connection)
                self._fired[service] = dict(connection.execute(_FIRED).fetchall())
                self._twice[service] = set(connection.execute(_TWICE).fetchall())
        databases = {name: make_conninfo(self.dsn, dbname=f"bihuan_{name}") for name in SERVICES}
        found = asyncio.run(rebuild_all(SERVICES, databases, projectors(intake_secrets), swap=False))
        for service, rebuilt in found.items():
            differing = sum(one.differing for one in rebuilt.tables.values())
            rows = sum(one.rows for one in rebuilt.tables.values())
            told = f"{rebuilt.events} 个事件 events → {rows} 行 rows"
            if differing:
                told += f", {differing} 行不一致 differ: ./bihuan rebuild {service} --swap"
            self._found(f"{service} 查询表 read tables", not differing, told)
        self._letters()

    async def of_the_bus(
        self, bus_url: str, shown: Callable[[int, int], None], tls: ssl.SSLContext | None = None
    ) -> None:
        """Once the services run: waits as long as it moves. `shown` is told (messages there, messages expected)."""
        client = await nats.connect(bus_url, connect_timeout=10, tls=tls, tls_handshake_first=tls is not None)
        try:
            jetstream = client.jetstream()
            await _while_it_moves(lambda: self._behind(jetstream, shown))
            for service in SERVICES:
                heads = await asyncio.to_thread(self._heads, service)
                tails = {name: await _tail(jetstream, service, name) for name in ("public", "internal")}
                held = all(tails[name] >= heads[name] for name in tails)
                self._found(f"{service} 消息总线 bus", held, " ".join(f"{name} {tails[name]}" for name in tails))
        finally:
            await client.close()
        behind = await asyncio.to_thread(self._consumers_behind)
        self._found("各服务均已收完 everything taken in", not behind, "; ".join(behind) or f"{len(SERVICES)} services")

    def of_the_timers(self) -> None:
        """After the services have run for a while."""
        for service in SERVICES:
            with self._connected(service) as connection:
                now = dict(connection.execute(_FIRED).fetchall())
                again = sum(1 for id_, fired in self._fired[service].items() if id_ in now and now[id_] != fired)
                twice = set(connection.execute(_TWICE).fetchall()) - self._twice[service]
            told = (
                f"{len(self._fired[service])} 个已答复 answered before, {len(now.keys() - self._fired[service])} since"
            )
            if again or twice:
                told += f"; {again} 个再次答复 answered again, {len(twice)} 个事件重复 events doubled"
            self._found(f"{service} 期限 deadlines", not again and not twice, told)

    # --- the databases ---

    def _contiguous(self, service: str, connection: psycopg.Connection[Any]) -> None:
        heads = dict(connection.execute("SELECT feed, sequence FROM feed_heads").fetchall())
        there = {name: (count, last) for name, count, last in connection.execute(_JURISDICTIONS).fetchall()}
        (there["public"],) = connection.execute(_PUBLIC).fetchall()
        there["internal"] = self._internal(connection)
        promised = self.manifest.heads.get(service, {})
        wrong = [
            f"{name}: {there.get(name, (0, 0))[0]} / {head}"
            for name, head in heads.items()
            if there.get(name, (0, 0)) != (head, head)
        ]
        wrong += [f"{name} < {head}" for name, head in promised.items() if heads.get(name, 0) < head]
        ((broken,),) = connection.execute(_BROKEN_STREAMS).fetchall()
        wrong += [f"{broken} 个聚合缺事件 streams lack events"] if broken else []
        told = f"public {heads.get('public', 0)} internal {heads.get('internal', 0)}"
        self._found(f"{service} 事件 feeds", not wrong, "; ".join(wrong) or told)

    def _letters(self) -> None:
        """No bus may know which numbers were given after the backup: who restores is told from where on to ask."""
        with self._connected("cases") as connection:
            last = sorted(number for (number,) in connection.execute(_LAST_LETTERS).fetchall())
        told = (
            f"{'、'.join(last)} 之后若已发出，签发前先作废 if later ones went out, void these first: docs/operating.md"
        )
        self._found("交办书文号 letter numbers", True, told if last else "没有交办书 none")

    @staticmethod
    def _internal(connection: psycopg.Connection[Any]) -> tuple[int, int]:
        """(events, last) of the internal feed, packed ones and rows."""
        packed, blocks = 0, connection.execute("SELECT first, last FROM internal_blocks ORDER BY first").fetchall()
        for first, last in blocks:
            packed += max(0, last - max(first, packed + 1) + 1) if first <= packed + 1 else 0
        query = "SELECT count(*), coalesce(max(sequence), 0) FROM internal_events WHERE sequence > %s"
        ((rows, last),) = connection.execute(query, (packed,)).fetchall()
        return packed + rows, max(packed, last)

    # --- the bus ---

    async def _behind(self, jetstream: JetStreamContext, shown: Callable[[int, int], None]) -> tuple[int, bool]:
        """What grows while it moves, and whether all is there and taken in. A consumer whose stream was filled anew
        reads it from the start, passing over what it knows: only the bus sees it move."""
        names = [PUBLIC_STREAM, *(internal_stream(service) for service in SERVICES)]
        there = sum([(await jetstream.stream_info(name)).state.messages for name in names])
        heads = {service: await asyncio.to_thread(self._heads, service) for service in SERVICES}
        wanted = sum(sum(one.values()) for one in heads.values())
        shown(min(there, wanted), wanted)
        behind = await asyncio.to_thread(self._consumers_behind)
        taken = sum(await asyncio.gather(*(asyncio.to_thread(self._taken_in, service) for service in SERVICES)))
        sent = 0
        for producer, reader in permutations(SERVICES, 2):
            delivered = (await jetstream.consumer_info(internal_stream(producer), reader)).delivered
            sent += delivered.stream_seq if delivered else 0
        return there + taken + sent, there >= wanted and not behind

    def _heads(self, service: str) -> dict[str, int]:
        with self._connected(service) as connection:
            found = connection.execute("SELECT feed, sequence FROM feed_heads").fetchall()
        return {"public": 0, "internal": 0} | {name: head for name, head in found if "/" not in name}

    def _taken_in(self, service: str) -> int:
        with self._connected(service) as connection:
            query = "SELECT coalesce(sum(sequence), 0)::bigint FROM consumer_positions"
            ((total,),) = connection.execute(query).fetchall()
        return int(total)

    def _consumers_behind(self) -> list[str]:
        heads = {service: self._heads(service)["internal"] for service in SERVICES}
        behind = []
        for service in SERVICES:
            with self._connected(service) as connection:
                positions = connection.execute(_TAKEN, (list(SERVICES),)).fetchall()
            behind += [
                f"{service}: {there} / {heads[name]} ({name})" for name, there in positions if there < heads[name]
            ]
        return behind

    def _connected(self, service: str) -> psycopg.Connection[Any]:
        return psycopg.connect(make_conninfo(self.dsn, dbname=f"bihuan_{service}"), autocommit=True)

    def _found(self, what: str, held: bool, told: str) -> None:
        self.findings.append(Finding(what, held, told))


async def _while_it_moves(look: Callable[[], Awaitable[tuple[int, bool]]]) -> None:
    """Look until all is done, or nothing has moved for PATIENCE seconds."""
    reached, moved = -1, time.monotonic()
    while time.monotonic() - moved < PATIENCE:
        now, done = await look()
        if done:
            return
        if now != reached:
            reached, moved = now, time.monotonic()
        await asyncio.sleep(0.3)


async def _tail(jetstream: JetStreamContext, service: str, feed: str) -> int:
    """The sequence of the last event of a feed on the bus."""
    stream, prefix = (PUBLIC_STREAM, "pub") if feed == "public" else (internal_stream(service), "int")
    try:
        last = await jetstream.get_last_msg(stream, f"bihuan.{prefix}.v1.{service}.*.*")
    except nats.js.errors.NotFoundError:
        return 0
    return cloudevents.decode(last.data or b"").number


def table(findings: list[Finding]) -> str:
    """For a person."""
    width = max((cell_len(one.what) for one in findings), default=0)
    return "\n".join(
        f"{'一致 ok ' if one.held else '不符 BAD'}  {set_cell_size(one.what, width)}  {one.told}" for one in findings
    )


def report(findings: list[Finding]) -> list[Mapping[str, Any]]:
    """For scripts."""
    return [{"what": one.what, "held": one.held, "told": one.told} for one in findings]
