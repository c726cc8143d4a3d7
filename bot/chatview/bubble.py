"""One message, or the messages of one album, → a bubble with its buttons."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.chatview.media import (
    album_html,
    document_html,
    location_html,
    photo_html,
    preview_html,
)
from bot.chatview.rich import rich_html
from bot.chatview.text import escape, link_attributes, text_html
from bot.chatview.view import Message, View, initials, peer_colour, sender_of, sent_at
from bot.chatview.words import service_text, summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a bubble stands in a run of messages of one sender."""

    is_first: bool = True
    is_last: bool = True


def bubble_html(messages: Sequence[Message], view: View, place: Place | None = None) -> str:
    """The HTML of a message, or of all messages that share a media_group_id.

    Service messages (somebody joined, a topic was opened) become a line in the middle.
    """
    first = messages[0]
    service = service_text(first)
    if service is not None:
        return f'<div class="service" dir="auto" {_identity(first)}>{escape(service)}</div>'
    place = place or Place()
    sender_id, name = sender_of(first)
    is_own = view.viewer is not None and sender_id == view.viewer
    classes = _classes(place, is_own=is_own, messages=messages)
    has_avatar = view.shows_senders and not is_own
    return "".join(
        (
            f'<article class="{classes}" {_identity(first)}>',
            _avatar(sender_id, name, is_shown=place.is_last) if has_avatar else "",
            '<div class="stack"><div class="bubble">',
            _head(first, name=name if has_avatar and place.is_first else "", peer=sender_id),
            _body(messages, view),
            _meta(messages, view),
            "</div>",
            _keyboard(first),
            "</div></article>",
        )
    )


def _identity(message: Message) -> str:
    return f'data-message="{int(message.get("message_id", 0))}"'


def _classes(place: Place, *, is_own: bool, messages: Sequence[Message]) -> str:
    names = ["message", "own" if is_own else "other"]
    if place.is_first:
        names.append("first")
    if place.is_last:
        names.append("last")
    if any(message.get("photo") for message in messages):
        names.append("pictured")
        if not any(message.get("caption") for message in messages):
            names.append("bare")
    if "rich_message" in messages[0]:
        names.append("rich-message")
    if _buttons(messages[0]):
        names.append("with-keyboard")
    return " ".join(names)


def _avatar(peer: int, name: str, *, is_shown: bool) -> str:
    if not is_shown:
        return '<span class="avatar" aria-hidden="true"></span>'
    letters = escape(initials(name))
    return f'<span class="avatar peer-{peer_colour(peer)}" aria-hidden="true">{letters}</span>'


def _head(message: Message, *, name: str, peer: int) -> str:
    parts: list[str] = []
    via = _via(message)
    if name:
        colour = peer_colour(peer)
        said = f'<span dir="auto">{escape(name)}</span>' if via else escape(name)
        parts.append(f'<div class="sender ink-{colour}" dir="auto">{said}{via}</div>')
    elif via:
        parts.append(f'<div class="sender">{via}</div>')
    origin = message.get("forward_origin")
    if isinstance(origin, Mapping):
        said = escape(_origin_name(origin))
        parts.append(f'<div class="forwarded" dir="auto">Forwarded from <b>{said}</b></div>')
    replied = message.get("reply_to_message")
    # Every message of a topic answers the one that opened it: no client shows that.
    if isinstance(replied, Mapping) and "forum_topic_created" not in replied:
        parts.append(_reply(replied))
    return "".join(parts)


def _via(message: Message) -> str:
    """Name the bot whose inline result this is; a tap begins the next inline query."""
    via = message.get("via_bot")
    name = escape(str(via.get("username", ""))) if isinstance(via, Mapping) else ""
    return f'<span class="via">via <span data-say="@{name} ">@{name}</span></span>' if name else ""


def _origin_name(origin: Mapping[str, Any]) -> str:
    chat = origin.get("chat") or origin.get("sender_chat")
    if isinstance(chat, Mapping):
        return str(chat.get("title", ""))
    person = origin.get("sender_user")
    if isinstance(person, Mapping):
        return sender_of({"from": person})[1]
    return str(origin.get("sender_user_name", ""))


def _reply(message: Message) -> str:
    peer, name = sender_of(message)
    return (
        f'<div class="reply" data-to="{int(message.get("message_id", 0))}">'
        f'<span class="sender ink-{peer_colour(peer)}" dir="auto">{escape(name)}</span>'
        f'<span class="line-of" dir="auto">{escape(summary(message))}</span></div>'
    )


def _body(messages: Sequence[Message], view: View) -> str:
    first = messages[0]
    pictures = album_html(messages, view) if len(messages) > 1 else _media(first, view)
    text = _text(messages)
    if "rich_message" in first:
        return rich_html(first, view)
    if first.get("show_caption_above_media"):
        return text + pictures
    preview = first.get("_preview")
    if not isinstance(preview, Mapping):
        return pictures + text
    card = preview_html(preview)
    return pictures + (card + text if preview.get("above") else text + card)


def _media(message: Message, view: View) -> str:
    return photo_html(message, view) + document_html(message, view) + location_html(message)


def _text(messages: Sequence[Message]) -> str:
    if len(messages) > 1:
        # Clients show a caption below an album only if it is the only one.
        captioned = [message for message in messages if message.get("caption")]
        if len(captioned) != 1:
            return ""
        message = captioned[0]
    else:
        message = messages[0]
    if message.get("text"):
        inside = text_html(str(message["text"]), message.get("entities") or ())
    elif message.get("caption"):
        inside = text_html(str(message["caption"]), message.get("caption_entities") or ())
    else:
        return ""
    return f'<div class="text">{inside}</div>'


def _meta(messages: Sequence[Message], view: View) -> str:
    at = sent_at(messages[0], view.zone)
    edited = '<span class="edited">edited</span>' if _is_edited(messages) else ""
    edited += _signature(messages[0])
    reactions = _reactions(messages[0])
    if at is None:
        return f'{reactions}<div class="meta">{edited}</div>' if edited else reactions
    time = f'<time datetime="{at.isoformat()}" title="{at:%Y-%m-%d %H:%M:%S}">{at:%H:%M}</time>'
    return f'{reactions}<div class="meta">{edited}{time}</div>'


def _signature(message: Message) -> str:
    """Who wrote a post of a channel, where channels sign."""
    name = message.get("author_signature")
    return f'<span class="signature" dir="auto">{escape(str(name))}</span>' if name else ""


def _is_edited(messages: Sequence[Message]) -> bool:
    return any(message.get("edit_date") and not message.get("edit_hide") for message in messages)


def _reactions(message: Message) -> str:
    given = message.get("_reactions")
    if not isinstance(given, Sequence) or not given:
        return ""
    # A bare heart is drawn as a black sign without the selector of its picture.
    counts = Counter(str(one.get("emoji", "⭐")).replace("❤", "❤\ufe0f") for one in given)
    shown = "".join(
        f'<span class="reaction">{escape(emoji)}<i>{count}</i></span>'
        for emoji, count in counts.items()
    )
    return f'<div class="reactions">{shown}</div>'


def _buttons(message: Message) -> Sequence[Sequence[Mapping[str, Any]]]:
    markup = message.get("reply_markup")
    rows = markup.get("inline_keyboard") if isinstance(markup, Mapping) else None
    return rows if isinstance(rows, Sequence) and not isinstance(rows, str) else ()


def _keyboard(message: Message) -> str:
    rows = "".join(
        f'<div class="keyboard-row">{"".join(_button(button) for button in row)}</div>'
        for row in _buttons(message)
        if row
    )
    return f'<div class="keyboard">{rows}</div>' if rows else ""


def _button(button: Mapping[str, Any]) -> str:
    text = f'<span class="label" dir="auto">{escape(str(button.get("text", "")))}</span>'
    style = button.get("style")
    classes = f"key {style}" if style in ("danger", "success", "primary") else "key"
    if "url" in button:
        attributes = link_attributes(str(button["url"]))
        if attributes is not None:
            arrow = '<span class="arrow" aria-hidden="true"></span>'
            return f'<a class="{classes} leads-out" {attributes}>{text}{arrow}</a>'
    for field in ("callback_data", "switch_inline_query", "switch_inline_query_current_chat"):
        if field in button:
            name = field.replace("_", "-")
            value = escape(str(button[field]))
            return f'<button type="button" class="{classes}" data-{name}="{value}">{text}</button>'
    copied = button.get("copy_text")
    if isinstance(copied, Mapping):
        value = escape(str(copied.get("text", "")))
        return f'<button type="button" class="{classes}" data-copy="{value}">{text}</button>'
    return f'<button type="button" class="{classes}" disabled>{text}</button>'
