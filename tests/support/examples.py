"""How many examples a property is tried on: few in `make test`, all in `make test-all`."""

from __future__ import annotations

import os

IS_THOROUGH = bool(os.environ.get("GAZETTE_THOROUGH"))


def examples(count: int) -> int:
    """Give `count` in the thorough run, else a tenth of it, at least ten."""
    return count if IS_THOROUGH else max(count // 10, 10)
