"""The messenger against a server with moods, and against the sandbox."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from PIL import Image

from bot.clock import SystemClock
from bot.domain.message import Button, Draft, Message, Text, keyboard_json
from bot.domain.subscription import Chat, ChatId, ChatKind, UserId
from bot.errors import (
    Aspect,
    BotDisabled,
    ChatGone,
    ChatMoved,
    GazetteError,
    OutcomeUnknown,
    PictureError,
    SendError,
    SlowDown,
    StoreError,
    Unfit,
    Unreachable,
)
from bot.gateway.application import Listeners, Telegram
from bot.gateway.menus import Command, Menus
from bot.gateway.messenger import TelegramMessenger
from bot.gateway.photos import Pictures
from bot.publishing.ports import Messenger
from bot.sandbox.server import serve
from bot.sandbox.state import Sandbox
from tests.support.odd_server import Act, OddServer, cut, refuses, result, silent

CHAT = ChatId(5)
URL = "https://pictures.test/a.jpg"
TEXT = Draft(text=Text("words"), is_silent=True).finished()
BY_URL = Draft(text=Text("words"), photo=URL).finished()
BY_UPLOAD = Draft(text=Text("words"), photo="attach://assets/a.png").finished()
UNFETCHED = refuses(400, "Bad Request: failed to get HTTP URL content")
STALE = refuses(400, "Bad Request: wrong remote file identifier specified: can't unserialize it")


def png(width: int = 320, height: int = 180) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "PNG")
    return out.getvalue()


@dataclass(frozen=True)
class Picture:
    data: bytes
    name: str = "a.png"


@dataclass
class Gallery:
    """A source with some pictures and no others."""

    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def load(self, key: str) -> Picture:
        self.asked.append(key)
        if key not in self.files:
            raise PictureError("no such picture")
        return Picture(self.files[key])


@dataclass
class Memory:
    """A store that may fail when it should remember."""

    ids: dict[str, str] = field(default_factory=dict)
    is_full: bool = False

    async def get(self, key: str) -> str | None:
        return self.ids.get(key)

    async def put(self, key: str, file_id: str) -> None:
        if self.is_full:
            raise StoreError("disk full")
        self.ids[key] = file_id

    async def drop(self, key: str) -> None:
        del self.ids[key]


@dataclass
class Scene:
    """A messenger at the odd server, with its pictures."""

    messenger: TelegramMessenger
    gallery: Gallery
    memory: Memory
    server: OddServer

    async def send(
        self, message: Message, thread_id: int = 0
    ) -> tuple[tuple[int, ...], str | None]:
        done = await self.messenger.send(message, chat_id=CHAT, thread_id=thread_id)
        return done.message_ids, done.file_id

    async def fails(self, message: Message) -> SendError:
        with pytest.raises(SendError) as caught:
            await self.send(message)
        return caught.value

    @property
    def endpoints(self) -> list[str]:
        return [request.endpoint for request in self.server.requests]


@pytest.fixture
def scene(server: OddServer, telegram: Telegram) -> Scene:
    gallery, memory = Gallery({"assets/a.png": png(), URL: png()}), Memory()
    pictures = Pictures(source=gallery, store=memory)
    return Scene(TelegramMessenger(telegram.bot, pictures=pictures), gallery, memory, server)


def photo_sent(file_id: str = "AgACfile") -> Act:
    sizes = [{"file_id": "small"}, {"file_id": file_id}]
    return result({"message_id": 8, "date": 1, "chat": {}, "photo": sizes})


def test_it_fulfils_the_port(scene: Scene) -> None:
    port: Messenger = scene.messenger
    assert port is scene.messenger


async def test_a_text_is_sent_as_it_stands(scene: Scene) -> None:
    assert await scene.send(TEXT) == ((7,), None)
    assert scene.endpoints == ["sendMessage"]
    assert scene.server.requests[0].parameters == {"chat_id": 5, **TEXT.parameters}


async def test_a_thread_is_named_and_the_general_one_left_out(scene: Scene) -> None:
    await scene.send(TEXT, thread_id=42)
    await scene.send(TEXT, thread_id=0)
    assert scene.server.requests[0].parameters["message_thread_id"] == 42
    assert "message_thread_id" not in scene.server.requests[1].parameters


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (cut, OutcomeUnknown),
        (refuses(401, "Unauthorized"), BotDisabled),
        (refuses(404, "Not Found"), BotDisabled),
        (refuses(403, "Forbidden: bot was blocked by the user"), ChatGone),
        (refuses(429, "Too Many Requests: retry after 3", retry_after=3), SlowDown),
        (refuses(400, "Bad Request: x", migrate_to_chat_id=-100), ChatMoved),
        (refuses(500, "Internal Server Error: restart"), Unreachable),
        (result(True), OutcomeUnknown),
    ],
)
async def test_every_failure_is_named_by_what_became_of_the_call(
    scene: Scene, act: Act, kind: type[SendError]
) -> None:
    scene.server.acts.append(act)
    assert type(await scene.fails(TEXT)) is kind
    assert len(scene.server.requests) == 1


async def test_a_server_that_is_not_there_is_unreachable(closed_port: int) -> None:
    line = Telegram(
        "1:x",
        api_url=f"http://127.0.0.1:{closed_port}",
        listeners=Listeners(on_conflict=print, on_disabled=print),
    )
    await line.bot.request.initialize()
    with pytest.raises(Unreachable):
        await TelegramMessenger(line.bot).send(TEXT, chat_id=CHAT, thread_id=0)
    await line.bot.request.shutdown()


async def test_a_new_picture_goes_by_its_address_and_then_by_its_file_id(scene: Scene) -> None:
    scene.server.acts.extend([photo_sent(), photo_sent("again")])
    assert await scene.send(BY_URL) == ((8,), "AgACfile")
    assert await scene.send(BY_URL) == ((8,), "again")
    photos = [request.parameters["photo"] for request in scene.server.requests]
    assert photos == [URL, "AgACfile"]
    assert scene.gallery.asked == []


async def test_a_file_is_uploaded_once(scene: Scene) -> None:
    scene.server.acts.extend([photo_sent(), photo_sent()])
    for _ in range(2):
        await scene.send(BY_UPLOAD)
    first, second = scene.server.requests
    assert first.headers["content-type"].startswith("multipart/form-data")
    assert png() in first.body
    assert b'name="photo"; filename="a.png"' in first.body
    assert b"attach://" not in first.body
    assert second.parameters["photo"] == "AgACfile"
    assert scene.gallery.asked == ["assets/a.png"]


async def test_many_at_once_upload_a_picture_once(scene: Scene) -> None:
    released = asyncio.Event()
    scene.server.acts.append(silent(released, photo_sent()))
    scene.server.otherwise = photo_sent()
    calls = [asyncio.create_task(scene.send(BY_UPLOAD)) for _ in range(20)]
    await scene.server.until(lambda: bool(scene.server.requests))
    released.set()
    await asyncio.gather(*calls)
    kinds = [request.headers["content-type"][:9] for request in scene.server.requests]
    assert kinds == ["multipart", *["applicati"] * 19]


async def test_a_stale_file_id_is_dropped_and_the_picture_given_again(scene: Scene) -> None:
    scene.memory.ids[URL] = "old"
    scene.server.acts.extend([STALE, photo_sent("new")])
    assert await scene.send(BY_URL) == ((8,), "new")
    assert [request.parameters["photo"] for request in scene.server.requests] == ["old", URL]
    assert scene.memory.ids == {URL: "new"}


async def test_what_telegram_cannot_fetch_is_uploaded_once(scene: Scene) -> None:
    scene.server.acts.extend([UNFETCHED, photo_sent()])
    assert await scene.send(BY_URL) == ((8,), "AgACfile")
    assert png() in scene.server.requests[1].body
    assert len(scene.server.requests) == 2


async def test_a_picture_that_nobody_can_have_is_not_asked_for_by_every_chat(scene: Scene) -> None:
    scene.gallery.files.clear()
    scene.server.acts.append(UNFETCHED)
    for _ in range(3):
        error = await scene.fails(BY_URL)
        assert isinstance(error, Unfit)
        assert error.aspect is Aspect.PICTURE
    assert len(scene.server.requests) == 1
    assert scene.gallery.asked == [URL]


async def test_an_upload_that_is_refused_is_the_end_of_the_picture(scene: Scene) -> None:
    refused = refuses(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")
    scene.server.acts.extend([refused, refused])
    for _ in range(2):
        error = await scene.fails(BY_URL)
        assert isinstance(error, Unfit)
        assert error.aspect is Aspect.PICTURE
    assert len(scene.server.requests) == 2


async def test_a_missing_right_is_not_the_pictures_fault(scene: Scene) -> None:
    scene.memory.ids[URL] = "kept"
    scene.server.acts.append(
        refuses(400, "Bad Request: not enough rights to send photos to the chat")
    )
    assert isinstance(await scene.fails(BY_URL), Unfit)
    assert scene.memory.ids == {URL: "kept"}
    assert len(scene.server.requests) == 1


@pytest.mark.parametrize("message", [BY_URL, BY_UPLOAD])
async def test_an_uncertain_picture_is_never_tried_another_way(
    scene: Scene, message: Message
) -> None:
    scene.server.acts.append(cut)
    assert isinstance(await scene.fails(message), OutcomeUnknown)
    assert len(scene.server.requests) == 1


async def test_a_store_that_forgets_does_not_lose_the_message(scene: Scene) -> None:
    scene.memory.is_full = True
    scene.server.acts.append(photo_sent())
    assert await scene.send(BY_UPLOAD) == ((8,), "AgACfile")


async def test_without_pictures_a_file_is_unfit(telegram: Telegram) -> None:
    with pytest.raises(Unfit):
        await TelegramMessenger(telegram.bot).send(BY_UPLOAD, chat_id=CHAT, thread_id=0)


async def test_an_edit_without_a_change_is_done(scene: Scene) -> None:
    scene.server.acts.append(refuses(400, "Bad Request: message is not modified: specified new"))
    await scene.messenger.edit(TEXT, chat_id=CHAT, message_id=3)
    assert scene.server.requests[0].parameters == {
        "chat_id": 5,
        "message_id": 3,
        "text": "words",
        "link_preview_options": {"is_disabled": True},
    }


async def test_a_text_over_a_picture_becomes_its_caption(scene: Scene) -> None:
    refused = refuses(400, "Bad Request: there is no text in the message to edit")
    scene.server.acts.extend([refused, result(True)])
    await scene.messenger.edit(TEXT, chat_id=CHAT, message_id=3)
    assert scene.endpoints == ["editMessageText", "editMessageCaption"]
    assert scene.server.requests[1].parameters["caption"] == "words"
    long = Draft(text=Text("x" * 1025)).finished()
    scene.server.acts.append(refused)
    with pytest.raises(Unfit) as caught:
        await scene.messenger.edit(long, chat_id=CHAT, message_id=3)
    assert caught.value.aspect is Aspect.LENGTH


async def test_a_picture_over_a_text_falls_back_to_the_words(scene: Scene) -> None:
    scene.server.acts.extend(
        [refuses(400, "Bad Request: message media can't be edited"), result(True)]
    )
    await scene.messenger.edit(BY_URL, chat_id=CHAT, message_id=3)
    assert scene.endpoints == ["editMessageMedia", "editMessageText"]
    assert scene.server.requests[1].parameters["text"] == "words"


async def test_a_tap_that_is_answered_too_late_is_forgotten(scene: Scene) -> None:
    late = refuses(400, "Bad Request: query is too old and response timeout expired or query ID")
    scene.server.acts.extend([late, late])
    await scene.messenger.answer_callback("1", "x" * 300, alert=True)
    await scene.messenger.answer_inline("2", [])
    assert scene.server.requests[0].parameters == {
        "callback_query_id": "1",
        "text": "x" * 200,
        "show_alert": True,
    }


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


async def test_menus_differ_for_readers_and_operators(town: Town) -> None:
    menus = Menus(town.messenger)
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
