"""What a person waits for on the command line, against Python's own start in the same run."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUNS = 9


def seconds(*words: str) -> tuple[float, float]:
    """Give the median time of a command over `RUNS` runs after one that warms the caches, and how
    much of a processor it took: on a busy machine people wait for others.
    """
    taken, worked = [], []
    for _ in range(RUNS + 1):
        begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *words], cwd=ROOT, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(time.perf_counter() - begun)
        worked.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(taken[1:]), statistics.median(worked[1:])


@pytest.mark.benchmark
def test_the_command_line_answers_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    bare, _ = seconds("-c", "pass")
    help_seconds, help_work = seconds("-m", "bot", "--help")
    preview_seconds, preview_work = seconds("-m", "bot", "preview", "--articles", "seeds")
    over_help, over_preview = help_seconds - bare, preview_seconds - bare
    with capsys.disabled():
        print(f"\npython -c pass        {bare:6.3f} s")
        for name, over, most, work in (
            ("gazette --help ", over_help, "0.3", help_work),
            ("gazette preview", over_preview, "1", preview_work),
        ):
            ratio = f"{over / bare:5.1f} ×"
            print(f"{name}      +{over:6.3f} s  ({ratio}; ≤ {most} s; processor {work:.3f} s)")
    assert over_help <= 0.3
    assert over_preview <= 1.0
