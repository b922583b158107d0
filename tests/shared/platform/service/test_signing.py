"""People sign what they saw: a form of a command that signs names the version that it showed; what it was filled with
and what was emptied is what it says; nothing typed is lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Annotated, Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import FormData

from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.refusal import NotNamed, StaleVersion
from shared.platform.service.authority import permission
from shared.platform.service.command import Context, Resource, Table
from shared.platform.service.fields import Body, Choice, Codes, Label, Line, Lines, Text
from shared.platform.service.forms import NO_VERSION, form_of, read_posted, take
from shared.platform.service.refused import Failed
from shared.platform.web import problems

KINDS = Choice(lambda _, __, ___: [("a", "甲"), ("b", "乙")], ticks=True)
commands = Table()


class Sign(Body):
    """Sign a paper, or what was drafted."""

    text: Annotated[Text | None, Label("内容", required=True)] = None
    place: Annotated[Line | None, Label("地点")] = None
    kinds: Annotated[Codes, Label("种类"), KINDS] = ()
    papers: Annotated[Lines, Label("附件")] = ()
    for_programs: Line | None = None


class Note(Body):
    """Write something down."""

    text: Annotated[Text, Label("备注")]


@commands.add(
    "sign", Sign, permission("签字", "office"), signs=True, unseen=lambda _, __, asked: asked.text is None,
    filled=lambda _: {"text": "拟稿", "place": "甲地", "kinds": "a b", "papers": "一\n二"},
)  # fmt: skip
def sign(_: Any, paper: Any, __: Sign) -> None:
    paper.signed = True


@commands.add("note", Note, permission("备注", "office"))
def note(_: Any, paper: Any, __: Note) -> None:
    paper.signed = False


PAPER: Any = Resource("/papers/{paper}", commands, lambda _: {}, lambda *_: None, find=lambda context: context.setting)


def run(body: Any, version: int | None) -> Any:
    paper = SimpleNamespace(version=3, signed=False)
    session: Any = SimpleNamespace(save=lambda _: None)
    envelope: Any = SimpleNamespace(actor=Actor("p", "office", "city"), at=None)
    PAPER.run("sign", Context(paper, session, envelope, {}), body, version)
    return paper


def test_what_was_drafted_is_not_signed_by_a_program_that_does_not_name_its_version() -> None:
    with pytest.raises(NotNamed, match="If-Match"):
        run(Sign(), None)
    with pytest.raises(StaleVersion):
        run(Sign(), 2)
    assert run(Sign(), 3).signed


def test_a_program_that_says_what_it_signs_may_leave_the_version_out() -> None:
    assert run(Sign(text="全文"), None).signed


def test_an_emptied_field_of_a_form_that_was_filled_in_says_nothing_and_not_what_was_drafted() -> None:
    posted = FormData([("text", "改过\r\n两行"), ("place", ""), ("kinds", "b"), ("papers", "")])
    body = Sign.model_validate(read_posted(commands["sign"], posted))
    assert (body.text, body.place, body.kinds, body.papers) == ("改过\n两行", None, ("b",), ())
    assert body.model_fields_set == {"text", "place", "kinds", "papers"}, "all that was on the form, and no more"


def test_a_form_that_is_filled_shows_all_that_was_drafted() -> None:
    form = form_of(commands["sign"], None, object(), {}, "zh")
    assert form.typed == {"text": "拟稿", "place": "甲地", "kinds": "a b", "papers": "一\n二"}


# --- a posted form ---


@dataclass
class Given:
    """Stands for the way into the lane: keeps what it was given, and refuses as it is told."""

    refusal: Exception | None = None
    versions: list[int | None] = field(default_factory=list)

    async def give(self, *asked: Any) -> dict[str, Any]:
        self.versions.append(asked[6])
        if self.refusal is not None:
            raise self.refusal
        return {}

    @property
    def refused(self) -> Given:
        return self

    async def back(self, _: Any, failed: Failed, page: str) -> Response:
        """A refusal is answered with all that is known of it."""
        said = {"told": failed.told, "typed": failed.typed, "wrong": failed.wrong, "seen": failed.seen, "page": page}
        return JSONResponse(said)


async def post(given: Given, command: str, data: dict[str, Any]) -> httpx.Response:
    """A form posted to a page."""
    app = FastAPI()
    nobody: Any = None
    dispatch: Any = given

    @app.post("/{command}")
    async def act(request: Request, command: str) -> Response:
        return await take(request, nobody, dispatch, PAPER, command, {}, back=lambda _: "/", page="/paper")

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        return await client.post(f"/{command}", data=data)


async def test_a_form_that_signs_and_names_no_version_is_refused_as_one_of_another_version() -> None:
    given = Given()
    await post(given, "sign", {"text": "全文", "version": "3"})
    await post(given, "sign", {"text": "全文", "version": ""})
    await post(given, "sign", {"text": "全文"})
    await post(given, "note", {"text": "备注"})
    assert given.versions == [3, NO_VERSION, NO_VERSION, None]


async def test_a_button_that_signs_what_stands_empties_nothing() -> None:
    assert read_posted(commands["sign"], FormData([("version", "3"), ("csrf", "t")])) == {}


async def test_an_overtaken_form_comes_back_with_all_that_was_typed_and_says_what_it_had_shown() -> None:
    answer = await post(
        Given(problems.VersionConflict(5)), "sign", {"text": "全文", "kinds": ["a", "b"], "version": "3"}
    )
    found = answer.json()
    assert (found["page"], found["seen"]) == ("/paper", 3)
    assert "有了新的变化" in found["told"]
    assert found["typed"] == {"text": "全文", "kinds": "a\nb", "version": "3"}


async def test_a_field_that_is_wrong_has_its_sentence() -> None:
    answer = await post(Given(), "sign", {"text": "", "place": "长" * 201, "kinds": "a", "version": "3"})
    found = answer.json()
    assert (found["page"], found["typed"]["kinds"]) == ("/paper", "a")
    assert found["wrong"] == {"text": "请填写或改正此项。", "place": "至多 200 字"}
    refused = problems.Invalid([{"pointer": "/parts/0/text", "detail": "请填写内容。"}], "请填写内容。")
    answer = await post(Given(refused), "sign", {"text": "全文", "version": "3"})
    assert answer.json()["wrong"] == {"text": "请填写内容。"}
