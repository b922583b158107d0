"""Traps seen on these very libraries, kept shut by reading the code. Each rule is first shown what it must find."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator

import pytest
from eventsourcing.domain import Aggregate, DomainEvent

from tests.architecture.tree import Source, services, sources

OURS = ("services", "shared", "deploy")


def calls(syntax: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Every call with what is called, as written: `self.broker.publish`."""
    for node in ast.walk(syntax):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func)


# --- publishing ---


def raw_publishes(syntax: ast.AST) -> list[str]:
    """Calls that put something on the bus, or make a publisher that could: a decorator, a value that is kept.

    The lane's `reactions.publish` only translates an event; a publisher that is declared and dropped only describes.
    """
    dropped = [node.value for node in ast.walk(syntax) if isinstance(node, ast.Expr)]
    sends = (".publish", ".publish_async", ".publish_request")
    return [
        f"line {call.lineno}: {name}"
        for call, name in calls(syntax)
        if (name.endswith(sends) and not name.endswith("reactions.publish"))
        or (name.endswith(".publisher") and call not in dropped)
    ]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("async def tell(self): await self.engine.broker.publish(b'', 'bihuan.pub')", "self.engine.broker.publish"),
        ("@broker.publisher('bihuan.pub')\nasync def tell(): return b''", "broker.publisher"),
        ("tell = broker.publisher('bihuan.pub')", "broker.publisher"),
    ],
)
def test_a_publish_that_nobody_acknowledges_is_recognised(code: str, found: str) -> None:
    assert raw_publishes(ast.parse(code)) == [f"line 1: {found}"]


def test_only_one_module_publishes() -> None:
    found = {
        source.path: raw
        for source in sources(*OURS)
        if source.path != "shared/platform/messaging/publish.py" and (raw := raw_publishes(source.syntax))
    }
    assert not found, "publish through shared.platform.messaging.publish: it demands an acknowledgement and an id"


# --- subscribing ---


def silent_subscribers(syntax: ast.AST) -> list[int]:
    """Lines that declare a subscriber without saying what becomes of a message whose handler fails."""
    return [
        call.lineno
        for call, name in calls(syntax)
        if name.endswith(".subscriber")
        and not any(
            keyword.arg == "ack_policy" and ast.unparse(keyword.value).startswith("AckPolicy.")
            for keyword in call.keywords
        )
    ]


def test_a_subscriber_with_the_default_policy_is_recognised() -> None:
    assert silent_subscribers(ast.parse("@broker.subscriber('bihuan.>')\nasync def take(): ...")) == [1]


def test_every_subscriber_says_when_it_acknowledges() -> None:
    """FastStream's default rejects for good what failed once."""
    declared = [name for source in sources(*OURS) for _, name in calls(source.syntax) if name.endswith(".subscriber")]
    assert declared, "nothing subscribes: this rule reads the wrong files"
    found = {source.path: lines for source in sources(*OURS) if (lines := silent_subscribers(source.syntax))}
    assert not found


def test_every_client_of_the_bus_reconnects_for_ever() -> None:
    """A client that gives up makes FastStream's pull loop spin."""
    brokers = [call for source in sources(*OURS) for call, name in calls(source.syntax) if name == "NatsBroker"]
    patience = [
        {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}.get("max_reconnect_attempts")
        for call in brokers
    ]
    assert patience == ["-1"]


# --- stored names ---


def stored_classes(root: type) -> Iterator[type]:
    """The events or aggregates that the services' domains declare and store: not the library's nested stand-ins, nor a
    base that events only inherit from."""
    cls: type
    for cls in root.__subclasses__():
        declared = cls.__module__.startswith("services.") and "." not in cls.__qualname__
        if declared and ("TOPIC" in vars(cls) or not cls.__subclasses__()):
            yield cls
        yield from stored_classes(cls)


@pytest.fixture(scope="module")
def stored_names() -> dict[type, str | None]:
    for source in sources("services"):
        if "/domain/" in source.path:
            importlib.import_module(source.module)
    return {cls: vars(cls).get("TOPIC") for root in (DomainEvent, Aggregate) for cls in stored_classes(root)}


def test_every_event_and_aggregate_has_a_stored_name_of_its_own(stored_names: dict[type, str | None]) -> None:
    """Without one the library stores the import path, which a moved file breaks."""
    assert stored_names
    for cls, name in stored_names.items():
        service = cls.__module__.split(".")[1]
        assert name, f"{cls.__module__}.{cls.__qualname__} has no name: @stored('{service}.{cls.__name__}')"
        assert re.fullmatch(rf"{service}\.[A-Z][A-Za-z]+", name), f"{name} is not a name of {service}"


def test_no_two_classes_share_a_stored_name(stored_names: dict[type, str | None]) -> None:
    assert len(set(stored_names.values())) == len(stored_names)


# --- deadlines ---

UNTIMED = {"AsyncConnectionPool", "ConnectionPool", "psycopg.connect", "psycopg.AsyncConnection.connect"}
UNTIMED |= {"AsyncConnection.connect", "Connection.connect", "psycopg.Connection.connect"}
COMMANDS_OF_AN_OPERATOR = {"shared/platform/event_store/migrate.py", "shared/platform/service/rebuild.py"}


def untimed(syntax: ast.AST) -> set[str]:
    """The ways to PostgreSQL by which a frozen server is waited for as long as it is frozen."""
    return {name for _, name in calls(syntax)} & UNTIMED


@pytest.mark.parametrize(
    "code",
    [
        "pool = AsyncConnectionPool(dsn)",
        "await psycopg.AsyncConnection.connect(dsn)",
        "await AsyncConnection.connect(d)",
    ],
)
def test_a_connection_without_a_deadline_is_recognised(code: str) -> None:
    assert untimed(ast.parse(code))


def test_a_running_service_reaches_postgresql_by_one_module() -> None:
    ours = {"shared/platform/postgres.py", *COMMANDS_OF_AN_OPERATOR}
    found = {one.path: ways for one in sources("services", "shared") if (ways := untimed(one.syntax))}
    assert set(found) <= ours, "connect through shared.platform.postgres: it waits no longer than it says"
    assert "shared/platform/postgres.py" in found


# --- composition ---

DRIVERS = UNTIMED | {"Pool", "postgres.connect", "connect_blocking"}
DRIVERS |= {"nats.connect", "NatsBroker", "httpx.Client", "httpx.AsyncClient", "FastAPI"}
SHARED_ADAPTERS = {"Engine", "Service.open", "SessionSigner", "SessionVerifier", "SystemClock", "RowClock"}


def opened_by(syntax: ast.AST) -> set[str]:
    """The drivers that are opened somewhere below `syntax`."""
    return {name for _, name in calls(syntax)} & DRIVERS


def adapters_of(service: str) -> set[str]:
    """The classes of a service that open a driver: constructing one opens a connection."""
    return {
        node.name
        for source in sources("services")
        if source.path.startswith(f"services/{service}/")
        for node in ast.walk(source.syntax)
        if isinstance(node, ast.ClassDef) and opened_by(node)
    }


def constructs(source: Source, adapters: set[str]) -> set[str]:
    return {name for _, name in calls(source.syntax)} & adapters


def test_an_adapter_made_in_a_page_is_recognised() -> None:
    page = Source("services/cases/web/pages.py", "def page(request):\n    return Engine(settings).submit(command)")
    assert constructs(page, SHARED_ADAPTERS) == {"Engine"}


@pytest.mark.parametrize("service", services())
def test_only_the_composition_root_makes_adapters(service: str) -> None:
    adapters = SHARED_ADAPTERS | adapters_of(service)
    mine = [source for source in sources("services") if source.path.startswith(f"services/{service}/")]
    makers = {source.path: made for source in mine if (made := constructs(source, adapters))}
    assert set(makers) == {f"services/{service}/app.py"}, makers


def test_in_a_service_only_adapters_open_drivers() -> None:
    """Outside a class of its own a connection would belong to nobody, and nobody would close it."""
    loose = {}
    for source in sources("services"):
        inside = sum(len(list(_openings(node))) for node in ast.walk(source.syntax) if isinstance(node, ast.ClassDef))
        if len(list(_openings(source.syntax))) != inside:
            loose[source.path] = opened_by(source.syntax)
    assert not loose


def _openings(syntax: ast.AST) -> Iterator[str]:
    return (name for _, name in calls(syntax) if name in DRIVERS)
