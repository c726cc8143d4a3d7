"""Pictures made for the tests."""

from __future__ import annotations

import io
import random
import struct
import zlib
from typing import Any

from PIL import Image


def drawn(kind: str, size: tuple[int, int] = (300, 200), mode: str = "RGB", **how: Any) -> bytes:
    """Draw a grey gradient and pack it as `kind`."""
    target = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(target, kind, **how)
    return target.getvalue()


def png_of(width: int, height: int, rows: bytes = b"") -> bytes:
    """Write a grey PNG by hand, so that its header may say what its data do not hold."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def photo(number: int = 1, size: tuple[int, int] = (800, 500), kind: str = "JPEG") -> bytes:
    """Draw a picture with as many colours as a photo has, another one for each number."""
    chance = random.Random(number)
    target = io.BytesIO()
    small = Image.frombytes("RGB", (16, 10), chance.randbytes(480))
    small.resize(size, Image.Resampling.BICUBIC).save(target, kind)
    return target.getvalue()
