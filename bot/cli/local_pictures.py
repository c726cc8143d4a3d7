"""The pictures that articles name below their own folder, measured once each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.errors import PictureError

_DRAWINGS = (".svg", ".svgz")

Size = tuple[int, int]


class LocalPictures:
    """Measures pictures below `folders`. With a `site_url` a missing one may lie on the site."""

    def __init__(self, folders: Sequence[Path], *, site_url: str | None) -> None:
        self._folders = tuple(folders)
        self._site_url = site_url
        self._known: dict[str, Size | Exception | None] = {}

    def measure(self, url: str) -> Size | None:
        """Give the real size; None for an address elsewhere and for what has no pixels.

        Raises FileNotFoundError for a missing file, PictureError for one that is no picture.
        """
        if not self._folders:
            return None
        if url not in self._known:
            self._known[url] = self._looked_up(url)
        known = self._known[url]
        if isinstance(known, Exception):
            raise known.with_traceback(None)
        return known

    def _looked_up(self, url: str) -> Size | Exception | None:
        # Imported here: most libraries have all their pictures on the web.
        from bot.pictures.measure import measure_local
        from bot.rendering.illustration import site_path

        path = site_path(url)
        if path is None:
            return None
        try:
            return measure_local(self._folders, path)
        except FileNotFoundError as error:
            return None if self._site_url else error
        except PictureError as error:
            is_drawing = path.partition("?")[0].casefold().endswith(_DRAWINGS)
            return None if is_drawing else error
