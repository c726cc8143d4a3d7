"""The real program as a process, with settings of its own and nothing of ours around it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]


async def start(
    *words: str, folder: Path, env: Mapping[str, str] | None = None
) -> asyncio.subprocess.Process:
    """Start `gazette WORDS` in a folder."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *words),
        cwd=folder,
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            **(env or {}),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def finished(process: asyncio.subprocess.Process, *, timeout: float = 40) -> str:
    """Wait for the end; gives everything that was printed."""
    async with asyncio.timeout(timeout):
        out, err = await process.communicate()
    return out.decode() + err.decode()


async def line_with(stream: asyncio.StreamReader | None, words: str, *, timeout: float = 30) -> str:
    """Read lines until one holds `words`; fails with what was read when the stream ends first."""
    assert stream is not None
    read = []
    async with asyncio.timeout(timeout):
        while line := (await stream.readline()).decode():
            read.append(line)
            if words in line:
                return line
    raise AssertionError(f"{words!r} was never printed, but:\n{''.join(read)}")
