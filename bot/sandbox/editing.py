"""Methods that change or take away messages that stand in a chat."""

from __future__ import annotations

from datetime import timedelta

from bot.sandbox import drafts
from bot.sandbox.chats import Chat
from bot.sandbox.errors import bad_request
from bot.sandbox.keyboards import Keyboard, check_keyboard, inline_json, judge_keyboard
from bot.sandbox.messages import Json, Message, text_content
from bot.sandbox.parameters import Parameters
from bot.sandbox.rich import read_blocks, read_rich
from bot.sandbox.sending import media_content, read_media, read_preview_options
from bot.sandbox.world import World

MAX_AGE_TO_DELETE = timedelta(hours=48)
MAX_BULK = 100
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the "
    "same as a current content and reply markup of the message"
)
# What stays when the words of a media message change.
MEDIA_FIELDS = ("photo", "document", "has_media_spoiler", "media_group_id")


async def edit_message_text(world: World, parameters: Parameters) -> object:
    if "rich_message" in parameters.values:
        return await _edit_rich(world, parameters)
    words = drafts.read_text(world, parameters)
    options = read_preview_options(parameters)
    keyboard = drafts.read_keyboard(parameters)
    message = _find(world, parameters)
    if message.text is None:
        raise bad_request("there is no text in the message to edit")
    keyboard = check_keyboard(keyboard, chat_kind=message.chat.kind)
    text, entities = drafts.settle_text(words)
    extra, preview = drafts.preview_of(world, text, entities, options)
    return await _apply(
        world, message, text_content(text, entities) | extra, keyboard, preview=preview
    )


async def _edit_rich(world: World, parameters: Parameters) -> object:
    """Put blocks in the place of blocks or of a text."""
    if not world.takes_rich:
        raise bad_request("message text is empty")
    rich = read_rich(parameters)
    keyboard = drafts.read_keyboard(parameters)
    message = _find(world, parameters)
    if message.text is None and "rich_message" not in message.content:
        raise bad_request("there is no text in the message to edit")
    keyboard = check_keyboard(keyboard, chat_kind=message.chat.kind)
    content: Json = {"rich_message": read_blocks(world, parameters, rich)}
    return await _apply(world, message, content, keyboard)


async def edit_message_caption(world: World, parameters: Parameters) -> object:
    words = drafts.read_caption(world, parameters)
    keyboard = drafts.read_keyboard(parameters)
    message = _find(world, parameters)
    if not message.is_media:
        raise bad_request("there is no caption in the message to edit")
    keyboard = check_keyboard(keyboard, chat_kind=message.chat.kind)
    caption = drafts.settle_caption(words)
    content: Json = {
        name: message.content[name] for name in MEDIA_FIELDS if name in message.content
    }
    content |= text_content(*caption, name="caption")
    if parameters.boolean("show_caption_above_media"):
        content["show_caption_above_media"] = True
    return await _apply(world, message, content, keyboard)


async def edit_message_media(world: World, parameters: Parameters) -> object:
    value = parameters.json("media", "can't parse media JSON object")
    if value is None:
        raise bad_request("can't parse InputMedia: media not found")
    kind, media, words, switches = read_media(world, value, parameters.files)
    keyboard = drafts.read_keyboard(parameters)
    message = _find(world, parameters)
    album_id = message.content.get("media_group_id")
    if album_id is not None and kind not in message.content:
        raise bad_request("message media can't be edited")
    keyboard = check_keyboard(keyboard, chat_kind=message.chat.kind)
    caption = drafts.settle_caption(words)
    content = media_content(kind, world.files.give(kind, media, parameters.files)) | switches
    if album_id is not None:
        content["media_group_id"] = album_id
    content |= text_content(*caption, name="caption")
    return await _apply(world, message, content, keyboard)


async def edit_message_reply_markup(world: World, parameters: Parameters) -> object:
    keyboard = drafts.read_keyboard(parameters)
    message = _find(world, parameters)
    keyboard = check_keyboard(keyboard, chat_kind=message.chat.kind)
    return await _apply(
        world, message, message.content, keyboard, preview=message.preview, is_visible=False
    )


def _find(world: World, parameters: Parameters) -> Message:
    if parameters.text("inline_message_id"):
        # Messages sent by way of inline results are not kept here.
        raise bad_request("MESSAGE_ID_INVALID")
    chat = world.chats.reachable(parameters.values.get("chat_id"))
    message_id = parameters.integer("message_id")
    if message_id <= 0:
        raise bad_request("message identifier is not specified")
    message = world.messages.find(chat, message_id)
    if message is None:
        raise bad_request("message to edit not found")
    foreign = not message.is_ours and not (
        chat.kind == "channel" and chat.has_right("can_edit_messages")
    )
    if foreign or not message.is_editable:
        raise bad_request("message can't be edited")
    return message


async def _apply(
    world: World,
    message: Message,
    content: Json,
    keyboard: Keyboard | None,
    *,
    preview: Json | None = None,
    is_visible: bool = True,
) -> object:
    if keyboard is not None and not keyboard.is_inline:
        raise bad_request("inline keyboard expected")
    markup = inline_json(keyboard)
    if content == message.content and markup == message.reply_markup:
        raise bad_request(NOT_MODIFIED)
    await world.flood.admit_edit(message.chat)
    judge_keyboard(keyboard, chat_kind=message.chat.kind)
    message.content, message.reply_markup, message.preview = content, markup, preview
    if is_visible:  # a changed keyboard alone shows no "edited"
        message.edited_at = world.clock.now()
    world.changed(message)
    return message.to_json()


async def delete_message(world: World, parameters: Parameters) -> object:
    chat = world.chats.reachable(parameters.values.get("chat_id"))
    message_id = parameters.integer("message_id")
    if message_id <= 0:
        raise bad_request("message identifier is not specified")
    message = world.messages.find(chat, message_id)
    if message is None:
        raise bad_request("message to delete not found")
    _check_deletable(world, chat, message)
    world.remove(message)
    return True


def _check_deletable(world: World, chat: Chat, message: Message) -> None:
    if chat.has_right("can_delete_messages"):
        return
    if not message.is_ours and chat.kind != "private":
        raise bad_request("message can't be deleted")
    if world.clock.now() - message.sent_at >= MAX_AGE_TO_DELETE:
        raise bad_request("message can't be deleted for everyone")


async def delete_messages(world: World, parameters: Parameters) -> object:
    chat = world.chats.reachable(parameters.values.get("chat_id"))
    value = parameters.json("message_ids", "can't parse message identifiers JSON object")
    if not isinstance(value, list) or not value:
        raise bad_request("message identifiers are not specified")
    if len(value) > MAX_BULK:
        raise bad_request("too many message identifiers specified")
    found = [world.messages.find(chat, int(str(one))) for one in value if str(one).isdigit()]
    standing = [message for message in found if message is not None]
    for message in standing:
        _check_deletable(world, chat, message)
    for message in standing:
        world.remove(message)
    return True


async def pin_chat_message(world: World, parameters: Parameters) -> object:
    chat = world.chats.reachable(parameters.values.get("chat_id"))
    message = world.messages.find(chat, parameters.integer("message_id"))
    if message is None:
        raise bad_request("message to pin not found")
    _check_may_pin(chat)
    if message.id in chat.pinned:
        chat.pinned.remove(message.id)
    chat.pinned.append(message.id)
    world.tell("pin", chat, message.id)
    return True


async def unpin_chat_message(world: World, parameters: Parameters) -> object:
    chat = world.chats.reachable(parameters.values.get("chat_id"))
    _check_may_pin(chat)
    newest = chat.pinned[-1] if chat.pinned else 0
    message_id = parameters.integer("message_id", newest)
    if message_id not in chat.pinned:
        raise bad_request("message to unpin not found")
    chat.pinned.remove(message_id)
    world.tell("pin", chat, message_id)
    return True


async def unpin_all_chat_messages(world: World, parameters: Parameters) -> object:
    chat = world.chats.reachable(parameters.values.get("chat_id"))
    _check_may_pin(chat)
    chat.pinned.clear()
    world.tell("pin", chat)
    return True


def _check_may_pin(chat: Chat) -> None:
    right = "can_edit_messages" if chat.kind == "channel" else "can_pin_messages"
    if chat.kind != "private" and not chat.has_right(right):
        raise bad_request("not enough rights to manage pinned messages in the chat")
