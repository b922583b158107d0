"""Whatever is asked of the four services, as a visitor or by any seat, no answer is a 5xx: a short, repeatable draw.

`tests/deploy/fuzz_in_full.py` asks for as long as it is told to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from shared.kernel.contracts import SERVICES
from tests.support import fuzzing
from tests.support.fuzzing import Target

NASTY = ["%00", "%FF", "%1B%5B0m", "9" * 5000, "-1", str(1 << 63), "//%5B", "%D9%A3", "%F0%90%80%80", ""]
PAGES = [
    "/?from={}", "/receipt?code={}", "/triage?q={}", "/triage/{}", "/desk?q={}", "/cases?q={}", "/cases?unit={}",
    "/cases?state={}", "/cases?due={}", "/cases?escalated={}", "/cases?cursor={}", "/cases/{}",
    "/cases/{case}?as_of={}",
    "/cases/{}/live", "/sign-in?next={}", "/assessment/{}/{}", "/assessment/140525/overdue?cursor={}",
    "/assessment/rankings/{}", "/assessment/figures/140525/closed?month={}", "/assessment/bulletins/{}",
    "/assessment/filings/{}", "/assessment/returns/140525/{}", "/assessment/returns/{}/1", "/public?q={}",
    "/public?cursor={}", "/public?unit={}", "/public?kind={}", "/public/{}", "/public/drafts/{}", "/notices?q={}",
    "/static/{}", "/{}", "/api/cases/v1/cases/{case}/letters/{}.pdf", "/api/cases/v1/schemas/{}.json",
]  # fmt: skip


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with fuzzing.target(tmp_path_factory.mktemp("fuzzed") / "data") as found:
        yield found


@pytest.mark.parametrize("service", SERVICES)
def test_of_what_the_document_allows_and_what_it_does_not(target: Target, service: str) -> None:
    statuses = fuzzing.ask_everything(target, service, examples=2)
    assert {200, 401, 403, 422} <= set(statuses), statuses


@pytest.mark.parametrize("service", SERVICES)
def test_of_what_a_parameter_of_an_address_cannot_be(target: Target, service: str) -> None:
    asked = 0
    for template, operations in target.document(service)["paths"].items():
        operation = operations.get("get", {"parameters": []})
        path = target.path(template)
        for parameter in operation.get("parameters", []):
            for value in NASTY:
                place, name = parameter["in"], parameter["name"]
                address = f"{path}?{name}={value}" if place == "query" else template.replace(f"{{{name}}}", value)
                for seat in (None, "admin", "office", "county"):
                    with target.client(seat) as client:
                        answer = client.get(target.path(address))
                    assert answer.status_code < 500, (seat, address[:200], answer.status_code, answer.text[:500])
                    asked += 1
    assert asked > 200


@pytest.mark.parametrize("seat", [None, "office"])
def test_of_a_page(target: Target, seat: str | None) -> None:
    with target.client(seat) as client:
        for template in PAGES:
            for value in NASTY:
                path = target.path(template).replace("{}", value)
                answer = client.get(path, headers={"Accept": "text/html"})
                assert answer.status_code < 500, (path, answer.status_code, answer.text[:500])


@pytest.mark.parametrize("service", SERVICES)
def test_the_document_says_whom_an_operation_lets_in_and_how_it_is_repeated(target: Target, service: str) -> None:
    with target.client(None) as stranger:
        for template, operations in target.document(service)["paths"].items():
            for method, operation in operations.items():
                headers = {one["name"] for one in operation.get("parameters", []) if one["in"] == "header"}
                if method == "post" and not any(
                    place in template for place in ("/dead-letters/", "/reconcile", "/timelines/")
                ):
                    assert "Idempotency-Key" in headers, template
                    about = set(re.findall(r"{(\w+)}", template)) - {"code"}
                    assert ("If-Match" in headers) == bool(about), template
                if template.startswith("/api/"):
                    answer = stranger.request(method, target.path(template))
                    needed = bool(operation["security"]) and {} not in operation["security"]
                    assert (answer.status_code == 401) == needed, (method, template, answer.status_code)
