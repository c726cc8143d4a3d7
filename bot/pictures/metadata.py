"""Taking out of a picture what is not the picture: camera, place, author, thumbnails.

The picture itself is copied byte for byte. Colour profiles stay: without them colours change.
"""

from __future__ import annotations

import re
import struct

_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_SAID = frozenset({b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME", b"dSIG", b"caBX"})
_PNG_END = b"IEND"

_SCAN, _END, _COMMENT = 0xDA, 0xD9, 0xFE
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a length behind them."""
_APPLICATIONS = range(0xE0, 0xF0)
_KEPT = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
"""JFIF, colour profile and Adobe's colour model: a decoder needs them."""
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)


def stripped(data: bytes, kind: str) -> bytes | None:
    """Give a JPEG or PNG without what is said about it; None when it is built too oddly to tell."""
    try:
        return _png(data) if kind == "PNG" else _jpeg(data)
    except (struct.error, IndexError):
        return None


def _png(data: bytes) -> bytes | None:
    kept = [_PNG_START]
    at = len(_PNG_START)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind = data[at + 4 : at + 8]
        end = at + 12 + length
        if end > len(data):
            return None
        if kind not in _PNG_SAID:
            kept.append(data[at:end])
        if kind == _PNG_END:
            return b"".join(kept)
        at = end
    return None


def _jpeg(data: bytes) -> bytes | None:
    kept = [data[:2]]
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # filling
            at += 1
            continue
        if marker == _END:
            kept.append(data[at : at + 2])  # what follows is another picture, or was hidden
            return b"".join(kept)
        if marker in _ALONE:
            end = at + 2
        else:
            (length,) = struct.unpack_from(">H", data, at + 2)
            end = at + 2 + length
        if marker == _SCAN:
            found = _NEXT_MARKER.search(data, end)
            if found is None:
                return None
            end = found.start()
        if not _is_said(marker, data[at + 4 : end]):
            kept.append(data[at:end])
        at = end
    return None


def _is_said(marker: int, content: bytes) -> bool:
    if marker in _KEPT:
        return not content.startswith(_KEPT[marker])
    return marker == _COMMENT or marker in _APPLICATIONS
