"""Digests with pictures, from files to what the chats show."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.clock import SystemClock
from bot.domain.delivery import State
from bot.domain.digest import DigestKind
from bot.domain.subscription import ChatId
from bot.parts import Options
from bot.sandbox.chats import Chat
from bot.sandbox.state import Sandbox
from tests.support.drawing import drawn, photo
from tests.support.picture_host import hanging, serving
from tests.support.world import TOKEN, UNHURRIED, Story, World, a_story, labels, text_of, world

TITLES = [f"Tea story of the day number {n}" for n in range(1, 7)]
WORDY = [
    " ".join(f"{root}{ending}" for ending in ("ing", "ed", "er", "ful", "less", "ness", "ment"))
    + " and much more that no caption has the room for, whatever is left out of it for others"
    for root in ("Tea", "Cup", "Pot", "Leaf", "Boil", "Steep", "Pour", "Sip")
]


@asynccontextmanager
async def channels(
    folder: Path,
    articles: Sequence[Story],
    layout: str,
    *,
    options: Options | None = None,
    operators: str = "",
) -> AsyncIterator[tuple[World, list[Chat]]]:
    sandbox = Sandbox(TOKEN, clock=SystemClock())
    omar = sandbox.add_person("Omar")
    named = [
        sandbox.add_channel(f"Channel {n}", username=f"channel_{n}", administrators=(omar,))
        for n in (1, 2)
    ]
    settings = {"CHANNELS": "@channel_1,@channel_2", "DIGEST_LAYOUT": layout}
    settings |= {"OPERATORS": operators} if operators else {}
    async with world(
        folder, articles=articles, settings=settings, sandbox=sandbox, options=options
    ) as w:
        yield w, named


def illustrated(folder: Path, titles: Sequence[str], *, without: int = 0) -> list[Story]:
    """Stories with a picture of their own below the folder, but for the first few."""
    below = folder / "articles" / "assets"
    below.mkdir(parents=True)
    articles = []
    for number, title in enumerate(titles, start=1):
        (below / f"{number}.jpg").write_bytes(photo(number, (640 + number, 400)))
        images = [{"url": f"/assets/{number}.jpg"}] if number > without else []
        articles.append(
            a_story(title, heat=100 - number, provider=f"paper{number}.example", images=images)
        )
    return articles


async def post(w: World) -> None:
    readers = await w.gazette.channels.subscriptions()
    now = w.gazette.clock.now()
    composed = await w.gazette.composer.compose(readers, now=now)
    await w.gazette.composer.store(composed, kind=DigestKind.MANUAL, now=now)
    w.gazette.courier.wake()
    await w.settled()


async def states(w: World) -> set[State]:
    progress = await w.gazette.ledger.digests.progress(1)  # type: ignore[arg-type]
    assert progress is not None
    return set(progress.counts)


def widths(messages: Sequence[dict[str, Any]]) -> list[int]:
    return [one["photo"][-1]["width"] for one in messages if "photo" in one]


async def test_an_album_holds_all_pictures_and_all_words_below_them(tmp_path: Path) -> None:
    articles = illustrated(tmp_path, TITLES, without=2)
    async with channels(tmp_path, articles, "album") as (w, chats):
        await post(w)
        for chat in chats:
            messages = w.ours(chat)
            assert widths(messages) == [643, 644, 645, 646]
            assert len({one["media_group_id"] for one in messages}) == 1
            first, *others = [text_of(one) for one in messages]
            assert [title for title in TITLES if title in first] == TITLES
            assert others == ["", "", ""]
        uploads = [c for c in w.sandbox.calls if "attach://" in str(c.parameters.get("media"))]
        assert len(uploads) == 1  # the second chat gets the ids of the first
        assert await states(w) == {State.SENT}


async def test_words_that_no_caption_holds_follow_as_a_message(tmp_path: Path) -> None:
    articles = illustrated(tmp_path, WORDY)
    async with channels(tmp_path, articles, "album") as (w, chats):
        await post(w)
        *pictures, listed = w.ours(chats[0])
        assert widths(pictures) == [641, 642, 643, 644, 645, 646, 647, 648]
        assert [text_of(one)[:20] for one in pictures] == [
            f"{n}. {title}"[:20] for n, title in enumerate(WORDY, start=1)
        ]
        assert [title for title in WORDY if title in text_of(listed)] == WORDY


async def test_a_cover_is_one_picture_with_the_list_and_the_same_for_every_chat(
    tmp_path: Path,
) -> None:
    articles = illustrated(tmp_path, TITLES)
    async with channels(tmp_path, articles, "cover") as (w, chats):
        await post(w)
        covers = [w.ours(chat) for chat in chats]
        assert [len(messages) for messages in covers] == [1, 1]
        (cover,) = covers[0]
        assert [title for title in TITLES if title in text_of(cover)] == TITLES
        assert [b["text"] for row in cover["reply_markup"]["inline_keyboard"] for b in row] == [
            str(number) for number in range(1, 7)
        ]
        ids = {messages[0]["photo"][-1]["file_id"] for messages in covers}
        assert len(ids) == 1


async def test_a_rich_message_holds_all_stories_with_their_pictures(tmp_path: Path) -> None:
    articles = illustrated(tmp_path, WORDY, without=2)
    async with channels(tmp_path, articles, "rich") as (w, chats):
        await post(w)
        shown = [w.ours(chat) for chat in chats]
        assert [len(messages) for messages in shown] == [1, 1]
        blocks = [messages[0]["rich_message"]["blocks"] for messages in shown]
        assert [one["photo"][-1]["width"] for one in blocks[0] if one["type"] == "photo"] == [
            643, 644, 645, 646, 647, 648
        ]  # fmt: skip
        assert [title for title in WORDY if title in str(blocks[0])] == WORDY
        assert labels(shown[0][0]) == [str(number) for number in range(1, 9)]
        sent = [str(call.parameters.get("rich_message")) for call in w.sandbox.calls]
        uploads = [one for one in sent if "attach://" in one]
        assert len(uploads) == 1  # the second chat gets the ids of the first
        assert await states(w) == {State.SENT}


async def test_where_rich_is_refused_a_list_comes_and_the_chat_keeps_to_it(
    tmp_path: Path,
) -> None:
    articles = illustrated(tmp_path, WORDY)
    async with channels(tmp_path, articles, "rich") as (w, chats):
        refusing, old = chats
        w.sandbox.faults.answer(
            400, "Bad Request: RICH_UNKNOWN", method="sendRichMessage", chat_id=refusing.id
        )
        w.sandbox.faults.answer(
            404, "Not Found: method not found", method="sendRichMessage", chat_id=old.id
        )
        await post(w)
        for chat in chats:
            told = [text_of(one) for one in w.ours(chat)]
            assert len(told) == 1
            assert [title for title in WORDY if title in told[0]] == WORDY
            assert told[0].startswith("Gazette · ")
            assert "reply_markup" in w.ours(chat)[0]
        assert w.gazette.disabled is None
        assert await states(w) == {State.SENT}

        # The next one is a list from the start, also for whoever starts again.
        # It has its one other form still: a button that is refused costs the button alone.
        await w.post(a_story("Later news of tea and nothing else", heat=90))
        w.sandbox.faults.answer(
            400, "Bad Request: BUTTON_URL_INVALID", method="sendMessage", chat_id=old.id
        )
        before = len([one for one in w.sandbox.calls if one.method == "sendRichMessage"])
        await post(w)
        assert [text_of(w.last(chat)).count("1. Later news") for chat in chats] == [1, 1]
        assert len([one for one in w.sandbox.calls if one.method == "sendRichMessage"]) == before


async def test_a_bad_picture_costs_a_rich_message_its_pictures_alone_and_a_cut_line_nothing(
    tmp_path: Path,
) -> None:
    articles = illustrated(tmp_path, TITLES)
    async with channels(tmp_path, articles, "rich") as (w, chats):
        bad, cut = chats
        w.sandbox.faults.answer(
            400,
            "Bad Request: IMAGE_PROCESS_FAILED",
            method="sendRichMessage",
            chat_id=bad.id,
        )
        w.sandbox.faults.add("cut-after", method="sendRichMessage", chat_id=cut.id)
        await post(w)
        (plain,) = w.ours(bad)
        assert not [one for one in plain["rich_message"]["blocks"] if one["type"] == "photo"]
        # What may have arrived is not asked for in another form: it is sent again as it was.
        assert [list(one["rich_message"]) for one in w.ours(cut)] == [["blocks"], ["blocks"]]
        kept = await w.gazette.ledger.deliveries.keeping_to_lists(
            [ChatId(bad.id), ChatId(cut.id)], since=w.gazette.clock.now() - timedelta(days=1)
        )
        assert kept == frozenset()


@pytest.mark.long
@pytest.mark.parametrize("failing", [1, 2])
async def test_a_part_of_an_album_that_fails_neither_doubles_nor_loses_a_story(
    tmp_path: Path, failing: int
) -> None:
    articles = illustrated(tmp_path, TITLES)
    async with channels(tmp_path, articles, "album") as (w, chats):
        store = w.gazette.messenger._photos._pictures
        assert store is not None
        await store.store.put(f"assets/{failing}.jpg", "AgACstale")
        await post(w)
        told = [text_of(one) for chat in chats for one in w.ours(chat)]
        for title in TITLES:
            assert sum(title in text for text in told) == len(chats)
        assert await states(w) == {State.SENT}


@pytest.mark.long
async def test_ten_hosts_that_hang_hold_up_no_digest(tmp_path: Path) -> None:
    async with serving() as host:
        host.answers("/hangs.jpg", hanging(host))
        articles = [
            a_story(
                f"Story with a silent host {n}",
                heat=100 - n,
                provider=f"paper{n}.example",
                images=[{"url": host.url("/hangs.jpg") + f"?{n}", "width": 900, "height": 600}],
            )
            for n in range(1, 9)
        ]
        options = Options(
            limits=UNHURRIED,
            rescan_every=timedelta(hours=1),
            allow_picture_from=host.allows,
            picture_patience=timedelta(seconds=0.5),
        )
        async with channels(tmp_path, articles, "cards", options=options) as (w, chats):
            await post(w)
            for chat in chats:
                messages = w.ours(chat)
                assert len(messages) == 8
                assert widths(messages) == []
            assert await states(w) == {State.SENT}
            # Nobody asked a second time, while the messages were sent.
            assert len(host.asked) <= 8


async def test_bad_pictures_cost_the_picture_and_good_ones_are_made_fit(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "secret camera"
    async with serving() as host:
        good = BytesIO()
        with Image.open(BytesIO(photo(1, (600, 400)))) as image:
            image.save(good, "JPEG", exif=exif)
        pictures = {
            "turned": good.getvalue(),
            "webp": photo(2, (500, 300), "WEBP"),
            "pixel": drawn("GIF", (1, 1)),
            "page": b"<html>no picture</html>",
        }
        articles = [
            a_story(
                f"Story with a {name}",
                heat=100 - n,
                provider=f"{name}.example",
                images=[{"url": host.serves(f"/{name}.jpg", data, content_type="image/jpeg")}],
            )
            for n, (name, data) in enumerate(pictures.items())
        ]
        options = Options(
            limits=UNHURRIED, rescan_every=timedelta(hours=1), allow_picture_from=host.allows
        )
        async with channels(tmp_path, articles, "cards", options=options) as (w, chats):
            await post(w)
            messages = w.ours(chats[0])
            assert [text_of(one).split("\n")[0] for one in messages] == [
                f"Story with a {name}" for name in pictures
            ]
            sizes = [one["photo"][-1] if "photo" in one else None for one in messages]
            assert [(size["width"], size["height"]) if size else None for size in sizes] == [
                (400, 600),
                (500, 300),
                None,
                None,
            ]
            assert sizes[0] is not None
            file = w.sandbox.world.files.find(sizes[0]["file_id"])
            assert file is not None
            assert b"secret camera" not in await file.read()
            assert sorted(host.asked) == sorted(f"/{name}.jpg" for name in pictures)
        kept = list((tmp_path / "gazette-pictures").iterdir())
        assert len(kept) == 2
