"""Deep links: what a `t.me/<bot>?start=…` address asks for, and messages for several readers.

In a group or channel nobody's tap may change what all see. There a button that would open or
page something becomes a link, which opens the same in the private chat of whoever taps it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.domain.callback import Action, Callback, decoded
from bot.domain.languages import N_
from bot.domain.message import Message
from bot.domain.topic import TopicTree, folded
from bot.rendering.phrases import ENGLISH, Phrases

MAX_PARAMETER = 64
"""Characters of a start parameter, all of `[A-Za-z0-9_-]` (Bot API, deep linking)."""

KEPT_IN_GROUPS = frozenset(
    [
        *(Action.SUBSCRIBE, Action.UNSUBSCRIBE, Action.FORGET),
        *(Action.FOLLOW, Action.UNFOLLOW, Action.MUTE, Action.UNMUTE),
        Action.SETTINGS,
    ]
)
"""What administrators may tap in a group: it is answered to them alone."""

# Note: a button in a group; at most 40 characters
MORE = N_("More in private ↗")

_PLAIN = {Action.TOPICS: "topics", Action.HOT: "hot", Action.LATEST: "latest"}
_PLAIN_KEY = re.compile(r"[a-z0-9]+(?: [a-z0-9]+)*")
_STORY = re.compile(r"story-[0-9a-f]{12}")

Json = Mapping[str, Any]


def parameter(callback: Callback) -> str | None:
    """Write the start parameter that asks for the same, from its first page; None: there is none.

    A topic whose name does not fit is named by a hash of it.
    """
    found: str | None = None
    match callback:
        case Callback(Action.STORY, (story, *_)):
            found = f"story-{story}"
        case Callback(Action.TOPIC, (_, key)):
            found = f"topic-{_slug(key)}"
        case Callback(Action.QUERY, (_, words)):
            found = "ask-" + base64.urlsafe_b64encode(words.encode()).decode().rstrip("=")
        case Callback(action, _):
            found = _PLAIN.get(action)
    return found if found is not None and len(found) <= MAX_PARAMETER else None


def callback_of(parameter: str, topics: TopicTree) -> Callback | None:
    """Read a start parameter as the button that asks for the same; None for anything else."""
    for action, name in _PLAIN.items():
        if parameter == name:
            return Callback(action, ("1",))
    if parameter == "subscribe":
        return Callback(Action.SUBSCRIBE)
    if _STORY.fullmatch(parameter):
        return Callback(Action.STORY, (parameter.removeprefix("story-"),))
    kind, _, rest = parameter.partition("-")
    if kind == "topic" and rest:
        return Callback(Action.TOPIC, ("1", _key(rest, topics)))
    if kind == "follow" and rest:
        return Callback(Action.FOLLOW, (_key(rest, topics),))
    words = _decoded(rest) if kind == "ask" else ""
    return Callback(Action.QUERY, ("1", words)) if words else None


def in_shared_chat(
    message: Message, *, bot_username: str | None, phrases: Phrases = ENGLISH
) -> Message:
    """Give the form of a message for a group or channel: links in place of buttons that open."""
    markup = message.parameters.get("reply_markup")
    if not isinstance(markup, Mapping):
        return message
    rows = [_shared_row(row, bot_username, phrases) for row in markup["inline_keyboard"]]
    kept = [row for row in rows if row]
    parameters = {name: value for name, value in message.parameters.items() if value is not markup}
    if kept:
        parameters["reply_markup"] = {"inline_keyboard": kept}
    return replace(message, parameters=parameters)


def _shared_row(row: Sequence[Json], bot_username: str | None, phrases: Phrases) -> list[Json]:
    callbacks = [decoded(button.get("callback_data"), parts=2) for button in row]
    is_pager = any(found is not None and found.action is Action.NOTHING for found in callbacks)
    shared: list[Json] = []
    for button, callback in zip(row, callbacks, strict=True):
        if callback is None or callback.action in KEPT_IN_GROUPS:
            shared.append(button)
            continue
        start = parameter(callback)
        if start is not None and bot_username:
            text = phrases(MORE) if is_pager else str(button["text"])
            shared.append({"text": text, "url": f"https://t.me/{bot_username}?start={start}"})
    return shared[:1] if is_pager else shared


def _slug(key: str) -> str:
    name = key.replace(" ", "-")
    if _PLAIN_KEY.fullmatch(key) and len(name) + len("topic-") <= MAX_PARAMETER:
        return name
    return hashlib.blake2b(key.encode(errors="replace"), digest_size=8).hexdigest()


def _key(slug: str, topics: TopicTree) -> str:
    topic = topics.find(slug)
    if topic is not None:
        return folded(topic.name)
    keys = (folded(one.name) for one in topics.topics)
    return next((key for key in keys if _slug(key) == slug), folded(slug))


def _decoded(text: str) -> str:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
