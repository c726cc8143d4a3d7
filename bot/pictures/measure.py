"""How large a picture below the articles folders really is, told by its first bytes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from bot.errors import PictureError
from bot.pictures.judge import _BROKEN, _ORIENTATION, _TURNED, FORMATS
from bot.pictures.local import _found, _readings

Size = tuple[int, int]


def measure_local(folders: Sequence[Path], path: str) -> Size:
    """Give width and height, as shown, of the picture that `load_local` would read.

    Only the head of the file is read. Raises FileNotFoundError when there is none, and
    PictureError for a file that is no picture and for a path that leads out of the folder.
    """
    for relative in _readings(path):
        for folder in folders:
            file = _found(folder, relative)
            if file is not None:
                return _measured(file)
    raise FileNotFoundError(path)


def _measured(file: Path) -> Size:
    try:
        with Image.open(file, formats=FORMATS) as image:
            width, height = image.size
            # A PNG's EXIF may stand behind the picture, which would be decoded for it.
            exif = image.getexif() if image.format != "PNG" else {}
            is_turned = exif.get(_ORIENTATION) in _TURNED
    except UnidentifiedImageError as error:
        raise PictureError("it is no picture that we can read") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureError("it has more pixels than we unpack") from error
    except _BROKEN as error:
        raise PictureError("it is broken, or cannot be read") from error
    return (height, width) if is_turned else (width, height)
