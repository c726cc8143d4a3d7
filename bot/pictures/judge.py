"""What a picture is, told by its bytes, and the form of it that Telegram takes.

Decoding is processor work and must run in a worker thread.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from bot.domain.picture import Seen
from bot.errors import PictureError
from bot.pictures.metadata import stripped

MAX_BYTES = 10 * 1024 * 1024
"""Bytes of an uploaded photo (Bot API, sendPhoto)."""
MAX_BYTES_BY_URL = 5 * 1024 * 1024
"""Bytes of a photo that Telegram fetches by its address."""
MAX_SIDES = 10_000
"""Width and height together (Bot API, sendPhoto)."""
MAX_RATIO = 20
"""The longer side to the shorter one (Bot API, sendPhoto)."""
MIN_SIDE = 100
"""Smaller pictures are logos and counting pixels: a text alone looks better."""
MAX_PIXELS = 40_000_000
"""More is refused before it is unpacked: 160 MB of memory for one picture are enough."""
SCALED_SIDE = 2560
"""The longest side after scaling: what Telegram keeps of a photo."""

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
"""The decoders that strangers' bytes may reach; the rarer ones stay shut."""
_AS_THEY_ARE = {"JPEG": ("RGB", "L"), "PNG": ("RGB", "RGBA", "L", "LA", "P", "1")}
_SUFFIXES = {"JPEG": "jpg", "PNG": "png"}
_TURNED = (5, 6, 7, 8)
_ORIENTATION = 0x0112
_SAMPLE = (48, 48)
_FEW_COLOURS = 40
"""Among the points of a sample, of 4,096: a photo has hundreds, a logo a few dozen at most."""

# Pillow's decoders raise these, and their relatives, on damaged or forged files.
_BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    MemoryError,
    struct.error,
    zlib.error,
    ArithmeticError,
    LookupError,
    TypeError,
    AttributeError,
    RuntimeError,
    AssertionError,
    SystemError,
    BufferError,
    Image.DecompressionBombError,
    Warning,
)

Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFile:
    """A picture that Telegram takes as a photo; `format` is `JPEG` or `PNG`, sizes as shown.

    `is_plain` and `is_drawn` as in `Seen`.
    """

    data: bytes
    name: str
    format: str
    width: int
    height: int
    is_plain: bool = True
    is_drawn: bool = False

    @property
    def seen(self) -> Seen:
        """Say what it is, without its bytes."""
        return Seen(
            width=self.width, height=self.height, is_plain=self.is_plain, is_drawn=self.is_drawn
        )


def judged(data: bytes) -> PictureFile:
    """Take a picture as it is when Telegram does, else convert, turn and scale it.

    Either way nothing is left of what the file says beside the picture. Raises PictureError when
    it is none, is broken, too small, or too large to unpack.
    """
    if not data:
        raise PictureError("an empty file")
    with broken_to_picture_error(), Image.open(io.BytesIO(data), formats=FORMATS) as image:
        return _fitted(image, data)


@contextmanager
def broken_to_picture_error() -> Iterator[None]:
    """Turn whatever Pillow raises on a file that it cannot read into a PictureError."""
    try:
        yield
    except PictureError:
        raise
    except UnidentifiedImageError as error:
        raise PictureError("not a picture that we can read") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureError("more pixels than we unpack") from error
    except _BROKEN as error:
        raise PictureError(f"a broken picture: {type(error).__name__}") from error


def _fitted(image: Image.Image, data: bytes) -> PictureFile:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise PictureError(f"{width} × {height}: more pixels than we unpack")
    if min(width, height) < MIN_SIDE:
        raise PictureError(f"{width} × {height}: too small to show")
    if max(width, height) > MAX_RATIO * min(width, height):
        raise PictureError(f"{width} × {height}: too narrow to show")
    if _is_fine(image, data):
        image.load()  # a header alone says nothing about the rest
        is_turned = image.getexif().get(_ORIENTATION, 1) != 1
        bare = None if is_turned else stripped(data, image.format or "")
        if bare is not None:
            return _file(
                bare,
                image.format or "",
                (width, height),
                is_plain=len(data) <= MAX_BYTES_BY_URL,
                is_drawn=_is_drawn(image),
            )
    return _converted(image)


def _is_drawn(image: Image.Image) -> bool:
    """Whether a picture has few colours; what is see-through counts for none."""
    small = image.resize(_SAMPLE, Image.Resampling.NEAREST).convert("RGBA")
    colours = {
        (red >> 4, green >> 4, blue >> 4)
        for red, green, blue, opaque in zip(*[iter(small.tobytes())] * 4, strict=True)
        if opaque > 127
    }
    return len(colours) < _FEW_COLOURS and not _is_grey(colours)


def _is_grey(colours: set[tuple[int, int, int]]) -> bool:
    """Whether it is a black and white photo: many greys and nothing else."""
    return len(colours) >= 12 and all(max(one) - min(one) <= 1 for one in colours)


def _is_fine(image: Image.Image, data: bytes) -> bool:
    modes = _AS_THEY_ARE.get(image.format or "", ())
    return image.mode in modes and len(data) <= MAX_BYTES and sum(image.size) <= MAX_SIDES


def _converted(image: Image.Image) -> PictureFile:
    """Draw the first frame on white, upright, at most `SCALED_SIDE` a side, as a plain JPEG."""
    image.draft("RGB", (SCALED_SIDE, SCALED_SIDE))
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I;16") or upright.mode in ("I", "F"):
        upright = _eight_bits(upright)
    if upright.has_transparency_data:
        layer = upright.convert("RGBA")
        layer.thumbnail((SCALED_SIDE, SCALED_SIDE))
        flat = Image.new("RGB", layer.size, "white")
        flat.paste(layer, mask=layer.getchannel("A"))
    else:
        flat = upright.convert("RGB")
        flat.thumbnail((SCALED_SIDE, SCALED_SIDE))
    if min(flat.size) < MIN_SIDE:
        raise PictureError("too narrow to show")
    target = io.BytesIO()
    # A new image holds no metadata of the old one; nothing of it is handed on.
    flat.info.clear()
    flat.save(target, "JPEG", quality=88, optimize=True)
    return _file(target.getvalue(), "JPEG", flat.size, is_plain=False, is_drawn=_is_drawn(upright))


def _eight_bits(image: Image.Image) -> Image.Image:
    """Bring 16 and 32 bit greys to 8: a plain conversion would cut everything to white."""
    grey = image if image.mode in ("I", "F") else image.convert("I")
    grey = grey.convert("F")
    low, high = grey.getextrema()
    if not isinstance(low, float) or not isinstance(high, float):
        raise PictureError("greys that cannot be read")
    scale = 255 / ((high - low) or 1.0)
    offset = -low * scale
    return grey.point(lambda value: value * scale + offset).convert("L")


def _file(
    data: bytes, kind: str, size: tuple[int, int], *, is_plain: bool, is_drawn: bool
) -> PictureFile:
    return PictureFile(
        data=data,
        name=f"picture.{_SUFFIXES[kind]}",
        format=kind,
        width=size[0],
        height=size[1],
        is_plain=is_plain,
        is_drawn=is_drawn,
    )
