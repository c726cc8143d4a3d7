"""Pictures made for the tests."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image


def drawn(kind: str, size: tuple[int, int] = (300, 200), mode: str = "RGB", **how: Any) -> bytes:
    """Draw a grey gradient and pack it as `kind`."""
    target = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(target, kind, **how)
    return target.getvalue()
