"""The messenger and the menus in the sandbox: what people see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.clock import SystemClock
from bot.domain.message import Button, Message, keyboard_json
from bot.domain.pacing import Limits
from bot.domain.subscription import Chat, ChatId, ChatKind, UserId
from bot.errors import GazetteError, SlowDown
from bot.gateway.application import Listeners, Telegram
from bot.gateway.beside import Beside
from bot.gateway.menus import Command, Menus
from bot.gateway.messenger import TelegramMessenger
from bot.gateway.pace import PacedCalls
from bot.gateway.photos import Pictures
from bot.sandbox.server import serve
from bot.sandbox.state import Sandbox
from tests.support.gallery import BY_UPLOAD, TEXT, Gallery, Memory, png


class Town:
    """The sandbox with a reader, a group and a channel, and a messenger in it."""

    def __init__(self, sandbox: Sandbox, messenger: TelegramMessenger, gallery: Gallery) -> None:
        self.sandbox = sandbox
        self.messenger = messenger
        self.gallery = gallery
        self.ann = sandbox.add_person("Ann", username="ann")
        self.group = sandbox.add_group("Group", administrators=(self.ann,))
        self.channel = sandbox.add_channel("News", username="news", administrators=(self.ann,))
        sandbox.say(self.ann, self.ann, "/start")


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    sandbox = Sandbox(clock=SystemClock())
    gallery = Gallery({"assets/a.png": png()})
    async with serve(sandbox) as address:
        line = Telegram(
            "999:sandbox-token",
            api_url=address,
            listeners=Listeners(on_conflict=print, on_disabled=print),
        )
        await line.start()
        pictures = Pictures(source=gallery, store=Memory())
        yield Town(sandbox, TelegramMessenger(line.bot, pictures=pictures), gallery)
        await line.close()


def keyboard() -> dict[str, object]:
    return keyboard_json(((Button(text="More", callback_data="1:n"),),))


async def test_a_message_arrives_and_is_edited_in_place(town: Town) -> None:
    private = ChatId(town.ann.id)
    done = await town.messenger.send(TEXT, chat_id=private, thread_id=0)
    wanted = Message(method="sendMessage", parameters={"text": "new", "reply_markup": keyboard()})
    await town.messenger.edit(wanted, chat_id=private, message_id=done.message_ids[0])
    await town.messenger.edit(wanted, chat_id=private, message_id=done.message_ids[0])
    shown = town.sandbox.messages(town.ann)[-1]
    assert (shown["message_id"], shown["text"]) == (done.message_ids[0], "new")
    assert shown["reply_markup"] == keyboard()


async def test_an_upload_serves_the_next_chat_by_its_file_id(town: Town) -> None:
    chats = [ChatId(town.ann.id), ChatId(town.channel.id)]
    done = [await town.messenger.send(BY_UPLOAD, chat_id=one, thread_id=0) for one in chats]
    assert done[0].file_id
    for chat in (town.ann, town.channel):
        shown = town.sandbox.messages(chat)[-1]
        assert shown["caption"] == "words"
        sizes = shown["photo"]
        assert isinstance(sizes, list)
        assert (sizes[-1]["width"], sizes[-1]["height"]) == (320, 180)
    assert town.gallery.asked == ["assets/a.png"]


async def test_text_and_picture_change_into_each_other(town: Town) -> None:
    private = ChatId(town.ann.id)
    done = await town.messenger.send(BY_UPLOAD, chat_id=private, thread_id=0)
    await town.messenger.edit(TEXT, chat_id=private, message_id=done.message_ids[0])
    assert town.sandbox.messages(town.ann)[-1]["caption"] == "words"
    done = await town.messenger.send(TEXT, chat_id=private, thread_id=0)
    await town.messenger.edit(BY_UPLOAD, chat_id=private, message_id=done.message_ids[0])
    assert town.sandbox.messages(town.ann)[-1]["photo"]


async def test_chats_and_members_are_looked_up(town: Town) -> None:
    assert await town.messenger.get_chat("@news") == Chat(
        id=ChatId(town.channel.id), kind=ChatKind.CHANNEL, title="News", username="news"
    )
    assert (await town.messenger.get_chat(ChatId(town.ann.id))).title == "Ann"
    channel = ChatId(town.channel.id)
    me = await town.messenger.get_chat_member(channel, UserId(999))
    assert me.is_administrator
    assert "can_post_messages" in me.rights
    found = await town.messenger.administrators(ChatId(town.group.id))
    assert town.ann.id in {one.user_id for one in found}


async def test_a_tap_is_answered_and_typing_is_shown(town: Town) -> None:
    private = ChatId(town.ann.id)
    message = Message(method="sendMessage", parameters={"text": "x", "reply_markup": keyboard()})
    done = await town.messenger.send(message, chat_id=private, thread_id=0)
    query = town.sandbox.press(town.ann, town.ann, done.message_ids[0], "More")
    await town.messenger.answer_callback(query, "Here")
    assert town.sandbox.answers[query].text == "Here"
    await town.messenger.chat_action(private)
    assert town.sandbox.typing(town.ann) == "typing"


async def test_menus_that_are_told_to_rest_are_set_afterwards(town: Town) -> None:
    class Rested(SystemClock):
        seconds = 0.0

        async def sleep(self, seconds: float) -> None:
            self.seconds += seconds

    clock = Rested()
    menus = Menus(Beside(town.messenger, PacedCalls(), clock))
    reader = [Command(name="help", description="What I can do")]
    town.sandbox.faults.add("429", method="setMyCommands", times=2, retry_after=7)
    await menus.set_for_readers(private=reader, groups=reader)
    assert [line["command"] for line in town.sandbox.commands(town.ann, town.ann)] == ["help"]
    assert clock.seconds >= 14  # as long as it was told, twice
    # Nobody who waits for an answer is kept waiting for a menu.
    town.sandbox.faults.add("429", method="setMyCommands", times=1, retry_after=7)
    with pytest.raises(SlowDown):
        await menus.set_for_operator(UserId(town.ann.id), reader)
    assert clock.seconds < 21


async def test_look_ups_and_menus_take_their_place_in_the_pace(town: Town) -> None:
    limits = Limits(per_second=100, burst=9, reserve=8)
    pace = PacedCalls(limits)
    beside = Beside(town.messenger, pace, SystemClock())
    begun = asyncio.get_running_loop().time()
    for _ in range(30):
        await beside.member(ChatId(town.group.id), UserId(town.ann.id))
    assert asyncio.get_running_loop().time() - begun >= 0.29


async def test_menus_differ_for_readers_and_operators(town: Town) -> None:
    menus = Menus(Beside(town.messenger, PacedCalls(), SystemClock()))
    reader = [Command(name="help", description="What I can do")]
    operator = [*reader, Command(name="post", description="Send a digest")]
    await menus.set_for_readers(private=reader, groups=reader[:1])
    await menus.set_for_operator(UserId(town.ann.id), operator)
    bob = town.sandbox.add_person("Bob")
    names = [line["command"] for line in town.sandbox.commands(town.ann, town.ann)]
    assert names == ["help", "post"]
    assert [line["command"] for line in town.sandbox.commands(bob, bob)] == ["help"]
    assert [line["command"] for line in town.sandbox.commands(bob, town.group)] == ["help"]
    await menus.clear_for_operator(UserId(town.ann.id))
    assert len(town.sandbox.commands(town.ann, town.ann)) == 1
    with pytest.raises(GazetteError):
        await menus.set_for_operator(UserId(987654321), operator)
