"""The NATS server's configuration: one account, an administrator, one user (nkey) per service with per-subject rights.

A service may publish its own events and nobody else's, read the five streams through consumers named after itself (one
per stream, the name of the service), and hear its own inbox. It may not make, change, purge or delete a stream: a
migration step does that as the administrator. `$JS.>` is granted to nobody else. Wildcards in NATS stand for whole
tokens, so each stream is named. What reaches a subscriber comes through an inbox: connect with `inbox_prefix(service)`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from shared.kernel.contracts import SERVICES

STREAMS = ("BIHUAN_PUBLIC", *(f"BIHUAN_{service.upper()}" for service in SERVICES))
JETSTREAM = {"sync_interval": '"1s"'}  # an acknowledgement is not durability: this bounds what a power cut takes
SETTINGS = {"max_payload": "1MB", "write_deadline": '"10s"'}


def inbox_prefix(service: str) -> str:
    """What nats-py is to be given as inbox_prefix."""
    return f"_INBOX_{service}"


@dataclass(frozen=True)
class Rights:
    """Subjects, with NATS wildcards, that a service may publish to and subscribe to."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def rights(service: str) -> Rights:
    """The rights of one service (assurance: per-subject rights, never $JS.>)."""
    publish = [
        f"bihuan.int.v1.{service}.>",
        f"bihuan.pub.v1.{service}.>",
        "$JS.API.INFO",
        "$JS.API.STREAM.NAMES",
    ]
    for stream in STREAMS:
        publish += [
            f"$JS.API.STREAM.INFO.{stream}",
            f"$JS.API.STREAM.MSG.GET.{stream}",
            f"$JS.API.DIRECT.GET.{stream}",
            f"$JS.API.DIRECT.GET.{stream}.>",
            f"$JS.API.CONSUMER.CREATE.{stream}.{service}",
            f"$JS.API.CONSUMER.CREATE.{stream}.{service}.>",
            f"$JS.API.CONSUMER.DURABLE.CREATE.{stream}.{service}",
            f"$JS.API.CONSUMER.INFO.{stream}.{service}",
            f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{service}",
            f"$JS.API.CONSUMER.DELETE.{stream}.{service}",
            f"$JS.ACK.{stream}.{service}.>",
        ]
    return Rights(tuple(publish), (f"{inbox_prefix(service)}.>",))


def render(
    *,
    host: str,
    port: int,
    monitor_port: int,
    store: str,
    admin_password: str,
    nkeys: Mapping[str, str],
    settings: Mapping[str, str] | None = None,
) -> str:
    """The configuration file: `store` is JetStream's folder, `nkeys` maps service to public key (U…).

    `settings` overrides values by name, written as the file wants them: {"sync_interval": '"always"', "max_payload":
    "8MB"}.
    """
    wanted = dict(settings or {})
    jetstream = {
        name: wanted.pop(name, JETSTREAM.get(name, ""))
        for name in ("sync_interval", "max_file_store", "max_memory_store")
        if name in wanted or name in JETSTREAM
    }
    lines = [f'listen: "{host}:{port}"', f'http: "{host}:{monitor_port}"', 'server_name: "bihuan"']
    lines += [f"{name}: {value}" for name, value in (SETTINGS | wanted).items()]
    lines += [
        "jetstream {",
        f"  store_dir: {_quoted(store)}",
        *(f"  {name}: {value}" for name, value in jetstream.items()),
        "}",
    ]
    users = [f'      {{ user: "admin", password: "{admin_password}" }}']
    users += [_user(service, public_key) for service, public_key in nkeys.items()]
    lines += ["accounts {", "  BIHUAN {", "    jetstream: enabled", "    users: [", *users, "    ]", "  }", "}", ""]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    """A string of the configuration language, which knows these escapes and takes everything else as it is: an escape
    of JSON's, as of a folder named 闭环, is a parse error."""
    for character, escape in (("\\", r"\\"), ('"', r"\""), ("\n", r"\n"), ("\r", r"\r"), ("\t", r"\t")):
        text = text.replace(character, escape)
    return f'"{text}"'


def _user(service: str, public_key: str) -> str:
    allowed = rights(service)
    publish, subscribe = json.dumps(allowed.publish), json.dumps(allowed.subscribe)
    return (
        f'      {{ nkey: "{public_key}", permissions: '
        f"{{ publish: {{ allow: {publish} }}, subscribe: {{ allow: {subscribe} }} }} }}"
    )
