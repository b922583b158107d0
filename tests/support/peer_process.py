"""python -m tests.support.peer_process DSN LEASE: a process that wants a lease, and prints a line when that changes."""

from __future__ import annotations

import asyncio
import sys

import structlog
from prometheus_client import CollectorRegistry

from shared.platform.messaging.peers import Peers


async def main(dsn: str, name: str) -> None:
    peers = Peers(dsn, lambda: None, lambda: None, CollectorRegistry())
    lease = peers.lease(name)
    running = asyncio.create_task(peers.run())
    held = False
    while not running.done():
        if lease.held != held:
            held = not held
            print("held" if held else "lost", flush=True)
        await asyncio.sleep(0.01)


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(main(sys.argv[1], sys.argv[2]))
