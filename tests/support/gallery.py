"""Pictures for tests, and what is remembered about them."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

from PIL import Image

from bot.domain.message import Draft, Text
from bot.errors import PictureError, StoreError

URL = "https://pictures.test/a.jpg"
TEXT = Draft(text=Text("words"), is_silent=True).finished()
BY_URL = Draft(text=Text("words"), photo=URL).finished()
BY_UPLOAD = Draft(text=Text("words"), photo="attach://assets/a.png").finished()


def png(width: int = 320, height: int = 180) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "PNG")
    return out.getvalue()


@dataclass(frozen=True)
class Picture:
    data: bytes
    name: str = "a.png"


@dataclass
class Gallery:
    """A source with some pictures and no others."""

    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def load(self, key: str) -> Picture:
        self.asked.append(key)
        if key not in self.files:
            raise PictureError("no such picture")
        return Picture(self.files[key])


@dataclass
class Memory:
    """A store that may fail when it should remember."""

    ids: dict[str, str] = field(default_factory=dict)
    is_full: bool = False

    async def get(self, key: str) -> str | None:
        return self.ids.get(key)

    async def put(self, key: str, file_id: str) -> None:
        if self.is_full:
            raise StoreError("disk full")
        self.ids[key] = file_id

    async def drop(self, key: str) -> None:
        self.ids.pop(key, None)
