"""Makes the calls of the Bot API that the bot needs, and says in our words what became of them.

Results are read as they come: building python-telegram-bot's objects costs more than the call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from telegram import Bot, InputFile
from telegram.error import TelegramError

from bot.domain.delivery import Sent
from bot.domain.message import (
    MAX_CAPTION,
    SEND_ALBUM,
    SEND_PHOTO,
    SEND_RICH,
    Message,
    without_picture,
)
from bot.domain.rich import is_picture
from bot.domain.subscription import NO_THREAD, Chat, ChatId, ChatKind, UserId
from bot.errors import Aspect, BotDisabled, NothingToDo, OutcomeUnknown, Refused, Unfit
from bot.gateway.failures import names_any, translate
from bot.gateway.newest import Newest
from bot.gateway.photos import Photo, Photos, Pictures
from bot.gateway.transport import AiohttpRequest
from bot.publishing.inline import InlinePage

MAX_CALLBACK_ANSWER = 200
"""Characters that Telegram shows after a tap (answerCallbackQuery)."""

_CAPTION = ("caption", "caption_entities")
_NOT_A_TEXT = ("there is no text in the message to edit",)
_NOT_A_PICTURE = ("message media can't be edited", "there is no media in the message")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What a person or bot is in a chat; `rights` are the `can_…` fields that are true."""

    user_id: UserId
    status: str
    rights: frozenset[str] = frozenset()

    @property
    def is_administrator(self) -> bool:
        """Whether this member may change what everybody in the chat sees."""
        return self.status in ("creator", "administrator")


class TelegramMessenger:
    """Sends, edits and asks; every failure is a SendError. It paces and repeats nothing.

    `bot` must make its calls through an AiohttpRequest. `on_disabled` hears of every call that
    ends as BotDisabled, whoever made it and whatever the caller makes of the error.
    """

    def __init__(
        self,
        bot: Bot,
        *,
        pictures: Pictures | None = None,
        on_disabled: Callable[[str], None] | None = None,
    ) -> None:
        if not isinstance(bot.request, AiohttpRequest):
            raise TypeError("the bot's request is not an AiohttpRequest")
        self._bot = bot
        self._request = bot.request
        self._photos = Photos(pictures)
        self._on_disabled = on_disabled
        self.newest = Newest()

    async def send(
        self, message: Message, *, chat_id: ChatId, thread_id: int, is_paid: bool = False
    ) -> Sent:
        """Send a message; a picture is given as file_id, by its address or as an upload.

        `is_paid`: it may cost Stars, and is not held to the free pace.

        Raises a SendError; never a PictureError, which becomes an Unfit of aspect PICTURE.
        """
        parameters: dict[str, Any] = {"chat_id": chat_id, **message.parameters}
        if thread_id != NO_THREAD:
            parameters["message_thread_id"] = thread_id
        if is_paid:
            parameters["allow_paid_broadcast"] = True
        sent = await self._sent(message.method, parameters)
        self.newest.note(chat_id, sent.message_ids)
        return sent

    async def _sent(self, method: str, parameters: dict[str, Any]) -> Sent:
        if method == SEND_ALBUM:
            return await self._send_album(parameters)
        if method == SEND_RICH:
            return Sent(message_ids=_ids_of(await self.call_rich(method, parameters)))
        if method != SEND_PHOTO:
            return Sent(message_ids=_ids_of(await self.call(method, parameters)))

        async def with_photo(photo: Photo) -> Any:
            return await self.call(method, parameters | {"photo": photo.as_parameter()})

        result, file_id = await self._photos.give(str(parameters.pop("photo")), with_photo)
        return Sent(message_ids=_ids_of(result), file_id=file_id)

    async def send_file(
        self, message: Message, file: tuple[str, bytes], *, chat_id: ChatId, thread_id: int
    ) -> None:
        """Send a file, name and content, with the caption of the message. Raises a SendError."""
        name, content = file
        parameters: dict[str, Any] = {"chat_id": chat_id, **message.parameters}
        if thread_id != NO_THREAD:
            parameters["message_thread_id"] = thread_id
        document = InputFile(content, filename=name)
        result = await self.call(message.method, {**parameters, "document": document})
        self.newest.note(chat_id, _ids_of(result))

    async def _send_album(self, parameters: Mapping[str, Any]) -> Sent:
        """Send an album; pictures that cannot be had are left out, the first one keeps the words.

        A single one that is left goes as a photo: Telegram promises albums of two and more.
        """
        media = parameters["media"]
        others = {key: value for key, value in parameters.items() if key != "media"}

        async def with_photos(photos: Mapping[int, Photo]) -> Any:
            items = [{**media[place]} for place in photos]
            if 0 not in photos and not any("caption" in item for item in media[1:]):
                items[0] |= _picked(media[0], _CAPTION)
            if len(photos) == 1:
                (photo,) = photos.values()
                alone = {"photo": photo.as_parameter(), **_picked(items[0], _CAPTION)}
                return await self.call(SEND_PHOTO, others | alone)
            given = [
                photo.as_item(item, number)
                for number, (photo, item) in enumerate(zip(photos.values(), items, strict=True))
            ]
            files = {name: file for _, one in given for name, file in one.items()}
            album: Any = [item for item, _ in given]
            if files:  # written out, or the library takes the list for objects of its own
                album = orjson.Fragment(orjson.dumps(album))
            return await self.call(SEND_ALBUM, {**others, "media": album, **files})

        photos = [str(item["media"]) for item in media]
        return Sent(message_ids=_ids_of(await self._photos.give_all(photos, with_photos)))

    async def call_rich(self, method: str, parameters: Mapping[str, Any]) -> Any:
        """Make a call with a rich message in it and give its result. Raises a SendError.

        Its pictures are given as file_id or upload; those that cannot be had are left out.
        """
        rich = parameters["rich_message"]
        places = [at for at, block in enumerate(rich["blocks"]) if is_picture(block)]

        async def with_photos(photos: Mapping[int, Photo]) -> Any:
            shown = {
                places[at]: photo.as_item(rich["blocks"][places[at]]["photo"], at)
                for at, photo in photos.items()
            }
            blocks = [
                {**block, "photo": shown[at][0]} if at in shown else block
                for at, block in enumerate(rich["blocks"])
                if at in shown or not is_picture(block)
            ]
            files = {name: file for _, given in shown.values() for name, file in given.items()}
            wanted: Any = {**rich, "blocks": blocks}
            if files:  # written out, or the library takes what is in it for objects of its own
                wanted = orjson.Fragment(orjson.dumps(wanted))
            return await self.call(method, {**parameters, "rich_message": wanted, **files})

        if not places:
            return await with_photos({})
        photos = [str(rich["blocks"][at]["photo"]["media"]) for at in places]
        return await self._photos.give_all(photos, with_photos, sent=_pictures_in)

    async def edit(self, message: Message, *, chat_id: ChatId, message_id: int) -> None:
        """Make a sent message look like `message`; done, too, when it looks so already.

        A text shown in place of a picture becomes its caption (Telegram takes no picture away),
        and is an Unfit of aspect LENGTH when it is too long for one. A picture in place of a
        text works; where the chat does not take it, the words alone are shown.
        """
        try:
            if message.method == SEND_PHOTO:
                await self._edit_picture(message, chat_id, message_id)
            else:
                await self._edit_text(message, chat_id, message_id)
        except NothingToDo:
            return

    async def answer_callback(self, query_id: str, text: str = "", *, alert: bool = False) -> None:
        """Stop the spinner of a tapped button; done, too, when it is too late for that."""
        parameters: dict[str, Any] = {"callback_query_id": query_id}
        if text:
            parameters |= {"text": text[:MAX_CALLBACK_ANSWER], "show_alert": alert}
        try:
            await self.call("answerCallbackQuery", parameters)
        except NothingToDo:
            return

    async def answer_inline(self, query_id: str, page: InlinePage) -> None:
        """Answer an inline query; done, too, when it is too late for that."""
        parameters = {
            "inline_query_id": query_id,
            "results": [dict(result) for result in page.results],
            "next_offset": page.next_offset,
            "cache_time": 0 if page.cached is None else int(page.cached.total_seconds()),
            "is_personal": True,  # it is in that person's language
            "button": dict(page.button),
        }
        try:
            await self.call("answerInlineQuery", parameters)
        except NothingToDo:
            return

    async def chat_action(
        self, chat_id: ChatId, action: str = "typing", *, thread_id: int = NO_THREAD
    ) -> None:
        """Show for up to five seconds what the bot is doing. Channels refuse it."""
        parameters: dict[str, Any] = {"chat_id": chat_id, "action": action}
        if thread_id != NO_THREAD:
            parameters["message_thread_id"] = thread_id
        await self.call("sendChatAction", parameters)

    async def get_chat(self, chat: ChatId | str) -> Chat:
        """Look up a chat by id or public @name (Telegram allows few look-ups of names a day)."""
        found = await self.call("getChat", {"chat_id": chat})
        title = found.get("title") or " ".join(
            found[key] for key in ("first_name", "last_name") if found.get(key)
        )
        return Chat(
            id=ChatId(found["id"]),
            kind=ChatKind(found["type"]),
            title=title,
            username=found.get("username"),
        )

    async def get_chat_member(self, chat_id: ChatId, user_id: UserId) -> Member:
        """Tell what a person or bot is in a chat."""
        found = await self.call("getChatMember", {"chat_id": chat_id, "user_id": user_id})
        return _member(found)

    async def administrators(self, chat_id: ChatId) -> tuple[Member, ...]:
        """Name the owner and the administrators of a group or channel."""
        found = await self.call("getChatAdministrators", {"chat_id": chat_id})
        return tuple(_member(one) for one in found)

    async def call(self, method: str, parameters: Mapping[str, Any]) -> Any:
        """Make any call of the Bot API and give its `result`. Raises a SendError."""
        try:
            if InputFile in map(type, parameters.values()):
                # With a capital, or the library warns that it has a method of that name; the
                # server does not mind.
                endpoint = method[0].upper() + method[1:]
                return await self._bot.do_api_request(endpoint, api_kwargs=dict(parameters))
            return await self._request.ask(f"{self._bot.base_url}/{method}", parameters)
        except TelegramError as error:
            translated = translate(error)
            if isinstance(translated, BotDisabled) and self._on_disabled is not None:
                self._on_disabled(str(translated))
            raise translated from error

    async def _edit_text(self, message: Message, chat_id: ChatId, message_id: int) -> None:
        address = {"chat_id": chat_id, "message_id": message_id}
        wanted = message.parameters
        names = ("text", "entities", "link_preview_options", "reply_markup")
        try:
            await self.call("editMessageText", address | _picked(wanted, names))
            return
        except Refused as error:
            if not names_any(error, _NOT_A_TEXT):
                raise
        if len(message.text) > MAX_CAPTION:
            raise Unfit(Aspect.LENGTH, "too long for the caption of a picture")
        caption: dict[str, Any] = {"caption": message.text}
        if "entities" in wanted:
            caption["caption_entities"] = wanted["entities"]
        caption |= _picked(wanted, ("reply_markup",))
        await self.call("editMessageCaption", address | caption)

    async def _edit_picture(self, message: Message, chat_id: ChatId, message_id: int) -> None:
        address = {"chat_id": chat_id, "message_id": message_id}
        wanted = message.parameters
        media = {"type": "photo", **_picked(wanted, ("caption", "caption_entities"))}

        async def with_photo(photo: Photo) -> Any:
            parameters = address | _picked(wanted, ("reply_markup",)) | photo.as_attachment(media)
            return await self.call("editMessageMedia", parameters)

        try:
            await self._photos.give(str(wanted["photo"]), with_photo)
        except Refused as error:
            if not names_any(error, _NOT_A_PICTURE):
                raise
            await self._edit_text(without_picture(message), chat_id, message_id)


def _pictures_in(result: Any) -> list[Any]:
    """Give the picture blocks of a rich message as it was sent, each as a message would be."""
    rich = result.get("rich_message") if isinstance(result, dict) else None
    blocks = rich.get("blocks", ()) if isinstance(rich, dict) else ()
    return [block for block in blocks if isinstance(block, dict) and is_picture(block)]


def _picked(parameters: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: parameters[name] for name in names if name in parameters}


def _ids_of(result: Any) -> tuple[int, ...]:
    """Collect message ids from one Message or from an album's list of them."""
    messages = result if isinstance(result, list) else [result]
    try:
        return tuple(int(message["message_id"]) for message in messages)
    except (TypeError, KeyError) as error:
        raise OutcomeUnknown("the answer holds no message id") from error


def _member(found: Mapping[str, Any]) -> Member:
    rights = frozenset(
        name for name, value in found.items() if name[:4] == "can_" and value is True
    )
    return Member(user_id=UserId(found["user"]["id"]), status=str(found["status"]), rights=rights)
