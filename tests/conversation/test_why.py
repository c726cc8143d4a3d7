"""/why: the ledger of a choice, told to readers and operators."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.conversation.test_desk import desk
from tests.support.world import World, a_story, labels, stories, text_of, world

LIBRARY = [
    a_story("Kettles sing in tune", topics=["Tea"], heat=90, quality=80),
    a_story("Ferry runs aground in the fog", topics=["Ships"], heat=69),
    a_story("Rain on the old market", topics=["Rain"], heat=50),
    a_story("Told by everybody", published=True, heat=20),
]


async def subscribed(w: World) -> int:
    """Subscribe, and give the number of the first digest's message."""
    await w.ask(w.reader, "/subscribe")
    (digest,) = await w.until(
        lambda: [one for one in w.ours(w.reader) if text_of(one).startswith("Gazette ·")]
    )
    return int(digest["message_id"])


async def test_why_tells_a_reader_of_what_came_and_what_did_not(tmp_path: Path) -> None:
    async with world(tmp_path, articles=LIBRARY, settings={"DIGEST_SIZE": "2"}) as w:
        before = text_of(await w.ask(w.reader, "/why"))
        assert before.startswith("What would come now, and why")
        await w.ask(w.reader, "/follow ships")
        digest = await subscribed(w)
        reply = text_of(await w.ask(w.reader, "/why", reply_to=digest))
        assert reply.startswith("Why these stories came: today, ")
        assert "1. Ferry runs aground in the fog\nIts heat is 69." in reply
        assert "Its topic is followed here." in reply
        assert "2. Kettles sing in tune\nIt is hot (90)." in reply
        assert "score" not in reply, "figures are for operators"
        answer = await w.ask(w.reader, "/why")
        assert text_of(answer).partition("\n")[2] == reply.partition("\n")[2]
        came = text_of(await w.ask(w.reader, "/why ferry aground"))
        assert "It came here: today, " in came
        assert "It would not come now. Its publisher has put it out already" in text_of(
            await w.ask(w.reader, "/why told everybody")
        )
        await w.ask(w.reader, "/mute rain")
        muted = text_of(await w.ask(w.reader, "/why old market"))
        assert "It would not come now. Its topic is muted here." in muted
        assert "I know no story with “zeppelin”" in text_of(await w.ask(w.reader, "/why zeppelin"))
        assert labels(answer) == ["What would come now"]
        known = {message["message_id"] for message in w.ours(w.reader)}
        await w.tap(w.reader, answer, "What would come now")
        now = text_of(await w.next_message(w.reader, known))
        assert now.startswith("Nothing would come now")
        assert "1 × Its topic is muted here." in now


async def test_why_has_figures_and_the_channels_for_operators(tmp_path: Path) -> None:
    async with desk(tmp_path, LIBRARY, channels=1) as (w, omar, _):
        told = text_of(await w.ask(omar, "/why kettles"))
        assert "In @channel_1" in told.replace("\u2060", "")
        assert told.count("quality × 1.12") == told.count("_news/kettles-sing-in-tune.md") == 2


async def test_a_story_beside_another_and_one_that_just_missed_are_told(tmp_path: Path) -> None:
    twin = a_story(
        "The ferry aground: what the captain says",
        heat=30,
        related=[{"title": "Ferry", "webUrl": LIBRARY[1].url}],
    )
    library = [*LIBRARY, twin, *stories(2, topic="Ice", age=timedelta(hours=1))]
    async with world(tmp_path, articles=library, settings={"DIGEST_SIZE": "4"}) as w:
        beside = text_of(await w.ask(w.reader, "/why captain says"))
        assert "It would come now beside “Ferry runs aground in the fog”" in beside
        missed = text_of(await w.ask(w.reader, "/why old market"))
        assert "It would not come now. Others were stronger, and the digest is full." in missed
        assert "It would come now as number" in text_of(await w.ask(w.reader, "/why kettles"))
