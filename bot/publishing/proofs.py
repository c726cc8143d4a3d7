"""Proofs: a sheet as the messages that will be sent."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime

from bot.domain.article import StoryKey, story_id
from bot.domain.delivery import DigestId
from bot.domain.digest import Digest
from bot.domain.hand import Sheet
from bot.domain.subscription import Subscription
from bot.publishing.illustrate import looks_at
from bot.publishing.moment import style_for
from bot.publishing.ports import Viewer
from bot.publishing.publication import Publication
from bot.rendering import digests as rendering
from bot.rendering.style import Style
from bot.store.articles import Articles
from bot.store.digests import Digests


class Proofs:
    """Writes what a sheet says, for channels."""

    def __init__(
        self, *, publication: Publication, digests: Digests, articles: Articles, viewer: Viewer
    ) -> None:
        self._publication = publication
        self._digests = digests
        self._articles = articles
        self._viewer = viewer

    async def written(self, sheet: Sheet, wish: Subscription, *, now: datetime) -> Digest:
        """Write the messages of a sheet, for chats that want this together."""
        plan = self._publication
        layout = sheet.layout or wish.layout or plan.layout
        items = sheet.items
        looks = await looks_at([(items, layout)], viewer=self._viewer, site_url=plan.site_url)
        style = style_for(wish, publication=plan, looks=looks, now=now, layout=layout)
        style = headed(replace(style, is_shared=True), sheet)
        messages = await asyncio.to_thread(rendering.render, items, style=style)
        return Digest(items=items, messages=messages)

    async def stories_of(self, digest_id: DigestId) -> frozenset[StoryKey]:
        """Give the stories that a post carries. What it only points to elsewhere is not of it."""
        stored = await self._digests.get(digest_id)
        if stored is None:
            return frozenset()
        ids = {item["story_id"] for item in stored.items}
        keys = {key for message in stored.messages for key in message.stories}
        paths = [path for item in stored.items for path in item["event"]]
        others = await self._articles.by_paths(paths)
        return frozenset(key for key in keys if story_id(key) in ids) | {
            known.article.story_key for known in others.values()
        }


def headed(style: Style, sheet: Sheet) -> Style:
    """Let the head line be what the sheet says."""
    return style if sheet.head is None else replace(style, title=sheet.head or None)
