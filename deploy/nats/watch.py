"""Watches the streams of a bus while it runs, as its administrator, and declares again what is missing.

Services may not: who can make a consumer decides where the server sends what is stored. What is looked at every few
seconds is the list of streams with the number of their consumers, and, where the server's store can be seen, whether
each stream still has its files: the server goes on as if nothing had happened when they are deleted under it, until it
can neither read nor store. Such a stream is deleted and declared anew. The services fill it again from PostgreSQL.
"""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path

import nats
import nats.errors
import nats.js.errors
from nats.js import JetStreamContext

from deploy.nats.config import STREAMS_ACCOUNT
from shared.kernel.contracts import SERVICES
from shared.platform.messaging.streams import PUBLIC_STREAM, declare, internal_stream

EVERY = 3.0
TROUBLE = (nats.errors.Error, nats.js.errors.Error, TimeoutError, OSError)
STREAMS = (PUBLIC_STREAM, *map(internal_stream, SERVICES))
CONSUMERS = len(SERVICES) - 1  # of each internal stream: every other service reads it


async def watch(
    url: str, store: Path | None, said: Callable[[str], None], looked: Callable[[], None],
    tls: ssl.SSLContext | None = None,
) -> None:  # fmt: skip
    """Look until cancelled. `url` has the administrator's credentials, `store` is the server's store_dir. `said` gets
    a line for what was done, and one for trouble of a new kind; `looked` is called after each look that came off."""
    trouble, gone = "", frozenset[str]()
    while True:
        try:
            client = await nats.connect(
                url, connect_timeout=5, allow_reconnect=False, error_cb=_tell_nobody, tls=tls,
                tls_handshake_first=tls is not None,
            )  # fmt: skip
            try:
                while True:
                    gone = await look(client.jetstream(), store, gone, said)
                    looked()
                    trouble = ""
                    await asyncio.sleep(EVERY)
            finally:
                await client.close()
        except TROUBLE as error:
            told, trouble = trouble, f"{type(error).__name__}: {error}"
            if trouble != told:
                said(f"消息流无法检查 / the streams cannot be looked at: {trouble}")
            await asyncio.sleep(EVERY)


async def look(
    jetstream: JetStreamContext, store: Path | None, gone: frozenset[str], said: Callable[[str], None]
) -> frozenset[str]:
    """Look once. `gone`: the streams whose files were gone at the last look, of which none is told by one look alone;
    those of this look come back."""
    found = {str(info.config.name): info for info in await jetstream.streams_info()}
    now = frozenset(name for name in STREAMS if name in found and store is not None and not _has_files(store, name))
    for name in now & gone:
        said(f"{name} 的文件不见了，重新声明 / its files are gone: the stream is declared anew")
        await jetstream.delete_stream(name)
        del found[name]
    wanted = {name: 0 if name == PUBLIC_STREAM else CONSUMERS for name in STREAMS}
    if any(name not in found or found[name].state.consumer_count < count for name, count in wanted.items()):
        created = await declare(jetstream, SERVICES)
        said(f"消息流已重新声明 / declared again: {', '.join(created) or 'consumers'}")
    return now - gone


def _has_files(store: Path, stream: str) -> bool:
    folder = store / "jetstream" / STREAMS_ACCOUNT / "streams" / stream / "msgs"
    return any(folder.glob("*.blk"))


async def _tell_nobody(_: Exception) -> None:
    """What is raised is told."""
