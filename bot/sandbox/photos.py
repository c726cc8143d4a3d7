"""Pictures and files that were sent: where they come from, whether Telegram takes them."""

from __future__ import annotations

import asyncio
import hashlib
import mimetypes
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import PurePosixPath

from PIL import Image, UnidentifiedImageError

from bot.sandbox.errors import bad_request
from bot.sandbox.parameters import Upload
from bot.sandbox.previews import LittleWeb

MAX_PHOTO = 10_485_760
MAX_PHOTO_BY_URL = 5 * 1024 * 1024
MAX_FILE = 50 * 1000 * 1000
MAX_DOWNLOAD = 20 * 1000 * 1000
MAX_SIDES = 10_000
MAX_RATIO = 20
EXTENSIONS = frozenset({"jpg", "jpeg", "gif", "png", "tif", "tiff", "bmp"})
# Files that carry no usable name are judged by their bytes alone.
NAMELESS = frozenset({"", "octet-stream"})
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP")
# Telegram keeps a picture in these sizes, by the longer side.
SIDES = (90, 320, 800, 1280)
_PREFIXES = {"photo": "AgAC", "document": "BQAC"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file on Telegram's servers, in one size."""

    kind: str
    id: str
    unique_id: str
    name: str
    data: bytes = field(repr=False)
    width: int = 0
    height: int = 0
    is_scaled: bool = False

    @property
    def path(self) -> str:
        """The file_path that getFile tells."""
        folder = "photos" if self.kind == "photo" else "documents"
        return f"{folder}/{self.unique_id}{self.suffix}"

    @property
    def suffix(self) -> str:
        if self.is_scaled:
            return ".jpg"
        return PurePosixPath(self.name).suffix or ".bin"

    @property
    def media_type(self) -> str:
        """The MIME type by name."""
        return mimetypes.guess_type(f"x{self.suffix}")[0] or "application/octet-stream"

    def to_json(self) -> dict[str, object]:
        """Build the PhotoSize or Document object."""
        body: dict[str, object] = {
            "file_id": self.id,
            "file_unique_id": self.unique_id,
            "file_size": len(self.data),
        }
        if self.kind == "photo":
            return body | {"width": self.width, "height": self.height}
        return body | {"file_name": self.name, "mime_type": self.media_type}

    async def read(self) -> bytes:
        """Give the bytes of this size; scaling happens when somebody looks."""
        if not self.is_scaled:
            return self.data
        return await asyncio.to_thread(_scale, self.data, (self.width, self.height))


def _scale(data: bytes, size: tuple[int, int]) -> bytes:
    with Image.open(BytesIO(data)) as picture:
        small = picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    out = BytesIO()
    small.save(out, "JPEG", quality=87)
    return out.getvalue()


class Files:
    """Everything that was ever sent to this bot's chats, by file_id."""

    def __init__(self, token: str, web: LittleWeb) -> None:
        self._token = token
        self._web = web
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}
        self._sizes: dict[str, tuple[StoredFile, ...]] = {}

    def find(self, file_id: str) -> StoredFile | None:
        """The file with this id."""
        return self._by_id.get(file_id)

    def at(self, path: str) -> StoredFile | None:
        """The file with this file_path."""
        return self._by_path.get(path)

    def give(self, name: str, value: str, files: Mapping[str, Upload]) -> tuple[StoredFile, ...]:
        """Find or take in what a `photo` or `document` parameter means; all its sizes.

        `name` is the kind of file that is wanted.
        """
        upload = files.get(value.removeprefix("attach://")) if value.startswith("attach:") else None
        upload = upload or (files.get(name) if not value else None)
        if upload is not None:
            return self._take_upload(name, upload)
        if not value or value.startswith("attach:"):
            raise bad_request(f"there is no {name} in the request")
        if "." in value or "://" in value:
            return self._fetch(name, value)
        return self._known(name, value)

    def _known(self, kind: str, file_id: str) -> tuple[StoredFile, ...]:
        known = self._by_id.get(file_id)
        if known is not None:
            if known.kind != kind:
                raise bad_request(f"can't use file of type {known.kind.title()} as {kind.title()}")
            return self._sizes[known.id]
        if file_id[:4] in _PREFIXES.values():
            raise bad_request(
                "wrong remote file identifier specified: can't unserialize it. Wrong last symbol"
            )
        raise bad_request("wrong file identifier/HTTP URL specified")

    def _take_upload(self, kind: str, upload: Upload) -> tuple[StoredFile, ...]:
        if not upload.data:
            raise bad_request("file must be non-empty")
        if kind != "photo":
            if len(upload.data) > MAX_FILE:
                raise bad_request("file is too big")
            return self._keep(kind, upload.name, upload.data, (0, 0))
        if len(upload.data) > MAX_PHOTO:
            raise bad_request(
                f"file of size {len(upload.data)} bytes is too big for a photo; "
                f"the maximum size is {MAX_PHOTO} bytes"
            )
        extension = PurePosixPath(upload.name).suffix.removeprefix(".").lower()
        if extension not in EXTENSIONS | NAMELESS:
            raise bad_request(
                "photo has unsupported extension. Use one of .jpg, .jpeg, .gif, .png, .tif or .bmp"
            )
        size = _measure(upload.data, broken="IMAGE_PROCESS_FAILED")
        return self._keep(kind, upload.name, upload.data, size)

    def _fetch(self, kind: str, url: str) -> tuple[StoredFile, ...]:
        scheme, found, _ = url.partition("://")
        if found and scheme.lower() not in {"http", "https"}:
            raise bad_request("invalid file HTTP URL specified: Unsupported URL protocol")
        if self._web.page(url) is not None:
            raise bad_request("wrong type of the web page content")
        path = self._web.picture(url)
        if path is None:
            raise bad_request("failed to get HTTP URL content")
        data = path.read_bytes()
        if len(data) > MAX_PHOTO_BY_URL:
            raise bad_request("failed to get HTTP URL content")
        if kind != "photo":
            raise bad_request("wrong type of the web page content")
        size = _measure(data, broken="wrong type of the web page content")
        return self._keep(kind, path.name, data, size)

    def _keep(
        self, kind: str, name: str, data: bytes, size: tuple[int, int]
    ) -> tuple[StoredFile, ...]:
        digest = hashlib.sha256(data).digest()
        sides = [side for side in SIDES if side < max(size)] if kind == "photo" else []
        sizes = [_scaled_size(size, side) for side in sides]
        if max(size) <= SIDES[-1]:
            sizes.append(size)
        kept = tuple(
            StoredFile(
                kind=kind,
                id=_PREFIXES[kind] + self._mark(digest, index, self._token, length=42),
                unique_id="AQAD" + self._mark(digest, index, length=12),
                name=name,
                data=data,
                width=width,
                height=height,
                is_scaled=(width, height) != size,
            )
            for index, (width, height) in enumerate(sizes)
        )
        for file in kept:
            self._by_id[file.id] = self._by_path[file.path] = file
            self._sizes[file.id] = kept
        return kept

    @staticmethod
    def _mark(digest: bytes, index: int, secret: str = "", *, length: int) -> str:
        """Make an id that shows nothing of what it is made of."""
        mixed = hashlib.sha256(digest + bytes([index]) + secret.encode()).digest()
        return urlsafe_b64encode(mixed).decode().rstrip("=")[:length]


def _scaled_size(size: tuple[int, int], side: int) -> tuple[int, int]:
    factor = side / max(size)
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def _measure(data: bytes, *, broken: str) -> tuple[int, int]:
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as picture:
            width, height = picture.size
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise bad_request(broken) from error
    except Image.DecompressionBombError as error:
        raise bad_request("PHOTO_INVALID_DIMENSIONS") from error
    if width + height > MAX_SIDES or max(width, height) > MAX_RATIO * min(width, height):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return width, height
