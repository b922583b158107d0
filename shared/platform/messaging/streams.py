"""The JetStream streams, declared by the migration step with nats-py.

FastStream's own declaration lacks options and rewrites a stream whose configuration differs, so it is told not to
(`JStream(declare=False)`). The public stream keeps everything: a consumer may read from the beginning. Internal ones
keep a month, also those of an installation from before that rule: a consumer that was away for longer needs its stream
deleted and declared again, whereupon the relay fills it from PostgreSQL. The dedupe window only spares repetition after
a lost acknowledgement; nothing depends on it.

Each service has a durable pull consumer on each other service's stream. It is declared here, by the administrator, and
kept: who may make a consumer decides where the server sends what is in the stream (see `pull`).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations

from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StoreCompression,
    StreamConfig,
)
from nats.js.errors import NotFoundError

PUBLIC_STREAM = "BIHUAN_PUBLIC"
DEDUPE_WINDOW = 120.0
INTERNAL_AGE = 30 * 86_400.0


def internal_stream(service: str) -> str:
    """The stream of a service's internal feed."""
    return f"BIHUAN_{service.upper()}"


def configurations(services: Iterable[str]) -> list[StreamConfig]:
    """All streams of an installation with these services."""
    subjects = {PUBLIC_STREAM: "bihuan.pub.v1.>"}
    subjects |= {internal_stream(service): f"bihuan.int.v1.{service}.>" for service in services}
    return [
        StreamConfig(
            name=name,
            subjects=[subject],
            retention=RetentionPolicy.LIMITS,
            storage=StorageType.FILE,
            discard=DiscardPolicy.OLD,
            max_age=None if name == PUBLIC_STREAM else INTERNAL_AGE,
            compression=StoreCompression.S2,
            duplicate_window=DEDUPE_WINDOW,
            allow_direct=True,
        )
        for name, subject in subjects.items()
    ]


async def declare(jetstream: JetStreamContext, services: Iterable[str]) -> list[str]:
    """Create the streams that are missing; their names. An existing stream is left as the operator has it, but that an
    internal one must have an age: where it has none, it gets ours, and our compression with it. Then the consumers."""
    services, created = tuple(services), []
    for config in configurations(services):
        if config.name is None:
            raise ValueError("a stream needs a name")
        try:
            existing = (await jetstream.stream_info(config.name)).config
        except NotFoundError:
            await jetstream.add_stream(config)
            created.append(config.name)
            continue
        if config.max_age and not existing.max_age:
            await jetstream.update_stream(existing.evolve(max_age=config.max_age, compression=config.compression))
    for producer, reader in permutations(services, 2):
        await _declare_consumer(jetstream, internal_stream(producer), reader)
    return created


async def _declare_consumer(jetstream: JetStreamContext, stream: str, reader: str) -> None:
    """One that can be set to any message of the stream; what services made for themselves before could not."""
    wanted = ConsumerConfig(
        durable_name=reader, ack_policy=AckPolicy.NONE, deliver_policy=DeliverPolicy.ALL, max_waiting=8
    )
    try:
        found = (await jetstream.consumer_info(stream, reader)).config
    except NotFoundError:
        await jetstream.add_consumer(stream, wanted)
        return
    if (found.ack_policy, found.deliver_policy, found.deliver_subject) != (wanted.ack_policy, DeliverPolicy.ALL, None):
        await jetstream.delete_consumer(stream, reader)
        await jetstream.add_consumer(stream, wanted)
