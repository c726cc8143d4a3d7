"""What every test shares."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.examples import examples

# Machines are noisy: a slow example is no failure. CI draws the same examples each time, so that
# a red run can be repeated; elsewhere each run looks at new ones.
settings.register_profile(
    "gazette",
    max_examples=examples(120),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.register_profile("ci", parent=settings.get_profile("gazette"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "gazette")


MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3
"""Bytes that must be free in memory; the tests need a tenth of it."""


def pytest_configure() -> None:
    """Let tests write into memory where there is room: each commit waits for a disk.

    Whoever sets TMPDIR has them write there.
    """
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return
    if shutil.disk_usage(MEMORY).free > ROOM:
        tempfile.tempdir = str(MEMORY)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None]:
    """Let the garbage collector pass over what collecting makes: it stays to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Let each worker begin in another room: what one has compiled, the others find compiled."""
    report = yield
    if isinstance(collector, pytest.Directory):
        worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
        workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
        first = len(report.result) * worker // workers
        report.result[:] = report.result[first:] + report.result[:first]
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the tests alike in every worker, and begin with what waits for PostgreSQL.

    It would wait alone when all else is done.
    """
    items.sort(key=lambda item: ("postgresql" not in item.nodeid, item.path))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many digests Telegram's parser looked at."""
    counts: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "fuzz" and isinstance(value, dict):
                counts.update(value)
    if counts:
        whole = ", ".join(f"{counts[name]:,} {name}" for name in ("digests", "messages"))
        kinds = sum(name.startswith("digests (") for name in counts)
        terminalreporter.write_line(
            f"Telegram's parser agreed with {whole}, {counts['characters']:,} characters, "
            f"in {kinds} pairs of layout and templates."
        )
