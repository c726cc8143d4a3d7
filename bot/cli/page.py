"""Digests as a web page, through the same view as the sandbox's chat page."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from io import BytesIO
from typing import Any

from bot.chatview.gallery import Shown, gallery
from bot.chatview.view import View
from bot.domain.article import Article
from bot.domain.digest import Digest
from bot.domain.message import ATTACHED, SEND_ALBUM, SEND_PHOTO, SEND_RICH, Message
from bot.domain.picture import Looks
from bot.domain.rich import is_picture, photos_of
from bot.rendering.cleaning import one_line
from bot.rendering.illustration import lead_picture
from bot.sandbox.entities import parse_entities, with_autolinks

SHOWN_SIDE = 860
"""Pixels: what a chat shows of a picture, on a sharp screen."""
GREY = (128, 140, 148)
USUAL_SIZE = (1200, 675)
"""What a picture that could not be looked at is drawn as."""

Pictures = Mapping[str, "Embedded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """A picture inside the page; its size is that of the picture that is sent."""

    address: str
    width: int
    height: int


def embedded(data: bytes) -> Embedded:
    """Make a picture small and write it out as an address."""
    from PIL import Image

    with Image.open(BytesIO(data)) as image:
        width, height = image.size
        small = image.convert("RGB")
        small.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
        target = BytesIO()
        small.save(target, "JPEG", quality=80)
    address = f"data:image/jpeg;base64,{b64encode(target.getvalue()).decode()}"
    return Embedded(address=address, width=width, height=height)


def uploads_of(digests: Iterable[Digest]) -> tuple[str, ...]:
    """Name the pictures that the digests upload, by their keys."""
    keys = (
        photo.removeprefix(ATTACHED)
        for digest in digests
        for message in digest.messages
        for photo in _photos(message)
        if photo.startswith(ATTACHED)
    )
    return tuple(dict.fromkeys(keys))


def page_of(digests: Mapping[str, Digest], *, now: datetime, pictures: Pictures) -> str:
    """Write digests by the names of their layouts as Telegram shows them."""
    shown = [
        Shown(name=name, note=_note(digest), messages=_chat(digest, now=now, pictures=pictures))
        for name, digest in digests.items()
    ]
    view = View(picture_url=lambda key: pictures[key].address if key in pictures else _unseen())
    return gallery(shown, title=f"Gazette, {now:%Y-%m-%d %H:%M} UTC", view=view)


def previews_of(digests: Iterable[Digest], *, looks: Looks, site_url: str | None) -> dict[str, str]:
    """Tell for pictures that are previewed by their address which file below the library they are.

    Gives keys by addresses.
    """
    found: dict[str, str] = {}
    for digest in digests:
        for item in digest.items[:1]:
            picture = lead_picture(item.article, site_url=site_url, looks=looks)
            if picture is not None and picture.address not in (None, picture.key):
                found[str(picture.address)] = picture.key
    return found


@cache
def _unseen() -> str:
    """Give what stands for a picture that nobody could look at: the page asks nobody for it."""
    from PIL import Image

    target = BytesIO()
    Image.new("RGB", USUAL_SIZE, GREY).save(target, "PNG", optimize=True)
    return f"data:image/png;base64,{b64encode(target.getvalue()).decode()}"


def _note(digest: Digest) -> str:
    count = digest.cost
    return f"digest {digest.hash}, {'1 message' if count == 1 else f'{count} messages'}"


def _chat(digest: Digest, *, now: datetime, pictures: Pictures) -> list[dict[str, Any]]:
    """Give the Message objects that Telegram would make of the calls."""
    articles = {item.article.link: item.article for item in digest.items}
    shown: list[dict[str, Any]] = []
    for number, message in enumerate(digest.messages):
        for content in _contents(message, pictures, album=str(number)):
            photo = content.get("photo")
            if isinstance(photo, str):
                content["photo"] = [_size(photo.removeprefix(ATTACHED), pictures)]
            preview = _preview(content.get("link_preview_options"), articles)
            if preview is not None:
                known = pictures.get(preview["url"])
                if preview["image"] is not None or known is not None:
                    preview["image"] = known.address if known is not None else _unseen()
                content["_preview"] = preview
            channel = {"id": -1, "type": "channel", "title": "Gazette"}
            head = {"message_id": len(shown) + 1, "date": int(now.timestamp())}
            shown.append({**head, "chat": channel, "sender_chat": channel, **content})
    return shown


def _contents(message: Message, pictures: Pictures, *, album: str) -> Iterator[dict[str, Any]]:
    if message.method == SEND_RICH:
        yield _rich_content(message, pictures)
        return
    if message.method != SEND_ALBUM:
        yield _with_links(message.parameters)
        return
    for item in message.parameters["media"]:
        said = {key: value for key, value in item.items() if key not in ("type", "media")}
        yield {"media_group_id": album, "photo": item["media"], **_with_links(said)}


def _with_links(said: Mapping[str, Any]) -> dict[str, Any]:
    """Add the links that Telegram makes by itself, such as hashtags."""
    content = dict(said)
    for words, name in (("text", "entities"), ("caption", "caption_entities")):
        if words in content:
            given = parse_entities(content.get(name), user=lambda _: None)
            shown = with_autolinks(str(content[words]), given)
            content[name] = [entity.to_json() for entity in shown]
    return content


def _rich_content(message: Message, pictures: Pictures) -> dict[str, Any]:
    """Give a rich message as it comes back: its pictures are lists of sizes then."""
    rich = message.parameters["rich_message"]
    blocks = [
        {"type": "photo", "photo": [_size(_key(block), pictures)]} if is_picture(block) else block
        for block in rich["blocks"]
    ]
    return {**message.parameters, "rich_message": {**rich, "blocks": blocks}}


def _key(block: Mapping[str, Any]) -> str:
    return str(block["photo"]["media"]).removeprefix(ATTACHED)


def _photos(message: Message) -> Iterator[str]:
    if message.method == SEND_RICH:
        yield from photos_of(message)
    if message.method == SEND_ALBUM:
        yield from (str(item["media"]) for item in message.parameters["media"])
    elif message.method == SEND_PHOTO:
        yield str(message.parameters["photo"])


def _size(key: str, pictures: Pictures) -> dict[str, Any]:
    found = pictures.get(key)
    width, height = (found.width, found.height) if found else USUAL_SIZE
    return {"file_id": key, "width": width, "height": height}


def _preview(options: object, articles: Mapping[str | None, Article]) -> dict[str, Any] | None:
    """Show the link that Telegram would preview: a picture, or what we know of the page."""
    if not isinstance(options, Mapping) or options.get("is_disabled") or "url" not in options:
        return None
    url = str(options["url"])
    page = articles.get(url)
    return {
        "url": url,
        "site_name": (page.source or "") if page else "",
        "title": one_line(page.title) if page else "",
        "description": one_line(page.excerpt) if page else "",
        "image": None if page else url,
        "large": bool(options.get("prefer_large_media")),
        "above": bool(options.get("show_above_text")),
    }
