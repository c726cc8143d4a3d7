"""A digest as a web page, through the same view as the sandbox's chat page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.chatview import page
from bot.domain.digest import Digest
from bot.domain.message import ATTACHED, Message


def page_of(digest: Digest, *, now: datetime) -> str:
    """Write a digest as Telegram shows it, light and dark beside each other."""
    messages = [
        _as_telegram(message, number, now=now)
        for number, message in enumerate(digest.messages, start=1)
    ]
    return page(messages, title=f"Gazette, digest {digest.hash}", theme="both")


def _as_telegram(message: Message, number: int, *, now: datetime) -> dict[str, Any]:
    """Give the Message object that Telegram would make of the call."""
    shown: dict[str, Any] = {
        "message_id": number,
        "date": int(now.timestamp()),
        "chat": {"id": -1, "type": "channel", "title": "Gazette"},
        "sender_chat": {"id": -1, "type": "channel", "title": "Gazette"},
        **message.parameters,
    }
    photo = shown.get("photo")
    if isinstance(photo, str):
        shown["photo"] = [{"file_id": photo.removeprefix(ATTACHED), "width": 1200, "height": 675}]
    preview = _preview(message.parameters.get("link_preview_options"))
    if preview is not None:
        shown["_preview"] = preview
    return shown


def _preview(options: object) -> dict[str, Any] | None:
    """Show the link that Telegram would preview; without the internet we know only its picture."""
    if not isinstance(options, Mapping) or options.get("is_disabled") or "url" not in options:
        return None
    url = str(options["url"])
    is_picture = url.rsplit(".", 1)[-1].lower() in ("jpg", "jpeg", "png", "webp", "gif")
    return {
        "url": url,
        "site_name": "",
        "title": "" if is_picture else url,
        "description": "",
        "image": url if is_picture else None,
        "large": bool(options.get("prefer_large_media")),
        "above": bool(options.get("show_above_text")),
    }
