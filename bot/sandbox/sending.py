"""Methods that put new messages into chats."""

from __future__ import annotations

from collections.abc import Mapping

from bot.sandbox import drafts
from bot.sandbox.chats import Chat, check_may_write
from bot.sandbox.drafts import Place, Words
from bot.sandbox.entities import parse_entities
from bot.sandbox.errors import ApiError, bad_request
from bot.sandbox.messages import Json, Message, forward_origin, text_content
from bot.sandbox.parameters import Parameters, Upload
from bot.sandbox.photos import StoredFile
from bot.sandbox.previews import parse_preview_options
from bot.sandbox.world import ACTION_LASTS, World

MAX_ALBUM = 10
MEDIA_KINDS = {"photo": "photo", "document": "document"}
RIGHT_NAMES = {"photo": "photos", "document": "documents"}
CHAT_ACTIONS = frozenset(
    {
        "cancel",
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)
# Of a media message, what a copy takes along.
MEDIA_FIELDS = ("photo", "document", "has_media_spoiler", "show_caption_above_media")


async def send_message(world: World, parameters: Parameters) -> object:
    words = drafts.read_text(world, parameters)
    options = read_preview_options(parameters)
    place = drafts.read_place(world, parameters)
    text, entities = drafts.settle_text(words)
    await drafts.pass_servers(world, place)
    extra, preview = drafts.preview_of(world, text, entities, options)
    content = text_content(text, entities) | extra
    return drafts.post(world, place, content, preview=preview).to_json()


def read_preview_options(parameters: Parameters) -> Json:
    """Read link_preview_options, or the older switch that it replaced."""
    value = parameters.json("link_preview_options", "can't parse link preview options JSON object")
    if value is None and parameters.boolean("disable_web_page_preview"):
        return {"is_disabled": True}
    return parse_preview_options(value)


async def send_photo(world: World, parameters: Parameters) -> object:
    return await _send_file(world, parameters, "photo")


async def send_document(world: World, parameters: Parameters) -> object:
    return await _send_file(world, parameters, "document")


async def _send_file(world: World, parameters: Parameters, kind: str) -> object:
    given = parameters.text(kind)
    if not given and kind not in parameters.files:
        raise bad_request(f"there is no {kind} in the request")
    words = drafts.read_caption(world, parameters)
    place = drafts.read_place(world, parameters, kind=RIGHT_NAMES[kind])
    caption, entities = drafts.settle_caption(words)
    sizes = world.files.give(kind, given, parameters.files)
    await drafts.pass_servers(world, place)
    content = media_content(kind, sizes)
    content |= text_content(caption, entities, name="caption")
    for name, shown in (
        ("show_caption_above_media", "show_caption_above_media"),
        ("has_spoiler", "has_media_spoiler"),
    ):
        if kind == "photo" and parameters.boolean(name):
            content[shown] = True
    return drafts.post(world, place, content).to_json()


def media_content(kind: str, sizes: tuple[StoredFile, ...]) -> Json:
    """Build the field that shows a picture or file."""
    if kind == "photo":
        return {"photo": [size.to_json() for size in sizes]}
    return {"document": sizes[-1].to_json()}


def read_media(
    world: World, item: object, files: Mapping[str, Upload]
) -> tuple[str, str, Words, Json]:
    """Read an InputMedia object: kind, file, caption and switches."""
    if not isinstance(item, dict):
        raise bad_request("can't parse InputMedia: expected an Object")
    kind = item.get("type")
    if kind not in MEDIA_KINDS:
        raise bad_request(f'can\'t parse InputMedia: invalid type "{kind}" for this sandbox')
    media = item.get("media")
    known_upload = isinstance(media, str) and (
        not media.startswith("attach://") or media.removeprefix("attach://") in files
    )
    if not media or not known_upload:
        raise bad_request("can't parse InputMedia: media not found")
    if item.get("parse_mode"):
        raise bad_request("this sandbox takes entities, not parse_mode")
    entities = parse_entities(item.get("caption_entities"), user=world.user_json)
    switches: Json = {}
    if item.get("show_caption_above_media") is True:
        switches["show_caption_above_media"] = True
    if item.get("has_spoiler") is True:
        switches["has_media_spoiler"] = True
    return str(kind), str(media), Words(str(item.get("caption") or ""), entities), switches


async def send_media_group(world: World, parameters: Parameters) -> object:
    value = parameters.json("media", "can't parse media JSON object")
    if not isinstance(value, list):
        raise bad_request("there are no messages to send")
    items = [read_media(world, item, parameters.files) for item in value]
    if not items:
        raise bad_request("there are no messages to send")
    if len(items) > MAX_ALBUM:
        raise bad_request("too many messages to send as an album")
    kinds = {kind for kind, *_ in items}
    if len(kinds) > 1:
        raise bad_request("document can't be mixed with other media types")
    place = drafts.read_place(world, parameters, kind=RIGHT_NAMES[items[0][0]])
    captions = [drafts.settle_caption(words) for _, _, words, _ in items]
    await drafts.pass_servers(world, place, count=len(items))
    contents = _album_contents(world, parameters, items)
    album_id = world.number()
    sent: list[Message] = []
    for content, caption in zip(contents, captions, strict=True):
        if isinstance(content, dict):
            body: Json = {"media_group_id": album_id} if len(items) > 1 else {}
            body |= content | text_content(*caption, name="caption")
            sent.append(drafts.post(world, place, body))
    _report_failures(contents)
    return [message.to_json() for message in sent]


def _album_contents(
    world: World, parameters: Parameters, items: list[tuple[str, str, Words, Json]]
) -> list[Json | ApiError]:
    contents: list[Json | ApiError] = []
    for kind, media, _, switches in items:
        try:
            sizes = world.files.give(kind, media, parameters.files)
            contents.append(media_content(kind, sizes) | switches)
        except ApiError as error:
            contents.append(error)
    return contents


def _report_failures(contents: list[Json | ApiError]) -> None:
    """Refuse an album of which a part could not be sent; the rest stands in the chat."""
    failed = [(i, one) for i, one in enumerate(contents, 1) if isinstance(one, ApiError)]
    if not failed:
        return
    if len(failed) == len(contents):
        raise bad_request("group send failed")
    number, error = failed[0]
    reason = error.description.removeprefix("Bad Request: ")
    reason = reason[:1].upper() + reason[1:]
    raise bad_request(f'failed to send message #{number} with the error message "{reason}"')


async def copy_message(world: World, parameters: Parameters) -> object:
    place, message = _read_source(world, parameters, action="copy")
    if message.is_protected or not _has_copyable(message):
        raise bad_request("the message can't be copied")
    content = {name: value for name, value in message.content.items() if name != "forward_origin"}
    preview = message.preview
    if message.is_media and "caption" in parameters:
        caption = drafts.settle_caption(drafts.read_caption(world, parameters))
        content = {name: content[name] for name in MEDIA_FIELDS if name in content}
        content |= text_content(*caption, name="caption")
    content.pop("media_group_id", None)
    await drafts.pass_servers(world, place)
    return {"message_id": drafts.post(world, place, content, preview=preview).id}


async def forward_message(world: World, parameters: Parameters) -> object:
    place, message = _read_source(world, parameters, action="forward")
    if message.is_protected:
        raise bad_request("message has protected content and can't be forwarded")
    if not _has_copyable(message):
        raise bad_request("the message can't be forwarded")
    await drafts.pass_servers(world, place)
    content = {**message.content, "forward_origin": forward_origin(message)}
    content.pop("media_group_id", None)
    sent = drafts.post(world, place, content, preview=message.preview)
    sent.is_editable = False
    return sent.to_json()


def _has_copyable(message: Message) -> bool:
    return message.text is not None or message.is_media


def _read_source(world: World, parameters: Parameters, *, action: str) -> tuple[Place, Message]:
    place = drafts.read_place(world, parameters)
    source = world.chats.reachable(parameters.values.get("from_chat_id"))
    message = world.messages.find(source, parameters.integer("message_id"))
    if message is None:
        raise bad_request(f"message to {action} not found")
    return place, message


async def send_chat_action(world: World, parameters: Parameters) -> object:
    action = parameters.text("action").lower()
    if action not in CHAT_ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat = world.chats.reachable(parameters.values.get("chat_id"))
    check_may_write(chat)
    show_action(world, chat, action)
    return True


def show_action(world: World, chat: Chat, action: str) -> None:
    """Let the bot be seen doing something for a few seconds."""
    if chat.kind == "channel":
        return  # channels show no actions
    if action == "cancel":
        world.actions.pop(chat.id, None)
    else:
        world.actions[chat.id] = (action, world.clock.now() + ACTION_LASTS)
    world.tell("typing", chat)
