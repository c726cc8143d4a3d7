"""Two taps at once do one thing, and a broadcast keeps nobody waiting who asks."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.domain.digest import DigestKind
from bot.domain.subscription import Chat, ChatId, ChatKind, Subscription
from bot.parts import Options
from bot.sandbox.chats import Membership
from bot.sandbox.state import Sandbox
from tests.support.world import TOKEN, World, stories, text_of, world

READERS = 240
"""Eight seconds of a broadcast at Telegram's pace."""


async def test_two_taps_at_once_do_one_thing(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(2)) as w:
        start = await w.ask(w.reader, "/start")
        taps = [w.sandbox.forge(w.reader, w.reader, start["message_id"], "1:sub") for _ in range(3)]
        answers = [await w.answered(query) for query in taps]
        await w.settled()
        assert sum(answer.text.startswith("Subscribed") for answer in answers) == 1
        confirmed = [one for one in w.ours(w.reader) if "will get the digest" in text_of(one)]
        digests = [one for one in w.ours(w.reader) if "Tea story number 1" in text_of(one)]
        assert (len(confirmed), len(digests)) == (1, 1)


async def _with_readers(w: World) -> None:
    """Let many people have pressed Start and subscribed."""
    now = w.gazette.clock.now()
    subscriptions = w.gazette.ledger.subscriptions
    for number in range(READERS):
        person = w.sandbox.add_person(f"Reader {number}")
        w.sandbox.chat(person).bot = Membership(status="member")
        chat = Chat(id=ChatId(person.id), kind=ChatKind.PRIVATE)
        await subscriptions.see_chat(chat, now)
        await subscriptions.subscribe(Subscription(chat_id=chat.id), now)


@pytest.mark.long
async def test_who_asks_during_a_broadcast_is_answered_within_a_second(tmp_path: Path) -> None:
    sandbox = Sandbox(TOKEN, clock=SystemClock(), flood=True)
    options = Options(rescan_every=timedelta(hours=1))  # Telegram's own pace
    async with world(tmp_path, articles=stories(9), sandbox=sandbox, options=options) as w:
        await w.ask(w.reader, "/start")
        await _with_readers(w)
        gazette = w.gazette
        now = gazette.clock.now()
        composed = await gazette.composer.compose(
            await gazette.ledger.subscriptions.active(), now=now
        )
        await gazette.composer.store(composed, kind=DigestKind.SLOT, now=now)
        gazette.courier.wake()
        waits: list[float] = []
        for words in ("tea", "/hot", "/latest", "robtos", "/topics", "tea number 3"):
            await asyncio.sleep(0.7)  # a person reads and types; the broadcast goes on
            assert await gazette.ledger.deliveries.open_count() > 0, "the broadcast is over"
            began = time.perf_counter()
            await w.ask(w.reader, words)
            waits.append(time.perf_counter() - began)
        print(f"answers during a broadcast: {', '.join(f'{wait * 1000:.0f}' for wait in waits)} ms")
        assert max(waits) < 1.0
        assert not [call for call in w.sandbox.calls if call.status == 429]


@pytest.mark.long
async def test_a_thousand_followed_topics_fit_everywhere(tmp_path: Path) -> None:
    names = tuple(f"Topic <{number}> & more" for number in range(1000))
    tree = [{"name": name} for name in (*names, "Tea")]
    async with world(tmp_path, articles=stories(2), topics=tree) as w:
        await w.ask(w.reader, "/start")
        now = w.gazette.clock.now()
        chat_id = ChatId(w.reader.id)
        wish = Subscription(chat_id=chat_id, followed=(*names, "Tea"), muted=names[:500])
        await w.gazette.ledger.subscriptions.wish(wish, now)
        for text in ("/follow", "/unfollow", "/mute", "/settings", "/why", "/topics", "/follow x"):
            await w.ask(w.reader, text)
        confirmed = await w.ask(w.reader, "/subscribe")
        assert "will get the digest" in text_of(confirmed)
        await w.until(lambda: "Tea story number 1" in text_of(w.last(w.reader)))
        undone = await w.ask(w.reader, "/unfollow tea")
        assert "Tea" in text_of(undone)
        stored = await w.gazette.ledger.subscriptions.get(chat_id)
        assert stored is not None
        assert len(stored.followed) == 1000
