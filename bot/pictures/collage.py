"""A digest's cover: the pictures of its stories side by side, each with its number.

The same pictures give the same bytes, as long as Pillow is the same. A collage is named by what
it is made of, so it can be drawn again whenever its bytes are wanted.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

from bot.errors import PictureError
from bot.pictures.judge import PictureFile, broken_to_picture_error

WIDTH = 1280
GAP = 8
_ROWS: dict[int, tuple[int, ...]] = {
    1: (1,),
    2: (2,),
    3: (1, 2),
    4: (2, 2),
    5: (2, 3),
    6: (3, 3),
    7: (1, 3, 3),
    8: (2, 3, 3),
    9: (3, 3, 3),
}
"""How many pictures stand in each row."""
_HEIGHTS = {1: 560, 2: 500, 3: 380}
"""How high a row of so many pictures is."""
_BADGE = 92
"""Across, in pixels: a twelfth of the width, about as high as two lines of text on a phone."""
_MARGIN = 18
_FONT = Path(__file__).with_name("fonts") / "digits.ttf"
_PAPER, _EMPTY, _INK = (255, 255, 255), (203, 211, 219), (16, 23, 31)
_CENTRE = (0.5, 0.4)
"""What is cut off is rather taken from below: faces stand high in a picture."""


def drawn_collage(pictures: Sequence[tuple[int, bytes | None]]) -> PictureFile:
    """Draw a collage; None is a picture that has been lost, whose place stays grey.

    Raises PictureError when all are lost.
    """
    if all(data is None for _, data in pictures):
        raise PictureError("none of its pictures can be had")
    rows = _ROWS[len(pictures)]
    height = sum(_HEIGHTS[count] for count in rows) + GAP * (len(rows) - 1)
    canvas = Image.new("RGB", (WIDTH, height), _PAPER)
    at, top = 0, 0
    for count in rows:
        for place, (number, data) in enumerate(pictures[at : at + count]):
            left = place * (WIDTH + GAP) // count
            right = (place + 1) * (WIDTH + GAP) // count - GAP
            tile = _tile(data, (right - left, _HEIGHTS[count]))
            canvas.paste(tile, (left, top))
            _put_number(canvas, number, (left + _MARGIN, top + _MARGIN))
        at += count
        top += _HEIGHTS[count] + GAP
    target = io.BytesIO()
    canvas.save(target, "JPEG", quality=86, optimize=True)
    return PictureFile(
        data=target.getvalue(),
        name="cover.jpg",
        format="JPEG",
        width=WIDTH,
        height=height,
        is_plain=False,
    )


def _tile(data: bytes | None, size: tuple[int, int]) -> Image.Image:
    if data is None:
        return Image.new("RGB", size, _EMPTY)
    with broken_to_picture_error(), Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
        image.draft("RGB", (2 * size[0], 2 * size[1]))
        upright = image.convert("RGBA") if image.has_transparency_data else image.convert("RGB")
        fitted = ImageOps.fit(upright, size, Image.Resampling.LANCZOS, centering=_CENTRE)
        if fitted.mode == "RGBA":
            flat = Image.new("RGB", size, _PAPER)
            flat.paste(fitted, mask=fitted.getchannel("A"))
            return flat
        return fitted


def _put_number(canvas: Image.Image, number: int, corner: tuple[int, int]) -> None:
    """Draw the number in a white disc; drawn larger and made small, so that its rim is smooth."""
    large = 3 * _BADGE
    mask = Image.new("L", (large, large), 0)
    ImageDraw.Draw(mask).ellipse((0, 0, large - 1, large - 1), fill=255)
    disc = Image.new("RGB", (large, large), _PAPER)
    font = _font(large * (58 if number < 10 else 46) // 100)
    ImageDraw.Draw(disc).text((large / 2, large / 2), str(number), _INK, font, anchor="mm")
    size = (_BADGE, _BADGE)
    canvas.paste(disc.resize(size, Image.Resampling.BOX), corner, mask.resize(size))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_FONT, size, layout_engine=ImageFont.Layout.BASIC)
