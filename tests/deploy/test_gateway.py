"""Who knocks at the one address of an installation …"""

import socket
from collections.abc import Iterator

import httpx
import pytest

from tests.deploy.installation import Installation, installed


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(tmp_path_factory.mktemp("machine") / "data") as installation:
        assert installation.await_ready(), installation.said
        yield installation


@pytest.mark.parametrize(
    ("path", "service", "seen"),
    [
        ("/", "intake", "/"),
        ("/tips/new", "intake", "/tips/new"),
        ("/ready", "intake", "/ready"),
        ("/health", "intake", "/health"),
        ("/desk", "cases", "/desk"),
        ("/desk/140525?due=today", "cases", "/desk/140525?due=today"),
        ("/desktop", "intake", "/desktop"),
        ("/cases/18402", "cases", "/cases/18402"),
        ("/audit", "cases", "/audit"),
        ("/account/password", "cases", "/account/password"),
        ("/sign-in", "cases", "/sign-in"),
        ("/sign-out", "cases", "/sign-out"),
        ("/static/shell.css", "cases", "/static/shell.css"),
        ("/assessment/2022-01", "assessment", "/assessment/2022-01"),
        ("/public/feed.xml", "notify", "/public/feed.xml"),
        ("/api/intake/v1/tips", "intake", "/api/intake/v1/tips"),
        ("/api/cases/v1/cases?q=%E6%B0%94", "cases", "/api/cases/v1/cases?q=%E6%B0%94"),
        ("/api/assessment/v1/events", "assessment", "/api/assessment/v1/events"),
        ("/api/notify/v1/webhooks", "notify", "/api/notify/v1/webhooks"),
        ("/api/notify/ready", "notify", "/ready"),
        ("/api/cases/openapi.json", "cases", "/openapi.json"),
        ("/api/assessment/asyncapi.json", "assessment", "/asyncapi.json"),
    ],
)
def test_reaches_the_service_that_has_the_page(running: Installation, path: str, service: str, seen: str) -> None:
    status, answer = running.get(path)
    assert (status, answer["service"], answer["path"]) == (200, service, seen)


@pytest.mark.parametrize(
    "path",
    [
        "/metrics", "/metrics/", "//metrics", "/%6Detrics", "/METRICS", "/./metrics", "/api/../metrics",
        "/api/cases/metrics", "/api/intake/metrics", "/api/notify//metrics", "/api/cases/%6detrics/",
    ],
)  # fmt: skip
def test_does_not_see_what_is_measured(running: Installation, path: str) -> None:
    answer = raw(running, f"GET {path} HTTP/1.1\r\nHost: bihuan.example")
    assert answer.startswith("HTTP/1.1 404 "), answer


def test_is_never_told_the_name_by_which_the_address_was_called(running: Installation) -> None:
    for path in ("/desk/", "//evil.example/", "/api/cases/v1/cases/", "/static", "/metrics"):
        assert "evil.example" not in raw(running, f"GET {path} HTTP/1.1\r\nHost: evil.example").partition("\r\n\r\n")[0]


def raw(running: Installation, head: str) -> str:
    """The answer to a request that no client would send like this."""
    address = httpx.URL(running.url)
    with socket.create_connection((address.host, address.port), timeout=20) as connection:
        connection.sendall(f"{head}\r\nConnection: close\r\n\r\n".encode())
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


def test_cannot_pretend_to_come_from_elsewhere(running: Installation) -> None:
    claims = ("X-Forwarded-For", "X-Forwarded-User", "X-Forwarded-Proto", "Forwarded", "X-Real-Ip")
    _, answer = running.get("/", dict.fromkeys(claims, "198.51.100.7"))
    assert "198.51.100.7" not in str(answer)
    assert answer["headers"]["x-forwarded-for"] == "127.0.0.1"


def test_may_send_much_but_not_without_end(running: Installation) -> None:
    assert running.post("/api/intake/v1/import", bytes(31_000_000)) == (200, {"received": 31_000_000})
    status, problem = running.post("/api/intake/v1/import", bytes(33_000_000))
    assert (status, problem["type"]) == (413, "/problems/too-large")


def test_hears_an_event_when_it_happens(running: Installation) -> None:
    with httpx.stream("GET", f"{running.url}/cases/stream", timeout=60, trust_env=False) as stream:
        assert next(stream.iter_lines()) == "data: first", "though the answer never ends"


def test_gives_each_service_what_is_its_own_and_nothing_else(running: Installation) -> None:
    environments = {name: running.get(f"/api/{name}/v1/env")[1] for name in ("intake", "cases", "assessment", "notify")}
    for name, environment in environments.items():
        assert environment["BIHUAN_SERVICE"] == name
        assert environment["BIHUAN_PUBLIC_URL"] == running.url
        assert f"bihuan_{name}_writer:" in environment["BIHUAN_POSTGRES_DSN"]
        assert f"bihuan_{name}_reader:" in environment["BIHUAN_POSTGRES_READER_DSN"]
        assert environment["BIHUAN_NATS_NKEY_FILE"].endswith(f"secrets/{name}/nats.nk")
        assert environment["BIHUAN_SECRETS"].endswith(f"secrets/{name}")
        assert environment["BIHUAN_CLOCK"] == "system"
        access = "writer" if name == "cases" else "reader"
        assert f"bihuan_access_{access}:" in environment["BIHUAN_ACCESS_DSN"]
    assert [name for name, given in environments.items() if "BIHUAN_VAULT_DSN" in given] == ["intake"]
    assert [given["BIHUAN_FONTS"] for given in environments.values()] == ["/fonts/of/the/operator"] * 4
    assert not [name for given in environments.values() for name in given if "OWNER" in name or "ADMIN" in name]


def test_finds_the_keys_only_where_they_belong(running: Installation) -> None:
    folder = running.data / "secrets"
    assert [file.parent.name for file in folder.glob("*/session_private.pem")] == ["cases"]
    assert [file.parent.name for file in folder.glob("*/vault_kek")] == ["intake"]
    assert len({file.read_bytes() for file in folder.glob("*/session_public.pem")}) == 1
    assert len({file.read_bytes() for file in folder.glob("*/*pepper")}) == len(list(folder.glob("*/*pepper"))) == 6
    assert {len(file.read_bytes()) for file in folder.glob("*/*pepper")} == {32}
