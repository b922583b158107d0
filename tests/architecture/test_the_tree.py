"""What holds for every file of the project, whatever it is about."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions

import pytest

from tests.architecture.tree import ROOT, Source, sources, texts

RUNNING, CHECKS = ((ROOT / name).read_text() for name in ("requirements.txt", "requirements-checks.txt"))
LONGEST = 350
LONGER = {  # why it is one subject all the same
    "shared/platform/event_store/lane.py": "one thread's life; groups and their writing are modules of their own",
    "tests/shared/platform/messaging/test_the_subscriber.py": "every way in which one loop can be disturbed",
    "tests/system/intake/test_tips_over_http.py": "every request of one API, against servers that start once a file",
    "tests/services/cases/whole_lives.py": "one machine: what may happen in a life is the rules of one class",
}

# --- documentation ---

UNDOCUMENTED = {
    r"services/\w+/domain/events(/\w+)?\.py: \w+\.apply": "the event's docstring says it; apply writes it down",
    r"services/\w+/handlers/\w+\.py: [a-z_]+": "a command's function; its body says what is ordered",
    r"services/cases/web/timeline/\w+\.py: [a-z_]+": "an event's sentence; the event's docstring says what it tells",
    r"shared/kernel/campaign/checks/\w+\.py: \w+": "a check's name is the sentence that it enforces",
    r"shared/platform/event_store/(mapper|recorder|store|events)\.py: .*": "the library's methods, documented there",
}


def undocumented(source: Source) -> Iterator[str]:
    """Public things without a docstring. A body of one statement says itself what a docstring would repeat."""
    if not ast.get_docstring(source.syntax):
        yield f"{source.path}: the module"
    yield from (f"{source.path}: {name}" for name in _undocumented(source.syntax.body, ""))


def _undocumented(body: list[ast.stmt], inside: str) -> Iterator[str]:
    for node in body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
            continue
        short = len(node.body) == 1 and not isinstance(node, ast.ClassDef)
        if not ast.get_docstring(node) and not short:
            yield inside + node.name
        if isinstance(node, ast.ClassDef):
            yield from _undocumented(node.body, f"{inside}{node.name}.")


def test_a_public_thing_without_a_docstring_is_recognised() -> None:
    text = "class Case:\n    def close(self):\n        self.open = False\n        self.closed = True\n"
    assert list(undocumented(Source("a.py", text))) == ["a.py: the module", "a.py: Case", "a.py: Case.close"]


def test_every_public_thing_is_documented() -> None:
    bare = [line for source in sources("services", "shared") for line in undocumented(source)]
    unused = [reason for reason in UNDOCUMENTED if not any(re.fullmatch(reason, line) for line in bare)]
    assert not [line for line in bare if not any(re.fullmatch(reason, line) for reason in UNDOCUMENTED)]
    assert not unused, "an exemption that exempts nothing"


def test_every_module_says_what_it_decides() -> None:
    bare = [source.path for source in sources("services", "shared", "deploy", "tests")
            if not ast.get_docstring(source.syntax)]  # fmt: skip
    assert not bare


def test_no_file_has_more_than_one_subject() -> None:
    lengths = {source.path: source.text.count("\n") for source in sources("services", "shared", "deploy", "tests")}
    longer = {path: length for path, length in lengths.items() if length > LONGEST}
    assert longer.keys() <= LONGER.keys(), longer


# --- words that do not belong ---

NOWHERE = {
    "left for later": re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX)\b"),
    "a path of somebody's machine": re.compile(r"(?<![\w.])/(home|work|Users|root)/\w"),
    "an address of a package index": re.compile(r"py" + r"pi\.org|python" + r"hosted|extra-" + r"index|/sim" + r"ple/"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE" + r" KEY-----"),
    "a token": re.compile(r"\beyJ[\w-]{16,}\.[\w-]{16,}\."),
    "a mobile number that could be somebody's": re.compile(r"(?<![\w.-])1[3-9]\d(?!0000)\d{8}(?![\w])"),
    "a fixed line that could be somebody's": re.compile(r"(?<![\w.-])0\d{2,3}-(?!0000)\d{7,8}(?![\w-])"),
}

EXAMPLES = {
    "left for later": "# TO" + "DO: later",
    "a path of somebody's machine": "open('/ho" + "me/li/tips.csv')",
    "an address of a package index": "https://py" + "pi.org/simple",
    "a private key": "-----BEGIN PRIVATE" + " KEY-----",
    "a token": "ey" + "JhbGciOiJFZERTQSJ9abc." + "eyJzdWIiOiJwLTEifQabc." + "c2ln",
    "a mobile number that could be somebody's": "电话 138" + "12345678。",
    "a fixed line that could be somebody's": "0356-" + "2345678",
}


@pytest.mark.parametrize("what", NOWHERE)
def test_what_does_not_belong_is_recognised(what: str) -> None:
    assert NOWHERE[what].search(EXAMPLES[what])


def test_an_invented_telephone_number_is_welcome() -> None:
    numbers = "13800001234 0356-0000502"
    assert not [what for what, pattern in NOWHERE.items() if pattern.search(numbers)]


@pytest.mark.parametrize("what", NOWHERE)
def test_no_file_contains(what: str) -> None:
    pattern = NOWHERE[what]
    found = [
        f"{path}:{number}: {line.strip()[:100]}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found


# --- what is installed ---


@pytest.mark.parametrize("lock", [RUNNING, CHECKS], ids=["running", "checks"])
def test_every_package_of_a_lock_has_a_hash_and_no_address(lock: str) -> None:
    assert "://" not in lock
    packages = re.findall(r"^[\w.-]+==\S+ \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", lock, re.MULTILINE)
    assert len(packages) == len(re.findall(r"^[\w.-]+==", lock, re.MULTILINE)) > 0


@pytest.mark.parametrize(
    ("folders", "locks"),
    [(("services", "shared", "deploy"), RUNNING), (("tests",), RUNNING + CHECKS)],
    ids=["running", "checks"],
)
def test_every_imported_package_is_in_the_lock_that_whoever_runs_it_has(folders: tuple[str, ...], locks: str) -> None:
    """A package that only a developer's environment has is missed by the next person's first use."""
    locked = {name.lower().replace("_", "-") for name in re.findall(r"^([\w.-]+)==", locks, re.MULTILINE)}
    provided = packages_distributions()
    code = sources(*folders)
    missing = {
        name: [source.path for source in code if name in imported(source)]
        for name in {name for source in code for name in imported(source)}
        if not {one.lower().replace("_", "-") for one in provided.get(name, [])} & locked
    }
    assert not missing


def imported(source: Source) -> set[str]:
    """The packages of others that a file imports, wherever in it."""
    names = set()
    for node in ast.walk(source.syntax):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names - set(sys.stdlib_module_names) - {"services", "shared", "deploy", "tests"}
