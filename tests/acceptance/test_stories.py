"""The dozen stories of `tests/stories`, told through the sandbox's own side for people.

Their names are the sentences that they show to be true; `tests/browser/test_story_page.py` tells
the same stories through the chat page.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.sandbox.state import Sandbox
from tests.stories.all import EDITIONS, Edition
from tests.stories.doors import Door, PlainDoor

pytestmark = pytest.mark.long


@asynccontextmanager
async def plain_door(sandbox: Sandbox) -> AsyncIterator[Door]:
    yield PlainDoor(sandbox=sandbox, heard=[])


@pytest.mark.parametrize("edition", EDITIONS, ids=str)
async def test_story(edition: Edition, tmp_path: Path) -> None:
    await edition.tell(tmp_path, through=plain_door)
