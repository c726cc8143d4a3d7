"""Later news of an event is a reply to what the chat has had of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conversation.test_desk import desk, previewed
from tests.support.world import a_story, text_of

FIRST = "Comet Halden-Oyelaran brightens fourfold above Saltmarsh Bay"
LATER = "Comet Halden-Oyelaran now visible by day above Saltmarsh Bay"
WORDS = "Comet Halden-Oyelaran has brightened over Saltmarsh Bay, Northern Sky astronomers say."


@pytest.mark.long
async def test_later_news_replies_to_the_earlier_message_of_each_chat(tmp_path: Path) -> None:
    told: dict[str, Any] = {"topics": ["Sky"], "excerpt": WORDS}
    first = a_story(FIRST, age=timedelta(hours=20), provider="sky.example", **told)
    later = a_story(LATER, heat=90, age=timedelta(hours=1), provider="bay.example", **told)
    async with desk(tmp_path, [first]) as (w, omar, channels):
        _, panel = await previewed(w, omar)
        await w.tap(omar, panel, "Post now")
        await w.until_shown(panel, "Posted to 2 chats")
        before = [w.last(channel)["message_id"] for channel in channels]
        w.sandbox.delete_message(channels[1], before[1])
        await w.post(later)
        preview, panel = await previewed(w, omar)
        assert f"Update: {LATER}" in text_of(preview)
        assert "reply_to_message" not in preview
        await w.tap(omar, panel, "Post now")
        await w.until_shown(panel, "Posted to 2 chats")
        one, two = (w.last(channel) for channel in channels)
        assert one["reply_to_message"]["message_id"] == before[0]
        # The earlier message is gone there: the news comes all the same.
        assert LATER in text_of(two)
        assert "reply_to_message" not in two
