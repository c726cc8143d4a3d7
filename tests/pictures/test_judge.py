from __future__ import annotations

import io
import random
from typing import Any

import pytest
from PIL import Image, ImageCms, ImageDraw
from PIL.PngImagePlugin import PngInfo

from bot.errors import PictureError
from bot.pictures.judge import MAX_BYTES, SCALED_SIDE, PictureFile, judged
from tests.support.drawing import drawn, png_of


def opened(picture: PictureFile) -> Image.Image:
    image = Image.open(io.BytesIO(picture.data))
    image.load()
    return image


@pytest.mark.parametrize(("kind", "suffix"), [("JPEG", "jpg"), ("PNG", "png")])
def test_jpeg_and_png_stay_byte_for_byte(kind: str, suffix: str) -> None:
    data = drawn(kind)
    picture = judged(data)
    assert picture == PictureFile(
        data=data,
        name=f"picture.{suffix}",
        format=kind,
        width=300,
        height=200,
    )


@pytest.mark.parametrize("kind", ["WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_other_formats_become_jpeg(kind: str) -> None:
    picture = judged(drawn(kind))
    assert (picture.name, picture.format, picture.width, picture.height) == (
        "picture.jpg", "JPEG", 300, 200,
    )  # fmt: skip
    assert (opened(picture).format, opened(picture).size) == ("JPEG", (300, 200))


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "CMYK"), ("PNG", "I;16"), ("TIFF", "F"), ("TIFF", "I")]
)
def test_unusual_colours_are_converted_and_keep_their_light_and_dark(kind: str, mode: str) -> None:
    picture = judged(drawn(kind, mode=mode))
    greys = opened(picture).convert("L").tobytes()
    assert (picture.format, min(greys) < 40, max(greys) > 215) == ("JPEG", True, True)


def test_what_is_transparent_becomes_white() -> None:
    target = io.BytesIO()
    Image.new("RGBA", (200, 200), (0, 0, 0, 0)).save(target, "WEBP")
    assert opened(judged(target.getvalue())).getpixel((100, 100)) == (255, 255, 255)


def test_a_turned_picture_is_told_as_it_is_shown_and_stands_upright_after_conversion() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "secret camera"
    for kind in ("JPEG", "PNG", "WEBP"):
        upright = judged(drawn(kind, exif=exif))
        assert (upright.width, upright.height) == opened(upright).size == (200, 300)
        assert b"secret camera" not in upright.data
        assert not opened(upright).getexif()
        assert not upright.is_plain


SECRETS = (b"secret camera", b"secret place", b"secret words", b"secret author")


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("how", [{}, {"progressive": True}, {"restart_marker_blocks": 4}])
def test_what_a_file_says_beside_its_picture_is_taken_out_and_every_point_stays(
    kind: str, how: dict[str, Any]
) -> None:
    exif = Image.Exif()
    exif[0x010F] = "secret camera"
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", "secret place", zip=False)
    info.add_text("Author", "secret author")
    said = {"pnginfo": info} if kind == "PNG" else {"xmp": b"secret place", **how}
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = drawn(kind, exif=exif, comment=b"secret words", icc_profile=profile, **said)
    data += b"secret author"
    assert sum(secret in data for secret in SECRETS) >= 3
    picture = judged(data)
    assert not any(secret in picture.data for secret in SECRETS)
    with Image.open(io.BytesIO(data)) as before:
        after = opened(picture)
        assert after.tobytes() == before.tobytes()
        assert after.info.get("icc_profile") == profile
    assert not after.getexif()
    assert judged(picture.data).data == picture.data


def test_a_logo_has_few_colours_and_a_photo_many() -> None:
    chance = random.Random(2)
    photo = Image.frombytes("RGB", (40, 30), chance.randbytes(3600)).resize((800, 600))
    logo = Image.new("RGBA", (600, 400), (0, 0, 0, 0))
    ImageDraw.Draw(logo).ellipse((100, 50, 500, 350), fill="crimson", outline="navy", width=20)
    for picture, is_drawn in ((photo, False), (logo, True), (photo.convert("L"), False)):
        target = io.BytesIO()
        picture.save(target, "PNG")
        assert judged(target.getvalue()).is_drawn == is_drawn


def test_a_picture_beyond_the_limits_is_scaled_down() -> None:
    picture = judged(drawn("PNG", (9600, 600)))
    assert (picture.format, picture.width, picture.height) == ("JPEG", SCALED_SIDE, 160)


def test_a_picture_of_too_many_bytes_is_packed_anew() -> None:
    noise = Image.frombytes("RGB", (2000, 2000), random.Random(1).randbytes(12_000_000))
    target = io.BytesIO()
    noise.save(target, "PNG")
    assert len(target.getvalue()) > MAX_BYTES
    picture = judged(target.getvalue())
    assert picture.format == "JPEG"
    assert len(picture.data) <= MAX_BYTES


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\0", b"<html>not a picture</html>", b"GIF89a", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300"/>',
        drawn("JPEG")[:400], drawn("PNG")[:200], drawn("WEBP")[:60], drawn("GIF")[:-2000],
        drawn("PNG", (99, 300)), drawn("PNG", (50, 50)), drawn("PNG", (4000, 150)),
        png_of(30_000, 30_000), png_of(7000, 7000), png_of(2**31 - 1, 2**31 - 1),
        png_of(0, 0), png_of(300, 300), b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 300 300\n",
        b"%PDF-1.4", b"II*\0" + b"\xff" * 200, b"BM" + b"\xff" * 200,
    ],
)  # fmt: skip
def test_what_is_no_good_picture_is_a_picture_error(data: bytes) -> None:
    with pytest.raises(PictureError):
        judged(data)


def test_a_bomb_of_many_pixels_costs_no_memory() -> None:
    bomb = png_of(19_000, 19_000, bytes(19_001) * 1000)
    assert len(bomb) < 100_000
    with pytest.raises(PictureError, match="pixels"):
        judged(bomb)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_no_damage_to_the_bytes_raises_anything_else(kind: str) -> None:
    chance = random.Random(kind)
    whole = drawn(kind, (160, 120))
    outcomes = set()
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 12)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if chance.random() < 0.3:
            del data[chance.randrange(len(data)) :]
        try:
            picture = judged(bytes(data))
        except PictureError:
            outcomes.add("refused")
        else:
            outcomes.add("taken")
            assert opened(picture).format == picture.format
    assert "refused" in outcomes or kind in ("BMP", "TIFF")
