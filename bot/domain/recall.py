"""Recall: what takes a withdrawn story out of a message that was sent. Pure.

A message of this story alone is deleted (or, where that is too late, replaced by a note). Of
several stories the others stay: the paragraph that tells the withdrawn one gives way to the note,
and where it was only named its link goes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from bot.domain.article import StoryId, StoryKey
from bot.domain.delivery import DeliveryId
from bot.domain.message import (
    ATTACHED,
    SEND_ALBUM,
    SEND_MESSAGE,
    SEND_PHOTO,
    SEND_RICH,
    Message,
    preview_options,
    utf16_length,
)
from bot.domain.picture import PictureKey, collage_key, is_collage, parts_of
from bot.domain.rich import blocks_of, is_picture, note_block, without_story_blocks
from bot.domain.subscription import UserId

PARAGRAPH = "\n\n"
EDIT_PICTURE = "editMessageMedia"
"""Called with `photo`, `caption` and `caption_entities` as sendPhoto is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """What is withdrawn of a message: one story, or several that were so one after the other.

    `links` lead to them; `note` stands where one stood. `numbers` are theirs in the digest.
    """

    stories: frozenset[StoryId]
    links: frozenset[str]
    note: str
    numbers: frozenset[int] = frozenset()
    pictures: frozenset[PictureKey] = frozenset()
    """The pictures that their files name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call to a chat, without the chat."""

    method: str
    parameters: Mapping[str, Any]
    is_extra: bool = False
    """Where it cannot be done, nothing else is done in its place."""

    @property
    def is_deletion(self) -> bool:
        """Whether a message goes as a whole."""
        return self.method == "deleteMessage"

    def as_message(self) -> Message:
        """Give the message that stands there when the call is done, of a picture with words."""
        parameters = {key: one for key, one in self.parameters.items() if key != "message_id"}
        return Message(method=SEND_PHOTO, parameters=parameters)

    def without_photo(self) -> Call:
        """Ask for the same words below the picture that stands there."""
        parameters = {key: one for key, one in self.parameters.items() if key != "photo"}
        return Call(method="editMessageCaption", parameters=parameters)

    @property
    def is_rich(self) -> bool:
        """Whether there are blocks in it, which may hold pictures."""
        return "rich_message" in self.parameters

    @property
    def has_pictures(self) -> bool:
        """Whether there are blocks with pictures in it."""
        return self.is_rich and any(map(is_picture, self.parameters["rich_message"]["blocks"]))

    def without_pictures(self) -> Call:
        """Ask for the same without the pictures of its blocks."""
        rich = self.parameters["rich_message"]
        blocks = [block for block in rich["blocks"] if not is_picture(block)]
        return Call(
            method=self.method,
            parameters={**self.parameters, "rich_message": {**rich, "blocks": blocks}},
        )


class RecallOutcome(Enum):
    """What became of a story in one message."""

    DELETED = "deleted"
    EDITED = "edited"
    GONE = "gone"
    """Somebody else had deleted the message."""
    IMPOSSIBLE = "impossible"
    ABSENT = "absent"
    """The story turned out not to be in it."""


class RecallState(Enum):
    """How far a recall is."""

    ASKED = "asked"
    """Operators were asked whether to recall it."""
    RUNNING = "running"
    DONE = "done"
    LEFT = "left"
    """An operator has decided to leave it where it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """A withdrawn story that was sent, and how far its recall is."""

    story_key: StoryKey
    story_id: StoryId
    title: str
    state: RecallState
    asked_at: datetime
    begun_by: UserId | None
    counts: Mapping[RecallOutcome, int]
    reasons: tuple[str, ...] = ()
    """Why it was not possible, each once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallResult:
    """What became of a story in one message."""

    delivery: DeliveryId
    outcome: RecallOutcome
    reason: str | None = None


def calls_for(
    message: Message, message_ids: Sequence[int], withdrawn: Withdrawn, *, is_alone: bool
) -> tuple[Call, ...]:
    """Give the calls that take a story out of a message; none where its place is not found.

    `is_alone`: the message tells of no other story.
    """
    if is_alone:
        return tuple(
            Call(method="deleteMessage", parameters={"message_id": i}) for i in message_ids
        )
    if message.method == SEND_ALBUM:
        return tuple(_of_album(message, message_ids, withdrawn))
    parts = list(_parts(message))
    if len(message_ids) != len(parts):  # it had to be split: nobody knows where the story stands
        return ()
    return tuple(
        call
        for part, message_id in zip(parts, message_ids, strict=True)
        for call in _of_part(part, message_id, withdrawn)
    )


def replaced(message: Message, message_id: int, withdrawn: Withdrawn) -> Call:
    """Give the call that leaves only the note of a message."""
    if message.method == SEND_MESSAGE:
        parameters: dict[str, Any] = {
            "text": withdrawn.note,
            "link_preview_options": preview_options(None),
        }
        return Call(method="editMessageText", parameters={"message_id": message_id} | parameters)
    if message.method == SEND_RICH:
        rich = {"blocks": [note_block(withdrawn.note)]}
        return Call(
            method="editMessageText", parameters={"message_id": message_id, "rich_message": rich}
        )
    caption = {"message_id": message_id, "caption": withdrawn.note}
    return Call(method="editMessageCaption", parameters=caption)


def _parts(message: Message) -> Iterable[Message]:
    part: Message | None = message
    while part is not None:
        yield part
        part = part.rest


def _of_part(message: Message, message_id: int, withdrawn: Withdrawn) -> Iterable[Call]:
    if message.method != SEND_RICH:
        yield from _edited(message.parameters, message.method, message_id, withdrawn)
        return
    blocks = without_story_blocks(blocks_of(message), withdrawn.links, withdrawn.note)
    if blocks is None:
        return
    rich = {**message.parameters["rich_message"], "blocks": blocks}
    after: dict[str, Any] = {"message_id": message_id, "rich_message": rich}
    markup = _without_buttons(message.parameters.get("reply_markup"), withdrawn)
    if markup:
        after["reply_markup"] = markup
    yield Call(method="editMessageText", parameters=after)


def _of_album(message: Message, message_ids: Sequence[int], withdrawn: Withdrawn) -> Iterable[Call]:
    media = message.parameters["media"]
    captioned = [place for place, item in enumerate(media) if item.get("caption")]
    if len(captioned) == 1:  # the whole list stands below the first picture
        item = media[captioned[0]]
        yield from _edited(item, message.method, message_ids[0], withdrawn)
        yield from _pictures_below(media, message_ids, withdrawn, kept=captioned[0])
        return
    if len(media) != len(message_ids):  # some were left out: which ones is not known
        return
    for place in captioned:
        urls = {entity.get("url") for entity in media[place].get("caption_entities", ())}
        if not withdrawn.links.isdisjoint(urls):
            yield Call(method="deleteMessage", parameters={"message_id": message_ids[place]})


def _pictures_below(
    media: Sequence[Mapping[str, Any]],
    message_ids: Sequence[int],
    withdrawn: Withdrawn,
    *,
    kept: int,
) -> Iterable[Call]:
    """Take the pictures of a story out of an album; the one with the words stays.

    A note in the place of one would be a second caption, and clients would show neither.
    """
    if len(media) != len(message_ids):  # some were left out: which ones is not known
        return
    for place, (item, message_id) in enumerate(zip(media, message_ids, strict=True)):
        if place != kept and str(item["media"]).removeprefix(ATTACHED) in withdrawn.pictures:
            parameters = {"message_id": message_id}
            yield Call(method="deleteMessage", parameters=parameters, is_extra=True)


def _edited(
    said: Mapping[str, Any], method: str, message_id: int, withdrawn: Withdrawn
) -> Iterable[Call]:
    is_text = method == SEND_MESSAGE
    words, marks = ("text", "entities") if is_text else ("caption", "caption_entities")
    text, entities = str(said.get(words, "")), list(said.get(marks, ()))
    changed = without_story(text, entities, withdrawn)
    cover = _without_pictures_of(str(said.get("photo", "")), withdrawn.numbers)
    if changed is None and cover is None:
        return
    text, entities = changed or (text, entities)
    after: dict[str, Any] = {"message_id": message_id, words: text}
    if entities:
        after[marks] = entities
    if cover is not None:
        after["photo"] = cover
    markup = _without_buttons(said.get("reply_markup"), withdrawn)
    if markup:
        after["reply_markup"] = markup
    if is_text:
        preview = said.get("link_preview_options", {})
        leads = _first_link(said.get(marks, ())) in withdrawn.links
        hides = leads or preview.get("url") in withdrawn.links
        after["link_preview_options"] = preview_options(None) if hides else preview
    if cover is not None:
        yield Call(method=EDIT_PICTURE, parameters=after)
        return
    yield Call(method="editMessageText" if is_text else "editMessageCaption", parameters=after)


def _without_pictures_of(photo: str, numbers: Collection[int]) -> str | None:
    """Give a cover without the pictures of some stories; None where it shows none of them."""
    key = photo.removeprefix(ATTACHED)
    if not numbers or not is_collage(key):
        return None
    shown = parts_of(key)
    left = [(number, one) for number, one in shown if number not in numbers]
    return ATTACHED + collage_key(left) if left and len(left) < len(shown) else None


def without_story(
    text: str, entities: Sequence[Mapping[str, Any]], withdrawn: Withdrawn
) -> tuple[str, list[Mapping[str, Any]]] | None:
    """Give a text with the note where the story stood; None when it does not stand there.

    The other paragraphs and their entities stay as they are.
    """
    kept: list[str] = []
    marks: list[Mapping[str, Any]] = []
    start, written, is_found = 0, 0, False
    for paragraph in text.split(PARAGRAPH):
        length = utf16_length(paragraph)
        own = [one for one in entities if start <= one["offset"] < start + max(length, 1)]
        linked = [one for one in own if one.get("url") in withdrawn.links]
        lead = next((one for one in linked if _is_title(paragraph, one["offset"] - start)), None)
        if lead is not None:
            number = paragraph.split(" ", 1)[0]
            is_numbered = number[:-1].isdigit() and number.endswith(".")
            paragraph = f"{number} {withdrawn.note}" if is_numbered else withdrawn.note
        else:
            marks += [
                {**one, "offset": one["offset"] - start + written}
                for one in own
                if one not in linked
            ]
        is_found = is_found or bool(linked)
        kept.append(paragraph)
        start += length + len(PARAGRAPH)
        written += utf16_length(paragraph) + len(PARAGRAPH)
    return (PARAGRAPH.join(kept), marks) if is_found else None


def _is_title(paragraph: str, offset: int) -> bool:
    """Whether a link at this offset stands on the first line of its paragraph."""
    end = paragraph.find("\n")
    return end < 0 or offset < utf16_length(paragraph[:end])


def _first_link(entities: Iterable[Mapping[str, Any]]) -> str | None:
    linked = [one for one in entities if one.get("url")]
    return min(linked, key=lambda one: int(one["offset"]))["url"] if linked else None


def _without_buttons(markup: Mapping[str, Any] | None, withdrawn: Withdrawn) -> dict[str, Any]:
    """Take away the buttons that lead to the story."""
    rows = (markup or {}).get("inline_keyboard", ())
    left = [[one for one in row if not _leads_to(one, withdrawn)] for row in rows]
    kept = [row for row in left if row]
    return {"inline_keyboard": kept} if kept else {}


def _leads_to(button: Mapping[str, Any], withdrawn: Withdrawn) -> bool:
    url, data = str(button.get("url", "")), str(button.get("callback_data", ""))
    return (
        url in withdrawn.links
        or url.rpartition("=story-")[2] in withdrawn.stories
        or not withdrawn.stories.isdisjoint(data.split(":"))
    )
