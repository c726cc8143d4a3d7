"""What pictures turned out to be when somebody looked at their bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.errors import PictureError

PictureKey = str
"""A web address, or a path below the articles folder: what stands behind `attach://`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A picture that can be sent; sizes in pixels, as shown.

    `is_plain`: Telegram takes it from its address as it is. `is_drawn`: it has few colours, as
    logos have and photos have not.
    """

    width: int
    height: int
    is_plain: bool = True
    is_drawn: bool = False


Looks = Mapping[PictureKey, Seen | None]
"""None: it was looked at and cannot be sent. A key that is missing: nobody could look."""

COLLAGE = "collage:"
"""Begins the key of a picture that is made of others."""
MAX_COLLAGE = 9
"""Pictures in one: more would be too small on a phone."""


def collage_key(numbered: Sequence[tuple[int, PictureKey]]) -> PictureKey:
    """Name the collage of those pictures, each with the number that is drawn on it."""
    if not 1 <= len(numbered) <= MAX_COLLAGE:
        raise ValueError(f"a collage of {len(numbered)} pictures")
    return COLLAGE + json.dumps([list(one) for one in numbered], separators=(",", ":"))


def is_collage(key: PictureKey) -> bool:
    """Whether a key names a collage."""
    return key.startswith(COLLAGE)


def parts_of(key: PictureKey) -> tuple[tuple[int, PictureKey], ...]:
    """Give the numbers and keys of a collage's pictures. Raises PictureError for a bad name."""
    try:
        found = tuple((int(number), str(one)) for number, one in json.loads(key[len(COLLAGE) :]))
    except (ValueError, TypeError) as error:
        raise PictureError("no name of a collage") from error
    if not 1 <= len(found) <= MAX_COLLAGE or any(is_collage(one) for _, one in found):
        raise PictureError("no name of a collage")
    return found
