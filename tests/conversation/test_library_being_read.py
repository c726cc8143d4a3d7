"""What people get while the library is being read: answers from what is there, and a word of it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.domain.selection import Known
from bot.publishing import indexing
from bot.store import articles as store
from bot.store.articles import Articles
from tests.support.world import World, labels, stories, text_of, world

READING = "still reading the library"


class Gate:
    """Lets all articles be read up to the second part, and on when it is opened."""

    def __init__(self, articles: Articles) -> None:
        self._after = articles.after
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()

    async def after(self, path: str) -> Sequence[Known]:
        if path:
            self.reached.set()
            await self.opened.wait()
        return await self._after(path)


LONG_AGO = 1_600_000_000


async def is_read(w: World) -> bool:
    return not w.gazette.catalogue.is_being_read


async def test_everybody_is_answered_while_the_index_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (store, indexing):
        monkeypatch.setattr(module, "BATCH", 5)
    settings = {"CHANNELS": "@library_news"}
    async with world(tmp_path, articles=stories(9)) as w:
        sandbox = w.sandbox
        channel = sandbox.add_channel("News", username="library_news")
        assert READING not in text_of(await w.ask(w.reader, "tea"))
    (tmp_path / "gazette.db.index").unlink()
    for file in tmp_path.rglob("*.md"):  # a file of this moment is read at every look
        os.utime(file, (LONG_AGO, LONG_AGO))
    async with world(tmp_path, sandbox=sandbox, settings=settings) as w:
        # What the start reads must not come between the new beginning and the gate.
        await w.until(lambda: w.gazette.catalogue.index.article_count == 9)
        await w.stored(lambda: is_read(w))
        gate = Gate(w.gazette.ledger.articles)
        monkeypatch.setattr(w.gazette.ledger.articles, "after", gate.after)
        w.gazette.catalogue.index.begin_anew()
        looking = asyncio.create_task(w.gazette.sync.run())
        async with asyncio.timeout(10):
            await gate.reached.wait()
        try:
            for question in ("tea", "/latest", "/hot", "/topic tea", "tea story number"):
                answer = await w.ask(w.reader, question)
                assert "Tea story number" in text_of(answer), question
                assert READING in text_of(answer), question
            nothing = await w.ask(w.reader, "zeppelins")
            assert "Nothing on zeppelins yet." in text_of(nothing)
            assert READING in text_of(nothing)
            inline = await w.inline(w.reader, "tea")
            assert len(inline.choices) == 5
            assert inline.options["cache_time"] == 0
            # Nor does a digest wait for it.
            readers = await w.gazette.channels.subscriptions()
            (composed,) = await w.gazette.composer.compose(readers, now=w.gazette.clock.now())
            assert len(composed.digest.items) == 8
            assert channel.id in [chat for chat, _ in composed.addresses]
        finally:
            gate.opened.set()
        await looking
        await w.stored(lambda: is_read(w))
        answer = await w.ask(w.reader, "tea")
        assert READING not in text_of(answer)
        assert "9 stories" in text_of(answer)
        assert "▶" in labels(answer)
