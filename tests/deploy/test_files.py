"""Files of a data directory: …"""

import threading
from pathlib import Path

import pytest

from deploy.local.children import describe_end
from deploy.local.layout import DirectoryInUse, DirectoryUnusable, Layout, Lock
from deploy.local.logs import rotate
from deploy.local.secret_files import make_once


def test_a_secret_that_two_make_at_once_is_the_same_for_both(tmp_path: Path) -> None:
    together = threading.Barrier(8)
    got: list[bytes] = []

    def make(number: int) -> None:
        together.wait()
        got.append(make_once(tmp_path / "cases" / "pepper", bytes([number]) * 32))

    threads = [threading.Thread(target=make, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(got) == {(tmp_path / "cases" / "pepper").read_bytes()}
    assert [file.name for file in (tmp_path / "cases").iterdir()] == ["pepper"], "no draft is left"


def test_a_secret_that_exists_is_kept(tmp_path: Path) -> None:
    assert make_once(tmp_path / "s", b"first") == b"first"
    assert make_once(tmp_path / "s", b"second") == b"first"


def test_a_log_that_has_grown_moves_on_and_its_writer_goes_on_writing(tmp_path: Path) -> None:
    log = tmp_path / "intake.log"
    with log.open("ab", buffering=0) as writer:
        for number in range(5):
            writer.write(b"%d" % number * 100)
            assert rotate(log, largest=50) is True
            assert log.stat().st_size == 0
        writer.write(b"the newest")
    assert rotate(log, largest=50) is False
    assert log.read_bytes() == b"the newest"
    kept = {file.name: file.read_bytes()[:1] for file in tmp_path.glob("intake.log.*")}
    assert kept == {"intake.log.1": b"4", "intake.log.2": b"3", "intake.log.3": b"2"}


def test_a_lock_has_one_holder_whose_process_is_known(tmp_path: Path) -> None:
    layout = Layout.of(tmp_path)
    layout.create()
    first, second = Lock(layout, "up"), Lock(layout, "up")
    assert second.holder() is None
    first.acquire()
    assert second.holder() == int((tmp_path / "run" / "up.lock").read_text())
    with pytest.raises(DirectoryInUse, match=r"\./bihuan down"):
        second.acquire()
    first.release()
    assert second.holder() is None
    second.acquire()
    second.release()


def test_a_directory_that_cannot_be_made_is_refused_with_what_to_type(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DirectoryUnusable, match="--data DIR"):
        Layout.of(tmp_path / "file" / "data").create()


@pytest.mark.parametrize(("code", "words"), [(-9, "signal 9 SIGKILL"), (1, "exit 1"), (0, "exit 0")])
def test_an_end_is_described_in_words(code: int, words: str) -> None:
    assert describe_end(code) == words
