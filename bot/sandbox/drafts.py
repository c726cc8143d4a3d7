"""What all sending and editing methods read: the words, the place and the keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.sandbox.chats import Chat, check_may_write, check_servers_word, check_thread
from bot.sandbox.entities import (
    Entity,
    check_links,
    format_text,
    parse_entities,
    with_autolinks,
)
from bot.sandbox.errors import bad_request
from bot.sandbox.keyboards import (
    Keyboard,
    check_keyboard,
    inline_json,
    judge_keyboard,
    parse_keyboard,
)
from bot.sandbox.messages import Json, Message, sender_in
from bot.sandbox.parameters import Parameters
from bot.sandbox.text import is_visible
from bot.sandbox.world import World

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_RAW_BYTES = 1 << 15


@dataclass(frozen=True, slots=True)
class Words:
    """A text or caption as it was given: entities parsed, nothing checked against it."""

    text: str
    entities: tuple[Entity, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a message goes and what hangs on it; the bot may write there."""

    chat: Chat
    thread_id: int | None = None
    reply_to: Message | None = None
    keyboard: Keyboard | None = None
    is_protected: bool = False


def read_text(world: World, parameters: Parameters) -> Words:
    """Read `text` and `entities` of a text message."""
    text = parameters.text("text")
    if not text:
        raise bad_request("message text is empty")
    return _read_words(world, text, parameters, "entities")


def read_caption(world: World, parameters: Parameters) -> Words:
    """Read `caption` and `caption_entities`."""
    return _read_words(world, parameters.text("caption"), parameters, "caption_entities")


def _read_words(world: World, text: str, parameters: Parameters, entities: str) -> Words:
    if len(text.encode("utf-8", "surrogatepass")) > MAX_RAW_BYTES:
        raise bad_request("text is too long")
    if parameters.text("parse_mode"):
        raise bad_request("this sandbox takes entities, not parse_mode")
    value = parameters.json(entities, "can't parse entities JSON object")
    return Words(text, parse_entities(value, user=world.user_json))


def read_keyboard(parameters: Parameters) -> Keyboard | None:
    """Read `reply_markup`; only its form is judged."""
    value = parameters.json("reply_markup", "can't parse reply keyboard markup JSON object")
    return parse_keyboard(value)


def read_place(world: World, parameters: Parameters, *, kind: str = "text messages") -> Place:
    """Find where a new message goes, with Telegram's checks in Telegram's order."""
    reply = _read_reply(parameters)
    keyboard = read_keyboard(parameters)
    chat = world.chats.reachable(parameters.values.get("chat_id"))
    thread_id = check_thread(chat, parameters.integer("message_thread_id"))
    reply_to = _find_reply(world, chat, reply)
    check_may_write(chat, kind)
    return Place(
        chat=chat,
        thread_id=thread_id,
        reply_to=reply_to,
        keyboard=check_keyboard(keyboard, chat_kind=chat.kind),
        is_protected=parameters.boolean("protect_content"),
    )


def _read_reply(parameters: Parameters) -> Json:
    value = parameters.json("reply_parameters", "can't parse reply parameters JSON object")
    if value is None:
        if not parameters.integer("reply_to_message_id"):
            return {}
        return {
            "message_id": parameters.integer("reply_to_message_id"),
            "allow_sending_without_reply": parameters.boolean("allow_sending_without_reply"),
        }
    if not isinstance(value, dict):
        raise bad_request("can't parse reply parameters: expected an Object")
    if not isinstance(value.get("message_id"), int):
        raise bad_request("can't parse reply parameters: Can't find field \"message_id\"")
    return value


def _find_reply(world: World, chat: Chat, reply: Json) -> Message | None:
    if not reply:
        return None
    source = world.chats.find(reply["chat_id"]) if reply.get("chat_id") else chat
    found = world.messages.find(source, int(str(reply["message_id"]))) if source else None
    if found is None and reply.get("allow_sending_without_reply") is not True:
        raise bad_request("message to be replied not found")
    return found


def settle_text(words: Words) -> tuple[str, tuple[Entity, ...]]:
    """Clean a text and check it as the text of a message."""
    text, entities = format_text(words.text, check_links(words.entities))
    if not is_visible(text):
        raise bad_request("text must be non-empty")
    if len(text) > MAX_TEXT:
        raise bad_request("message is too long")
    return text, with_autolinks(text, entities)


def settle_caption(words: Words) -> tuple[str, tuple[Entity, ...]]:
    """Clean a caption; one with nothing visible is none."""
    text, entities = format_text(words.text, check_links(words.entities))
    if not is_visible(text):
        return "", ()
    if len(text) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    return text, with_autolinks(text, entities)


async def pass_servers(world: World, place: Place, *, count: int = 1) -> None:
    """Meet what only Telegram's servers refuse: flood, blocked, closed, odd buttons."""
    await world.flood.admit(place.chat, count=count)
    check_servers_word(place.chat, place.thread_id)
    judge_keyboard(place.keyboard, chat_kind=place.chat.kind)


def post(world: World, place: Place, content: Json, *, preview: Json | None = None) -> Message:
    """Put the bot's message into its place."""
    chat = place.chat
    keyboard = place.keyboard
    return world.post(
        Message(
            id=world.messages.next_id(chat),
            chat=chat,
            sent_at=world.clock.now(),
            content=content,
            sender=sender_in(chat, world.bot),
            is_ours=True,
            thread_id=place.thread_id,
            reply_to=place.reply_to,
            reply_markup=inline_json(keyboard),
            is_editable=keyboard is None or keyboard.is_inline,
            is_protected=place.is_protected,
            preview=preview,
        )
    )


def preview_of(
    world: World, text: str, entities: Sequence[Entity], options: Json
) -> tuple[Json, Json | None]:
    """Give the message field and the preview card that come of link_preview_options."""
    extra: Json = {"link_preview_options": options} if options else {}
    return extra, world.web.preview(text, entities, options)
