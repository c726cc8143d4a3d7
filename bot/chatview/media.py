"""Pictures, albums, files and link previews → HTML."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.chatview.text import escape, link_attributes
from bot.chatview.view import Message, View

_IMAGE = re.compile(r"https?://|/(?!/)|data:image/(?:png|jpeg|gif|webp);base64,", re.IGNORECASE)

# How many pictures stand in each row of an album, by their number.
_ROWS: dict[int, tuple[int, ...]] = {
    1: (1,),
    2: (2,),
    3: (1, 2),
    4: (2, 2),
    5: (2, 3),
    6: (3, 3),
    7: (2, 2, 3),
    8: (2, 3, 3),
    9: (3, 3, 3),
    10: (2, 2, 3, 3),
}
_SHAPES = (0.5, 2.2)  # the slimmest and the widest tile of an album, width through height


def photo_html(message: Message, view: View) -> str:
    """The picture of a message as a link to its full size, or nothing."""
    source, width, height = _largest(message, view)
    if not source:
        return ""
    shape = f' width="{width}" height="{height}"' if width and height else ""
    return f'<div class="photo">{_picture(message, source, shape)}</div>'


def album_html(messages: Sequence[Message], view: View) -> str:
    """The pictures of an album in rows of equal height."""
    rows: list[str] = []
    at = 0
    for count in _ROWS.get(len(messages), (3,) * -(-len(messages) // 3)):
        tiles = "".join(_tile(message, view) for message in messages[at : at + count])
        rows.append(f'<div class="album-row">{tiles}</div>')
        at += count
    return f'<div class="album">{"".join(rows)}</div>'


def document_html(message: Message, view: View) -> str:
    """A file: its name as a link to it where it can be had, and its size; or nothing."""
    document = message.get("document")
    if not isinstance(document, Mapping):
        return ""
    name = escape(str(document.get("file_name", "file")))
    size = document.get("file_size")
    said = f'<span class="size">{max(1, size // 1024)} KB</span>' if isinstance(size, int) else ""
    source = view.picture_url(str(document.get("file_id", "")))
    tag, link = "span", ""
    if _IMAGE.match(source):
        tag, link = "a", f' href="{escape(source)}" download'
    return f'<div class="document"><{tag} class="name" dir="auto"{link}>{name}</{tag}>{said}</div>'


def location_html(message: Message) -> str:
    """A place on the map by its degrees, or nothing."""
    place = message.get("location")
    if not isinstance(place, Mapping):
        return ""
    return f'<div class="location" dir="ltr">{escape(_degrees(place))}</div>'


def _degrees(place: Mapping[str, Any]) -> str:
    """A place on the map in words: “38.72° N, 9.14° W”."""
    latitude, longitude = float(place.get("latitude", 0)), float(place.get("longitude", 0))
    north = f"{abs(latitude):.2f}° {'N' if latitude >= 0 else 'S'}"
    return f"{north}, {abs(longitude):.2f}° {'E' if longitude >= 0 else 'W'}"


def preview_html(preview: Mapping[str, Any]) -> str:
    """The card of a linked page."""
    attributes = link_attributes(str(preview.get("url", "")))
    if attributes is None:
        return ""
    words = "".join(
        f'<span class="{key.replace("_", "-")}" dir="auto">{escape(str(preview[key]))}</span>'
        for key in ("site_name", "title", "description")
        if preview.get(key)
    )
    image = preview.get("image")
    picture = ""
    if isinstance(image, str) and _IMAGE.match(image):
        picture = f'<img src="{escape(image)}" alt="" loading="lazy">'
    size = "large" if preview.get("large") else "small"
    return f'<a class="preview {size}" {attributes}><span class="words">{words}</span>{picture}</a>'


def _largest(message: Message, view: View) -> tuple[str, int, int]:
    """Address, width and height of the largest size; a bare string counts as the picture."""
    photo = message.get("photo")
    if isinstance(photo, str):
        return view.picture_url(photo), 0, 0
    if not isinstance(photo, Sequence) or not photo:
        return "", 0, 0
    largest = photo[-1]  # the Bot API lists sizes from small to large
    width, height = largest.get("width", 0), largest.get("height", 0)
    return view.picture_url(str(largest["file_id"])), int(width), int(height)


def _picture(message: Message, source: str, shape: str = "") -> str:
    hidden = " veiled" if message.get("has_media_spoiler") else ""
    said = escape(str(message.get("caption") or "Picture"))[:300]
    address = escape(source)
    return (
        f'<a class="zoom{hidden}" href="{address}" target="_blank" rel="noopener">'
        f'<img src="{address}" alt="{said}"{shape}></a>'
    )


def _tile(message: Message, view: View) -> str:
    source, width, height = _largest(message, view)
    ratio = width / height if width and height else 1.0
    ratio = min(max(ratio, _SHAPES[0]), _SHAPES[1])
    inside = _picture(message, source) if source else document_html(message, view)
    return (
        f'<div class="tile" style="flex-grow:{ratio:.3f};aspect-ratio:{ratio:.3f}">{inside}</div>'
    )
