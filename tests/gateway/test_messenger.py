"""The messenger against a server with moods."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from bot.domain.message import Draft, Message, Text
from bot.domain.subscription import ChatId
from bot.errors import (
    Aspect,
    BotDisabled,
    ChatGone,
    ChatMoved,
    OutcomeUnknown,
    SendError,
    SlowDown,
    Unfit,
    Unreachable,
)
from bot.gateway.application import Listeners, Telegram
from bot.gateway.messenger import TelegramMessenger
from bot.gateway.photos import Pictures
from bot.publishing.inline import InlinePage
from bot.publishing.ports import Messenger
from tests.support.gallery import BY_UPLOAD, BY_URL, TEXT, URL, Gallery, Memory, png
from tests.support.odd_server import Act, OddServer, cut, refuses, result, silent

CHAT = ChatId(5)
UNFETCHED = refuses(400, "Bad Request: failed to get HTTP URL content")
STALE = refuses(400, "Bad Request: wrong remote file identifier specified: can't unserialize it")


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
    button = {"text": "Open", "start_parameter": "hot"}
    await scene.messenger.answer_inline("2", InlinePage(button=button))
    assert scene.server.requests[0].parameters == {
        "callback_query_id": "1",
        "text": "x" * 200,
        "show_alert": True,
    }
