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


@pytest.mark.long
async def test_each_of_several_updates_leads_back_where_messages_have_addresses(
    tmp_path: Path,
) -> None:
    tea = "Tea house of Kettleford burns down in the night, nobody is hurt"
    later_tea = "Tea house of Kettleford: police find the cause of the night fire"
    about = "The old tea house of Kettleford burnt down in the night; nobody was hurt, police say."
    sky: dict[str, Any] = {"topics": ["Sky"], "excerpt": WORDS}
    town: dict[str, Any] = {"topics": ["Town"], "excerpt": about}
    old = timedelta(hours=20)
    first = a_story(FIRST, age=old, provider="sky.example", heat=80, **sky)
    fire = a_story(tea, age=old, provider="town.example", **town)
    news = [
        a_story(LATER, heat=95, age=timedelta(hours=1), provider="bay.example", **sky),
        a_story(later_tea, heat=90, age=timedelta(hours=1), provider="ford.example", **town),
    ]
    async with desk(tmp_path, [first]) as (w, omar, channels):
        for story in ([], [fire]):
            await w.post(*story)
            _, panel = await previewed(w, omar)
            await w.tap(omar, panel, "Post now")
            await w.until_shown(panel, "Posted to 2 chats")
        before = [[m["message_id"] for m in w.ours(channel)] for channel in channels]
        await w.post(*news)
        preview, panel = await previewed(w, omar)
        assert text_of(preview).count("Update: ") == 2
        await w.tap(omar, panel, "Post now")
        await w.until_shown(panel, "Posted to 2 chats")
        for channel, (one, two) in zip(channels, before, strict=True):
            message = w.last(channel)
            assert message["reply_to_message"]["message_id"] == one
            text = message["text"]
            (back,) = [e for e in message["entities"] if "//t.me/c/" in e.get("url", "")]
            assert back["url"] == f"https://t.me/c/{-1_000_000_000_000 - channel.id}/{two}"
            assert text[back["offset"] :].startswith(f"Update: {later_tea}")
            assert text[back["offset"] : back["offset"] + back["length"]] == "Update:"
            assert text == text_of(preview)
