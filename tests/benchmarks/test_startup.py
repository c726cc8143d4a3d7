"""What a person waits for on the command line, against Python's own start in the same run."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUNS = 9


def seconds(*words: str) -> float:
    """Give the median time of a command over `RUNS` runs after one that warms the caches."""
    taken = []
    for _ in range(RUNS + 1):
        begun = time.perf_counter()
        subprocess.run([sys.executable, *words], cwd=ROOT, check=True, capture_output=True)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken[1:])


@pytest.mark.benchmark
def test_the_command_line_answers_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    bare = seconds("-c", "pass")
    over_help = seconds("-m", "bot", "--help") - bare
    over_preview = seconds("-m", "bot", "preview", "--articles", "seeds") - bare
    with capsys.disabled():
        print(f"\npython -c pass        {bare:6.3f} s")
        print(f"gazette --help       +{over_help:6.3f} s  ({over_help / bare:5.1f} × ; ≤ 0.3 s)")
        print(
            f"gazette preview      +{over_preview:6.3f} s  ({over_preview / bare:5.1f} × ; ≤ 1 s)"
        )
    assert over_help <= 0.3
    assert over_preview <= 1.0
