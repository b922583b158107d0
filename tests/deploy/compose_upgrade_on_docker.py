"""An installation of an earlier state of this project under docker compose, taken over by this one; then the way back.

Tips come all the time. The earlier state is built from the project's own history, with its own docker-compose.yml.
Needs what compose_on_docker.py needs, and minutes; by name:

    ./bihuan test tests/deploy/compose_upgrade_on_docker.py
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.kernel.contracts import SERVICES
from tests.deploy.stack import LASTING, ROOT, Citizens, Stack
from tests.deploy.waiting import eventually
from tests.support.history import BEFORE_BACKUPS, BEFORE_TIMELINES, unpacked

COPY = "rm -rf /2/..?* /2/.[!.]* /2/* && cp -a /1/. /2"
OUR_USER = 10001


@pytest.fixture(params=[BEFORE_BACKUPS, BEFORE_TIMELINES])
def upgrade(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Stack, Path, str]]:
    """What runs the earlier state, healthy; the folder of its code, and its image."""
    kept = {
        "BIHUAN_BACKUP_FOLDER": str(tmp_path / "backups"),
        "BIHUAN_BACKUP_SECRETS_FOLDER": str(tmp_path / "secrets"),
    }
    for folder in kept.values():
        Path(folder).mkdir()
        os.chown(folder, OUR_USER, OUR_USER)
    old = unpacked(request.param, tmp_path)
    stack = Stack(f"upgrade-{request.param[:7]}", BIHUAN_RATE_FACTOR="10000", **kept)
    image = f"{stack.image}-{request.param[:7]}"
    try:
        run(stack, old, image)
        yield stack, old, image
    finally:
        stack.folder = ROOT
        stack.destroy()
        stack.docker("image", "rm", "--force", stack.image, image)


def run(stack: Stack, code: Path, image: str) -> None:
    """As the handbook says it: build, down, up, in the folder `code`."""
    stack.folder = code
    stack.environment["BIHUAN_IMAGE"] = image
    stack.compose("build")
    stack.compose("down")
    stack.up()


def copied(stack: Stack, ending: str, *, back: bool = False) -> None:
    """Every volume of what is stopped into one beside it, or back."""
    ours = f"label=com.docker.compose.project={stack.environment['COMPOSE_PROJECT_NAME']}"
    for volume in stack.docker("volume", "ls", "--quiet", "--filter", ours).split():
        pair = (f"{volume}{ending}", volume) if back else (volume, f"{volume}{ending}")
        stack.in_volumes(COPY, *pair)
        if back:
            stack.docker("volume", "rm", f"{volume}{ending}")


def test_an_earlier_state_is_taken_over_under_load_and_there_is_a_way_back(upgrade: tuple[Stack, Path, str]) -> None:
    stack, old, old_image = upgrade
    new_image, has_backups = stack.image, (old / "deploy" / "compose" / "backup.py").exists()
    with Citizens(stack.url) as citizens:
        before = citizens.until(20)
        if has_backups:
            stack.compose("run", "--rm", "--no-TTY", "backup")
    if not has_backups:
        before = list(citizens.acknowledged)
        stack.compose("down")
        stack.image = old_image
        copied(stack, "-kept")
        stack.image = new_image
        stack.up()
    with Citizens(stack.url) as more:
        more.until(10)
        run(stack, ROOT, new_image)
        more.until(20)
    known = [*citizens.acknowledged, *more.acknowledged]
    stack.compose("run", "--rm", "--no-TTY", "rebuild", "--swap")  # rows of old events, with what is new in them
    seconds = stack.ends_equal(known)
    doctor = json.loads(stack.compose("run", "--rm", "--no-TTY", "doctor", "--json"))
    assert doctor["healthy"], doctor
    print(f"\nhealthy {stack.seconds_to_healthy:.1f} s after the upgrade began, refused {dict(more.refused)}")
    print(f"{len(known)} tips, equal {seconds:.1f} s after; the way back: {'backup' if has_backups else 'volumes'}")

    if has_backups:
        stack.destroy()
        stack.folder, stack.environment["BIHUAN_IMAGE"] = old, old_image
        stack.compose("run", "--rm", "--no-TTY", "restore")
    else:
        stack.compose("down")
        copied(stack, "-kept", back=True)
    run(stack, old, old_image)
    if has_backups:
        stack.compose("run", "--rm", "--no-TTY", "restore", "--prove")
    with Citizens(stack.url) as after:
        after.until(10)
    eventually(lambda: not unequal(stack))
    assert {*before, *after.acknowledged} <= {tip for (tip,) in stack.sql("bihuan_cases", "SELECT tip FROM cases")}
    assert all(stack.health(name) == "healthy" for name in set(LASTING) & {*SERVICES, "postgres", "nats", "gateway"})


def unequal(stack: Stack) -> bool:
    """Whether tips and cases of a state that knows nothing of timelines differ."""
    tips = "SELECT DISTINCT originator_id FROM stored_events WHERE topic = 'intake.TipTriaged' ORDER BY 1"
    cases = "SELECT tip FROM cases WHERE tip IS NOT NULL ORDER BY 1"
    return stack.sql("bihuan_intake", tips) != stack.sql("bihuan_cases", cases)
