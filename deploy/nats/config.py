"""The NATS server's configuration: an account for each service, and one that holds the streams.

The streams and the administrator are in the account BIHUAN. A service is alone in its own account, in which nothing is
stored and nobody listens. What it may do with the streams is imported from there, subject by subject, and exported to
it alone: publish its own events; look at its own streams and read them back; look into the streams of the others and
read them through the consumer that bears its name. An answer goes back to the account that asked. Within one account it
would go to any subject that was named in the request, also to one that another service's stream stores: so an event was
forged.

One thing a service asks of another directly: what it misses of its feed (see shared/platform/messaging/wanted.py). That
subject is exported by the producer's account and imported by all others; nothing comes back by it.

A service may not make a stream or a consumer, which would let it choose where the server sends what is stored; it may
set its consumer back. A migration step declares both, as the administrator. Inside its account a user may publish to
what is imported and hear its own inbox and that subject, and nothing else: connect with `inbox_prefix(service)`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from shared.kernel.contracts import SERVICES
from shared.platform.messaging import wanted
from shared.platform.messaging.streams import PUBLIC_STREAM, internal_stream

STREAMS_ACCOUNT = "BIHUAN"
# An acknowledgement is not durability: the first bounds what a power cut takes. Without the second the server takes
# three quarters of what is free at its start for its limit, and refuses to store beyond it even where room was made.
JETSTREAM = {"sync_interval": '"1s"', "max_file_store": "1TB"}
SETTINGS = {"max_payload": "1MB", "write_deadline": '"10s"'}


def inbox_prefix(service: str) -> str:
    """What nats-py is to be given as inbox_prefix."""
    return f"_INBOX_{service}"


@dataclass(frozen=True)
class Tls:
    """Paths of PEM files, as the server finds them."""

    certificate: str
    key: str


@dataclass(frozen=True)
class Rights:
    """The subjects in the account of the streams to which a service may send. A request to one of `once` has one
    answer, to one of `many` several."""

    once: tuple[str, ...]
    many: tuple[str, ...]

    @property
    def subjects(self) -> tuple[str, ...]:
        """All of them."""
        return self.once + self.many


def rights(service: str) -> Rights:
    """The rights of one service; none has a wildcard but over its own events."""
    once = [
        f"bihuan.int.v1.{service}.>",
        f"bihuan.pub.v1.{service}.>",
        "$JS.API.INFO",  # figures alone; without it the server answers $JS.API.> in this account: no JetStream here
    ]
    own = (PUBLIC_STREAM, internal_stream(service))
    for stream in own:
        once += [f"$JS.API.STREAM.INFO.{stream}", f"$JS.API.STREAM.MSG.GET.{stream}"]
    others = [internal_stream(other) for other in SERVICES if other != service]
    for stream in others:
        once += [
            f"$JS.API.STREAM.MSG.GET.{stream}",
            f"$JS.API.CONSUMER.INFO.{stream}.{service}",
            f"$JS.API.CONSUMER.RESET.{stream}.{service}",
        ]
    many = [f"$JS.API.DIRECT.GET.{stream}" for stream in own]
    many += [f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{service}" for stream in others]
    return Rights(tuple(once), tuple(many))


def render(
    *,
    host: str,
    port: int,
    monitor_port: int,
    store: str,
    admin_password: str,
    nkeys: Mapping[str, str],
    settings: Mapping[str, str] | None = None,
    tls: Tls | None = None,
) -> str:
    """The configuration file: `store` is JetStream's folder, `nkeys` maps service to public key (U…).

    `settings` overrides values by name, written as the file wants them: {"sync_interval": '"always"', "max_payload":
    "8MB"}. With `tls` nothing is said in plain, and clients have to begin with the handshake. To serve also those that
    wait to be asked for it, the server would ask whoever is slow to begin, and a slow service could not enter.
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
    if tls is not None:
        lines += [
            "tls {",
            f"  cert_file: {_quoted(tls.certificate)}",
            f"  key_file: {_quoted(tls.key)}",
            '  min_version: "1.3"',
            "  handshake_first: true",
            "}",
        ]
    lines += ["accounts {", *_streams_account(admin_password)]
    for service, public_key in nkeys.items():
        lines += _service_account(service, public_key)
    return "\n".join([*lines, "}", ""])


def _streams_account(admin_password: str) -> list[str]:
    exports: dict[tuple[str, str], list[str]] = {}
    for service in SERVICES:
        allowed = rights(service)
        for response, subjects in (("Singleton", allowed.once), ("Stream", allowed.many)):
            for subject in subjects:
                exports.setdefault((subject, response), []).append(service.upper())
    return [
        f"  {STREAMS_ACCOUNT} {{",
        "    jetstream: enabled",
        f'    users: [{{ user: "admin", password: "{admin_password}" }}]',
        "    exports: [",
        *(
            f'      {{ service: "{subject}", response: "{response}", accounts: [{", ".join(accounts)}] }}'
            for (subject, response), accounts in exports.items()
        ),
        "    ]",
        "  }",
    ]


def _service_account(service: str, public_key: str) -> list[str]:
    subjects, others = rights(service).subjects, [other for other in SERVICES if other != service]
    publish = json.dumps([*subjects, *map(wanted.subject, others)])
    subscribe = json.dumps([f"{inbox_prefix(service)}.>", wanted.subject(service)])
    permissions = f"publish: {{ allow: {publish} }}, subscribe: {{ allow: {subscribe} }}"
    readers = ", ".join(other.upper() for other in others)
    imports = [(STREAMS_ACCOUNT, subject) for subject in subjects]
    imports += [(other.upper(), wanted.subject(other)) for other in others]
    return [
        f"  {service.upper()} {{",
        f'    users: [{{ nkey: "{public_key}", permissions: {{ {permissions} }} }}]',
        f'    exports: [{{ service: "{wanted.subject(service)}", accounts: [{readers}] }}]',
        "    imports: [",
        *(f'      {{ service: {{ account: {account}, subject: "{subject}" }} }}' for account, subject in imports),
        "    ]",
        "  }",
    ]


def _quoted(text: str) -> str:
    """A string of the configuration language, which knows these escapes and takes everything else as it is: an escape
    of JSON's, as of a folder named 闭环, is a parse error."""
    for character, escape in (("\\", r"\\"), ('"', r"\""), ("\n", r"\n"), ("\r", r"\r"), ("\t", r"\t")):
        text = text.replace(character, escape)
    return f'"{text}"'
