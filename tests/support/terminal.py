"""A terminal at which `gazette` is typed."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import pty
import sys
import termios
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from tests.support.processes import ROOT


class Terminal:
    """The other side of a terminal at which `gazette` was typed."""

    def __init__(self, process: asyncio.subprocess.Process, ours: int) -> None:
        self.process = process
        self._ours = ours
        self.shown = ""

    def type(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    async def shows(self, words: str, *, times: int = 1) -> None:
        """Read on until `words` stand there so often."""
        async with asyncio.timeout(60):
            while self.shown.count(words) < times and await self._read():
                pass
        assert self.shown.count(words) >= times, self.shown

    async def until_closed(self) -> None:
        async with asyncio.timeout(120):
            while await self._read():
                pass
            await self.process.wait()

    async def _read(self) -> bool:
        try:
            part = await asyncio.to_thread(os.read, self._ours, 65536)
        except OSError:  # the other end is closed
            part = b""
        self.shown += part.decode()
        return bool(part)


@contextlib.asynccontextmanager
async def at_a_terminal(
    folder: Path, settings: Mapping[str, str], *words: str, **env: str
) -> AsyncIterator[Terminal]:
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *words),
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **settings, **env},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        # The terminal's own: only so a Ctrl-C that is typed becomes a signal.
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        os.close(ours)
