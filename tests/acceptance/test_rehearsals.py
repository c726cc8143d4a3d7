"""Every trouble that can be rehearsed, with the real bot: what chats and operators see of it."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.clock import SystemClock
from bot.domain.digest import DigestKind
from bot.domain.subscription import Chat as KnownChat
from bot.domain.subscription import ChatId, ChatKind, ChatState, Subscription
from bot.sandbox.chats import Chat, Person
from bot.sandbox.rehearsal import Started
from bot.sandbox.state import Sandbox
from bot.sandbox.troubles import TROUBLES, read_wish
from tests.support.world import TOKEN, World, stories, text_of, world

OPERATOR = 501


pytestmark = pytest.mark.long


def in_full(*values: object) -> Any:
    """Give values that only the long proofs try."""
    return pytest.param(*values, marks=pytest.mark.long)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The program with a channel, a reader who subscribed, and an operator."""

    w: World
    channel: Chat
    operator: Person

    def start(self, spec: str) -> Started:
        """Rehearse a trouble."""
        (one,) = self.w.sandbox.rehearsal.start(read_wish(spec))
        return one

    async def post(self) -> None:
        """Let the next digest go to everybody, and wait until every delivery is final."""
        gazette = self.w.gazette
        now = gazette.clock.now()
        composed = await gazette.composer.compose(await gazette.slots.readers(now), now=now)
        assert composed
        await gazette.composer.store(composed, kind=DigestKind.SLOT, now=now)
        gazette.courier.wake()
        await self.w.settled()

    def stories_in(self, place: Chat | Person | int) -> Counter[str]:
        """How often a chat shows each story."""
        texts = [text_of(message) for message in self.w.ours(place)]
        names = [f"Tea story number {number}" for number in range(1, 13)]
        counts = Counter({name: sum(f"{name}\n" in text for text in texts) for name in names})
        return +counts

    async def state_of(self, place: Chat | Person) -> ChatState:
        chat: KnownChat | None = await self.w.gazette.ledger.subscriptions.chat(ChatId(place.id))
        assert chat is not None
        return chat.state

    async def sleeps(self, place: Chat | Person) -> bool:
        return await self.state_of(place) is ChatState.ASLEEP

    async def told(self, words: str) -> str:
        """Wait for a notice to the operator with these words."""

        def found() -> str:
            texts = map(text_of, self.w.ours(self.operator))
            return next((text for text in texts if words in text), "")

        return await self.w.until(found)


@contextlib.asynccontextmanager
async def stage(folder: Path, **settings: Any) -> AsyncIterator[Stage]:
    sandbox = Sandbox(TOKEN, clock=SystemClock())
    channel = sandbox.add_channel("News", username="rehearsed_news")
    operator = sandbox.add_person("Omar", user_id=OPERATOR)
    given = {"CHANNELS": "@rehearsed_news", "OPERATORS": str(OPERATOR), "DIGEST_SIZE": "3"}
    async with world(folder, articles=stories(12), sandbox=sandbox, settings=given | settings) as w:
        await w.ask(operator, "/start")
        yield Stage(w=w, channel=channel, operator=operator)


FIRST = {f"Tea story number {number}": 1 for number in (1, 2, 3)}


@pytest.mark.parametrize(
    "spec", ["429:retry=1", in_full("flood:seconds=1:retry=1"), in_full("429:retry=1:times=2")]
)
async def test_who_is_asked_to_wait_waits_and_sends_once(tmp_path: Path, spec: str) -> None:
    async with stage(tmp_path) as s:
        trouble = s.start(f"{spec}:chat=@rehearsed_news")
        await s.post()
        assert trouble.is_over
        assert s.stories_in(s.channel) == FIRST


async def test_a_cut_before_the_message_was_taken_loses_nothing(tmp_path: Path) -> None:
    async with stage(tmp_path) as s:
        s.start("cut-before")
        await s.post()
        assert s.stories_in(s.channel) == FIRST


@pytest.mark.parametrize("spec", ["cut-after", in_full("malformed")])
@pytest.mark.parametrize(("policy", "copies"), [("resend", 2), in_full("skip", 1)])
async def test_what_was_taken_without_an_answer_is_sent_as_the_settings_say(
    tmp_path: Path, spec: str, policy: str, copies: int
) -> None:
    async with stage(tmp_path, UNCERTAIN=policy) as s:
        s.start(spec)
        await s.post()
        assert set(s.stories_in(s.channel).values()) == {copies}


@pytest.mark.parametrize("spec", [in_full("500"), "502"])
async def test_a_server_in_trouble_costs_no_digest(tmp_path: Path, spec: str) -> None:
    async with stage(tmp_path) as s:
        s.start(spec)
        await s.post()
        assert s.stories_in(s.channel) == FIRST


@pytest.mark.long
async def test_an_answer_that_is_too_slow_makes_the_message_uncertain(tmp_path: Path) -> None:
    """Takes as long as the bot has patience; meanwhile the others are served."""
    async with stage(tmp_path, UNCERTAIN="skip") as s:
        await s.w.gazette.ledger.subscriptions.subscribe(
            Subscription(chat_id=ChatId(s.operator.id)), s.w.gazette.clock.now()
        )
        s.start("slow:chat=@rehearsed_news")
        gazette = s.w.gazette
        now = gazette.clock.now()
        composed = await gazette.composer.compose(await gazette.slots.readers(now), now=now)
        await gazette.composer.store(composed, kind=DigestKind.SLOT, now=now)
        gazette.courier.wake()
        await s.w.until(lambda: s.stories_in(s.operator))

        async def is_one_open() -> bool:
            return await gazette.ledger.deliveries.open_count() == 1

        await s.w.stored(is_one_open)
        answer = await s.w.ask(s.w.reader, "/hot")
        assert "Tea story" in text_of(answer)

        async def is_through() -> bool:
            return await gazette.ledger.deliveries.open_count() == 0

        for _ in range(5):  # each waits up to ten seconds
            with contextlib.suppress(TimeoutError):
                await s.w.stored(is_through)
                break
        assert await is_through()
        assert s.stories_in(s.channel) == FIRST


async def test_a_picture_that_is_refused_costs_the_picture_alone(tmp_path: Path) -> None:
    sandbox_picture = {"url": "/assets/tea.png", "width": 800, "height": 420}
    from PIL import Image

    target = tmp_path / "articles" / "assets" / "tea.png"
    target.parent.mkdir(parents=True)
    Image.new("RGB", (800, 420), "olive").save(target)
    sandbox = Sandbox(TOKEN, clock=SystemClock())
    channel = sandbox.add_channel("News", username="rehearsed_news")
    settings = {"CHANNELS": "@rehearsed_news", "DIGEST_LAYOUT": "cards"}
    fresh = stories(2, images=[sandbox_picture])
    async with world(tmp_path, articles=fresh, sandbox=sandbox, settings=settings) as w:
        s = Stage(w=w, channel=channel, operator=w.reader)
        s.start("bad-picture:times=always")
        await s.post()
        first, second = w.ours(channel)
        assert "photo" not in first | second
        assert text_of(first).startswith("Tea story number 1")


async def test_who_blocks_is_left_alone_and_has_the_next_digest_after_coming_back(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path) as s:
        reader = s.w.reader
        answer = await s.w.ask(reader, "/subscribe")
        await s.w.next_message(reader, {answer["message_id"]})
        await s.w.settled()
        had = len(s.w.ours(reader))
        trouble = s.start(f"blocked:chat={reader.id}")
        await s.w.stored(lambda: s.sleeps(reader))
        await s.post()
        assert len(s.w.ours(reader)) == had
        assert s.stories_in(s.channel) == FIRST
        s.w.sandbox.rehearsal.end(trouble.id)

        async def is_awake() -> bool:
            return not await s.sleeps(reader)

        await s.w.stored(is_awake)
        await s.post()
        assert len(s.w.ours(reader)) == had + 1


async def test_a_channel_that_throws_the_bot_out_sleeps_until_it_is_back(tmp_path: Path) -> None:
    async with stage(tmp_path) as s:
        trouble = s.start("kicked:chat=@rehearsed_news")
        await s.w.stored(lambda: s.sleeps(s.channel))
        s.w.sandbox.rehearsal.end(trouble.id)

        async def is_awake() -> bool:
            return not await s.sleeps(s.channel)

        await s.w.stored(is_awake)
        await s.post()
        assert s.stories_in(s.channel) == FIRST


@pytest.mark.parametrize("is_standing", [in_full(False), True])
async def test_a_group_that_moves_has_every_digest_once_under_its_new_id(
    tmp_path: Path, is_standing: bool
) -> None:
    sandbox = Sandbox(TOKEN, clock=SystemClock())
    ann = sandbox.add_person("Ann")
    group = sandbox.add_group("Tea club", kind="group", members=(ann,))
    settings = {"CHANNELS": str(group.id) if is_standing else "", "DIGEST_SIZE": "3"}
    async with world(tmp_path, articles=stories(12), sandbox=sandbox, settings=settings) as w:
        s = Stage(w=w, channel=group, operator=ann)
        if not is_standing:
            wish = Subscription(chat_id=ChatId(group.id), chat_kind=ChatKind.GROUP)
            await w.gazette.ledger.subscriptions.subscribe(wish, w.gazette.clock.now())
        await s.post()
        assert s.stories_in(group) == FIRST
        s.start("migrated")
        assert group.migrated_to is not None
        for _ in range(2):
            await s.post()
        assert s.stories_in(group) == FIRST
        assert set(s.stories_in(group.migrated_to)) == {
            f"Tea story number {number}" for number in range(4, 10)
        }
        assert set(s.stories_in(group.migrated_to).values()) == {1}
    async with world(tmp_path, sandbox=sandbox, settings=settings) as w:
        s = Stage(w=w, channel=group, operator=ann)
        await s.post()
        assert len(s.stories_in(group.migrated_to)) == 9


async def test_a_closed_topic_stops_its_own_digest_and_the_operator_is_told(tmp_path: Path) -> None:
    async with stage(tmp_path) as s:
        forum = s.w.sandbox.add_group("Forum", forum=True, members=(s.w.reader,))
        thread = s.w.sandbox.add_topic(s.w.reader, forum, "News")
        wish = Subscription(
            chat_id=ChatId(forum.id), thread_id=thread, chat_kind=ChatKind.SUPERGROUP
        )
        await s.w.gazette.ledger.subscriptions.subscribe(wish, s.w.gazette.clock.now())
        s.start("closed")
        await s.post()
        assert f"Topic {thread} of chat {forum.id} is closed" in await s.told("Topic")
        assert await s.state_of(forum) is ChatState.AWAKE
        assert s.stories_in(forum) == {}
        assert s.stories_in(s.channel) == FIRST


def test_every_trouble_is_rehearsed_here() -> None:
    here = Path(__file__)
    text = "".join(one.read_text() for one in (here, here.with_name("test_machine_clock.py")))
    assert [name for name in TROUBLES if f'"{name}' not in text] == []
