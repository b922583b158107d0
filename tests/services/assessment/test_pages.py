"""The forms of commands: each asks for all that its command takes, in both languages, and is read back into it."""

from __future__ import annotations

import pytest
from starlette.datastructures import FormData

from services.assessment.handlers import INSPECTION, RESOURCES
from services.assessment.handlers.inspecting import FoundProblem, RecordInspection
from shared.platform.service.command import Command
from shared.platform.service.fields import Label, marks
from shared.platform.service.forms import form_of, read_form
from tests.services.assessment.bureau import CAMPAIGN, Bureau
from tests.support import catalogues

COMMANDS = [command for resource in RESOURCES for command in resource.commands]
VIEW = {"campaign": CAMPAIGN, "locale": "zh"}


def test_every_word_that_the_tables_put_on_a_page_has_its_english() -> None:
    bodies = [command.body for command in COMMANDS] + [FoundProblem]
    labels = [marks(body, name, Label) for body in bodies for name in body.model_fields]
    said = {words for label in labels if label for words in (label.name, label.hint, label.empty) if words}
    said |= {command.permission.name for command in COMMANDS}
    said = {words for words in said if isinstance(words, str)}
    assert said - catalogues.english(catalogues.of("assessment")) == set()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.body.__name__)
def test_every_form_has_all_that_its_command_requires(command: Command) -> None:
    form = form_of(command, Bureau(opened=False).setting, None, VIEW, "zh")
    required = {name for name, field in command.body.model_fields.items() if field.is_required()}
    assert required <= {field.name for field in form.fields}


def test_the_form_of_an_inspection_offers_one_problem_which_may_be_left_empty() -> None:
    form = form_of(INSPECTION.commands[""], Bureau(opened=False).setting, None, VIEW, "zh")
    kinds = {field.name: (field.kind, field.required) for field in form.fields}
    assert kinds["findings"] == ("heading", False)
    assert kinds["matter"] == ("area", False)
    assert kinds["major"] == ("tick", False)
    assert kinds["enterprise"] == ("line", True)
    assert kinds["equipment"] == ("number", False)


@pytest.mark.parametrize(
    ("typed", "findings"),
    [
        ({"matter": "安全阀失效", "major": "true"}, [("安全阀失效", True, False)]),
        ({"matter": "", "violation": ""}, []),
    ],
)
def test_what_is_typed_of_a_problem_becomes_one_finding_or_none(
    typed: dict[str, str], findings: list[tuple[str, bool, bool]]
) -> None:
    read = read_form(RecordInspection, FormData({"enterprise": "乙厂", "equipment": "3", **typed}))
    body = RecordInspection.model_validate(read)
    assert (body.enterprise, body.equipment) == ("乙厂", 3)
    assert [(one.matter, one.major, one.danger) for one in body.findings] == findings
