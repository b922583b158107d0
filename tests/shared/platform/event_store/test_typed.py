"""Typed values are made by many threads: the one that stages, the ones that answer queries."""

import subprocess
import sys
import textwrap

MANY_THREADS_MEET_NEW_TYPES = textwrap.dedent(
    """
    import sys, threading
    from dataclasses import make_dataclass
    from shared.platform.event_store import typed

    sys.setswitchinterval(1e-5)
    inner = [make_dataclass(f"Inner{n}", [(f"f{k}", int) for k in range(12)]) for n in range(40)]
    outer = [make_dataclass(f"Outer{n}", [("a", inner[n]), ("b", inner[n - 1])]) for n in range(40)]
    value = {f"f{k}": k for k in range(12)}
    start = threading.Barrier(8)
    wrong = []

    def meet():
        for cls in outer:
            start.wait()
            if typed.convert({"a": value, "b": value}, cls).a.f11 != 11:
                wrong.append(cls)

    threads = [threading.Thread(target=meet) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    print("all read" if not wrong else wrong)
    """
)


def test_when_eight_threads_read_a_type_for_the_first_time_at_once_each_gets_its_value() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MANY_THREADS_MEET_NEW_TYPES], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "all read"), done.stderr
