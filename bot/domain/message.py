"""A message: one Bot API call without its chat, exactly as it is stored and sent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NewType

from bot.domain.article import StoryKey
from bot.domain.richtext import plain_text
from bot.domain.text import Entity as Entity
from bot.domain.text import Text as Text
from bot.domain.text import join as join
from bot.domain.text import utf16_length as utf16_length

MAX_TEXT = 4096
"""Characters of a text after parsing (Bot API, sendMessage)."""
MAX_CAPTION = 1024
"""Characters of a caption after parsing (Bot API, sendPhoto)."""
MAX_ALBUM = 10
"""Pictures of one album (Bot API, sendMediaGroup); it needs two."""
MAX_ENTITIES = 100
"""Entities per message; Telegram drops what is over, also the ones it adds itself."""
MAX_CALLBACK_DATA = 64
"""Bytes of a button's callback data."""

SEND_MESSAGE = "sendMessage"
SEND_PHOTO = "sendPhoto"
SEND_ALBUM = "sendMediaGroup"
SEND_DOCUMENT = "sendDocument"
SEND_RICH = "sendRichMessage"

ATTACHED = "attach://"
"""Marks a picture that is uploaded: the rest is its path below the articles folder, or its URL."""

DigestHash = NewType("DigestHash", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """An inline button with exactly one action: callback data, an address or an inline query."""

    text: str
    callback_data: str | None = None
    url: str | None = None
    inline_query: str | None = None

    def __post_init__(self) -> None:
        """Hold Telegram's limits for buttons."""
        actions = (self.callback_data, self.url, self.inline_query)
        if sum(action is not None for action in actions) != 1:
            raise ValueError(f"button {self.text!r} needs exactly one action")
        if self.callback_data is not None:
            size = len(self.callback_data.encode())
            if not 1 <= size <= MAX_CALLBACK_DATA:
                raise ValueError(f"button {self.text!r}: {size} bytes of callback data")

    def as_json(self) -> dict[str, Any]:
        """Give the InlineKeyboardButton object of the Bot API."""
        if self.callback_data is not None:
            return {"text": self.text, "callback_data": self.callback_data}
        if self.url is not None:
            return {"text": self.text, "url": self.url}
        return {"text": self.text, "switch_inline_query": self.inline_query}


Keyboard = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Which link Telegram previews, and how."""

    url: str
    is_large: bool = True
    is_above: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One Bot API call without `chat_id`; `stories` are the story keys that it shows, in order.

    `parameters` are the exact parameters as JSON values. A picture to upload stands in them as
    `attach://` and the path below the articles folder (or the address to fetch it from). `rest`
    is what follows after this call, where Telegram did not take the whole at once. `follows` is a
    story that the chat has had: the call replies to that message, which is another one in each
    chat and therefore, like the chat, no part of the parameters and of the hash.
    """

    method: str
    parameters: Mapping[str, Any]
    stories: tuple[StoryKey, ...] = ()
    rest: Message | None = None
    follows: StoryKey | None = None

    def as_json(self) -> dict[str, Any]:
        """Give the form in which messages are stored, previewed and hashed."""
        return {"method": self.method, **self.parameters}

    @property
    def text(self) -> str:
        """The words that people see, of an album all captions, of a rich one all blocks."""
        if self.method == SEND_ALBUM:
            captions = (item.get("caption") for item in self.parameters["media"])
            return "\n".join(caption for caption in captions if caption)
        if self.method == SEND_RICH:
            return "\n".join(_rich_words(self.parameters["rich_message"]["blocks"]))
        return str(self.parameters.get("text") or self.parameters.get("caption") or "")

    @property
    def cost(self) -> int:
        """Count what the call is to Telegram's limits: an album is as many as its pictures."""
        return len(self.parameters["media"]) if self.method == SEND_ALBUM else 1

    @property
    def picture(self) -> str | None:
        """The picture that it shows, as it is named in the parameters."""
        return self.parameters.get("photo") if self.method == SEND_PHOTO else None


def _rich_words(blocks: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for block in blocks:
        if "text" in block:
            yield plain_text(block["text"]).value
        elif block["type"] == "divider":
            yield ""
        yield from _rich_words(block.get("blocks", ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the rendering room fills in before it becomes a Message."""

    text: Text
    keyboard: Keyboard = ()
    preview: Preview | None = None
    photo: str | None = None
    is_silent: bool = False
    stories: tuple[StoryKey, ...] = field(default=())

    def finished(self) -> Message:
        """Write out the call: sendPhoto with a picture, else sendMessage."""
        entities = [entity.as_json() for entity in self.text.entities]
        parameters: dict[str, Any]
        if self.photo is not None:
            method = SEND_PHOTO
            parameters = {"photo": self.photo, "caption": self.text.value}
            if entities:
                parameters["caption_entities"] = entities
        else:
            method = SEND_MESSAGE
            parameters = {"text": self.text.value}
            if entities:
                parameters["entities"] = entities
            parameters["link_preview_options"] = preview_options(self.preview)
        if self.keyboard:
            parameters["reply_markup"] = keyboard_json(self.keyboard)
        if self.is_silent:
            parameters["disable_notification"] = True
        return Message(method=method, parameters=parameters, stories=self.stories)


def captioned(message: Message) -> Message:
    """Make the words of a text message the caption of a file that is handed over with it."""
    parameters: dict[str, Any] = {"caption": message.parameters["text"]}
    if "entities" in message.parameters:
        parameters["caption_entities"] = message.parameters["entities"]
    return Message(method=SEND_DOCUMENT, parameters=parameters)


_NO_WORDS = Text()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A picture of an album, with its own caption (may be empty)."""

    photo: str
    caption: Text = _NO_WORDS

    def as_json(self) -> dict[str, Any]:
        """Give the InputMediaPhoto object of the Bot API."""
        media: dict[str, Any] = {"type": "photo", "media": self.photo}
        if self.caption.value:
            media["caption"] = self.caption.value
        if self.caption.entities:
            media["caption_entities"] = [entity.as_json() for entity in self.caption.entities]
        return media


def album(
    shots: Iterable[Shot], *, is_silent: bool = False, stories: tuple[StoryKey, ...] = ()
) -> Message:
    """Write out an album of 2 to 10 pictures. Clients show its words if one alone has a caption.

    Raises ValueError for fewer or more pictures.
    """
    media = [shot.as_json() for shot in shots]
    if not 2 <= len(media) <= MAX_ALBUM:
        raise ValueError(f"an album of {len(media)} pictures")
    parameters: dict[str, Any] = {"media": media}
    if is_silent:
        parameters["disable_notification"] = True
    return Message(method=SEND_ALBUM, parameters=parameters, stories=stories)


def preview_options(preview: Preview | None) -> dict[str, Any]:
    """Give LinkPreviewOptions; None switches previews off, so that no link looks like the lead."""
    if preview is None:
        return {"is_disabled": True}
    return {
        "url": preview.url,
        "prefer_large_media": preview.is_large,
        "show_above_text": preview.is_above,
    }


def keyboard_json(keyboard: Keyboard) -> dict[str, Any]:
    """Give InlineKeyboardMarkup."""
    return {"inline_keyboard": [[button.as_json() for button in row] for row in keyboard]}


def without_picture(message: Message) -> Message:
    """Say the same without the picture: a caption becomes a text, buttons stay.

    An album whose pictures are captioned one by one stays as it is: its words stand below it.
    """
    if message.method == SEND_ALBUM:
        return _words_of_album(message)
    if message.method != SEND_PHOTO:
        return message
    kept = {
        key: value
        for key, value in message.parameters.items()
        if key not in ("photo", "caption", "caption_entities")
    }
    return _as_text(message, message.parameters, kept)


def _words_of_album(message: Message) -> Message:
    captioned = [item for item in message.parameters["media"] if "caption" in item]
    if len(captioned) != 1:
        return message
    kept = {key: value for key, value in message.parameters.items() if key != "media"}
    return _as_text(message, captioned[0], kept)


def _as_text(message: Message, said: Mapping[str, Any], kept: Mapping[str, Any]) -> Message:
    parameters: dict[str, Any] = {"text": said.get("caption", "")}
    if "caption_entities" in said:
        parameters["entities"] = said["caption_entities"]
    parameters["link_preview_options"] = preview_options(None)
    return replace(message, method=SEND_MESSAGE, parameters={**parameters, **kept})


def replying_to(message: Message, message_id: int | None) -> Message:
    """Let a message reply to another of its chat, if that still stands there; None: to none."""
    others = {name: one for name, one in message.parameters.items() if name != "reply_parameters"}
    if message_id is not None:
        others["reply_parameters"] = {
            "message_id": message_id,
            "allow_sending_without_reply": True,
        }
    return replace(message, parameters=others)


def without_reply(message: Message) -> Message:
    """Say the same to nobody in particular."""
    return replace(without(message, "reply_parameters"), follows=None)


def without(message: Message, *names: str) -> Message:
    """Say the same without the named parameters."""
    parameters = {key: value for key, value in message.parameters.items() if key not in names}
    return replace(message, parameters=parameters)


def split(message: Message) -> Message:
    """Say the same in two calls, cut at the line or word next to the middle; buttons come last.

    A text of one word stays as it is.
    """
    text = str(message.parameters.get("text", ""))
    cut = _near_middle(text)
    if cut is None or message.rest is not None:
        return message
    first = without(message, "reply_markup")
    entities = message.parameters.get("entities", ())
    at = utf16_length(text[:cut])
    head = {"text": text[:cut], "entities": list(_cut_entities(entities, 0, at))}
    tail = {"text": text[cut:], "entities": list(_cut_entities(entities, at, at + len(text) * 2))}
    second = without_reply(without(message, "link_preview_options"))
    following = {**second.parameters, **tail, "link_preview_options": preview_options(None)}
    return replace(
        first,
        parameters={**first.parameters, **head},
        rest=replace(second, parameters=following),
    )


def _near_middle(text: str) -> int | None:
    """Find where to cut: after a line's end or else a space, as near to the middle as can be."""
    middle = len(text) // 2
    for sign in ("\n", " "):
        after = [place + 1 for place, one in enumerate(text) if one == sign]
        fit = [place for place in after if text[:place].strip() and text[place:].strip()]
        if fit:
            return min(fit, key=lambda place: abs(place - middle))
    return None


def _cut_entities(
    entities: Iterable[Mapping[str, Any]], start: int, end: int
) -> Iterable[dict[str, Any]]:
    """Give the parts of entities between two offsets, counted from the first."""
    for entity in entities:
        begin = max(entity["offset"], start)
        stop = min(entity["offset"] + entity["length"], end)
        if begin < stop:
            yield {**entity, "offset": begin - start, "length": stop - begin}


_MARKUP = ("entities", "caption_entities")


def without_markup(message: Message) -> Message:
    """Say the same in plain words."""
    plain = without(message, *_MARKUP)
    if message.method != SEND_ALBUM:
        return plain
    media = [
        {key: value for key, value in item.items() if key not in _MARKUP}
        for item in message.parameters["media"]
    ]
    return replace(plain, parameters={**plain.parameters, "media": media})


def without_links(message: Message) -> Message:
    """Say the same without links and previews."""
    parameters = _unlinked(message.parameters)
    if "link_preview_options" in parameters:
        parameters["link_preview_options"] = preview_options(None)
    if message.method == SEND_ALBUM:
        parameters["media"] = [_unlinked(item) for item in parameters["media"]]
    return replace(message, parameters=parameters)


def _unlinked(said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: [one for one in value if one["type"] != "text_link"] if key in _MARKUP else value
        for key, value in said.items()
    }


def hash_of(messages: Iterable[Message]) -> DigestHash:
    """Name a digest by its content: 16 hexadecimal digits over its messages without the chat."""
    content = json.dumps(
        [message.as_json() for message in messages],
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return DigestHash(hashlib.sha256(content.encode()).hexdigest()[:16])
