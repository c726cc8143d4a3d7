"""A story that was sent and then withdrawn: operators are asked once, and it is taken back."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.article import StoryKey, story_id
from bot.domain.recall import RecallState
from bot.domain.subscription import ChatId, Role, UserId
from bot.sandbox.chats import Person
from bot.sandbox.faults import Effect
from bot.store.database import Database
from bot.store.schema import digest_stories, digests
from tests.conversation.test_desk import desk, previewed
from tests.conversation.test_layouts import WORDY, channels, illustrated, post
from tests.support.processes import finished, start
from tests.support.world import Story, World, a_story, buttons, data_of, labels, stories, text_of
from tests.support.world import world as a_world


def withdrawn(story: Story) -> Story:
    return replace(story, header={**story.header, "removed": True})


async def posted(w: World, omar: Person) -> None:
    _, panel = await previewed(w, omar)
    await w.tap(omar, panel, "Post now")
    await w.until_shown(panel, "Posted to 2 chats")


def is_told(w: World, omar: Person, words: str) -> bool:
    return any(words in text_of(m) for m in w.ours(omar))


async def spoilt(db: Database, story: Story) -> tuple[int, Any]:
    """Make what is stored of a story's digest unreadable; gives what `mended` needs."""
    row, place = digests.c, digest_stories.c
    mine = sa.select(place.digest_id).where(place.story_key == story.url).scalar_subquery()
    async with db.writing() as connection:
        found = (
            await connection.execute(sa.select(row.id, row["items"]).where(row.id == mine))
        ).one()
        await connection.execute(sa.update(digests).where(row.id == found.id).values(items=[{}]))
    return found.id, found[1]


async def mended(db: Database, kept: tuple[int, Any]) -> None:
    digest, items = kept
    async with db.writing() as connection:
        await connection.execute(
            sa.update(digests).where(digests.c.id == digest).values(items=items)
        )


async def test_a_withdrawn_story_is_taken_back_and_the_others_stay(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    three, alone, odd = stories(3), a_story("Fresh kettles"), a_story("Odd spoons")
    async with desk(tmp_path, three) as (w, omar, channels):
        caplog.set_level("INFO", logger="bot.audit")
        vera = w.sandbox.add_person("Vera")
        await w.gazette.ledger.operators.add(
            UserId(vera.id), Role.VIEWER, now=w.gazette.clock.now()
        )
        await posted(w, omar)
        await w.post(alone)
        await posted(w, omar)
        await w.post(odd)
        await posted(w, omar)
        assert [len(w.ours(channel)) for channel in channels] == [3, 3]
        count = len(w.ours(omar))
        await w.post(withdrawn(three[1]), withdrawn(alone), withdrawn(odd))
        await w.gazette.recalls.look()
        await w.gazette.recalls.look()
        asked = w.ours(omar)[count:]
        assert [labels(one) for one in asked] == [["Recall it", "Leave it"]] * 3
        kettles, spoons, tea = sorted(asked, key=lambda one: text_of(one)[:8])
        assert "“Fresh kettles” was sent, and has been withdrawn" in text_of(kettles)
        hello = await w.ask(vera, "/start")
        denied = await w.forge(vera, vera, hello["message_id"], data_of(tea, "Recall it"))
        assert "Only operators" in denied.text
        assert [vars(r)["deed"] for r in caplog.records if vars(r).get("who") == vera.id] == [
            "recall"
        ]
        again = await w.forge(omar, omar, tea["message_id"], "1:rc:r:000000000000")
        assert "decided already" in again.text

        # One channel does not let the message go: a note takes its place there.
        w.sandbox.faults.add(Effect.BLOCKED, method="deleteMessage", chat_id=channels[1].id)
        # One story cannot be recalled for a reason of our own: operators hear so once, others can.
        kept = await spoilt(w.gazette.ledger.database, odd)
        for notice, words in ((spoons, "see the log"), (tea, "has been recalled")):
            said = await w.tap(omar, notice, "Recall it")
            assert said.text.startswith("It is being recalled.")
            await w.until(partial(is_told, w, omar, words))
        late = await w.forge(omar, omar, tea["message_id"], data_of(tea, "Leave it"))
        assert "decided already" in late.text
        await mended(w.gazette.ledger.database, kept)
        await w.tap(omar, kettles, "Recall it")
        await w.until(lambda: sum("has been recalled" in text_of(m) for m in w.ours(omar)) == 3)
        assert sum("could not take a withdrawn" in text_of(m) for m in w.ours(omar)) == 1
        assert any(r.exc_info and "recalling failed" in r.message for r in caplog.records)
        accounts = [text_of(m) for m in w.ours(omar) if "has been recalled" in text_of(m)]
        assert sorted(accounts) == [
            "“Fresh kettles” has been recalled. 1 deleted · 1 changed.",
            "“Odd spoons” has been recalled. 2 deleted.",
            "“Tea story number 2” has been recalled. 2 changed.",
        ]
        for channel in channels:
            listed = w.ours(channel)[0]
            assert "2. Withdrawn by its publisher." in text_of(listed)
            assert "Tea story number 1" in text_of(listed)
            assert "Tea story number 2" not in text_of(listed)
            assert "3. Tea story number 3" in text_of(listed)
            assert [one["text"] for one in buttons(listed)] == ["1", "3"]
        assert len(w.ours(channels[0])) == 1
        assert text_of(w.ours(channels[1])[1]) == "Withdrawn by its publisher."
        assert await w.gazette.recalls.open() == ()


async def test_a_rich_message_loses_the_story_with_its_picture_and_a_list_in_parts_its_lines(
    tmp_path: Path,
) -> None:
    told = " ".join(["A long story of tea that is told at length, cup by cup."] * 10)
    articles = [
        replace(one, header={**one.header, "excerpt": f"{told} {n}"})
        for n, one in enumerate(illustrated(tmp_path, [f"Tea story number {n}" for n in range(8)]))
    ]
    async with channels(tmp_path, articles, "rich", operators="501") as (w, (whole, parted)):
        omar = w.sandbox.add_person("Olga", user_id=501)
        await w.ask(omar, "/start")
        w.sandbox.faults.answer(
            400, "Bad Request: RICH_UNKNOWN", method="sendRichMessage", chat_id=parted.id
        )
        await post(w)
        assert len(w.ours(parted)) > 1
        gone = articles[6]
        before = w.ours(whole)[0]["rich_message"]["blocks"]
        await w.post(withdrawn(gone))
        await w.gazette.recalls.look()
        notice = next(m for m in w.ours(omar) if "Shall it be recalled" in text_of(m))
        await w.tap(omar, notice, "Recall it")
        await w.until(partial(is_told, w, omar, "has been recalled. 2 changed."))
        (rich,) = w.ours(whole)
        after = rich["rich_message"]["blocks"]
        assert "7. Withdrawn by its publisher." in str(after)
        assert str(gone.header["title"]) not in str(after)
        shown = [[one for one in blocks if one["type"] == "photo"] for blocks in (before, after)]
        # The other pictures are those that stood there: nothing is uploaded a second time.
        assert [one["photo"] for one in shown[1]] == [
            one["photo"] for at, one in enumerate(shown[0]) if at != 6
        ]
        assert [one["text"] for one in buttons(rich)] == ["1", "2", "3", "4", "5", "6", "8"]
        listed = [text_of(one) for one in w.ours(parted)]
        assert sum("7. Withdrawn by its publisher." in one for one in listed) == 1
        assert not any(str(gone.header["title"]) in one for one in listed)
        assert sum("8. Tea story number 7" in one for one in listed) == 1


async def recalled(w: World, omar: Person, *gone: Story) -> None:
    """Withdraw stories one after the other, and recall each."""
    for number, story in enumerate(gone, start=1):
        await w.post(withdrawn(story))
        await w.gazette.recalls.look()
        notice = next(m for m in reversed(w.ours(omar)) if labels(m) == ["Recall it", "Leave it"])
        await w.tap(omar, notice, "Recall it")
        await w.until(partial(are_told, w, omar, number))


def are_told(w: World, omar: Person, count: int) -> bool:
    return sum("has been recalled" in text_of(m) for m in w.ours(omar)) == count


async def test_a_second_recall_does_not_bring_back_what_the_first_took_out(tmp_path: Path) -> None:
    articles = illustrated(tmp_path, [f"Tea story number {n}" for n in range(1, 6)])
    async with channels(tmp_path, articles, "cover", operators="501") as (w, chats):
        olga = w.sandbox.add_person("Olga", user_id=501)
        await w.ask(olga, "/start")
        await post(w)
        before = [w.last(chat)["photo"][-1]["file_id"] for chat in chats]
        await recalled(w, olga, articles[1], articles[3])
        for chat, old in zip(chats, before, strict=True):
            (cover,) = w.ours(chat)
            assert text_of(cover).count("Withdrawn by its publisher.") == 2
            assert re.findall(r"number (\d)", text_of(cover)) == ["1", "3", "5"]
            # The cover is drawn again without the pictures of those stories.
            assert cover["photo"][-1]["file_id"] != old
        assert len({w.last(chat)["photo"][-1]["file_id"] for chat in chats}) == 1
        keys = [one for one in w.sandbox.calls if one.method == "editMessageMedia"]
        assert len(keys) == 4


async def test_the_pictures_above_a_list_lose_the_story_too(tmp_path: Path) -> None:
    for layout in ("album", "cover"):
        folder = tmp_path / layout
        articles = illustrated(folder, WORDY)
        async with channels(folder, articles, layout, operators="501") as (w, chats):
            olga = w.sandbox.add_person("Olga", user_id=501)
            await w.ask(olga, "/start")
            await post(w)
            before = [w.ours(chat) for chat in chats]
            assert len(before[0]) == (9 if layout == "album" else 2)
            await recalled(w, olga, articles[2])
            for chat, old in zip(chats, before, strict=True):
                left = w.ours(chat)
                assert WORDY[2] not in "".join(map(text_of, left))
                assert WORDY[3] in text_of(left[-1])
                if layout == "album":
                    gone = {m["message_id"] for m in old} - {m["message_id"] for m in left}
                    assert gone == {old[2]["message_id"]}
                else:
                    assert left[0]["photo"][-1]["file_id"] != old[0]["photo"][-1]["file_id"]


async def test_an_album_with_one_caption_loses_the_story_and_its_picture(tmp_path: Path) -> None:
    articles = illustrated(tmp_path, [f"Tea story number {n}" for n in range(1, 5)])
    async with channels(tmp_path, articles, "album", operators="501") as (w, (one, other)):
        olga = w.sandbox.add_person("Olga", user_id=501)
        await w.ask(olga, "/start")
        await post(w)
        # One channel does not let pictures go: they stay, and no note makes a second caption.
        w.sandbox.faults.add(Effect.BLOCKED, times=9, method="deleteMessage", chat_id=other.id)
        await recalled(w, olga, articles[1], articles[0])
        assert [m["photo"][-1]["width"] for m in w.ours(one)] == [641, 643, 644]
        assert len(w.ours(other)) == 4
        for chat in (one, other):
            captions = [text_of(m) for m in w.ours(chat) if text_of(m)]
            assert len(captions) == 1
            assert re.findall(r"number (\d)", captions[0]) == ["3", "4"]
            assert captions[0].count("Withdrawn by its publisher.") == 2


@pytest.mark.long
async def test_a_recall_goes_on_after_a_restart_and_sends_offers_what_is_undecided(
    tmp_path: Path,
) -> None:
    one, two = stories(2)
    async with desk(tmp_path, [one, two]) as (w, omar, channels):
        await posted(w, omar)
        await w.post(withdrawn(one), withdrawn(two))
        await w.gazette.recalls.look()
        ours = [text_of(m) for m in w.ours(omar) if "Shall it be recalled" in text_of(m)]
        assert len(ours) == 2
        await w.ask(omar, "/sends")
        await w.until(lambda: sum("waits for a decision" in text_of(m) for m in w.ours(omar)) == 2)
        sandbox = w.sandbox
    # Decided while no bot runs: the row tells the next one.
    story = story_id(StoryKey(one.url))
    process = await start("sends", folder=tmp_path, env={})
    assert f"gazette sends --recall {story}" in await finished(process)
    for words in ("It is recalled while", "decided already: it is running"):
        process = await start("sends", "--recall", story, folder=tmp_path, env={})
        assert words in await finished(process)
    process = await start("sends", "--recall", "0123456789ab", folder=tmp_path, env={})
    assert "no story that was sent and withdrawn" in await finished(process)
    assert process.returncode == 2
    settings = {"OPERATORS": "501,502", "CHANNELS": "@channel_1,@channel_2"}
    async with a_world(tmp_path, settings=settings, sandbox=sandbox) as w:
        await w.until(lambda: "has been recalled. 2 changed." in text_of(w.last(omar)))
        for channel in channels:
            assert "Tea story number 1" not in text_of(w.last(channel))
            assert "2. Tea story number 2" in text_of(w.last(channel))
        (left,) = await w.gazette.recalls.open()
        assert left.state is RecallState.ASKED
        # Asked once: a restart asks nobody again.
        assert sum("Shall it be recalled" in text_of(m) for m in w.ours(omar)) == 2


async def test_a_recall_that_waits_for_a_resting_chat_keeps_no_stop_waiting(
    tmp_path: Path,
) -> None:
    (one,) = stories(1)
    async with asyncio.timeout(30), desk(tmp_path, [one]) as (w, omar, channels):
        await posted(w, omar)
        await w.post(withdrawn(one))
        await w.gazette.recalls.look()
        for channel in channels:
            w.gazette.pace.slow_down(ChatId(channel.id), timedelta(hours=1))
        notice = next(m for m in w.ours(omar) if "Shall it be recalled" in text_of(m))
        await w.tap(omar, notice, "Recall it")
        for _ in range(20):  # it is at the messages now
            await w.gazette.recalls.open()
        assert [len(w.ours(channel)) for channel in channels] == [1, 1]
