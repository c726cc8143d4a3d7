"""Messages as rows: what they say, and which stories stand on which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.article import StoryKey
from bot.domain.delivery import DigestId
from bot.domain.digest import Digest
from bot.domain.message import Message
from bot.store.database import Row


def message_rows(digest_id: DigestId, digest: Digest) -> list[dict[str, Any]]:
    """Give the rows of a digest's messages, in order."""
    return [
        {
            "digest_id": digest_id,
            "position": position,
            "follows": None,
            **message_json(message),
        }
        for position, message in enumerate(digest.messages)
    ]


def message_json(message: Message) -> dict[str, Any]:
    """Give a message as one JSON value, without loss."""
    value = {
        "method": message.method,
        "parameters": dict(message.parameters),
        "stories": list(message.stories),
    }
    if message.rest is not None:
        value["rest"] = message_json(message.rest)
    if message.follows is not None:
        value["follows"] = message.follows
    return value


def message_from_json(value: Mapping[str, Any]) -> Message:
    """Read what `message_json` gave."""
    return Message(
        method=value["method"],
        parameters=value["parameters"],
        stories=tuple(StoryKey(key) for key in value["stories"]),
        rest=message_from_json(value["rest"]) if "rest" in value else None,
        follows=StoryKey(value["follows"]) if value.get("follows") else None,
    )


def message_from_row(row: Row) -> Message:
    """Read a message from columns of its own."""
    return message_from_json(
        {
            "method": row.method,
            "parameters": row.parameters,
            "stories": row.stories,
            "follows": row.follows,
        }
    )


def story_rows(digest_id: DigestId, digest: Digest) -> list[dict[str, Any]]:
    """Tell which stories stand on which message.

    The other stories of an event stand where its leading one does; a story that no message
    names counts for the first, so that nothing of a digest is ever taken for unsent.
    """
    places: dict[StoryKey, set[int]] = {}
    for position, message in enumerate(digest.messages):
        for key in message.stories:
            places.setdefault(key, set()).add(position)
    for item in digest.items:
        lead, *others = item.story_keys
        where = places.setdefault(lead, {0})
        for key in others:
            places.setdefault(key, set()).update(where)
    leads = {item.article.story_key for item in digest.items}
    return [
        {
            "digest_id": digest_id,
            "position": position,
            "story_key": key,
            "is_lead": key in leads,
        }
        for key, positions in places.items()
        for position in sorted(positions)
    ]
